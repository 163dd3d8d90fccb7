package durable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// nesting is a plugin whose contexts tell where they are.
type nesting struct {
	NoPlugin
	mu    sync.Mutex
	lines []string
}

func (n *nesting) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
}

func in(ctx context.Context, where string) context.Context {
	return context.WithValue(ctx, spanKey{}, at(ctx)+"/"+where)
}

func at(ctx context.Context) string {
	where, _ := ctx.Value(spanKey{}).(string)
	return where
}

func (n *nesting) InvocationStart(ctx context.Context, _ InvocationInfo) context.Context {
	return in(ctx, "invocation")
}
func (n *nesting) InvocationEnd(ctx context.Context, i InvocationInfo) {
	n.add("%s: invocation %s", at(ctx), i.Status)
}
func (n *nesting) OperationStart(ctx context.Context, o OperationInfo) {
	n.add("%s: start %s within %q", at(ctx), o.ID, o.Within)
}
func (n *nesting) AttemptStart(ctx context.Context, a AttemptInfo) context.Context {
	return in(ctx, a.ID)
}
func (n *nesting) AttemptEnd(ctx context.Context, a AttemptInfo) { n.add("%s: end", at(ctx)) }
func (n *nesting) FunctionStart(ctx context.Context, f FunctionInfo) context.Context {
	n.add("%s: enter %s in %q within %q virtual=%v replaying=%v", at(ctx), f.ID, f.ParentID, f.Within, f.Virtual, f.ReplayingChildren)
	return in(ctx, f.ID)
}
func (n *nesting) FunctionEnd(ctx context.Context, f FunctionInfo) {
	n.add("%s: leave %s replaying=%v", at(ctx), f.Status, f.ReplayingChildren)
}
func (n *nesting) InvokeTrace(_ context.Context, o OperationInfo) string { return "Root=" + o.ID }

// The contexts that a plugin derives reach what is in a scope, also in one that leaves no
// record, and what stands in there tells so.
func TestPluginContexts(t *testing.T) {
	n := &nesting{}
	var here []string
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			here = append(here, at(ctx.GoContext()))
			v, err := RunInChildContext(ctx, &ContextSpec{Name: "loose", Virtual: true}, func(c *Context) (string, error) {
				here = append(here, at(c.GoContext()))
				return Step(c, &StepSpec{Name: "a"}, func(ctx context.Context) (string, error) { return at(ctx), nil })
			})
			if err != nil {
				return nil, err
			}
			return v, pause(ctx, "w", time.Second)
		}).With(func(def *Definition) { def.Plugins = []Plugin{n} }), "null")
		if got := text(s.run().Result); got != `"/invocation/loose-a"` {
			t.Error(got)
		}
	})
	if got := strings.Join(here, " "); got != "/invocation /invocation/loose /invocation /invocation/loose" {
		t.Error(got)
	}
	want := `/invocation: enter loose in "" within "" virtual=true replaying=false
/invocation: start loose-a within "loose"
/invocation/loose-a: end
/invocation/loose: leave SUCCEEDED replaying=false
/invocation: start w within ""
/invocation: invocation PENDING
/invocation: enter loose in "" within "" virtual=true replaying=true
/invocation/loose: leave SUCCEEDED replaying=true
/invocation: invocation SUCCEEDED`
	if got := strings.Join(n.lines, "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
}

// A context without a record fails as one with it does, and is refused what needs a record.
func TestVirtualContextFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			_, err := RunInChildContext(ctx, &ContextSpec{Name: "loose", Virtual: true}, func(*Context) (any, error) { return nil, errBoom })
			_, refused := RunInChildContext(ctx, &ContextSpec{Name: "bounded", Virtual: true, Timeout: time.Second}, func(*Context) (any, error) { return nil, nil })
			return fmt.Sprint(err, ", ", refused), nil
		}), "null")
		got := text(s.run().Result)
		if want := "it leaves no record, so nothing can end it early"; !strings.Contains(got, "boom") || !strings.Contains(got, want) {
			t.Error(got)
		}
		if len(s.ops) != 1 {
			t.Errorf("%d records", len(s.ops))
		}
	})
}

// What a plugin says goes along with an invocation.
func TestPluginTracesInvokes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			return Invoke[any, any](ctx, &InvokeSpec{Name: "other", Function: "target"}, nil)
		}).With(func(def *Definition) { def.Plugins = []Plugin{&nesting{}} }), "null")
		s.invoke()
		if got := fmt.Sprint(s.traces); got != "[Root=other]" {
			t.Errorf("the invocation got %s", got)
		}
	})
}

// An invocation that the workflow fails is repeated by the service.
func TestFailInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lacking := errors.New("no credentials")
		broken := true
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			v, err := named(ctx, "s")
			if err != nil {
				return nil, err
			}
			if broken {
				broken = false
				return nil, FailInvocation(ctx, lacking)
			}
			return v, nil
		}), "null")
		if _, err := s.invoke(); !errors.Is(err, lacking) {
			t.Errorf("the invocation ended with %v", err)
		}
		if out := s.run(); out.Status != wire.InvocationSucceeded {
			t.Errorf("%+v", out)
		}
	})
}
