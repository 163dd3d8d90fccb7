package cost

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// head is what the workflows of the tests have at hand.
const head = `flow 1

package example

error Bad { code int }
error Worse
step act(n int) int  fails Bad  idempotent retry 2
step quiet()  idempotent retry none
step once() int  at most once
step look() bool  reads
step pay(n int) int  idempotent retry none
callback ask() string  timeout 1h retry none
function remote(n int) int = "remote:live"

workflow inner(n int) int
    fails Bad
{
    m := step act(n)
        undo step quiet()
    return m
}

`

// programOf checks a body of a workflow, which declares the failures that it has.
func programOf(t testing.TB, body string) *dsl.Program {
	t.Helper()
	fails := []string{"Bad", "Worse", "Timeout", "Exhausted"}
	for {
		clause := ""
		if len(fails) > 0 {
			clause = " fails " + strings.Join(fails, ", ")
		}
		set := &dsl.SourceSet{}
		tree, ds := dsl.Parse(set.Add("main.flow", []byte(head+"workflow main(n int, items []int, on bool)"+clause+" timeout 300d\n{\n"+body+"\n}\n")))
		p, more := dsl.Check(set, []*dsl.File{tree}, dsl.CheckOptions{})
		i := slices.IndexFunc(append(ds, more...), func(d dsl.Diagnostic) bool { return d.Severity == dsl.Error })
		if i < 0 {
			return p
		}
		d := append(ds, more...)[i]
		n := len(fails)
		fails = slices.DeleteFunc(fails, func(name string) bool {
			return d.Code == "never-raised" && strings.Contains(d.Message, "`"+name+"`")
		})
		if len(fails) == n {
			t.Fatalf("line %d: %s\n%s", set.Position(d.Span.Start).Line, d.Message, body)
		}
	}
}

