package codegen

import (
	"unicode"

	"github.com/durablegen/durablegen/dsl"
)

// locals are the Go names inside of one workflow or func: those of its variables
// and those that generated code adds. A variable has one name throughout, so that
// blocks may shadow each other as they do in the .flow file.
type locals struct {
	taken map[string]bool
	vars  map[string]string // by name in the .flow file
}

// newLocals names variables; the names of the package and those that generated
// functions use are out of reach.
func (g *generator) newLocals(vars []string) *locals {
	l := &locals{taken: map[string]bool{}, vars: map[string]string{}}
	for _, name := range []string{"ctx", "err", "ok", g.names.receiver} {
		l.taken[name] = true
	}
	for _, name := range vars {
		if l.vars[name] != "" {
			continue
		}
		goName := unexported(name)
		for g.names.taken[goName] || l.taken[goName] || reserved(goName) {
			goName += "Value"
		}
		l.taken[goName] = true
		l.vars[name] = goName
	}
	return l
}

// name gives the Go name of a variable.
func (l *locals) name(v *dsl.Var) string {
	if name := l.vars[v.Name]; name != "" {
		return name
	}
	panic("no Go name for variable " + v.Name)
}

// varNames gives the names of a workflow's variables, as Go writes them.
func varNames(w *dsl.WorkflowDecl) map[string]bool {
	out := map[string]bool{}
	for _, name := range declared(w) {
		out[unexported(name)] = true
	}
	return out
}

// declared gives the names that a workflow declares, in source order.
func declared(w *dsl.WorkflowDecl) []string {
	var out []string
	for _, p := range w.Params {
		out = append(out, p.Name.Text)
	}
	inspectBlock(w.Body, func(n any) bool {
		out = append(out, declares(n)...)
		return true
	})
	return out
}

// declares gives the names that one node declares.
func declares(n any) []string {
	var out []string
	add := func(names ...*dsl.Name) {
		for _, name := range names {
			if name != nil {
				out = append(out, name.Text)
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
	case *dsl.SelectStmt:
		for _, c := range n.Cases {
			add(c.Name)
		}
	case *dsl.Catch:
		add(n.Bind)
	case *dsl.MapOp:
		add(n.Item)
	case *dsl.CompExpr:
		add(n.Index, n.Elem)
	}
	return out
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
