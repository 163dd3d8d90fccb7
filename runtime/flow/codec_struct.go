package flow

import (
	"reflect"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/jsonscan"
)

// field is a field of a struct, as JSON knows it.
type field struct {
	name     string
	key      []byte // the name as it is written, with quotes and colon
	index    []int
	codec    *codec
	optional bool // may be missing
	// absent is the JSON that stands for a missing one; empty if none does.
	absent string
	omit   bool // is left out when it is the zero value
	depth  int
	tagged bool
}

// structFields gives the fields of a struct by the rules of encoding/json. It
// reports false for structs whose tags ask for more than names and omission.
func structFields(k kind) ([]field, bool) {
	var all []field
	ok := true
	var walk func(t reflect.Type, index []int, seen []reflect.Type)
	walk = func(t reflect.Type, index []int, seen []reflect.Type) {
		if slices.Contains(seen, t) {
			return
		}
		seen = append(seen, t)
		for i := range t.NumField() {
			sf := t.Field(i)
			tag, tagged := sf.Tag.Lookup("json")
			name, options, _ := strings.Cut(tag, ",")
			if tag == "-" {
				continue
			}
			path := append(slices.Clone(index), i)
			if sf.Anonymous && name == "" {
				embedded := sf.Type
				if embedded.Kind() == reflect.Pointer {
					ok = false // who allocates it is a matter of encoding/json
					continue
				}
				if embedded.Kind() == reflect.Struct && embedded != timeType && !implements(embedded, marshaler) {
					walk(embedded, path, seen)
					continue
				}
			}
			if !sf.IsExported() {
				continue
			}
			if name == "" {
				name = sf.Name
			}
			f := field{name: name, index: path, depth: len(path), tagged: tagged && tag[:1] != ","}
			f.key = append(jsonscan.AppendText(nil, name), ':')
			for _, option := range strings.Split(options, ",") {
				switch option {
				case "omitempty", "omitzero":
					f.omit = true
				case "string":
					ok = false
				}
			}
			f.absent = sf.Tag.Get("absent")
			f.optional = f.omit || sf.Type.Kind() == reflect.Pointer
			all = append(all, f)
		}
	}
	walk(k.Type, nil, nil)
	if !ok {
		return nil, false
	}
	out := dominant(all)
	for i := range out {
		out[i].codec = codecOf(k.FieldByIndex(out[i].index).Type, k.lenient)
	}
	return out, true
}

// dominant drops fields that others of the same name hide.
func dominant(all []field) []field {
	byName := map[string][]field{}
	for _, f := range all {
		byName[f.name] = append(byName[f.name], f)
	}
	var out []field
	for _, f := range all {
		rivals := byName[f.name]
		wins := true
		for _, r := range rivals {
			if slices.Equal(r.index, f.index) {
				continue
			}
			if r.depth < f.depth || r.depth == f.depth && (r.tagged || !f.tagged) {
				wins = false
			}
		}
		if wins {
			out = append(out, f)
		}
	}
	return out
}

func structCodec(fields []field, lenient bool) *codec {
	byName := make(map[string]int, len(fields))
	for i, f := range fields {
		byName[f.name] = i
	}
	return &codec{
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			b = append(b, '{')
			first := true
			for i := range fields {
				f := &fields[i]
				fv := at(v, f.index)
				if f.omit && empty(fv) {
					continue
				}
				if !first {
					b = append(b, ',')
				}
				first = false
				b = append(b, f.key...)
				var err error
				if b, err = f.codec.encode(b, fv); err != nil {
					return nil, within(f.name, err)
				}
			}
			return append(b, '}'), nil
		},
		decode: func(s *jsonscan.Scanner, v reflect.Value) error {
			if s.Next() != '{' {
				return wanted("an object", s)
			}
			v.SetZero()
			var small [32]bool
			seen := small[:]
			if len(fields) > len(seen) {
				seen = make([]bool, len(fields))
			}
			err := s.Object(func(name string) error {
				i, ok := byName[name]
				if !ok && lenient { // as encoding/json does
					i = slices.IndexFunc(fields, func(f field) bool { return strings.EqualFold(f.name, name) })
					ok = i >= 0
				}
				if !ok {
					_, err := s.Skip()
					return err
				}
				f := &fields[i]
				if f.omit && s.Null() { // none, of a Go type that has no pointer there
					return nil
				}
				if seen[i] {
					return problem("field %q is given twice", name)
				}
				seen[i] = true
				if f.absent != "" && s.Null() {
					return f.setDefault(at(v, f.index))
				}
				if err := f.codec.decode(s, at(v, f.index)); err != nil {
					return within(name, err)
				}
				return nil
			})
			if err != nil {
				return err
			}
			for i := range fields {
				f := &fields[i]
				switch {
				case seen[i]:
				case f.absent != "":
					if err := f.setDefault(at(v, f.index)); err != nil {
						return within(f.name, err)
					}
				case !f.optional && !lenient:
					return problem("field %q is missing", f.name)
				}
			}
			return nil
		},
	}
}

// setDefault gives a field the value that the .flow file says for where it is left out.
func (f *field) setDefault(v reflect.Value) error {
	s, err := jsonscan.New(f.absent)
	if err != nil {
		return err
	}
	return f.codec.decode(s, v)
}

func at(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		v = v.Field(i)
	}
	return v
}

// empty is encoding/json's idea of what omitempty leaves out, and of zero times.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return v.Len() == 0
	}
	return v.IsZero()
}
