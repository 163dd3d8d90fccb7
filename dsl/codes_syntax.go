package dsl

import "strings"

// Codes of lexer and parser.
var (
	codeBadCharacter = register("bad-character", "a character that has no place in a source",
		`
A source is UTF-8 text. Control characters, NUL bytes, invisible characters and
typographic signs have no meaning in it, and some could make it read differently
from what it says. Inside texts they are written as escapes, such as `+"`"+`\u00a0`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a"，)
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a")
}`)

	codeForeignComment = register("foreign-comment", "a comment of another language",
		`
Comments begin with `+"`"+`//`+"`"+` and end with the line. There is no `+"`"+`/* */`+"`"+` and no `+"`"+`#`+"`"+`.`,
		`
flow 1

package orders

# A record.
type Order { id string }`,
		`
flow 1

package orders

// A record.
type Order { id string }`)

	codeUnclosed = register("unclosed", "a bracket that nothing closes",
		`
Every `+"`"+`(`+"`"+`, `+"`"+`[`+"`"+` and `+"`"+`{`+"`"+` needs its partner. Where one is missing, the layout of the
lines around tells where it probably belongs.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    x := (1 + 2
    log "{x}"
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    x := (1 + 2)
    log "{x}"
}`)

	codeUnopened = register("unopened", "a closing bracket without its partner",
		`
This bracket closes nothing: its partner was closed before, or never opened.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 5m
}
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 5m
}`)

	codeOpenText = register("open-text", "a text, or a hole in it, that is not closed",
		`
A text in quotes ends on its line, and so do its holes. A text of several lines is
written in backquotes, where everything stands for itself.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    log "begun
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    log "begun"
}`)

	codeBadEscape = register("bad-escape", "an escape that texts don't have",
		`
A text in quotes knows `+"`"+`\n \r \t \\ \" \{ \}`+"`"+` and characters by their number, `+"`"+`\u00e9`+"`"+`
and `+"`"+`\U0001F600`+"`"+`. In a text in backquotes a backslash is just that.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    log "C:\dir"
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    log "C:\\dir"
}`)

	codeEmptyHole = register("empty-hole", "a hole in a text with nothing in it",
		`
In a text, `+"`"+`{`+"`"+` begins a hole that holds an expression. The character itself is
written `+"`"+`\{`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    log "a {} b"
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    log "a \{\} b"
}`)

	codeSingleQuotes = register("single-quotes", "a text in single quotes",
		`
Texts are written in double quotes, not in single or typographic ones, or in backquotes
where everything stands for itself.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge('a')
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a")
}`)

	codeBadNumber = register("bad-number", "a number that can't be read",
		`
An integer is decimal, without a zero in front, or begins with `+"`"+`0x`+"`"+`, `+"`"+`0o`+"`"+` or `+"`"+`0b`+"`"+`, and
fits into 64 bits. A float has digits on both sides of its point. `+"`"+`_`+"`"+` may separate
digits.`,
		`
flow 1

package orders

const rate = .5`,
		`
flow 1

package orders

const rate = 0.5`)

	codeBadDuration = register("bad-duration", "a duration that can't be read",
		`
A duration is whole numbers with the units `+"`"+`w d h m s ms`+"`"+`, the largest first and each
once: `+"`"+`500ms`+"`"+`, `+"`"+`10m`+"`"+`, `+"`"+`1h30m`+"`"+`, `+"`"+`3d`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 1.5h
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 1h30m
}`)

	codeMissingUnit = register("missing-unit", "a number where a duration stands",
		`
How long something lasts is a duration, not a number: `+"`"+`10m`+"`"+`, not `+"`"+`10`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 10
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 10m
}`)

	codeTooDeep = register("too-deep", "source that is nested too deeply",
		`
Blocks, expressions and types can be nested a thousand levels deep. Give a part of
what is nested a name of its own.`,
		"flow 1\n\npackage orders\n\nconst x = "+strings.Repeat("(", maxDepth+1)+"1"+strings.Repeat(")", maxDepth+1),
		`
flow 1

package orders

const x = (1)`)

	codeHead = register("head", "a file whose first lines are missing or out of order",
		`
A file begins with the version of the language and the name of its package, which is
that of the Go package in the same folder. Imports follow, then declarations.`,
		`
package orders

type Order { id string }`,
		`
flow 1

