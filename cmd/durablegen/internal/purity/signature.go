package purity

import (
	"go/types"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Misfit compares a Go function with its declaration in a .flow file. It gives the
// signature that the function should have, "" if it fits. The compiler would speak
// of a line of generated code.
func Misfit(fn *types.Func, decl *dsl.FuncDecl) string {
	sig := fn.Signature()
	fit := !sig.Variadic() && sig.Params().Len() == len(decl.Params) && sig.Results().Len() == 1 &&
		fits(sig.Results().At(0).Type(), decl.ResultType)
	params := make([]string, len(decl.Params))
	for i, p := range decl.Params {
		params[i] = p.Name.Text + " " + goText(p.Var.Type)
		fit = fit && (takesMore(sig.Params().At(i).Type()) || fits(sig.Params().At(i).Type(), p.Var.Type))
	}
	if fit {
		return ""
	}
	return "func " + fn.Name() + "(" + strings.Join(params, ", ") + ") " + goText(decl.ResultType)
}

// takesMore reports whether a parameter takes values of other types than its own;
// the compiler knows whether it takes the one that it gets.
func takesMore(t types.Type) bool { return types.IsInterface(t) }

// fits reports whether a Go type is the one that generated code has for a type of
// the language. Where that is not told by the type alone, it fits.
func fits(t types.Type, want dsl.Type) bool {
	t = types.Unalias(t)
	if t == types.Typ[types.Invalid] {
		return true // the compiler has said so
	}
	switch want := want.(type) {
	case dsl.Basic:
		return types.TypeString(t, (*types.Package).Name) == goText(want)
	case *dsl.List:
		list, ok := t.(*types.Slice)
		return ok && fits(list.Elem(), want.Elem)
	case *dsl.Map:
		m, ok := t.(*types.Map)
		return ok && fits(m.Key(), want.Key) && fits(m.Elem(), want.Elem)
	case *dsl.Optional:
		p, ok := t.(*types.Pointer)
		return ok && fits(p.Elem(), want.Elem)
	case *dsl.Record:
		return isNamed(t, want.Name)
	case *dsl.Enum:
		return isNamed(t, want.Name)
	case *dsl.ErrorType:
		p, ok := t.(*types.Pointer)
		return ok && isNamed(types.Unalias(p.Elem()), "")
	case *dsl.GoType: // the compiler compares them where generated code calls the func
	case *dsl.Handle, *dsl.Outcome, *dsl.ItemOutcome, *dsl.FailureType: // are no parameters of a func
	}
	return true
}

// isNamed reports whether a type has the name that a declaration gets in Go, which
// differs in its capitals at most.
func isNamed(t types.Type, name string) bool {
	named, ok := t.(*types.Named)
	return ok && (name == "" || strings.EqualFold(strings.ReplaceAll(named.Obj().Name(), "_", ""), strings.ReplaceAll(name, "_", "")))
}

// goText gives the Go type of a type of the language, as it is written in the
// user's package.
func goText(t dsl.Type) string {
	switch t := t.(type) {
	case dsl.Basic:
		switch t {
		case dsl.Float:
			return "float64"
		case dsl.Bytes:
			return "[]byte"
		case dsl.Time:
			return "time.Time"
		case dsl.Duration:
			return "flow.Duration"
		case dsl.JSON:
			return "flow.JSON"
		}
		return t.String()
	case *dsl.List:
		return "[]" + goText(t.Elem)
	case *dsl.Map:
		return "map[" + goText(t.Key) + "]" + goText(t.Elem)
	case *dsl.Optional:
		return "*" + goText(t.Elem)
	case *dsl.ErrorType:
		return "*" + t.Name
	case *dsl.GoType:
		return types.TypeString(t.Go, (*types.Package).Name)
	default: // has the name of its declaration
	}
	return t.String()
}
