package durable

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

func ptr[T any](v T) *T { return &v }

// outcome runs branches of which each is told by a letter: S succeeds, F fails, and a
// digit is a success after so many seconds.
func outcome(spec BatchSpec, kinds string) body {
	return func(ctx *Context) (any, error) {
		batch, err := MapBatch(ctx, &spec, strings.Split(kinds, ""), func(c *Context, i int, kind string) (string, error) {
			switch kind {
			case "S":
				return named(c, "s")
			case "F":
				return "", failing(c, "f", &CardDeclined{fmt.Sprint(i)})
			}
			return "waited", pause(c, "w", time.Duration(kind[0]-'0')*time.Second)
		})
		if err != nil {
			return nil, err
		}
		var status strings.Builder
		for _, it := range batch.Items {
			status.WriteString((string(it.Status) + "-")[:1])
		}
		errText := "nil"
		if err := batch.Err(); err != nil {
			errText = err.Error()
		}
		return fmt.Sprintf("%s %s %s %d/%d/%d/%d %s", batch.Reason, status.String(), statusOf(batch),
			batch.Count(ItemSucceeded), batch.Count(ItemFailed), batch.Count(ItemStarted), len(batch.Items)-batch.Count(ItemNotStarted), errText), nil
	}
}

func TestBatchCompletion(t *testing.T) {
	one := ptr(1)
	for _, test := range []struct {
		spec  BatchSpec
		kinds string
		want  string
	}{
		{BatchSpec{MaxConcurrency: one}, "SS", "ALL_COMPLETED SS SUCCEEDED 2/0/0/2 nil"},
		{BatchSpec{MaxConcurrency: one}, "SFS", "FAILURE_TOLERANCE_EXCEEDED SF- FAILED 1/1/0/2 card declined: 1"},
		{BatchSpec{}, "5F", "FAILURE_TOLERANCE_EXCEEDED SF FAILED 0/1/1/2 card declined: 1"},
		{BatchSpec{MaxConcurrency: one, ToleratedFailureCount: ptr(1)}, "SFS", "ALL_COMPLETED SFS FAILED 2/1/0/3 nil"},
		{BatchSpec{MaxConcurrency: one, ToleratedFailureCount: ptr(1)}, "FFS", "FAILURE_TOLERANCE_EXCEEDED FF- FAILED 0/2/0/2 card declined: 0"},
		{BatchSpec{MaxConcurrency: one, ToleratedFailurePercentage: ptr(25.0)}, "FFSS", "FAILURE_TOLERANCE_EXCEEDED FF-- FAILED 0/2/0/2 card declined: 0"},
		{BatchSpec{MaxConcurrency: one, ToleratedFailurePercentage: ptr(25.0)}, "FSSS", "ALL_COMPLETED FSSS FAILED 3/1/0/4 nil"},
		{BatchSpec{MaxConcurrency: one, MinSuccessful: ptr(2)}, "SSSS", "MIN_SUCCESSFUL_REACHED SS-- SUCCEEDED 2/0/0/2 nil"},
		{BatchSpec{MaxConcurrency: one, MinSuccessful: ptr(3)}, "SFS", "ALL_COMPLETED SFS FAILED 2/1/0/3 card declined: 1"},
		{BatchSpec{MaxConcurrency: one, MinSuccessful: ptr(2)}, "SS", "ALL_COMPLETED SS SUCCEEDED 2/0/0/2 nil"},
		{BatchSpec{MaxConcurrency: one, MinSuccessful: ptr(3), ToleratedFailureCount: one}, "FFSS", "FAILURE_TOLERANCE_EXCEEDED FF-- FAILED 0/2/0/2 card declined: 0"},
		{BatchSpec{MinSuccessful: ptr(1)}, "529", "MIN_SUCCESSFUL_REACHED SSS SUCCEEDED 1/0/2/3 nil"},
		{BatchSpec{MaxConcurrency: ptr(2), ToleratedFailureCount: ptr(9)}, "2F1FS", "ALL_COMPLETED SFSFS FAILED 3/2/0/5 nil"},
	} {
		t.Run(fmt.Sprintf("%s %s", test.kinds, test.want), func(t *testing.T) {
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				// A wait after it has every invocation take the outcome from the record.
				return func(ctx *Context) (any, error) {
						v, err := outcome(test.spec, test.kinds)(ctx)
						if err != nil {
							return nil, err
						}
						if err := pause(ctx, "later", time.Second); err != nil {
							return nil, err
						}
						return v, nil
					}, func(s *service, out wire.InvocationOutput) {
						if out.Status != wire.InvocationSucceeded || *out.Result != mustJSON(test.want) {
							s.t.Errorf("got %s %+v\nwant %q", text(out.Result), out.Error, test.want)
						}
					}
			})
		})
	}
}

