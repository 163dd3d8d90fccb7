package dsl

import (
	"fmt"
	"reflect"
	"strings"
)

// dump writes a tree as indented text: a node a line, with its type, its text in
// the source and what it says of itself; lists and children below.
func dump(f *File) string { return (&dumper{src: f.Source}).dump(f) }

func (d *dumper) dump(f *File) string {
	fmt.Fprintf(&d.b, "File version %d", f.Version)
	if f.Package != nil && !d.bare {
		fmt.Fprintf(&d.b, " package %s", d.excerpt(f.Package.Span))
	}
	if f.Doc != "" {
		fmt.Fprintf(&d.b, " doc %q", f.Doc)
	}
	d.b.WriteByte('\n')
	for _, im := range f.Imports {
		d.value("Import", reflect.ValueOf(im), 1)
	}
	for _, decl := range f.Decls {
		d.value("", reflect.ValueOf(decl), 1)
	}
	for _, defaults := range f.Defaults {
		d.value("", reflect.ValueOf(defaults), 1)
	}
	return d.b.String()
}

type dumper struct {
	src  *Source
	bare bool // without the text of nodes
	b    strings.Builder
}

func (d *dumper) excerpt(s Span) string {
	if d.bare {
		return ""
	}
	if s.Start == NoPos {
		return "nowhere"
	}
	from, to := d.src.Offset(s.Start), d.src.Offset(s.End)
	if from < 0 || to > len(d.src.Text) || from > to {
		return fmt.Sprintf("BAD SPAN %d:%d", from, to)
	}
	text := strings.Join(strings.Fields(string(d.src.Text[from:to])), " ")
	if len(text) > 50 {
		text = text[:24] + " … " + text[len(text)-23:]
	}
	return "`" + strings.ToValidUTF8(text, "?") + "`"
}

var spanType = reflect.TypeFor[Span]()

func (d *dumper) value(label string, v reflect.Value, depth int) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if label != "" {
		label += ": "
	}
	indent := strings.Repeat("  ", depth)
	switch v.Kind() {
	case reflect.Invalid:
		return
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(*Name); ok {
			if got := d.excerpt(n.Span); !d.bare && got != "`"+n.Text+"`" {
				fmt.Fprintf(&d.b, "%s%sName %q at %s\n", indent, label, n.Text, got)
			} else {
				fmt.Fprintf(&d.b, "%s%s%s\n", indent, label, n.Text)
			}
			return
		}
		v = v.Elem()
		fallthrough
	case reflect.Struct:
		fmt.Fprintf(&d.b, "%s%s%s", indent, label, v.Type().Name())
		span, flat, deep := d.members(v)
		if span.Start != NoPos {
			fmt.Fprintf(&d.b, " %s", d.excerpt(span))
		}
		fmt.Fprintf(&d.b, "%s\n", strings.Join(flat, ""))
		for _, m := range deep {
			d.value(m.name, m.v, depth+1)
		}
	case reflect.Slice:
		for i := range v.Len() {
			d.value(strings.TrimSuffix(label, ": "), v.Index(i), depth)
		}
	}
}

type member struct {
	name string
	v    reflect.Value
}

// members gives a struct's span, its plain members as text, and the others;
// embedded structs count as part of it.
func (d *dumper) members(v reflect.Value) (span Span, flat []string, deep []member) {
	for i := range v.NumField() {
		f, ft := v.Field(i), v.Type().Field(i)
		switch {
		case ft.Anonymous && f.Type() == spanType:
			span = f.Interface().(Span)
		case ft.Anonymous:
			s, fl, dp := d.members(f)
			if s.Start != NoPos {
				span = s
			}
			flat, deep = append(flat, fl...), append(deep, dp...)
		case f.IsZero() || !ft.IsExported():
		case f.Type() == spanType:
			if ft.Name != "OpSpan" && ft.Name != "PathSpan" && ft.Name != "Keyword" {
				flat = append(flat, fmt.Sprintf(" %s=%s", ft.Name, d.excerpt(f.Interface().(Span))))
			}
		case f.Kind() == reflect.String || f.Kind() == reflect.Bool || f.Kind() == reflect.Int:
			flat = append(flat, fmt.Sprintf(" %s=%q", ft.Name, fmt.Sprint(f.Interface())))
		case f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[Value]() && f.Type() != reflect.TypeFor[Policy]() && f.Type() != reflect.TypeFor[MapEntry]():
			deep = append(deep, member{ft.Name, f})
		case f.Type() == reflect.TypeFor[Value]() || f.Type() == reflect.TypeFor[Policy]():
			s, fl, dp := d.members(f)
			_ = s
			flat = append(flat, fl...)
			deep = append(deep, dp...)
		default:
			deep = append(deep, member{ft.Name, f})
		}
	}
	return span, flat, deep
}