package orders

type Order { id string }`)

	codeVersion = register("version", "an unknown version of the language",
		`
The number behind `+"`"+`flow`+"`"+` is the version of the language that the file is written in.
There is one version, 1.`,
		`
flow 2

package orders`,
		`
flow 1

package orders`)

	codeCase = register("case", "a capital letter where a small one stands, or the other way round",
		`
Types, enums and errors begin with a capital, everything else with a small letter: the
case of a name tells the language what it names.`,
		`
flow 1

package orders

type order { id string }`,
		`
flow 1

package orders

type Order { id string }`)

	codeReserved = register("reserved", "a keyword used as a name",
		`
These words can't be names: if else switch case for in while break continue return
yield fail log var try catch undo true false none select parallel map wait. Only where a
dot, colon or keyword tells that a name follows they may stand: fields, branches, steps.`,
		`
flow 1

package orders

func total(case int) int`,
		`
flow 1

package orders

func total(number int) int`)

	codeBlank = register("blank", "the blank name `_`",
		`
There is no blank name. What is not needed is left away: a result is dropped by not
assigning it, and a loop that needs no index has one variable.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    for _, x in ["a"] { step charge(x) }
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    for x in ["a"] { step charge(x) }
}`)

	codeNoDeclaration = register("no-declaration", "text between declarations that begins none",
		`
Outside of workflows a file holds declarations: type, enum, error, const, func, step,
callback, function and workflow. Statements stand in the body of a workflow.`,
		`
flow 1

package orders

charge(id string) string`,
		`
flow 1

package orders

step charge(id string) string`)

	codeNested = register("nested", "a declaration inside a workflow",
		`
Declarations stand side by side in a file. One that seems to stand inside a workflow
often means that a `+"`"+`}`+"`"+` is missing above it.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    type Order { id string }
}`,
		`
flow 1

package orders

step charge(id string) string

type Order { id string }

workflow pay(id string) {
}`)

	codeTypeBody = register("type-body", "a declaration without its fields or values",
		`
A type is a record, `+"`"+`type Order { id string }`+"`"+`, or stands for a type of a Go package,
`+"`"+`type Order = shop.Order`+"`"+`. Enums and errors have braces, too, except for an error
without fields.`,
		`
flow 1

package orders

enum Status`,
		`
flow 1

package orders

enum Status { open, paid }`)

	codeMissingType = register("missing-type", "a field, parameter or func without its type",
		`
Every field and parameter has a type of its own behind its name, and every func has a
result type.`,
		`
flow 1

package orders

type Point { x, y int }`,
		`
flow 1

package orders

type Point { x int, y int }`)

	codeBadType = register("bad-type", "something that is no type",
		`
Types are string, int, float, bool, bytes, time, duration and json, lists `+"`"+`[]T`+"`"+`, maps
`+"`"+`map[string]T`+"`"+`, what may be absent, `+"`"+`T?`+"`"+`, and declared types, which begin with a
capital.`,
		`
flow 1

package orders

type Order { total int64 }`,
		`
flow 1

package orders

type Order { total int }`)

	codeEnumValue = register("enum-value", "a value of an enum that is more than a name",
		`
An enum is a set of names. A name stands for itself in JSON, too, unless another text
is given with `+"`"+`as`+"`"+`.`,
		`
flow 1

package orders

enum Status { open = 1, paid = 2 }`,
		`
flow 1

package orders

enum Status { open, paid }`)

	codeNoParams = register("no-params", "a declaration without parentheses",
		`
Steps, callbacks, functions, funcs and workflows have parameters in parentheses, be
there none.`,
		`
flow 1

package orders

step announce`,
		`
flow 1

package orders

step announce()`)

	codeNoBody = register("no-body", "a workflow without its body",
		`
A workflow says what it does, in braces behind its clauses.`,
		`
flow 1

package orders

workflow pay(id string)
    timeout 1h`,
		`
flow 1

package orders

workflow pay(id string)
    timeout 1h
{
}`)

	codeBodyNotHere = register("body-not-here", "a body where none belongs",
		`
Only workflows have a body in a `+"`"+`.flow`+"`"+` file. What a step, callback or func does is
written in Go; a func may also be an expression.`,
		`
flow 1

package orders

func double(n int) int { return n * 2 }`,
		`
flow 1

package orders

