package execution

import (
	"slices"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Side is an operation in one of two executions that are compared.
type Side struct {
	*Operation
	Input, Result *string           // as they are on record
	Failure       *wire.ErrorObject // with which it has failed at last
}

// Pair is what two executions have of one operation: the one of the same ID.
type Pair struct {
	A, B    *Side    // nil: that one has none
	Differs []string // in what they differ: "state", "input", "result", "error", "attempts", "way"; empty: in nothing but times
}

// Either gives the operation of the first execution that has it.
func (p *Pair) Either() *Operation {
	if p.A != nil {
		return p.A.Operation
	}
	return p.B.Operation
}

// Only reports whether one alone of the two executions has the operation.
func (p *Pair) Only() bool { return p.A == nil || p.B == nil }

// Compare pairs the operations of two executions: in the order of the first, and each that only the
// second has behind the one that it follows there. What is shown as a part of another one is not
// paired by itself.
func Compare(a, b []wire.Event) []*Pair {
	of, known := sides(a)
	with, others := sides(b)
	var pairs []*Pair
	at := map[string]*Pair{}
	for _, s := range of {
		p := &Pair{A: s, B: others[s.ID]}
		at[s.ID], pairs = p, append(pairs, p)
	}
	var before *Pair
	for _, s := range with {
		if known[s.ID] == nil {
			p := &Pair{B: s}
			at[s.ID] = p
			pairs = slices.Insert(pairs, slices.Index(pairs, before)+1, p)
		}
		before = at[s.ID]
	}
	for _, p := range pairs {
		p.differ()
	}
	return pairs
}

func sides(events []wire.Event) (list []*Side, byID map[string]*Side) {
	byID = map[string]*Side{}
	x := new(Execution)
	for i := range events {
		o := x.Apply(&events[i])
		if o == nil {
			continue
		}
		whole := o.Shown()
		s := byID[whole.ID]
		if s == nil {
			s = &Side{Operation: whole}
			byID[whole.ID], list = s, append(list, s)
		}
		input, result := Payloads(&events[i])
		if input != nil {
			s.Input = input
		}
		if result != nil && o == whole {
			s.Result = result
		}
		s.Failure = whole.Error
	}
	return list, byID
}

func (p *Pair) differ() {
	if p.Only() {
		return
	}
	a, b := p.A, p.B
	note := func(differs bool, what string) {
		if differs {
			p.Differs = append(p.Differs, what)
		}
	}
	note(a.State != b.State || a.Left() != b.Left() || a.Undone != b.Undone, "state")
	note(text(a.Input) != text(b.Input), "input")
	note(a.Winner != b.Winner || a.Reason != b.Reason, "way")
	note(a.Winner == b.Winner && a.Reason == b.Reason && text(a.Result) != text(b.Result), "result")
	note(failure(a.Failure) != failure(b.Failure), "error")
	note(a.Tries != b.Tries, "attempts")
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func failure(e *wire.ErrorObject) [3]string {
	if e == nil {
		return [3]string{}
	}
	return [3]string{e.ErrorType, e.ErrorMessage, e.ErrorData}
}
