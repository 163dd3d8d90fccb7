package execution

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/cleantext"
)

// FuzzHistory reads histories from files. Events may come in any order, twice, without
// their beginnings, and of scopes that there are not: all that can be said of the
// execution is said, and what is told of an event is one line to be shown.
func FuzzHistory(f *testing.F) {
	for _, text := range []string{
		`{"Events": [{"EventType": "ExecutionStarted", "EventId": 1, "EventTimestamp": 1767225600}, {"EventType": "StepStarted", "Id": "a", "Name": "a"}]}`,
		`[{"EventType": "StepFailed", "Id": "a_u", "ParentId": "a_u", "StepFailedDetails": {"Error": {"Payload": {"ErrorType": "X", "ErrorMessage": "\u001b[2J\n"}}, "RetryDetails": {"CurrentAttempt": -3, "NextAttemptDelaySeconds": 9223372036}}}]`,
		`{"EventType": "ContextStarted", "Id": "ask", "SubType": "WaitForCallback"}
{"EventType": "CallbackStarted", "Id": "ask_c", "ParentId": "ask", "CallbackStartedDetails": {"CallbackId": "\u202ecb", "Timeout": -1}}
{"EventType": "StepFailed", "Id": "ask-submit", "ParentId": "ask"}
{"EventType": "CallbackTimedOut", "Id": "ask_c", "ParentId": "ask", "EventTimestamp": 1e300}`,
		`{"EventType": "ContextStarted", "Id": "m", "SubType": "Map"}
{"EventType": "ContextSucceeded", "Id": "m", "SubType": "Map", "ContextSucceededDetails": {"Result": {"Payload": "{\"completionReason\":\"FAILURE_TOLERANCE_EXCEEDED\"}"}}}
{"EventType": "ContextStarted", "Id": "m-_i9", "ParentId": "m", "SubType": "MapIteration"}`,
		`{"EventType": "WaitStarted", "Id": "` + strings.Repeat("f", 64) + `", "WaitStartedDetails": {"Duration": -5}}
{"EventType": "ExecutionStopped"}
{"EventType": "WaitCancelled", "Id": "` + strings.Repeat("f", 64) + `"}`,
		`{"Events": []}`, `[]`, `[null]`, `{"EventType": "", "Id": "_u"}`, `{"EventType": "Started", "Id": "-"}`, ``, `x`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		events, err := ParseHistory(text)
		if err != nil {
			if len(events) > 0 || !strings.HasPrefix(err.Error(), "no history: ") {
				t.Errorf("%d events, %v", len(events), err)
			}
			return
		}
		x := new(Execution)
		for i := range events {
			x.Apply(&events[i])
			if said := EventText(&events[i]); said != cleantext.Line(said) {
				t.Errorf("event %d: %q", i, said)
			}
		}
		below := len(x.Top())
		for _, o := range x.Operations {
			below += len(o.Children)
			_, _ = o.Trail(), o.Label()
			if !utf8.ValidString(o.Note()) || o.Over() && o.Open() || x.Operation(o.ID) != o {
				t.Errorf("%s: %q, %s", o.ID, o.Note(), o.State)
			}
		}
		if below != len(x.Operations) {
			t.Errorf("%d of %d operations lie somewhere", below, len(x.Operations))
		}
		for _, o := range x.Waits() {
			if !o.Open() {
				t.Errorf("it waits for %s, which has ended", o.ID)
			}
		}
		// What is written again, as `history --json` does, is the same history.
		var again strings.Builder
		for i := range events {
			line, err := json.Marshal(events[i])
			if err != nil {
				t.Fatal(err)
			}
			again.Write(append(line, '\n'))
		}
		second, err := ParseHistory([]byte(again.String()))
		if err != nil || len(second) != len(events) || describe(Of(second)) != describe(x) {
			t.Errorf("%v\n%s\nbecame\n%s", err, describe(x), describe(Of(second)))
		}
	})
}
