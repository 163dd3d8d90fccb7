package dsl

import (
	"fmt"
	"go/constant"
	gotoken "go/token"
	"math"
	"strings"
)

// Builtin is a function of the language. Documentation is made from this table.
type Builtin struct {
	Name string
	// Signatures are its forms, as they would be declared. A single capital letter
	// is any type that Doc or the letter allows: N an `int`, `float` or `duration`, O
	// what has an order, E what can be compared with `==`, K the key of a map, J what
	// JSON can hold.
	Signatures []string
	Doc        string
	// Yields: it came after the first edition, so a `func` of the package may have its
	// name, and is meant then.
	Yields bool

	forms []*form
}

// form is a parsed signature.
type form struct {
	params   []formParam
	variadic bool // the last parameter may be given any number of times
	converts bool // takes Go types by what they are based on
	result   Type
	text     string
}

type formParam struct {
	name string
	typ  Type
}

// typeVar is a type of a signature that each call fills in: a record that nothing declares.
// Signatures have no other records.
type typeVar = Record

// allows reports whether the letter can stand for a type.
func allows(v *typeVar, t Type) bool {
	switch v.Name {
	case "N":
		return numeric(t) || t == Duration
	case "F":
		return numeric(t)
	case "O":
		return ordered(t)
	case "E":
		return areComparable(t)
	case "K":
		return isMapKey(t)
	case "J":
		return isData(t)
	}
	return t != None
}

// Builtins gives the functions of the language, in the order of their documentation.
func Builtins() []*Builtin { return builtinTable }

