package codegen

import (
	"go/constant"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitWorkflows writes the list of durable functions and the type whose methods
// the workflows are:
//
//	func Workflows(steps Steps) []*durable.Function {
//		w := &workflows{steps: steps}
//		return []*durable.Function{
//			flow.Workflow(durable.Definition{Name: "fulfilOrder", Errors: errorTypes}, w.fulfilOrder),
//		}
//	}
func (g *generator) emitWorkflows(f *jen.File) {
	if len(g.prog.Workflows) == 0 {
		return
	}
	n := g.names
	hasSteps := len(g.stepMethods()) > 0
	var params []jen.Code
	fields := []jen.Code{}
	w := jen.Op("&").Id(n.flowsType).Values()
	f.Line()
	f.Const().Id("_").Op("=").Qual(flowPath, supported)
	f.Line()
	if hasSteps {
		f.Comment("// " + n.workflows + " gives the workflows as durable functions; steps is what they do to the world.")
		params = []jen.Code{jen.Id("steps").Id(n.steps)}
		fields = []jen.Code{jen.Id("steps").Id(n.steps)}
		w = jen.Op("&").Id(n.flowsType).Values(jen.Id("steps").Op(":").Id("steps"))
	} else {
		f.Comment("// " + n.workflows + " gives the workflows as durable functions.")
	}
	f.Func().Id(n.workflows).Params(params...).Index().Op("*").Qual(durablePath, "Function").Block(
		jen.Id("w").Op(":=").Add(w),
		jen.Return(jen.Index().Op("*").Qual(durablePath, "Function").Add(lines(func(add func(jen.Code)) {
			for _, d := range g.prog.Workflows {
				if d.TakesHandle() != nil {
					continue
				}
				add(jen.Qual(flowPath, "Workflow").Call(g.definition(d), g.entry(d)))
			}
		}))),
	)
	f.Line()
	f.Comment("// " + n.flowsType + " has a method for each workflow.")
	f.Type().Id(n.flowsType).Struct(fields...)
}

// definition writes what the service has to know of a workflow.
func (g *generator) definition(d *dsl.WorkflowDecl) *jen.Statement {
	fields := []jen.Code{jen.Id("Name").Op(":").Lit(d.Name.Text)}
	if c := d.Policy.Timeout; c != nil {
		fields = append(fields, jen.Id("Timeout").Op(":").Add(duration(c.Value.Const())))
	}
	if c := d.Policy.Retention; c != nil {
		ns, _ := constant.Int64Val(c.Value.Const())
		const day = 24 * 60 * 60 * 1e9
		fields = append(fields, jen.Id("RetentionDays").Op(":").Lit(int((ns+day-1)/day)))
	}
	if bound := boundFunctions(d); len(bound) > 0 {
		fields = append(fields, jen.Id("Bound").Op(":").Index().Qual(durablePath, "BoundFunction").ValuesFunc(func(group *jen.Group) {
			for _, f := range bound {
				group.Values(jen.Id("Env").Op(":").Lit(f.Env.Text), jen.Id("Function").Op(":").Lit(f.Target))
			}
		}))
	}
	if stores(d) {
		fields = append(fields, jen.Id("Stored").Op(":").True())
	}
	if g.names.errors != "" {
		fields = append(fields, jen.Id("Errors").Op(":").Id(g.names.errors))
	}
	return jen.Qual(durablePath, "Definition").Values(fields...)
}

// boundFunctions lists the functions that a workflow, or one that it calls, invokes and whose names are
// bound at deployment, one for each variable.
func boundFunctions(d *dsl.WorkflowDecl) (bound []*dsl.FunctionDecl) {
	eachOperation(d, func(op dsl.Operation) {
		if op, ok := op.(*dsl.InvokeOp); ok {
			f := op.Decl
			if f != nil && f.Env != nil && !slices.ContainsFunc(bound, func(b *dsl.FunctionDecl) bool { return b.Env.Text == f.Env.Text }) {
				bound = append(bound, f)
			}
		}
	})
	return bound
}

// stores reports whether a workflow, or one that it calls, runs a step whose result is stored.
func stores(d *dsl.WorkflowDecl) (found bool) {
	eachOperation(d, func(op dsl.Operation) {
		if op, ok := op.(*dsl.StepOp); ok && op.Decl != nil && op.Decl.Policy.Stored != nil {
			found = true
		}
	})
	return found
}

// eachOperation visits the operations of a workflow and of those that it calls.
func eachOperation(d *dsl.WorkflowDecl, visit func(dsl.Operation)) {
	seen := map[*dsl.WorkflowDecl]bool{}
	var look func(d *dsl.WorkflowDecl)
	look = func(d *dsl.WorkflowDecl) {
		if d == nil || seen[d] {
			return
		}
		seen[d] = true
		dsl.Inspect(d, func(n dsl.Node) bool {
			if op, ok := n.(dsl.Operation); ok {
				visit(op)
			}
			if call, ok := n.(*dsl.CallOp); ok {
				look(call.Decl)
			}
			return true
		})
	}
	look(d)
}

// entry writes the function that the runtime calls with the event: the method
// itself if its one parameter is the event, else one that hands the event's
// fields on.
func (g *generator) entry(d *dsl.WorkflowDecl) *jen.Statement {
	method := jen.Id("w").Dot(g.names.flows[d])
	if len(d.Params) == 1 {
		return method
	}
	in := "_"
	args := []jen.Code{jen.Id("ctx")}
	if len(d.Params) > 1 {
		in = "in"
		for _, p := range d.Params {
			args = append(args, jen.Id("in").Dot(exported(p.Name.Text)))
		}
	}
	return jen.Func().Params(jen.Id("ctx").Op("*").Qual(durablePath, "Context"), jen.Id(in).Add(g.eventType(d))).
		Params(g.goType(d.ResultType), jen.Error()).
		Block(jen.Return(method.Call(args...)))
}

// eventType writes the type of a workflow's event.
func (g *generator) eventType(d *dsl.WorkflowDecl) *jen.Statement {
	switch len(d.Params) {
	case 0:
		return g.goType(nil)
	case 1:
		return g.goType(d.Params[0].Var.Type)
	}
	return jen.Id(g.names.inputs[d])
}

// emitInput writes the struct whose fields are several parameters.
func (g *generator) emitInput(f *jen.File, d dsl.Decl, params []*dsl.Param, doc string) {
	name := g.names.inputs[d]
	if name == "" || len(params) < 2 {
		return
	}
	f.Line()
	f.Comment("// " + name + " is " + doc)
	f.Type().Id(name).StructFunc(func(group *jen.Group) {
		for _, p := range params {
			field := &dsl.FieldEntry{JSON: p.Name.Text, Type: p.Var.Type}
			group.Id(exported(p.Name.Text)).Add(g.goType(p.Var.Type)).Op(jsonTag(field))
		}
	})
}

func (g *generator) emitFunctionInput(f *jen.File, d *dsl.FunctionDecl) {
	g.emitInput(f, d, d.Params, "what the function "+d.Name.Text+" is invoked with.")
}

// emitWorkflow writes a workflow as a method, then the specs of its operations:
//
//	func (w *workflows) fulfilOrder(ctx *durable.Context, order Order) (Receipt, error) {
//		...
//	}
func (g *generator) emitWorkflow(f *jen.File, d *dsl.WorkflowDecl) {
	g.emitInput(f, d, d.Params, "the event of "+d.Name.Text+".")
	g.specs = nil
	vars := declared(d.Params, d.Body)
	fn := &fn{generator: g, locals: newLocals(vars, g.names.usedBy(d.Body)), result: d.ResultType, stoppable: g.facts.called[d]}
	fn.locals.setApart(vars, d.Body)
	params := append([]jen.Code{jen.Id("ctx").Op("*").Qual(durablePath, "Context")}, fn.params(d.Params)...)
	f.Line()
	emitDoc(f.Group, d.Doc, "")
	f.Func().Params(jen.Id(fn.locals.receiver).Op("*").Id(g.names.flowsType)).Id(g.names.flows[d]).
		Params(params...).Params(g.goType(d.ResultType), jen.Error()).
		BlockFunc(func(group *jen.Group) { fn.emitBody(group, d.Body) })
	g.emitSpecs(f, d)
}

// params writes the parameters of a func or workflow.
func (fn *fn) params(params []*dsl.Param) []jen.Code {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = fn.locals.vars[p.Name.Text]
	}
	return fn.paramList(params, names)
}
