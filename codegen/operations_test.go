package codegen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// declarations are what the programs of the enumeration use: for each type a step, a
// callback, a function and a workflow that gives it.
const declarations = `flow 1

package p

import "example.com/made"
import "time"

type R { n int, s string, o string?, l []string, m map[string]int, at time, for duration, j json, e E, r S, b bytes, f float, ok bool, money Money, lo []string? }
type S { a int }
type Money = made.Money
type Level = made.Level
type Code = made.Code
type Tiny = made.Tiny
type Ratio = made.Ratio
type Month = time.Month
enum E { one, two as "2" }
error Bad { code int }

const limit = 7
func twice(n int) int = n * 2
func native(n int) int

step none()                fails Bad idempotent
step noneOf(n int, s string) fails Bad idempotent by s
step once() string         fails Bad at most once
step look() string         fails Bad reads
step see(last string?) string   fails Bad reads
step after(last string) string  fails Bad reads
callback ask()             fails Bad timeout 1h
callback quiet()           fails Bad timeout 1h heartbeat 10m
function fire(n int) = "fire:live"  fails Bad
`

// theTypes are the types of values, each with an expression of it.
var theTypes = []struct{ name, typ, value string }{
	{"String", "string", `"a"`}, {"Int", "int", "1"}, {"Float", "float", "1.5"}, {"Bool", "bool", "true"}, {"Bytes", "bytes", "r.b"},
	{"Time", "time", "r.at"}, {"Duration", "duration", "1m"}, {"JSON", "json", "r.j"}, {"Enum", "E", "E.one"}, {"Record", "S", "S { a: 1 }"},
	{"List", "[]string", `["a"]`}, {"Map", "map[string]int", `map[string]int { "a": 1 }`}, {"Optional", "string?", "none"}, {"OptionalRecord", "S?", "none"},
	{"Optionals", "[]int?", "[none, 1]"}, {"Money", "Money", "r.money"}, {"Level", "Level", "Level.High"}, {"Code", "Code", "Code.First"}, {"Tiny", "Tiny", "1"},
	{"Ratio", "Ratio", "1.5"}, {"Month", "Month", "Month.May"},
}

func preludeOfOperations() string {
	var b strings.Builder
	b.WriteString(declarations)
	for _, t := range theTypes {
		fmt.Fprintf(&b, "step give%[1]s() %[2]s  fails Bad reads\nstep take%[1]s(x %[2]s)  fails Bad idempotent\n", t.name, t.typ)
		fmt.Fprintf(&b, "callback ask%[1]s(x %[2]s) %[2]s  fails Bad timeout 1h\nfunction fetch%[1]s(x %[2]s) %[2]s = \"fetch:live\"  fails Bad\n", t.name, t.typ)
		fmt.Fprintf(&b, "workflow run%[1]s(x %[2]s) %[2]s\n{\n    wait 1s\n    return x\n}\n", t.name, t.typ)
	}
	b.WriteString("workflow runNone()\n{\n    wait 1s\n}\n")
	return b.String()
}

// form is an operation or a value of one type; its value is of type typ, none if that
// is empty.
type form struct{ name, text, typ, value string }

