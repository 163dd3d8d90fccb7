package dsl

import (
	"strings"
	"testing"
)

const fixHead = `flow 1

package example

error Refused

type Order { id string, total int }

enum Size { small, large }

step charge(id string) int  fails Refused idempotent
step send(id string)        idempotent
step put(a int, b int)      idempotent

`

// TestFixesKeepTheMeaning applies the fixes of one mistake each, as `check --fix` does.
// What is wanted is the text as its author meant it, or, where only the author can tell,
// the same text.
func TestFixesKeepTheMeaning(t *testing.T) {
	const same = ""
	body := func(text string) string {
		return "workflow pay(id string, n int, flag bool) int {\n" + text + "\n}\n"
	}
	for _, test := range []struct{ name, in, want string }{
		{"yield in the catch of a definition",
			body("    x := step charge(id)\n        catch Refused { yield 0 }\n    return x"),
			body("    x := step charge(id)\n        catch Refused { x = 0 }\n    return x")},
		{"yield in the catch of an assignment",
			body("    var x int\n    x = step charge(id)\n        catch Refused { yield 0 }\n    return x"),
			body("    var x int\n    x = step charge(id)\n        catch Refused { x = 0 }\n    return x")},
		{"yield in the catch of what is returned",
			body("    return step charge(id)\n        catch Refused { yield 0 }"),
			body("    return step charge(id)\n        catch Refused { return 0 }")},
		{"yield in the catch of what gives nothing",
			body("    step charge(id)\n        catch Refused { yield 0 }\n    return 1"), same},
		{"yield at the end", body("    yield 1"), body("    return 1")},
		{"yield in a loop", body("    for x in [1, 2] { yield x }\n    return 1"), same},
		{"yield in an undo", body("    step send(id) undo { yield 1 }\n    return 1"), same},
		{"twins", body("    step send(id)\n    step send(id)\n    return 1"), same},
		{"twins with labels", body("    step send(id) as \"a\"\n    step put(1, 2) as \"a\"\n    return 1"), same},
		{"a near name", body("    orderA := 1\n    log \"{orderA}\"\n    return orderB"), same},
		{"a plural", body("    item := 1\n    log \"{item}\"\n    return items"), same},
		{"a slip", body("    total := 1\n    return toatl"), body("    total := 1\n    return total")},
		{"attempts at a use", body("    step send(id) attempts 3\n    return 1"), same},
		{"attempts in a declaration", "step a() attempts 3\n", same},
		{"retries", "step a() idempotent retries 3\n", "step a() idempotent retry 3\n"},
		{"a list of bytes", "step a(x []byte) idempotent\n", "step a(x bytes) idempotent\n"},
		{"one byte", "step a(x byte) idempotent\n", same},
		{"a decimal", "step a(x decimal) idempotent\n", same},
		{"a date", "step a(x date) idempotent\n", same},
		{"is not", body("    if n is not 1 { return 2 }\n    return 1"), body("    if n != 1 { return 2 }\n    return 1")},
		{"is", body("    if n is 1 { return 2 }\n    return 1"), body("    if n == 1 { return 2 }\n    return 1")},
		{"not of a comparison", body("    if not flag == true { return 2 }\n    return 1"), body("    if !(flag == true) { return 2 }\n    return 1")},
		{"a text with f", body("    log f\"{n}\"\n    return 1"), body("    log \"{n}\"\n    return 1")},
		{"a text with r", body("    log r\"a\\n\"\n    return 1"), same},
		{"named arguments", body("    step put(b: 1, a: 2)\n    return 1"), same},
		{"a comparison as a statement", body("    x := 1\n    x == 2\n    return x"), same},
		{"arguments of open", "callback ask(id string) timeout 1h\n" + body("    t := open ask(id)\n    await t catch Timeout { return 0 }\n    return 1"), same},
		{"open with empty parentheses", "callback ask(id string) timeout 1h\n" + body("    t := open ask()\n    await t catch Timeout { return 0 }\n    return 1"),
			"callback ask(id string) timeout 1h\n" + body("    t := open ask\n    await t catch Timeout { return 0 }\n    return 1")},
		{"a tag that leaves a field out", "type T { a string `json:\"-\"` }\n", same},
		{"a tag", "type T { a string `json:\"b\"` }\n", "type T { a string as \"b\" }\n"},
		{"a tag with an option", "type T { a string `json:\"b,omitempty\"` }\n", same},
		{"a constant float", "const x float = 1\n", same},
		{"a constant int", "const x int = 1\n", "const x = 1\n"},
		{"a function without a target", "function f() int\n", same},
		{"octal", body("    return 0755"), same},
		{"a zero in front", body("    return 0089"), body("    return 89")},
		{"milliseconds", body("    wait milliseconds(5000)\n    return 1"), same},
		{"push", body("    x := [1]\n    y := x.push(2)\n    return len(y)"), same},
		{"length", body("    x := [1]\n    return x.length()"), body("    x := [1]\n    return len(x)")},
		{"an index of Go's", body("    for i := range [1, 2] { log \"{i}\" }\n    return 1"), same},
		{"minus a sum", body("    x := 5\n    x -= n + 1\n    return x"), body("    x := 5\n    x = x - (n + 1)\n    return x")},
		{"an alternative", body("    return flag ? 1 : 2"), body("    return if flag { 1 } else { 2 }")},
		{"quotes around a brace", body("    log 'a{n}'\n    return 1"), same},
		{"a comment of C", body("    x := 1 /* one */\n    return x"), body("    x := 1 // one\n    return x")},
		{"a comment of C before more", body("    x := 1 /* one */ + 1\n    return x"), same},
		{"a merge", body("<<<<<<< HEAD\n    return n\n=======\n    return 'x'\n>>>>>>> other"), same},
		{"a merge of three", body("<<<<<<< HEAD\n    return n is 1\n||||||| base\n=======\n    return 2\n>>>>>>> other"), same},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := fixHead + test.in
			for range 5 {
				set, _, ds := checkText(CheckOptions{}, []string{"in.flow"}, text)
				fixed, n := ApplyFixes(set.Sources()[0], ds)
				if text = string(fixed); n == 0 {
					break
				}
			}
			set, _, ds := checkText(CheckOptions{}, []string{"in.flow"}, text)
			got := strings.TrimPrefix(text, fixHead)
			switch {
			case test.want == same && (got != test.in || len(ds) == 0):
				t.Errorf("fixed to\n%s\n%s", got, messages(set, ds))
			case test.want != same && (got != test.want || len(ds) > 0):
				t.Errorf("got\n%s\n%s", got, messages(set, ds))
			}
		})
	}
}

// TestMergeConflictIsToldOnce: a conflict is one problem, whatever its sides say.
func TestMergeConflictIsToldOnce(t *testing.T) {
	text := fixHead + "workflow pay() {\n<<<<<<< HEAD\n    wait 1m\n||||||| 1234\n    wait\n=======\n    wait 2m\n>>>>>>> other\n}\n"
	set, _, ds := checkText(CheckOptions{}, []string{"in.flow"}, text)
	if len(ds) != 1 || ds[0].Code != codeConflict || ds[0].Fix != nil {
		t.Error(messages(set, ds))
	}
}

// TestDurationWords: a computed duration has no more places than people read.
func TestDurationWords(t *testing.T) {
	for ns, want := range map[int64]string{
		0: "0s", -1e9: "-1s", 1500e6: "1s500ms", 90e9: "1m30s", 500e6: "500ms", 1_234_567: "1ms",
		142_798_760_463_360: "1d15h39m59s", 604_800e9: "7d", 90_000_000_001: "1m30s",
	} {
		if got := durationWords(ns); got != want {
			t.Errorf("%d is %s, want %s", ns, got, want)
		}
	}
}
