package dsl

import (
	"go/constant"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/jsonscan"
)

// DefaultJSON gives the value of a field where it is left out, as compact JSON; empty if the
// field has no default.
func (f *FieldEntry) DefaultJSON() string {
	if f.Default == nil {
		return ""
	}
	return literalJSON(f.Default, f.Type)
}

// literalJSON gives a literal of a type as JSON.
func literalJSON(e Expr, t Type) string {
	if o, ok := t.(*Optional); ok {
		t = o.Elem // of a list or map
	}
	var parts []string
	switch x := e.(type) {
	case *ParenExpr:
		return literalJSON(x.X, t)
	case *IdentExpr:
		if e.Const() == nil {
			return literalJSON(x.ConstDecl.Value, t)
		}
	case *NoneExpr:
		return "null"
	case *EnumExpr:
		return quoteJSON(x.Member.JSON)
	case *ListExpr:
		for _, elem := range x.Elems {
			parts = append(parts, literalJSON(elem, underlying(t).(*List).Elem))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *MapExpr:
		m := underlying(t).(*Map)
		for _, entry := range x.Entries {
			parts = append(parts, literalJSON(entry.Key, m.Key)+":"+literalJSON(entry.Value, m.Elem))
		}
		return "{" + strings.Join(parts, ",") + "}"
	default: // is a constant
	}
	v := e.Const()
	switch {
	case v.Kind() == constant.String:
		return quoteJSON(constant.StringVal(v))
	case underlying(t) == Duration:
		n, _ := constant.Int64Val(v)
		return quoteJSON(time.Duration(n).String())
	case underlying(t) == Float:
		f, _ := constant.Float64Val(v)
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return v.ExactString()
}

func quoteJSON(s string) string { return string(jsonscan.AppendText(nil, s)) }