func TestBatchRefusals(t *testing.T) {
	for _, spec := range []BatchSpec{
		{MaxConcurrency: ptr(0)}, {MinSuccessful: ptr(4)}, {MinSuccessful: ptr(-1)},
		{ToleratedFailureCount: ptr(-1)}, {ToleratedFailurePercentage: ptr(101.0)},
	} {
		bubble(t, outcome(spec, "SSS"), func(s *service, run func() wire.InvocationOutput) {
			if out := run(); out.Status != wire.InvocationFailed || out.Error.ErrorType != "Unexpected" || len(s.ops) != 1 {
				s.t.Errorf("%+v: %+v", spec, out)
			}
		})
	}
	wantFailure(t, "Unexpected", "do not fit", func(ctx *Context) (any, error) {
		return Map(ctx, &BatchSpec{}, make([]int, maxOperations), func(*Context, int, int) (int, error) { return 0, nil })
	})
}

func TestEmptyBatches(t *testing.T) {
	wantResult(t, `"0 ALL_COMPLETED"`, func(ctx *Context) (any, error) {
		if err := Parallel(ctx, &BatchSpec{}); err != nil {
			return nil, err
		}
		out, err := MapBatch(ctx, &BatchSpec{}, nil, func(*Context, int, int) (int, error) { return 0, nil })
		if err != nil {
			return nil, err
		}
		return fmt.Sprint(len(out.Items), " ", out.Reason), pause(ctx, "w", time.Second)
	})
}

// A result that is too large to store is made again from the items.
func TestLargeBatch(t *testing.T) {
	for _, flat := range []bool{false, true} {
		for _, size := range []int{70_000, 300_000} {
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				var bodies atomic.Int32
				return func(ctx *Context) (any, error) {
						out, err := Map(ctx, &BatchSpec{Flat: flat, ItemName: func(i int) string { return fmt.Sprint("item-", i) }}, []string{"a", "b", "c", "d"}, func(c *Context, i int, item string) (string, error) {
							return Step(c, &StepSpec{Name: "print"}, func(context.Context) (string, error) {
								bodies.Add(1)
								return strings.Repeat(item, size), nil
							})
						})
						if err != nil {
							return nil, err
						}
						if err := pause(ctx, "later", time.Second); err != nil {
							return nil, err
						}
						return fmt.Sprint(len(out), len(out[0]), out[0][0], out[3][0]), nil
					}, func(s *service, out wire.InvocationOutput) {
						want := mustJSON(fmt.Sprint(4, size, 'a', 'd'))
						if out.Status != wire.InvocationSucceeded || *out.Result != want {
							s.t.Errorf("got %s %+v, want %s", text(out.Result), out.Error, want)
						}
						op := s.byID["map"]
						if !op.ContextDetails.ReplayChildren || !strings.Contains(*op.ContextDetails.Result, `"totalCount":4`) {
							s.t.Errorf("stored: %+v", op.ContextDetails)
						}
					}
			})
		}
	}
}

