package query

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Mend is a way to put a problem right that is for people to choose: a fix of the problem
// itself has one answer.
type Mend struct {
	Title string
	Edits []dsl.Edit
}

// Mends gives ways to put a problem right: to declare what is named, to catch what can be raised,
// to write the cases that are missing, to tell twins apart.
func (x *Index) Mends(d dsl.Diagnostic) []Mend {
	f := x.fileAt(d.Span.Start)
	if f == nil {
		return nil
	}
	switch d.Code {
	case "unknown-name":
		return x.declareMissing(f, d.Span)
	case "unknown-type":
		return x.declareNamed(f, d.Span, "type %s {\n    id string\n}")
	case "unknown-error":
		return x.declareNamed(f, d.Span, "error %s")
	case "uncaught":
		return x.catchRaised(f, d)
	case "not-exhaustive":
		return x.addCases(f, d.Span)
	case "twin":
		return x.labelTwins(f, d)
	}
	return nil
}

func (x *Index) fileAt(p dsl.Pos) *dsl.File {
	for _, f := range x.Files {
		if f.Source == x.Set.Source(p) {
			return f
		}
	}
	return nil
}

// holder gives the declaration that a place is in.
func holder(f *dsl.File, p dsl.Pos) dsl.Decl {
	for _, d := range f.Decls {
		if r := d.Range(); r.Start <= p && p <= r.End {
			return d
		}
	}
	return nil
}

// operationNamed gives the operation that a place names: by its keyword, callee or label.
func operationNamed(d dsl.Decl, at dsl.Span) dsl.Operation {
	var found dsl.Operation
	dsl.Inspect(d, func(n dsl.Node) bool {
		if op, ok := n.(dsl.Operation); ok {
			base := op.Base()
			if base.Callee != nil && base.Callee.Span == at || base.Keyword.Start == at.Start && at.End > at.Start || base.Label != nil && base.Label.As != nil && base.Label.As.Span == at {
				found = op
			}
		}
		return found == nil
	})
	return found
}

// above gives where something can be declared before a declaration: above its comment.
func (x *Index) above(f *dsl.File, d dsl.Decl) dsl.Pos {
	at := d.Range().Start
	for i := len(f.Comments) - 1; i >= 0; i-- {
		c := f.Comments[i]
		if c.End < at && strings.TrimSpace(x.text(dsl.Span{Start: c.End, End: at})) == "" && strings.Count(x.text(dsl.Span{Start: c.End, End: at}), "\n") == 1 {
			at = c.Start
		}
	}
	return at
}

func (x *Index) declareNamed(f *dsl.File, at dsl.Span, format string) []Mend {
	d, name := holder(f, at.Start), x.text(at)
	if d == nil || !identifier.MatchString(name) {
		return nil
	}
	text := fmt.Sprintf(format, name)
	place := x.above(f, d)
	head, _, _ := strings.Cut(text, " {")
	return []Mend{{"declare `" + head + "`", []dsl.Edit{{Span: dsl.Span{Start: place, End: place}, New: text + "\n\n"}}}}
}

// declareMissing declares what an operation or an expression calls.
func (x *Index) declareMissing(f *dsl.File, at dsl.Span) []Mend {
	d := holder(f, at.Start)
	if d == nil {
		return nil
	}
	name, text := x.text(at), ""
	if op := operationNamed(d, at); op != nil {
		switch op := op.(type) {
		case *dsl.StepOp:
			text = "step " + name + paramsFor(op.Args) + x.wanted(d, op) + "  idempotent"
		case *dsl.PollOp:
			text = "step " + name + paramsFor(op.Args) + " string  reads"
		case *dsl.CallbackOp:
			text = "callback " + name + paramsFor(op.Args) + x.wanted(d, op) + "  timeout 1h"
		case *dsl.OpenOp:
			text = "callback " + name + "() string  timeout 1h"
		case *dsl.InvokeOp:
			text = "function " + name + paramsFor(op.Args) + x.wanted(d, op) + fmt.Sprintf(" = %q", name+":live")
		case *dsl.CallOp:
			text = "workflow " + name + paramsFor(op.Args) + x.wanted(d, op) + " {\n}"
		default: // calls nothing
		}
	}
	dsl.Inspect(d, func(n dsl.Node) bool {
		if e, ok := n.(*dsl.CallExpr); ok && e.Func != nil && e.Func.Span == at {
			text = "func " + name + paramsFor(e.Args) + " string"
		}
		return text == ""
	})
	if text == "" || !identifier.MatchString(name) {
		return nil
	}
	return x.declareNamed(f, at, strings.ReplaceAll(strings.ReplaceAll(text, "%", "%%"), " "+name+"(", " %s("))
}

