package codegen

import (
	"go/constant"
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// builtinFails reports whether a function of the language can fail with arguments
// of these types.
func builtinFails(e *dsl.CallExpr) bool {
	switch e.Builtin {
	case "sum", "abs", "seconds", "minutes", "hours", "days", "time", "duration", "json", "addMonths", "addYears":
		return true
	case "range":
		_, ok := constantRange(e)
		return !ok
	case "round":
		return len(e.Args) == 2
	case "int", "bool":
		return !isBasic(e.Args[0].Type(), dsl.Int) || exceedsInt(e.Args[0].Type())
	case "float":
		return !isBasic(e.Args[0].Type(), dsl.Int) && !isBasic(e.Args[0].Type(), dsl.Float)
	case "string":
		return isJSON(e.Args[0].Type())
	}
	return false
}

// callExpr writes a call of a func or of a function of the language.
func (fn *fn) callExpr(e *dsl.CallExpr) *jen.Statement {
	if e.Decl != nil {
		args := make([]jen.Code, len(e.Args))
		for i, arg := range e.Args {
			want := e.Decl.Params[i].Var.Type
			args[i] = fn.expr(arg, want)
			if e.Decl.InGo() {
				args[i] = fn.handOver(arg, fn.expr(arg, want), want)
			}
		}
		return jen.Id(fn.names.funcs[e.Decl]).Call(args...)
	}
	return fn.builtin(e)
}

// builtin writes a call of a function of the language: Go's own where it does the
// same, else one of runtime/flow.
func (fn *fn) builtin(e *dsl.CallExpr) *jen.Statement {
	args := make([]jen.Code, len(e.Args))
	for i, arg := range e.Args {
		args[i] = fn.bare(arg, arg.Type())
	}
	var first dsl.Type
	if len(e.Args) > 0 {
		first = e.Args[0].Type()
	}
	isText := isBasic(first, dsl.String)
	switch e.Builtin {
	case "len":
		if isText {
			return jen.Qual("unicode/utf8", "RuneCountInString").Call(args...)
		}
		return jen.Id("len").Call(args...)
	case "append":
		l := under(e.Type()).(*dsl.List)
		for i, arg := range e.Args[1:] {
			args[i+1] = fn.expr(arg, l.Elem)
		}
		return jen.Qual(flowPath, "Append").Call(args...)
	case "contains":
		return fn.contains(e, args)
	case "join":
		if elem(first) != dsl.String { // a Go type based on string
			return jen.Qual(flowPath, "Join").Call(args...)
		}
		return jen.Qual("strings", "Join").Call(args...)
	case "split":
		return jen.Qual("strings", "Split").Call(args...)
	case "trim":
		return jen.Qual("strings", "TrimSpace").Call(args...)
	case "lower":
		return jen.Qual("strings", "ToLower").Call(args...)
	case "upper":
		return jen.Qual("strings", "ToUpper").Call(args...)
	case "min", "max":
		return fn.minMax(e, args)
	case "sort":
		return jen.Qual(flowPath, timed("Sort", elem(first))).Call(args...)
	case "first", "last":
		call := jen.Qual(flowPath, exported(e.Builtin)).Call(args...)
		if isOptional(elem(first)) { // an element that is none is as good as no element
			return jen.Qual(flowPath, "Or").Call(call, jen.Nil())
		}
		return call
	case "sum", "keys", "abs":
		return jen.Qual(flowPath, exported(e.Builtin)).Call(args...)
	case "round":
		if len(args) == 1 {
			args = append(args, jen.Lit(0))
		}
		return jen.Qual(flowPath, "Round").Call(args...)
	case "startsWith":
		return jen.Qual("strings", "HasPrefix").Call(args...)
	case "endsWith":
		return jen.Qual("strings", "HasSuffix").Call(args...)
	case "replace":
		return jen.Qual("strings", "ReplaceAll").Call(args...)
	case "range":
		if len(args) == 1 {
			args = []jen.Code{jen.Lit(0), args[0]}
		}
		return jen.Qual(flowPath, "Range").Call(args...)
	case "flatten":
		return jen.Qual("slices", "Concat").Call(jen.Add(args[0]).Op("..."))
	case "delete":
		args[1] = fn.expr(e.Args[1], under(first).(*dsl.Map).Key)
		return jen.Qual(flowPath, "Without").Call(args...)
	case "time", "duration":
		return fn.conversion(e, args[0])
	case "json":
		return jen.Qual(flowPath, "JSONOf").Call(args...)
	case "addMonths", "addYears", "startOfDay", "weekday":
		return jen.Qual(flowPath, exported(e.Builtin)).Call(args...)
	case "string", "int", "float", "bool":
		return fn.conversion(e, args[0])
	case "seconds", "minutes", "hours", "days":
		return jen.Qual(flowPath, exported(e.Builtin)).Call(args...)
	}
	panic("unknown function of the language: " + e.Builtin)
}

// constantRange gives the length of `range(5)`, if that is constant and not too long.
func constantRange(e *dsl.CallExpr) (int64, bool) {
	if len(e.Args) != 1 || e.Args[0].Const() == nil {
		return 0, false
	}
	n, ok := constant.Int64Val(e.Args[0].Const())
	return max(n, 0), ok && n <= 1_000_000
}

func elem(t dsl.Type) dsl.Type {
	if l, ok := under(t).(*dsl.List); ok {
		return l.Elem
	}
	return nil
}

// timed gives the name of a helper, which is another one for times: Go does not
// order them by <.
func timed(name string, t dsl.Type) string {
	if t != nil && isBasic(t, dsl.Time) {
		return name + "Times"
	}
	return name
}

func (fn *fn) contains(e *dsl.CallExpr, args []jen.Code) *jen.Statement {
	switch t := under(e.Args[0].Type()).(type) {
	case *dsl.List:
		args[1] = fn.expr(e.Args[1], t.Elem)
		if isBasic(t.Elem, dsl.Time) {
			return jen.Qual(flowPath, "ContainsTime").Call(args...)
		}
		return jen.Qual("slices", "Contains").Call(args...)
	case *dsl.Map:
		args[1] = fn.expr(e.Args[1], t.Key)
		return jen.Qual(flowPath, "HasKey").Call(args...)
	default: // a text
	}
	return jen.Qual("strings", "Contains").Call(args...)
}

// minMax writes Go's min and max, or those of a list, which may be empty.
func (fn *fn) minMax(e *dsl.CallExpr, args []jen.Code) *jen.Statement {
	name := map[string]string{"min": "Least", "max": "Greatest"}[e.Builtin]
	if len(args) == 1 {
		return jen.Qual(flowPath, timed(name, elem(e.Args[0].Type()))).Call(args...)
	}
	if isBasic(e.Type(), dsl.Time) {
		times := jen.Index().Qual("time", "Time").Values(args...)
		return jen.Op("*").Qual(flowPath, timed(name, e.Type())).Call(times)
	}
	return jen.Id(e.Builtin).Call(args...)
}

// conversion writes string(x), int(x), float(x) or bool(x).
func (fn *fn) conversion(e *dsl.CallExpr, x jen.Code) *jen.Statement {
	from := e.Args[0].Type()
	switch {
	case from == dsl.JSON:
		return jen.Qual(flowPath, exported(e.Builtin)+"Of").Call(x)
	case e.Builtin == "string":
		return fn.text([]textPart{{hole: jen.Add(x), typ: from}})
	case isBasic(from, dsl.String):
		return jen.Qual(flowPath, "Parse"+exported(e.Builtin)).Call(x)
	case e.Builtin == "float" && isBasic(from, dsl.Float), e.Builtin == "float":
		return jen.Float64().Call(x)
	case isBasic(from, dsl.Float):
		return jen.Qual(flowPath, "Truncate").Call(x)
	}
	return toInt(from, x)
}

// toInt makes an int of a whole number of a Go type.
func toInt(from dsl.Type, x jen.Code) *jen.Statement {
	if exceedsInt(from) {
		return jen.Qual(flowPath, "ToInt").Call(x)
	}
	return jen.Int().Call(x)
}

// exceedsInt reports whether a Go type has whole numbers that an int has no place for.
func exceedsInt(t dsl.Type) bool {
	g, ok := t.(*dsl.GoType)
	if !ok {
		return false
	}
	b, ok := g.Go.Underlying().(*types.Basic)
	return ok && (b.Kind() == types.Uint || b.Kind() == types.Uint64)
}
