package oracle

import (
	"encoding/json"
	"fmt"
	"go/constant"
	"go/token"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
)

// A value of the language is nil (none), int64, float64, string, bool, time.Time,
// time.Duration, *dsl.EnumValue, []any, map[string]any, *record, *handle or jsonText. Values
// never change.
type record struct {
	fields map[string]any // by name
	err    *failure       // of a caught error: what `fail e` raises again
}

// jsonText is a value of type json.
type jsonText string

// failure is an error of the language.
type failure struct {
	typ    string // the name of its type
	fields map[string]any
	why    string // for people
	// foreign is the type that an unexpected error had on the other side.
	foreign string
}

// name is what an error bears, whatever it is taken for.
func (f *failure) name() string {
	if f.foreign != "" {
		return f.foreign
	}
	return f.typ
}

func unexpected(format string, args ...any) *failure {
	return &failure{typ: "Unexpected", why: fmt.Sprintf(format, args...)}
}

// env holds the variables of a workflow, group or the like.
type env map[*dsl.Var]any

// eval computes an expression. Whatever goes wrong in there is Unexpected.
func (x *interpreter) eval(e dsl.Expr, vars env) (v any, f *failure) {
	defer func() {
		if r := recover(); r != nil {
			raised, ok := r.(*failure)
			if !ok {
				panic(r)
			}
			f = raised
		}
	}()
	return x.value(e, vars), nil
}

func constantOf(e dsl.Expr) any {
	v := e.Const()
	switch e.Type() {
	case dsl.Int:
		n, _ := constant.Int64Val(constant.ToInt(v))
		return n
	case dsl.Duration:
		n, _ := constant.Int64Val(constant.ToInt(v))
		return time.Duration(n)
	case dsl.Float:
		f, _ := constant.Float64Val(constant.ToFloat(v))
		return f
	case dsl.String:
		return constant.StringVal(v)
	case dsl.Bool:
		return constant.BoolVal(v)
	}
	panic(fmt.Sprintf("a constant of type %v", e.Type()))
}

