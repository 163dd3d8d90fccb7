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
	if len(c.Types) == 0 {
		return jen.If(jen.Qual(durablePath, "Catchable").Call(err.Clone()))
	}
	return jen.If(b.errorIs(c.Types, c.Var, err), jen.Id("ok"))
}

// errorIs writes
//
//	declined, ok := errors.AsType[*CardDeclinedError](err)
//
// or, for several types, ok := flow.Caught(err, "A", "B"). Nothing is bound to a variable
// that nobody reads.
func (b *body) errorIs(types []*dsl.ErrorType, v *dsl.Var, err *jen.Statement) *jen.Statement {
	is := jen.List(jen.Id(b.fn.nameOrBlank(v)), jen.Id("ok")).Op(":=")
	if len(types) == 1 && types[0].Undeclared {
		return is.Qual(flowPath, "Bearing").Call(err.Clone(), jen.Lit(types[0].Name))
	}
	if len(types) == 1 {
		return is.Qual("errors", "AsType").Index(b.fn.goType(types[0])).Call(err.Clone())
	}
	var declared, bearing []jen.Code
	for _, t := range types {
		if t.Undeclared {
			bearing = append(bearing, jen.Lit(t.Name))
		} else {
			declared = append(declared, jen.Lit(t.Name))
		}
	}
	if bearing != nil {
		return is.Qual(flowPath, "CaughtBearing").Call(append([]jen.Code{err.Clone(), jen.Index().String().Values(bearing...)}, declared...)...)
	}
	return is.Qual(flowPath, "Caught").Call(append([]jen.Code{err.Clone()}, declared...)...)
}

// emitSwitchError writes a switch over an error of any kind:
//
//	failure := item.Error.Cause()
//	if failure == nil {
//		...
//	} else if malformed, ok := errors.AsType[*MalformedError](failure); ok {
//		...
//	} else {
//		...
//	}
func (b *body) emitSwitchError(s *dsl.SwitchStmt) {
	var failure *jen.Statement
	if e := unparen(s.Subject); !isOptional(e.Type()) { // a caught error, or one that is known to be there
		failure = b.fn.base(e).Dot("Err")
	} else {
		name := b.temp("failure", "switched")
		subject := b.value(e, e.Type(), "subject")
		b.Id(name).Op(":=").Add(subject).Dot("Cause").Call()
		failure = jen.Id(name)
	}
	var chain *jen.Statement
	for _, c := range s.Cases {
		var header *jen.Statement
		switch {
		case len(c.Types) == 0:
			header = jen.If(failure.Clone().Op("==").Nil())
		case c.None:
			header = jen.If(b.errorIs(c.Types, nil, failure), jen.Id("ok").Op("||").Add(failure.Clone()).Op("==").Nil())
		default:
			header = jen.If(b.errorIs(c.Types, c.Var, failure), jen.Id("ok"))
		}
		header.BlockFunc(b.nestedBlock(c.Body))
		if chain == nil {
			chain = header
		} else {
			chain.Else().Add(header)
		}
	}
	switch {
	case chain == nil && s.Else == nil:
		b.Id("_").Op("=").Add(failure)
	case chain == nil:
		b.Id("_").Op("=").Add(failure)
		b.Add(jen.BlockFunc(b.nestedBlock(s.Else)))
	case s.Else != nil:
		b.Add(chain.Else().BlockFunc(b.nestedBlock(s.Else)))
	default:
		b.Add(chain)
	}
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
