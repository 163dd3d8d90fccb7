package execution

import (
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// event makes an event some seconds after the beginning.
func event(seconds int, kind wire.EventType, id, parent string, change ...func(*wire.Event)) wire.Event {
	e := wire.Event{EventType: kind, Id: id, ParentId: parent, EventTimestamp: wire.Seconds(wire.TimeOf(begin.Add(time.Duration(seconds) * time.Second)))}
	for _, f := range change {
		f(&e)
	}
	return e
}

func sub(t string) func(*wire.Event)   { return func(e *wire.Event) { e.SubType = t } }
func named(n string) func(*wire.Event) { return func(e *wire.Event) { e.Name = n } }
func reason(r string) func(*wire.Event) {
	text := `{"completionReason":"` + r + `"}`
	return func(e *wire.Event) {
		e.ContextSucceededDetails = &wire.ResultDetails{Result: &wire.EventPayload{Payload: &text}}
	}
}

func failed(kind string, delay int) func(*wire.Event) {
	return func(e *wire.Event) {
		e.StepFailedDetails = &wire.StepEndedDetails{
			Error:        &wire.EventError{Payload: &wire.ErrorObject{ErrorType: kind}},
			RetryDetails: &wire.RetryDetails{CurrentAttempt: 2, NextAttemptDelaySeconds: delay},
		}
	}
}

func describe(x *Execution) string {
	var lines []string
	for _, o := range x.Operations {
		line := o.What() + " " + o.Trail() + ": " + o.State.String()
		if o.Left() {
			line += ", left"
		}
		if o.Undone {
			line += ", undone"
		}
		if note := o.Note(); note != "" {
			line += " (" + note + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestStates(t *testing.T) {
	for name, test := range map[string]struct {
		events []wire.Event
		want   string
	}{
		"a retry": {[]wire.Event{event(0, wire.EventStepStarted, "pay", ""), event(1, wire.EventStepFailed, "pay", "", failed("Busy", 30))},
			"step pay: retrying (attempt 2 failed: Busy; again in 30s)"},
		"a failure": {[]wire.Event{event(0, wire.EventStepStarted, "pay", ""), event(1, wire.EventStepFailed, "pay", "", failed("Busy", 0))},
			"step pay: failed (failed: Busy)"},
		"a submitter that failed, while the callback is open": {[]wire.Event{
			event(0, wire.EventContextStarted, "ask", "", sub(wire.SubTypeWaitForCallback)), event(0, wire.EventCallbackStarted, "ask_c", "ask"),
			event(0, wire.EventStepStarted, "ask_s", "ask"), event(1, wire.EventStepFailed, "ask_s", "ask", failed("Busy", 0))},
			"callback ask: running (asking: failed: Busy)\ncallback ask/ask: waiting (waits for an answer)\nstep ask/ask: failed (failed: Busy)"},
		"an undo": {[]wire.Event{event(0, wire.EventStepStarted, "pay_i1", ""), event(1, wire.EventStepSucceeded, "pay_i1", ""),
			event(2, wire.EventStepStarted, "pay_i1_u", "", named("refund")), event(3, wire.EventStepSucceeded, "pay_i1_u", "")},
			"step pay[1]: succeeded, undone\nstep refund[1] (undoes pay): succeeded"},
		"a batch that failed": {[]wire.Event{event(0, wire.EventContextStarted, "map", "", sub(wire.SubTypeMap)),
			event(1, wire.EventContextSucceeded, "map", "", sub(wire.SubTypeMap), reason("FAILURE_TOLERANCE_EXCEEDED"))},
			"context map: failed (failed)"},
		"a batch with failures that may be": {[]wire.Event{event(0, wire.EventContextStarted, "map", "", sub(wire.SubTypeMap)),
			event(1, wire.EventContextSucceeded, "map", "", sub(wire.SubTypeMap), reason("ALL_COMPLETED"))},
			"context map: succeeded"},
		"the loser of a select": {[]wire.Event{event(0, wire.EventContextStarted, "select", ""), event(0, wire.EventWaitStarted, "select-wait", "select"),
			event(1, wire.EventContextSucceeded, "select", "")},
			"context select: succeeded\nwait select/wait: waiting, left (waits)"},
		"what a stop met": {[]wire.Event{event(0, wire.EventStepStarted, "pay", ""), event(1, wire.EventExecutionStopped, "", "")},
			"step pay: running, left"},
		"a callback that nobody answered": {[]wire.Event{event(0, wire.EventContextStarted, "ask", "", sub(wire.SubTypeWaitForCallback)),
			event(0, wire.EventCallbackStarted, "ask_c", "ask", func(e *wire.Event) {
				e.CallbackStartedDetails = &wire.CallbackStartedDetails{CallbackId: "id", Timeout: 60}
			})},
			"callback ask: waiting (waits for an answer, at most 1m)\ncallback ask/ask: waiting (waits for an answer, at most 1m)"},
	} {
		if got := describe(Of(test.events)); got != test.want {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, test.want)
		}
	}
}

// An ID that is a hash tells no names; the operation and its scope do.
func TestPathsOfHashedIDs(t *testing.T) {
	long := strings.Repeat("x", 70)
	x := Of([]wire.Event{
		event(0, wire.EventContextStarted, opid.Of(long), "", named(long), sub(wire.SubTypeMap)),
		event(0, wire.EventContextStarted, opid.Of(long+"-_i3"), opid.Of(long), sub(wire.SubTypeMapIteration)),
		event(0, wire.EventStepStarted, opid.Of(long+"-_i3-print"), opid.Of(long+"-_i3"), named("print")),
	})
	if got := opid.Bare(x.Operations[2].Path); got != long+"-print" {
		t.Errorf("the path is %q", got)
	}
	if !x.Operations[1].Item() || x.Operations[0].Item() {
		t.Error("the item is not told from its map")
	}
}

func TestWaits(t *testing.T) {
	x := Of([]wire.Event{
		event(0, wire.EventContextStarted, "parallel", ""),
		event(0, wire.EventContextStarted, "parallel-ask", "parallel", sub(wire.SubTypeWaitForCallback)),
		event(2, wire.EventCallbackStarted, "parallel-ask_c", "parallel-ask", func(e *wire.Event) {
			e.CallbackStartedDetails = &wire.CallbackStartedDetails{CallbackId: "id"}
		}),
		event(1, wire.EventWaitStarted, "parallel-wait", "parallel"),
	})
	var got []string
	for _, o := range x.Waits() {
		got = append(got, o.ID+o.CallbackID)
	}
	if strings.Join(got, " ") != "parallel-askid parallel-wait" {
		t.Errorf("it waits for %v", got)
	}
	end := event(3, wire.EventExecutionTimedOut, "", "")
	if x.Apply(&end); len(x.Waits()) > 0 || x.Status != wire.ExecutionTimedOut {
		t.Errorf("%s, and waits for %d", x.Status, len(x.Waits()))
	}
}

// The timer of a group is a part of it, also where its ID is a hash; a wait in it is not.
func TestTimersAreFolded(t *testing.T) {
	for _, group := range []string{"work", strings.Repeat("x", 70)} {
		x := Of([]wire.Event{
			event(0, wire.EventContextStarted, opid.Of(group), "", named(group)),
			event(0, wire.EventWaitStarted, opid.Of(group+opid.Timer), opid.Of(group), sub(wire.SubTypeWait)),
			event(0, wire.EventWaitStarted, opid.Of(group+"-wait"), opid.Of(group), sub(wire.SubTypeWait), named("wait")),
		})
		if timer := x.Operations[1]; timer.Shown() != x.Operations[0] || timer.Path != x.Operations[0].Path+opid.Timer || timer.Label() != "timeout of "+x.Operations[0].Label() {
			t.Errorf("the timer of %s is shown as %s, %s", group, timer.Path, timer.Label())
		}
		if waits := x.Waits(); len(waits) != 1 || waits[0].Name != "wait" {
			t.Errorf("%s waits for %v", group, waits)
		}
	}
}

// A pause is told as long as it lasts; an end takes its place.
func TestPaused(t *testing.T) {
	var x Execution
	reason := "audit"
	paused := event(5, wire.EventExecutionPaused, "", "")
	paused.ExecutionPausedDetails = &wire.ExecutionPausedDetails{Reason: &wire.EventPayload{Payload: &reason}}
	for _, c := range []struct {
		e    wire.Event
		want bool
		text string
	}{
		{event(0, wire.EventExecutionStarted, "", ""), false, ""},
		{paused, true, "audit, its timeout runs on"},
		{event(6, wire.EventExecutionResumed, "", ""), false, ""},
		{paused, true, "audit, its timeout runs on"},
		{event(7, wire.EventExecutionStopped, "", ""), false, ""},
	} {
		x.Apply(&c.e)
		if got := !x.Paused.IsZero(); got != c.want || EventText(&c.e) != c.text {
			t.Errorf("after %s: paused %v, %q", c.e.EventType, got, EventText(&c.e))
		}
	}
}
