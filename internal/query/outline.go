package query

import (
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Entry is a line of an outline: a declaration, or a part of one.
type Entry struct {
	Name     string
	Detail   string
	Kind     Kind
	Op       dsl.Operation // the operation that it is; else nil
	At       dsl.Span
	NameAt   dsl.Span // within At
	Children []*Entry
}

// Outline gives the declarations of a file with their parts: fields, values of enums, and the
// operations of workflows, each below the one in whose scope it runs.
func Outline(f *dsl.File) []*Entry {
	var out []*Entry
	for _, d := range f.Decls {
		name := d.DeclName()
		if name == nil || name.Text == "" {
			continue
		}
		e := &Entry{Name: name.Text, Detail: Heading(d), Kind: KindOf(d), At: d.Range(), NameAt: name.Span}
		e.At.End = max(e.At.End, name.End)
		o := outliner{}
		dsl.Inspect(d, func(n dsl.Node) bool {
			if n != dsl.Node(d) {
				o.node(n)
			}
			return true
		})
		e.Children = o.top
		out = append(out, e)
	}
	return out
}

// outliner nests entries by their places: a node comes before what it holds.
type outliner struct {
	top  []*Entry
	open []*Entry
}

func (o *outliner) node(n dsl.Node) {
	switch n := n.(type) {
	case *dsl.Field:
		if n.Name != nil {
			o.add(&Entry{Name: n.Name.Text, Detail: dsl.TypeText(n.Type), Kind: Field, At: n.Range(), NameAt: n.Name.Span})
		}
	case *dsl.EnumMember:
		if n.Name != nil {
			o.add(&Entry{Name: n.Name.Text, Kind: EnumValue, At: n.Range(), NameAt: n.Name.Span})
		}
	case *dsl.Branch:
		if n.Name != nil {
			o.add(&Entry{Name: n.Name.Text, Kind: Branch, At: n.Range(), NameAt: n.Name.Span})
		}
	case *dsl.AwaitOp: // is no operation of the service
	case dsl.Operation:
		base := n.Base()
		name, at := Word(n), base.Keyword
		if base.Callee != nil && base.Callee.Text != "" {
			name, at = base.Callee.Text, base.Callee.Span
		}
		if base.Label != nil && base.Label.As != nil {
			name = base.Label.As.Value
		}
		if name != "" {
			o.add(&Entry{Name: name, Detail: Word(n), Op: n, At: n.Range(), NameAt: at})
		}
	}
}

func (o *outliner) add(e *Entry) {
	if e.NameAt.Start < e.At.Start || e.NameAt.End > e.At.End || e.NameAt.End <= e.NameAt.Start {
		e.NameAt = e.At
	}
	for len(o.open) > 0 && o.open[len(o.open)-1].At.End <= e.At.Start {
		o.open = o.open[:len(o.open)-1]
	}
	if n := len(o.open); n > 0 {
		o.open[n-1].Children = append(o.open[n-1].Children, e)
	} else {
		o.top = append(o.top, e)
	}
	o.open = append(o.open, e)
}

// Word gives the keyword of an operation.
func Word(op dsl.Operation) string {
	switch op.(type) {
	case *dsl.StepOp:
		return "step"
	case *dsl.CallbackOp:
		return "callback"
	case *dsl.InvokeOp:
		return "invoke"
	case *dsl.CallOp:
		return "call"
	case *dsl.WaitOp:
		return "wait"
	case *dsl.OpenOp:
		return "open"
	case *dsl.AwaitOp:
		return "await"
	case *dsl.PollOp:
		return "poll"
	case *dsl.GroupOp:
		return "group"
	case *dsl.ParallelOp:
		return "parallel"
	case *dsl.MapOp:
		return "map"
	case *dsl.SelectStmt:
		return "select"
	}
	return ""
}

// Heading gives a declaration in one line, without its body and its clauses.
func Heading(d dsl.Decl) string {
	name := ""
	if n := d.DeclName(); n != nil {
		name = n.Text
	}
	text := KindOf(d).String() + " " + name
	switch d := d.(type) {
	case *dsl.FuncDecl:
		return text + signature(&d.Signature)
	case *dsl.StepDecl:
		if d.Builtin != "" {
			text = "step " + d.Builtin
		}
		return text + signature(&d.Signature)
	case *dsl.CallbackDecl:
		return text + signature(&d.Signature)
	case *dsl.FunctionDecl:
		return text + signature(&d.Signature)
	case *dsl.WorkflowDecl:
		return text + signature(&d.Signature)
	case *dsl.TypeDecl:
		if d.Go != nil && d.Go.Package != nil && d.Go.Name != nil {
			text += " = " + d.Go.Package.Text + "." + d.Go.Name.Text
		}
	case *dsl.ConstDecl:
		if d.Type != nil {
			text += " " + d.Type.String()
		}
		if d.Value != nil && d.Value.Const() != nil {
			text += " = " + d.Value.Const().String()
		}
	case *dsl.EnumDecl, *dsl.ErrorDecl: // their names say it
	}
	return text
}

func signature(s *dsl.Signature) string {
	var params []string
	for _, p := range s.Params {
		params = append(params, paramText(p))
	}
	text := "(" + strings.Join(params, ", ") + ")"
	if s.Result != nil {
		text += " " + dsl.TypeText(s.Result)
	} else if s.ResultType != nil {
		text += " " + s.ResultType.String()
	}
	return text
}

func paramText(p *dsl.Param) string {
	text := ""
	if p.Name != nil {
		text = p.Name.Text
	}
	switch {
	case p.Type != nil:
		text += " " + dsl.TypeText(p.Type)
	case p.Var != nil && p.Var.Type != nil:
		text += " " + p.Var.Type.String()
	}
	return text
}
