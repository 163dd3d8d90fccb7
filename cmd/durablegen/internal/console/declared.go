package console

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// declared writes types as a .flow file declares them, the outermost first.
type declared struct {
	sources *dsl.SourceSet
	seen    map[string]bool
	texts   []string
}

func (d *declared) add(t dsl.Type) {
	switch t := t.(type) {
	case *dsl.Optional:
		d.add(t.Elem)
	case *dsl.List:
		d.add(t.Elem)
	case *dsl.Map:
		d.add(t.Key)
		d.add(t.Elem)
	case *dsl.Enum:
		if d.first(t.Name) {
			d.enum(t)
		}
	case *dsl.Record:
		if t.Decl != nil && d.first(t.Name) {
			d.text(t.Decl.Span)
			d.fields(t.Fields)
		}
	case *dsl.GoType:
		if d.first(t.Name) {
			d.goType(t)
		}
	default: // is declared nowhere
	}
}

func (d *declared) first(name string) bool {
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	before := d.seen[name]
	d.seen[name] = true
	return !before
}

// text adds what a file says at a place.
func (d *declared) text(at dsl.Span) {
	src := d.sources.Source(at.Start)
	d.texts = append(d.texts, string(src.Text[src.Offset(at.Start):src.Offset(at.End)]))
}

func (d *declared) enum(t *dsl.Enum) {
	if t.Decl != nil {
		d.text(t.Decl.Span)
		return
	}
	var names []string
	for _, v := range t.Values {
		names = append(names, v.Name)
	}
	d.texts = append(d.texts, "enum "+t.Name+" { "+strings.Join(names, ", ")+" }")
}

func (d *declared) fields(fields []*dsl.FieldEntry) {
	for _, f := range fields {
		d.add(f.OnWire())
	}
}

// goType writes down what a file does not: the fields of a Go type, by their names in JSON.
func (d *declared) goType(t *dsl.GoType) {
	r, ok := t.Under.(*dsl.Record)
	if !ok {
		d.texts = append(d.texts, "type "+t.Name+" = "+t.Under.String())
		d.add(t.Under)
		return
	}
	var b strings.Builder
	b.WriteString("type " + t.Name + " {\n")
	for _, f := range r.Fields {
		fmt.Fprintf(&b, "    %s %s\n", f.JSON, f.OnWire())
	}
	d.texts = append(d.texts, b.String()+"}")
	d.fields(r.Fields)
}
