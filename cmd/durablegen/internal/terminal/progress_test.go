package terminal

import (
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
)

func at(seconds int) wire.Seconds {
	return wire.Seconds(wire.TimeOf(time.Date(2026, 1, 1, 0, 0, seconds, 0, time.UTC)))
}

// history is an execution with a retry, a callback and a map.
func history() []wire.Event {
	answer := `{"ok":true}`
	return []wire.Event{
		{EventType: wire.EventExecutionStarted, EventTimestamp: at(0)},
		{EventType: wire.EventStepStarted, Id: "charge_i2", Name: "charge", EventTimestamp: at(0)},
		{EventType: wire.EventStepFailed, Id: "charge_i2", EventTimestamp: at(1), StepFailedDetails: &wire.StepEndedDetails{
			Error:        &wire.EventError{Payload: &wire.ErrorObject{ErrorType: "Error", ErrorMessage: "no\nluck"}},
			RetryDetails: &wire.RetryDetails{CurrentAttempt: 1, NextAttemptDelaySeconds: 90}}},
		{EventType: wire.EventStepSucceeded, Id: "charge_i2", EventTimestamp: at(91), StepSucceededDetails: &wire.StepEndedDetails{}},
		{EventType: wire.EventContextStarted, Id: "ask", Name: "ask", SubType: wire.SubTypeWaitForCallback, EventTimestamp: at(91)},
		{EventType: wire.EventCallbackStarted, Id: "ask_c", ParentId: "ask", EventTimestamp: at(91), CallbackStartedDetails: &wire.CallbackStartedDetails{Timeout: 600}},
		{EventType: wire.EventCallbackSucceeded, Id: "ask_c", ParentId: "ask", EventTimestamp: at(95), CallbackSucceededDetails: &wire.ResultDetails{Result: &wire.EventPayload{Payload: &answer}}},
		{EventType: wire.EventContextSucceeded, Id: "ask", SubType: wire.SubTypeWaitForCallback, EventTimestamp: at(95)},
		{EventType: wire.EventContextStarted, Id: "map", Name: "map", SubType: wire.SubTypeMap, EventTimestamp: at(95)},
		{EventType: wire.EventContextStarted, Id: "map-_i0", ParentId: "map", Name: "map-item-0", SubType: wire.SubTypeMapIteration, EventTimestamp: at(95)},
		{EventType: wire.EventStepStarted, Id: "map-_i0-say_20it", ParentId: "map-_i0", Name: "say it", EventTimestamp: at(95)},
		{EventType: wire.EventStepFailed, Id: "map-_i0-say_20it", ParentId: "map-_i0", EventTimestamp: at(96), StepFailedDetails: &wire.StepEndedDetails{
			Error: &wire.EventError{Payload: &wire.ErrorObject{ErrorType: "Mute", ErrorMessage: "Mute"}}}},
		{EventType: wire.EventStepStarted, Id: "charge_i2_u", Name: "refund", EventTimestamp: at(97)},
		{EventType: wire.EventStepSucceeded, Id: "charge_i2_u", EventTimestamp: at(97), StepSucceededDetails: &wire.StepEndedDetails{}},
		{EventType: wire.EventInvocationCompleted, EventTimestamp: at(98), InvocationCompletedDetails: &wire.InvocationCompletedDetails{
			Error: &wire.EventError{Payload: &wire.ErrorObject{ErrorType: "Runtime.ExitError", ErrorMessage: "signal: killed"}}}},
	}
}

