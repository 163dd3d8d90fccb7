package dsl

// Codes of the checks.

// inPackage makes a whole file of declarations.
func inPackage(decls string) string {
	return "flow 1\n\npackage example\n" + decls
}

// checked registers a code of the checks; bad and good are declarations.
func checked(code Code, title, explanation, bad, good string) Code {
	return register(code, title, explanation, inPackage(bad), inPackage(good))
}

// Names.
var (
	codeUnknownName = checked("unknown-name", "a name that nothing declares", `
A variable, function, step or other declaration is used that does not exist. Names
are case-sensitive. Variables are seen from their declaration to the end of the
block that they stand in.`, `
workflow greet(name string) string
{
    return "hello {nmae}"
}
`, `
workflow greet(name string) string
{
    return "hello {name}"
}
`)
	codeUnknownType = checked("unknown-type", "a type that nothing declares", `
Types are the built-in ones and those that a file of the package declares. Errors
are no types of data.`, `
type Order { id string, items []Itm }

type Item { sku string }
`, `
type Order { id string, items []Item }

type Item { sku string }
`)
	codeUnknownField = checked("unknown-field", "a field that a value does not have", `
Only the fields of a record, an error or an outcome can be selected. There are no
methods: what other languages write as a method is a built-in function here.`, `
type Order { id string, total int }

func cents(order Order) int = order.totl
`, `
type Order { id string, total int }

func cents(order Order) int = order.total
`)
	codeUnknownValue = checked("unknown-value", "a value that an enum does not have", `
The values of an enum are those that it names.`, `
enum Size { small, large }

func big(size Size) bool = size == Size.huge
`, `
enum Size { small, large }

func big(size Size) bool = size == Size.large
`)
	codeUnknownError = checked("unknown-error", "an error that nothing declares", `
What can be raised, caught and listed in a fails is declared with error, or
one of the built-in errors: Timeout, HeartbeatTimeout, Interrupted, Stopped,
Exhausted, UndoFailed and Unexpected.`, `
error Declined

step charge(order string)  fails Decline idempotent
`, `
error Declined

step charge(order string)  fails Declined idempotent
`)
	codeUnusedVariable = checked("unused-variable", "a variable that nothing reads", `
As in Go, a variable that is declared is used somewhere. The value of an operation
need not be kept: a step stands as a statement of its own, too.`, `
step save(text string) string  idempotent

workflow keep(text string)
{
    id := step save(text)
}
`, `
step save(text string) string  idempotent

workflow keep(text string)
{
    step save(text)
}
`)
	codeDuplicateName = checked("duplicate-name", "a name that is taken", `
All declarations of a package share their names, whatever their kind. Parameters,
the fields of a record, the values of an enum, the branches of a parallel and the
variables of one block differ too. A variable of an inner block may hide an outer
one.`, `
step send(text string)  idempotent

workflow send(text string)
{
}
`, `
step send(text string)  idempotent

workflow sendAll(texts []string)
{
    for text in texts { step send(text) }
}
`)
	codeReservedName = checked("reserved-name", "a name that generated Go can't have", `
Generated Go uses the names of the file. The keywords of Go, and a few names that
generated code declares itself, can't be used; nor can two names that differ only in
case and underscores where both become the same kind of thing in Go.`, `
func range(low int, high int) int
`, `
func spread(low int, high int) int
`)
	codePackageClash = register("package-clash", "files of one folder that name different packages", `
All .flow files of a folder are one package, as Go files are.`, `
flow 1

// The other files of the folder say "package shop".
package shops
`, `
flow 1

// The other files of the folder say "package shop".
package shop
`)
	codeNotAValue = checked("not-a-value", "a name that stands for no value", `
Steps, functions and the like are used with their keyword or called; constants are
never assigned.`, `
func rate() float = 0.19

func gross(net float) float = net + net * rate
`, `
func rate() float = 0.19

func gross(net float) float = net + net * rate()
`)
	codeWrongKeyword = checked("wrong-keyword", "an operation with the keyword of another kind", `
The keyword of an operation tells what it does: step runs a step, callback asks
the outside, invoke calls another Lambda function, call another workflow.`, `
callback approve(request string) bool  timeout 1h

workflow ask(request string) bool
    fails Timeout
{
    ok := step approve(request)
    return ok
}
`, `
callback approve(request string) bool  timeout 1h

workflow ask(request string) bool
    fails Timeout
{
    ok := callback approve(request)
    return ok
}
`)
	codeNotCallable = checked("not-callable", "an operation called like a function", `
Whatever is checkpointed starts with a keyword and has a statement of its own, so
that a reader sees where that happens. Expressions are pure.`, `
step price(item string) int  reads

workflow quote(item string) string
{
    return "that is {price(item)} cents"
}
`, `
step price(item string) int  reads

workflow quote(item string) string
{
    cents := step price(item)
    return "that is {cents} cents"
}
`)
	codeBareStep = checked("bare-step", "a clock or a random value without a step", `
The time, a UUID and a random number differ each time they are asked for. A workflow
is run again from its beginning, and must find the same values then: they are steps,
whose results are recorded.`, `
workflow stamp() time
{
    at := now()
    return at
}
`, `
workflow stamp() time
{
    at := step now()
    return at
}
`)
)

