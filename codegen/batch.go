package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// parallel writes
//
//	durable.Parallel(ctx, parallelSpec,
//		durable.Branch("labels", func(ctx *durable.Context) ([]string, error) { ... }, &prepared.Labels),
//	)
//
// and before it the variable that the branches fill.
func (b *body) parallel(op *dsl.ParallelOp, u use) call {
	spec := b.spec(op)
	if op.Settled {
		return b.settledParallel(op, spec, u)
	}
	result, _ := op.Result.(*dsl.Record)
	out := b.parallelResult(op, result, u)
	var args []jen.Code
	for _, branch := range op.Branches {
		want := branch.Result
		into := jen.Nil()
		if want != nil {
			if field := result.Field(branch.Name.Text); field != nil {
				want = field.Type
				if out != "" {
					into = jen.Op("&").Id(out).Dot(b.fn.fieldName(field))
				}
			}
		}
		args = append(args, b.branch(branch, want, into))
	}
	return call{noValue: true, out: out,
		Statement: callLines(jen.Qual(durablePath, "Parallel"), []jen.Code{jen.Id("ctx"), spec}, args...)}
}

// callLines writes a call whose first arguments stand behind the parenthesis and
// whose others have a line each.
func callLines(function *jen.Statement, first []jen.Code, rest ...jen.Code) *jen.Statement {
	args := append([]jen.Code{}, first...)
	for _, arg := range rest {
		args = append(args, jen.Line().Add(arg))
	}
	args = append(args, jen.Line())
	return function.Custom(jen.Options{Open: "(", Close: ")", Separator: ","}, args...)
}

// parallelResult declares the variable for a parallel's result and gives its name.
func (b *body) parallelResult(op *dsl.ParallelOp, result *dsl.Record, u use) string {
	if result == nil || len(result.Fields) == 0 {
		return ""
	}
	switch u := u.(type) {
	case drop:
		return ""
	case define:
		if !b.fn.facts.read(u.v) {
			return ""
		}
		name := b.fn.locals.name(u.v)
		if b.fn.facts.whole[result] {
			b.Var().Id(name).Add(b.fn.goType(result))
			return name
		}
		b.Var().Id(name).StructFunc(func(group *jen.Group) {
			for _, field := range result.Fields {
				group.Id(b.fn.fieldName(field)).Add(b.fn.goType(field.Type))
			}
		})
		return name
	}
	name := b.temp("result")
	b.Var().Id(name).Add(b.fn.goType(result))
	return name
}

// branch writes one branch of a parallel.
func (b *body) branch(branch *dsl.Branch, want dsl.Type, into *jen.Statement) jen.Code {
	in := b.fn.item(want)
	return jen.Qual(durablePath, "Branch").Call(
		jen.Lit(branch.Name.Text),
		jen.Func().Params(contextParam()).Params(b.fn.goType(want), jen.Error()).BlockFunc(func(group *jen.Group) {
			if branch.Body != nil {
				in.emitBody(group, branch.Body)
				return
			}
			(&body{Group: group, fn: in}).emitOperation(branch.Op, give{want})
		}),
		into)
}

// mapping writes
//
//	durable.Map(ctx, mapSpec, order.Items, func(ctx *durable.Context, _ int, item Item) (string, error) {
//
// With a minimum or tolerance items yield pointers, nil where nothing came.
func (b *body) mapping(op *dsl.MapOp) call {
	fn := b.fn
	spec := b.spec(op)
	list := b.value(op.List, op.List.Type(), "items")
	name := "Map"
	want := op.ItemResult
	if op.Settled {
		name = "MapBatch"
	} else if l, ok := op.Result.(*dsl.List); ok {
		want = l.Elem
	}
	in := fn.item(want)
	s := jen.Qual(durablePath, name).Call(jen.Id("ctx"), spec, list,
		jen.Func().Params(contextParam(), jen.Id("_").Int(), jen.Id(fn.nameOrBlank(op.ItemVar)).Add(fn.goType(op.ItemVar.Type))).
			Params(fn.goType(want), jen.Error()).
			BlockFunc(func(group *jen.Group) { in.emitBody(group, op.Body) }))
	if op.Settled {
		s = jen.Qual(flowPath, "Settled").Call(s)
	}
	return call{Statement: s, unused: op.Result == nil}
}

// settledParallel writes
//
//	err := flow.Settle(&votes.counts, &votes.Risk, &votes.Legal)(durable.ParallelBatch(ctx, parallelSpec,
//		durable.Branch("risk", ..., &votes.Risk.Result),
//	))
//
// and before it the variable that takes the outcome.
func (b *body) settledParallel(op *dsl.ParallelOp, spec jen.Code, u use) call {
	out := "outcome"
	if d, ok := u.(define); ok && b.fn.facts.read(d.v) {
		out = b.fn.locals.name(d.v)
	} else {
		out = b.temp("outcome")
	}
	b.Var().Id(out).Add(b.fn.goType(op.Result))
	into := []jen.Code{jen.Op("&").Id(out).Dot("counts")}
	var args []jen.Code
	for _, branch := range op.Branches {
		item := jen.Op("&").Id(out).Dot(exported(branch.Name.Text))
		into = append(into, item)
		args = append(args, b.branch(branch, branch.Result, item.Clone().Dot("Result")))
	}
	return call{noValue: true, out: out, Statement: jen.Qual(flowPath, "Settle").Call(into...).
		Call(callLines(jen.Qual(durablePath, "ParallelBatch"), []jen.Code{jen.Id("ctx"), spec}, args...))}
}

// settledType writes the type of a settled parallel's outcome.
func (g *generator) settledType(t *dsl.Outcome) *jen.Statement {
	return jen.StructFunc(func(group *jen.Group) {
		for _, branch := range t.Parallel.Branches {
			group.Id(exported(branch.Name.Text)).Qual(flowPath, "Item").Index(g.goType(branch.Result)).Op("`json:\"" + branch.Name.Text + "\"`")
		}
		group.Id("counts").Qual(flowPath, "Counts") // a field of no branch
	})
}

// parallelType gives the name of the type of a parallel's result, which the file then
// declares.
func (g *generator) parallelType(r *dsl.Record) string {
	if !slices.Contains(g.parallelTypes, r) {
		g.parallelTypes = append(g.parallelTypes, r)
	}
	return g.names.parallels[r]
}

// emitParallelTypes writes the types that results of parallels have got.
func (g *generator) emitParallelTypes(f *jen.File) {
	for i := 0; i < len(g.parallelTypes); i++ {
		r := g.parallelTypes[i]
		f.Line()
		f.Comment("// " + g.names.parallels[r] + " is what the branches of a parallel give (" + g.pos(r.Parallel.Pos()) + ").")
		f.Type().Id(g.names.parallels[r]).Struct(g.structFields(r.Fields)...)
	}
}
