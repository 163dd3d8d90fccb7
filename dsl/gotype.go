package dsl

import (
	"errors"
	"fmt"
	"go/constant"
	"go/types"
	"reflect"
	"strings"
)

// How a Go type looks in the language, and how it looks in JSON, by the rules of
// encoding/json. What JSON can't carry, or loses on the way, is refused with a reason.
// What it carries but the language has no type for is `json` in a field, which can be
// read, and a value that can only be handed on where it has a name of its own.

// goForm is what a Go type is in the language.
type goForm struct {
	Type Type
	// other: Go code has another type where the language has this one, so that
	// values are converted where they are read.
	other bool
	wire  Type // in JSON; nil if as Type is
}

// freeForm is the form of what has no type in the language.
var freeForm = goForm{Type: JSON, other: true}

// errInvalid is why a type can't be used whose package has mistakes.
var errInvalid = errors.New("of a type that can't be found")

// basicOfGo is the built-in type that a Go type is, or None.
func basicOfGo(t types.Type) Basic {
	switch t := t.(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.String:
			return String
		case types.Int:
			return Int
		case types.Float64:
			return Float
		case types.Bool:
			return Bool
		}
	case *types.Slice:
		if b, ok := types.Unalias(t.Elem()).(*types.Basic); ok && b.Kind() == types.Byte {
			return Bytes
		}
	case *types.Named:
		switch qualifiedName(t) {
		case "time.Time":
			return Time
		case "time.Duration":
			return Duration
		}
	}
	return None
}

func qualifiedName(t *types.Named) string {
	if t.Obj().Pkg() == nil {
		return t.Obj().Name()
	}
	return t.Obj().Pkg().Path() + "." + t.Obj().Name()
}

// declared reads the type that a declaration names.
func (r *goReader) declared(g *GoType) error {
	f, err := r.under(g.Go)
	switch {
	case err != nil:
		return err
	case f.other:
		f.Type = opaque(g.Go)
	}
	g.Under = f.Type
	g.Values = constants(g.Go)
	return nil
}

// opaque is the type of values that can be carried, not looked into.
func opaque(t types.Type) *Record { return &Record{Name: shortName(t)} }

// shortName is what Go code calls a type.
func shortName(t types.Type) string { return types.TypeString(t, (*types.Package).Name) }

// typ translates a Go type where it is used, in a field or an element.
func (r *goReader) typ(t types.Type) (goForm, error) {
	t = types.Unalias(t)
	switch b := basicOfGo(t); b {
	case None:
	case Duration:
		return goForm{Type: Duration, other: true, wire: Int}, nil
	default:
		return goForm{Type: b}, nil
	}
	switch u := t.(type) {
	case *types.Pointer:
		return r.pointer(u)
	case *types.Named:
		return r.named(u)
	case *types.Basic:
		return r.enter(&GoType{Name: u.Name(), GoName: u.Name(), Go: u})
	case *types.Struct:
		f, err := r.under(u)
		if err != nil {
			err = fmt.Errorf("a struct whose %w", err)
		}
		return f, err
	}
	return r.under(t)
}

// pointer translates a pointer, which JSON has null for.
func (r *goReader) pointer(p *types.Pointer) (goForm, error) {
	f, err := r.typ(p.Elem())
	if _, twice := f.Type.(*Optional); err != nil || f.Type == JSON || twice {
		return freeForm, err
	}
	f.Type = optional(f.Type)
	if f.wire != nil {
		f.wire = optional(f.wire)
	}
	return f, nil
}

func (r *goReader) named(t *types.Named) (goForm, error) {
	switch name := qualifiedName(t); {
	case name == "encoding/json.RawMessage", name == "encoding/json.Number":
		return freeForm, nil
	case t.Obj().Pkg() == nil: // error, comparable
		return goForm{}, fmt.Errorf("an `%s`, an interface with methods: JSON does not tell what to decode", name)
	case !t.Obj().Exported():
		_, err := r.under(t) // which nobody else can name
		return freeForm, err
	}
	return r.enter(&GoType{Name: shortName(t), Package: t.Obj().Pkg().Path(), GoName: t.Obj().Name(), Go: t})
}

// enter reads what a Go type is made of, unless that is known already.
func (r *goReader) enter(g *GoType) (goForm, error) {
	key := types.TypeString(g.Go, nil)
	if known := r.known[key]; known != nil {
		return goForm{Type: known}, nil
	}
	r.known[key] = g // before its fields: a type may contain itself
	f, err := r.under(g.Go)
	switch {
	case err != nil:
		delete(r.known, key)
		if g.Package != "" {
			err = fmt.Errorf("`%s`: %w", g.Name, err)
		}
		return goForm{}, err
	case f.other:
		delete(r.known, key)
		g.Under = opaque(g.Go) // where it was met inside of itself
		return f, nil
	}
	g.Under = f.Type
	g.Values = constants(g.Go)
	return goForm{Type: g}, nil
}

// maxGoDepth bounds how deep Go types are looked into.
const maxGoDepth = 200

