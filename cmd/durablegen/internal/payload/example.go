package payload

import (
	"encoding/json"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Describe writes a type with the fields that it has, as they are in JSON.
func Describe(t dsl.Type) string {
	fields := Fields(t)
	if fields == nil {
		return t.String()
	}
	var parts []string
	for _, f := range fields {
		text := f.JSON + " " + f.Type.String()
		if f.Default != nil {
			text += " = " + f.DefaultJSON()
		}
		parts = append(parts, text)
	}
	return t.String() + " { " + strings.Join(parts, ", ") + " }"
}

// Example gives a JSON value of a type, as a pattern to fill in.
func Example(t dsl.Type) string {
	switch t := t.(type) {
	case nil:
		return ""
	case *dsl.Optional:
		return Example(t.Elem)
	case *dsl.List:
		return "[]"
	case *dsl.Map:
		return "{}"
	case *dsl.Enum:
		if len(t.Values) > 0 {
			return Quote(t.Values[0].JSON)
		}
	case dsl.Basic:
		switch t {
		case dsl.String:
			return `"text"`
		case dsl.Int:
			return "1"
		case dsl.Float:
			return "1.5"
		case dsl.Bool:
			return "true"
		case dsl.Bytes:
			return `"AA=="`
		case dsl.Time:
			return `"2026-01-31T08:30:00Z"`
		case dsl.Duration:
			return `"10m"`
		}
	default: // see below
	}
	if IsRecord(t) {
		var parts []string
		for _, f := range Fields(t) {
			if _, optional := f.Type.(*dsl.Optional); !optional && f.Default == nil {
				parts = append(parts, Quote(f.JSON)+": "+Example(f.OnWire()))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if g, ok := t.(*dsl.GoType); ok {
		return Example(g.Under)
	}
	return "null"
}

// ExampleEvent gives an event that a workflow with these parameters can be started with, as a
// pattern to fill in.
func ExampleEvent(params []*dsl.Param) string {
	if len(params) == 1 {
		return Example(params[0].Var.Type)
	}
	var parts []string
	for _, p := range params {
		parts = append(parts, Quote(p.Name.Text)+": "+Example(p.Var.Type))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Fields gives the fields of a record, an error or a Go type that is like one; nil of
// other types.
func Fields(t dsl.Type) []*dsl.FieldEntry {
	switch t := t.(type) {
	case *dsl.Record:
		return t.Fields
	case *dsl.ErrorType:
		return t.Fields
	case *dsl.GoType:
		return Fields(t.Under)
	default: // has none
	}
	return nil
}

// IsRecord reports whether values of a type are objects with fields.
func IsRecord(t dsl.Type) bool { return Fields(t) != nil }

func Quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