// Types and values.
var (
	codeWrongType = checked("wrong-type", "a value of another type than its place calls for", `
Types are never converted silently. A constant takes on the type that is called for,
so that 1 is a float where a float is wanted; a variable of type int does not.`, `
func half(n int) float = n / 2
`, `
func half(n int) float = float(n) / 2
`)
	codeWrongOperand = checked("wrong-operand", "an operator that does not work on its operands", `
Both sides of an operator have the same type, but for times and durations: a duration
can be added to a time, and multiplied and divided by a number. Values compared with
== are scalars, enums, times or durations.`, `
func note(count int) string = "items: " + count
`, `
func note(count int) string = "items: {count}"
`)
	codeAbsent = checked("absent", "the use of a value that may be absent", `
A value of type T? may be none. Give a value to use in its place with ??, or look
first: in if x != none { … } it is present inside, after if x == none { … } that
leaves it is present below, and so on the right of && and ||. An assignment ends that.`, `
type Order { id string, note string? }

func label(order Order) string = "{order.id}: {order.note}"
`, `
type Order { id string, note string? }

func label(order Order) string = "{order.id}: {order.note ?? "no note"}"
`)
	codeNeverAbsent = checked("never-absent", "a test for absence of what is always there", `
Only a value of an optional type, T?, can be none. A test of another value can't fail,
so something else must be meant.`, `
func shout(name string) string = upper(name ?? "nobody")
`, `
func shout(name string?) string = upper(name ?? "nobody")
`)
	codeNeedsType = checked("needs-type", "a value whose type is not known", `
An empty list and none have no type of their own. They need a place that gives them
one: a variable with a type, a parameter, a field.`, `
workflow collect(names []string) []string
{
    found := []
    for name in names { found = append(found, name) }
    return found
}
`, `
workflow collect(names []string) []string
{
    var found []string = []
    for name in names { found = append(found, name) }
    return found
}
`)
	codeMapKey = checked("map-key", "a map with keys that JSON does not know", `
The keys of a map are texts: string, an enum, or a Go type based on string.`, `
type Stock { shelves map[int]string }
`, `
type Stock { shelves map[string]string }
`)
	codeMissingField = checked("missing-field", "a record without one of its fields", `
A record has all of its fields. Only those of an optional type can be left out.`, `
type Point { x int, y int }

func origin() Point = Point { x: 0 }
`, `
type Point { x int, y int }

func origin() Point = Point { x: 0, y: 0 }
`)
	codeArgCount = checked("arg-count", "too few or too many arguments", `
Every parameter gets one argument.`, `
func area(width int, height int) int = width * height

func square(side int) int = area(side)
`, `
func area(width int, height int) int = width * height

func square(side int) int = area(side, side)
`)
	codeNoIndex = checked("no-index", "an index of what has none", `
Lists are indexed by number, maps by key, json by both. A text has no index, since
what a character is depends on more than its bytes.`, `
func initial(name string) string = name[0]
`, `
func initial(name string) string = first(split(name, "")) ?? ""
`)
	codeOutOfRange = checked("out-of-range", "an index that no list has", `
Indexes count from 0. Other than in some languages, a negative one does not count from
the end.`, `
func newest(names []string) string = names[-1]
`, `
func newest(names []string) string = last(names) ?? ""
`)
	codeOverflow = checked("overflow", "a constant that does not fit its type", `
An int has 64 bits, a float is a finite double, a duration has at most 292 years.
What overflows while the workflow runs raises Unexpected; what overflows in a constant
is refused at once.`, `
const distance = 9_223_372_036_854_775_807 * 10
`, `
const distance = 9_223_372_036_854_775_807
`)
	codeDivisionByZero = checked("division-by-zero", "a division by a constant zero", `
A division by a variable that is zero raises Unexpected while the workflow runs.`, `
func share(total int) int = total / 0
`, `
func share(total int) int = total / 2
`)
	codeNotConstant = checked("not-constant", "a computed value where a constant must stand", `
Constants, the policies of declarations and the cases of a switch are known before
anything runs: literals, other constants, and operators between them.`, `
func patience(n int) duration = minutes(n)

step call(number string)  idempotent timeout patience(5)
`, `
const patience = 5m

step call(number string)  idempotent timeout patience
`)
	codeRecursiveType = checked("recursive-type", "a record that contains itself", `
A value of such a type could never end. Through an optional field, a list or a map a
record may contain others of its kind.`, `
type Node { value int, next Node }
`, `
type Node { value int, next Node? }
`)
	codeRecursiveConst = checked("recursive-const", "a constant that is made from itself", `
The value of a constant must be found without it.`, `
const a = b + 1
const b = a + 1
`, `
const a = 1
const b = a + 1
`)
	codeRecursiveFunc = checked("recursive-func", "a func that calls itself", `
An expression must end, and nothing could recover from one that does not. A func
written in Go may do what it likes, as long as it is pure.`, `
func factorial(n int) int = if n < 2 { 1 } else { n * factorial(n - 1) }
`, `
func factorial(n int) int
`)
	codeEmptyEnum = checked("empty-enum", "an enum without values", `
No value of such a type could exist.`, `
enum Size { }
`, `
enum Size { small, large }
`)
)