// paramsFor writes the parameters that take some arguments.
func paramsFor(args []dsl.Expr) string {
	var list []string
	taken := map[string]bool{}
	for i, a := range args {
		name := ""
		switch a := a.(type) {
		case *dsl.IdentExpr:
			name = a.Name
		case *dsl.SelectorExpr:
			if a.Name != nil {
				name = a.Name.Text
			}
		default: // has no name
		}
		if name == "" || taken[name] || isCapital(name) {
			name = fmt.Sprintf("arg%d", i+1)
		}
		taken[name] = true
		list = append(list, name+" "+written(a.Type()))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// written gives a type as it can be written; `string` for one that can't.
func written(t dsl.Type) string {
	switch u := t.(type) {
	case dsl.Basic:
		if u != dsl.None {
			return u.String()
		}
	case *dsl.List:
		return "[]" + written(u.Elem)
	case *dsl.Map:
		return "map[" + written(u.Key) + "]" + written(u.Elem)
	case *dsl.Optional:
		return written(u.Elem) + "?"
	case *dsl.Record:
		if u.Name != "" {
			return u.Name
		}
	case *dsl.Enum, *dsl.GoType:
		return u.String()
	case *dsl.ErrorType, *dsl.Handle, *dsl.Outcome, *dsl.ItemOutcome, *dsl.FailureType: // no value has them
	}
	return "string"
}

// wanted gives the result that is asked of an operation, with a space before it; nothing if
// its result is dropped.
func (x *Index) wanted(d dsl.Decl, op dsl.Operation) string {
	result := ""
	dsl.Inspect(d, func(n dsl.Node) bool {
		switch n := n.(type) {
		case *dsl.AssignStmt:
			if n.Value.Op == op {
				result = " string"
				if !n.Define && n.Var != nil && len(n.Path) == 0 && n.Index == nil {
					result = " " + written(n.Var.Type)
				}
			}
		case *dsl.VarStmt:
			if n.Value != nil && n.Value.Op == op {
				result = " " + dsl.TypeText(n.Type)
			}
		case *dsl.ReturnStmt:
			if w, ok := d.(*dsl.WorkflowDecl); ok && n.Value != nil && n.Value.Op == op {
				result = " " + written(w.ResultType)
			}
		case *dsl.YieldStmt:
			if n.Value.Op == op {
				result = " string"
			}
		}
		return true
	})
	return result
}

// indent gives the white space at the beginning of the line of a place.
func (x *Index) indent(p dsl.Pos) string {
	line := x.Set.Source(p).Line(x.Set.Position(p).Line)
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// catchRaised writes the catch of what can come out of an operation.
func (x *Index) catchRaised(f *dsl.File, d dsl.Diagnostic) []Mend {
	decl := holder(f, d.Span.Start)
	if decl == nil {
		return nil
	}
	op := operationNamed(decl, d.Span)
	if op == nil {
		return nil
	}
	base := op.Base()
	var names []string
	for _, e := range base.Raises {
		if strings.Contains(d.Message, "`"+e.Name+"`") {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	end := base.End
	if n := len(base.Catches); n > 0 {
		end = base.Catches[n-1].End
	}
	list := strings.Join(names, ", ")
	text := "\n" + x.indent(base.Start) + "    catch " + list + " { }"
	return []Mend{{"catch " + list, []dsl.Edit{{Span: dsl.Span{Start: end, End: end}, New: text}}}}
}

// addCases writes the cases of a switch that are missing.
func (x *Index) addCases(f *dsl.File, at dsl.Span) []Mend {
	decl := holder(f, at.Start)
	if decl == nil {
		return nil
	}
	var found *dsl.SwitchStmt
	dsl.Inspect(decl, func(n dsl.Node) bool {
		if s, ok := n.(*dsl.SwitchStmt); ok && s.Start <= at.Start && at.Start <= s.End {
			found = s
		}
		return true
	})
	if found == nil || found.Subject == nil {
		return nil
	}
	e, ok := found.Subject.Type().(*dsl.Enum)
	if !ok {
		return nil
	}
	given := map[string]bool{}
	for _, c := range found.Cases {
		for _, choice := range c.Choices {
			if v, ok := choice.(*dsl.EnumExpr); ok && v.Value != nil {
				given[v.Value.Text] = true
			}
		}
	}
	indent := x.indent(found.Start)
	text := ""
	for _, v := range e.Values {
		if !given[v.Name] {
			text += indent + "    case " + v.Name + " { }\n"
		}
	}
	brace := found.End - 1
	lineStart := brace - dsl.Pos(x.Set.Position(brace).Column-1)
	place := lineStart
	if strings.TrimSpace(x.text(dsl.Span{Start: lineStart, End: brace})) != "" { // all on one line
		place, text = brace, "\n"+text+indent
	}
	return []Mend{{"handle the missing cases", []dsl.Edit{{Span: dsl.Span{Start: place, End: place}, New: text}}}}
}

var offeredLabel = regexp.MustCompile(`as ("[^"]+")`)

// labelTwins gives one of two operations of a name a label: which one is new, people know.
func (x *Index) labelTwins(f *dsl.File, d dsl.Diagnostic) []Mend {
	m := offeredLabel.FindStringSubmatch(d.Help)
	decl := holder(f, d.Span.Start)
	if m == nil || decl == nil || len(d.Notes) == 0 {
		return nil
	}
	var mends []Mend
	for i, at := range []dsl.Span{d.Span, d.Notes[0].Span} {
		op := operationNamed(decl, at)
		if op == nil || op.Base().Label != nil {
			continue
		}
		if place := x.labelPlace(op); place != dsl.NoPos {
			which := []string{"this one is new: label it ", "the first one is new: label that "}[i]
			mends = append(mends, Mend{which + m[1], []dsl.Edit{{Span: dsl.Span{Start: place, End: place}, New: " as " + m[1]}}})
		}
	}
	return mends
}

// labelPlace gives where an operation can have its label.
func (x *Index) labelPlace(op dsl.Operation) dsl.Pos {
	base := op.Base()
	switch op := op.(type) {
	case *dsl.StepOp, *dsl.CallbackOp, *dsl.InvokeOp, *dsl.CallOp, *dsl.PollOp:
		if base.Callee != nil {
			return x.argsEnd(base.Callee.End)
		}
	case *dsl.OpenOp, *dsl.GroupOp:
		if base.Callee != nil {
			return base.Callee.End
		}
	case *dsl.WaitOp:
		if op.For != nil {
			return op.For.Range().End
		}
	case *dsl.MapOp:
		if op.List != nil {
			return op.List.Range().End
		}
	case *dsl.ParallelOp:
		if !op.Settled {
			return base.Keyword.End
		}
	case *dsl.SelectStmt:
		return base.Keyword.End
	case *dsl.AwaitOp: // has no identity
	}
	return dsl.NoPos
}

// argsEnd gives where the parentheses end that open at a place.
func (x *Index) argsEnd(p dsl.Pos) dsl.Pos {
	tokens := x.tokens(x.Set.Source(p))
	i, _ := slices.BinarySearchFunc(tokens, p, func(t dsl.Token, p dsl.Pos) int { return int(t.Start) - int(p) })
	depth := 0
	for ; i < len(tokens); i++ {
		if tokens[i].Kind == dsl.SymbolToken {
			switch x.text(tokens[i].Span) {
			case "(":
				depth++
			case ")":
				depth--
			}
		}
		if depth == 0 {
			return tokens[i].End
		}
	}
	return p
}

// tokens gives those of a source, which are found once.
func (x *Index) tokens(src *dsl.Source) []dsl.Token {
	x.tokensOnce.Lock()
	defer x.tokensOnce.Unlock()
	if x.tokensOf[src] == nil {
		x.tokensOf[src] = dsl.Tokens(src)
	}
	return x.tokensOf[src]
}
