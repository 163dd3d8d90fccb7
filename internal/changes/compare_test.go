package changes_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

func program(t *testing.T, text string) *dsl.Program {
	t.Helper()
	set := &dsl.SourceSet{}
	file, ds := dsl.Parse(set.Add("w.flow", []byte(text)))
	p, more := dsl.Check(set, []*dsl.File{file}, dsl.CheckOptions{})
	if ds = append(ds, more...); ds.HasErrors() {
		var b bytes.Buffer
		dsl.WriteText(&b, set, ds, false)
		t.Fatal(b.String())
	}
	return p
}

// Whether what was recorded as one type is a value of another.
func TestTypesThatFit(t *testing.T) {
	for _, test := range []struct{ old, new, why string }{
		{"int", "int", ""},
		{"int", "float", ""},
		{"float", "int", "`float` was recorded, and `int` is needed"},
		{"string", "string?", ""},
		{"string?", "string", "it may be `none`, and `string` is needed"},
		{"[]int", "[]float", ""},
		{"[]string", "[]int", "`[]`: `string` was recorded, and `int` is needed"},
		{"map[string]int", "map[string]bool", "`[]`: `int` was recorded, and `bool` is needed"},
		{"A", "Less", ""},
		{"A", "More", "`more` is not recorded, and is needed"},
		{"A", "Maybe", ""},
		{"A", "Given", ""},
		{"A", "json", ""},
		{"json", "A", "`json` was recorded, and `A` is needed"},
		{"Two", "Three", ""},
		{"Three", "Two", "`c` is no `Two` any more"},
		{"Two", "string", ""},
		{"string", "Two", "`string` was recorded, and `Two` is needed"},
		{"In", "Out", "`a`: `string` was recorded, and `int` is needed"},
	} {
		const text = `flow 1

package p

enum Two { a, b }
enum Three { a, b, c }
type A { a string, b int }
type Less { a string }
type More { a string, more int }
type Maybe { a string, maybe int? }
type Given { a string, given int = 3 }
type In { a string }
type Out { a int }

step s() %s  reads

workflow w() {
    step s()
    wait 1h
}
`
		r := changes.Compare(program(t, fmt.Sprintf(text, test.old)), program(t, fmt.Sprintf(text, test.new)))
		why := ""
		for _, c := range r.Workflows[0].Changes {
			for _, v := range c.Verdicts {
				if v.Effect == changes.Breaks {
					_, why, _ = strings.Cut(v.Text, "decode: ")
				}
			}
		}
		if why != test.why {
			t.Errorf("%s to %s: %q, want %q", test.old, test.new, why, test.why)
		}
	}
}

// What means nothing to an execution is no change.
func TestNothingHasChanged(t *testing.T) {
	const old = `flow 1

package p

step act(n int) int  idempotent

workflow w(list []int) int {
    var sum int = 0
    for x in list {
        y := step act(x)
        if y > 3 { sum = sum + y }
    }
    log "done"
    return sum
}
`
	for _, replace := range [][2]string{
		{`\bsum\b`, "total"}, {`\bx\b`, "each"}, {`\by\b`, "got"}, {`\blist\b`, "numbers"}, {`"done"`, `"all done"`},
		{"    log", "    // A comment.\n    log"}, {"if y > 3 { sum = sum [+] y }", "if y > 3 {\n            sum = sum + y\n        }"},
	} {
		text := regexp.MustCompile(replace[0]).ReplaceAllString(old, replace[1])
		if text == old {
			t.Errorf("nothing is %q", replace[0])
		}
		r := changes.Compare(program(t, old), program(t, text))
		for _, c := range r.Workflows[0].Changes {
			if c.Effect() != changes.Nothing {
				t.Errorf("%q for %q: %s", replace[1], replace[0], c.Text)
			}
		}
	}
}

