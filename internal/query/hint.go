package query

import (
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

// Hint is what is not written at a place and holds all the same.
type Hint struct {
	At     dsl.Pos
	Text   string
	IsType bool
}

// Hints gives what is not written in a stretch of a file: types of variables, what applies by
// default, what can come out of groups.
func (x *Index) Hints(f *dsl.File, in dsl.Span) []Hint {
	h := hinter{in: in}
	for _, d := range f.Decls {
		if r := d.Range(); r.End >= in.Start && r.Start <= in.End {
			dsl.Inspect(d, h.node)
		}
	}
	return h.out
}

type hinter struct {
	in  dsl.Span
	out []Hint
}

func (h *hinter) add(at dsl.Pos, text string, isType bool) {
	if h.in.Start <= at && at <= h.in.End && at != dsl.NoPos {
		h.out = append(h.out, Hint{at, text, isType})
	}
}

// variable adds the type of a variable behind its name.
func (h *hinter) variable(n *dsl.Name, v *dsl.Var) {
	if n != nil && n.Text != "" && v != nil && v.Type != nil && v.Type != dsl.None {
		h.add(n.End, v.Type.String(), true)
	}
}

func (h *hinter) node(n dsl.Node) bool {
	switch n := n.(type) {
	case *dsl.AssignStmt:
		if n.Define {
			h.variable(n.Name, n.Var)
		}
	case *dsl.ForStmt:
		h.variable(n.Index, n.IndexVar)
		h.variable(n.Elem, n.ElemVar)
	case *dsl.MapOp:
		h.variable(n.Item, n.ItemVar)
	case *dsl.SelectCase:
		h.variable(n.Name, n.Var)
	case *dsl.SwitchCase:
		h.variable(n.Bind, n.Var)
	case *dsl.Catch:
		h.variable(n.Bind, n.Var)
	case *dsl.GroupOp:
		if names := raisedNames(n.Raises); names != "" && n.Body != nil {
			h.add(n.Body.Start, "fails "+names, false)
		}
	case *dsl.WorkflowDecl:
		if n.Policy.Timeout == nil && n.Body != nil {
			h.add(n.Body.Start, "timeout "+words.Duration(dsl.DefaultTimeout), false)
		}
	case *dsl.StepDecl:
		switch own := n.Policy.Own(); {
		case len(own.Retry) > 0 || n.Policy.AtMostOnce != nil:
		case len(n.Policy.Retry) > 0:
			h.add(n.End, "retry by defaults step", false)
		default:
			h.add(n.End, "retry 5 every 5s backoff 2 max 60s jitter full", false)
		}
	}
	return true
}

// raisedNames lists errors that are declared, or come of what is written.
func raisedNames(errors []*dsl.ErrorType) string {
	var names []string
	for _, e := range errors {
		if e.Name != "Unexpected" {
			names = append(names, e.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Link is where one declaration names another.
type Link struct {
	Other *Symbol
	At    []dsl.Span
}

// Callable reports whether a symbol is something that others call.
func (s *Symbol) Callable() bool {
	switch s.Kind {
	case Workflow, Step, Callback, Function, Func:
		return s.At != (dsl.Span{})
	default: // is no call
		return false
	}
}

// Callers gives the declarations that call something, each with the places of its calls.
func (x *Index) Callers(s *Symbol) []Link {
	var out linkList
	for _, u := range x.Uses(s) {
		if d := x.owner(&Symbol{At: u.At}); d != nil && !u.Declares {
			out.add(x.byName[d.DeclName().Text], u.At)
		}
	}
	return out
}

// Callees gives what a declaration calls, with the places of the calls.
func (x *Index) Callees(s *Symbol) []Link {
	var out linkList
	if s.Decl != nil {
		for _, u := range x.In(s.Decl.Range()) {
			if u.Symbol.Callable() && !u.Declares {
				out.add(u.Symbol, u.At)
			}
		}
	}
	return out
}

type linkList []Link

func (l *linkList) add(other *Symbol, at dsl.Span) {
	if other == nil {
		return
	}
	for i := range *l {
		if (*l)[i].Other == other {
			(*l)[i].At = append((*l)[i].At, at)
			return
		}
	}
	*l = append(*l, Link{other, []dsl.Span{at}})
}
