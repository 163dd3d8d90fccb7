package otlpsink

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Tree shows spans below their parents, with what has become of them and what they link to.
// Alike, they stand in the order of time.
func Tree(spans []Span) string {
	byID, below := map[string]Span{}, map[string][]Span{}
	for _, s := range spans {
		byID[s.ID] = s
	}
	for _, s := range spans {
		parent := s.ParentID
		if _, known := byID[parent]; !known {
			parent = ""
		}
		below[parent] = append(below[parent], s)
	}
	var b strings.Builder
	var show func(id, indent string)
	show = func(id, indent string) {
		slices.SortStableFunc(below[id], func(a, b Span) int {
			return cmp.Or(strings.Compare(a.label(), b.label()), a.Start.Compare(b.Start))
		})
		for _, s := range below[id] {
			b.WriteString(indent + s.label())
			for _, l := range s.Links {
				b.WriteString(" → " + byID[l.ID].label())
			}
			b.WriteByte('\n')
			show(s.ID, indent+"    ")
		}
	}
	show("", "")
	return b.String()
}

// label is the name of a span, and what has become of what it is for.
func (s Span) label() string {
	for _, of := range []string{"operation.status", "attempt.outcome", "invocation.status", "execution.status"} {
		if status, ok := s.Attributes["durable."+of]; ok {
			return fmt.Sprint(s.Name, " ", status)
		}
	}
	return s.Name
}
