package durable

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// quickService is a service that accepts everything, for benchmarks: what it costs
// is the floor.
type quickService struct {
	calls int
	now   wire.Time
}

func (s *quickService) Checkpoint(_ context.Context, _ string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	s.calls++
	out := &wire.CheckpointOutput{CheckpointToken: in.CheckpointToken}
	ops := make([]wire.Operation, 0, len(in.Updates))
	for i := range in.Updates {
		u := &in.Updates[i]
		op := wire.Operation{Id: u.Id, ParentId: u.ParentId, Name: u.Name, Type: u.Type, SubType: u.SubType, StartTimestamp: s.now, Status: wire.StatusStarted}
		if u.Action == wire.ActionSucceed {
			op.Status, op.EndTimestamp = wire.StatusSucceeded, s.now
			switch u.Type {
			case wire.TypeStep:
				op.StepDetails = &wire.StepDetails{Attempt: 1, Result: u.Payload}
			case wire.TypeContext:
				op.ContextDetails = &wire.ContextDetails{Result: u.Payload}
			}
		}
		ops = append(ops, op)
	}
	out.NewExecutionState.Operations = ops
	return out, nil
}

func (s *quickService) State(context.Context, string, string, string, int) (*wire.ExecutionState, error) {
	return nil, fmt.Errorf("no pages")
}

func (s *quickService) StartNamed(context.Context, string, string, string) error {
	return fmt.Errorf("no functions")
}

func quickInput(ops ...wire.Operation) wire.InvocationInput {
	input := "null"
	return wire.InvocationInput{
		DurableExecutionArn: "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST/durable-execution/run-1/exec-1",
		CheckpointToken:     "token",
		InitialExecutionState: wire.ExecutionState{Operations: append([]wire.Operation{{
			Id: "exec-1", Type: wire.TypeExecution, Status: wire.StatusStarted, StartTimestamp: 1,
			ExecutionDetails: &wire.ExecutionDetails{InputPayload: &input},
		}}, ops...)},
	}
}

var benchStep = &StepSpec{Name: "charge", Pos: "order.flow:1:1"}

// stepsInTurns is a loop of n steps.
func stepsInTurns(n int) *Function {
	return Workflow(Definition{Name: "bench"}, func(ctx *Context, _ any) (int, error) {
		for i := range n {
			if _, err := Step(ctx.Turn(i), benchStep, func(context.Context) (string, error) { return "pay-1234", nil }); err != nil {
				return 0, err
			}
		}
		return n, nil
	})
}

func perItem(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/step")
}

func mustSucceed(b *testing.B, f *Function, client Client, in wire.InvocationInput) {
	b.Helper()
	out, err := f.Invoke(context.Background(), client, in)
	if err != nil || out.Status != wire.InvocationSucceeded {
		b.Fatal(out.Status, out.Error, err)
	}
}

func BenchmarkReplay(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			f := stepsInTurns(n)
			result := `"pay-1234"`
			ops := make([]wire.Operation, n)
			for i := range ops {
				ops[i] = wire.Operation{
					Id: "charge_i" + strconv.Itoa(i), Name: "charge", Type: wire.TypeStep, SubType: wire.SubTypeStep,
					Status: wire.StatusSucceeded, StartTimestamp: 2, EndTimestamp: 3, StepDetails: &wire.StepDetails{Attempt: 1, Result: &result},
				}
			}
			in := quickInput(ops...)
			b.ReportAllocs()
			for b.Loop() {
				mustSucceed(b, f, &quickService{}, in)
			}
			perItem(b, n)
		})
	}
}

func BenchmarkFirstRun(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			f := stepsInTurns(n)
			in := quickInput()
			b.ReportAllocs()
			calls := 0
			for b.Loop() {
				s := &quickService{now: wire.TimeOf(time.Now())}
				mustSucceed(b, f, s, in)
				calls = s.calls
			}
			perItem(b, n)
			b.ReportMetric(float64(calls)/float64(n), "calls/step")
		})
	}
}

// BenchmarkMap runs a map of a thousand items, without and with a step in each.
func BenchmarkMap(b *testing.B) {
	items := make([]int, 1000)
	for i := range items {
		items[i] = i
	}
	for _, steps := range []int{0, 1} {
		b.Run(fmt.Sprintf("steps=%d", steps), func(b *testing.B) {
			f := Workflow(Definition{Name: "bench"}, func(ctx *Context, _ any) (int, error) {
				out, err := Map(ctx, &BatchSpec{}, items, func(ctx *Context, i, item int) (int, error) {
					if steps == 0 {
						return item * 2, nil
					}
					return Step(ctx, benchStep, func(context.Context) (int, error) { return item * 2, nil })
				})
				return len(out), err
			})
			in := quickInput()
			b.ReportAllocs()
			calls := 0
			for b.Loop() {
				s := &quickService{}
				mustSucceed(b, f, s, in)
				calls += s.calls
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(items)), "ns/item")
			b.ReportMetric(float64(calls)/float64(b.N), "calls")
		})
	}
}