func estimateOf(t *testing.T, body string, assumed ...string) *Estimate {
	t.Helper()
	a := Default()
	for _, text := range assumed {
		if err := a.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Of(programOf(t, body), a)
	if err != nil {
		t.Fatal(err)
	}
	return list[len(list)-1]
}

// TestBounds holds the least of what returns, the expected and the most of what may be of
// operations, of those that are billed, and of retries, to what was reckoned by hand.
func TestBounds(t *testing.T) {
	for _, test := range []struct {
		name, body string
		assume     []string
		want       string // operations, billed, retries: least/expected/most
	}{
		{"nothing", `log "a"`, nil, "0/0/0 1/1/1 0/0/0"},
		{"a step", `step quiet()`, nil, "1/1/1 2/2/2 0/0/0"},
		{"attempts", `step act(1)`, nil, "1/1/1 2/2/4 0/0/2"},
		{"attempts that are assumed", `step act(1)`, []string{"act=2"}, "1/1/1 2/3/4 0/1/2"},
		{"one attempt", `m := step once()
			catch Interrupted { return }
			log "{m}"`, nil, "1/1/1 2/2/2 0/0/0"},
		{"a callback", `a := callback ask()
			log a`, nil, "2/3/3 3/4/4 0/0/0"},
		{"an invoke", `invoke remote(1)`, nil, "1/1/1 2/2/2 0/0/0"},
		{"an invoke with a timeout", `invoke remote(1) timeout 1h`, nil, "3/3/3 4/4/4 0/0/0"},
		{"a poll", `b := poll look() every 1m at most 5 times until b
			log "{b}"`, nil, "1/1/1 3/7/7 0/0/0"},
		{"a poll of which something is assumed", `b := poll look() every 1m at most 5 times until b
			log "{b}"`, []string{"look=2"}, "1/1/1 3/4/7 0/0/0"},
		{"open and await", `a := open ask
			text := await a
			log text`, nil, "1/1/1 2/2/2 0/0/0"},
		{"if", `if on { step quiet() }`, nil, "0/0.5/1 1/1.5/2 0/0/0"},
		{"if with a share", `if on { step quiet() } else { wait 1m
			step look() }`, []string{"on=20%"}, "1/1.8/2 2/2.8/8 0/0/5"},
		{"behind a return", `if on { return }
			step quiet()`, []string{"on=0.25"}, "0/0.75/1 1/1.75/2 0/0/0"},
		{"the least is of what returns", `if on { fail Worse }
			step quiet()`, []string{"on=0"}, "1/1/1 2/2/2 0/0/0"},
		{"a list", `for i in [1, 2, 3] { step pay(i) }`, nil, "3/3/3 4/4/4 0/0/0"},
		{"a range", `for i in range(2, 6) { step pay(i) }`, nil, "4/4/4 5/5/5 0/0/0"},
		{"a list without bound", `for i in items { step pay(i) }`, nil, "0/10/∞ 1/11/∞ 0/0/0"},
		{"a list with one", `for i in items[:20] { step pay(i) }`, []string{"items[:20]=15"}, "0/15/20 1/16/21 0/0/0"},
		{"a list of which the most is assumed", `for i in items { step pay(i) }`, []string{"items<=7"}, "0/7/7 1/8/8 0/0/0"},
		{"break", `for i in range(5) {
			step pay(i)
			if on { break }
			wait 1m }
			step quiet()`, []string{"on=0"}, "2/11/11 3/12/12 0/0/0"},
		{"continue", `for i in range(4) {
			step pay(i)
			if on { continue }
			wait 1m }`, []string{"on=50%"}, "4/6/8 5/7/9 0/0/0"},
		{"return from a loop in its last turn", `while true at most 3 times {
			step pay(1)
			if on { step quiet()
			step quiet() as "b"
			step quiet() as "c"
			return }
			wait 1m }`, []string{"on=0"}, "4/6/8 5/7/9 0/0/0"},
		{"a loop that only a return leaves", `while true {
			step pay(1)
			if on { return } }`, []string{"on=25%"}, "1/4/∞ 2/5/∞ 0/0/0"},
		{"while", `while on at most 4 times { step pay(1) }`, []string{"on=3"}, "0/3/4 1/4/5 0/0/0"},
		{"switch", `switch n { 
			case 1 { step quiet() }
			case 2 { wait 1m
			step quiet() as "b" }
			else { }
			}`, []string{"1=0.5", "2=0.5"}, "0/1.5/2 1/2.5/3 0/0/0"},
		{"undo", `step pay(1)
			undo step quiet()
			step pay(2) as "b"
			undo { step quiet() }`, nil, "2/2/5 3/3/6 0/0/0"},
		{"undo that is assumed", `step pay(1)
			undo step quiet()
			step pay(2) as "b"`, []string{"pay.undone=10%"}, "2/2.1/3 3/3.1/4 0/0/0"},
		{"commit", `step pay(1)
			undo step quiet()
			commit
			step pay(2) as "b"`, nil, "2/2/2 3/3/3 0/0/0"},
		{"a group", `group g { step pay(1)
			undo step quiet()
			step pay(2) as "b" }`, nil, "3/3/4 4/4/5 0/0/0"},
		{"an undo on a whole takes the place of those inside", `group g { step pay(1)
			undo { step quiet()
			wait 1m } }
			undo step quiet()
			step pay(2) as "b"`, nil, "3/3/5 4/4/6 0/0/0"},
		{"a group with a timeout", `group g timeout 1h { step quiet() }
			catch Timeout { wait 1m
			step quiet() }`, nil, "3/3/5 4/4/6 0/0/0"},
		{"a call", `m := call inner(1)
			log "{m}"`, nil, "2/2/3 3/3/6 0/0/2"},
		{"a catch", `m := step act(1)
			catch Bad { step quiet()
			wait 1m
			return }
			log "{m}"`, []string{"act.fails=50%"}, "1/2/3 2/3/6 0/0/2"},
		{"a try", `try { step pay(1)
			step pay(2) as "b" } catch e { log "{e.type}"
			step quiet() }`, nil, "1/2/3 2/3/4 0/0/0"},
		{"a parallel", `parallel { a: step pay(1)
			b: { step pay(2)
			wait 1m } }`, nil, "6/6/6 7/7/7 0/0/0"},
		{"a map", `map i in items { step pay(i) }`, []string{"items=4"}, "1/9/∞ 2/10/∞ 0/0/0"},
		{"a map of a list", `map i in [1, 2] { step pay(i) undo step quiet() }`, nil, "5/5/7 6/6/8 0/0/0"},
		{"a map that bears failures", `map i in [1, 2] tolerate 1 { step pay(i)
			step quiet() }`, nil, "3/7/7 4/8/8 0/0/0"},
		{"a map of which some are enough", `map i in [1, 2, 3] min 2 { wait 1m
			step look() }`, nil, "7/10/10 8/11/26 0/0/15"},
		{"a select", `select {
			case a := callback ask() { log a }
			case wait 1h { step quiet() }
			} catch Timeout { return }`, []string{"ask.wins=0.5"}, "1/5.5/6 2/6.5/7 0/0/0"},
		{"a select whose second case may win", `select {
			case wait 1m { }
			case wait 2m as "b" { wait 3m as "c" }
			}`, []string{"wait.wins=1"}, "2/3/4 3/4/5 0/0/0"},
		{"a select that looks", `t := open ask
			select {
			case await t { step quiet() }
			else { step pay(1)
			step pay(2) as "b" }
			} catch Timeout { return }`, []string{"select.else=0.5"}, "2/3.5/4 3/4.5/5 0/0/0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := estimateOf(t, test.body, test.assume...)
			got := ""
			for _, m := range []Metric{Operations, Billed, Retries} {
				got += fmt.Sprintf("%s/%s/%s ", short(e.Least.Numbers[m]), short(e.Expected.Numbers[m]), short(e.Most.Numbers[m]))
			}
			if got = got[:len(got)-1]; got != test.want {
				t.Errorf("got  %s\nwant %s\n%s", got, test.want, test.body)
			}
			for m := range e.Least.Numbers {
				l, x, h := e.Least.Numbers[m], e.Expected.Numbers[m], e.Most.Numbers[m]
				if l > h || x > h+1e-9 {
					t.Errorf("%s: %v, %v, %v", Metric(m), l, x, h)
				}
			}
		})
	}
}

