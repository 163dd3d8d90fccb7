package durable

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Whatever an error's record holds, an error comes of it, and that one's record gives
// the same again.
func FuzzErrorRecord(f *testing.F) {
	f.Add("CardDeclined", "no", `{"reason":"r"}`)
	f.Add("CardDeclined", "", `{"reason":1}`)
	f.Add("Unexpected", "m", `{"type":"X","data":"{"}`)
	f.Add("UndoFailed", "m", `{"cause":{"ErrorType":"Silent"},"undos":[{"operation":"a","error":{"ErrorMessage":"x"}},{}]}`)
	f.Add("Timeout", "", "null")
	f.Add("", "", "")
	def := &Definition{Errors: testErrors}
	f.Fuzz(func(t *testing.T, errorType, message, data string) {
		if !utf8.ValidString(errorType + message + data) {
			return // no record holds it: it was JSON
		}
		obj := &wire.ErrorObject{ErrorType: errorType, ErrorMessage: message, ErrorData: data}
		err := def.decodeError(obj, "op", nil)
		if err == nil || !Catchable(err) {
			t.Fatalf("%+v gave %v", obj, err)
		}
		once := def.encodeError(err, def.Errors)
		twice := def.encodeError(def.decodeError(once, "op", nil), def.Errors)
		if mustJSON(once) != mustJSON(twice) {
			t.Errorf("%+v\n was recorded as %s\nand then as     %s", obj, mustJSON(once), mustJSON(twice))
		}
	})
}

// Whatever the record of a select or a batch holds, the workflow has an outcome.
func FuzzOutcomeRecords(f *testing.F) {
	f.Add("select", `{"winner":"b","index":1,"value":"x"}`, false)
	f.Add("select", `{"winner":"gone","index":7}`, false)
	f.Add("map", `{"all":[{"index":0,"status":"SUCCEEDED","result":"a"},{"index":1,"status":"FAILED","error":{"ErrorType":"Silent"}}],"completionReason":"ALL_COMPLETED"}`, false)
	f.Add("map", `{"all":[{"index":-1}]}`, false)
	f.Add("map", `{"type":"MapResult","startedIndexes":[9],"notStartedIndexes":[0]}`, true)
	f.Add("parallel", `{"all":[{"index":0,"name":"a","status":"SUCCEEDED","resultText":"x"}],"completionReason":"MIN_SUCCESSFUL_REACHED"}`, false)
	f.Add("parallel", `{"type":"ParallelResult","names":["b","a"],"startedIndexes":[0]}`, true)
	subTypes := map[string]string{"select": wire.SubTypeRunInChildContext, "map": wire.SubTypeMap, "parallel": wire.SubTypeParallel}
	fn := workflow(func(ctx *Context) (any, error) {
		give := func(s string) func(*Context) (string, error) {
			return func(*Context) (string, error) { return s, nil }
		}
		won, err := Select(ctx, nil, Case("a", give("a"), nil), Case("b", give("b"), nil))
		if err != nil {
			return nil, err
		}
		batch, err := MapBatch(ctx, nil, []int{1, 2}, func(*Context, int, int) (string, error) { return "x", nil })
		if err != nil {
			return nil, err
		}
		both, err := ParallelBatch(ctx, nil, Branch("a", give("a"), nil), Branch("b", give("b"), nil))
		if err != nil {
			return nil, err
		}
		return []any{won, batch.Results(), len(both.Errors())}, nil
	})
	f.Fuzz(func(t *testing.T, kind, record string, replay bool) {
		subType := subTypes[kind]
		if subType == "" {
			return
		}
		out, err := fn.Invoke(context.Background(), &quickService{}, quickInput(wire.Operation{
			Id: kind, Type: wire.TypeContext, SubType: subType, Status: wire.StatusSucceeded,
			ContextDetails: &wire.ContextDetails{Result: &record, ReplayChildren: replay},
		}))
		if err != nil || out.Status != wire.InvocationSucceeded && out.Status != wire.InvocationFailed {
			t.Errorf("%s %v", out.Status, err)
		}
		if out.Error != nil && out.Error.ErrorType == "Panic" {
			t.Errorf("%+v", out.Error)
		}
	})
}

// ending is a service that has had enough of an execution from a call on.
type ending struct {
	*service
	from int
	err  error // nil: its answers have no token any more
}

func (e *ending) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	if e.calls >= e.from && e.err != nil {
		return nil, e.err
	}
	out, err := e.service.Checkpoint(ctx, arn, in)
	if out != nil && e.calls > e.from {
		out.CheckpointToken = ""
	}
	return out, err
}

// Nothing is undone when it is the service that ends the execution, or this invocation.
func TestNothingIsUndoneByTheServicesWord(t *testing.T) {
	for _, answer := range []error{
		nil, errStale, errors.New("connection reset"), &wire.APIError{Code: "KMSNotFoundException", HTTPStatus: 502},
		&wire.APIError{Code: "AccessDeniedException", HTTPStatus: 403},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService(t, nil, "null")
			s.live = true
			undone := false
			f := workflow(func(ctx *Context) (any, error) {
				if err := Do(ctx, &StepSpec{Name: "a", Undoable: true}, func(context.Context) error { return nil }); err != nil {
					return nil, err
				}
				Undo(ctx, &UndoSpec{Of: "a"}, func(c *Context) error {
					undone = true
					return Do(c, Named("undo a"), func(context.Context) error { undone = true; return nil })
				})
				if _, err := named(ctx, "b"); err != nil {
					return nil, errors.New("swallowed: " + err.Error())
				}
				return nil, errBoom
			})
			out, err := f.Invoke(context.Background(), &ending{s, 2, answer}, wire.InvocationInput{
				DurableExecutionArn: s.arn, CheckpointToken: s.token(), InitialExecutionState: *s.pageLocked("")})
			if undone || err == nil && out.Status == wire.InvocationSucceeded {
				t.Errorf("after %v: %+v %v, undone %v", answer, out, err, undone)
			}
		})
	}
}