// A timeout puts an invoke inside a context; a group has one already.
func TestTimeoutOfAnInvoke(t *testing.T) {
	const old = `flow 1

package p

function f(n int) int = "f:live"

workflow w(n int) int {
    x := invoke f(n)
        catch Timeout { x = 0 }
    return x
}

workflow v() {
    group g { wait 1h }
        catch Unexpected { }
}
`
	text := strings.NewReplacer("invoke f(n)", "invoke f(n) timeout 1h", "group g {", "group g timeout 3h {", "catch Unexpected", "catch Timeout").Replace(old)
	for _, w := range changes.Compare(program(t, old), program(t, text)).Workflows {
		if broke := w.Effect() == changes.Breaks; broke != (w.Name == "w") {
			t.Errorf("%s: %v", w.Name, w.Effect())
			for _, c := range w.Changes {
				t.Log(c.Text)
			}
		}
	}
}

// How often something is tried is told, and so is what arrives as which error: of what others
// have recorded it decides at each replay.
func TestRetriesAndArrivals(t *testing.T) {
	const old = `flow 1

package p

error Bad
error Clash as "A" { message string }

step act(n int) int  fails Bad, Clash idempotent retry 3 on Bad
function f(n int) int = "f:live"  fails Clash

workflow w(n int) int
    fails Bad, Clash
{
    x := step act(n) catch "Busy" { x = 0 }
    y := invoke f(n)
    return x + y
}
`
	for _, test := range []struct {
		old, new string
		effect   changes.Effect
		texts    string
	}{
		{"retry 3 on Bad", "retry 3 except Bad", changes.Nothing, "`act` is repeated or bounded otherwise"},
		{"retry 3 on Bad", "retry 3 on Bad retry 5 on \"Busy\"", changes.Nothing, "`act` is repeated or bounded otherwise"},
		{"step act(n) catch", "step act(n) retry 1 retry 2 on Bad catch", changes.Nothing, "`act` is repeated or bounded otherwise"},
		{`catch "Busy"`, `catch "Slow"`, changes.Depends, "what is done about failures has changed"},
		{`as "A"`, `as "A", "B"`, changes.Depends, "`f`: what fails as `B` arrives as `Clash`\n`act`: what fails as `B` arrives as `Clash`"},
	} {
		text := strings.Replace(old, test.old, test.new, 1)
		w := changes.Compare(program(t, old), program(t, text)).Workflows[0]
		var texts []string
		for _, c := range w.Changes {
			line, _, _ := strings.Cut(c.Text, ";")
			texts = append(texts, line)
		}
		if got := strings.Join(texts, "\n"); got != test.texts || w.Effect() != test.effect {
			t.Errorf("%s: %v\n%s\nwant %v\n%s", test.new, w.Effect(), got, test.effect, test.texts)
		}
	}
}

// An operation that was passed over runs late where it stands under no condition any more,
// though nothing that decides has changed.
func TestOperationsUnderAnotherCondition(t *testing.T) {
	const text = `flow 1

package p

error Bad

step act(n int)   fails Bad idempotent
step tell(n int)  idempotent

callback gate()  timeout 1h

workflow w(n int)
    fails Timeout
{
    %s
    callback gate()
}
`
	for _, test := range []struct{ old, new string }{
		{"if n > 3 { step tell(n) }", "if n > 3 {}\n    step tell(n)"},
		{"if n > 3 {} else { step tell(n) }", "if n > 3 { step tell(n) } else {}"},
		{"step act(n)\n        catch Bad { step tell(n) }", "step act(n)\n        catch Bad {}\n    step tell(n)"},
		{"t := open gate as \"g\"\n    select {\n        case await t { }\n        else { step tell(n) }\n    }", "t := open gate as \"g\"\n    select {\n        case await t { }\n        else { }\n    }\n    step tell(n)"},
	} {
		r := changes.Compare(program(t, fmt.Sprintf(text, test.old)), program(t, fmt.Sprintf(text, test.new)))
		if e := r.Effect(); e != changes.Late {
			t.Errorf("%s\nto\n%s\nhas the effect %v", test.old, test.new, e)
		}
	}
}

