package query

import (
	"slices"

	"github.com/durablegen/durablegen/dsl"
)

// all adds what may stand at the place.
func (c *completer) all() {
	if c.afterWord() {
		return
	}
	switch c.inside() {
	case topLevel:
		c.topLevel()
	case statements:
		if c.begins || c.is(1, "{", "}", ";") {
			c.statement()
		} else {
			c.restOfStatement()
		}
	case branches:
		if c.is(1, ":") {
			c.words(dsl.OperationWords(), 0)
		}
	case cases, selection:
		c.words([]string{"case"}, 0)
		c.words([]string{"else"}, 1)
	case fields, params:
		if w := c.back(1); w.kind == dsl.WordToken && !c.begins || c.is(1, "]") {
			c.types()
		}
	case record:
		if c.is(1, "{", ",") || c.begins {
			c.fieldsOfRecord()
		} else {
			c.values()
		}
	case elements:
		if c.is(2, "map") {
			c.types()
			return
		}
		c.values()
	case members, mapEntries:
		if c.is(1, ":") {
			c.values()
		}
	case arguments, hole:
		c.values()
	}
}

// afterWord adds what the last token alone asks for, and reports whether it does.
func (c *completer) afterWord() bool {
	if c.begins && !c.is(1, ".", ",", "(", "[", ":=", "=", "&&", "||", "??", "+") {
		return false
	}
	top := len(c.open) == 0
	switch last := c.back(1); {
	case last.text == ".":
		c.membersOf(len(c.before) - 2)
	case top && last.text == "defaults":
		c.words([]string{"step", "callback", "workflow"}, 0)
	case top && c.is(2, "defaults"):
		c.clauses([]string{"retry", "timeout", "heartbeat", "retention"})
	case last.text == "," && c.inErrors():
		c.errors()
	case slices.Contains([]string{"fails", "on", "catch", "except"}, last.text):
		c.errors()
		if last.text == "catch" {
			c.add(Candidate{Text: "e", Snippet: "e { $0 }", Detail: "any error", Rank: 1})
		}
	case last.text == "jitter":
		c.words([]string{"full", "half", "none"}, 0)
	case last.text == "at":
		c.words([]string{"most", "least"}, 0)
	case last.text == "idempotent":
		c.words([]string{"by"}, 0)
		c.clauses(dsl.DeclarationClauses())
	case top && last.text == "=" && len(c.lineWords()) > 0 && c.lineWords()[0].text == "type":
		c.packages()
	case top && last.text == "=" && len(c.lineWords()) > 0 && c.lineWords()[0].text == "function":
		c.add(Candidate{Text: "env", Snippet: "env ${1:NAME_FUNCTION} ?? \"${2:name:live}\"", Detail: "its name is bound at deployment"})
	case top && (last.text == "env" || c.is(2, "env")) && len(c.lineWords()) > 0 && c.lineWords()[0].text == "function":
		// a variable, and what stands in the place of one that is not set
	case top && (last.text == "import" || slices.Contains(dsl.DeclarationWords(), last.text)):
		// a name of one's own
	case last.text == "step" || last.text == "poll":
		c.declared(0, Step)
		for _, s := range dsl.BuiltinSteps() {
			if last.text == "step" {
				c.add(Candidate{Text: s.Builtin, Snippet: call(s.Builtin, &s.Signature), Detail: Heading(s), Rank: 2})
			}
		}
	case last.text == "callback" || last.text == "open":
		c.declared(0, Callback)
	case last.text == "invoke":
		c.declared(0, Function)
	case last.text == "call" || last.text == "again" && !top:
		c.declared(0, Workflow)
	case last.text == "await":
		c.variables(0, func(t dsl.Type) bool { _, ok := t.(*dsl.Handle); return ok })
	case last.text == "undo":
		c.words([]string{"step", "invoke", "call"}, 0)
	case last.text == "settled":
		c.words([]string{"parallel", "map"}, 0)
	case last.text == "fail":
		c.declared(0, Error)
		c.variables(1, func(t dsl.Type) bool {
			_, isError := t.(*dsl.ErrorType)
			return isError || t == dsl.Failure
		})
	case last.text == "case":
		if c.inside() == selection {
			c.words([]string{"await", "callback", "wait", "poll", "step"}, 0)
		} else {
			c.caseValues()
		}
	case last.text == "," && c.inside() == cases:
		c.caseValues()
	default:
		return false
	}
	return true
}

// inErrors reports whether the place is in a list of errors.
func (c *completer) inErrors() bool {
	for n := 1; ; n++ {
		switch w := c.back(n); {
		case w.text == "fails" || w.text == "on" || w.text == "except" || w.text == "catch":
			return true
		case w.text != "," && !isCapital(w.text):
			return false
		}
	}
}

// topLevel adds what stands outside of all braces.
func (c *completer) topLevel() {
	line := c.lineWords()
	switch {
	case c.begins:
		c.words(dsl.DeclarationWords(), 0)
		c.clauses(dsl.DeclarationClauses())
	case len(line) == 0 || c.is(1, "="):
		c.values()
	case c.is(1, ")"):
		c.types()
		c.clauses(dsl.DeclarationClauses())
	case line[0].text == "const":
		c.values()
	case line[0].text == "flow" || line[0].text == "package":
	case c.is(1, "by"):
		c.variables(0, nil)
	default:
		c.clauses(dsl.DeclarationClauses())
	}
}

// statement adds what a line of a body begins with.
func (c *completer) statement() {
	c.words(dsl.StatementWords(), 1)
	c.words(dsl.OperationWords(), 0)
	c.variables(0, nil)
	if c.begins && len(c.before) > 0 && !c.is(1, "{") {
		c.clauses(dsl.UseClauses())
	}
}

// restOfStatement adds what goes on with a line of a body.
func (c *completer) restOfStatement() {
	last := c.back(1)
	line := c.lineWords()
	switch {
	case slices.Contains([]string{":=", "=", "return", "yield"}, last.text):
		c.words(dsl.OperationWords(), 0)
		c.values()
	case last.kind == dsl.SymbolToken && !slices.Contains([]string{")", "]", "}", "?"}, last.text),
		slices.Contains([]string{"if", "while", "switch", "in", "until", "log", "by", "from", "wait", "every", "max", "min", "timeout", "heartbeat", "retry", "tolerate"}, last.text):
		c.values()
		if last.text == "wait" {
			c.words([]string{"until"}, 2)
		}
		if last.text == "retry" {
			c.words([]string{"none"}, 2)
		}
	case len(line) > 0 && line[0].text == "var":
		c.types()
	case len(line) > 0 && slices.Contains([]string{"if", "while", "for", "switch"}, line[0].text):
	default:
		c.clauses(dsl.UseClauses())
	}
}
