package visualize

import (
	"fmt"
	"math/rand"

	"github.com/durablegen/durablegen/dsl"
)

// randomProgram makes the tree of a workflow that the checker would accept, with
// all that the checker fills in. Every statement has a place of its own.
func randomProgram(seed int64, size int) (*dsl.Program, *dsl.WorkflowDecl) {
	g := &generator{rand: rand.New(rand.NewSource(seed)), left: size}
	for _, name := range []string{"Alpha", "Beta", "Gamma"} {
		g.errors = append(g.errors, &dsl.ErrorType{Name: name})
	}
	g.timeout = &dsl.ErrorType{Name: "Timeout", Builtin: true}
	w := &dsl.WorkflowDecl{}
	w.Name = &dsl.Name{Text: "random"}
	w.Span = g.span()
	w.Body = g.block(&genScope{}, 0)
	if !w.Body.Leaves && g.rand.Intn(2) == 0 {
		w.Body.Stmts = append(w.Body.Stmts, &dsl.ReturnStmt{Span: g.span()})
	}
	w.Fails = append(append([]*dsl.ErrorType(nil), g.errors...), g.timeout)
	return &dsl.Program{Sources: &dsl.SourceSet{}, Workflows: []*dsl.WorkflowDecl{w}}, w
}

type generator struct {
	rand    *rand.Rand
	pos     dsl.Pos
	names   int
	left    int // statements that may still be made
	errors  []*dsl.ErrorType
	timeout *dsl.ErrorType
}

// genScope is the body that is being made.
type genScope struct {
	inner bool
	loop  bool
}

func (g *generator) span() dsl.Span {
	g.pos += 2
	return dsl.Span{Start: g.pos, End: g.pos + 1}
}

func (g *generator) name() *dsl.Name {
	g.names++
	return &dsl.Name{Text: fmt.Sprintf("n%d", g.names)}
}

func (g *generator) ident() dsl.Expr { return &dsl.IdentExpr{Name: "v"} }

func (g *generator) block(s *genScope, depth int) *dsl.Block {
	b := &dsl.Block{}
	for n := g.rand.Intn(4); n >= 0; n-- {
		stmt := g.stmt(s, depth)
		b.Stmts = append(b.Stmts, stmt)
		if ends(stmt) {
			break
		}
	}
	b.Span = g.span()
	return b
}

// ends reports whether nothing may follow a statement.
func ends(stmt dsl.Stmt) bool {
	all := func(blocks ...*dsl.Block) bool {
		for _, b := range blocks {
			if len(b.Stmts) == 0 || !ends(b.Stmts[len(b.Stmts)-1]) {
				return false
			}
		}
		return true
	}
	switch stmt := stmt.(type) {
	case *dsl.ReturnStmt, *dsl.AgainStmt, *dsl.FailStmt, *dsl.BreakStmt, *dsl.ContinueStmt, *dsl.YieldStmt:
		return true
	case *dsl.OpStmt:
		for _, c := range stmt.Op.Base().Catches {
			if !all(c.Body) {
				return false
			}
		}
		return alwaysFails(stmt.Op)
	case *dsl.IfStmt:
		e, ok := stmt.Else.(*dsl.Block)
		return ok && all(stmt.Then, e)
	case *dsl.SwitchStmt:
		for _, c := range stmt.Cases {
			if !all(c.Body) {
				return false
			}
		}
		return stmt.Else != nil && all(stmt.Else)
	case *dsl.TryStmt:
		for _, c := range stmt.Catches {
			if !all(c.Body) {
				return false
			}
		}
		return all(stmt.Body)
	case *dsl.SelectStmt:
		for _, c := range stmt.Cases {
			if !all(c.Body) {
				return false
			}
		}
		return stmt.Else == nil || all(stmt.Else)
	}
	return false
}

// alwaysFails reports whether a group or parallel can only fail.
func alwaysFails(op dsl.Operation) bool {
	w := &dsl.WorkflowDecl{Body: &dsl.Block{}}
	w.Name = &dsl.Name{}
	base := op.Base()
	catches, undo := base.Catches, base.Undo
	base.Catches, base.Undo = nil, nil
	defer func() { base.Catches, base.Undo = catches, undo }()
	switch op.(type) {
	case *dsl.GroupOp, *dsl.ParallelOp:
		w.Body.Stmts = []dsl.Stmt{&dsl.OpStmt{Op: op}}
		return NewGraph(nil, w).Node(".done") == nil
	}
	return false
}