// under translates what a Go type is made of.
func (r *goReader) under(t types.Type) (goForm, error) {
	if r.depth++; r.depth > maxGoDepth {
		return goForm{}, errors.New("it is nested too deeply")
	}
	defer func() { r.depth-- }()
	if own, err := writesItself(t); own || err != nil {
		return goForm{Type: opaque(t)}, err // its JSON is its own affair
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return basicForm(u)
	case *types.Slice:
		if b, ok := types.Unalias(u.Elem()).(*types.Basic); ok && b.Kind() == types.Byte {
			return goForm{Type: Bytes}, nil
		}
		elem, err := r.typ(u.Elem())
		return composite(elem, "a list", err, func() Type { return &List{Elem: elem.Type} })
	case *types.Array:
		_, err := r.typ(u.Elem())
		return composite(freeForm, "an array", err, nil)
	case *types.Map:
		return r.mapForm(u)
	case *types.Struct:
		return r.structure(t, u)
	case *types.Pointer:
		_, err := r.pointer(u)
		return freeForm, err
	case *types.Interface:
		if u.Empty() {
			return freeForm, nil
		}
		return goForm{}, errors.New("an interface with methods: JSON does not tell what to decode")
	case *types.Chan:
		return goForm{}, errors.New("a channel, which JSON can't carry")
	case *types.Signature:
		return goForm{}, errors.New("a function, which JSON can't carry")
	}
	return goForm{}, fmt.Errorf("a `%s`, which JSON can't carry", t)
}

func basicForm(t *types.Basic) (goForm, error) {
	info := t.Info()
	switch {
	case t.Kind() == types.Invalid:
		return goForm{}, errInvalid
	case info&types.IsString != 0:
		return goForm{Type: String}, nil
	case info&types.IsBoolean != 0:
		return goForm{Type: Bool}, nil
	case info&types.IsInteger != 0 && t.Kind() != types.Uintptr:
		return goForm{Type: Int}, nil
	case info&types.IsFloat != 0:
		return goForm{Type: Float}, nil
	}
	return goForm{}, fmt.Errorf("a `%s`, which JSON can't carry", t.Name())
}

// composite is the form of a list or a map: free if its elements are.
func composite(elem goForm, what string, err error, build func() Type) (goForm, error) {
	switch {
	case err != nil:
		return goForm{}, fmt.Errorf("%s of %w", what, err)
	case elem.other:
		return freeForm, nil
	}
	return goForm{Type: build()}, nil
}

func (r *goReader) mapForm(m *types.Map) (goForm, error) {
	elem, err := r.typ(m.Elem())
	if err != nil {
		return composite(elem, "a map", err, nil)
	}
	if key, err := r.typ(m.Key()); err == nil && isMapKey(key.Type) {
		return composite(elem, "a map", nil, func() Type { return &Map{Key: key.Type, Elem: elem.Type} })
	}
	key, _ := m.Key().Underlying().(*types.Basic)
	if own, err := writesItself(types.Unalias(m.Key())); err == nil && own || key != nil && key.Info()&(types.IsInteger|types.IsString) != 0 {
		return freeForm, nil // numbers, for one, are texts in JSON
	}
	return goForm{}, fmt.Errorf("a map with keys of `%s`; only texts are keys in JSON", types.TypeString(m.Key(), nil))
}

// writesItself reports whether a named type writes its JSON by methods of its own. It
// must have those that read it again, too. (One that only reads is written as Go
// writes its fields.)
func writesItself(t types.Type) (bool, error) {
	if _, ok := t.(*types.Named); !ok || types.IsInterface(t) {
		return false, nil
	}
	methods := types.NewMethodSet(types.NewPointer(t))
	has := func(name string) bool {
		m := methods.Lookup(nil, name)
		return m != nil && m.Type().(*types.Signature).Params().Len() == strings.Count(name, "Unmarshal")
	}
	switch {
	case has("MarshalJSON") && !has("UnmarshalJSON"):
		return false, errors.New("it has `MarshalJSON` but no `UnmarshalJSON`, so that what it writes can't be read again")
	case has("MarshalText") && !has("UnmarshalText") && !has("UnmarshalJSON"):
		return false, errors.New("it has `MarshalText` but no `UnmarshalText`, so that what it writes can't be read again")
	}
	for _, name := range []string{"MarshalJSON", "MarshalText"} {
		if !has(name) {
			continue
		}
		s, _ := t.Underlying().(*types.Struct)
		if path := methods.Lookup(nil, name).Index(); s != nil && len(path) > 1 && s.NumFields() > 1 {
			return false, fmt.Errorf("it has `%s` from `%s` that it embeds, so that JSON keeps nothing of its other fields", name, s.Field(path[0]).Name())
		}
		return true, nil
	}
	return false, nil
}

// goField is a field of a struct or of one embedded in it, at its depth.
type goField struct {
	entry  *FieldEntry
	depth  int
	tagged bool
}

