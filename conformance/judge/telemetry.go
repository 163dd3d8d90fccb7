package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/otlpsink"
)

// Telemetry is what is expected of the spans that an execution exports.
type Telemetry struct {
	Spans, Invocations         int // at least
	Correlated, OneTrace       bool
	OneRoot, All               bool
	Parented, Scope            []map[string]any // matchers; Scope: of the spans that All is about
	AllowedARNs, ExactPrefixes []string
	Quiescence                 time.Duration
	Assertions                 []SpanAssertion
}

// SpanAssertion selects spans and says what they are like.
type SpanAssertion struct {
	Select, Expect map[string]any
	Counts         []int
	// ByOccurrence is laid over Expect, for each span in the order of time: by the number of
	// spans found, 0 for any.
	ByOccurrence map[int][]map[string]any
}

func telemetry(fields map[string]any) *Telemetry {
	t := &Telemetry{Invocations: 1}
	texts := func(v any, k string) (out []string) {
		for _, item := range list(v, k) {
			out = append(out, scalar(item, k))
		}
		return out
	}
	for k, v := range fields {
		switch k {
		case "minimum_spans":
			t.Spans = integer(v, k)
		case "minimum_invocations":
			t.Invocations = integer(v, k)
		case "require_execution_correlation":
			t.Correlated = boolean(v, k)
		case "require_single_trace_per_execution":
			t.OneTrace = boolean(v, k)
		case "require_unique_root_per_trace":
			t.OneRoot = boolean(v, k)
		case "require_all_spans":
			t.All = boolean(v, k)
		case "require_parented_spans":
			t.Parented = matchers(v, k)
		case "span_assertion_scope":
			t.Scope = matchers(v, k)
		case "allowed_execution_arns":
			t.AllowedARNs = texts(v, k)
		case "exact_attribute_prefixes":
			t.ExactPrefixes = texts(v, k)
		case "quiescence_seconds":
			t.Quiescence = seconds(v, k)
		case "span_assertions":
			for _, v := range list(v, k) {
				t.Assertions = append(t.Assertions, spanAssertion(object(v, k)))
			}
		default:
			refuse("TelemetryAssertions.%s is unknown", k)
		}
	}
	return t
}

func spanAssertion(fields map[string]any) SpanAssertion {
	a := SpanAssertion{Counts: []int{1}, ByOccurrence: map[int][]map[string]any{}}
	for k, v := range fields {
		switch k {
		case "select":
			a.Select = object(v, k)
		case "expect":
			a.Expect = object(v, k)
		case "count":
			if any, isObject := v.(map[string]any); isObject {
				a.Counts = nil
				for _, n := range list(any["$any_of"], k) {
					a.Counts = append(a.Counts, integer(n, k))
				}
				break
			}
			a.Counts = []int{integer(v, k)}
		case "expect_by_occurrence":
			if each, isList := v.([]any); isList {
				v = map[string]any{"0": each}
			}
			for number, each := range object(v, k) {
				n, err := strconv.Atoi(number)
				if err != nil {
					refuse("%s.%s is no number", k, number)
				}
				a.ByOccurrence[n] = matchers(each, k)
			}
		default:
			refuse("span_assertions.%s is unknown", k)
		}
	}
	spanMarks(a.Select)
	spanMarks(a.Expect)
	for _, each := range a.ByOccurrence {
		for _, m := range each {
			spanMarks(m)
		}
	}
	return a
}

// spanMarks refuses what the matcher of spans does not know.
func spanMarks(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if strings.HasPrefix(k, "$") && !slices.Contains(relation, k) && k != "$any_of" {
				refuse("%s is unknown", k)
			}
			spanMarks(inner)
		}
	case []any:
		for _, inner := range v {
			spanMarks(inner)
		}
	}
}

// relation are the marks that say how spans stand to one another, and are no members.
var relation = []string{
	"$occurrence", "$linked", "$allow_outside", "$allow_unresolved", "$reject_sdk_span", "$not", "$millisecond_precision",
}

// patience for spans, which come after what they tell of.
const spansWithin, spansEvery = time.Minute, 500 * time.Millisecond