// A batch that fails is recorded as succeeded; a name may not be the one in the ID.
func TestLinesOfBatchesAndNewNames(t *testing.T) {
	outcome := `{"all":[],"completionReason":"FAILURE_TOLERANCE_EXCEEDED"}`
	m := new(execution.Execution)
	for _, test := range []struct {
		event wire.Event
		want  string
	}{
		{wire.Event{EventType: wire.EventContextStarted, Id: "map", Name: "map", SubType: wire.SubTypeMap}, ""},
		{wire.Event{EventType: wire.EventContextSucceeded, Id: "map", SubType: wire.SubTypeMap,
			ContextSucceededDetails: &wire.ResultDetails{Result: &wire.EventPayload{Payload: &outcome}}}, "map: failed"},
		{wire.Event{EventType: wire.EventStepStarted, Id: "dun_i1", Name: "remind"}, ""},
		// What a select has left behind times out when nobody waits for it any more.
		{wire.Event{EventType: wire.EventContextStarted, Id: "bring", Name: "bring", SubType: wire.SubTypeRunInChildContext}, ""},
		{wire.Event{EventType: wire.EventCallbackStarted, Id: "bring-cancel", ParentId: "bring", Name: "cancel", CallbackStartedDetails: &wire.CallbackStartedDetails{}}, "bring/cancel: waits for an answer"},
		{wire.Event{EventType: wire.EventContextSucceeded, Id: "bring", SubType: wire.SubTypeRunInChildContext}, "bring: done"},
		{wire.Event{EventType: wire.EventCallbackTimedOut, Id: "bring-cancel", ParentId: "bring", CallbackTimedOutDetails: &wire.ErrorDetails{}}, ""},
		{wire.Event{EventType: wire.EventStepSucceeded, Id: "dun_i1", StepSucceededDetails: &wire.StepEndedDetails{}}, "remind[1]: done"},
	} {
		got := ""
		if line, ok := LineOf(m, m.Apply(&test.event), &test.event); ok {
			got = line.Path + ": " + line.What
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.event.EventType, got, test.want)
		}
	}
}

func TestLines(t *testing.T) {
	m := new(execution.Execution)
	var got []string
	for _, e := range history() {
		if line, ok := LineOf(m, m.Apply(&e), &e); ok {
			got = append(got, strings.Join(strings.Fields(line.String()), " "))
		}
	}
	want := []string{
		"+1s charge[2] attempt 1 failed: Error: no luck; again in 1m30s",
		"+1m31s charge[2] done",
		"+1m31s ask waits for an answer, at most 10m",
		"+1m35s ask answered",
		"+1m36s map[0]/say it failed: Mute",
		"+1m37s refund[2] (undoes charge) done",
		"+1m38s the function died: Runtime.ExitError: signal: killed; it is started again",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("lines:\n%s\nwant:\n%s", g, w)
	}
}

func TestRows(t *testing.T) {
	m := new(execution.Execution)
	for _, e := range history() {
		m.Apply(&e)
	}
	var got []string
	for _, r := range Rows(m, at(100).Go(), 100) {
		got = append(got, strings.Join(strings.Fields(r.Text(60, false)), " "))
	}
	want := []string{"✓ charge[2] (1m31s)", "✓ ask (4s)", "● map 0 of 1 (for 5s)", "● [0] (for 5s)", "✗ say it failed: Mute (1s)", "✓ refund[2] (undoes charge)"}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("rows:\n%s\nwant:\n%s", g, w)
	}
	short := Rows(m, at(100).Go(), 4)
	if len(short) != 4 || short[0].Name != "… 3 more, all done" {
		t.Errorf("cut to four: %+v", short)
	}
}

func TestARowFitsAndDoesNotSteerTheTerminal(t *testing.T) {
	r := Row{Name: "a\x1b[2Jb", Note: strings.Repeat("x", 200)}
	text := r.Text(40, false)
	if strings.ContainsAny(text, "\x1b\n") || len([]rune(text)) != 40 {
		t.Errorf("%q has %d columns", text, len([]rune(text)))
	}
}

func TestWideCharactersTakeTwoColumns(t *testing.T) {
	r := Row{Name: "a", Note: strings.Repeat("寿", 200)}
	for width, fit := range map[int]int{24: 4, 26: 4, 28: 5} {
		text := strings.TrimLeft(strings.TrimPrefix(r.Text(width, false), "● a"), " ")
		if want := strings.Repeat("寿", fit) + "…"; text != want {
			t.Errorf("%d columns: %q, want %q", width, text, want)
		}
	}
}

func TestAnUndoIsNoItemOfItsMap(t *testing.T) {
	m := new(execution.Execution)
	for _, e := range []wire.Event{
		{EventType: wire.EventContextStarted, Id: "map", Name: "map", SubType: wire.SubTypeMap, EventTimestamp: at(0)},
		{EventType: wire.EventContextStarted, Id: "map-_i0", ParentId: "map", Name: "map-item-0", SubType: wire.SubTypeMapIteration, EventTimestamp: at(0)},
		{EventType: wire.EventContextFailed, Id: "map-_i0", ParentId: "map", SubType: wire.SubTypeMapIteration, EventTimestamp: at(0), ContextFailedDetails: &wire.ErrorDetails{}},
		{EventType: wire.EventStepStarted, Id: "map-say_u", ParentId: "map", Name: "unsay", EventTimestamp: at(0)},
	} {
		m.Apply(&e)
	}
	if note := Rows(m, at(0).Go(), 100)[0].Note; note != "1 of 1, 1 failed" {
		t.Errorf("%q, want one item", note)
	}
}

