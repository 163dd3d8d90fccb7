package dsl

import (
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/durablegen/durablegen/internal/near"
)

// What is wrong with a declaration that participle can't parse: it tells at which
// token, these functions find the words, and change the tokens so that what can
// be kept of the declaration is kept.

// stream is a declaration's tokens under repair.
type stream struct {
	*parser
	u    unit
	toks []lexer.Token
	at   int // where participle is stuck
}

// repair reports why a declaration can't be parsed at token `at` of its stream and
// takes out what is wrong; false if nothing of the declaration can be kept.
func (p *parser) repair(u unit, toks []lexer.Token, at int) ([]lexer.Token, bool) {
	s := &stream{p, u, toks, at}
	p.i = toks[at].Pos.Line
	keyword := toks[0].Value
	for i := range toks[:at] {
		if toks[i].Type == symPolicy {
			p.policyOf(&toks[i]) // which tells what is wrong with it
		}
	}
	ok := false
	switch {
	case keyword == "defaults":
		ok = s.defaults()
	case at == 1:
		ok = s.name(keyword)
	case keyword == "flow" || keyword == "package" || keyword == "import":
		ok = s.head(keyword)
	case s.inside("{", "}"):
		if keyword == "enum" {
			ok = s.enumValue()
		} else {
			ok = s.field()
		}
	case s.inside("(", ")"):
		ok = s.param()
	case keyword == "type", keyword == "enum", keyword == "error":
		ok = s.typeBody(keyword)
	case keyword == "const":
		ok = s.constant()
	default:
		ok = s.signature(keyword)
	}
	if !ok && len(toks) > 1 && keyword != "defaults" {
		p.noteDecl(toks[1].Value, keyword)
	}
	return s.toks, ok
}

func (s *stream) tok(i int) *lexer.Token {
	if i < 0 || i >= len(s.toks) {
		return &lexer.Token{Type: symEnd}
	}
	return &s.toks[i]
}

func (s *stream) stuck() *lexer.Token { return s.tok(s.at) }

// place gives the place of tokens from i up to and including j.
func (s *stream) place(i, j int) Span {
	a, b := s.tok(i), s.tok(max(i, j))
	return s.span(a.Pos.Offset, s.tokenEnd(b))
}

func (s *stream) cut(from, to int) bool {
	s.toks = append(s.toks[:from:from], s.toks[to:]...)
	return true
}

func (s *stream) insert(at int, kinds ...lexer.Token) bool {
	for i := range kinds {
		kinds[i].Pos = s.tok(at).Pos
	}
	s.toks = append(s.toks[:at:at], append(kinds, s.toks[at:]...)...)
	return true
}

func (s *stream) retype(i int, kind lexer.TokenType) bool {
	s.toks[i].Type = kind
	return true
}

// inside reports whether the stuck token stands in the first such brackets of the
// declaration, which must be those of its fields or parameters.
func (s *stream) inside(open, closing string) bool {
	depth := 0
	for i := 1; i < s.at; i++ {
		switch t := &s.toks[i]; {
		case t.Type != symPunct:
		case t.Value == open:
			if depth == 0 && i != 2 {
				return false
			}
			depth++
		case t.Value == closing:
			depth--
			if depth == 0 {
				return false
			}
		}
	}
	return depth > 0
}