var builtinTable = []*Builtin{
	{Name: "len", Signatures: []string{"len(list []T) int", "len(m map[K]T) int", "len(text string) int", "len(data bytes) int"},
		Doc: "the number of elements of a list or map, of characters (code points) of a text, of bytes"},
	{Name: "append", Signatures: []string{"append(list []T, value T, more ...T) []T"},
		Doc: "a new list with the values at its end"},
	{Name: "contains", Signatures: []string{"contains(list []E, value E) bool", "contains(m map[K]T, key K) bool", "contains(text string, part string) bool"},
		Doc: "whether a list holds a value, a map a key, or a text another one"},
	{Name: "join", Signatures: []string{"join(list []string, separator string) string"},
		Doc: "the texts of a list in a row, with the separator in between"},
	{Name: "split", Signatures: []string{"split(text string, separator string) []string"},
		Doc: "the parts of a text between the separators"},
	{Name: "trim", Signatures: []string{"trim(text string) string"},
		Doc: "the text without white space at both ends"},
	{Name: "lower", Signatures: []string{"lower(text string) string"},
		Doc: "the text in small letters"},
	{Name: "upper", Signatures: []string{"upper(text string) string"},
		Doc: "the text in capital letters"},
	{Name: "startsWith", Signatures: []string{"startsWith(text string, part string) bool"}, Yields: true,
		Doc: "whether a text begins with another one"},
	{Name: "endsWith", Signatures: []string{"endsWith(text string, part string) bool"}, Yields: true,
		Doc: "whether a text ends with another one"},
	{Name: "replace", Signatures: []string{"replace(text string, old string, new string) string"}, Yields: true,
		Doc: "the text with a new part wherever it has an old one"},
	{Name: "range", Signatures: []string{"range(n int) []int", "range(from int, to int) []int"}, Yields: true,
		Doc: "the numbers from 0, or another one, up to, not including, the last; at most a million"},
	{Name: "flatten", Signatures: []string{"flatten(list [][]T) []T"}, Yields: true,
		Doc: "the elements of all lists of a list, in a row"},
	{Name: "delete", Signatures: []string{"delete(m map[K]T, key K) map[K]T"}, Yields: true,
		Doc: "a new map without a key"},
	{Name: "min", Signatures: []string{"min(a O, b O, more ...O) O", "min(list []O) O?"},
		Doc: "the smallest value; of a list `none` if it is empty"},
	{Name: "max", Signatures: []string{"max(a O, b O, more ...O) O", "max(list []O) O?"},
		Doc: "the largest value; of a list `none` if it is empty"},
	{Name: "sum", Signatures: []string{"sum(list []N) N"},
		Doc: "all values of a list together; 0 if it is empty"},
	{Name: "sort", Signatures: []string{"sort(list []O) []O"},
		Doc: "a new list in ascending order"},
	{Name: "keys", Signatures: []string{"keys(m map[K]T) []K"},
		Doc: "the keys of a map in ascending order"},
	{Name: "round", Signatures: []string{"round(x float) float", "round(x float, digits int) float"},
		Doc: "the nearest whole number, or the nearest one with so many digits behind the point, 15 at most; halves away from zero"},
	{Name: "abs", Signatures: []string{"abs(x N) N"},
		Doc: "the value without its sign"},
	{Name: "first", Signatures: []string{"first(list []T) T?"},
		Doc: "the first element, `none` if there is none"},
	{Name: "last", Signatures: []string{"last(list []T) T?"},
		Doc: "the last element, `none` if there is none"},
	{Name: "string", Signatures: []string{"string(x int) string", "string(x float) string", "string(x bool) string", "string(x time) string",
		"string(x duration) string", "string(x json) string", "string(x string) string", "string(x Enum) string"},
		Doc: "a value as text, as in a hole of a text; a `json` must hold a text"},
	{Name: "int", Signatures: []string{"int(x float) int", "int(text string) int", "int(x json) int", "int(x int) int"},
		Doc: "a value as a whole number: a `float` without its fraction, a text that is a number, a `json` that holds a whole number"},
	{Name: "float", Signatures: []string{"float(x int) float", "float(text string) float", "float(x json) float", "float(x float) float"},
		Doc: "a value as a floating-point number"},
	{Name: "bool", Signatures: []string{"bool(x json) bool"},
		Doc: "the `bool` that a `json` holds"},
	{Name: "time", Signatures: []string{"time(text string) time", "time(x json) time"}, Yields: true,
		Doc: "the time that a text tells, as `2026-01-31T12:00:00Z` or as a date, `2026-01-31`, which begins in UTC"},
	{Name: "duration", Signatures: []string{"duration(text string) duration", "duration(x json) duration"}, Yields: true,
		Doc: "the length of time that a text tells, such as `1h30m0s`"},
	{Name: "json", Signatures: []string{"json(x J) json"}, Yields: true,
		Doc: "any value as JSON"},
	{Name: "addMonths", Signatures: []string{"addMonths(t time, n int) time"}, Yields: true,
		Doc: "the same day and time of day so many months later; the last day of a month that has no such day"},
	{Name: "addYears", Signatures: []string{"addYears(t time, n int) time"}, Yields: true,
		Doc: "the same day and time of day so many years later; 28 February for 29 where there is none"},
	{Name: "startOfDay", Signatures: []string{"startOfDay(t time) time"}, Yields: true,
		Doc: "midnight before a time, in UTC"},
	{Name: "weekday", Signatures: []string{"weekday(t time) int"}, Yields: true,
		Doc: "the day of the week in UTC, from 0 for Sunday to 6 for Saturday"},
	{Name: "seconds", Signatures: []string{"seconds(n F) duration"}, Doc: "a number of seconds"},
	{Name: "minutes", Signatures: []string{"minutes(n F) duration"}, Doc: "a number of minutes"},
	{Name: "hours", Signatures: []string{"hours(n F) duration"}, Doc: "a number of hours"},
	{Name: "days", Signatures: []string{"days(n F) duration"}, Doc: "a number of days of 24 hours"},
}

var builtinByName = func() map[string]*Builtin {
	m := map[string]*Builtin{}
	for _, b := range builtinTable {
		for _, s := range b.Signatures {
			f := parseForm(s)
			f.converts = basicTypes[b.Name] != 0 || b.Name == "string"
			b.forms = append(b.forms, f)
		}
		m[b.Name] = b
	}
	return m
}()

func builtinFunc(name string) *Builtin { return builtinByName[name] }

// builtin gives the function of the language that a name means here.
func (c *checker) builtin(name string) *Builtin {
	b := builtinFunc(name)
	if b != nil && b.Yields {
		if _, own := c.decls[name].(*FuncDecl); own {
			return nil
		}
	}
	return b
}

// unitNanos are the functions that make durations.
var unitNanos = map[string]int64{"seconds": 1e9, "minutes": 60e9, "hours": 3600e9, "days": 86400e9}

