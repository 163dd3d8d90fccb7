package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitCatches writes what becomes of an error: each catch, then the rest, which is
// passed on, then what follows success.
//
//	if declined, ok := errors.AsType[*CardDeclinedError](err); ok {
//		...
//	} else if err != nil {
//		return Receipt{}, err
//	}
//
// As long as every catch leaves, the elses are left out. certain says that there is an error
// whenever this is reached. success may be nil.
func (b *body) emitCatches(catches []*dsl.Catch, err *jen.Statement, certain bool, success func(*body)) {
	var chain *jen.Statement // of an if some arm of which goes on behind it
	add := func(header *jen.Statement, emit func(*body), leaves bool) {
		header = header.BlockFunc(b.nested(emit))
		switch {
		case chain != nil:
			chain.Else().Add(header)
		case leaves:
			b.Add(header)
		default:
			chain = header
		}
	}
	for _, c := range catches {
		drops := b.dropping != nil && !c.Body.Leaves
		add(b.catchHeader(c, err), func(in *body) {
			in.emitCatch(c, err)
			if drops {
				in.emitDrop()
			}
		}, drops || c.Body.Leaves)
	}
	switch {
	case certain && chain == nil:
		b.emitFail(err)
	case chain == nil:
		add(jen.If(err.Clone().Op("!=").Nil()), func(in *body) { in.emitFail(err) }, true)
		if success != nil {
			success(b)
		}
	default:
		chain.Else().If(err.Clone().Op("!=").Nil()).BlockFunc(b.nested(func(in *body) { in.emitFail(err) }))
		if success != nil {
			chain.Else().BlockFunc(b.nested(func(in *body) {
				in.own = true
				success(in)
			}))
		}
		b.Add(chain)
	}
}

// rescues reports whether a catch settles what a step at most once has left open, while
// a batch around it may have been decided, or a group ended.
func (fn *fn) rescues(c *dsl.Catch) bool {
	return fn.stoppable && fn.facts.interrupted[c] && operates(c.Body)
}

// catchHeader writes the condition of one catch.
func (b *body) catchHeader(c *dsl.Catch, err *jen.Statement) *jen.Statement {
	name := b.fn.nameOrBlank(c.Var)
	switch {
	case len(c.Types) == 0:
		return jen.If(jen.Qual(durablePath, "Catchable").Call(err.Clone()))
	case len(c.Types) == 1 && c.Types[0].Undeclared:
		return jen.If(jen.List(jen.Id(name), jen.Id("ok")).Op(":=").
			Qual(flowPath, "Bearing").Call(err.Clone(), jen.Lit(c.Types[0].Name)), jen.Id("ok"))
	case len(c.Types) == 1:
		return jen.If(jen.List(jen.Id(name), jen.Id("ok")).Op(":=").
			Qual("errors", "AsType").Index(b.fn.goType(c.Types[0])).Call(err.Clone()), jen.Id("ok"))
	}
	var types, bearing []jen.Code
	for _, t := range c.Types {
		if t.Undeclared {
			bearing = append(bearing, jen.Lit(t.Name))
		} else {
			types = append(types, jen.Lit(t.Name))
		}
	}
	caught := jen.Qual(flowPath, "Caught").Call(append([]jen.Code{err.Clone()}, types...)...)
	if bearing != nil {
		caught = jen.Qual(flowPath, "CaughtBearing").Call(append([]jen.Code{err.Clone(), jen.Index().String().Values(bearing...)}, types...)...)
	}
	return jen.If(jen.List(jen.Id(name), jen.Id("ok")).Op(":=").Add(caught), jen.Id("ok"))
}

// emitCatch writes the body of a catch. One that a step may have interrupted runs in a
// batch that has been decided, and in a group that was ended, too:
//
//	ctx := ctx.Rescue(err)
func (b *body) emitCatch(c *dsl.Catch, err *jen.Statement) {
	if b.fn.rescues(c) {
		b.Id("ctx").Op(":=").Id("ctx").Dot("Rescue").Call(err.Clone())
	}
	if len(c.Types) == 0 && b.fn.facts.read(c.Var) {
		b.Id(b.fn.locals.name(c.Var)).Op(":=").Qual(flowPath, "FailureOf").Call(err.Clone())
	}
	b.emitBlock(c.Body)
}
