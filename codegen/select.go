package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitSelect writes the race and then, for the winner, the body of its case:
//
//	winner, err := durable.Select(ctx, selectSpec,
//		durable.Case("answer", func(ctx *durable.Context) (Reply, error) { ... }, &reply),
//	)
//	if err != nil { ... }
//	switch winner {
//	case "answer":
//
// An else is the last of the cases.
func (b *body) emitSelect(s *dsl.SelectStmt) {
	fn := b.fn
	b.emitPosition(s)
	spec := b.spec(s)
	first := []jen.Code{jen.Id("ctx"), spec}
	var args []jen.Code
	names := s.CaseNames()
	for i, c := range s.Cases {
		base := c.Op.Base()
		into := jen.Nil()
		if name := fn.nameOrBlank(c.Var); name != "_" {
			b.Var().Id(name).Add(fn.goType(base.Result))
			into = jen.Op("&").Id(name)
		}
		in := fn.inner(base.Result)
		alternative := jen.Qual(durablePath, "Case").Call(
			str(names[i]),
			jen.Func().Params(contextParam()).Params(fn.goType(base.Result), jen.Error()).BlockFunc(func(group *jen.Group) {
				(&body{Group: group, fn: in, dropping: c}).emitOperation(c.Op, give{base.Result})
			}), into)
		if callee := dsl.Hidden(c.Op); callee != "" {
			alternative.Dot("Calling").Call(str(callee))
		}
		args = append(args, alternative)
	}
	if s.Else != nil {
		args = append(args, jen.Qual(durablePath, "Else").Call())
	}
	winner := b.temp("winner")
	acts := s.Else != nil && len(s.Else.Stmts) > 0
	for _, c := range s.Cases {
		acts = acts || len(c.Body.Stmts) > 0
	}
	if !acts {
		b.List(jen.Id("_"), jen.Err()).Op(b.errAssign()).Add(callLines(jen.Qual(durablePath, "Select"), first, args...))
		b.emitCatches(s.Catches, jen.Err(), false, nil)
		return
	}
	b.hasErr = true
	b.List(jen.Id(winner), jen.Err()).Op(":=").Add(callLines(jen.Qual(durablePath, "Select"), first, args...))
	b.emitCatches(s.Catches, jen.Err(), false, func(in *body) {
		if len(s.Catches) == 0 {
			in.Line()
		}
		in.emitWinner(s, winner, names)
	})
}

// catchesOf gives the catches of an operation with a value for the case, if that is what
// is written: what is caught drops it.
func (b *body) catchesOf(op dsl.Operation) []*dsl.Catch {
	c := b.dropping
	if c == nil {
		return op.Base().Catches
	}
	if len(c.Drops) == 0 {
		return c.Catches
	}
	return append(slices.Clone(c.Catches), &dsl.Catch{Types: c.Drops, Body: &dsl.Block{}})
}

// emitDrop ends the catch of a case:
//
//	return false, durable.Dropped
func (b *body) emitDrop() { b.emitFail(jen.Qual(durablePath, "Dropped")) }

// emitWinner writes the switch over the cases' bodies.
func (b *body) emitWinner(s *dsl.SelectStmt, winner string, names []string) {
	var bodies []*dsl.Block
	for _, c := range s.Cases {
		bodies = append(bodies, c.Body)
	}
	if s.Else != nil {
		bodies, names = append(bodies, s.Else), append(names, "else")
	}
	allLeave := !slices.ContainsFunc(bodies, func(body *dsl.Block) bool { return !body.Leaves })
	b.Switch(jen.Id(winner)).BlockFunc(func(group *jen.Group) {
		for i, body := range bodies {
			switch {
			case allLeave && i == len(bodies)-1:
				group.Default().BlockFunc(func(in *jen.Group) {
					in.Comment("// " + names[i])
					b.caseBlock(body)(in)
				})
			case len(body.Stmts) > 0:
				group.Case(str(names[i])).BlockFunc(b.caseBlock(body))
			}
		}
	})
}
