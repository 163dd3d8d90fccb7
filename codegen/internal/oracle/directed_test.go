package oracle

import (
	"math/rand/v2"
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
)

// directed is workflows that look for what random ones come to seldom, each with the
// callbacks that it opens.
var directed = []struct {
	name, fails, body string
	opened            []string
}{
	// A case fails the select while others have failed once and are to be tried again, or are
	// in the catch of their failure: these have not failed it, though they would have.
	{"leaves", "", `
    asked := open ask as "asked"
    select as "maps" {
        case map x in ["l", item.name, "b"] { wait 1m; step read(x) retry 2 every 1h } {}
        case call waiter(n) {}
        case group late { wait 2m; yield words[99] } {}
    } catch e { log e.type }
    select as "parallels" {
        case parallel { a: step read(item.name) retry 1 every 1h; b: { wait 1m; yield step read("b") } } {}
        case parallel as "both" max 1 { a: step read("a") retry 1 every 1h; b: { step read("n"); wait 9m } } {}
        case group late { wait 2m; yield words[99] } {}
    } catch e { log e.type }
    select as "groups" {
        case group g timeout 9m { step read("l"); wait 1m; step read(item.name) as "more" retry 1 every 1h } {}
        case group h until await asked { step read("m") retry 1 every 1h; step read("h") as "more" } {}
        case callback ask("groups") {}
    } catch e { log e.type }
    select as "caught" {
        case step read("x") {} catch Unexpected { wait 7m; step read("y") as "instead" }
        case step weigh(item) {} catch Unexpected { step read("z") as "then" retry 2 every 1h; log words[99] }
        case group late { wait 2m; yield words[99] } {}
    } catch e { log e.type }
    for i in range(2) {
        r := settled map x in words tolerate 2 {
            select {
                case s := step read("{x} {i}") retry 1 every 1h { yield s }
                case s := poll read(x) as "poll" every 1m at most 9 times until len(s) > 1 { yield s }
                case callback ask("inside {x}") as "inside" { yield "asked" }
                case group late { wait 1m; yield words[99] } { yield "late" }
            }
        }
        trail = append(trail, r.reason)
    }`, []string{"ask", "inside", "asked"}},
	// What the last step of an item of a settled batch has done counts, whenever the batch has
	// been decided.
	{"settles", "    fails Bad, Worse\n", `
    r := settled parallel tolerate 0 {
        direct: step act(n)
            undo step quiet("direct")
        grouped: group g {
            x := step act(n + 1)
                undo step quiet("grouped")
            yield x
        }
        both: map k in range(3) {
            step act(k)
                undo step quiet("both {k}")
        }
        inner: {
            s := settled map k in range(4) max 2 tolerate 1 { yield step act(k) }
            yield "{s.succeeded}"
        }
        caught: { x := step act(n + 2) catch Bad { x = 0 }; yield x }
        more: {
            step act(5) as "first"
                undo step quiet("more")
            commit
            step act(6) as "second"
                undo step quiet("second")
            yield step act(7) as "third"
        }
        slow: step slow(n)
        once: { step once("a") catch Interrupted { step read("a") } }
    }
        undo step quiet("whole")
    trail = append(trail, "{r.direct.status} {r.both.status} {r.reason} {r.succeeded} {r.failed} {r.started}")
    all := settled map x in items tolerate 1 {
        undone := step note(x, n)
            undo step quiet("note {x.name}")
        step act(x.n)
        yield undone
    }
    for x in all.items { trail = append(trail, "{x.status} {x.value ?? "none"}") }
    step load("the end")`, nil},
	// What runs when a batch is decided or a group ended is not tried again, in whatever is
	// inside of it.
	{"stops", "    fails Stopped\n", `
    asked := open ask as "asked"
    for i in range(3) {
        parallel {
            fails: { step quiet("first {i}"); step act(n + i) retry none }
            asks: group g { yield callback ask("b {i}") as "ask b" }
            reads: group h { step read("{item.name} {i}"); yield step read("more {i}") as "more" }
            maps: map x in words { group k { yield step read("{x} {i}") } }
        } catch e { log e.type }
    }
    group ended until await asked {
        for i in range(4) {
            step read("ended {i}")
            callback ask("e {i}") as "ask e"
                catch Timeout {}
        }
        step act(n)
            catch Bad {}
    }`, []string{"asked", "ask b", "ask e"}},
}

// TestDirectedProgramsRunAsInterpreted is [TestRandomProgramsRunAsInterpreted] with workflows
// that are written by hand, in many worlds each.
func TestDirectedProgramsRunAsInterpreted(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	text := newPrelude(rand.New(rand.NewPCG(1, 1)))
	var flows []flowText
	var cases []world.Case
	for i, d := range directed {
		f := flowText{d.name, "workflow " + d.name + "(" + parameters + ") []string\n" + d.fails + "    timeout 300d\n{\n    var trail []string = []" + d.body + "\n    return trail\n}\n"}
		text += f.text
		flows = append(flows, f)
		for k := range environment("ORACLE_WORLDS", 60) {
			s := uint64(i*100_000 + k)
			cases = append(cases, world.Case{Workflow: d.name, Input: newInput(s), Seed: s, Crashes: environment("ORACLE_CRASHES", 2), Callbacks: append([]string{"ask waiter"}, d.opened...)})
		}
	}
	p, reason := check(text)
	if p == nil {
		t.Fatal(reason)
	}
	seen := tally{}
	runCases(t, p, 0, text, flows, cases, seen)
	t.Logf("what there was:\n%s", seen)
}