// Control flow.
var (
	codeUnassigned = checked("unassigned", "a variable that may have no value", `
A variable declared with var x T has no value before it is assigned, on every way that
leads to its use. In the catch of x := op, x has no value either.`, `
func load(size int) string

workflow pack(size int) string
{
    var box string
    if size > 10 { box = "large" }
    return box
}
`, `
func load(size int) string

workflow pack(size int) string
{
    var box string
    if size > 10 { box = "large" } else { box = "small" }
    return box
}
`)
	codeUnreachable = checked("unreachable", "a statement that can't be reached", `
What stands above it always leaves: by return, yield, fail, break or continue, or by a
loop without an end.`, `
workflow answer() int
{
    return 42
    log "done"
}
`, `
workflow answer() int
{
    log "done"
    return 42
}
`)
	codeMissingReturn = checked("missing-return", "a way through a workflow without a return", `
A workflow with a result returns one on every way, or fails.`, `
workflow sign(n int) string
{
    if n < 0 { return "-" }
}
`, `
workflow sign(n int) string
{
    if n < 0 { return "-" }
    return "+"
}
`)
	codeMissingYield = checked("missing-yield", "a way through a body without a yield", `
If a group, a branch or the body of a map yields a value, it does so on every way.`, `
workflow sign(n int) string
{
    text := group choose {
        if n < 0 { yield "-" }
    }
    return text
}
`, `
workflow sign(n int) string
{
    text := group choose {
        if n < 0 { yield "-" }
        yield "+"
    }
    return text
}
`)
	codeMisplaced = checked("misplaced", "a statement that can't stand here", `
return ends a workflow; yield ends a group, a branch or an item; break and continue
belong to a loop of the same body. None of them leaves a group, branch, item or undo.
The outcome of a settled batch, an open callback and an error stay where they are.`, `
workflow search(names []string) string
{
    for name in names {
        group look {
            if contains(name, "x") { return name }
        }
    }
    return ""
}
`, `
workflow search(names []string) string
{
    for name in names {
        found := group look { yield contains(name, "x") }
        if found { return name }
    }
    return ""
}
`)
	codeReadOnly = checked("read-only", "an assignment to a variable outside of a group, branch or item", `
The bodies of groups, branches, items and undos read the variables around them but
never assign them: they may run at the same time, and what they do may be undone.
They hand out values with yield.`, `
workflow count(names []string) int
{
    total := 0
    group all {
        total = len(names)
    }
    return total
}
`, `
workflow count(names []string) int
{
    total := group all {
        yield len(names)
    }
    return total
}
`)
	codeEndlessLoop = checked("endless-loop", "a while that might turn for ever", `
A turn without an operation is never checkpointed and never suspends. A while whose
turns can be like that has a bound; past it the workflow goes on below.`, `
workflow double(limit int) int
{
    n := 1
    while n < limit { n = n * 2 }
    return n
}
`, `
workflow double(limit int) int
{
    n := 1
    while n < limit at most 62 times { n = n * 2 }
    return n
}
`)
	codeNotExhaustive = checked("not-exhaustive", "a switch that leaves out values of an enum", `
A switch over an enum has a case for each of its values, or an else. So a new value
is found everywhere it matters.`, `
enum Size { small, medium, large }

workflow price(size Size) int
{
    switch size {
        case small { return 5 }
        case large { return 9 }
    }
    return 0
}
`, `
enum Size { small, medium, large }

workflow price(size Size) int
{
    switch size {
        case small { return 5 }
        case medium, large { return 9 }
    }
}
`)
	codeDuplicateCase = checked("duplicate-case", "a case that stands twice in a switch", `
The first one is taken; the second never would be.`, `
workflow price(size string) int
{
    switch size {
        case "small" { return 5 }
        case "large", "small" { return 9 }
    }
    return 0
}
`, `
workflow price(size string) int
{
    switch size {
        case "small" { return 5 }
        case "large" { return 9 }
    }
    return 0
}
`)
	codeEmptyTry = checked("empty-try", "a try around nothing", `
Without statements nothing can fail.`, `
workflow idle()
{
    try { } catch e { log e.message }
}
`, `
workflow idle()
{
    try { wait 1h } catch e { log e.message }
}
`)
)

