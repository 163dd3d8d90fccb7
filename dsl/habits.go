package dsl

import "strings"

// habit is a word that people bring along from another language, and what to tell them.
type habit struct {
	words   string // any of them, separated by spaces
	message string // with %s for the word; empty: that of the table
	help    string // empty: none
	fix     string // what stands here instead; empty: only the author can tell
}

// habits are the habits of one place in a file, by word.
type habits struct {
	code   Code
	byWord map[string]habit
}

// newHabits makes a table. In message, %s is the word, and %f the fix.
func newHabits(code Code, message string, rows ...habit) habits {
	h := habits{code, map[string]habit{}}
	for _, row := range rows {
		if row.message == "" {
			row.message = message
		}
		for word := range strings.FieldsSeq(row.words) {
			h.byWord[word] = row
		}
	}
	return h
}

func (h habits) has(word string) bool { _, ok := h.byWord[word]; return ok }

// report tells of the word at a place; nil if it is none of the table.
func (h habits) report(p *parser, at Span, word string) *Diagnostic {
	row, ok := h.byWord[word]
	if !ok {
		return nil
	}
	d := p.report(at, h.code, "%s", strings.NewReplacer("%s", word, "%f", row.fix).Replace(row.message))
	if row.help != "" {
		d.help("%s", row.help)
	}
	if row.fix != "" {
		d.edit(at, row.fix, "write `%s`", row.fix)
	}
	return d
}

// Where a statement begins.
var statementHabits = newHabits(codeForeign, "there is no `%s` here",
	habit{words: "print println printf echo", help: "write `log \"...\"`"},
	habit{words: "throw raise panic", help: "write `fail SomeError { ... }`"},
	habit{words: "sleep delay", help: "write `wait 10m`"},
	habit{words: "go async", help: "things run at the same time in `parallel` and `map`"},
	habit{words: "defer", help: "what takes an operation back is its `undo`"},
	habit{words: "goto", help: "use `while`, `break` and `continue`"},
	habit{words: "elif elseif elsif", help: "write `} else if c {`"},
	habit{words: "unless", help: "write `if !c { ... }`"},
	habit{words: "loop", help: "write `while true { ... }`"},
	habit{words: "do repeat", help: "write `while c { ... }`"},
	habit{words: "foreach", help: "write `for x in list { ... }`"},
	habit{words: "match", help: "write `switch v { case a { ... } }`"},
	habit{words: "when", help: "write `if` or `switch`"},
	habit{words: "finally", help: "errors are handled with `catch`; what must be taken back has an `undo`"},
	habit{words: "except", help: "write `catch SomeError { ... }`"},
	habit{words: "default", help: "write `else { ... }`"},
	habit{words: "end", help: "a block ends with `}`"},
	habit{words: "pass", help: "an empty block is `{}`"},
	habit{words: "exit", help: "write `return`"},
	habit{words: "let auto", help: "write `x := v`"},
	habit{words: "const", help: "write `x := v`; constants stand outside of workflows"},
	habit{words: "def", help: "funcs are declared outside of workflows"},
	habit{words: "assert require", help: "write `if !c { fail SomeError }`"},
	habit{words: "saga", help: "a `group` is undone as a whole when it fails"},
	habit{words: "with", help: "policy stands behind the operation it belongs to"},
	habit{words: "import", help: "imports stand at the top of the file"},
	habit{words: "receive signal", help: "wait for the outside with `callback`"},
	habit{words: "fallthrough", help: "write `case a, b { ... }`"},
)

// Behind an operation.
var useHabits = newHabits(codeForeign, "`%s` is written `%f`",
	habit{words: "retries", fix: "retry"},
	habit{words: "attempts", message: "`%s` is written `retry`", help: attemptsHelp},
	habit{words: "finally", message: "there is no `%s`", help: "what takes an operation back is its `undo`; what happens either way stands below the `try`"},
	habit{words: "except rescue", message: "errors are handled with `catch`", help: "write `catch SomeError { ... }`"},
	habit{words: "compensate rollback compensation", message: "what takes an operation back is its `undo`", fix: "undo"},
)

const attemptsHelp = "`retry` counts the attempts after the first: 3 attempts are `retry 2`"

// Among the clauses of a declaration.
var policyHabits = newHabits(codeForeign, "`%s` is written `%f`",
	habit{words: "attempts", message: "`%s` is written `retry`", help: attemptsHelp},
	habit{words: "throws raises error errors", fix: "fails"},
	habit{words: "retries", fix: "retry"},
	habit{words: "deadline", message: "`%s` is written `timeout`", help: "the `timeout` of a step holds for each attempt, that of a callback for all of the wait"},
	habit{words: "readonly pure", fix: "reads"},
	habit{words: "idempotency", fix: "idempotent"},
	habit{words: "returns", message: "the result type stands right behind the parameters", help: "leave the `returns` away"},
)