func TestLogText(t *testing.T) {
	for line, want := range map[string]string{
		`{"level":"INFO","message":"hello","requestId":"r","attempt":2}`: "INFO hello",
		`{"msg":"hello"}`: " hello",
		`{"level":"warn","msg":"paid","order":"o 1","cents":9007199254740993,"by":{"name":"Ada"},"card":"visa","none":null}`: `WARN paid order="o 1" cents=9007199254740993 by={"name":"Ada"} card=visa none=null`,
		`{"other":1}`:      ` {"other":1}`,
		`{"message":"x"`:   ` {"message":"x"`,
		`{"message":"x"}y`: ` {"message":"x"}y`,
		"plain":            " plain",
	} {
		if text, level := LogText(line); level+" "+text != want {
			t.Errorf("%s: %q %q, want %q", line, level, text, want)
		}
	}
}

func TestStack(t *testing.T) {
	frames := []string{"pay (order.flow:3:4)", "main.charge\x1b", "\tsteps.go:12", runtimeFrames + "Do step.go:1", "main.run"}
	if got, want := Stack(&wire.ErrorObject{StackTrace: frames}), "    at main.charge�\n    at steps.go:12"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	frames = frames[:3]
	for len(frames) < 40 {
		frames = append(frames, "more")
	}
	if got := Stack(&wire.ErrorObject{StackTrace: frames}); strings.Count(got, "\n") != maxFrames-1 {
		t.Errorf("a long one:\n%s", got)
	}
	if got := Stack(&wire.ErrorObject{StackTrace: frames[:1]}); got != "" {
		t.Errorf("of a place alone: %q", got)
	}
}

// What failed in a batch that went on is counted; what a select left behind is not
// under way.
func TestRowsOfABatchAndOfWhatIsLeft(t *testing.T) {
	outcome := `{"all":[],"completionReason":"FAILURE_TOLERANCE_EXCEEDED"}`
	events := []wire.Event{
		{EventType: wire.EventContextStarted, Id: "map", Name: "map", SubType: wire.SubTypeMap, EventTimestamp: at(0)},
		{EventType: wire.EventContextStarted, Id: "map-_i0", ParentId: "map", SubType: wire.SubTypeMapIteration, EventTimestamp: at(0)},
		{EventType: wire.EventContextSucceeded, Id: "map-_i0", ParentId: "map", SubType: wire.SubTypeMapIteration, EventTimestamp: at(0)},
		{EventType: wire.EventContextStarted, Id: "map-_i1", ParentId: "map", SubType: wire.SubTypeMapIteration, EventTimestamp: at(0)},
		{EventType: wire.EventContextFailed, Id: "map-_i1", ParentId: "map", SubType: wire.SubTypeMapIteration, EventTimestamp: at(0)},
		{EventType: wire.EventContextSucceeded, Id: "map", SubType: wire.SubTypeMap, EventTimestamp: at(0),
			ContextSucceededDetails: &wire.ResultDetails{Result: &wire.EventPayload{Payload: &outcome}}},
		{EventType: wire.EventContextStarted, Id: "select", Name: "select", SubType: wire.SubTypeRunInChildContext, EventTimestamp: at(0)},
		{EventType: wire.EventWaitStarted, Id: "select-wait", ParentId: "select", Name: "wait", EventTimestamp: at(0), WaitStartedDetails: &wire.WaitStartedDetails{Duration: 3600}},
		{EventType: wire.EventContextSucceeded, Id: "select", SubType: wire.SubTypeRunInChildContext, EventTimestamp: at(0)},
	}
	var got []string
	for _, r := range Rows(execution.Of(events), at(0).Go(), 100) {
		got = append(got, strings.Join(strings.Fields(r.Text(60, false)), " "))
	}
	want := []string{"✗ map 2 of 2, 1 failed", "✓ [0]", "✗ [1] failed", "✓ select", "- wait left behind"}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("rows:\n%s\nwant:\n%s", g, w)
	}
}
