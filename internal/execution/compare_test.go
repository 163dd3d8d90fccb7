package execution

import (
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Operations are paired by their IDs, those of one execution alone in their places.
func TestCompare(t *testing.T) {
	value := func(s string) *wire.Event {
		return &wire.Event{StepSucceededDetails: &wire.StepEndedDetails{Result: &wire.EventPayload{Payload: &s}}}
	}
	run := func(steps ...string) []wire.Event {
		events := []wire.Event{{EventId: 1, EventType: wire.EventExecutionStarted}}
		for _, s := range steps {
			name, result, _ := strings.Cut(s, "=")
			events = append(events, wire.Event{EventId: len(events) + 1, EventType: wire.EventStepStarted, Id: name, Name: name})
			switch {
			case result == "":
			case result == "✗":
				events = append(events, wire.Event{EventId: len(events) + 1, EventType: wire.EventStepFailed, Id: name, Name: name,
					StepFailedDetails: &wire.StepEndedDetails{Error: &wire.EventError{Payload: &wire.ErrorObject{ErrorType: "Bad"}}}})
			default:
				e := value(result)
				e.EventId, e.EventType, e.Id, e.Name = len(events)+1, wire.EventStepSucceeded, name, name
				events = append(events, *e)
			}
		}
		return events
	}
	var lines []string
	for _, p := range Compare(run("a=1", "b=2", "c=3", "e=5"), run("z=0", "a=1", "b=3", "x=9", "c=✗", "d=4", "f")) {
		line := p.Either().ID
		switch {
		case p.A == nil:
			line = "+" + line
		case p.B == nil:
			line = "-" + line
		default:
			line += "(" + strings.Join(p.Differs, ",") + ")"
		}
		lines = append(lines, line)
	}
	if got, want := strings.Join(lines, " "), "+z a() b(result) +x c(state,result,error) +d +f -e"; got != want {
		t.Errorf("they are paired as\n%s\nwant\n%s", got, want)
	}
}
