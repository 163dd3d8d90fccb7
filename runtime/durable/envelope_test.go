package durable

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// manySteps is an event with n finished steps of size bytes each.
func manySteps(n, size int) []byte {
	result := mustJSON(map[string]string{"text": strings.Repeat("x", max(size-20, 0)), "k": "v"})
	ops := make([]wire.Operation, n)
	for i := range ops {
		ops[i] = wire.Operation{
			Id: "charge_i" + strconv.Itoa(i), Name: "charge", Type: wire.TypeStep, SubType: wire.SubTypeStep,
			Status: wire.StatusSucceeded, StartTimestamp: 1700000000000, EndTimestamp: 1700000000001,
			StepDetails: &wire.StepDetails{Attempt: 1, Result: &result},
		}
	}
	event, err := json.Marshal(quickInput(ops...))
	if err != nil {
		panic(err)
	}
	return event
}

// BenchmarkEvent is a whole invocation, from the event's bytes to the answer's.
func BenchmarkEvent(b *testing.B) {
	for _, size := range []int{10, 5000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			const n = 1000
			event := manySteps(n, size)
			f := Workflow(Definition{Name: "bench"}, func(ctx *Context, _ any) (int, error) {
				for i := range n {
					if _, err := Step(ctx.Turn(i), benchStep, func(context.Context) (map[string]string, error) { return nil, nil }); err != nil {
						return 0, err
					}
				}
				return n, nil
			})
			h := &bootstrap{f: f, client: &quickService{}}
			b.SetBytes(int64(len(event)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Invoke(context.Background(), event); err != nil {
					b.Fatal(err)
				}
			}
			perItem(b, n)
		})
	}
}

// The decoder understands what encoding/json does, and the same by it.
func FuzzDecodeEvent(f *testing.F) {
	f.Add(manySteps(2, 30))
	f.Add([]byte(`{"DurableExecutionArn":"a\u00e9\ud83d\ude00\ud83dx\n\/\"","CheckpointToken":null,"UpdatedOperationIds":["x"],"Other":[{"a":[1,"}"]}],
	 "InitialExecutionState":{"NextMarker":"m","Operations":[{"Id":"x","StartTimestamp":"2026-01-02T03:04:05Z","EndTimestamp":1767225600.5,
	  "WaitDetails":{"ScheduledEndTimestamp":1767225600000},"CallbackDetails":{"CallbackId":"c","Result":"\"x\""},"StepDetails":{"Attempt":12,"Error":{"ErrorType":"E"},"Result":null}},
	  {"ContextDetails":{"ReplayChildren":true,"Result":"{\"a\":\"\\\\\"}"},"ChainedInvokeDetails":null}]}}`))
	f.Add([]byte(`{"UpdatedOperationIds":null,"InitialExecutionState":{"Operations":null}} `))
	f.Add([]byte(`{"DurableExecutionArn":"\\","CheckpointToken":"\"\\\""}x`))
	f.Fuzz(func(t *testing.T, event []byte) {
		var want wire.InvocationInput
		wantErr := json.Unmarshal(event, &want)
		got, err := decodeEvent(event)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got error %v, want %v", err, wantErr)
		}
		if len(want.InitialExecutionState.Operations) == 0 {
			want.InitialExecutionState.Operations = nil // an empty list is none
		}
		if err == nil && mustJSON(got) != mustJSON(want) && !foldsKeys(event) {
			t.Errorf("got %s\nwant %s", mustJSON(got), mustJSON(want))
		}
	})
}

// foldsKeys: encoding/json takes keys in any case, and merges those that occur twice.
func foldsKeys(event []byte) bool {
	text := string(event)
	for _, key := range []string{"DurableExecutionArn", "CheckpointToken", "InitialExecutionState", "UpdatedOperationIds", "Operations", "NextMarker",
		"Id", "ParentId", "Name", "Type", "SubType", "Status", "StartTimestamp", "EndTimestamp", "StepDetails", "ContextDetails", "ExecutionDetails",
		"WaitDetails", "CallbackDetails", "ChainedInvokeDetails", "Attempt", "NextAttemptTimestamp", "Result", "Error", "ReplayChildren",
		"InputPayload", "CallbackId", "ErrorType", "ScheduledEndTimestamp"} {
		quoted := `"` + key + `"`
		text = strings.ReplaceAll(text, quoted, "")
		if strings.Contains(strings.ToLower(text), strings.ToLower(quoted)) {
			return true
		}
	}
	return strings.Contains(text, `\u`) || strings.Count(string(event), `"InitialExecutionState"`) > 1 || strings.Count(string(event), `"Operations"`) > 1
}