// Branches are recorded by name, so that an edit may reorder them.
func TestBranchesMayBeReordered(t *testing.T) {
	swapped := false
	wantResult(t, `"a1 b2"`, func(ctx *Context) (any, error) {
		var a, b string
		branches := []*BranchSpec{
			Branch("a", func(*Context) (string, error) { return "a1", nil }, &a),
			Branch("b", func(*Context) (string, error) { return "b2", nil }, &b),
		}
		if swapped {
			branches[0], branches[1] = branches[1], branches[0]
		}
		swapped = true
		if err := Parallel(ctx, &BatchSpec{}, branches...); err != nil {
			return nil, err
		}
		return a + " " + b, pause(ctx, "w", time.Second)
	})
}

type wrapping struct{}

func (wrapping) Serialize(v any, _ SerdesInfo) (string, error) {
	return "wrapped:" + mustJSON(v), nil
}

func (wrapping) Deserialize(text string, v any, _ SerdesInfo) error {
	return json.Unmarshal([]byte(strings.TrimPrefix(text, "wrapped:")), v)
}

type joining struct{}

func (joining) Serialize(v any, _ SerdesInfo) (string, error) {
	return "OPSERDE:" + strings.Join(v.(*Batch[string]).Results(), ","), nil
}

func (joining) Deserialize(text string, v any, _ SerdesInfo) error {
	b := v.(*Batch[string])
	*b = Batch[string]{Reason: AllCompleted}
	for _, part := range strings.Split(strings.TrimPrefix(text, "OPSERDE:"), ",") {
		b.Items = append(b.Items, BatchItem[string]{Status: ItemSucceeded, Value: &part})
	}
	return nil
}

func TestBatchSerdes(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		items, err := Map(ctx, &BatchSpec{Name: "items", ItemSerdes: wrapping{}}, []string{"x", "y"}, func(_ *Context, _ int, s string) (string, error) { return s, nil })
		if err != nil {
			return nil, err
		}
		whole, err := MapBatch(ctx, &BatchSpec{Name: "whole", Serdes: joining{}}, items, func(_ *Context, _ int, s string) (string, error) { return s + s, nil })
		if err != nil {
			return nil, err
		}
		return append(items, whole.Results()...), pause(ctx, "w", time.Second)
	}, func(s *service, run func() wire.InvocationOutput) {
		if got := text(run().Result); got != `["x","y","xx","yy"]` {
			s.t.Error(got)
		}
		if got := *s.byID["items-_i0"].ContextDetails.Result; got != `wrapped:"x"` {
			s.t.Error(got)
		}
		if got := *s.byID["whole"].ContextDetails.Result; got != `OPSERDE:xx,yy` {
			s.t.Error(got)
		}
	})
}

// A batch whose outcome only its own Serdes can read still hands its undos over when it
// is taken from the record.
func TestBatchSerdesAndUndos(t *testing.T) {
	undoCase(t, "Silent", "+a -a", func(ctx *Context, j *journal) error {
		whole, err := MapBatch(ctx, &BatchSpec{Serdes: joining{}}, []string{"a"}, func(c *Context, _ int, s string) (string, error) {
			return s + s, j.do(c, s)
		})
		if err == nil {
			err = pause(ctx, "later", time.Second)
		}
		if err == nil && whole.Results()[0] == "aa" {
			err = &Silent{}
		}
		return err
	})
}

