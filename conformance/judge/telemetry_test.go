package judge

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/internal/otlpsink"
)

// traced is a trace of one execution: its spans by what the tests call them.
func traced() map[string]otlpsink.Span {
	at := func(ms int) time.Time { return time.Unix(1, 0).Add(time.Duration(ms) * time.Millisecond) }
	span := func(id, parent, name string, from, to int, attributes map[string]any, links ...string) otlpsink.Span {
		s := otlpsink.Span{TraceID: "t", ID: id, ParentID: parent, Name: name, Kind: "INTERNAL", Start: at(from), End: at(to), Status: "OK", Service: "s"}
		s.Attributes = map[string]any{"durable.execution.arn": "arn:1"}
		maps.Copy(s.Attributes, attributes)
		for _, l := range links {
			s.Links = append(s.Links, otlpsink.Link{TraceID: "t", ID: l})
		}
		return s
	}
	own := span("own", "a1", "own", 22, 24, nil)
	delete(own.Attributes, "durable.execution.arn")
	return map[string]otlpsink.Span{
		"workflow": span("w", "caller", "Workflow", 0, 100, nil),
		"first":    span("i1", "caller", "Invocation", 10, 40, map[string]any{"durable.invocation.first": true}),
		"second":   span("i2", "caller", "Invocation", 50, 100, map[string]any{"durable.invocation.first": false}),
		"step":     span("o", "w", "step", 20, 60, map[string]any{"durable.operation.id": "op", "durable.attempt.number": int64(2)}, "i2", "w"),
		"attempt":  span("a1", "o", "step attempt 1", 20, 30, nil, "i1"),
		"own":      own,
	}
}

const allSpans = `
minimum_spans: 6
minimum_invocations: 2
require_execution_correlation: true
require_single_trace_per_execution: true
require_unique_root_per_trace: true
require_parented_spans: [{name: Workflow}, {name: Invocation}]
require_all_spans: true
span_assertion_scope: {attributes: {durable.execution.arn: "${EXECUTION_ARN}"}}
exact_attribute_prefixes: [durable.]
span_assertions:
  - select: {name: Workflow}
    expect:
      links: []
      parent: {$allow_unresolved: true, $reject_sdk_span: true}
      attributes: {durable.execution.arn: "${EXECUTION_ARN}"}
  - select: {name: Invocation}
    count: {$any_of: [2, 3]}
    expect: {status: OK, attributes: {durable.execution.arn: "*", durable.invocation.first: "*"}}
    expect_by_occurrence:
      "2":
        - {attributes: {durable.execution.arn: "*", durable.invocation.first: true}, before: {name: Invocation}}
        - {attributes: {durable.execution.arn: "*", durable.invocation.first: {$any_of: [false, 7]}}, after: {name: step attempt 1}}
  - select: {name: step, attributes: {durable.operation.id: "${STEP}"}}
    expect:
      service_name: s
      links: [{name: Invocation, $occurrence: 2}, {name: Workflow}]
      parent: {$any_of: [{name: Invocation}, {name: "${/^Work/}"}]}
      attributes: {durable.execution.arn: "*", durable.operation.id: "${STEP}", durable.attempt.number: 2}
      same_trace_as: {name: Workflow}
  - select: {name: step attempt 1}
    expect:
      inside: {name: Invocation, $linked: true}
      parent: {name: step, $not: {name: other}}
      attributes: {durable.execution.arn: "*"}
  - select: {name: own}
    expect: {parent: {name: step attempt 1, $millisecond_precision: true}}
`

func matched(t *testing.T, expectation string, spans map[string]otlpsink.Span) []string {
	t.Helper()
	r, err := Parse("otel-x-1.yaml", []byte("TelemetryAssertions:\n"+strings.ReplaceAll(expectation, "\n", "\n  ")))
	if err != nil {
		t.Fatal(err)
	}
	list := slices.Collect(maps.Values(spans))
	return MatchTelemetry(r.Telemetry, "arn:1", list, Variables{"EXECUTION_ARN": "arn:1", "STEP": "op"})
}

func TestSpansThatFit(t *testing.T) {
	if problems := matched(t, allSpans, traced()); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
}