func (x *interpreter) value(e dsl.Expr, vars env) any {
	if e.Const() != nil {
		return constantOf(e)
	}
	switch e := e.(type) {
	case *dsl.ParenExpr:
		return x.value(e.X, vars)
	case *dsl.NoneExpr:
		return nil
	case *dsl.StringExpr:
		var b strings.Builder
		for _, part := range e.Parts {
			b.WriteString(part.Text)
			if part.Hole != nil {
				v := x.value(part.Hole, vars)
				if part.Format != nil {
					b.WriteString(formatted(v, part.Format.Text))
				} else {
					b.WriteString(textOf(v))
				}
			}
		}
		return b.String()
	case *dsl.IdentExpr:
		if e.ConstDecl != nil {
			return x.value(e.ConstDecl.Value, env{})
		}
		v, ok := vars[e.Var]
		if !ok {
			panic("variable " + e.Name + " is read before it has a value")
		}
		return v
	case *dsl.EnumExpr:
		if e.Member.Enum != nil && e.Member.Enum.Text {
			return e.Member.JSON
		}
		return e.Member
	case *dsl.SelectorExpr:
		switch v := x.value(e.X, vars).(type) {
		case *record:
			return v.fields[e.Name.Text]
		case *handle:
			return v.id
		}
		panic("a selector into something else")
	case *dsl.IndexExpr:
		at := x.value(e.X, vars)
		if m, ok := at.(map[string]any); ok {
			return m[x.value(e.Index, vars).(string)]
		}
		list, i := at.([]any), x.value(e.Index, vars).(int64)
		if i < 0 || i >= int64(len(list)) {
			panic(unexpected("index %d of %d", i, len(list)))
		}
		return list[i]
	case *dsl.SliceExpr:
		of := x.value(e.X, vars)
		list, _ := of.([]any)
		text, isText := of.(string)
		if isText {
			for _, r := range text {
				list = append(list, string(r))
			}
		}
		lo, hi := int64(0), int64(len(list))
		if e.Lo != nil {
			lo = x.value(e.Lo, vars).(int64)
		}
		if e.Hi != nil {
			hi = x.value(e.Hi, vars).(int64)
		}
		if lo < 0 || hi < lo || hi > int64(len(list)) {
			panic(unexpected("slice %d to %d of %d", lo, hi, len(list)))
		}
		if isText {
			return builtin("join", []any{list[lo:hi], ""})
		}
		return list[lo:hi]
	case *dsl.RecordExpr:
		r := &record{fields: map[string]any{}}
		for _, f := range e.Fields {
			r.fields[f.Name.Text] = x.value(f.Value, vars)
		}
		if t, ok := e.Type().(*dsl.Record); ok {
			for _, f := range t.Fields {
				if _, given := r.fields[f.Name]; !given && f.Default != nil {
					r.fields[f.Name] = x.value(f.Default, vars)
				}
			}
		}
		return r
	case *dsl.ListExpr:
		list := make([]any, len(e.Elems))
		for i, elem := range e.Elems {
			list[i] = x.value(elem, vars)
		}
		return list
	case *dsl.MapExpr:
		m := map[string]any{}
		for _, entry := range e.Entries {
			k := x.value(entry.Key, vars).(string)
			m[k] = x.value(entry.Value, vars)
		}
		return m
	case *dsl.ConvertExpr:
		text, isJSON := x.value(e.X, vars).(jsonText)
		if !isJSON {
			text = jsonText(canonical(x.value(e.X, vars)))
		}
		v, ok := decode(e.Type(), string(text))
		if !ok {
			panic(unexpected("%v of %s", e.Type(), text))
		}
		return v
	case *dsl.IfExpr:
		if x.value(e.Cond, vars).(bool) {
			return x.value(e.Then, vars)
		}
		return x.value(e.Else, vars)
	case *dsl.CompExpr:
		out := []any{}
		inner := maps.Clone(vars)
		each(x.value(e.List, vars), func(key, elem any) bool {
			if e.IndexVar != nil {
				inner[e.IndexVar] = key
			}
			inner[e.ElemVar] = elem
			if e.Cond == nil || x.value(e.Cond, inner).(bool) {
				out = append(out, x.value(e.Value, inner))
			}
			return true
		})
		return out
	case *dsl.UnaryExpr:
		return unary(e.Op, x.value(e.X, vars))
	case *dsl.BinaryExpr:
		return x.binary(e, vars)
	case *dsl.CallExpr:
		args := make([]any, len(e.Args))
		for i, arg := range e.Args {
			args[i] = x.value(arg, vars)
		}
		if e.Builtin == "json" {
			return jsonText(encode(e.Args[0].Type(), args[0]))
		}
		if e.Decl == nil {
			return builtin(e.Builtin, args)
		}
		if e.Decl.InGo() {
			return score(args[0].(*record), args[1].(int64))
		}
		inner := env{}
		for i, p := range e.Decl.Params {
			inner[p.Var] = args[i]
		}
		if e.Decl.Block != nil {
			out := (&scope{x: x}).block(e.Decl.Block, inner)
			if out.failure != nil {
				panic(out.failure)
			}
			return out.value
		}
		return x.value(e.Decl.Body, inner)
	case *dsl.IntExpr, *dsl.FloatExpr, *dsl.DurationExpr, *dsl.BoolExpr: // are constants, and were taken as such
	case *dsl.BadExpr: // is not in a program without errors
	}
	panic(fmt.Sprintf("expression %T", e))
}

// each walks a list, or a map by its sorted keys.
func each(list any, visit func(key, elem any) bool) {
	switch list := list.(type) {
	case []any:
		for i, elem := range list {
			if !visit(int64(i), elem) {
				return
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(list)) {
			if !visit(k, list[k]) {
				return
			}
		}
	}
}

// score is what the Go function of that name does: see the stage's text.
func score(item *record, n int64) float64 {
	if n == 3 {
		panic(unexpected("a panic in score"))
	}
	return float64(n)*1.5 + float64(len(item.fields["name"].(string)))
}

func unary(op string, v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case float64:
		return -v
	case int64:
		if v == math.MinInt64 {
			panic(unexpected("-(%d)", v))
		}
		return -v
	case time.Duration:
		if v == math.MinInt64 {
			panic(unexpected("-(%d)", v))
		}
		return -v
	}
	panic(op)
}

func (x *interpreter) binary(e *dsl.BinaryExpr, vars env) any {
	a := x.value(e.X, vars)
	switch e.Op {
	case "&&":
		return a.(bool) && x.value(e.Y, vars).(bool)
	case "||":
		return a.(bool) || x.value(e.Y, vars).(bool)
	case "??":
		if a != nil {
			return a
		}
		return x.value(e.Y, vars)
	}
	b := x.value(e.Y, vars)
	switch e.Op {
	case "==":
		return equal(a, b)
	case "!=":
		return !equal(a, b)
	case "<":
		return compare(a, b) < 0
	case "<=":
		return compare(a, b) <= 0
	case ">":
		return compare(a, b) > 0
	case ">=":
		return compare(a, b) >= 0
	}
	return arithmetic(e.Op, a, b)
}

