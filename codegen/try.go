package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitTry writes a try as a function literal, whose error the catches look at:
//
//	err = func() error {
//		...
//		return nil
//	}()
//
// A body that returns or leaves a loop around it can't be one: see emitOpenTry.
func (b *body) emitTry(s *dsl.TryStmt) {
	if s.Jumps {
		b.emitOpenTry(s)
		return
	}
	in := b.fn.inner(nil)
	in.onlyError = true
	b.Err().Op(b.errAssign()).Func().Params().Error().BlockFunc(func(group *jen.Group) {
		in.emitBody(group, s.Body)
	}).Call()
	b.emitCatches(s.Catches, jen.Err(), s.Leaves(), nil)
}

// emitOpenTry writes a try whose body may return: a failure jumps behind it.
//
//	var failed error
//	{
//		...
//		failed = err
//		goto caught
//	}
//	caught:
func (b *body) emitOpenTry(s *dsl.TryStmt) {
	failed := b.fn.newVariable("failed")
	label := b.fn.newLabel("caught")
	outer := b.fn.try
	b.fn.try = &openTry{failed: failed, label: label}
	block := jen.BlockFunc(b.nestedBlock(s.Body))
	jumps := b.fn.try.jumps
	b.fn.try = outer
	if !jumps { // nothing in it fails
		b.Add(block)
		return
	}
	b.Var().Id(failed).Error()
	b.Add(block)
	b.Id(label).Op(":")
	b.emitCatches(s.Catches, jen.Id(failed), s.Leaves(), nil)
}

// openTry is a try that is not a function literal of its own.
type openTry struct {
	failed string // the variable that takes the failure
	label  string // behind the block
	jumps  bool   // something jumps there
}