// structure translates a struct by the rules of encoding/json: fields of embedded
// structs count as its own unless a shallower field has their name.
func (r *goReader) structure(t types.Type, s *types.Struct) (goForm, error) {
	fields := goFields{byJSON: map[string][]goField{}}
	if err := r.collectFields(s, 0, map[types.Type]bool{t: true}, &fields); err != nil {
		return goForm{}, err
	}
	record := &Record{Name: shortName(t)}
	for _, name := range fields.order {
		f, err := dominant(fields.byJSON[name])
		if err != nil {
			return goForm{}, err
		}
		record.Fields = append(record.Fields, f)
	}
	_, hasName := t.(*types.Named)
	switch {
	case len(record.Fields) == 0 && s.NumFields() > 0 && !fields.hidden:
		return goForm{}, errors.New("a struct without exported fields, of which JSON keeps nothing")
	case !hasName || fields.hidden && len(record.Fields) == 0:
		return freeForm, nil
	}
	return goForm{Type: record}, nil
}

// goFields collects the fields that a struct has in JSON.
type goFields struct {
	byJSON map[string][]goField
	order  []string
	hidden bool // JSON has more of them: those behind embedded pointers, which may be nil
}

func (r *goReader) collectFields(s *types.Struct, depth int, seen map[types.Type]bool, out *goFields) error {
	if depth > maxGoDepth {
		return errors.New("it is nested too deeply")
	}
	for i := range s.NumFields() {
		f := s.Field(i)
		tag := reflect.StructTag(s.Tag(i)).Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if tag == "-" {
			continue
		}
		ft := types.Unalias(f.Type())
		if f.Embedded() && name == "" {
			if p, ok := ft.(*types.Pointer); ok {
				if _, err := r.typ(p.Elem()); err != nil {
					return fmt.Errorf("field `%s` is %w", f.Name(), err)
				}
				if !f.Exported() {
					return fmt.Errorf("field `%s` is a pointer to a struct that is not exported and embedded, which can't be read from JSON", f.Name())
				}
				out.hidden = true
				continue
			}
			if inner, ok := ft.Underlying().(*types.Struct); ok && basicOfGo(ft) == None {
				if own, _ := writesItself(ft); !own {
					if seen[ft] {
						continue
					}
					seen[ft] = true
					if err := r.collectFields(inner, depth+1, seen, out); err != nil {
						return err
					}
					continue
				}
			}
		}
		if !f.Exported() {
			continue
		}
		if name == "" {
			name = f.Name()
		}
		entry, err := r.field(f, name, strings.Contains(","+options+",", ",string,"))
		if err != nil {
			return err
		}
		entry.Promoted = depth > 0
		if out.byJSON[name] == nil {
			out.order = append(out.order, name)
		}
		out.byJSON[name] = append(out.byJSON[name], goField{entry, depth, tag != "" && tag[0] != ','})
	}
	return nil
}

// field translates one field. One that asks for its value as text has it so in JSON
// alone.
func (r *goReader) field(f *types.Var, name string, asText bool) (*FieldEntry, error) {
	ft, err := r.typ(f.Type())
	if err != nil {
		return nil, fmt.Errorf("field `%s` is %w", f.Name(), err)
	}
	entry := &FieldEntry{Name: f.Name(), JSON: name, GoName: f.Name(), Type: ft.Type, Wire: ft.wire}
	if ft.other {
		entry.Go = f.Type()
	}
	if b, ok := underlying(present(ft.Type)).(Basic); ok && asText && b != JSON && b != Time && b != Bytes {
		entry.Wire = String
		if _, isOptional := ft.Type.(*Optional); isOptional {
			entry.Wire = optional(String)
		}
	}
	return entry, nil
}

// dominant picks the field that has a JSON name, as encoding/json does: the
// shallowest, of those a tagged one. If that leaves several JSON has none of them.
func dominant(fields []goField) (*FieldEntry, error) {
	best := fields[0]
	var rival *FieldEntry
	for _, f := range fields[1:] {
		switch {
		case f.depth < best.depth, f.depth == best.depth && f.tagged && !best.tagged:
			best, rival = f, nil
		case f.depth == best.depth && f.tagged == best.tagged:
			rival = f.entry
		}
	}
	if rival != nil {
		return nil, fmt.Errorf("fields `%s` and `%s` have the same name in JSON, which leaves both out", best.entry.Name, rival.Name)
	}
	return best.entry, nil
}

// constants are the exported constants of a named type: its values.
func constants(t types.Type) []*EnumValue {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return nil
	}
	if _, ok := named.Underlying().(*types.Basic); !ok {
		return nil
	}
	var values []*EnumValue
	scope := named.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		obj, ok := scope.Lookup(name).(*types.Const)
		if !ok || !obj.Exported() || !types.Identical(obj.Type(), t) {
			continue
		}
		text := obj.Val().ExactString()
		if obj.Val().Kind() == constant.String {
			text = constant.StringVal(obj.Val())
		}
		values = append(values, &EnumValue{Name: name, JSON: text, Value: obj.Val()})
	}
	return values
}