// Errors.
var (
	codeUncaught = checked("uncaught", "an error that is neither caught nor in fails", `
What can come out of a workflow stands in its fails: declared errors, Timeout and
HeartbeatTimeout of callbacks, Exhausted of polls. Catch what the workflow can handle,
list the rest. Interrupted, of a step that is run at most once, must be caught.`, `
error Declined

step charge(order string) string  fails Declined idempotent

workflow pay(order string) string
{
    id := step charge(order)
    return id
}
`, `
error Declined

step charge(order string) string  fails Declined idempotent

workflow pay(order string) string
    fails Declined
{
    id := step charge(order)
    return id
}
`)
	codeNeverRaised = checked("never-raised", "an error that nothing inside can raise", `
The compiler knows what can come out of everything. An error that is caught or listed
but can't come is a mistake, or was left behind by an edit.`, `
error Declined

step charge(order string) string  idempotent

workflow pay(order string) string
{
    id := step charge(order)
        catch Declined { id = "none" }
    return id
}
`, `
error Declined

step charge(order string) string  fails Declined idempotent

workflow pay(order string) string
{
    id := step charge(order)
        catch Declined { id = "none" }
    return id
}
`)
	codeBuiltinFails = checked("builtin-fails", "a built-in error where declared ones are listed", `
A step, callback or function lists the declared errors that its other side may return;
the language raises the built-in ones by itself. A workflow may list Timeout,
HeartbeatTimeout and Exhausted, and no other built-in error.`, `
step charge(order string)  fails Timeout idempotent timeout 5s
`, `
step charge(order string)  idempotent timeout 5s
`)
	codeCatchOrder = checked("catch-order", "a catch that an earlier one leaves nothing to", `
Catches are tried in the order in which they stand. A catch of everything is the last.`, `
error Declined

step charge(order string)  fails Declined idempotent

workflow pay(order string)
{
    step charge(order)
        catch e { log e.message }
        catch Declined { log "declined" }
}
`, `
error Declined

step charge(order string)  fails Declined idempotent

workflow pay(order string)
{
    step charge(order)
        catch Declined { log "declined" }
        catch e { log e.message }
}
`)
	codeCatchUndefined = checked("catch-undefined", "a catch that leaves a value undefined", `
After x := op catch … { }, x is used below. So the catch assigns x, or leaves.`, `
error Declined

step charge(order string) string  fails Declined idempotent

workflow pay(order string) string
{
    id := step charge(order)
        catch Declined { log "declined" }
    return id
}
`, `
error Declined

step charge(order string) string  fails Declined idempotent

workflow pay(order string) string
{
    id := step charge(order)
        catch Declined { id = "none" }
    return id
}
`)
	codeErrorUse = checked("error-use", "an error used as a value, or a value as an error", `
Errors are raised with fail and caught with catch; their fields are values, they
themselves are not. Built-in errors are raised by the language alone.`, `
workflow check(name string)
{
    if name == "" { fail name }
}
`, `
error NoName

workflow check(name string)
    fails NoName
{
    if name == "" { fail NoName }
}
`)
)