func double(n int) int = n * 2`)

	codeNoTarget = register("no-target", "a function without the Lambda function it stands for",
		`
A `+"`"+`function`+"`"+` names another Lambda function with its version or alias, or by its ARN.`,
		`
flow 1

package orders

function ship(id string) string`,
		`
flow 1

package orders

function ship(id string) string = "ship:live"`)

	codeUnknownClause = register("unknown-clause", "a word that begins no clause",
		`
Declarations have the clauses fails, retry, timeout, heartbeat, reads, idempotent, at
most once and retention. Operations have retry, timeout and heartbeat, a label with
`+"`"+`as`+"`"+`, and clauses of their own kind.`,
		`
flow 1

package orders

step charge(id string) retires 5`,
		`
flow 1

package orders

step charge(id string) retry 5`)

	codeClausePlace = register("clause-place", "a clause where it does not belong",
		`
What a step promises (fails, reads, idempotent, at most once) stands at its declaration;
how one use of it is retried stands there. The parts of `+"`"+`retry`+"`"+` (every, backoff, max,
jitter, on) follow it.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a") idempotent
}`,
		`
flow 1

package orders

step charge(id string) string idempotent

workflow pay(id string) {
    step charge("a")
}`)

	codeDuplicateClause = register("duplicate-clause", "a clause that stands twice",
		`
Every clause stands once at a declaration or operation.`,
		`
flow 1

package orders

step charge(id string) timeout 5s timeout 10s`,
		`
flow 1

package orders

step charge(id string) timeout 10s`)

	codeClauseOrder = register("clause-order", "`undo` behind `catch`",
		`
Behind an operation stand its clauses, then `+"`"+`undo`+"`"+`, then the catches.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a")
        catch e { log e.message }
        undo step charge("b")
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a")
        undo step charge("b")
        catch e { log e.message }
}`)

	codeNoStatement = register("no-statement", "a line that does nothing",
		`
A statement is an operation, an assignment, or begins with a keyword. A value alone
does nothing; assign it, or leave it away.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    id
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    n := len(id) + 1
    log "{n}"
}`)

	codeMissingDefine = register("missing-define", "an assignment without `:=`",
		`
The result of an operation is given a name with `+"`"+`:=`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    receipt step charge("a")
    log receipt
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    receipt := step charge("a")
    log receipt
}`)

	codeUntypedVar = register("untyped-var", "`var` without a type",
		`
`+"`"+`var`+"`"+` declares a variable that is assigned later, so it needs a type. Where the value
is known, `+"`"+`:=`+"`"+` takes the type from it.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    var n = 5
    log "{n}"
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    n := 5
    log "{n}"
}`)

	codeBareCall = register("bare-call", "an operation without its keyword, or a call that does nothing",
		`
Whatever has an effect begins with a keyword, so that readers see where the workflow
checkpoints: `+"`"+`step charge(id)`+"`"+`, not `+"`"+`charge(id)`+"`"+`. A call of a func computes a value and
is of no use alone.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    charge("a")
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a")
}`)

	codeNoArguments = register("no-arguments", "a call without parentheses",
		`
What is called has its arguments in parentheses, be there none.`,
		`
flow 1

package orders

step announce()

workflow pay(id string) {
    step announce
}`,
		`
flow 1

package orders

step announce()

workflow pay(id string) {
    step announce()
}`)

	codeOperationInExpr = register("operation-in-expr", "an operation inside an expression",
		`
Operations are the places where a workflow checkpoints; each has a line of its own.
Give its result a name, and use the name in the expression.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    log "paid: {step charge("a")}"
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    receipt := step charge("a")
    log "paid: {receipt}"
}`)

	codeAssignAsTest = register("assign-as-test", "`=` where values are compared",
		`
`+"`"+`=`+"`"+` assigns and stands in statements only. Values are compared with `+"`"+`==`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    if id = "a" { return }
    wait 5m
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    if id == "a" { return }
    wait 5m
}`)

	codeChainedComparison = register("chained-comparison", "a comparison of a comparison",
		`
`+"`"+`a < b < c`+"`"+` would compare a truth value with `+"`"+`c`+"`"+`. Say what is meant with `+"`"+`&&`+"`"+`.`,
		`
flow 1

package orders

func inside(x int) bool = 0 < x < 9`,
		`
flow 1

package orders

