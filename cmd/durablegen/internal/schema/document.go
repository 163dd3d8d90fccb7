package schema

import (
	"github.com/durablegen/durablegen/dsl"
)

// JSONSchema gives a schema of draft 2020-12 whose definitions are, for a workflow order,
// order.input, order.output and order.error, for a callback ask, ask.answer and ask.error, and
// the types that these need.
func JSONSchema(p *dsl.Program) ([]byte, error) {
	b := newBuilder("#/$defs/")
	reserve(b, p)
	for _, w := range p.Workflows {
		name := w.Name.Text
		b.defs.add(b.free(name+".input"), described(b.event(w.Params), "what starts the workflow "+name))
		out := &Schema{Type: "null"}
		if w.ResultType != nil {
			out = b.of(w.ResultType)
		}
		b.defs.add(b.free(name+".output"), described(out, "what the workflow "+name+" returns"))
		b.defs.add(b.free(name+".error"), b.failure(w.Fails, "how the workflow "+name+" fails, as GetDurableExecution tells it"))
	}
	for _, c := range p.Callbacks {
		name := c.Name.Text
		b.defs.add(b.free(name+".answer"), described(b.of(c.ResultType), "what answers the callback "+name))
		b.defs.add(b.free(name+".error"), b.failure(c.Fails, "what fails the callback "+name+", as SendDurableExecutionCallbackFailure takes it"))
	}
	return text(struct {
		Draft       string          `json:"$schema"`
		Title       string          `json:"title"`
		Description string          `json:"description,omitempty"`
		Defs        members[Schema] `json:"$defs"`
	}{"https://json-schema.org/draft/2020-12/schema", "package " + p.Package, p.Doc, b.defs})
}

// reserve gives the types their own names before anything else can take them.
func reserve(b *builder, p *dsl.Program) {
	for _, e := range p.Enums {
		b.of(e)
	}
	for _, r := range p.Records {
		b.of(r)
	}
	for _, e := range p.Errors {
		b.of(e)
	}
}

// event is the schema of what starts a workflow: its one parameter, or an object of several.
func (b *builder) event(params []*dsl.Param) *Schema {
	switch len(params) {
	case 0:
		return &Schema{}
	case 1:
		return b.of(params[0].Var.Type)
	}
	var fields []*dsl.FieldEntry
	for _, p := range params {
		fields = append(fields, &dsl.FieldEntry{Name: p.Name.Text, JSON: p.Name.Text, Type: p.Var.Type})
	}
	return b.object(fields)
}

// failure is the schema of an error object of the service: its ErrorData is the JSON of the
// declared error that its ErrorType names. Any other failure is possible besides.
func (b *builder) failure(fails []*dsl.ErrorType, doc string) *Schema {
	s := &Schema{Description: doc}
	for _, e := range fails {
		one := &Schema{Type: "object", Required: []string{"ErrorType"}}
		one.Properties.add("ErrorType", &Schema{Const: e.Name})
		one.Properties.add("ErrorMessage", &Schema{Type: "string"})
		if !e.Builtin {
			one.Properties.add("ErrorData", &Schema{Type: "string", ContentMediaType: "application/json", ContentSchema: b.of(e)})
		}
		s.AnyOf = append(s.AnyOf, one)
	}
	other := &Schema{Type: "object", Description: "a failure that is not declared"}
	other.Properties.add("ErrorType", &Schema{Type: "string"})
	other.Properties.add("ErrorMessage", &Schema{Type: "string"})
	s.AnyOf = append(s.AnyOf, other)
	return s
}

// OpenAPI gives a document of OpenAPI 3.1 for the handlers that answer callbacks, each at
// /NAME/{callbackId}.
func OpenAPI(p *dsl.Program) ([]byte, error) {
	b := newBuilder("#/components/schemas/")
	paths := members[pathItem]{}
	for _, c := range p.Callbacks {
		paths.add("/"+c.Name.Text+"/{callbackId}", &pathItem{b.post(c)})
	}
	doc := document{OpenAPI: "3.1.0", Paths: paths}
	doc.Info.Title, doc.Info.Description, doc.Info.Version = "answers to the callbacks of package "+p.Package, p.Doc, "1"
	doc.Components.Schemas = b.defs
	return text(doc)
}

type document struct {
	OpenAPI string `json:"openapi"`
	Info    struct {
		Title       string `json:"title"`
		Description string `json:"description,omitempty"`
		Version     string `json:"version"`
	} `json:"info"`
	Paths      members[pathItem] `json:"paths"`
	Components struct {
		Schemas members[Schema] `json:"schemas,omitempty"`
	} `json:"components"`
}

type pathItem struct {
	Post *operation `json:"post"`
}

type operation struct {
	OperationID string            `json:"operationId"`
	Summary     string            `json:"summary"`
	Description string            `json:"description,omitempty"`
	Parameters  []parameter       `json:"parameters"`
	RequestBody body              `json:"requestBody"`
	Responses   members[response] `json:"responses"`
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Required    bool    `json:"required,omitempty"`
	Description string  `json:"description"`
	Schema      *Schema `json:"schema"`
}

type body struct {
	Description string         `json:"description"`
	Content     members[media] `json:"content"`
}

type media struct {
	Schema *Schema `json:"schema"`
}

type response struct {
	Description string         `json:"description"`
	Content     members[media] `json:"content,omitempty"`
}

// post describes how a callback is answered over HTTP, as flow.Answers takes it.
func (b *builder) post(c *dsl.CallbackDecl) *operation {
	name := c.Name.Text
	answer := b.of(c.ResultType)
	says := "the answer"
	op := &operation{
		OperationID: name, Summary: "answer the callback " + name, Description: c.Doc,
		Parameters: []parameter{{"callbackId", "path", true, "the ID of the callback, which the workflow has handed out", &Schema{Type: "string"}}},
	}
	if len(c.Fails) > 0 {
		var names []string
		bodies := []*Schema{answer}
		for _, e := range c.Fails {
			if !e.Builtin {
				names, bodies = append(names, e.Name), append(bodies, b.of(e))
			}
		}
		answer = &Schema{AnyOf: bodies}
		says += ", or with `fail` the fields of that error"
		op.Parameters = append(op.Parameters, parameter{"fail", "query", false, "lets the callback fail with this error", &Schema{Type: "string", Enum: names}})
	}
	op.Parameters = append(op.Parameters, parameter{"heartbeat", "query", false, "says that somebody still works on the answer; the body is not looked at", &Schema{Type: "string"}})
	op.RequestBody = body{Description: says}
	op.RequestBody.Content.add("application/json", &media{answer})
	op.Responses.add("204", &response{Description: "done"})
	for _, refusal := range []struct{ status, why string }{
		{"400", "the answer is not of the callback's type"}, {"413", "the answer is larger than 1 MiB"}, {"502", "the service did not take it: the callback is closed, or can't be reached"},
	} {
		r := &response{Description: refusal.why}
		r.Content.add("text/plain", &media{&Schema{Type: "string"}})
		op.Responses.add(refusal.status, r)
	}
	return op
}