// Operations.
var (
	codeNoResult = checked("no-result", "the value of what has none", `
A step, callback, function or workflow without a type in its declaration gives no
value, nor does a wait, nor a body that yields nothing.`, `
step send(text string)  idempotent

workflow tell(text string) string
{
    id := step send(text)
    return id
}
`, `
step send(text string) string  idempotent

workflow tell(text string) string
{
    id := step send(text)
    return id
}
`)
	codeBadClause = checked("bad-clause", "a clause that has no meaning where it stands", `
What can't be carried out is refused, never dropped. The help tells where the clause
belongs, or what to write in its place.`, `
step send(text string)  idempotent heartbeat 5s
`, `
step send(text string)  idempotent timeout 5s
`)
	codeTwin = checked("twin", "two operations of one name in one scope", `
An operation is known by its name: its result is found again by it after an edit of
the file. So all operations of a scope have different names, those in the arms of an
if, in loops and in catches included. A label gives another name.`, `
step send(text string)  idempotent

workflow twice(text string)
{
    step send(text)
    wait 1h
    step send(text)
}
`, `
step send(text string)  idempotent

workflow twice(text string)
{
    step send(text)
    wait 1h
    step send(text) as "send again"
}
`)
	codeWasCollision = checked("was-collision", "two operations with one identity", `
With was "old" an operation keeps the identity that it had under its old name. Another
one can't have it at the same time.`, `
step send(text string)  idempotent
step post(text string)  idempotent

workflow twice(text string)
{
    step send(text)
    step post(text) was "send"
}
`, `
step send(text string)  idempotent
step post(text string)  idempotent

workflow twice(text string)
{
    step send(text) as "first" was "send"
    step post(text)
}
`)
	codeBadLabel = checked("bad-label", "a name that the service can't record", `
The service records names of 1 to 256 printable ASCII characters. A workflow becomes a
Lambda function, whose name has 1 to 64 letters, digits and _.`, `
step send(text string)  idempotent

workflow tell(text string)
{
    step send(text) as "für alle"
}
`, `
step send(text string)  idempotent

workflow tell(text string)
{
    step send(text) as "for all"
}
`)
	codeBadTarget = checked("bad-target", "a name that no Lambda function can have", `
A function is named "name:qualifier", or by its ARN. Names consist of letters, digits,
- and _; the qualifier is a version, an alias or $LATEST.`, `
function render(page string) string = "render report"
`, `
function render(page string) string = "render-report:live"
`)
	codeNoTimeout = checked("no-timeout", "a callback without a timeout", `
If the answer never comes, the execution would wait until its own end. How long it
waits is a decision, so it is written.`, `
callback approve(request string) bool
`, `
callback approve(request string) bool  timeout 3d
`)
	codeLimit = checked("limit", "a value outside of the limits of the service", `
An execution has at most 3,000 operations, attempts and checks included; it lasts at
most 366 days, as do waits and callbacks; its history is kept for 1 to 90 days. max and
min are at least 1, a percentage is 0 to 100.`, `
workflow keep(text string)
    retention 365d
{
    log text
}
`, `
workflow keep(text string)
    retention 90d
{
    log text
}
`)
	codeSubSecond = checked("sub-second", "a wait or delay of less than a second", `
The service counts whole seconds, and at least one.`, `
workflow blink()
{
    wait 200ms
}
`, `
workflow blink()
{
    wait 1s
}
`)
	codeOutlasts = checked("outlasts", "a deadline that can't be met", `
A wait, a callback, a heartbeat, the delays of a retry or of a poll take at least as
long as what contains them may last. It would always end first.`, `
callback approve(request string) bool  timeout 3d

workflow ask(request string) bool
    fails Timeout
    timeout 1d
{
    ok := callback approve(request)
    return ok
}
`, `
callback approve(request string) bool  timeout 3d

workflow ask(request string) bool
    fails Timeout
    timeout 4d
{
    ok := callback approve(request)
    return ok
}
`)
	codeAtMostOnceRetry = checked("at-most-once-retry", "a retry of a step that is run at most once", `
At most once means one attempt. Where its outcome is unknown, the step fails with
Interrupted, and the catch finds out what has happened.`, `
step wire(cents int)  at most once retry 3
`, `
step wire(cents int)  at most once
`)
	codeRepetition = checked("repetition", "a step that does not say how it bears repetition", `
A process can die after it has acted and before that is on record; then the step is
run again. So a step says that it reads only, that it is idempotent, or that it is run
at most once. This is asked by check --strict alone, as a warning.`, `
step send(text string)
`, `
step send(text string)  idempotent
`)
	codePollStep = checked("poll-step", "a poll of a step that can't be repeated", `
A poll runs its step again and again and looks at the result. The step has one, and
may be repeated.`, `
step refresh(id string)  idempotent

workflow follow(id string)
    fails Exhausted
{
    poll refresh(id) every 1m at most 5 times until true
}
`, `
step ready(id string) bool  reads

workflow follow(id string)
    fails Exhausted
{
    done := poll ready(id) every 1m at most 5 times until done
    log "{done}"
}
`)
	codePollBlind = checked("poll-blind", "a condition of a poll that does not look at its result", `
Nothing else changes while a poll goes on. The result has the name of the variable
that it is assigned to.`, `
step ready(id string) bool  reads

workflow follow(id string, enough bool) bool
    fails Exhausted
{
    done := poll ready(id) every 1m at most 5 times until enough
    return done
}
`, `
step ready(id string) bool  reads

workflow follow(id string, enough bool) bool
    fails Exhausted
{
    done := poll ready(id) every 1m at most 5 times until done || enough
    return done
}
`)
	codePollFrom = checked("poll-from", "a poll whose step does not take the previous result", `
With from v, the step's last parameter is what the step gave before, and v at the
first check.`, `
step count(id string) int  reads

workflow follow() int
    fails Exhausted
{
    n := poll count() from "x" every 1m at most 5 times until n > 10
    return n
}
`, `
step count(id string, before int) int  reads

workflow follow() int
    fails Exhausted
{
    n := poll count("x") from 0 every 1m at most 5 times until n > 10
    return n
}
`)
	codeHandleUse = checked("handle-use", "an open callback used as a value", `
What open gives is awaited, and its id can be handed on. It is no value itself: it
can't be stored, passed, yielded or assigned.`, `
callback upload(name string)  timeout 1h

step mail(text string)  idempotent

workflow ask(name string)
    fails Timeout
{
    file := open upload
    step mail(file)
    await file
}
`, `
callback upload(name string)  timeout 1h

step mail(text string)  idempotent

workflow ask(name string)
    fails Timeout
{
    file := open upload
    step mail(file.id)
    await file
}
`)
	codeNeverAwaited = checked("never-awaited", "an open callback whose answer nobody awaits", `
An answer that nobody waits for is lost, and so is its failure.`, `
callback upload(name string)  timeout 1h

step mail(text string)  idempotent

workflow ask(name string)
{
    file := open upload
    step mail(file.id)
}
`, `
callback upload(name string)  timeout 1h

step mail(text string)  idempotent

workflow ask(name string)
{
    file := open upload
    step mail(file.id)
    await file
        catch Timeout { log "nothing came" }
}
`)
	codeEmptyBatch = checked("empty-batch", "a parallel without branches or a select without cases", `
There is nothing to run.`, `
workflow idle()
{
    parallel { }
}
`, `
step send(text string)  idempotent

workflow idle()
{
    parallel { mail: step send("mail") }
}
`)
	codeSelectCase = checked("select-case", "an operation that can't be left behind", `
What loses a select, or is left over when enough items of a batch with min have
succeeded, is left behind. So only what changes nothing may stand there: wait,
callback, await, a poll of a step that reads, and a call of a workflow of these; in a
batch with min, steps that are reads too.`, `
step book(room string) string  idempotent

workflow hurry(room string) string
{
    select {
        case id := step book(room) { return id }
        case wait 1h { return "" }
    }
}
`, `
callback book(room string) string  timeout 1d

workflow hurry(room string) string
    fails Timeout
{
    select {
        case id := callback book(room) { return id }
        case wait 1h { return "" }
    }
}
`)
	codeBadUndo = checked("bad-undo", "an undo of what can't be taken back", `
An undo stands on a step, invoke, call, group or batch that may have changed something,
and takes it back with a step, an invoke, a call or a block. A wait, a callback or a
step that reads has changed nothing; of a settled batch, and of one with min or
tolerate, some items may not have happened.`, `
step look(room string) bool   reads
step leave(room string)       idempotent

workflow visit(room string) bool
{
    free := step look(room)
        undo step leave(room)
    return free
}
`, `
step enter(room string) bool  idempotent
step leave(room string)       idempotent

workflow visit(room string) bool
{
    free := step enter(room)
        undo step leave(room)
    return free
}
`)
	codeRecursiveWorkflow = checked("recursive-workflow", "workflows that call each other without suspending", `
Each call nests inside of the last one. Where nothing suspends on the way round, that
goes on until the service stops the execution.`, `
workflow again(n int)
{
    log "{n}"
    call again(n + 1)
}
`, `
workflow again(n int)
{
    log "{n}"
    wait 1d
    call again(n + 1)
}
`)
)

// Existing Go types.
var (
	codeGoImport = checked("go-import", "a Go package that can't be read", `
An import names a Go package of this module or of one that it requires. It is read
with the Go command, as any Go import is.`, `
import "example.com/nowhere"

type Thing = nowhere.Thing
`, `
import "net/mail"

type Address = mail.Address
`)
	codeUnusedImport = checked("unused-import", "an import that no type needs", `
As in Go, an import is used.`, `
import "net/mail"
`, `
import "net/mail"

type Address = mail.Address
`)
	codeGoType = checked("go-type", "a Go type that can't be used", `
What a workflow keeps goes through JSON. Structs, slices, maps with text keys, pointers,
named types and time.Time can; channels, functions, interfaces, arrays and embedded
pointers can't.`, `
import "time"

type Timer = time.Timer
`, `
import "net/mail"

type Address = mail.Address
`)
)