func theOperations() []form {
	list := []form{
		{"step without a value", "step none()", "", ""},
		{"step with a key", "step noneOf(r.n / 2, r.s)", "", ""},
		{"step with a policy", "step look() retry r.n every 1s max 1m backoff 2 timeout 3s", "string", `"a"`},
		{"now", "step now()", "time", "r.at"},
		{"uuid", "step uuid()", "string", `"a"`},
		{"once", "step once()", "string", `"a"`},
		{"callback without a value", "callback ask()", "", ""},
		{"callback with times", "callback quiet() timeout minutes(r.n) heartbeat 5m", "", ""},
		{"invoke without a value", "invoke fire(r.n)", "", ""},
		{"call without a value", "call runNone()", "", ""},
		{"wait", "wait 1m", "", ""},
		{"wait computed", "wait r.for * r.n", "", ""},
		{"wait until", "wait until r.at", "", ""},
		{"open", "open askString", "handle", ""},
		{"await", "await opened", "string", `"a"`},
		{"await without a value", "await asked", "", ""},
		{"poll", `poll look() every 1m at most 3 times until IT == "a"`, "string", `"a"`},
		{"poll that computes", `poll look() every r.for at most r.n times until r.l[len(IT)] == "a"`, "string", `"a"`},
		{"poll from", `poll after() from "a" every 1m at most 3 times until r.ok && IT != ""`, "string", `"a"`},
		{"poll from none", `poll see() from none every 1m at most 3 times until r.ok && IT != ""`, "string", `"a"`},
		{"group without a value", "group gone { step none() as \"G\" }", "", ""},
		{"group", "group gives { yield step look() as \"G\" }", "string", `"a"`},
		{"parallel without values", "parallel {\n a: step none() as \"G\"\n b: { step none() as \"H\" }\n}", "", ""},
		{"parallel", "parallel {\n a: step look() as \"G\"\n b: { yield 1 }\n}", "parallel", ""},
		{"parallel with min", "parallel min 1 {\n a: step look() as \"G\"\n b: { yield 1 }\n}", "parallel", ""},
		{"settled parallel", "settled parallel {\n a: step look() as \"G\"\n b: { step none() as \"H\" }\n}", "settled", ""},
		{"map without values", "map i in r.l { step none() as \"G\" }", "", ""},
		{"map that ignores its item", "map i in r.l max r.n { log \"x\" }", "", ""},
		{"map", "map i in r.l max 3 { yield i }", "[]string", `["a"]`},
		{"map with tolerance", "map i in r.l tolerate 10% { yield i }", "[]string?", `[none]`},
		{"settled map", "settled map i in r.l { yield i }", "settled", ""},
	}
	for _, t := range theTypes {
		list = append(list,
			form{"step of " + t.typ, "step give" + t.name + "()", t.typ, t.value},
			form{"step with " + t.typ, "step take" + t.name + "(" + t.value + ")", "", ""},
			form{"callback of " + t.typ, "callback ask" + t.name + "(" + t.value + ")", t.typ, t.value},
			form{"invoke of " + t.typ, "invoke fetch" + t.name + "(" + t.value + ")", t.typ, t.value},
			form{"call of " + t.typ, "call run" + t.name + "(" + t.value + ")", t.typ, t.value},
			form{"group of " + t.typ, "group of" + t.name + " { if r.ok { yield " + t.value + " }\n yield step give" + t.name + "() as \"G\" }", t.typ, t.value},
			form{"map to " + t.typ, "map i in r.l { yield step give" + t.name + "() as \"G\" }", "[]" + t.typ, "[" + t.value + "]"},
		)
	}
	return list
}

// positions are where an operation OP with its tail may stand, x being what takes its value of
// type T; the tail assigns it where it can. USE reads x.
var positions = []form{
	{name: "a statement", text: "OP"},
	{name: "the last statement", text: "LAST OP"},
	{name: "a definition", text: "x := OP\nUSE"},
	{name: "a definition that is not read", text: "x := OP"},
	{name: "an assignment", text: "var x T = VALUE\nx = OP\nUSE"},
	{name: "an assignment to what is not set", text: "var x T\nx = OP\nUSE"},
	{name: "an assignment to what may be absent", text: "var x T? = none\nx = OP\nUSE"},
	{name: "an assignment that is not read", text: "var x T = VALUE\nx = OP"},
	{name: "a variable", text: "var x T = OP\nUSE"},
	{name: "a variable that may be absent", text: "var x T? = OP\nUSE"},
	{name: "an assignment to a field", text: "var y R = r\ny.s = OP\nstep takeString(y.s) as \"U\""},
	{name: "an assignment to a field that may be absent", text: "var y R = r\ny.o = OP\nlog y.o ?? \"\""},
	{name: "the result", text: "RETURN OP"},
	{name: "a branch", text: "z := parallel {\n b: OP\n c: step giveInt() as \"C\"\n}\nlog \"{z.c}\""},
	{name: "a branch of those without values", text: "parallel {\n b: OP\n c: step none() as \"C\"\n}"},
	{name: "a branch that may fail", text: "z := parallel tolerate 1 {\n b: OP\n c: step giveInt() as \"C\"\n}\nlog \"{z.c ?? 0}\""},
	{name: "a branch that is settled", text: "z := settled parallel {\n b: OP\n c: step giveInt() as \"C\"\n}\nlog \"{z.b.status}\""},
	{name: "a case", text: "select {\n case OP { log \"won\" }\n case wait 1h as \"W\" { }\n}"},
	{name: "cases without bodies", text: "select {\n case OP { }\n case wait 1h as \"W\" { }\n}"},
	{name: "a case with a value", text: "select {\n case x := OP { USE }\n case wait 1h as \"W\" { log \"late\" }\n}"},
	{name: "a case with a value that is not read", text: "select {\n case x := OP { log \"x\" }\n case wait 1h as \"W\" { }\n}"},
	{name: "an undo", text: "step none() as \"N\"\n    undo OP"},
	{name: "an undo of what gives a value", text: "x := step giveString() as \"N\"\n    undo OP\nlog x"},
	{name: "the body of a branch", text: "z := parallel {\n b: {\n  x := OP\n  yield x\n }\n c: step giveInt() as \"C\"\n}\nlog \"{z.c}\""},
	{name: "the body of an item", text: "z := map i in r.l { yield OP }\nlog \"{len(z)}\""},
	{name: "the body of a group", text: "z := group outer { yield OP }\nlog \"{r.n}\""},
}

