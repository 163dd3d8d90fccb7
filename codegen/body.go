package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// fn is one Go function that is being written: a workflow, or a function literal
// for a branch, an item, a group, a try.
type fn struct {
	*generator
	locals *locals
	result dsl.Type // of its value beside the error; nil for flow.None

	onlyError bool     // it returns an error and nothing else
	stoppable bool     // it may be part of what is stopped before its end: a batch, or a group that something ends
	try       *openTry // the innermost one around what is being written
	labels    map[string]bool
	variables map[string]bool
	fixed     map[*dsl.Var]bool           // variables that can change, of which this function has a copy
	keyParams map[*dsl.Var]*jen.Statement // what stands for parameters of a step, in its idempotency key
}

// inner makes a function literal of the same workflow.
func (outer *fn) inner(result dsl.Type) *fn {
	return &fn{generator: outer.generator, locals: outer.locals, result: result, fixed: outer.fixed, stoppable: outer.stoppable}
}

// item makes a function literal for an item or branch.
func (outer *fn) item(result dsl.Type) *fn {
	in := outer.inner(result)
	in.stoppable = true
	return in
}

// body writes the statements of one Go block.
type body struct {
	*jen.Group
	fn     *fn
	outer  *body // the block around it in the same Go function
	hasErr bool  // the block declares err
	own    bool  // the Go block has been opened for what is written now alone
	// dropping is the case whose operation this is: a catch drops it.
	dropping *dsl.SelectCase
	late     bool  // the operation that is written now runs later: it is an undo
	loop     *loop // the innermost loop of the .flow file around it in this function
	temps    map[string]bool
}

// emitBody writes the block of a scope with its final return.
func (fn *fn) emitBody(group *jen.Group, b *dsl.Block) {
	out := &body{Group: group, fn: fn}
	if last := lastOperation(b); last != nil && (fn.onlyError || fn.result == nil) {
		out.emitBlock(&dsl.Block{Span: b.Span, Stmts: b.Stmts[:len(b.Stmts)-1]})
		if n := len(b.Stmts); n > 1 {
			out.separate(b.Stmts[n-2], b.Stmts[n-1])
		}
		out.emitLast(last)
		return
	}
	out.emitBlock(b)
	if !b.Leaves {
		out.emitDone()
	}
}

// lastOperation gives the operation at the end of a block, if its outcome is that
// of the block: it has no catches and no undo.
func lastOperation(b *dsl.Block) dsl.Operation {
	if len(b.Stmts) == 0 {
		return nil
	}
	s, ok := b.Stmts[len(b.Stmts)-1].(*dsl.OpStmt)
	if !ok || len(s.Op.Base().Catches) > 0 || s.Op.Base().Undo != nil {
		return nil
	}
	return s.Op
}

// emitLast writes the operation at the end of a function that has no value:
//
//	return durable.Do(ctx, refundSpec, func(ctx context.Context) error { ... })
func (b *body) emitLast(op dsl.Operation) {
	b.fn.at = op.Pos()
	emitDoc(b.Group, b.fn.remark(op.Pos()), "")
	b.emitPosition(op)
	c := b.operation(op, drop{})
	switch {
	case c.noValue && b.fn.onlyError:
		b.Return(c.Statement)
		return
	case c.noValue:
		b.Return(b.fn.zero(nil), c.Statement)
		return
	}
	b.emitCall(op.Base(), c, drop{})
	if b.fn.onlyError {
		b.Return(jen.Err())
	} else {
		b.Return(b.fn.zero(nil), jen.Err())
	}
}

// emitDone writes the return of a function that has no value to give.
func (b *body) emitDone() {
	switch {
	case b.fn.onlyError:
		b.Return(jen.Nil())
	default:
		b.Return(b.fn.zero(b.fn.result), jen.Nil())
	}
}

// nested runs emit for a Go block inside of this one.
func (b *body) nested(emit func(*body)) func(*jen.Group) {
	return func(group *jen.Group) {
		emit(&body{Group: group, fn: b.fn, outer: b, loop: b.loop})
	}
}