// Each change of a trace is found by the expectation that is about it.
func TestSpansThatDoNotFit(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		span   string // that is changed; a new one is made from it if its ID is
		change func(*otlpsink.Span)
		want   string
	}{
		"an attribute":         {"step", func(s *otlpsink.Span) { s.Attributes["durable.attempt.number"] = int64(3) }, "durable.attempt.number: is 3, not 2"},
		"one attribute more":   {"step", func(s *otlpsink.Span) { s.Attributes["durable.more"] = "x" }, "has attribute durable.more"},
		"a status":             {"first", func(s *otlpsink.Span) { s.Status = "ERROR" }, `status: is "ERROR", not "OK"`},
		"a link":               {"step", func(s *otlpsink.Span) { s.Links[0].ID = "i1" }, "links[0]: Invocation is not number 2"},
		"a link to nothing":    {"step", func(s *otlpsink.Span) { s.Links[0].ID = "?" }, "links[0]: leads to no span"},
		"fewer links":          {"step", func(s *otlpsink.Span) { s.Links = s.Links[:1] }, "links: are 1, not 2"},
		"the order of links":   {"step", func(s *otlpsink.Span) { slices.Reverse(s.Links) }, "links[0].name"},
		"a parent":             {"attempt", func(s *otlpsink.Span) { s.ParentID = "w" }, `parent.name: is "Workflow", not "step"`},
		"a parent of ours":     {"workflow", func(s *otlpsink.Span) { s.ParentID = "i1" }, "is the runtime's own"},
		"a missing parent":     {"attempt", func(s *otlpsink.Span) { s.ParentID = "?" }, `"?" is no span`},
		"no alternative":       {"step", func(s *otlpsink.Span) { s.ParentID = "a1" }, "is none of the alternatives"},
		"a root":               {"workflow", func(s *otlpsink.Span) { s.ParentID = "" }, "has no parent"},
		"outside its parent":   {"attempt", func(s *otlpsink.Span) { s.Start = s.Start.Add(-ms) }, "does not enclose it"},
		"outside by more":      {"own", func(s *otlpsink.Span) { s.End = s.End.Add(7*ms + 1) }, "does not enclose it"},
		"too late":             {"first", func(s *otlpsink.Span) { s.End = s.End.Add(11 * ms) }, "before: does not hold"},
		"too early":            {"second", func(s *otlpsink.Span) { s.Start = s.Start.Add(-21 * ms) }, "after: does not hold"},
		"not inside":           {"attempt", func(s *otlpsink.Span) { s.End = s.End.Add(11 * ms) }, "inside: does not hold"},
		"another trace":        {"second", func(s *otlpsink.Span) { s.TraceID = "u" }, "is in another trace than others"},
		"another execution":    {"second", func(s *otlpsink.Span) { s.Attributes["durable.execution.arn"] = "arn:2" }, "is of execution arn:2"},
		"too few invocations":  {"second", func(s *otlpsink.Span) { s.Name = "Else" }, "there are 1 invocations"},
		"a span twice":         {"step", func(s *otlpsink.Span) { s.ID = "new" }, "selects 2 spans, not [1]"},
		"a span too many":      {"step", func(s *otlpsink.Span) { s.ID, s.Name = "new", "unknown" }, "nothing is said of it"},
		"too many invocations": {"first", func(s *otlpsink.Span) { s.Name = "Else" }, "selects 1 spans, not [2 3]"},
	} {
		t.Run(name, func(t *testing.T) {
			spans := traced()
			s := spans[c.span]
			before := s.ID
			c.change(&s)
			if s.ID != before {
				spans["new"] = s
			} else {
				spans[c.span] = s
			}
			problems := matched(t, allSpans, spans)
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.want) }) {
				t.Errorf("%q does not say %q", problems, c.want)
			}
		})
	}
	spans := traced()
	delete(spans, "own")
	if problems := matched(t, allSpans, spans); !slices.Contains(problems, "telemetry: there are 5 spans, at least 6 are wanted") {
		t.Errorf("%q", problems)
	}
}

// What the judge does not know of an expectation it refuses.
func TestUnknownTelemetry(t *testing.T) {
	for _, text := range []string{
		"maximum_spans: 1",
		"span_assertions: [{select: {name: x}, wants: {}}]",
		"span_assertions: [{select: {name: x}, expect: {parent: {$close: true}}}]",
	} {
		if _, err := Parse("otel-x-1.yaml", []byte("TelemetryAssertions:\n  "+text)); err == nil || !strings.Contains(err.Error(), "is unknown") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
