package changes

import (
	"fmt"

	"github.com/durablegen/durablegen/dsl"
)

// fits reports whether every value of the old type, as it is recorded, is one of the new:
// if not, why.
func fits(old, new dsl.Type) (why string, ok bool) {
	return fitting{}.fits(old, new, "")
}

// fitting is the pairs of named types that are being compared.
type fitting map[[2]dsl.Type]bool

func (f fitting) fits(old, new dsl.Type, at string) (why string, ok bool) {
	say := func(format string, args ...any) (string, bool) {
		why := fmt.Sprintf(format, args...)
		if at != "" {
			why = "`" + at + "`: " + why
		}
		return why, false
	}
	switch {
	case new == nil || old == new || new == dsl.Type(dsl.JSON):
		return "", true
	case old == nil:
		if _, optional := new.(*dsl.Optional); optional {
			return "", true
		}
		return say("there was no value, and `%s` is needed", new)
	}
	if o, optional := old.(*dsl.Optional); optional {
		n, still := new.(*dsl.Optional)
		if !still {
			return say("it may be `none`, and `%s` is needed", new)
		}
		return f.fits(o.Elem, n.Elem, at)
	}
	switch n := new.(type) {
	case *dsl.Optional:
		return f.fits(old, n.Elem, at)
	case *dsl.List:
		if o, list := old.(*dsl.List); list {
			return f.fits(o.Elem, n.Elem, at+"[]")
		}
	case *dsl.Map:
		if o, isMap := old.(*dsl.Map); isMap {
			if why, ok := f.fits(o.Key, n.Key, at+"[]"); !ok {
				return why, false
			}
			return f.fits(o.Elem, n.Elem, at+"[]")
		}
	case *dsl.Record:
		if o, record := old.(*dsl.Record); record {
			return f.named(o, n, o.Fields, n.Fields, at)
		}
	case *dsl.Enum:
		if o, enum := old.(*dsl.Enum); enum {
			known := map[string]bool{}
			for _, v := range n.Values {
				known[v.JSON] = true
			}
			for _, v := range o.Values {
				if !known[v.JSON] {
					return say("`%s` is no `%s` any more", v.Name, n.Name)
				}
			}
			return "", true
		}
	case *dsl.GoType:
		if o, goType := old.(*dsl.GoType); goType && o.Package == n.Package && o.GoName == n.GoName {
			return "", true // what it is, only Go knows
		}
	case dsl.Basic:
		switch o := old.(type) {
		case dsl.Basic:
			if o == n || o == dsl.Int && n == dsl.Float {
				return "", true
			}
		case *dsl.Enum:
			if n == dsl.String {
				return "", true
			}
		default: // is no basic type in JSON
		}
	case *dsl.Handle, *dsl.Outcome, *dsl.ItemOutcome, *dsl.ErrorType, *dsl.FailureType:
		return "", true // are never recorded as a value
	}
	return say("`%s` was recorded, and `%s` is needed", old, new)
}

// named compares the fields of two records or errors.
func (f fitting) named(old, new dsl.Type, had, wants []*dsl.FieldEntry, at string) (why string, ok bool) {
	pair := [2]dsl.Type{old, new}
	if f[pair] {
		return "", true
	}
	f[pair] = true
	if at != "" {
		at += "."
	}
	byName := map[string]*dsl.FieldEntry{}
	for _, field := range had {
		byName[field.JSON] = field
	}
	for _, field := range wants {
		before := byName[field.JSON]
		if before == nil {
			if _, optional := field.Type.(*dsl.Optional); !optional && field.Default == nil {
				return fmt.Sprintf("`%s%s` is not recorded, and is needed", at, field.Name), false
			}
			continue
		}
		if why, ok := f.fits(before.Type, field.Type, at+field.Name); !ok {
			return why, false
		}
	}
	return "", true
}

// fitsError compares the data of an error.
func fitsError(old, new *dsl.ErrorType) (why string, ok bool) {
	if old == nil || new == nil || new.Builtin {
		return "", true
	}
	return fitting{}.named(old, new, old.Fields, new.Fields, "")
}

// event is what a workflow is started with: nothing, the one value, or an object.
func event(params []*dsl.Param) dsl.Type {
	switch len(params) {
	case 0:
		return nil
	case 1:
		if params[0].Var != nil {
			return params[0].Var.Type
		}
		return nil
	}
	r := &dsl.Record{}
	for _, p := range params {
		if p.Var != nil {
			r.Fields = append(r.Fields, &dsl.FieldEntry{Name: p.Name.Text, JSON: p.Name.Text, Type: p.Var.Type})
		}
	}
	return r
}