// A batch that has failed awaits the step attempts that run, and records them; what
// waits for the service is given up at once.
func TestFailingBatchAwaitsRunningSteps(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		var a, b, c string
		err := Parallel(ctx, &BatchSpec{},
			Branch("slow", func(c *Context) (string, error) {
				if err := Do(c, &StepSpec{Name: "work"}, func(context.Context) error { time.Sleep(30 * time.Second); return nil }); err != nil {
					return "", err
				}
				return named(c, "never")
			}, &a),
			Branch("waits", func(c *Context) (string, error) { return "", pause(c, "long", time.Hour) }, &b),
			Branch("fails", func(c *Context) (string, error) { return "", failing(c, "fails", &Silent{}) }, &c))
		return fmt.Sprintf("%T", err), nil
	}, func(s *service, run func() wire.InvocationOutput) {
		start := time.Now()
		if got := text(run().Result); got != `"*durable.Silent"` || time.Since(start) != 30*time.Second {
			s.t.Errorf("%s after %v", got, time.Since(start))
		}
		if s.byID["parallel-slow-work"].Status != wire.StatusSucceeded || s.byID["parallel-slow-never"] != nil {
			s.t.Error("the running step is not recorded, or another one was started")
		}
	})
}

// A loser that runs long holds up neither the batch nor the execution, and records
// nothing.
func TestLoserRunsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cancelled := false
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			out, err := MapBatch(ctx, &BatchSpec{MinSuccessful: ptr(1)}, []int{1, 2}, func(c *Context, i, _ int) (string, error) {
				if i == 1 {
					return named(c, "quick")
				}
				return Step(c, &StepSpec{Name: "long"}, func(ctx context.Context) (string, error) {
					<-ctx.Done()
					cancelled = true
					time.Sleep(time.Second)
					return "late", nil
				})
			})
			if err != nil {
				return nil, err
			}
			return out.Results(), nil
		}), "null")
		start := time.Now()
		out := s.run()
		if text(out.Result) != `["quick"]` || !cancelled || time.Since(start) != time.Second {
			t.Errorf("%s %v %v", text(out.Result), cancelled, time.Since(start))
		}
		if s.byID["map-_i0-long"].Status != wire.StatusStarted {
			t.Error("the loser was recorded")
		}
	})
}

// Nested batches of a stopped batch give up too.
func TestStopReachesInnerBatches(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				err := Parallel(ctx, &BatchSpec{},
					Branch("inner", func(c *Context) (int, error) {
						_, err := Map(c, &BatchSpec{MaxConcurrency: ptr(1)}, []int{1, 2}, func(c *Context, i, _ int) (int, error) {
							if err := pause(c, "a", time.Second); err != nil {
								return 0, err
							}
							return 0, pause(c, "b", time.Hour)
						})
						return 0, err
					}, nil),
					Branch("fails", func(c *Context) (int, error) {
						if err := pause(c, "w", 2*time.Second); err != nil {
							return 0, err
						}
						return 0, &Silent{}
					}, nil))
				return nil, err
			}, func(s *service, out wire.InvocationOutput) {
				if out.Status != wire.InvocationFailed || out.Error.ErrorType != "Silent" || s.byID["parallel-inner-map-_i1"] != nil {
					s.t.Errorf("%+v", out.Error)
				}
			}
	})
}

func TestParallelBatch(t *testing.T) {
	wantResult(t, `"a=1 b= [1 {\"k\":\"v\"}] FAILURE_TOLERANCE_EXCEEDED"`, func(ctx *Context) (any, error) {
		var a int
		var b string
		var m map[string]string
		out, err := ParallelBatch(ctx, &BatchSpec{MaxConcurrency: ptr(1), ToleratedFailureCount: ptr(0)},
			Branch("a", func(*Context) (int, error) { return 1, nil }, &a),
			Branch("m", func(*Context) (map[string]string, error) { return map[string]string{"k": "v"}, nil }, &m),
			Branch("b", func(*Context) (string, error) { return "", &Silent{} }, &b))
		if err != nil {
			return nil, err
		}
		var raw []string
		for _, v := range out.Results() {
			raw = append(raw, string(v))
		}
		return fmt.Sprintf("a=%d b=%s %v %s", a, b, raw, out.Reason), pause(ctx, "w", time.Second)
	})
}

// statusOf is FAILED if any item failed.
func statusOf[T any](b *Batch[T]) ItemStatus {
	if b.Count(ItemFailed) > 0 {
		return ItemFailed
	}
	return ItemSucceeded
}
