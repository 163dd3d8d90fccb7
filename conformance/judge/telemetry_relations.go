package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/durablegen/durablegen/internal/otlpsink"
)

// relations are the members of an expectation that say how a span stands to others.
var relations = []string{"links", "parent", "before", "after", "inside", "same_trace_as"}

// expect compares a span with everything that is said of it.
func (m *spanMatcher) expect(path string, want map[string]any, s *span) {
	m.matchMembers(path, want, s)
	for _, relation := range relations {
		w, said := want[relation]
		if !said {
			continue
		}
		at := path + "." + relation
		switch relation {
		case "links":
			m.links(at, w, s)
		case "parent":
			m.parent(at, w.(map[string]any), s)
		default:
			m.related(at, relation, w.(map[string]any), s)
		}
	}
}

// resolve gives the span with an ID; nil if it has not been exported.
func (m *spanMatcher) resolve(traceID, id string) *span {
	for _, s := range m.spans {
		if s.TraceID == traceID && s.ID == id {
			return s
		}
	}
	return nil
}

func (m *spanMatcher) links(path string, want any, s *span) {
	wanted, _ := want.([]any)
	if len(wanted) != len(s.Links) {
		m.differ(path, "are %d, not %d", len(s.Links), len(wanted))
		return
	}
	for i, w := range wanted {
		at := fmt.Sprintf("%s[%d]", path, i)
		if target := m.resolve(s.Links[i].TraceID, s.Links[i].ID); target == nil {
			m.differ(at, "leads to no span")
		} else {
			m.matchMembers(at, w.(map[string]any), target)
		}
	}
}

func (m *spanMatcher) parent(path string, want map[string]any, s *span) {
	if alternatives, several := want["$any_of"].([]any); several {
		var all []string
		for _, w := range alternatives {
			alone := &spanMatcher{matcher: matcher{vars: m.vars}, spans: m.spans}
			if alone.parent(path, w.(map[string]any), s); len(alone.differences) == 0 {
				return
			}
			all = append(all, alone.differences...)
		}
		m.differ(path, "is none of the alternatives: %q", all)
		return
	}
	parent := m.resolve(s.TraceID, s.ParentID)
	if parent == nil {
		if want["$allow_unresolved"] != true {
			m.differ(path, "%q is no span", s.ParentID)
		}
		return
	}
	m.matchMembers(path, want, parent)
	if want["$allow_outside"] != true && !encloses(parent, s, tolerance(want)) {
		m.differ(path, "%s does not enclose it: %s", parent.Name, lasts(parent, s))
	}
}

func (m *spanMatcher) related(path, relation string, want map[string]any, s *span) {
	var others []*span
	for _, o := range m.spans {
		linked := want["$linked"] != true || slices.Contains(s.Links, otlpsink.Link{TraceID: o.TraceID, ID: o.ID})
		if o != s && linked && m.fits(want, o) {
			others = append(others, o)
		}
	}
	if len(others) != 1 {
		m.differ(path, "is said of %d spans", len(others))
		return
	}
	other, off := others[0], tolerance(want)
	holds := false
	switch relation {
	case "before":
		holds = !s.End.After(other.Start.Add(off))
	case "after":
		holds = !s.Start.Before(other.End.Add(-off))
	case "inside":
		holds = encloses(other, s, off)
	case "same_trace_as":
		holds = s.TraceID == other.TraceID
	}
	if !holds {
		m.differ(path, "does not hold with %s: %s", other.Name, lasts(other, s))
	}
}

func tolerance(want map[string]any) time.Duration {
	if want["$millisecond_precision"] == true {
		return time.Millisecond
	}
	return 0
}

func encloses(outer, inner *span, off time.Duration) bool {
	return !inner.Start.Before(outer.Start.Add(-off)) && !inner.End.After(outer.End.Add(off))
}

// lasts says when two spans are, for people.
func lasts(other, s *span) string {
	const clock = "05.000000"
	return fmt.Sprintf("%s to %s, and this one %s to %s",
		other.Start.Format(clock), other.End.Format(clock), s.Start.Format(clock), s.End.Format(clock))
}
