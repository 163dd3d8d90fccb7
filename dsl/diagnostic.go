package dsl

import "sort"

// Severity ranks diagnostics.
type Severity int

const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one problem of the input: a value that knows nothing of how it is
// printed. Message stands alone, in lower case, names in backticks; Notes give
// facts with places of their own; Help says what to change; Fix changes it.
type Diagnostic struct {
	Code     Code // empty: of another file than a .flow one
	Severity Severity
	Message  string
	Span     Span
	Notes    []Note
	Help     string
	Fix      *Fix
}

// Note is a fact that belongs to a diagnostic. Span is zero for one without a place.
type Note struct {
	Span    Span
	Message string
}

// Fix is an edit that removes the problem. Edits don't overlap.
type Fix struct {
	Message string
	Edits   []Edit
}

// Edit replaces the text of Span by New.
type Edit struct {
	Span Span
	New  string
}

// Diagnostics is a list of problems.
type Diagnostics []Diagnostic

// HasErrors reports whether any diagnostic is an error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders the list by place and drops repetitions of one code at one place.
func (ds *Diagnostics) Sort() {
	sort.SliceStable(*ds, func(i, j int) bool {
		a, b := (*ds)[i], (*ds)[j]
		if a.Span.Start != b.Span.Start {
			return a.Span.Start < b.Span.Start
		}
		return a.Code < b.Code
	})
	out := (*ds)[:0]
	for i, d := range *ds {
		if i > 0 && len(out) > 0 && out[len(out)-1].Span.Start == d.Span.Start && out[len(out)-1].Code == d.Code {
			continue
		}
		out = append(out, d)
	}
	*ds = out
}
