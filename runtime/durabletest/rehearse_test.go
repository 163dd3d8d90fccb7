package durabletest_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// A rehearsal says what a build would do with an execution, and does nothing of it.
func TestRehearse(t *testing.T) {
	var bodies atomic.Int32
	step := func(ctx *durable.Context, spec *durable.StepSpec, fail bool) error {
		return durable.Do(ctx, spec, func(context.Context) error {
			bodies.Add(1)
			if fail {
				return errors.New("not now")
			}
			return nil
		})
	}
	build := func(charge *durable.StepSpec, more bool) *durable.Function {
		return durable.Workflow(durable.Definition{Name: "order"}, func(ctx *durable.Context, _ string) (string, error) {
			if more {
				if err := step(ctx, durable.Named("audit"), false); err != nil {
					return "", err
				}
			}
			if err := step(ctx, charge, false); err != nil {
				return "", err
			}
			var answer string
			err := durable.Parallel(ctx, nil,
				durable.Branch("asks", func(ctx *durable.Context) (string, error) {
					return durable.WaitForCallback[string](ctx, &durable.CallbackSpec{Name: "approve"}, func(context.Context, string) error { return nil })
				}, &answer),
				durable.Branch("tries", func(ctx *durable.Context) (string, error) {
					return "", step(ctx, &durable.StepSpec{Name: "book", Retry: &durable.RetryPolicy{Attempts: 5, Every: time.Hour}}, true)
				}, nil))
			return "done", err
		})
	}
	env := durabletest.New(t, build(durable.Named("charge"), false)).RealTime()
	env.Answer("approve", durabletest.Later())
	run := env.Start("x")
	run.AwaitCallback("approve", 0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := env.Engine().Idle(ctx); err != nil {
		t.Fatal(err)
	}
	history := run.Events()
	run.Stop()
	did := bodies.Load()

	paths := func(list []durable.RehearsedOperation) (out []string) {
		for _, o := range list {
			text := o.Path
			if o.Late {
				text += " late"
			}
			if o.Again != "" {
				text += " again, as " + o.Again
			}
			out = append(out, text)
		}
		return out
	}
	for _, test := range []struct {
		name          string
		f             *durable.Function
		next, waiting string
		diverges      bool
	}{
		{name: "as it was", f: build(durable.Named("charge"), false), next: `null`, waiting: `["parallel / asks / approve","parallel / tries / book"]`},
		{name: "a step more", f: build(durable.Named("charge"), true), next: `["audit late"]`, waiting: `null`},
		{name: "another name", f: build(&durable.StepSpec{Name: "payment", Calls: "charge"}, false), next: `["payment late again, as charge"]`, waiting: `null`},
		{name: "the same, with was", f: build(&durable.StepSpec{Name: "payment", ID: "charge"}, false), next: `null`, waiting: `["parallel / asks / approve","parallel / tries / book"]`},
	} {
		r := durabletest.Rehearse(t, test.f, history)
		next, _ := json.Marshal(paths(r.Next))
		waiting, _ := json.Marshal(paths(r.Waiting))
		if string(next) != test.next || string(waiting) != test.waiting || r.Divergence != nil || r.Output.Status != wire.InvocationPending {
			t.Errorf("%s: next %s, waiting %s, %+v", test.name, next, waiting, r)
		}
	}
	// What a new scope would begin with is told, and what stood in one that is gone.
	boxed := func(charge string) *durable.Function {
		return durable.Workflow(durable.Definition{Name: "order"}, func(ctx *durable.Context, _ string) (string, error) {
			_, err := durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "paying"}, func(ctx *durable.Context) (string, error) {
				err := step(ctx, &durable.StepSpec{Name: charge, Calls: "charge"}, false)
				return "", err
			})
			return "", err
		})
	}
	if r := durabletest.Rehearse(t, boxed("charge"), history); strings.Join(paths(r.Next), ", ") != "paying late, paying / charge late again, as charge" {
		t.Errorf("into a group: %q", paths(r.Next))
	}
	// Out of a group, and of a map: a scope of each kind, in each other.
	env = durabletest.New(t, boxed("charge")).RealTime()
	unboxed := env.Run("x").Events()
	did++
	if r := durabletest.Rehearse(t, build(durable.Named("charge"), false), unboxed); strings.Join(paths(r.Next), ", ") != "charge late again, as paying-charge_kcharge" {
		t.Errorf("out of a group: %q", paths(r.Next))
	}
	nested := durable.Workflow(durable.Definition{Name: "order"}, func(ctx *durable.Context, _ string) (string, error) {
		if err := step(ctx, durable.Named("charge"), false); err != nil {
			return "", err
		}
		_, err := durable.Map(ctx, &durable.BatchSpec{Name: "each"}, []string{"a", "b"}, func(ctx *durable.Context, i int, item string) (string, error) {
			return durable.WaitForCallback[string](ctx, &durable.CallbackSpec{Name: "confirm"}, func(context.Context, string) error {
				bodies.Add(1)
				return nil
			})
		})
		return "", err
	})
	if r := durabletest.Rehearse(t, nested, history); strings.Join(paths(r.Next), ", ") != "each late, each / [0] late, each / [0] / confirm late, each / [1] late, each / [1] / confirm late" {
		t.Errorf("a map of callbacks: %q", paths(r.Next))
	}
	diverging := durable.Workflow(durable.Definition{Name: "order"}, func(ctx *durable.Context, _ string) (string, error) {
		return "", durable.Wait(ctx, &durable.WaitSpec{Name: "charge"}, time.Hour)
	})
	if r := durabletest.Rehearse(t, diverging, history); r.Divergence == nil || r.Divergence.Operation != "charge" {
		t.Errorf("a wait in the place of a step: %+v", r)
	}
	if n := bodies.Load() - did; n != 0 {
		t.Errorf("%d bodies were run", n)
	}

	// A file, as the command and the AWS CLI write it.
	path := filepath.Join(t.TempDir(), "history.json")
	text, err := json.Marshal(map[string]any{"Events": history})
	if err != nil {
		t.Fatal(err)
	}
	var lines []byte
	for i := range history {
		line, err := json.Marshal(&history[i])
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	for _, text := range [][]byte{text, lines} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if read := durabletest.ReadHistory(t, path); len(read) != len(history) || read[1].Id != history[1].Id {
			t.Errorf("%d events were read, of %d", len(read), len(history))
		}
	}
}