// telemetry compares the spans, again and again until they fit.
func (run *running) telemetry(ctx context.Context) {
	v := run.verdict
	if v.Telemetry == nil {
		return
	}
	if run.Spans == nil {
		run.complain("its spans were not compared: this judge does not collect any")
		return
	}
	v.Variables["EXECUTION_ARN"], v.Variables["SERVICE_NAME"] = v.ARN, run.Service
	var problems []string
	for end := time.Now().Add(spansWithin); ; {
		v.Spans, problems = run.spans()
		if len(problems) == 0 || time.Now().After(end) {
			break
		}
		if err := pause(ctx, spansEvery); err != nil {
			problems = []string{err.Error()}
			break
		}
	}
	if len(problems) == 0 && v.Telemetry.Quiescence > 0 {
		before := len(v.Spans)
		if err := pause(ctx, v.Telemetry.Quiescence); err != nil {
			problems = []string{err.Error()}
		} else if v.Spans, problems = run.spans(); len(v.Spans) != before {
			problems = append(problems, fmt.Sprintf("%d spans came after all had fitted", len(v.Spans)-before))
		}
	}
	v.Problems = append(v.Problems, problems...)
}

// spans gives the spans of the execution's traces, and what is wrong with them.
func (run *running) spans() ([]otlpsink.Span, []string) {
	v := run.verdict
	arns := []any{v.ARN}
	for _, text := range v.Telemetry.AllowedARNs {
		arns = append(arns, v.Variables.fill(text))
	}
	all := run.Judge.Spans()
	traces := map[string]bool{}
	for _, s := range all {
		if slices.Contains(arns, s.Attributes[arnAttribute]) {
			traces[s.TraceID] = true
		}
	}
	all = slices.DeleteFunc(all, func(s otlpsink.Span) bool { return !traces[s.TraceID] })
	return all, MatchTelemetry(v.Telemetry, v.ARN, all, v.Variables.clone())
}

const arnAttribute = "durable.execution.arn"

// MatchTelemetry compares the spans of an execution's traces with what is expected of them
// and gives the differences.
func MatchTelemetry(want *Telemetry, arn string, all []otlpsink.Span, vars Variables) []string {
	m := &spanMatcher{matcher: matcher{vars: vars}}
	for _, s := range all {
		m.spans = append(m.spans, newSpan(s))
	}
	slices.SortStableFunc(m.spans, func(a, b *span) int { return a.Start.Compare(b.Start) })
	m.whole(want, arn)
	chosen := map[*span]bool{}
	for i, a := range want.Assertions {
		m.assert(fmt.Sprintf("span assertion %d (%s)", i+1, plain(a.Select["name"])), a, want.ExactPrefixes, chosen)
	}
	if want.All {
		for _, s := range m.spans {
			inScope := len(want.Scope) == 0 || slices.ContainsFunc(want.Scope, func(scope map[string]any) bool { return m.fits(scope, s) })
			if inScope && !chosen[s] {
				m.differ(s.Name, "nothing is said of it: %s", quoted(s.fields["attributes"]))
			}
		}
	}
	return m.differences
}

// span is a span with its members as the matcher wants them.
type span struct {
	otlpsink.Span
	fields map[string]any
}

func newSpan(s otlpsink.Span) *span {
	attributes := map[string]any{}
	for k, v := range s.Attributes {
		if n, isNumber := v.(int64); isNumber {
			v = json.Number(strconv.FormatInt(n, 10))
		}
		attributes[k] = v
	}
	return &span{s, map[string]any{
		"trace_id": s.TraceID, "span_id": s.ID, "parent_span_id": s.ParentID, "name": s.Name, "kind": s.Kind,
		"status": s.Status, "service_name": s.Service, "attributes": attributes,
	}}
}

// spanMatcher compares the spans of one execution; they are in the order of time.
type spanMatcher struct {
	matcher
	spans []*span
}

