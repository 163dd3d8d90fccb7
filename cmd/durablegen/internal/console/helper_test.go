package console

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

const orderFlow = `flow 1

package order

type Approval { granted bool, by string, limit int? }
error Refused { reason string }

// Takes the "money" <b>now</b>; 100% of it & more.
step charge(cents int) string  idempotent

// Asks somebody.
callback approve(cents int) Approval
    fails Refused
    timeout 30m
    heartbeat 10m

workflow order(cents int) string
    fails Refused, Timeout, HeartbeatTimeout
{
    payment := step charge(cents)
    wait 1h as "</script><img src=x onerror=alert(1)> 'quoted' end"
    approval := callback approve(cents)
    return "{payment} by {approval.by}"
}
`

// hostile is what a page must show as text.
const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> %%{init: {"securityLevel": "loose"}}%% click a href "javascript:alert(1)" ` + "\u202e`${1}`"

// waitName is the name of the flow's wait.
const waitName = `</script><img src=x onerror=alert(1)> 'quoted' end`

type fixture struct {
	*Console
	t         testing.TB
	engine    *engine.Engine
	client    *http.Client
	base      string
	restarted bool // so that pages had nobody to talk to for a while
}

// serve starts an engine with the workflow of orderFlow, and a console.
func serve(t testing.TB) *fixture {
	t.Helper()
	order := durable.Workflow(durable.Definition{Name: "order", LogHandler: slog.DiscardHandler}, placeOrder)
	many := durable.Workflow(durable.Definition{Name: "many", LogHandler: slog.DiscardHandler}, manySteps)
	chained := durable.Workflow(durable.Definition{Name: "chained", LogHandler: slog.DiscardHandler}, func(ctx *durable.Context, n int) (int, error) {
		if n < 2 {
			return 0, durable.Again(ctx, nil, n+1)
		}
		return n, nil
	})
	return serveFunctions(t, load(t, orderFlow, ""), order, many, chained)
}

// load reads a .flow file, beside which is an input.json unless input is empty.
func load(t testing.TB, flow, input string) *flowdir.Package {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"order.flow": flow, "input.json": input} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pkg, err := flowdir.Load(flowdir.Folder{Dir: dir, Files: []string{"order.flow"}}, dsl.CheckOptions{})
	if err != nil || pkg.Program == nil || len(pkg.Diagnostics) > 0 {
		t.Fatal(err, pkg.Diagnostics)
	}
	return pkg
}

func serveFunctions(t testing.TB, pkg *flowdir.Package, functions ...*durable.Function) *fixture {
	t.Helper()
	e, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	for _, f := range functions {
		err := e.Register(engine.Function{Name: f.Definition().Name, Invoker: engine.DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
			return f.Invoke(ctx, e, in)
		})})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Serve(listener, Options{Engine: e, Packages: []*flowdir.Package{pkg}, Programs: NewPrograms(), Advance: e.Advance})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &fixture{Console: c, t: t, engine: e, client: &http.Client{}, base: "http://" + listener.Addr().String()}
}

// restart serves the same engine anew, at the same address.
func (f *fixture) restart() {
	f.t.Helper()
	f.restarted = true
	f.Close()
	listener, err := net.Listen("tcp", strings.TrimPrefix(f.base, "http://"))
	if err != nil {
		f.t.Fatal(err)
	}
	if f.Console, err = Serve(listener, f.opts); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(f.Close)
}

// placeOrder is what would be generated for orderFlow.
func placeOrder(ctx *durable.Context, cents int) (string, error) {
	payment, err := durable.Step(ctx, &durable.StepSpec{Name: "charge"}, func(context.Context) (string, error) {
		return fmt.Sprintf("%d cents %s", cents, hostile), nil
	})
	if err != nil {
		return "", err
	}
	if err := durable.Wait(ctx, &durable.WaitSpec{Name: waitName}, time.Hour); err != nil {
		return "", err
	}
	type approval struct {
		By string `json:"by"`
	}
	spec := &durable.CallbackSpec{Name: "approve", Timeout: 30 * time.Minute, HeartbeatTimeout: 10 * time.Minute}
	a, err := durable.WaitForCallback[approval](ctx, spec, func(context.Context, string) error { return nil })
	if err != nil {
		return "", err
	}
	return payment + " by " + a.By, nil
}

// manySteps has a given number of operations.
func manySteps(ctx *durable.Context, n int) (int, error) {
	items := make([]int, n)
	_, err := durable.Map(ctx, &durable.BatchSpec{Name: "items"}, items, func(ctx *durable.Context, i int, _ int) (int, error) {
		return durable.Step(ctx, &durable.StepSpec{Name: "work"}, func(context.Context) (int, error) { return i, nil })
	})
	return n, err
}

func (f *fixture) start(function, name, input string) string {
	f.t.Helper()
	out, err := f.engine.StartExecution(f.t.Context(), engine.StartInput{Function: function, Name: name, Input: &input})
	if err != nil {
		f.t.Fatal(err)
	}
	return out.ARN
}

// find gives the execution of a name, with its data.
func (f *fixture) find(name string) *engine.Execution {
	f.t.Helper()
	page, err := f.engine.ListExecutions(f.t.Context(), engine.ExecutionFilter{Name: name})
	if err != nil || len(page.Executions) != 1 {
		f.t.Fatal(err, page)
	}
	x, err := f.engine.Execution(f.t.Context(), page.Executions[0].ARN, true)
	if err != nil {
		f.t.Fatal(err)
	}
	return x
}

func (f *fixture) idle() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 2*time.Minute)
	defer cancel()
	if err := f.engine.Idle(ctx); err != nil {
		f.t.Fatal(err)
	}
}

// request is a request as a page of the console sends it.
func (f *fixture) request(method, path string, body any) *http.Request {
	f.t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			f.t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.base+path, r)
	if err != nil {
		f.t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: f.guard.cookie, Value: f.guard.token})
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(csrfHeader, f.guard.csrf())
		req.Header.Set("Origin", f.base)
	}
	return req
}

// ask sends a request and gives status and body.
func (f *fixture) ask(method, path string, body any) (int, string) {
	f.t.Helper()
	resp, err := f.client.Do(f.request(method, path, body))
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// must is ask for what has to succeed; the answer is decoded into out, unless it is nil.
func (f *fixture) must(method, path string, body, out any) {
	f.t.Helper()
	status, text := f.ask(method, path, body)
	if status != http.StatusOK {
		f.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			f.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

// streamed is a stream that is being read.
type streamed struct {
	t     testing.TB
	lines *bufio.Scanner
	id    string
	text  strings.Builder // all that came
	close func()
}

func (f *fixture) stream(path, lastID string) *streamed {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 2*time.Minute)
	req := f.request(http.MethodGet, path, nil).WithContext(ctx)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		f.t.Fatalf("%s: %s", path, resp.Status)
	}
	s := &streamed{t: f.t, lines: bufio.NewScanner(resp.Body), close: func() { cancel(); resp.Body.Close() }}
	s.lines.Buffer(nil, 16<<20)
	f.t.Cleanup(s.close)
	return s
}

// next reads a message.
func (s *streamed) next() update {
	s.t.Helper()
	for s.lines.Scan() {
		line := s.lines.Text()
		s.text.WriteString(line + "\n")
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			s.id = id
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var u update
			if err := json.Unmarshal([]byte(data), &u); err != nil {
				s.t.Fatal(err)
			}
			return u
		}
	}
	s.t.Fatalf("the stream has ended: %v", s.lines.Err())
	return update{}
}

// until reads messages until one is as wanted.
func (s *streamed) until(wanted func(update) bool) update {
	s.t.Helper()
	for range 200 {
		if u := s.next(); wanted(u) {
			return u
		}
	}
	s.t.Fatal("it did not come")
	return update{}
}

func executionPath(path, arn string) string { return path + "?arn=" + url.QueryEscape(arn) }
