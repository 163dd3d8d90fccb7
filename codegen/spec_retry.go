package codegen

import (
	"go/constant"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// retry sets the policy where it is not what applies anyhow.
func (g *generator) retry(s *spec, list []*dsl.RetryClause, once bool) {
	switch {
	case len(list) == 0 || once:
	case list[0].None:
		s.set("Retry", jen.Qual(durablePath, "NoRetry"))
	case constantRetry(list):
		s.set("Retry", policy(list, nil))
		s.tall = true
	default:
		s.fields = append(s.fields, specField{name: "Retry", late: func(b *body) *jen.Statement { return policy(list, b) }})
	}
}

// policy writes a retry policy, without what the first clause leaves out; the others follow
// as its Else. b is where expressions are evaluated; nil if all are constant.
func policy(list []*dsl.RetryClause, b *body) *jen.Statement {
	var fields []jen.Code
	r := list[0]
	set := func(name string, e dsl.Expr, lit func(constant.Value) *jen.Statement, late func() *jen.Statement) {
		switch {
		case e == nil:
		case e.Const() != nil:
			fields = append(fields, jen.Id(name).Op(":").Add(lit(e.Const())))
		default:
			fields = append(fields, jen.Id(name).Op(":").Add(late()))
		}
	}
	set("Attempts", r.Times, intLit, func() *jen.Statement { return b.times(r.Times, "attempts") })
	set("Every", r.Every, duration, func() *jen.Statement { return b.timeLimit(r.Every, "every") })
	set("Backoff", r.Backoff, numberLiteral, func() *jen.Statement { return b.factor(r.Backoff, "backoff") })
	set("Max", r.Max, duration, func() *jen.Statement { return b.timeLimit(r.Max, "longest") })
	if r.Jitter != nil && r.Jitter.Text != "full" {
		fields = append(fields, jen.Id("Jitter").Op(":").Qual(durablePath, "Jitter"+exported(r.Jitter.Text)))
	}
	failures := func(name string, list *dsl.Failures) {
		if list == nil {
			return
		}
		var names []jen.Code
		for _, t := range list.Types {
			names = append(names, jen.Lit(t.Name))
		}
		fields = append(fields, jen.Id(name).Op(":").Index().String().Values(names...))
	}
	if r.Exact {
		failures("Only", r.On)
	} else {
		failures("On", r.On)
	}
	failures("Except", r.Except)
	if len(list) > 1 {
		fields = append(fields, jen.Id("Else").Op(":").Add(policy(list[1:], b)))
	}
	return jen.Op("&").Qual(durablePath, "RetryPolicy").Values(fields...)
}

// constantRetry reports whether all numbers of the clauses are constants.
func constantRetry(list []*dsl.RetryClause) bool {
	for _, r := range list {
		for _, e := range []dsl.Expr{r.Times, r.Every, r.Backoff, r.Max} {
			if e != nil && e.Const() == nil {
				return false
			}
		}
	}
	return true
}