func equal(a, b any) bool {
	if t, ok := a.(time.Time); ok {
		u, ok := b.(time.Time)
		return ok && t.Equal(u)
	}
	switch a.(type) {
	case []any, map[string]any, *record:
		return b == nil && a == nil // only compared with none
	}
	switch b.(type) {
	case []any, map[string]any, *record:
		return false
	}
	return a == b
}

func compare(a, b any) int {
	less := func(less, more bool) int {
		switch {
		case less:
			return -1
		case more:
			return 1
		}
		return 0
	}
	switch a := a.(type) {
	case int64:
		return less(a < b.(int64), a > b.(int64))
	case float64:
		return less(a < b.(float64), a > b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	case time.Duration:
		return less(a < b.(time.Duration), a > b.(time.Duration))
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	panic(fmt.Sprintf("comparison of %T", a))
}

func arithmetic(op string, a, b any) any {
	switch a := a.(type) {
	case string:
		return a + b.(string)
	case []any:
		return slices.Concat([]any{}, a, b.([]any))
	case int64:
		if d, ok := b.(time.Duration); ok {
			return time.Duration(whole(op, a, int64(d)))
		}
		return whole(op, a, b.(int64))
	case float64:
		if d, ok := b.(time.Duration); ok {
			return scaled(float64(d) * a)
		}
		return real(op, a, b.(float64))
	case time.Duration:
		switch b := b.(type) {
		case int64:
			return time.Duration(whole(op, int64(a), b))
		case float64:
			if op == "*" {
				return scaled(float64(a) * b)
			}
			if b == 0 {
				panic(unexpected("division by zero"))
			}
			return scaled(float64(a) / b)
		case time.Duration:
			return time.Duration(whole(op, int64(a), int64(b)))
		case time.Time:
			return moved(b, a)
		}
	case time.Time:
		if t, ok := b.(time.Time); ok {
			d := a.Sub(t)
			if d == math.MaxInt64 || d == math.MinInt64 {
				panic(unexpected("a difference of times"))
			}
			return d
		}
		d := b.(time.Duration)
		if op == "-" {
			if d == math.MinInt64 {
				panic(unexpected("a duration"))
			}
			d = -d
		}
		return moved(a, d)
	}
	panic(fmt.Sprintf("%T %s %T", a, op, b))
}

func moved(t time.Time, d time.Duration) time.Time {
	t = t.Add(d).Truncate(time.Millisecond)
	if t.Year() < 0 || t.Year() > 9999 {
		panic(unexpected("a time in the year %d", t.Year()))
	}
	return t
}

func scaled(ns float64) time.Duration {
	if !(math.Abs(ns) < 1<<63) {
		panic(unexpected("a duration of %v ns", ns))
	}
	return time.Duration(ns)
}

func real(op string, a, b float64) float64 {
	var out float64
	switch op {
	case "+":
		out = a + b
	case "-":
		out = a - b
	case "*":
		out = a * b
	case "/":
		if b == 0 {
			panic(unexpected("division by zero"))
		}
		out = a / b
	default:
		panic(op)
	}
	if math.IsInf(out, 0) || math.IsNaN(out) {
		panic(unexpected("%v %s %v", a, op, b))
	}
	return out
}

// whole computes with ints in 128 bits, or so: by big constants.
func whole(op string, a, b int64) int64 {
	if (op == "/" || op == "%") && b == 0 {
		panic(unexpected("division by zero"))
	}
	x, y := constant.MakeInt64(a), constant.MakeInt64(b)
	var out constant.Value
	switch op {
	case "+":
		out = constant.BinaryOp(x, token.ADD, y)
	case "-":
		out = constant.BinaryOp(x, token.SUB, y)
	case "*":
		out = constant.BinaryOp(x, token.MUL, y)
	case "/":
		if b == -1 { // go/constant divides 64 bits, in which the least has no opposite
			out = constant.UnaryOp(token.SUB, x, 0)
			break
		}
		out = constant.BinaryOp(x, token.QUO_ASSIGN, y)
	case "%":
		out = constant.BinaryOp(x, token.REM, y)
	default:
		panic(op)
	}
	n, exact := constant.Int64Val(out)
	if !exact {
		panic(unexpected("%d %s %d", a, op, b))
	}
	return n
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// formatted is a value in a text with a format.
func formatted(v any, format string) string {
	switch v := v.(type) {
	case int64:
		text := strings.TrimPrefix(strconv.FormatInt(v, 10), "-")
		sign := ""
		if v < 0 {
			sign = "-"
		}
		width, _ := strconv.Atoi(format)
		return sign + strings.Repeat("0", max(0, width-len(sign)-len(text))) + text
	case float64:
		digits, _ := strconv.ParseInt(format[1:], 10, 64)
		return fixed(v, digits)
	}
	return v.(time.Time).UTC().Format(format)
}

// textOf is a value as it stands in a text.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case string:
		return v
	case time.Time:
		return v.UTC().Format(timeLayout)
	case *dsl.EnumValue:
		return v.JSON
	case float64:
		text, _ := json.Marshal(v)
		return string(text)
	}
	return fmt.Sprint(v)
}

// plain gives a value as encoding/json takes it; fields go by their JSON names.
func plain(t dsl.Type, v any) any {
	if v == nil {
		return nil
	}
	switch t := t.(type) {
	case *dsl.Optional:
		return plain(t.Elem, v)
	case *dsl.List:
		out := []any{}
		for _, e := range v.([]any) {
			out = append(out, plain(t.Elem, e))
		}
		return out
	case *dsl.Map:
		out := map[string]any{}
		for k, e := range v.(map[string]any) {
			out[k] = plain(t.Elem, e)
		}
		return out
	case *dsl.Record:
		return plainFields(t.Fields, v.(*record).fields)
	default: // the value says what it is
	}
	switch v := v.(type) {
	case time.Time:
		return textOf(v)
	case time.Duration:
		return v.String()
	case *dsl.EnumValue:
		return v.JSON
	}
	return v
}

func plainFields(list []*dsl.FieldEntry, fields map[string]any) any {
	out := map[string]any{}
	for _, f := range list {
		if v := fields[f.Name]; v != nil {
			out[f.JSON] = plain(f.Type, v)
		}
	}
	return out
}

// encode gives the canonical JSON of a value.
func encode(t dsl.Type, v any) string {
	if t == nil {
		return "null"
	}
	return canonical(plain(t, v))
}

func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return world.Canonical(string(text))
}

