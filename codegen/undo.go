package codegen

import (
	"maps"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitUndo registers what takes an operation back:
//
//	durable.Undo(ctx, chargeUndo, func(ctx *durable.Context) error {
//		return durable.Do(ctx, refundSpec, ...)
//	})
//
// Its arguments are those of the moment of registration: variables that may change
// later are copied.
func (b *body) emitUndo(op dsl.Operation) {
	undo := op.Base().Undo
	spec := b.fn.undoSpec(op)
	in := b.fn.inner(nil)
	in.onlyError = true
	if undo.Op != nil {
		// Arguments are evaluated here, on the outside of the literal.
		b.late = true
		c := b.operation(undo.Op, drop{})
		b.late = false
		b.emitUndoCall(spec, func(group *jen.Group) {
			lit := &body{Group: group, fn: in}
			lit.emitUndoOperation(undo.Op, c)
		})
		return
	}
	vars := reassignedIn(undo.Body)
	in.fixed = maps.Clone(in.fixed)
	if in.fixed == nil {
		in.fixed = map[*dsl.Var]bool{}
	}
	register := func(at *body) {
		for _, v := range vars {
			in.fixed[v] = true
			name := b.fn.locals.name(v)
			at.Id(name).Op(":=").Id(name)
		}
		at.emitUndoCall(spec, func(group *jen.Group) { in.emitBody(group, undo.Body) })
	}
	if len(vars) == 0 || b.own {
		register(b)
		return
	}
	b.BlockFunc(b.nested(register))
}

func (b *body) emitUndoCall(spec jen.Code, fill func(*jen.Group)) {
	b.Qual(durablePath, "Undo").Call(jen.Id("ctx"), spec, jen.Func().Params(contextParam()).Error().BlockFunc(fill))
}

// emitUndoOperation writes the body of an undo that is one operation.
func (b *body) emitUndoOperation(op dsl.Operation, c call) {
	base := op.Base()
	if len(base.Catches) == 0 && c.noValue {
		b.Return(c.Statement)
		return
	}
	b.emitCall(base, c, drop{})
	if len(base.Catches) == 0 {
		b.Return(jen.Err())
		return
	}
	b.emitCatches(base.Catches, jen.Err(), false, nil)
	b.emitDone()
}