// foreignFuncs are names that people bring along from other languages.
var foreignFuncs = map[string]string{
	"length": "len", "size": "len", "count": "len", "push": "append", "add": "append", "includes": "contains", "has": "contains",
	"toLower": "lower", "toUpper": "upper", "toLowerCase": "lower", "toUpperCase": "upper", "trimSpace": "trim", "itoa": "string", "atoi": "int",
	"lowercase": "lower", "uppercase": "upper", "strip": "trim", "str": "string", "toString": "string",
	"sprint": "string", "parseInt": "int", "parseFloat": "float", "float64": "float", "int64": "int", "sorted": "sort",
	"hasPrefix": "startsWith", "hasSuffix": "endsWith", "startswith": "startsWith", "endswith": "endsWith", "replaceAll": "replace",
	"flat": "flatten", "concat": "flatten", "remove": "delete", "parseTime": "time", "parseDuration": "duration", "toJSON": "json", "marshal": "json",
}

// parseForm reads a signature of the table.
func parseForm(text string) *form {
	open, end := strings.Index(text, "("), strings.LastIndex(text, ")")
	f := &form{text: text}
	vars := map[string]*typeVar{}
	for _, p := range strings.Split(text[open+1:end], ", ") {
		name, typ, _ := strings.Cut(p, " ")
		if rest, ok := strings.CutPrefix(typ, "..."); ok {
			f.variadic, typ = true, rest
		}
		f.params = append(f.params, formParam{name, parsePattern(typ, vars)})
	}
	f.result = parsePattern(strings.TrimSpace(text[end+1:]), vars)
	return f
}

func parsePattern(text string, vars map[string]*typeVar) Type {
	if elem, ok := strings.CutSuffix(text, "?"); ok {
		return &Optional{Elem: parsePattern(elem, vars)}
	}
	if elem, ok := strings.CutPrefix(text, "[]"); ok {
		return &List{Elem: parsePattern(elem, vars)}
	}
	if inner, ok := strings.CutPrefix(text, "map["); ok {
		key, elem, _ := strings.Cut(inner, "]")
		return &Map{Key: parsePattern(key, vars), Elem: parsePattern(elem, vars)}
	}
	if b, ok := basicTypes[text]; ok {
		return b
	}
	if vars[text] == nil {
		vars[text] = &typeVar{Name: text}
	}
	return vars[text]
}

// builtinSteps are the steps of the language.
var builtinSteps = map[string]*StepDecl{
	"now":    {declBase: declBase{Name: &Name{Text: "now"}, Doc: "The time, as the service recorded it."}, Builtin: "now", Signature: Signature{ResultType: Time}},
	"uuid":   {declBase: declBase{Name: &Name{Text: "uuid"}, Doc: "A random UUID."}, Builtin: "uuid", Signature: Signature{ResultType: String}},
	"local":  zoneStep("local", "The time that a clock on the wall shows in a time zone at a moment."),
	"utc":    zoneStep("utc", "The moment at which a clock on the wall shows a time in a time zone."),
	"random": {declBase: declBase{Name: &Name{Text: "random"}, Doc: "A random number from 0 up to, not including, 1."}, Builtin: "random", Signature: Signature{ResultType: Float}},
}

// zoneStep is a step with a time and the name of a zone. What it gives depends on a
// database that changes, so that no expression can have it.
func zoneStep(name, doc string) *StepDecl {
	param := func(name string, t Type) *Param {
		return &Param{Name: &Name{Text: name}, Var: &Var{Name: name, Type: t}}
	}
	return &StepDecl{declBase: declBase{Name: &Name{Text: name}, Doc: doc}, Builtin: name,
		Signature: Signature{Params: []*Param{param("t", Time), param("zone", String)}, ResultType: Time}}
}

// yieldingSteps came after the first edition: a step of the package may have such a name,
// and is meant then.
var yieldingSteps = map[string]bool{"local": true, "utc": true}

// builtinStep gives the step of the language that a name means here.
func (c *checker) builtinStep(name string) *StepDecl {
	if yieldingSteps[name] && c.decls[name] != nil {
		return nil
	}
	return builtinSteps[name]
}