// modifiers stand in front of declarations elsewhere.
const modifiers = "export async public private static abstract declare"

// Where a declaration begins.
var declarationHabits = newHabits(codeForeign, "there is no `%s`",
	habit{words: "struct record class interface message model", help: "a record is declared `type Order { id string }`"},
	habit{words: "fn def fun task activity", help: "what has an effect is a `step`, what computes a `func`"},
	habit{words: "let define var", message: "there are no variables outside of workflows", help: "write `const x = v` for a constant"},
	habit{words: modifiers, help: "what a folder declares is seen in all of its files, and by Go"},
	habit{words: "exception failure", help: "write `error CardDeclined { reason string }`"},
	habit{words: "module namespace", help: "write `package orders`"},
	habit{words: "use using include require", help: "write `import \"path\"` for a Go package; files of a folder see each other as they are"},
)

// Where a value stands.
var valueHabits = newHabits(codeForeign, "`%s` is written `%f`",
	habit{words: "True TRUE", fix: "true"},
	habit{words: "False FALSE", fix: "false"},
	habit{words: "None NONE Null NULL", fix: "none"},
)

// Where a type stands. Some others have only something near: a single byte, a number with
// exact places, a day without a time.
var typeHabits = newHabits(codeBadType, "the type `%s` is written `%f`",
	habit{words: "int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 integer long", fix: "int"},
	habit{words: "float32 float64 double", fix: "float"},
	habit{words: "number", message: "the type `%s` is written `int` or `float`", help: "whole numbers and others are two types here"},
	habit{words: "boolean", fix: "bool"},
	habit{words: "str text", fix: "string"},
	habit{words: "any object", fix: "json"},
	habit{words: "datetime", fix: "time"},
	habit{words: "timestamp", message: "the type `%s` is written `time`", help: "a number of seconds is an `int`"},
	habit{words: "interval", fix: "duration"},
	habit{words: "decimal", message: "the type `%s` is written `float`", help: "it is not the same: see whether it will do"},
	habit{words: "byte", message: "the type `%s` is written `bytes`", help: "it is not the same: see whether it will do"},
	habit{words: "date", message: "the type `%s` is written `time`", help: "it is not the same: see whether it will do"},
	habit{words: "list array slice set", message: "a list of T is written `[]T`"},
	habit{words: "interface", message: "`%s` is not a type", help: "write `json` for data of any shape"},
	habit{words: "chan", message: "`%s` is not a type", help: "there are no channels"},
	habit{words: "func", message: "`%s` is not a type", help: "there are no function values"},
	habit{words: "struct", message: "`%s` is not a type", help: "declare `type Name { field type }` and write its name"},
	habit{words: "dict", message: "`%s` is not a type", help: "write `map[string]T`"},
	habit{words: "void", message: "`%s` is not a type", help: "leave the result away"},
	habit{words: "optional", message: "`%s` is not a type", help: "write `T?`"},
)

// operatorHabits are operators of other languages.
var operatorHabits = newHabits(codeForeign, "there is no `%s`",
	habit{words: "& | ^ &^ ~", message: "there are no bit operators", help: "write it as a `func` in Go"},
	habit{words: "<<", message: "there are no bit operators", help: "multiply, or write it as a `func` in Go"},
	habit{words: ">>", message: "there are no bit operators", help: "divide, or write it as a `func` in Go"},
	habit{words: "**", message: "there is no power operator", help: "multiply, or write it as a `func` in Go"},
	habit{words: "?.", help: "test with `if x != none { ... }`, which makes `x` present inside"},
	habit{words: "=>", message: "there are no function values", help: "a list is made with `[f(x) for x in list]`, a helper is a `func` of its own"},
	habit{words: "->", help: "a result type stands behind the parameters, as in `step charge(order Order) string`"},
	habit{words: "<-", message: "there are no channels", help: "`parallel`, `map` and `callback` are how things happen at the same time"},
	habit{words: "...", help: "lists are joined with `append` or a comprehension"},
	habit{words: "..", message: "there are no ranges", help: "loop over a list, or over numbers with `for i in range(n)`"},
	habit{words: "::", help: "an enum's value is written `Status.paid`"},
	habit{words: "<> !==", help: "write `!=`", fix: "!="},
	habit{words: "===", help: "write `==`", fix: "=="},
	habit{words: "@", message: "there are no annotations", help: "clauses such as `timeout 10s` stand behind or below the declaration"},
	habit{words: "$", message: "`$` has no meaning", help: "a hole in a text is written `\"{name}\"`"},
	habit{words: "\\", message: "`\\` has no meaning outside texts", help: "a line goes on inside parentheses, or after an operator"},
)