func inside(x int) bool = 0 < x && x < 9`)

	codeBareType = register("bare-type", "the name of a type where a value stands",
		`
A name with a capital is a type. Values of it are written `+"`"+`Order { id: x }`+"`"+` for a
record or error, and `+"`"+`Status.paid`+"`"+` for an enum.`,
		`
flow 1

package orders

enum Status { open, paid }

func initial() Status = Status`,
		`
flow 1

package orders

enum Status { open, paid }

func initial() Status = Status.open`)

	codeSecondFor = register("second-for", "a comprehension with two loops",
		`
A comprehension makes one list of one other. For more, use `+"`"+`for`+"`"+` statements, or name
the inner list first.`,
		`
flow 1

package orders

func pairs(a []int, b []int) []int = [x * y for x in a for y in b]`,
		`
flow 1

package orders

func doubled(a []int) []int = [x * 2 for x in a]`)

	codeSwitchSubject = register("switch-subject", "`switch` without a value",
		`
A `+"`"+`switch`+"`"+` compares one value with those of its cases. Conditions are chosen by
`+"`"+`if`+"`"+` and `+"`"+`else if`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    switch { }
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    if id == "a" { wait 1m } else { wait 2m as "longer" }
}`)

	codeElseLine = register("else-line", "`else` on a line of its own",
		`
`+"`"+`else`+"`"+` stands behind the `+"`"+`}`+"`"+` of its `+"`"+`if`+"`"+`. (In a `+"`"+`switch`+"`"+`, it begins a line like `+"`"+`case`+"`"+`.)`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    if id == "a" { return }
    else { wait 5m }
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    if id == "a" { return } else { wait 5m }
}`)

	codeBraceLine = register("brace-line", "`{` on a line of its own",
		`
The `+"`"+`{`+"`"+` of a block stands at the end of the line that it belongs to. Only that of a
workflow's body may stand on the next one.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    if id == "a"
    {
        return
    }
    wait 5m
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    if id == "a" {
        return
    }
    wait 5m
}`)

	codeTryAlone = register("try-alone", "`try` without a `catch`",
		`
`+"`"+`try`+"`"+` lets one `+"`"+`catch`+"`"+` handle the errors of several statements. Without one it says
nothing.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    try { step charge("a") }
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    try { step charge("a") } catch e { log e.message }
}`)

	codeBareCatch = register("bare-catch", "`catch` that does not say what it catches",
		`
A `+"`"+`catch`+"`"+` names the errors that it handles, or a variable for any of them.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a")
        catch { return }
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    step charge("a")
        catch e { log e.message }
}`)

	codeBadFail = register("bad-fail", "`fail` with something that is no error",
		`
`+"`"+`fail`+"`"+` raises a declared error, with its fields in braces, or a caught one again.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    fail "no money"
}`,
		`
flow 1

package orders

error NoMoney

workflow pay(id string)
    fails NoMoney
{
    if id == "" { fail NoMoney }
    wait 1m
}`)

	codeBranch = register("branch", "a branch of a `parallel` that can't be read",
		`
A branch has a name, a colon, and an operation or a block: `+"`"+`labels: step print(x)`+"`"+`.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    parallel {
        step charge("a")
    }
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    parallel {
        first: step charge("a")
    }
}`)

	codePollIncomplete = register("poll-incomplete", "a poll that lacks its interval, bound or condition",
		`
A poll says how often it looks (`+"`"+`every`+"`"+`), how many times at most, and when it is done
(`+"`"+`until`+"`"+`): nothing of that has a default.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    x := poll charge("a") every 1m until x == "done"
        catch Exhausted { return }
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    x := poll charge("a") every 1m at most 60 times until x == "done"
        catch Exhausted { return }
}`)

	codeForeign = register("foreign", "something that other languages have",
		`
Operators, keywords and forms of Go and other languages that this one lacks, on
purpose. The message says what is written instead.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    n := 1
    n++
    log "{n}"
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    n := 1
    n = n + 1
    log "{n}"
}`)

	codeUnexpected = register("unexpected", "something that can't stand where it stands",
		`
The grammar wants something else here, and no better explanation is known. The message
says what; docs/grammar.ebnf has the whole grammar.`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 5m 6m
}`,
		`
flow 1

package orders

step charge(id string) string

workflow pay(id string) {
    wait 5m
}`)
)