// decode makes a value of JSON, or gives nil and false if it does not fit the type.
func decode(t dsl.Type, text string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	return fit(t, v)
}

func fit(t dsl.Type, v any) (any, bool) {
	if o, ok := t.(*dsl.Optional); ok {
		if v == nil {
			return nil, true
		}
		return fit(o.Elem, v)
	}
	switch t := t.(type) {
	case nil:
		return nil, true
	case *dsl.List:
		list, ok := v.([]any)
		out := make([]any, len(list))
		for i := range list {
			var good bool
			out[i], good = fit(t.Elem, list[i])
			ok = ok && good
		}
		return out, ok
	case *dsl.Map:
		m, ok := v.(map[string]any)
		out := map[string]any{}
		for k, e := range m {
			var good bool
			out[k], good = fit(t.Elem, e)
			ok = ok && good
		}
		return out, ok
	case *dsl.Record:
		m, ok := v.(map[string]any)
		out := &record{fields: map[string]any{}}
		for _, f := range t.Fields {
			fv, good := fit(f.Type, m[f.JSON])
			if m[f.JSON] == nil && f.Default != nil {
				fv, good = (&interpreter{}).value(f.Default, env{}), true
			}
			out.fields[f.Name] = fv
			ok = ok && good
		}
		return out, ok
	case *dsl.Enum:
		for _, member := range t.Values {
			if member.JSON == v {
				return member, true
			}
		}
		return nil, false
	default: // the value says what it is
	}
	switch n := v.(type) {
	case json.Number:
		if t == dsl.Int {
			i, err := strconv.ParseInt(string(n), 10, 64)
			return i, err == nil
		}
		f, err := n.Float64()
		return f, err == nil && t == dsl.Float
	case string:
		switch t {
		case dsl.Time:
			at, err := time.Parse(time.RFC3339Nano, n)
			return at.UTC().Truncate(time.Millisecond), err == nil
		case dsl.Duration:
			d, err := time.ParseDuration(n)
			return d, err == nil
		}
		return n, t == dsl.String
	case bool:
		return n, t == dsl.Bool
	}
	return nil, false
}
