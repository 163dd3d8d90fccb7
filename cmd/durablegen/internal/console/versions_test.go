package console

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// register registers a build of the workflow, as a reload does.
func (f *fixture) register(code string) {
	f.t.Helper()
	order := durable.Workflow(durable.Definition{Name: "order", LogHandler: slog.DiscardHandler}, placeOrder)
	err := f.engine.Register(engine.Function{Name: "order", Code: code, Invoker: engine.DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
		return order.Invoke(ctx, f.engine, in)
	})})
	if err != nil {
		f.t.Fatal(err)
	}
}

// published serves a workflow of which version 1 is older than $LATEST, and version 2, to which the alias live
// leads, is as that.
func published(t *testing.T) *fixture {
	f := serve(t)
	for _, code := range []string{"aa", "bb"} {
		f.register(code)
		if _, err := f.engine.PublishVersion(t.Context(), engine.PublishInput{Function: "order", Description: "code " + code}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.engine.CreateAlias(t.Context(), engine.Alias{Function: "order", Name: "live", Version: "2"}); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestVersions(t *testing.T) {
	f := published(t)
	var session struct{ Functions []functionInfo }
	f.must("GET", "/api/session", nil, &session)
	for _, info := range session.Functions {
		if info.Name != "order" {
			continue
		}
		if v := info.Versions; len(v) != 2 || v[0].Version != "2" || !v[0].Current || v[1].Current || v[1].Description != "code aa" {
			t.Errorf("versions %+v", v)
		}
		if a := info.Aliases; len(a) != 1 || a[0] != (aliasInfo{"live", "2"}) {
			t.Errorf("aliases %+v", a)
		}
	}

	var out struct {
		ARN      string
		Problems []problem
	}
	start := func(qualifier, name, input string) string {
		t.Helper()
		out.ARN = ""
		f.must("POST", "/api/start", startRequest{"order", qualifier, name, input}, &out)
		return out.ARN
	}
	if start("live", "wrong", `"five"`) != "" || len(out.Problems) != 1 {
		t.Errorf("what the alias leads to takes another input: %+v", out)
	}
	old := start("1", "old", `5`)
	if start("1", "other", `{"cents": 5}`) == "" {
		t.Errorf("what version 1 takes is not known, and %+v", out)
	}
	start("live", "new", "5")
	start("", "latest", "5")
	f.idle()
	for filter, want := range map[string]string{"order:1": "other old", "order:2": "new", "order": "latest new other old", "order:$LATEST": "latest"} {
		var page struct{ Rows []row }
		f.must("GET", "/api/executions?function="+filter, nil, &page)
		got := ""
		for _, r := range page.Rows {
			got += " " + r.Name
			if r.Name == "old" && r.Version != "1" || r.Name == "latest" && r.Version != "" {
				t.Errorf("%+v", r)
			}
		}
		if got != " "+want {
			t.Errorf("%s finds%s, want %s", filter, got, want)
		}
	}

	// The answer of an execution on another build is what that takes.
	f.engine.Advance(time.Hour)
	f.idle()
	for arn, problems := range map[string]int{old: 0, f.find("new").ARN: 2} {
		open, err := f.engine.OpenCallbacks(t.Context(), arn)
		if err != nil || len(open) != 1 {
			t.Fatal(open, err)
		}
		f.must("POST", "/api/callback", map[string]any{"ARN": arn, "Operation": open[0].OperationID, "Action": "succeed", "Value": `{"by": 1}`}, &out)
		if len(out.Problems) != problems {
			t.Errorf("of %s: %+v", arn, out.Problems)
		}
	}
}

func TestVersionsInTheBrowser(t *testing.T) {
	f := published(t)
	p := browse(t, f)
	p.Await(browsertest.Has("No execution has been started yet"))
	p.Do(chromedp.Click(`a[href="/start"]`))
	p.Await("document.querySelector('#workflow')")
	browsertest.Eval[bool](p, "(document.querySelector('#workflow').value = 'order', document.querySelector('#workflow').dispatchEvent(new Event('change')), true)")
	p.Await(browsertest.Has("leads to 2"))
	p.Await(browsertest.Has("as $LATEST is now"))
	browsertest.Eval[bool](p, "(document.querySelector('#qualifier').value = '1', true)")
	p.Fill(".value-form input", "5")
	p.Do(chromedp.Click("form.start button[type=submit]"))
	p.Await("location.pathname === '/execution'")
	p.Await(browsertest.Has("order, version 1"))
	p.Await(browsertest.Has("It began on version 1 of its function, and ends on it."))
	p.Do(chromedp.Click("header a[href='/']"))
	p.Await(browsertest.Has("order:1"))
	browsertest.Eval[bool](p, "(document.querySelector('select[name=function]').value = 'order:2', document.querySelector('select[name=function]').dispatchEvent(new Event('change')), true)")
	p.Await(browsertest.Has("No execution matches."))
}