// The built-in errors.
var (
	errTimeout     = builtinErrorType("Timeout")
	errHeartbeat   = builtinErrorType("HeartbeatTimeout")
	errInterrupted = builtinErrorType("Interrupted")
	errStopped     = builtinErrorType("Stopped")
	errExhausted   = builtinErrorType("Exhausted")
	errUndoFailed  = builtinErrorType("UndoFailed")
	errUnexpected  = builtinErrorType("Unexpected", "type")

	builtinErrors = []*ErrorType{errTimeout, errHeartbeat, errInterrupted, errStopped, errExhausted, errUndoFailed, errUnexpected}
)

// BuiltinErrors gives the errors of the language itself.
func BuiltinErrors() []*ErrorType { return append([]*ErrorType(nil), builtinErrors...) }

func builtinErrorType(name string, more ...string) *ErrorType {
	e := &ErrorType{Name: name, Builtin: true}
	for _, f := range append([]string{"operation", "message"}, more...) {
		e.Fields = append(e.Fields, &FieldEntry{Name: f, JSON: f, Type: String})
	}
	return e
}

func builtinError(name string) *ErrorType {
	for _, e := range builtinErrors {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// call checks `f(args)`.
func (c *checker) call(e *CallExpr, want Type) Type {
	if e.Func == nil || e.Func.Text == "" {
		c.exprs(e.Args)
		return nil
	}
	name := e.Func.Text
	if b := c.builtin(name); b != nil {
		e.Builtin = name
		return c.callBuiltin(e, b, want)
	}
	d := c.decls[name]
	if f, ok := d.(*FuncDecl); ok {
		e.Decl = f
		c.calledFuncs = append(c.calledFuncs, f)
		c.args(e.Func.Span, e.Span, "func `"+name+"`", f, f.Params, e.Args)
		return f.ResultType
	}
	c.exprs(e.Args)
	switch {
	case d != nil:
		p := c.errorf(codeNotCallable, e.Func.Span, "`%s` is %s and can't be called in an expression", name, declKind(d)).
			note(d.DeclName().Span, "declared here")
		if keyword := useKeyword(d); keyword != "" && c.inComp > 0 {
			p.help("for each of a list: `xs := map x in list { yield %s %s(…) }`", keyword, name)
		} else if keyword != "" {
			p.help("give it a statement of its own: `x := %s %s(…)`", keyword, name)
			if c.wholeValue == e {
				p.fix(fmt.Sprintf("write `%s %s`", keyword, name), Edit{Span{e.Func.Start, e.Func.Start}, keyword + " "})
			}
		}
	case c.builtinStep(name) != nil:
		p := c.errorf(codeBareStep, e.Func.Span, "`%s()` is a step: its value differs each time, so it must be recorded", name)
		if c.wholeValue == e {
			p.help("write `step %s()`", name).fix("write `step "+name+"()`", Edit{Span{e.Func.Start, e.Func.Start}, "step "})
		} else {
			p.help("write `x := step %s()` before this statement, and `x` here", name)
		}
	case c.lookup(name) != nil:
		v := c.lookup(name)
		v.Used = true
		c.errorf(codeUnknownName, e.Func.Span, "`%s` is a variable and can't be called", name).note(v.Span, "declared here")
	case name == "print" || name == "println" || name == "printf":
		c.errorf(codeUnknownName, e.Func.Span, "unknown function `%s`", name).help("write `log \"…\"`, a statement")
	case c.mayBeDeclared(name):
	default:
		near := foreignFuncs[name]
		if near == "" {
			names := c.declNames(func(d Decl) bool { _, ok := d.(*FuncDecl); return ok || useKeyword(d) != "" })
			for _, b := range builtinTable {
				names = append(names, b.Name)
			}
			near = c.near(name, names)
		}
		p := c.errorf(codeUnknownName, e.Func.Span, "unknown function `%s`", name).suggestName(name, near)
		if foreignFuncs[name] != "" && (onlyLike[name] == "" || name == "count") {
			p.suggest(near)
		}
		switch {
		case name == "milliseconds":
			p.help("write `500ms`, or `1ms * x`").Fix = nil
		case near == "":
			p.help("declare it: `func %s(…) T`, written in Go or as an expression; side effects are a `step`", name)
		}
	}
	return nil
}

func (c *checker) exprs(list []Expr) {
	for _, e := range list {
		c.expr(e, nil)
	}
}

// args checks the arguments of a call of something declared. what names it in
// messages: "step `charge`".
func (c *checker) args(callee, whole Span, what string, d Decl, params []*Param, args []Expr) {
	for i, a := range args {
		if i >= len(params) {
			c.expr(a, nil)
			continue
		}
		p := params[i]
		var t Type
		name := "argument"
		if p.Var != nil {
			t = p.Var.Type
		}
		if p.Name != nil {
			name = "argument `" + p.Name.Text + "`"
		}
		right := false
		if h, ok := t.(*Handle); ok {
			right = c.handleArg(a, h, name+" of "+what)
		} else {
			right = c.exprAs(a, t, name+" of "+what)
		}
		if !right && p.Name != nil && p.Name.Span != (Span{}) && !isNilExpr(a) && a.Type() != nil && t != nil {
			c.diags[len(c.diags)-1].note(p.Name.Span, "declared here")
		}
	}
	if len(args) == len(params) || c.incomplete(whole) {
		return
	}
	at := callee
	if len(args) > len(params) && !isNilExpr(args[len(params)]) {
		at = Span{args[len(params)].Pos(), args[len(args)-1].Range().End}
	}
	p := c.errorf(codeArgCount, at, "%s takes %s, not %d", what, count(len(params), "argument"), len(args))
	if d != nil && d.DeclName() != nil && d.DeclName().Span != (Span{}) {
		p.note(d.DeclName().Span, "declared here")
	}
	if len(args) < len(params) {
		var missing []string
		for _, p := range params[len(args):] {
			if p.Name != nil {
				missing = append(missing, p.Name.Text)
			}
		}
		p.help("%s %s missing", quoteAll(missing), isAre(len(missing)))
	}
}

func count(n int, word string) string {
	switch n {
	case 0:
		return "no " + word + "s"
	case 1:
		return "one " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// bindings are what the letters of a signature stand for in one call.
type bindings map[*typeVar]Type

// callBuiltin checks the call of a function of the language: the first form
// that the arguments fit is the one.
func (c *checker) callBuiltin(e *CallExpr, b *Builtin, want Type) Type {
	ok := true
	for i, a := range e.Args {
		var hint Type
		// Only `[]` and the like need one: the type of the first argument, or what the result must be.
		if len(b.forms) == 1 {
			f := b.forms[0]
			bound := bindings{}
			if i > 0 && !isNilExpr(e.Args[0]) && e.Args[0].Type() != nil {
				match(f.params[0].typ, e.Args[0].Type(), nil, bound)
			} else if want != nil {
				match(f.result, present(want), nil, bound)
			}
			hint = substitute(f.params[min(i, len(f.params)-1)].typ, bound)
		}
		ok = c.expr(a, hint) != nil && ok
	}
	if !ok {
		return c.onlyResult(b)
	}
	for _, f := range b.forms {
		bound, ok := c.matches(f, e.Args, false)
		for i := 0; ok && i < len(e.Args); i++ {
			ok = c.convert(e.Args[i], substitute(f.params[min(i, len(f.params)-1)].typ, bound)) || !hasVar(f.params[min(i, len(f.params)-1)].typ)
		}
		if ok {
			return c.foldCall(e, substitute(f.result, bound))
		}
	}
	c.noForm(e, b)
	return c.onlyResult(b)
}

// onlyResult is the type of a call whatever its arguments are, nil if it depends on them.
func (c *checker) onlyResult(b *Builtin) Type {
	t := b.forms[0].result
	if hasVar(t) {
		return nil
	}
	return t
}

func hasVar(t Type) bool {
	switch t := t.(type) {
	case *typeVar:
		return true
	case *List:
		return hasVar(t.Elem)
	case *Optional:
		return hasVar(t.Elem)
	case *Map:
		return hasVar(t.Key) || hasVar(t.Elem)
	default: // holds no other type
	}
	return false
}

// noForm reports arguments that no form of a function takes.
func (c *checker) noForm(e *CallExpr, b *Builtin) {
	for _, f := range b.forms {
		if _, ok := c.matches(f, e.Args, true); ok {
			for _, a := range e.Args {
				if _, isOptional := a.Type().(*Optional); isOptional {
					c.absent(a)
					return
				}
			}
		}
	}
	fewest, most := math.MaxInt, 0
	for _, f := range b.forms {
		n := len(f.params)
		most = max(most, n)
		if f.variadic {
			n, most = n-1, math.MaxInt
		}
		fewest = min(fewest, n)
	}
	var p *Diagnostic
	if len(e.Args) < fewest || len(e.Args) > most {
		p = c.errorf(codeArgCount, e.Func.Span, "`%s` does not take %s", b.Name, count(len(e.Args), "argument"))
		if len(e.Args) == 0 {
			p.Message = fmt.Sprintf("`%s` needs an argument", b.Name)
		}
	} else {
		types := make([]string, len(e.Args))
		for i, a := range e.Args {
			types[i] = a.Type().String()
		}
		p = c.errorf(codeWrongType, e.Span, "`%s` does not take %s", b.Name, quoteAll(types))
	}
	texts := make([]string, len(b.forms))
	for i, f := range b.forms {
		texts[i] = f.text
	}
	p.help("it is %s", strings.ReplaceAll(quoteAll(texts), "` and `", "` or `"))
}

// matches fits arguments into a form. With anyway optional arguments count as present.
func (c *checker) matches(f *form, args []Expr, anyway bool) (bindings, bool) {
	fewest := len(f.params)
	if f.variadic {
		fewest-- // none of the last
	}
	if len(args) < fewest || len(args) > len(f.params) && !f.variadic {
		return nil, false
	}
	bound := bindings{}
	for i, a := range args {
		t := a.Type()
		if anyway {
			t = present(t)
		}
		pattern := f.params[min(i, len(f.params)-1)].typ
		if _, basic := pattern.(Basic); basic && isGoType(t) && !f.converts {
			return nil, false // convert it first, as in Go
		}
		if !match(pattern, t, a, bound) {
			return nil, false
		}
	}
	for v, t := range bound {
		if !allows(v, t) {
			return nil, false
		}
	}
	return bound, true
}

// match fits a type into a pattern. The expression, if any, tells constants,
// which adapt.
func match(pattern, t Type, e Expr, bound bindings) bool {
	isConst := e != nil && e.Const() != nil
	switch p := pattern.(type) {
	case *typeVar:
		if p.Name == "Enum" {
			return isEnum(t) || isGoType(t) && underlying(t) == String
		}
		before, ok := bound[p]
		switch {
		case !ok:
			bound[p] = asText(t)
			return true
		case assignable(t, before):
			return true
		case isConst && t == Int && underlying(before) == Float:
			return true
		case t == Float && before == Int:
			bound[p] = Float // if the ints before are constants, they follow; if not, convert fails
			return true
		}
		return false
	case *List:
		l, ok := underlying(t).(*List)
		return ok && match(p.Elem, l.Elem, nil, bound)
	case *Map:
		m, ok := underlying(t).(*Map)
		return ok && match(p.Key, m.Key, nil, bound) && match(p.Elem, m.Elem, nil, bound)
	case *Optional:
		return match(p.Elem, present(t), nil, bound)
	default: // stands for itself
	}
	return Identical(pattern, underlying(t)) || isConst && pattern == Float && t == Int
}

func substitute(pattern Type, bound bindings) Type {
	switch p := pattern.(type) {
	case *typeVar:
		return bound[p]
	case *List:
		if elem := substitute(p.Elem, bound); elem != nil {
			return &List{Elem: elem}
		}
		return nil
	case *Map:
		key, elem := substitute(p.Key, bound), substitute(p.Elem, bound)
		if key == nil || elem == nil {
			return nil
		}
		return &Map{Key: key, Elem: elem}
	case *Optional:
		return optional(substitute(p.Elem, bound))
	default: // stands for itself
	}
	return pattern
}

// foldCall computes durations of constants, so that limits can be checked.
func (c *checker) foldCall(e *CallExpr, t Type) Type {
	unit := unitNanos[e.Builtin]
	if unit == 0 || len(e.Args) != 1 || e.Args[0].Const() == nil {
		return t
	}
	v := e.Args[0].Const()
	if f, ok := constant.Float64Val(v); v.Kind() == constant.Float || !ok {
		if !(math.Abs(f*float64(unit)) < 1<<63) {
			c.durationOverflow(e.Span)
			return nil
		}
		e.val = constant.MakeInt64(int64(f * float64(unit)))
		return t
	}
	return c.fold(e, t, constant.BinaryOp(v, gotoken.MUL, constant.MakeInt64(unit)))
}