func (g *generator) stmt(s *genScope, depth int) dsl.Stmt {
	g.left--
	n := g.rand.Intn(24)
	if depth > 3 || g.left < 0 {
		n = g.rand.Intn(10)
	}
	switch {
	case n < 6:
		return &dsl.OpStmt{Span: g.span(), Op: g.leaf(s, depth, true)}
	case n < 7:
		return &dsl.LogStmt{Span: g.span(), Message: g.ident()}
	case n < 8:
		return &dsl.CommitStmt{Span: g.span()}
	case n < 9:
		return g.jump(s)
	case n < 10:
		return &dsl.VarStmt{Span: g.span(), Name: g.name(), Value: &dsl.Value{Op: g.leaf(s, depth, true)}}
	case n < 13:
		stmt := &dsl.IfStmt{Span: g.span(), Cond: g.ident()}
		stmt.Then = g.block(s, depth+1)
		if g.rand.Intn(2) == 0 {
			stmt.Else = g.block(s, depth+1)
		}
		return stmt
	case n < 14:
		stmt := &dsl.SwitchStmt{Span: g.span(), Subject: g.ident()}
		for i := 0; i < 2; i++ {
			stmt.Cases = append(stmt.Cases, &dsl.SwitchCase{Choices: []dsl.Expr{&dsl.EnumExpr{Value: &dsl.Name{Text: fmt.Sprint("case", i)}}}, Body: g.block(s, depth+1)})
		}
		if g.rand.Intn(2) == 0 {
			stmt.Else = g.block(s, depth+1)
		}
		return stmt
	case n < 16:
		inner := *s
		inner.loop = true
		return &dsl.ForStmt{Span: g.span(), Elem: g.name(), List: g.ident(), Body: g.block(&inner, depth+1)}
	case n < 17:
		inner := *s
		inner.loop = true
		return &dsl.WhileStmt{Span: g.span(), Cond: g.ident(), Body: g.block(&inner, depth+1)}
	case n < 19:
		stmt := &dsl.TryStmt{Span: g.span(), Body: g.block(s, depth+1)}
		raised := escapes(stmt.Body)
		if len(raised) == 0 {
			return &dsl.IfStmt{Span: g.span(), Cond: g.ident(), Then: stmt.Body}
		}
		stmt.Catches = g.catches(s, depth, raised)
		return stmt
	case n < 20:
		stmt := &dsl.SelectStmt{}
		g.base(&stmt.OpBase, s)
		for i := 0; i < 2; i++ {
			op := g.leaf(&genScope{inner: true}, depth, false)
			stmt.Cases = append(stmt.Cases, &dsl.SelectCase{Op: op, Body: g.block(s, depth+1)})
			stmt.Raises = union(stmt.Raises, op.Base().Raises)
		}
		if g.rand.Intn(3) == 0 {
			stmt.Else = g.block(s, depth+1)
		}
		g.finish(&stmt.OpBase, s, depth)
		return stmt
	}
	return &dsl.OpStmt{Span: g.span(), Op: g.container(s, depth)}
}

func (g *generator) jump(s *genScope) dsl.Stmt {
	switch {
	case s.loop && g.rand.Intn(2) == 0:
		if g.rand.Intn(2) == 0 {
			return &dsl.BreakStmt{Span: g.span()}
		}
		return &dsl.ContinueStmt{Span: g.span()}
	case s.inner && g.rand.Intn(2) == 0:
		return &dsl.YieldStmt{Span: g.span(), Value: dsl.Value{Expr: g.ident()}}
	case !s.inner && g.rand.Intn(2) == 0:
		if g.rand.Intn(3) == 0 {
			return &dsl.AgainStmt{Span: g.span(), Callee: &dsl.Name{Text: "w"}, Args: []dsl.Expr{g.ident()}}
		}
		return &dsl.ReturnStmt{Span: g.span()}
	}
	e := g.errors[g.rand.Intn(len(g.errors))]
	return &dsl.FailStmt{Span: g.span(), Value: &dsl.IdentExpr{Name: e.Name}, Type: e}
}

func (g *generator) base(b *dsl.OpBase, _ *genScope) {
	b.Span = g.span()
	b.Callee = g.name()
	b.Segment, b.Identity = b.Callee.Text, b.Callee.Text
}

// finish gives an operation its catches.
func (g *generator) finish(b *dsl.OpBase, s *genScope, depth int) {
	if len(b.Raises) > 0 && g.rand.Intn(2) == 0 {
		b.Catches = g.catches(s, depth, b.Raises)
	}
}

func (g *generator) catches(s *genScope, depth int, raised []*dsl.ErrorType) []*dsl.Catch {
	var out []*dsl.Catch
	first := raised[g.rand.Intn(len(raised))]
	out = append(out, &dsl.Catch{Errors: []*dsl.Name{{Text: first.Name}}, Types: []*dsl.ErrorType{first}, Body: g.block(s, depth+1)})
	if g.rand.Intn(3) == 0 && len(raised) > 1 {
		out = append(out, &dsl.Catch{Body: g.block(s, depth+1)})
	}
	return out
}

