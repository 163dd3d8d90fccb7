package flow

import "github.com/durablegen/durablegen/runtime/durable"

// Workflow is [durable.Workflow] for a workflow of the language: values are encoded by
// [Serdes], and an operation declares the errors in its Fails and no others.
func Workflow[In, Out any](def durable.Definition, body func(ctx *durable.Context, in In) (Out, error)) *durable.Function {
	def.Serdes = Serdes{}
	def.OnlyDeclared = true
	return durable.Workflow(def, body)
}