// tails follow an operation; x is what takes its value.
var tails = []form{
	{name: "nothing", text: ""},
	{name: "a catch that goes on", text: "catch Bad { log \"caught\" }"},
	{name: "a catch that does nothing", text: "catch Bad { }"},
	{name: "a catch that leaves", text: "catch Bad { fail Bad { code: 2 } }"},
	{name: "a catch that gives", text: "catch Bad { RETURN VALUE }"},
	{name: "a catch that assigns", text: "catch Bad as e { x = VALUE\n log \"{e.code}\" }"},
	{name: "a catch of two", text: "catch Bad, Timeout as e { x = VALUE\n log \"{e.type}\" }"},
	{name: "catches", text: "catch Bad { x = VALUE }\n    catch e { x = VALUE\n log e.message }"},
	{name: "a catch of all that leaves", text: "catch e { fail e }"},
	{name: "a catch of all that does not look", text: "catch e { log \"any\" }"},
	{name: "a catch with an operation", text: "catch Bad { step none() as \"K\" }"},
	{name: "a catch that assigns an operation", text: "catch Interrupted { x = step giveString() as \"K\" }"},
	{name: "a catch of what is interrupted", text: "catch Interrupted { x = VALUE }"},
	{name: "an undo", text: "undo step none() as \"K\""},
	{name: "an undo with a catch", text: "undo step noneOf(r.n, r.s) as \"K\" catch Bad { log \"kept\" }"},
	{name: "an undo block", text: "undo {\n step none() as \"K\"\n log \"{r.s}\" }"},
	{name: "an undo and a catch", text: "undo step none() as \"K\"\n    catch Bad { x = VALUE }"},
}

// places are what may stand around a position, ALL; in some, RETURN gives a value of type T.
var places = []form{
	{name: "a workflow without a result", text: "WORKFLOW { ALL }", value: "return"},
	{name: "a workflow", text: "WORKFLOW T { ALL\n return VALUE }", value: "return"},
	{name: "a workflow whose result may be absent", text: "WORKFLOW T? { ALL\n return none }", value: "return"},
	{name: "a try", text: "WORKFLOW { try { ALL } catch Bad as bad { log \"{bad.code}\" } }", value: "return"},
	{name: "a try that may return", text: "WORKFLOW T { try {\n if r.ok { return VALUE }\n ALL } catch Bad { log \"b\" }\n return VALUE }", value: "return"},
	{name: "a loop", text: "WORKFLOW { for k, o in r.l {\n if o == \"a\" { continue }\n if k == 3 { break }\n ALL } }", value: "return"},
	{name: "a switch in a loop", text: "WORKFLOW { while r.ok at most 3 times {\n switch r.e {\n case one { break }\n case two { ALL }\n}\n} }", value: "return"},
	{name: "a catch", text: "WORKFLOW T { step none() as \"P\"\n    catch Bad { ALL }\n return VALUE }", value: "return"},
	{name: "a group", text: "WORKFLOW { outside := group around {\n ALL\n yield VALUE }\n log \"x\"\n if r.ok { log \"{r.n}\" } }", value: "yield"},
	{name: "an item", text: "WORKFLOW { outside := map k in r.l {\n ALL\n yield VALUE }\n log \"{len(outside)}\" }", value: "yield"},
	{name: "a branch", text: "WORKFLOW { outside := parallel {\n one: {\n ALL\n yield VALUE }\n two: { yield 2 }\n}\n log \"{outside.two}\" }", value: "yield"},
	{name: "an undo", text: "WORKFLOW { step none() as \"P\"\n    undo { ALL } }", value: "return"},
}