// leaf makes an operation without an inside.
func (g *generator) leaf(s *genScope, depth int, whole bool) dsl.Operation {
	var op dsl.Operation
	var b *dsl.OpBase
	var raises []*dsl.ErrorType
	switch g.rand.Intn(5) {
	case 0:
		o := &dsl.WaitOp{For: g.ident()}
		op, b = o, &o.OpBase
	case 1:
		o := &dsl.CallbackOp{}
		op, b = o, &o.OpBase
		raises = append(raises, g.timeout)
	default:
		o := &dsl.StepOp{}
		op, b = o, &o.OpBase
		for _, e := range g.errors {
			if g.rand.Intn(3) == 0 {
				raises = append(raises, e)
			}
		}
	}
	g.base(b, s)
	b.Raises = raises
	if !whole {
		return op
	}
	g.finish(b, s, depth)
	if _, ok := op.(*dsl.StepOp); ok && g.rand.Intn(4) == 0 && depth < 4 {
		b.Undo = &dsl.Undo{Span: g.span()}
		if g.rand.Intn(2) == 0 {
			b.Undo.Op = g.leaf(s, 9, false)
		} else {
			b.Undo.Body = g.block(&genScope{inner: true}, 9)
		}
	}
	return op
}

// container makes a group, a parallel or a map.
func (g *generator) container(s *genScope, depth int) dsl.Operation {
	inner := &genScope{inner: true}
	switch g.rand.Intn(3) {
	case 0:
		o := &dsl.GroupOp{}
		g.base(&o.OpBase, s)
		o.Body = g.block(inner, depth+1)
		o.Raises = escapes(o.Body)
		g.finish(&o.OpBase, s, depth)
		if g.rand.Intn(3) == 0 {
			o.Undo = &dsl.Undo{Span: g.span(), Op: g.leaf(s, 9, false)}
		}
		return o
	case 1:
		o := &dsl.MapOp{Item: g.name(), List: g.ident()}
		g.base(&o.OpBase, s)
		o.Body = g.block(inner, depth+1)
		o.Raises = escapes(o.Body)
		g.finish(&o.OpBase, s, depth)
		return o
	}
	o := &dsl.ParallelOp{}
	g.base(&o.OpBase, s)
	for i := 0; i < 2; i++ {
		br := &dsl.Branch{Span: g.span(), Name: g.name()}
		if g.rand.Intn(2) == 0 {
			br.Op = g.leaf(inner, depth+1, true)
			o.Raises = union(o.Raises, escapesOp(br.Op))
		} else {
			br.Body = g.block(inner, depth+1)
			o.Raises = union(o.Raises, escapes(br.Body))
		}
		o.Branches = append(o.Branches, br)
	}
	g.finish(&o.OpBase, s, depth)
	return o
}

func union(a, b []*dsl.ErrorType) []*dsl.ErrorType {
	for _, e := range b {
		if !containsType(a, e) {
			a = append(a[:len(a):len(a)], e)
		}
	}
	return a
}

// escapes gives the errors that can leave a block.
func escapes(b *dsl.Block) []*dsl.ErrorType {
	var out []*dsl.ErrorType
	for _, stmt := range b.Stmts {
		switch stmt := stmt.(type) {
		case *dsl.OpStmt:
			out = union(out, escapesOp(stmt.Op))
		case *dsl.VarStmt:
			out = union(out, escapesOp(stmt.Value.Op))
		case *dsl.IfStmt:
			out = union(out, escapes(stmt.Then))
			if e, ok := stmt.Else.(*dsl.Block); ok {
				out = union(out, escapes(e))
			}
		case *dsl.SwitchStmt:
			for _, c := range stmt.Cases {
				out = union(out, escapes(c.Body))
			}
			if stmt.Else != nil {
				out = union(out, escapes(stmt.Else))
			}
		case *dsl.ForStmt:
			out = union(out, escapes(stmt.Body))
		case *dsl.WhileStmt:
			out = union(out, escapes(stmt.Body))
		case *dsl.TryStmt:
			out = union(out, uncaughtBy(stmt.Catches, escapes(stmt.Body)))
		case *dsl.SelectStmt:
			out = union(out, uncaughtBy(stmt.Catches, stmt.Raises))
			for _, c := range stmt.Cases {
				out = union(out, escapes(c.Body))
			}
			if stmt.Else != nil {
				out = union(out, escapes(stmt.Else))
			}
		case *dsl.FailStmt:
			out = union(out, []*dsl.ErrorType{stmt.Type})
		}
	}
	return out
}

func escapesOp(op dsl.Operation) []*dsl.ErrorType {
	return uncaughtBy(op.Base().Catches, op.Base().Raises)
}

// uncaughtBy gives the errors that get past catches, with those that these raise.
func uncaughtBy(catches []*dsl.Catch, errors []*dsl.ErrorType) []*dsl.ErrorType {
	var raised []*dsl.ErrorType
	for _, c := range catches {
		raised = union(raised, escapes(c.Body))
		var rest []*dsl.ErrorType
		for _, e := range errors {
			if c.Types != nil && !containsType(c.Types, e) {
				rest = append(rest, e)
			}
		}
		errors = rest
	}
	return union(errors, raised)
}