// nestedBlock is nested for a block of the .flow file.
func (b *body) nestedBlock(block *dsl.Block) func(*jen.Group) {
	return b.nested(func(in *body) { in.emitBlock(block) })
}

// errAssign gives the operator that sets err: := where it is not declared yet.
func (b *body) errAssign() string {
	for at := b; at != nil; at = at.outer {
		if at.hasErr {
			return "="
		}
	}
	b.hasErr = true
	return ":="
}

// emitFail leaves the function, or the try, with an error.
//
//	return Receipt{}, err
func (b *body) emitFail(err jen.Code) {
	switch {
	case b.fn.try != nil:
		b.fn.try.jumps = true
		b.Id(b.fn.try.failed).Op("=").Add(err)
		b.Goto().Id(b.fn.try.label)
	case b.fn.onlyError:
		b.Return(err)
	default:
		b.Return(b.fn.zero(b.fn.result), err)
	}
}

// emitCheck writes the check after what may fail:
//
//	if err != nil {
//		return Receipt{}, err
//	}
func (b *body) emitCheck() {
	b.If(jen.Err().Op("!=").Nil()).BlockFunc(b.nested(func(in *body) { in.emitFail(jen.Err()) }))
}

// emitEval writes an expression that may fail as a new variable, and the check of
// its error:
//
//	pause, err := flow.Eval("order.flow:77:10", func() flow.Duration { ... })
func (b *body) emitEval(name string, e dsl.Expr, want dsl.Type) {
	b.hasErr = true
	b.List(jen.Id(name), jen.Err()).Op(":=").Add(b.fn.eval(e, want))
	b.emitCheck()
}

// eval writes flow.Eval around an expression.
func (fn *fn) eval(e dsl.Expr, want dsl.Type) *jen.Statement {
	return jen.Qual(flowPath, "Eval").Call(str(fn.pos(e.Pos())), fn.thunk(e, want))
}

// thunk writes a function literal that computes an expression: on one line if it is
// short.
func (fn *fn) thunk(e dsl.Expr, want dsl.Type) *jen.Statement {
	header := jen.Func().Params().Add(fn.goType(want))
	switch unparen(e).(type) {
	case *dsl.IfExpr, *dsl.CompExpr:
	default:
		if span := e.Range(); span.End-span.Start <= 40 {
			return header.Add(oneLine(jen.Return(fn.expr(e, want))))
		}
	}
	return header.BlockFunc(func(group *jen.Group) { fn.returnValue(group, e, want) })
}

// value gives an expression for use in the next statement; one that can fail is
// evaluated before, into a variable named after what it is for.
func (b *body) value(e dsl.Expr, want dsl.Type, candidates ...string) *jen.Statement {
	if !b.fn.facts.canFail(e) {
		return b.fn.expr(e, want)
	}
	name := b.temp(candidates...)
	b.emitEval(name, e, want)
	return jen.Id(name)
}

// frozen is value for what a function literal reads: a variable that may get
// another value later is copied first, since the literal may run on.
func (b *body) frozen(e dsl.Expr, want dsl.Type, candidates ...string) *jen.Statement {
	if b.fn.facts.canFail(e) || !b.fn.reassigned(e) {
		return b.value(e, want, candidates...)
	}
	name := b.temp(candidates...)
	b.Id(name).Op(":=").Add(b.fn.expr(e, want))
	return jen.Id(name)
}

// temp gives a variable of generated code a name: the first candidate that neither
// a variable of the user nor one of generated code in this block has.
func (b *body) temp(candidates ...string) string {
	if b.temps == nil {
		b.temps = map[string]bool{}
	}
	free := make([]string, 0, len(candidates)+1)
	for _, c := range candidates {
		if !b.fn.locals.taken[c] {
			free = append(free, c)
		}
	}
	if len(free) == 0 {
		free = append(free, candidates[len(candidates)-1]+"Now")
	}
	return claim(b.temps, free...)
}
