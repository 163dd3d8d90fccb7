package semantics

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// called is what generated code says of an operation: its recorded name, the identity that
// `was` keeps, and what a label hides.
type called struct{ name, id, calls string }

// kinds are the operations that call something, each as a workflow runs it; body gives the
// value, or what the callback is answered with.
var kinds = map[string]func(ctx *durable.Context, s called, body string) (string, error){
	"step": func(ctx *durable.Context, s called, body string) (string, error) {
		return durable.Step(ctx, &durable.StepSpec{Name: s.name, ID: s.id, Calls: s.calls}, func(context.Context) (string, error) { return body, nil })
	},
	"poll": func(ctx *durable.Context, s called, body string) (string, error) {
		return durable.WaitForCondition(ctx, &durable.ConditionSpec{Name: s.name, ID: s.id, Calls: s.calls, Every: time.Second}, "",
			func(context.Context, string) (string, error) { return body, nil }, func(string) (bool, error) { return true, nil })
	},
	"call": func(ctx *durable.Context, s called, body string) (string, error) {
		return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: s.name, ID: s.id, Calls: s.calls}, func(ctx *durable.Context) (string, error) {
			return durable.Step(ctx, durable.Named("inner"), func(context.Context) (string, error) { return body, nil })
		})
	},
	"invoke": func(ctx *durable.Context, s called, body string) (string, error) {
		return durable.Invoke[string](ctx, &durable.InvokeSpec{Name: s.name, ID: s.id, Calls: s.calls, Function: body}, "")
	},
	"callback": func(ctx *durable.Context, s called, body string) (string, error) {
		return durable.WaitForCallback[string](ctx, &durable.CallbackSpec{Name: s.name, ID: s.id, Calls: s.calls}, func(context.Context, string) error { return nil })
	},
	"open": func(ctx *durable.Context, s called, body string) (string, error) {
		h, err := durable.CreateCallback[string](ctx, &durable.CallbackSpec{Name: s.name, ID: s.id, Calls: s.calls})
		if err != nil {
			return "", err
		}
		return h.Await(ctx)
	},
}

// Rule 5 of Identity: whose record an operation takes for its own after an edit.
func TestIdentity5Callee(t *testing.T) {
	const keeps, breaks = `"before"`, "breaks"
	charge := called{"charge", "", ""} // step charge()
	pay := called{"pay", "", "charge"} // step charge() as "pay"
	old := called{"pay", "", ""}       // the same, of a build that did not tell
	far := called{strings.Repeat("p", 60), "", "charge"}
	for _, test := range []struct {
		name          string
		before, after called
		want          string
	}{
		{"nothing changes", pay, pay, keeps},
		{"another callee", pay, called{"pay", "", "audit"}, breaks},
		{"another callee, of a long name", pay, called{"pay", "", strings.Repeat("audit", 30)}, breaks},
		{"another callee in the place of one of a long name", called{"pay", "", strings.Repeat("audit", 30)}, pay, breaks},
		{"another callee under a long label", far, called{far.name, "", "audit"}, breaks},
		{"an old record", old, pay, keeps},
		{"an old build", pay, called{"pay", "pay", ""}, keeps}, // as written with was
		{"the old name becomes the label", charge, called{"charge", "", "debit"}, keeps},
		{"and back", called{"charge", "", "debit"}, charge, breaks},
		{"renamed", charge, called{"debit", "charge", ""}, keeps},
		{"and back", called{"debit", "charge", ""}, charge, keeps},
		{"renamed, and given a label", charge, called{"pay", "charge", ""}, keeps},
		{"and back", called{"pay", "charge", ""}, charge, keeps},
		{"another label", pay, called{"payment", "pay", ""}, keeps},
		{"and back", called{"payment", "pay", ""}, pay, keeps},
		{"the callee is renamed", pay, called{"pay", "charge", ""}, keeps},
		{"and back", called{"pay", "charge", ""}, pay, keeps},
		{"whatever was called", pay, called{"pay", "pay", ""}, keeps},
		{"the label goes, which was no other name", called{"pay", "", "pay"}, called{"pay", "", ""}, keeps},
		{"the label becomes the name of another", pay, called{"pay", "", ""}, breaks},
	} {
		for kind, op := range kinds {
			if test.want == breaks && kind == "call" && test.after.calls == "" {
				continue // it could be a group
			}
			t.Run(test.name+"/"+kind, func(t *testing.T) {
				build := func(s called, body string) *durable.Function {
					return durable.Workflow(durable.Definition{Name: "w"}, func(ctx *durable.Context, _ any) (string, error) {
						got, err := op(ctx, s, body)
						if err == nil {
							_, err = durable.WaitForCallback[any](ctx, &durable.CallbackSpec{Name: "gate"}, func(context.Context, string) error { return nil })
						}
						return got, err
					})
				}
				env := durabletest.New(t, build(test.before, "before"))
				if kind == "invoke" {
					env.Target("before", func(json.RawMessage) (any, error) { return "before", nil })
				} else {
					env.Answer(test.before.name, durabletest.Succeed("before"))
				}
				run, _ := through(t, env, build(test.after, "after"), nil)
				got := end(run)
				if e := run.Error(); e != nil && e.ErrorType == "NonDeterministicExecutionError" {
					got = breaks
				}
				if got != test.want {
					t.Errorf("got %s, want %s\n%s", got, test.want, run.History())
				}
			})
		}
	}
}