// combined writes a workflow of the four.
func combined(n int, op, position, tail, place form) string {
	stmt := strings.ReplaceAll(position.text, "OP", strings.TrimRight(op.text+"\n    "+tail.text, " \n"))
	use := `step take` + nameOfType(op.typ) + `(x) as "U"`
	switch op.typ {
	case "parallel":
		use = `step takeString(x.a) as "U"`
	case "settled":
		use = `log x.reason`
	case "handle":
		use = "log x.id"
	}
	if strings.Contains(position.text, "T?") {
		use = "if x == none { log \"none\" }"
	}
	it := "x"
	switch {
	case strings.Contains(position.text, "y.s"):
		it = "s"
	case strings.Contains(position.text, " b: OP"):
		it = "b"
	}
	opened := ""
	if strings.HasPrefix(op.text, "await") {
		opened = "opened := open askString\nlog opened.id\nasked := open ask\nlog asked.id\n"
	}
	typ, value := op.typ, op.value
	if value == "" {
		typ, value = "string", `"v"`
	}
	if strings.HasPrefix(stmt, "LAST ") {
		stmt = stmt[5:]
		place.text = strings.NewReplacer("ALL\n return VALUE", "ALL", "ALL\n yield VALUE", "ALL").Replace(place.text)
	}
	// What may be raised is raised, so that every workflow may declare all of it.
	raises := "if r.n == 424242 {\n callback quiet() as \"R1\"\n v := poll look() as \"R2\" every 1m at most 1 times until v == \"\"\n log v\n}\n"
	header := fmt.Sprintf("\nworkflow w%d(r R, many []R) ", n)
	fails := "\n    fails Bad, Timeout, HeartbeatTimeout, Exhausted\n"
	text := strings.Replace(place.text, "ALL", opened+stmt, 1)
	result, body, _ := strings.Cut(strings.TrimPrefix(text, "WORKFLOW"), "{")
	return strings.NewReplacer("USE", use, "IT", it, "RETURN", place.value, "VALUE", value, " T?", " "+strings.TrimSuffix(typ, "?")+"?", " T ", " "+typ+" ", " T\n", " "+typ+"\n").
		Replace(header + result + fails + "{\n" + raises + body + "\n")
}

func nameOfType(typ string) string {
	for _, t := range theTypes {
		if t.typ == typ {
			return t.name
		}
	}
	return "String"
}

// hopeless reports whether Check refuses an operation in a position, or with a tail, that it
// never has.
func hopeless(op, position, tail form) bool {
	word, _, _ := strings.Cut(op.text, " ")
	abandons := slices.Contains([]string{"wait", "callback", "await", "poll", "call"}, word)
	undone := slices.Contains([]string{"step", "invoke", "call", "group", "parallel", "map"}, word) && !strings.HasPrefix(op.text, "step look") && !strings.HasPrefix(op.text, "step give")
	switch {
	case strings.Contains(tail.text, "x =") && !strings.Contains(position.text, "x "),
		op.typ == "" && strings.Contains(position.text, "x "),
		op.typ != "string" && strings.Contains(position.text, "y."),
		!abandons && strings.HasPrefix(position.text, "select"),
		strings.HasPrefix(tail.text, "undo") && (!undone || strings.HasPrefix(position.text, "select") || strings.Contains(position.text, "undo")):
		return true
	}
	return false
}

// TestEveryOperationAnywhere puts every operation into every position with every tail,
// and into every place; and every kind of value, too.
func TestEveryOperationAnywhere(t *testing.T) {
	var parts []string
	add := func(op, position, tail, place form) {
		parts = append(parts, combined(len(parts), op, position, tail, place))
	}
	for i, op := range theOperations() {
		plain := i < 31
		for _, position := range positions {
			for k, tail := range tails {
				for j, place := range places {
					if (k > 0 || j > 0) && hopeless(op, position, tail) {
						continue // it is refused for one reason wherever it stands
					}
					if plain && j == 0 || plain && k < 3 && (i+j)%4 == 0 || k == 0 && j == 1 || (i+7*k+j)%307 == 0 {
						add(op, position, tail, place)
					}
				}
			}
		}
	}
	var verdicts []verdict
	for some := range slices.Chunk(parts, 400) {
		verdicts = append(verdicts, judged(t, preludeOfOperations(), some)...)
	}
	tell(t, parts, verdicts, 1000)
}