func short(x float64) string {
	if x > 1e300 {
		return "∞"
	}
	return fmt.Sprintf("%.4g", x)
}

// TestSuspensionsAndBytes holds the least and the most of what ends an invocation, and of
// what is written besides input and result.
func TestSuspensionsAndBytes(t *testing.T) {
	for _, test := range []struct {
		name, body, want string // suspensions, bytes
	}{
		{"a wait", `wait 1m`, "1/1 0/0"},
		{"two waits", `wait 1m
			wait 2m as "b"`, "2/2 0/0"},
		{"waits beside each other", `parallel { a: wait 1m
			b: wait 2m }`, "0/2 0/262152"},
		{"a step that gives a number", `step pay(1)`, "0/0 1/20"},
		{"attempts", `step act(1)`, "0/2 1/2097172"},
		{"a callback", `text := callback ask()
			log text`, "0/1 2/1310724"},
		{"a look", `t := open ask
			select {
			case await t { }
			else { }
			} catch Timeout { return }`, "0/1 0/3146428"},
		{"a poll", `b := poll look() every 1m at most 3 times until b
			log "{b}"`, "0/2 4/3145728"},
		{"an invoke", `invoke remote(1)`, "0/1 8/47"},
		{"a group", `m := group g { yield step pay(1) }
			log "{m}"`, "0/0 2/40"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWalker(programOf(t, test.body), Default(), nil)
			way := w.workflow(w.prog.Workflows[len(w.prog.Workflows)-1]).scope().ok
			got := fmt.Sprintf("%s/%s %.0f/%.0f", short(way.least[Suspensions]), short(way.most[Suspensions]), way.least[Written], way.most[Written])
			if got != test.want {
				t.Errorf("got  %s\nwant %s\n%s", got, test.want, test.body)
			}
		})
	}
}
