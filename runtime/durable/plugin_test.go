package durable

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder writes down what a plugin is told.
type recorder struct {
	NoPlugin
	mu    sync.Mutex
	lines []string
	panic bool
}

func (r *recorder) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
	if r.panic {
		panic("plugin")
	}
}

func (r *recorder) InvocationStart(ctx context.Context, i InvocationInfo) context.Context {
	r.add("invocation first=%v ops=%d updated=%d", i.First, i.Operations, len(i.Updated))
	return ctx
}
func (r *recorder) InvocationEnd(_ context.Context, i InvocationInfo) {
	r.add("invocation %s", i.Status)
}
func (r *recorder) OperationStart(_ context.Context, o OperationInfo) {
	r.add("start %s replay=%v", o.ID, o.Replay)
}
func (r *recorder) OperationEnd(_ context.Context, o OperationInfo) {
	r.add("end %s %s %s", o.ID, o.Status, text(o.Result))
}

type spanKey struct{}

func (r *recorder) AttemptStart(ctx context.Context, a AttemptInfo) context.Context {
	r.add("attempt %s %d", a.ID, a.Attempt)
	return context.WithValue(ctx, spanKey{}, a.ID)
}
func (r *recorder) AttemptEnd(_ context.Context, a AttemptInfo) {
	r.add("attempt %s %d %s", a.ID, a.Attempt, a.Status)
}
func (r *recorder) FunctionStart(ctx context.Context, f FunctionInfo) context.Context {
	r.add("enter %s in %q replaying=%v", f.ID, f.ParentID, f.ReplayingChildren)
	return ctx
}
func (r *recorder) FunctionEnd(_ context.Context, f FunctionInfo) {
	r.add("leave %s %s", f.ID, f.Status)
}
func (r *recorder) OperationChange(_ context.Context, c ChangeInfo) {
	all := c.All()
	for id, info := range c.Updated {
		if all[id].Status != info.Status {
			r.add("change %s is not among all", id)
		}
	}
}

func TestPlugins(t *testing.T) {
	healthy, faulty := &recorder{}, &recorder{panic: true}
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			return RunInChildContext(ctx, &ContextSpec{Name: "group"}, func(c *Context) (string, error) {
				v, err := Step(c, &StepSpec{Name: "a", Retry: &RetryPolicy{Attempts: 1, Every: time.Second, Jitter: JitterNone}}, func(ctx context.Context) (string, error) {
					if Attempt(ctx) == 1 {
						return "", errBoom
					}
					return fmt.Sprint(ctx.Value(spanKey{})), nil
				})
				if err != nil {
					return "", err
				}
				return v, pause(c, "w", time.Second)
			})
		}).With(func(def *Definition) { def.Plugins = []Plugin{faulty, healthy} }), "null")
		if got := text(s.run().Result); got != `"group-a"` {
			t.Error(got)
		}
	})
	want := `invocation first=true ops=1 updated=0
start group replay=false
enter group in "" replaying=false
start group-a replay=false
attempt group-a 1
attempt group-a 1 FAILED
leave group PENDING
invocation PENDING
invocation first=false ops=3 updated=1
start group replay=true
enter group in "" replaying=true
start group-a replay=true
attempt group-a 2
attempt group-a 2 SUCCEEDED
end group-a SUCCEEDED "group-a"
start group-w replay=false
leave group PENDING
invocation PENDING
invocation first=false ops=4 updated=1
start group replay=true
enter group in "" replaying=true
end group-w SUCCEEDED -
leave group SUCCEEDED
end group SUCCEEDED "group-a"
invocation SUCCEEDED`
	if got := strings.Join(healthy.lines, "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
	if !slices.Equal(healthy.lines, faulty.lines) {
		t.Error("the faulty plugin was told something else")
	}
}

func TestPluginsSeeBranches(t *testing.T) {
	r := &recorder{}
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			return nil, Parallel(ctx, &BatchSpec{MaxConcurrency: ptr(1)},
				Branch("a", func(c *Context) (string, error) { return named(c, "s") }, nil),
				Branch("b", func(c *Context) (string, error) { return "", pause(c, "w", time.Second) }, nil))
		}).With(func(def *Definition) { def.Plugins = []Plugin{r} }), "null")
		s.run()
	})
	got := strings.Join(r.lines, "\n")
	for _, want := range []string{
		`enter parallel-a in "parallel" replaying=false`, "leave parallel-a SUCCEEDED", "end parallel-a SUCCEEDED",
		`enter parallel-b in "parallel" replaying=true`, "start parallel replay=true", "end parallel SUCCEEDED",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%d times %s in\n%s", strings.Count(got, want), want, got)
		}
	}
}