// itemEnd gives the index of the separator that ends the field or parameter at i.
func (s *stream) itemEnd(i int) int {
	depth := 0
	for ; i < len(s.toks); i++ {
		t := &s.toks[i]
		switch {
		case t.Type == symEnd, depth == 0 && (t.Type == symSep || t.Type == symComma):
			return i
		case t.Type != symPunct:
		case t.Value == "(" || t.Value == "[" || t.Value == "{":
			depth++
		case t.Value == ")" || t.Value == "]" || t.Value == "}":
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return i - 1
}

// itemStart gives the index of the first token of the field or parameter at i.
func (s *stream) itemStart(i int) int {
	for i > 3 && s.toks[i-1].Type != symSep && s.toks[i-1].Type != symComma {
		i--
	}
	return max(i, 3)
}

// dropItem takes out the field or parameter around the stuck token.
func (s *stream) dropItem() bool {
	from, to := s.itemStart(s.at), s.itemEnd(s.at)
	if t := s.tok(to).Type; t == symSep || t == symComma {
		to++
	}
	if to <= from {
		return false
	}
	return s.cut(from, to)
}

// missingComma reports two fields, values or parameters in a row without a comma.
func (s *stream) missingComma(what string, kind lexer.TokenType) bool {
	end := s.tokenEnd(s.tok(s.at - 1))
	s.report(s.here(), codeUnexpected, "expected `,` or a new line between %s", what).
		edit(s.span(end, end), ",", "write a comma")
	return s.insert(s.at, lexer.Token{Type: kind, Value: ","})
}

// defaults reports what stands behind `defaults` and is no kind of declaration, or no clause.
func (s *stream) defaults() bool {
	if s.at == 1 {
		s.unexpected("`step`, `callback` or `workflow`")
	} else {
		s.unexpected("a clause")
	}
	return false
}

// name deals with the word behind the keyword of a declaration.
func (s *stream) name(keyword string) bool {
	t := s.stuck()
	at := s.here()
	switch keyword {
	case "flow":
		d := s.report(s.place(0, max(1, min(s.at, len(s.toks)-2))), codeVersion, "`flow` is followed by the version of the language")
		if rest := strings.TrimPrefix(s.source(s.unitSpan(s.u)), "flow"); strings.Trim(rest, "v:\"'` ") == "1" || strings.TrimSpace(rest) == "" {
			d.edit(s.unitSpan(s.u), "flow 1", "write `flow 1`")
		} else {
			d.help("this tool knows version %d; a newer one may know more", languageVersion)
		}
		s.file.Version = languageVersion
		return false
	case "import":
		switch {
		case t.Value == "(":
			s.foreign(at, "every import has a line of its own").help("write `import \"path\"`")
		default:
			s.unexpected("the path of a Go package in quotes")
		}
		return false
	}
	capital := keyword == "type" || keyword == "enum" || keyword == "error"
	switch {
	case capital && t.Type == symSmall:
		s.report(at, codeCase, "the name of %s begins with a capital, unlike `%s`", withArticle(keyword), t.Value).
			edit(at, upperFirst(t.Value), "write `%s`", upperFirst(t.Value))
		return s.retype(1, symCapital)
	case !capital && t.Type == symCapital:
		s.report(at, codeCase, "the name of %s begins with a small letter, unlike `%s`", withArticle(keyword), t.Value).
			edit(at, lowerFirst(t.Value), "write `%s`", lowerFirst(t.Value))
		return s.retype(1, symSmall)
	case t.Type == symReserved && !capital:
		s.report(at, codeReserved, "the keyword `%s` can't be the name of %s", t.Value, withArticle(keyword)).help("choose another name")
		return s.retype(1, symSmall)
	case t.Type == symReserved:
		s.report(at, codeCase, "the name of %s begins with a capital, unlike `%s`", withArticle(keyword), t.Value)
		return s.retype(1, symCapital)
	case (keyword == "const" || keyword == "type") && t.Value == "(":
		s.foreign(at, "every %s has a declaration of its own", keyword).
			help("write `%s`", map[string]string{"const": "const limit = 3", "type": "type Order { id string }"}[keyword])
		return false
	case keyword == "func" && t.Value == "(":
		s.foreign(at, "there are no methods").help("give the value as a parameter: `func total(order Order) int`")
		return false
	case keyword == "package" && t.Type == symString:
		s.report(at, codeHead, "a package's name has no quotes").edit(at, strings.Trim(t.Value, "\"`"), "remove them")
		s.file.Package = s.tokenName(t)
		return false
	}
	s.unexpected("the name of " + withArticle(keyword))
	if keyword == "package" {
		s.file.Package = &Name{Span: at}
	}
	return false
}

func withArticle(keyword string) string {
	if strings.ContainsAny(keyword[:1], "aeiou") {
		return "an " + keyword
	}
	return "a " + keyword
}

// head deals with what follows in the lines at the top of a file.
func (s *stream) head(keyword string) bool {
	t := s.stuck()
	if keyword == "import" && s.tok(s.at-1).Type == symSmall {
		at := s.place(1, len(s.toks)-2)
		s.report(at, codeUnexpected, "the path of a package stands in quotes").
			edit(at, `"`+s.source(at)+`"`, "write `\"%s\"`", s.source(at))
		return false
	}
	if t.Value == "." || t.Value == "-" || t.Value == "/" {
		s.report(s.here(), codeUnexpected, "a package's name is one word").help("it is the name of the Go package, not its path")
	} else {
		s.unexpected("the end of the line")
	}
	return s.cut(s.at, len(s.toks)-1)
}

// typeBody deals with what follows the name of a type, enum or error.
func (s *stream) typeBody(keyword string) bool {
	t := s.stuck()
	at := s.here()
	name := s.tok(1).Value
	if s.tok(2).Value == "=" {
		switch {
		case s.at == 3 || s.at == 4 || t.Type == symSmall:
			s.report(s.place(3, len(s.toks)-2), codeTypeBody, "behind `=` stands a type of an imported Go package").
				help("write `type %s = pkg.Name`; a type of this language needs no second name", name)
		default:
			s.unexpected("the end of the line")
		}
		return false
	}
	if s.at > 2 {
		if t.Type == symSmall && isClause.has(t.Value) {
			s.report(at, codeClausePlace, "%s has no clauses", withArticle(keyword)).help("policy stands at steps, callbacks, functions and workflows")
		} else {
			s.unexpected("the end of the declaration")
		}
		return s.cut(s.at, len(s.toks)-1)
	}
	next := s.tok(s.at + 1)
	switch {
	case t.Value == "struct" && next.Value == "{":
		s.foreign(at, "a record needs no `struct`").edit(s.gap(s.at), "", "remove it")
		// Its fields were not seen as such: look at the unit again without it.
		s.rebuild(s.at)
		return true
	case t.Value == "(" && keyword != "type":
		s.report(at, codeTypeBody, "the fields of %s stand in braces", withArticle(keyword)).
			help("write `%s %s { ... }`", keyword, name)
	case t.Type == symEnd && keyword != "error":
		s.report(s.place(0, 1), codeTypeBody, "%s `%s` lacks its %s in braces", keyword, name, map[bool]string{true: "values", false: "fields"}[keyword == "enum"]).
			help("write `%s %s { ... }`", keyword, name)
	case t.Value == "interface":
		s.foreign(at, "there are no interfaces").help("data of any shape has the type `json`")
	case t.Value == "enum":
		s.report(at, codeTypeBody, "an enum is declared with `enum`").help("write `enum %s { a, b }`", name)
	case t.Type == symSmall || t.Type == symCapital || t.Value == "[" || t.Value == "*" || t.Type == symReserved:
		s.report(s.place(s.at, len(s.toks)-2), codeTypeBody, "a type is a record, or stands for a Go type").
			help("write `type %s { field type }` or `type %s = pkg.Name`; `%s` can be used as it is", name, name, s.source(s.place(s.at, len(s.toks)-2)))
	default:
		s.unexpected("`{` and the fields")
	}
	return false
}

// gap is the place of a token together with the space behind it.
func (s *stream) gap(i int) Span {
	return Span{s.src.Pos(s.tok(i).Pos.Offset), s.src.Pos(s.tok(i + 1).Pos.Offset)}
}

// rebuild makes the stream anew, without the token at i.
func (s *stream) rebuild(i int) {
	keep := s.parser.toks[s.toks[i].Pos.Line]
	skip := s.toks[i].Pos.Line
	s.parser.toks[skip].kind = tNL
	s.toks = s.appendUnit(nil, s.u)
	s.parser.toks[skip] = keep
}

// field deals with a field of a record or error.
func (s *stream) field() bool {
	t := s.stuck()
	at := s.here()
	from := s.itemStart(s.at)
	name := s.tok(from).Value
	switch {
	case t.Value == ":":
		s.foreign(at, "a field's type follows without `:`").edit(at, "", "remove it")
		return s.cut(s.at, s.at+1)
	case t.Value == ":=":
		s.foreign(at, "the default of a field stands behind `=`").edit(at, "=", "write `=`")
		return s.cut(s.at, s.itemEnd(s.at))
	case t.Value == "=" && s.at >= from+4 && s.tok(s.at-2).Value == "as":
		s.report(at, codeClauseOrder, "the default of field `%s` stands before its `as`", name).
			help("write `%s T = v as %s`", name, s.tok(s.at-1).Value)
		return s.cut(s.at, s.itemEnd(s.at))
	case t.Value == "=":
		s.report(at, codeMissingType, "field `%s` has no type", name).help("it stands before the default: `%s T = v`", name)
		return s.cut(s.at, s.itemEnd(s.at))
	case t.Value == "<" && s.at > from+1:
		s.report(at, codeBadType, "the types of keys and the like stand in square brackets").help("write `map[string]int`, `[]string`")
		return s.dropItem()
	case t.Value == "?" && s.at == from+1:
		d := s.report(at, codeUnexpected, "`?` stands behind the type").help("write `%s T?`", name)
		if end := s.itemEnd(s.at + 1); end > s.at+1 && s.tok(end-1).Value != "?" && !s.hasTail(s.at+1, end) {
			behind := s.tokenEnd(s.tok(end - 1))
			d.fix("write it there", Edit{Span: at}, Edit{s.span(behind, behind), "?"})
		}
		return s.cut(s.at, s.at+1)
	case t.Type == symString:
		tag := t.Value
		if i := strings.Index(tag, `json:"`); i >= 0 {
			json, _, _ := strings.Cut(tag[i+6:], `"`)
			json, options, _ := strings.Cut(json, ",")
			d := s.foreign(at, "there are no tags")
			if json == "" || json == "-" || options != "" { // which leave the name as it is, the field out, or its value in some cases
				d.help("another name in JSON is written `%s T as \"json-name\"`", name)
			} else {
				d.edit(at, `as "`+json+`"`, "write `as \"%s\"`", json)
			}
		} else if s.at > from+1 {
			s.foreign(at, "there are no tags").help("another name in JSON is written `%s T as \"json-name\"`", name)
		} else {
			s.unexpected("a field")
		}
		return s.cut(s.at, s.itemEnd(s.at))
	case s.at == from+1 && (t.Type == symSep || t.Value == "}"):
		end := int(s.parser.toks[s.tok(from).Pos.Line].end)
		d := s.report(s.place(from, from), codeMissingType, "the field `%s` lacks its type", name)
		next := s.itemEnd(s.at + 1)
		if t.Type == symSep && s.tok(s.at+1).Type == symSmall && next > s.at+2 && s.source(s.place(s.at, s.at)) == "," {
			typ := s.source(s.place(s.at+2, next-1))
			d.help("every field has its own").edit(s.span(end, end), " "+typ, "write `%s %s`", name, typ)
		} else if s.tok(from).Type == symCapital {
			d.help("records are not embedded; give the field a name: `%s %s`", lowerFirst(name), name)
		}
		return s.dropItem()
	case t.Type == symSmall && t.Value == "as" && s.tok(s.at+1).Type != symString, s.tok(s.at-1).Value == "as" && t.Type != symString && s.at > from+1:
		s.unexpected("the field's name in JSON, in quotes")
		return s.dropItem()
	case s.at > from+1 && (t.Type == symSmall || t.Type == symCapital || t.Type == symReserved):
		return s.missingComma("two fields", symSep)
	}
	if s.at == from {
		s.unexpected("a field's name")
	} else if s.at == from+1 {
		s.unexpected("the type of `" + name + "`")
	} else {
		s.unexpected("the end of the field")
	}
	return s.dropItem()
}

// enumValue deals with a value of an enum.
func (s *stream) enumValue() bool {
	t := s.stuck()
	at := s.here()
	from := s.itemStart(s.at)
	name := s.tok(from).Value
	switch {
	case t.Value == "=" || t.Value == ":":
		d := s.report(at, codeEnumValue, "a value of an enum has no value of its own")
		if s.tok(s.at+1).Type == symString {
			d.help("another text in JSON is written with `as`").edit(at, "as", "write `as %s`", s.tok(s.at+1).Value)
		} else {
			d.help("write the name alone; another text in JSON is written `%s as \"text\"`", name)
		}
		return s.cut(s.at, s.itemEnd(s.at))
	case t.Type == symString && s.at == from:
		text := strings.Trim(t.Value, "\"`")
		d := s.report(at, codeEnumValue, "the values of an enum are names, without quotes")
		if plainName.MatchString(text) {
			d.edit(at, text, "write `%s`", text)
		} else {
			d.help("give it a name, and its text behind that: `name as %q`", text)
		}
		return s.retype(s.at, symSmall)
	case s.at > from && (t.Type == symSmall || t.Type == symCapital || t.Type == symReserved) && t.Value != "as":
		return s.missingComma("two values", symSep)
	}
	if t.Value == "|" {
		s.foreign(at, "values are separated by commas").edit(at, ",", "write a comma")
		s.toks[s.at] = lexer.Token{Type: symSep, Value: ",", Pos: t.Pos}
		return true
	}
	s.unexpected("the name of a value")
	return s.dropItem()
}

// param deals with a parameter.
func (s *stream) param() bool {
	t := s.stuck()
	at := s.here()
	from := s.itemStart(s.at)
	name := s.tok(from).Value
	switch {
	case t.Value == ":":
		s.foreign(at, "a parameter's type follows without `:`").edit(at, "", "remove it")
		return s.cut(s.at, s.at+1)
	case t.Value == "=":
		s.foreign(at, "a parameter has no default value").
			help("one of a type `T?` may be `none`, and `x ?? v` gives it a value; fields of a record have defaults")
		return s.cut(s.at, s.itemEnd(s.at))
	case s.at == from && t.Type == symCapital && s.tok(s.at+1).Type == symSmall && !isTypeName.has(s.tok(s.at+1).Value):
		both := s.place(s.at, s.at+1)
		swapped := s.tok(s.at+1).Value + " " + t.Value
		s.foreign(both, "the name stands before the type").edit(both, swapped, "write `%s`", swapped)
		s.toks[s.at], s.toks[s.at+1] = s.toks[s.at+1], s.toks[s.at]
		return true
	case s.at == from && t.Type == symCapital && (s.tok(s.at+1).Type == symComma || s.tok(s.at+1).Value == ")"):
		s.report(at, codeMissingType, "the parameter lacks its name").help("write `%s %s`", lowerFirst(t.Value), t.Value)
		return s.dropItem()
	case s.at == from && t.Type == symCapital:
		s.report(at, codeCase, "a parameter begins with a small letter, unlike `%s`", t.Value).
			help("write `%s` here and wherever it is used", lowerFirst(t.Value))
		return s.retype(s.at, symSmall)
	case s.at == from && t.Type == symReserved:
		s.report(at, codeReserved, "the keyword `%s` can't be the name of a parameter", t.Value).help("choose another name")
		return s.retype(s.at, symSmall)
	case s.at == from+1 && (t.Type == symComma || t.Value == ")") && isTypeName.has(name):
		s.report(s.place(from, from), codeMissingType, "the parameter lacks its name").help("write `name %s`", name)
		return s.dropItem()
	case s.at == from+1 && (t.Type == symComma || t.Value == ")"):
		end := int(s.parser.toks[s.tok(from).Pos.Line].end)
		d := s.report(s.place(from, from), codeMissingType, "the parameter `%s` lacks its type", name)
		next := s.itemEnd(s.at + 1)
		if t.Type == symComma && s.tok(s.at+1).Type == symSmall && next > s.at+2 {
			typ := s.source(s.place(s.at+2, next-1))
			d.help("every parameter has its own").edit(s.span(end, end), " "+typ, "write `%s %s`", name, typ)
		}
		return s.dropItem()
	case s.at > from+1 && t.Type == symSmall:
		return s.missingComma("two parameters", symComma)
	case s.at == from:
		s.unexpected("a parameter")
	case s.at == from+1:
		s.unexpected("the type of `" + name + "`")
	default:
		s.unexpected("`,` or `)`")
	}
	return s.dropItem()
}

// constant deals with a constant behind its name.
func (s *stream) constant() bool {
	t := s.stuck()
	at := s.here()
	name := s.tok(1).Value
	switch {
	case s.at == 2 && t.Value == ":=":
		s.report(at, codeUnexpected, "the value of a constant stands behind `=`").edit(at, "=", "write `=`")
		s.toks[2].Value = "="
		return true
	case s.at == 2 && (t.Type == symSmall || t.Type == symCapital) && s.tok(3).Value == "=":
		d := s.foreign(at, "the type of a constant is that of its value").help("leave the type away; `1.0` is a float")
		if t.Value == "string" || t.Value == "bool" || t.Value == "int" {
			d.edit(s.gap(2), "", "remove it")
		}
		return s.cut(2, 3)
	}
	s.report(s.place(0, 1), codeUnexpected, "the constant `%s` lacks its value", name).help("write `const %s = 10m`", name)
	return false
}

// signature deals with what follows the name of a func, step, callback, function
// or workflow: parameters, result, target, policy, body.
func (s *stream) signature(keyword string) bool {
	t := s.stuck()
	at := s.here()
	name := s.tok(1).Value
	prev := s.tok(s.at - 1)
	if s.at == 2 {
		end := int(s.parser.toks[s.tok(1).Pos.Line].end)
		s.report(s.place(1, 1), codeNoParams, "%s `%s` lacks its parameters", keyword, name).
			edit(s.span(end, end), "()", "write `%s()`", name)
		return s.insert(2, lexer.Token{Type: symPunct, Value: "("}, lexer.Token{Type: symPunct, Value: ")"})
	}
	switch {
	case t.Type == symBlock && keyword != "workflow":
		return s.bodyNotHere(keyword)
	case t.Value == ":" && keyword == "workflow" && s.beginsLine(s.at+1):
		s.foreign(at, "a block stands in braces").help("write `{` and, at its end, `}`")
		s.bodiless = true
		return false
	case t.Value == "->" || t.Value == "=>" || t.Value == ":" || t.Value == "returns":
		space := ""
		if s.tokenEnd(prev) == t.Pos.Offset {
			space = " "
		}
		s.foreign(at, "the result type stands right behind the parameters").edit(s.gap(s.at), space, "remove the `%s`", t.Value)
		return s.cut(s.at, s.at+1)
	case t.Value == "(" && prev.Value == ")":
		end := s.itemEnd(s.at + 1)
		s.foreign(s.place(s.at, end), "there is one result").
			help("several values are fields of a record; errors are declared with `fails`")
		if first := s.tok(s.at + 1); first.Type == symSmall || first.Type == symCapital {
			// The first one stands for all.
			return s.cut(s.at+2, min(end+1, len(s.toks)-1)) && s.cut(s.at, s.at+1)
		}
		return s.cut(s.at, min(end+1, len(s.toks)-1)) && keyword != "func"
	case t.Value == "(" && prev.Type == symCapital:
		s.unexpected("the end of the declaration")
	case keyword == "func":
		return s.funcResult(name)
	case t.Type == symEnd && keyword == "workflow":
		s.report(s.place(0, 1), codeNoBody, "the workflow `%s` lacks its body", name).help("what it does stands behind the clauses, in `{ ... }`")
		return false
	case keyword == "function" && !s.has("="):
		d := s.report(s.place(0, 1), codeNoTarget, "the function `%s` does not say which Lambda function it is", name)
		if strings.Contains(s.source(s.unitSpan(s.u)), "{") {
			d.help("a `function` runs elsewhere; a helper is a `func`, written in Go or as an expression")
		} else {
			d.help("write `function %s(...) T = \"name:qualifier\"`", name)
		}
		return false
	case keyword == "function" && s.has("env"):
		return s.boundName()
	case keyword == "function" && prev.Value == "=":
		s.report(at, codeUnexpected, "the name of a Lambda function stands in quotes").
			help("write `function %s(...) T = \"name:qualifier\"`, or `= env NAME ?? \"name:qualifier\"`", name)
		return false
	}
	return s.notAClause(keyword)
}

// beginsLine reports whether a token is the first of its line.
func (s *stream) beginsLine(i int) bool {
	t := s.tok(i)
	return t.Type == symEnd || s.parser.toks[t.Pos.Line].flags&first != 0
}

// hasTail reports whether something follows the type of the field from i to end.
func (s *stream) hasTail(i, end int) bool {
	return slices.ContainsFunc(s.toks[i:end], func(t lexer.Token) bool { return t.Value == "=" || t.Value == "as" })
}

var plainName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)

func (s *stream) has(value string) bool {
	for i := 0; i < s.at; i++ {
		if s.toks[i].Value == value {
			return true
		}
	}
	return false
}

func (s *stream) bodyNotHere(keyword string) bool {
	d := s.report(s.here(), codeBodyNotHere, "%s has no body here", withArticle(keyword))
	if keyword == "step" {
		d.help("what it does is written in Go: a method of the package's `Steps`")
	} else {
		d.help("who is asked, and how, is written in Go")
	}
	return s.cut(s.at, s.at+1)
}

func (s *stream) funcResult(name string) bool {
	t := s.stuck()
	switch {
	case t.Type == symEnd || t.Type == symBlock || t.Value == "=":
		s.report(s.place(1, 1), codeMissingType, "the func `%s` lacks its result type", name).
			help("a func computes a value; what has an effect is a `step`")
		return false
	case t.Type == symSmall && isClause.has(t.Value):
		s.report(s.here(), codeClausePlace, "a func has no clauses").help("policy stands at steps; a func is pure, so that nothing can fail or be repeated")
		return s.cut(s.at, len(s.toks)-1)
	}
	s.unexpected("`=` and an expression, or the end of the line")
	return s.cut(s.at, len(s.toks)-1)
}

// clauseEnd gives the index of the clauses, the body or the end behind i.
func (s *stream) clauseEnd(i int) int {
	for ; i < len(s.toks)-1; i++ {
		if t := s.toks[i].Type; t == symBlock || t == symPolicy {
			return i
		}
	}
	return len(s.toks) - 1
}

// notAClause deals with what stands where the first clause of a declaration could.
func (s *stream) notAClause(keyword string) bool {
	from := s.at
	if s.stuck().Type == symPolicy {
		s.unexpected("the end of the declaration")
		return s.cut(from, len(s.toks)-1)
	}
	if prev := s.tok(s.at - 1); prev.Type == symSmall && !isTypeName.has(prev.Value) && s.tok(s.at-2).Value == ")" {
		// The word was taken for the type of the result.
		from--
	}
	s.i, s.declaring = s.tok(from).Pos.Line, keyword
	s.parser.notAClause()
	s.declaring = ""
	return s.cut(from, s.clauseEnd(s.at))
}

// notADecl reports what stands between declarations.
func (p *parser) notADecl(u unit) {
	p.i = u.start
	word := p.str()
	next := p.peek(1)
	at := p.here()
	switch k := p.kind(); {
	case k == tAlien:
		p.habit()
	case k == tWord && (isClause.has(word) || word == "as"):
		p.report(at, codeClausePlace, "the clause `%s` belongs to no declaration", word).help("it stands behind or below what it belongs to")
	case declarationHabits.has(word):
		d := declarationHabits.report(p, at, word)
		if declarationHabits.byWord[word].words == modifiers && next == tWord && beginsDeclaration.has(p.strAt(p.i+1)) {
			d.edit(Span{at.Start, p.src.Pos(int(p.toks[p.i+1].start))}, "", "remove it")
		}
	case k.isReserved() || k == tWord && (next == tDefine || next == tAssign || next == tDot):
		p.report(at, codeNoDeclaration, "a statement stands outside of a workflow").help("statements stand in `workflow name() { ... }`; is a `}` too many above?")
	case k == tName && beginsDeclaration.has(strings.ToLower(word)):
		p.report(at, codeCase, "keywords are written small").edit(at, strings.ToLower(word), "write `%s`", strings.ToLower(word))
	case k == tLbrace:
		d := p.report(at, codeNoDeclaration, "a block without a declaration")
		if u.start == 0 {
			d.help("a file begins with `flow 1` and `package name`; then come declarations")
		}
	default:
		d := p.report(at, codeNoDeclaration, "%s does not begin a declaration", p.describe(p.i))
		if best := near.Name(word, beginsDeclaration.words()); k == tWord && best != "" {
			d.suggestWord(word, best)
		} else {
			d.help("declarations are type, enum, error, const, func, step, callback, function and workflow")
		}
	}
}
