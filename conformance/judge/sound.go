package judge

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Sound looks for what no history may have, whatever its requirement says: another
// input than was sent, gaps in the numbers, events without a time, two operations
// under one ID, ends without starts, children outside of their parents, anything after
// the terminal event.
func Sound(input string, events []Event) []string {
	s := &soundness{input: input, operations: map[string]*operation{}, requests: map[string]bool{}}
	for i, e := range events {
		s.at = fmt.Sprintf("event %d (%s)", i+1, e.Type())
		s.event(i, e)
		if e.terminal() && i != len(events)-1 {
			s.complain("%d events come after it", len(events)-1-i)
		}
		s.previous = e
	}
	return s.complaints
}

type soundness struct {
	input      string
	operations map[string]*operation
	requests   map[string]bool
	execution  string // its ID
	previous   Event
	at         string
	complaints []string
}

// operation is what the events so far tell about one.
type operation struct {
	kind, name, subType, parent string
	open, retrying              bool
	attempts                    int64
}

var (
	eventType   = regexp.MustCompile(`^(Execution|Context|Step|Wait|Callback|ChainedInvoke)(Started|Succeeded|Failed|TimedOut|Stopped|Cancelled)$`)
	operationID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
)

func (s *soundness) complain(format string, args ...any) {
	s.complaints = append(s.complaints, s.at+": "+fmt.Sprintf(format, args...))
}

func (s *soundness) event(i int, e Event) {
	if e.ID() != i+1 {
		s.complain("has number %d", e.ID())
	}
	if (i == 0) != (e.Type() == "ExecutionStarted") {
		s.complain("stands at place %d", i+1)
	}
	for key := range e {
		if strings.HasSuffix(key, "Details") && key != e.Type()+"Details" {
			s.complain("has %s", key)
		}
	}
	if e.details() == nil {
		s.complain("has no details")
	}
	if moment(e["EventTimestamp"]) <= 0 {
		s.complain("has no time: %v", e["EventTimestamp"])
	}
	if s.previous != nil && moment(e["EventTimestamp"]) < moment(s.previous["EventTimestamp"]) {
		s.complain("is older than the one before")
	}
	if e.Type() == "InvocationCompleted" {
		s.invocation(e)
		return
	}
	parts := eventType.FindStringSubmatch(e.Type())
	if parts == nil {
		s.complain("is of no known type")
		return
	}
	switch kind, phase := parts[1], parts[2]; {
	case kind == "Execution":
		if phase == "Started" {
			s.execution = e.text("Id")
			input, _ := e.details()["Input"].(map[string]any)
			if payload, _ := input["Payload"].(string); payload != s.input {
				s.complain("has input %q, and %q was sent", payload, s.input)
			}
		}
		if id := e.text("Id"); id == "" || id != s.execution {
			s.complain("is of execution %q, not %q", id, s.execution)
		}
		if ended := e.Type() == "ExecutionSucceeded" || e.Type() == "ExecutionFailed"; ended && s.previous.Type() != "InvocationCompleted" {
			s.complain("does not follow InvocationCompleted")
		}
	case phase == "Started":
		s.start(kind, e)
	default:
		s.end(kind, e)
	}
}

// invocation looks at an event that belongs to no operation.
func (s *soundness) invocation(e Event) {
	if id := e.text("Id"); id != "" {
		s.complain("has operation ID %s", id)
	}
	request, _ := e.details()["RequestId"].(string)
	if request == "" || s.requests[request] {
		s.complain("request ID %q is missing or was there before", request)
	}
	s.requests[request] = true
	start, end := moment(e.details()["StartTimestamp"]), moment(e.details()["EndTimestamp"])
	if start <= 0 || end <= 0 {
		s.complain("does not say when it started and ended: %v, %v", e.details()["StartTimestamp"], e.details()["EndTimestamp"])
	} else if end < start {
		s.complain("ends before it starts")
	}
}

func (s *soundness) start(kind string, e Event) {
	id := e.text("Id")
	if !operationID.MatchString(id) {
		s.complain("%q is no operation ID", id)
	}
	known := s.operations[id]
	switch {
	case known == nil:
		known = &operation{kind: kind, name: e.text("Name"), subType: e.text("SubType"), parent: e.text("ParentId")}
		s.operations[id] = known
	case !known.retrying:
		s.complain("operation %s was started before", id)
	}
	s.same(known, kind, e)
	known.open, known.retrying = true, false
	if parent := known.parent; parent != "" {
		if p := s.operations[parent]; p == nil || p.kind != "Context" || !p.open {
			s.complain("operation %s starts in %s, which is no open context", id, parent)
		}
	}
}

func (s *soundness) end(kind string, e Event) {
	id := e.text("Id")
	known := s.operations[id]
	if known == nil || !known.open {
		s.complain("operation %s is not open", id)
		return
	}
	s.same(known, kind, e)
	known.open = false
	if p := s.operations[known.parent]; p != nil && !p.open && (kind == "Step" || kind == "Context") {
		s.complain("operation %s ends after its context %s", id, known.parent)
	}
	if kind != "Step" {
		return
	}
	known.attempts++
	retry, _ := e.details()["RetryDetails"].(map[string]any)
	if n, ok := retry["CurrentAttempt"].(json.Number); ok && n.String() != fmt.Sprint(known.attempts) {
		s.complain("operation %s counts attempt %s as %d", id, n, known.attempts)
	}
	_, known.retrying = retry["NextAttemptDelaySeconds"].(json.Number)
}

// same compares what must not change in an operation's life.
func (s *soundness) same(known *operation, kind string, e Event) {
	now := operation{kind: kind, name: e.text("Name"), subType: e.text("SubType"), parent: e.text("ParentId")}
	if known.kind != now.kind || known.name != now.name || known.subType != now.subType || known.parent != now.parent {
		s.complain("operation %s was %s %q %q in %q and is %s %q %q in %q", e.text("Id"),
			known.kind, known.subType, known.name, known.parent, now.kind, now.subType, now.name, now.parent)
	}
}

// moment reads a time of the service's; what is no number is 0.
func moment(v any) float64 {
	n, _ := v.(json.Number)
	f, _ := n.Float64()
	return f
}