// What moves across the border of a scope runs again, though that scope is new or gone as a
// whole, and so does what is in a scope that bears another name.
func TestMovesAcrossScopes(t *testing.T) {
	const text = `flow 1

package p

step act(n int) int   idempotent
step tell(n int) int  idempotent

workflow inner(n int) int { return step act(n) }

workflow w(n int) int {
    x := %s
    wait 1h as "later"
    return x
}
`
	forms := map[string]string{
		"the workflow": "step act(n)",
		"a group":      "group g { yield step act(n) }",
		"another one":  "group h { step tell(n); yield step act(n) }",
		"a call":       "call inner(n)",
		"deep":         "group g2 { p := parallel { a: { yield group g3 { yield step act(n) } } }; yield p.a }",
		"an item":      "len(l)",
		"a branch":     "p.a",
		"a branch b":   "p.b",
	}
	before := map[string]string{
		"an item":    "l := map k in [n] { yield step act(k) }\n",
		"a branch":   "p := parallel { a: step act(n) }\n",
		"a branch b": "p := parallel { b: step act(n) }\n",
	}
	form := func(name string) *dsl.Program {
		return program(t, strings.Replace(fmt.Sprintf(text, forms[name]), "    x :=", before[name]+"    x :=", 1))
	}
	for from := range forms {
		for to := range forms {
			r := changes.Compare(form(from), form(to))
			e := changes.Nothing
			for _, w := range r.Workflows {
				if w.Name == "w" {
					e = w.Effect()
				}
			}
			switch breaks := strings.HasPrefix(from, "a branch") && strings.HasPrefix(to, "a branch"); {
			case from == to && e != changes.Nothing, from != to && breaks && e != changes.Breaks, from != to && !breaks && e != changes.Again:
				t.Errorf("from %s to %s has the effect %v", from, to, e)
				for _, c := range r.Workflows[len(r.Workflows)-1].Changes {
					t.Log(c.Text)
				}
			}
		}
	}
}

// An operation that was passed over in another scope runs late where it stands now.
func TestOperationsMovedOutOfACondition(t *testing.T) {
	const text = `flow 1

package p

error Bad

step act(n int)   fails Bad idempotent
step tell(n int)  idempotent

callback gate()  timeout 1h

workflow w(n int)
    fails Timeout
{
    %s
    callback gate()
}
`
	for _, test := range []struct{ old, new string }{
		{"map i in [n] { step act(i) catch Bad { step tell(i) } }", "map i in [n] { step act(i) catch Bad { } }\n    step tell(n)"},
		{"group g { if n > 3 { step tell(n) } }", "group g { }\n    step tell(n)"},
		{"if n > 3 { group g { step tell(n) } }", "if n > 3 { group g { } }\n    step tell(n)"},
		{"map i in range(n) { step tell(i) }", "map i in range(n) { }\n    step tell(n)"},
	} {
		r := changes.Compare(program(t, fmt.Sprintf(text, test.old)), program(t, fmt.Sprintf(text, test.new)))
		late := false
		for _, c := range r.Workflows[0].Changes {
			for _, v := range c.Verdicts {
				late = late || c.Kind == changes.Moved && v.Effect == changes.Late && v.At.Stage == changes.Before
			}
		}
		if !late {
			t.Errorf("%s\nto\n%s\nis told as %+v", test.old, test.new, r.Workflows[0].Changes)
		}
	}
}

// Where the result of a step is kept may change with executions under way: both are read.
func TestStored(t *testing.T) {
	const text = `flow 1

package p

step act(s string) string  %s

workflow w(s string) string {
    x := step act(s)
    wait 1h
    return x
}
`
	for _, test := range []struct{ old, new, want string }{
		{"", "stored", "act keeps its result outside of the record"},
		{"stored", "", "act keeps its result in the record"},
	} {
		r := changes.Compare(program(t, fmt.Sprintf(text, test.old)), program(t, fmt.Sprintf(text, test.new)))
		if list := r.Workflows[0].Changes; len(list) != 1 || strings.ReplaceAll(list[0].Text, "`", "") != test.want || list[0].Remedy == "" {
			t.Errorf("from %q to %q: %+v", test.old, test.new, r.Workflows[0])
		} else {
			for _, v := range list[0].Verdicts {
				if v.Effect != changes.Nothing {
					t.Errorf("from %q to %q: %+v", test.old, test.new, v)
				}
			}
		}
	}
}

