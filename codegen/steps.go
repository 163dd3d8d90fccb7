package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitSteps writes the interface that the user implements:
//
//	type Steps interface {
//		Charge(ctx context.Context, order Order) (string, error)
//		AskRestaurant(ctx context.Context, callbackID string, order Order) error
//	}
func (g *generator) emitSteps(f *jen.File) {
	methods := g.stepMethods()
	if len(methods) == 0 {
		return
	}
	f.Line()
	f.Comment("// " + g.names.steps + " is what the workflows do to the world. Each method may be called again for the same\n" +
		"// operation unless its step is at most once: see durable.IdempotencyKey.")
	f.Type().Id(g.names.steps).InterfaceFunc(func(group *jen.Group) {
		for _, m := range methods {
			emitDoc(group, m.doc, "")
			group.Id(m.name).Params(m.params...).Add(m.results)
		}
	})
}

// stepMethod is one method of the Steps interface.
type stepMethod struct {
	name    string
	doc     string
	params  []jen.Code
	results *jen.Statement
	result  dsl.Type // nil if it yields nothing
	decl    dsl.Decl
	written []*dsl.Param
}

// stepMethods gives the methods that the user writes: one for each step, one for
// each callback that is submitted and not only opened.
func (g *generator) stepMethods() []stepMethod {
	var out []stepMethod
	for _, d := range g.prog.Steps {
		m := stepMethod{name: g.names.methods[d], doc: d.Doc, result: d.ResultType, decl: d, written: d.Params}
		m.params = append([]jen.Code{jen.Id("ctx").Qual("context", "Context")}, g.signature(d.Params)...)
		m.results = jen.Error()
		if d.ResultType != nil {
			m.results = jen.Params(g.goType(d.ResultType), jen.Error())
		}
		out = append(out, m)
	}
	for _, d := range g.prog.Callbacks {
		if !d.Submitted {
			continue
		}
		m := stepMethod{name: g.names.methods[d], doc: d.Doc, results: jen.Error(), decl: d, written: d.Params}
		m.params = append([]jen.Code{jen.Id("ctx").Qual("context", "Context"), jen.Id("callbackID").String()},
			g.signature(d.Params, "callbackID")...)
		out = append(out, m)
	}
	return out
}

// signature writes the parameters of a method that Go code implements. taken are
// names that they can't have.
func (g *generator) signature(params []*dsl.Param, taken ...string) []jen.Code {
	used := map[string]bool{"ctx": true}
	for _, name := range taken {
		used[name] = true
	}
	for _, imp := range []string{"context", "errors", "time", flowPath} {
		used[g.names.aliases[imp]] = true
	}
	names := make([]string, len(params))
	for i, p := range params {
		name := unexported(p.Name.Text)
		names[i] = claim(used, name, name+"Value")
	}
	return g.paramList(params, names)
}

// paramList writes parameters, those of one type in a row: customer, text string.
func (g *generator) paramList(params []*dsl.Param, names []string) []jen.Code {
	out := make([]jen.Code, len(params))
	for i, p := range params {
		out[i] = jen.Id(names[i])
		if i+1 == len(params) || !sameType(p.Var.Type, params[i+1].Var.Type) {
			out[i] = jen.Id(names[i]).Add(g.goType(p.Var.Type))
		}
	}
	return out
}

// emitAnswers writes the outside's end of a callback:
//
//	func AskRestaurantAnswers(client flow.CallbackClient) *flow.Answers[Reply] {
//		return &flow.Answers[Reply]{Client: client, Callback: "askRestaurant"}
//	}
func (g *generator) emitAnswers(f *jen.File, d *dsl.CallbackDecl) {
	name := g.names.answers(d)
	t := jen.Qual(flowPath, "Answers").Index(g.goType(d.ResultType))
	f.Line()
	f.Comment("// " + name + " answers " + d.Name.Text + " from outside of the workflow, by the ID of the callback.\n" +
		"// It is an http.Handler too.")
	f.Func().Id(name).Params(jen.Id("client").Qual(flowPath, "CallbackClient")).Op("*").Add(t).BlockFunc(func(group *jen.Group) {
		fields := []jen.Code{
			jen.Id("Client").Op(":").Id("client"),
			jen.Id("Callback").Op(":").Lit(d.Name.Text),
		}
		if len(d.Fails) > 0 {
			fields = append(fields, jen.Id("Errors").Op(":").Add(g.errorTable(d.Fails)))
		}
		group.Return(jen.Op("&").Add(t).Values(fields...))
	})
}

// emitClient writes the outside's end of a workflow:
//
//	func FulfilOrderClient(client flow.ExecutionClient, function string) *flow.Client[Order, Receipt] {
//		return &flow.Client[Order, Receipt]{API: client, Function: function, Errors: errorTypes}
//	}
func (g *generator) emitClient(f *jen.File, d *dsl.WorkflowDecl) {
	name := g.names.clients[d]
	if name == "" { // it is no function
		return
	}
	t := jen.Qual(flowPath, "Client").Index(jen.List(g.eventType(d), g.goType(d.ResultType)))
	fields := []jen.Code{jen.Id("API").Op(":").Id("client"), jen.Id("Function").Op(":").Id("function")}
	if g.names.errors != "" {
		fields = append(fields, jen.Id("Errors").Op(":").Id(g.names.errors))
	}
	f.Line()
	f.Comment("// " + name + " starts " + d.Name.Text + " from outside and reads its results; function is such as " + strconv.Quote(d.Name.Text+":live") + ".")
	f.Func().Id(name).Params(jen.Id("client").Qual(flowPath, "ExecutionClient"), jen.Id("function").String()).Op("*").Add(t).
		Block(jen.Return(jen.Op("&").Add(t).Values(fields...)))
}

func (n *names) answers(d *dsl.CallbackDecl) string {
	if name := n.inputs[d]; name != "" {
		return name
	}
	n.inputs[d] = n.declare(exported(d.Name.Text) + "Answers")
	return n.inputs[d]
}
