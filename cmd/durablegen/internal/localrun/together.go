package localrun

import (
	"maps"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
)

// use is a callback or a function by a name that the answers may have for it: its own or a label.
type use struct {
	decl dsl.Decl
	name string
}

// usesIn finds the uses of callbacks and functions in executions of workflows, and those that may be
// open several times at once in one: in the items of a map, or in several branches of a parallel.
// What they call and invoke is looked at, too.
func usesIn(packages []*flowdir.Package, workflows ...*dsl.WorkflowDecl) (all, together map[use]bool) {
	f := finder{packages: packages, together: map[use]bool{}, inside: map[*dsl.WorkflowDecl]bool{}}
	all = map[use]bool{}
	for _, w := range workflows {
		maps.Copy(all, f.workflow(w))
	}
	return all, f.together
}

type finder struct {
	packages []*flowdir.Package
	together map[use]bool
	inside   map[*dsl.WorkflowDecl]bool // being looked at
}

// workflow gives the uses in a workflow and what it calls.
func (f *finder) workflow(w *dsl.WorkflowDecl) map[use]bool {
	if w == nil || f.inside[w] {
		return nil
	}
	f.inside[w] = true
	defer delete(f.inside, w)
	return f.node(w)
}

func (f *finder) node(n dsl.Node) map[use]bool {
	uses := map[use]bool{}
	take := func(more map[use]bool) {
		for u := range more {
			uses[u] = true
		}
	}
	dsl.Inspect(n, func(inner dsl.Node) bool {
		switch op := inner.(type) {
		case *dsl.CallOp:
			take(f.workflow(op.Decl))
		case *dsl.InvokeOp:
			take(f.workflow(f.invoked(op.Decl)))
		case *dsl.MapOp:
			if inner == n {
				break
			}
			items := f.node(op)
			take(items)
			for u := range items {
				f.together[u] = f.together[u] || !oneAtATime(op.Max)
			}
			return false
		case *dsl.ParallelOp:
			if inner == n {
				break
			}
			above := map[use]bool{} // in the branches above
			for _, branch := range op.Branches {
				for u := range f.node(branch) {
					f.together[u] = f.together[u] || above[u] && !oneAtATime(op.Max)
					above[u] = true
				}
			}
			take(above)
			return false
		}
		if op, ok := inner.(dsl.Operation); ok {
			if d := flowdir.Asked(op); d != nil {
				uses[use{d, d.DeclName().Text}], uses[use{d, op.Base().Segment}] = true, true
			}
		}
		return true
	})
	return uses
}

// oneAtATime reports whether a batch with this max runs one item after the other.
func oneAtATime(limit dsl.Expr) bool {
	return limit != nil && limit.Const() != nil && limit.Const().ExactString() == "1"
}

// invoked gives the workflow of these packages that a function is, if it is one.
func (f *finder) invoked(d *dsl.FunctionDecl) *dsl.WorkflowDecl {
	if d == nil {
		return nil
	}
	name := functionName(targetOf(d))
	for _, pkg := range f.packages {
		for _, w := range pkg.Program.Workflows {
			if w.Name.Text == name {
				return w
			}
		}
	}
	return nil
}
