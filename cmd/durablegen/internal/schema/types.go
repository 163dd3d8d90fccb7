package schema

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// builder makes schemas; those of types with a name are made once, and referred to.
type builder struct {
	prefix string // of references, such as "#/$defs/"
	defs   members[Schema]
	names  map[dsl.Type]string
	taken  map[string]bool
}

func newBuilder(prefix string) *builder {
	return &builder{prefix: prefix, names: map[dsl.Type]string{}, taken: map[string]bool{}}
}

// of gives the schema of a type's values; nil is that of nothing.
func (b *builder) of(t dsl.Type) *Schema {
	switch t := t.(type) {
	case nil:
		return &Schema{} // is not looked at
	case dsl.Basic:
		return basic(t)
	case *dsl.Optional:
		return orNull(b.of(t.Elem))
	case *dsl.List:
		return &Schema{Type: "array", Items: b.of(t.Elem)}
	case *dsl.Map:
		s := &Schema{Type: "object", Additional: b.of(t.Elem)}
		if e, ok := t.Key.(*dsl.Enum); ok {
			s.PropertyNames = b.of(e)
		}
		return s
	case *dsl.Enum:
		return b.named(t, t.Name, func() *Schema {
			s := &Schema{Type: "string"}
			if t.Decl != nil {
				s.Description = t.Decl.Doc
			}
			for _, v := range t.Values {
				s.Enum = append(s.Enum, v.JSON)
			}
			return s
		})
	case *dsl.Record:
		return b.named(t, t.Name, func() *Schema {
			s := b.object(t.Fields)
			if t.Decl != nil {
				s.Description = t.Decl.Doc
			}
			return s
		})
	case *dsl.ErrorType:
		return b.named(t, t.Name, func() *Schema {
			s := b.object(t.Fields)
			if t.Decl != nil {
				s.Description = t.Decl.Doc
			}
			return s
		})
	case *dsl.GoType:
		return b.goType(t)
	case *dsl.Handle, *dsl.Outcome, *dsl.ItemOutcome, *dsl.FailureType: // are never in JSON
	}
	return &Schema{}
}

// What of a text a pattern can say. A format alone would not be asserted by all validators.
const (
	base64Pattern   = `^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`
	timePattern     = `^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$`
	durationPattern = `^[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$`
)

func basic(t dsl.Basic) *Schema {
	switch t {
	case dsl.String:
		return &Schema{Type: "string"}
	case dsl.Int:
		return &Schema{Type: "integer", Minimum: "-9223372036854775808", Maximum: "9223372036854775807"}
	case dsl.Float:
		return &Schema{Type: "number"}
	case dsl.Bool:
		return &Schema{Type: "boolean"}
	case dsl.Bytes:
		return &Schema{Type: "string", Pattern: base64Pattern, ContentEncoding: "base64"}
	case dsl.Time:
		return &Schema{Type: "string", Format: "date-time", Pattern: timePattern}
	case dsl.Duration:
		return &Schema{Type: "string", Description: "such as 1h30m0s", Pattern: durationPattern}
	}
	return &Schema{} // json
}

func orNull(s *Schema) *Schema {
	if s.Ref == "" && s.Type == "" && s.AnyOf == nil {
		return s // which null is, too
	}
	return &Schema{AnyOf: []*Schema{s, {Type: "null"}}}
}

// object is the schema of an object with the given fields.
func (b *builder) object(fields []*dsl.FieldEntry) *Schema {
	s := &Schema{Type: "object"}
	for _, f := range fields {
		of := b.of(f.Type)
		_, optional := f.Type.(*dsl.Optional)
		switch {
		case f.Default != nil:
			if !optional {
				of = orNull(of)
			}
			of = described(of, f.Doc)
			of.Default = json.RawMessage(f.DefaultJSON())
		default:
			of = described(of, f.Doc)
			if !optional {
				s.Required = append(s.Required, f.JSON)
			}
		}
		s.Properties.add(f.JSON, of)
	}
	return s
}

// described gives a schema with a description; what it says besides stays.
func described(s *Schema, doc string) *Schema {
	own := *s
	if doc != "" {
		own.Description = doc
	}
	return &own
}

// goType is the schema of an existing Go type, which reads what is missing or null in it as the
// zero value. What its methods and the sizes of its numbers ask for is not known here.
func (b *builder) goType(t *dsl.GoType) *Schema {
	if t.Opaque() {
		return &Schema{Description: "what the Go type " + t.Package + "." + t.GoName + " reads"}
	}
	r, ok := t.Under.(*dsl.Record)
	if !ok {
		return b.goPart(t.Under)
	}
	name := t.Name
	if t.Decl == nil {
		name = path.Base(t.Package) + "." + t.GoName
	}
	return b.named(t, name, func() *Schema {
		s := &Schema{Type: "object"}
		if t.Decl != nil {
			s.Description = t.Decl.Doc
		}
		for _, f := range r.Fields {
			s.Properties.add(f.JSON, described(orNull(b.goPart(f.OnWire())), f.Doc))
		}
		return s
	})
}

// goPart is the schema of a value in a Go type, whose elements may be null.
func (b *builder) goPart(t dsl.Type) *Schema {
	switch t := t.(type) {
	case *dsl.Optional:
		return orNull(b.goPart(t.Elem))
	case *dsl.List:
		return &Schema{Type: "array", Items: orNull(b.goPart(t.Elem))}
	case *dsl.Map:
		return &Schema{Type: "object", Additional: orNull(b.goPart(t.Elem))}
	default:
		return b.of(t)
	}
}

// named refers to the schema of a type with a name, and makes it if this is the first time.
func (b *builder) named(t dsl.Type, name string, make func() *Schema) *Schema {
	if known, ok := b.names[t]; ok {
		return &Schema{Ref: b.prefix + known}
	}
	name = b.free(name)
	b.names[t] = name
	at := len(b.defs)
	b.defs.add(name, nil) // before what it refers to
	b.defs[at].value = make()
	return &Schema{Ref: b.prefix + name}
}

// free gives a name that is not taken, of the letters that the names of schemas have.
func (b *builder) free(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '_'
	}, name)
	out := name
	for i := 2; b.taken[out]; i++ {
		out = name + "_" + strconv.Itoa(i)
	}
	b.taken[out] = true
	return out
}