// A step that runs again is told of by what it says of repetition.
func TestWordsOfRepetition(t *testing.T) {
	for word, want := range map[string]string{
		"reads": "it `reads` only", "idempotent": "with another key", "idempotent by s": "with another key",
		"at most once": "MONEY: it is `at most once`", "at least once": "MONEY: it is `at least once`", "": "nothing says that it bears repetition",
	} {
		const text = `flow 1

package p

step act(s string)  %s

workflow w(s string) {
    step act(s)%s
        catch e { log "{e.type}" }
    wait 1h
}
`
		r := changes.Compare(program(t, fmt.Sprintf(text, word, "")), program(t, fmt.Sprintf(text, word, ` as "renamed"`)))
		found := false
		for _, c := range r.Workflows[0].Changes {
			for _, v := range c.Verdicts {
				found = found || v.Effect == changes.Again && strings.Contains(v.Text, want)
			}
		}
		if !found {
			t.Errorf("%s: nothing says %q: %+v", word, want, r.Workflows[0].Changes)
		}
	}
}

// A default of the package that changes is told of where it reaches.
func TestDefaultsReach(t *testing.T) {
	const text = `flow 1

package p

defaults step  %s

step own(s string)    idempotent retry none timeout 1s
step other(s string)  idempotent

workflow reached(s string) {
    step own(s)
    step other(s)
}

workflow kept(s string) {
    step own(s)
    step other(s) retry 1 timeout 1s
}
`
	r := changes.Compare(program(t, fmt.Sprintf(text, "retry 3 timeout 20s")), program(t, fmt.Sprintf(text, "retry 4 timeout 20s")))
	for _, w := range r.Workflows {
		var texts []string
		for _, c := range w.Changes {
			texts = append(texts, c.Text)
		}
		want := map[string]string{"reached": "`other` is repeated or bounded otherwise", "kept": ""}[w.Name]
		if got := strings.Join(texts, "; "); got != want {
			t.Errorf("%s: %q, want %q", w.Name, got, want)
		}
	}
}

// A select records which case has won, also one that awaits, which has no record of its own.
func TestCasesThatAwait(t *testing.T) {
	const text = `flow 1

package p

callback ask(s string) int  timeout 1h

workflow w() int
    fails Timeout
{
    h := open ask as "first"
    i := open ask as "second"
    x := 0
    select {
CASES
        case wait 1h { x = 3 }
    }
    y := await h
    z := await i
    return x + y + z
}
`
	const first, second = "case k := await h { x = k }", "case k := await i { x = k }"
	for _, test := range []struct{ old, new, want string }{
		{first + "\n" + second, first, "case `await ask2` of `select` is gone"},
		{first, "", "case `await ask` of `select` is gone"},
		{"", second, "case `await ask` of `select` is new"},
		{first, second, "case `await ask` waits for another callback"},
		{first + "\n" + second, second + "\n" + first, "case `await ask` waits for another callback"},
		{first, strings.ReplaceAll(first, "k", "other"), ""},
	} {
		report := changes.Compare(program(t, strings.Replace(text, "CASES", test.old, 1)), program(t, strings.Replace(text, "CASES", test.new, 1)))
		var told string
		for _, c := range report.Workflows[0].Changes {
			if c.Kind == changes.Case && told == "" {
				told = c.Text
			}
		}
		if told != test.want {
			t.Errorf("from %q to %q: %q is told, and should be %q", test.old, test.new, told, test.want)
		}
	}
}
