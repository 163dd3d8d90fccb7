package codegen

import (
	"strconv"
	"unicode"

	"github.com/durablegen/durablegen/dsl"
)

// locals are the Go names inside of one workflow or func: those of its variables
// and those that generated code adds. A variable has one name throughout, so that
// blocks may shadow each other as they do in the .flow file.
type locals struct {
	taken map[string]bool
	vars  map[string]string // by name in the .flow file
	own   map[*dsl.Var]string

	receiver string // of the workflow's method
}

// newLocals names variables; used are the names of the package that the Go of their
// function uses.
func newLocals(vars []string, used map[string]bool) *locals {
	l := &locals{taken: used, vars: map[string]string{}, own: map[*dsl.Var]string{}}
	for name := range ownNames {
		l.taken[name] = true
	}
	for _, name := range vars {
		if l.vars[name] != "" {
			continue
		}
		goName := unexported(name)
		for l.taken[goName] || reserved(goName) {
			goName += "Value"
		}
		l.taken[goName] = true
		l.vars[name] = goName
	}
	l.receiver = claim(l.taken, "w", "flows", "workflows")
	return l
}

// name gives the Go name of a variable.
func (l *locals) name(v *dsl.Var) string {
	if name := l.own[v]; name != "" {
		return name
	}
	if name := l.vars[v.Name]; name != "" {
		return name
	}
	panic("no Go name for variable " + v.Name)
}

// setApart gives names of their own to variables that Go declares before what sets
// them, where another variable has the name. Those of select's cases are declared
// side by side, in the block around it:
//
//	var reply, reply2 string
//	winner, err := durable.Select(...)
//
// and after var x T nothing that sets x can read an x further out.
func (l *locals) setApart(declared []string, body *dsl.Block) {
	count := map[string]int{}
	for _, name := range declared {
		count[name]++
	}
	setApart := func(v *dsl.Var) {
		if v == nil || count[v.Name] < 2 {
			return
		}
		for i := 2; ; i++ {
			name := l.vars[v.Name] + strconv.Itoa(i)
			if !l.taken[name] {
				l.taken[name] = true
				l.own[v] = name
				return
			}
		}
	}
	dsl.Inspect(body, func(n dsl.Node) bool {
		switch n := n.(type) {
		case *dsl.SelectStmt:
			for _, c := range n.Cases {
				setApart(c.Var)
			}
		case *dsl.AssignStmt:
			if n.Define && declaredFirst(n.Value, n.Var.Type) && reads(n.Value, n.Var.Name) {
				setApart(n.Var)
			}
		case *dsl.VarStmt:
			if n.Value != nil && declaredFirst(*n.Value, n.Var.Type) && reads(*n.Value, n.Var.Name) {
				setApart(n.Var)
			}
		}
		return true
	})
}

// declaredFirst reports whether a variable is declared before what computes its
// value: statements, a parallel that fills it, or an operation whose value is always
// there where it may be absent.
func declaredFirst(v dsl.Value, t dsl.Type) bool {
	if v.Op != nil {
		_, parallel := v.Op.(*dsl.ParallelOp)
		return parallel || !sameType(v.Op.Base().Result, t)
	}
	switch unparen(v.Expr).(type) {
	case *dsl.IfExpr, *dsl.CompExpr:
		return true
	default: // is one Go expression
	}
	return false
}

// reads reports whether what computes a value reads a variable of that name.
func reads(v dsl.Value, name string) bool {
	found := false
	dsl.Inspect(v.Node(), func(n dsl.Node) bool {
		id, ok := n.(*dsl.IdentExpr)
		found = found || ok && id.Var != nil && id.Var.Name == name
		return !found
	})
	return found
}

// declared gives the names that a workflow or func declares, in source order.
func declared(params []*dsl.Param, body dsl.Node) []string {
	var out []string
	for _, p := range params {
		out = append(out, p.Name.Text)
	}
	dsl.Inspect(body, func(n dsl.Node) bool {
		out = append(out, declares(n)...)
		return true
	})
	return out
}

// declares gives the names that one node declares, as variables of a Go function.
func declares(n dsl.Node) []string {
	var out []string
	for _, name := range declaredBy(n) {
		out = append(out, name.Text)
	}
	return out
}

// declaredBy gives the names of variables that one node declares.
func declaredBy(n dsl.Node) []*dsl.Name {
	var out []*dsl.Name
	add := func(names ...*dsl.Name) {
		for _, name := range names {
			if name != nil && name.Text != "" {
				out = append(out, name)
			}
		}
	}
	switch n := n.(type) {
	case *dsl.AssignStmt:
		if n.Define {
			add(n.Name)
		}
	case *dsl.VarStmt:
		add(n.Name)
	case *dsl.ForStmt:
		add(n.Index, n.Elem)
	case *dsl.SelectCase:
		add(n.Name)
	case *dsl.Branch: // which a poll's condition reads by its name
		if _, ok := n.Op.(*dsl.PollOp); ok {
			add(n.Name)
		}
	case *dsl.Catch:
		add(n.Bind)
	case *dsl.SwitchCase:
		add(n.Bind)
	case *dsl.MapOp:
		add(n.Item)
	case *dsl.CompExpr:
		add(n.Index, n.Elem)
	}
	return out
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