// whole compares what is said of all spans together.
func (m *spanMatcher) whole(want *Telemetry, arn string) {
	if len(m.spans) < want.Spans {
		m.differ("telemetry", "there are %d spans, at least %d are wanted", len(m.spans), want.Spans)
	}
	allowed := map[any]bool{arn: true}
	for _, text := range want.AllowedARNs {
		allowed[m.vars.fill(text)] = true
	}
	invocations, known := 0, false
	traces, roots := map[any]string{}, map[string]int{}
	for _, s := range m.spans {
		if _, counts := s.Attributes["durable.invocation.first"]; counts && s.Name == "Invocation" {
			invocations++
		}
		if s.ParentID == "" {
			if roots[s.TraceID]++; want.OneRoot && roots[s.TraceID] > 1 {
				m.differ(s.Name, "is one more root of its trace")
			}
			if slices.ContainsFunc(want.Parented, func(w map[string]any) bool { return m.fits(w, s) }) {
				m.differ(s.Name, "has no parent")
			}
		}
		of, told := s.Attributes[arnAttribute]
		if !told {
			continue
		}
		known = known || of == arn
		if want.Correlated && !allowed[of] {
			m.differ(s.Name, "is of execution %v", of)
		}
		if trace, seen := traces[of]; want.OneTrace && seen && trace != s.TraceID {
			m.differ(s.Name, "is in another trace than others of its execution")
		}
		traces[of] = s.TraceID
	}
	if want.Correlated && !known {
		m.differ("telemetry", "no span is of the execution")
	}
	if invocations < want.Invocations {
		m.differ("telemetry", "there are %d invocations, at least %d are wanted", invocations, want.Invocations)
	}
}

// assert compares the spans that an assertion selects, and adds them to those chosen.
func (m *spanMatcher) assert(path string, a SpanAssertion, exact []string, chosen map[*span]bool) {
	var found []*span
	for _, s := range m.spans {
		if !chosen[s] && m.fits(a.Select, s) {
			found = append(found, s)
		}
	}
	if !slices.Contains(a.Counts, len(found)) {
		m.differ(path, "selects %d spans, not %v", len(found), a.Counts)
		return
	}
	for i, s := range found {
		chosen[s] = true
		want := maps.Clone(a.Expect)
		each := a.ByOccurrence[len(found)]
		if each == nil {
			each = a.ByOccurrence[0]
		}
		if i < len(each) {
			if want == nil {
				want = map[string]any{}
			}
			maps.Copy(want, each[i])
		}
		m.expect(path, want, s)
		m.exact(path, exact, want, s)
	}
}

// exact refuses attributes with one of the prefixes of which nothing is said.
func (m *spanMatcher) exact(path string, prefixes []string, want map[string]any, s *span) {
	listed, _ := want["attributes"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(s.Attributes)) {
		if _, said := listed[key]; !said && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			m.differ(path, "has attribute %s, of which nothing is said", key)
		}
	}
}

// fits reports whether a span has the members that want lists.
func (m *spanMatcher) fits(want map[string]any, s *span) bool {
	alone := &spanMatcher{matcher: matcher{vars: m.vars.clone()}, spans: m.spans}
	alone.matchMembers("", want, s)
	return len(alone.differences) == 0
}

// matchMembers compares the members that want lists, and what its marks say of the span alone.
func (m *spanMatcher) matchMembers(path string, want map[string]any, s *span) {
	members := maps.Clone(want)
	maps.DeleteFunc(members, func(k string, _ any) bool { return slices.Contains(relation, k) || slices.Contains(relations, k) })
	m.match(path, members, s.fields)
	if n, numbered := want["$occurrence"]; numbered {
		others := maps.Clone(want)
		delete(others, "$occurrence")
		var nth *span
		left := integer(n, "$occurrence")
		for _, o := range m.spans {
			if m.fits(others, o) {
				if left--; left == 0 {
					nth = o
				}
			}
		}
		if nth != s {
			m.differ(path, "%s is not number %v of those", s.Name, n)
		}
	}
	if not, denied := want["$not"].(map[string]any); denied && m.fits(not, s) {
		m.differ(path, "%s must not be like that", s.Name)
	}
	if want["$reject_sdk_span"] == true && slices.ContainsFunc(slices.Collect(maps.Keys(s.Attributes)), func(k string) bool { return strings.HasPrefix(k, "durable.") }) {
		m.differ(path, "%s is the runtime's own", s.Name)
	}
}
