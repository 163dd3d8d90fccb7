package visualize

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

const followPrelude = `flow 1

package p

error Bad { code int }
error Tired
error Broken
step a() fails Bad
    idempotent
step b() string
    idempotent
step c()
    idempotent
callback ask() bool
    timeout 1h
    fails Bad

workflow w(x int, list []string, kind string) int `

// happened makes an execution of lines "ID", which has succeeded, or "ID!Error", "ID?" of
// one that is under way, "ID=RESULT"; what follows an ID with "-" lies inside of it, unless
// that begins with "^", as of the undo of what a scope has handed over. A line "." is the
// end of the execution, in the same way, or ".stopped".
func happened(lines string) *execution.Execution {
	x := new(execution.Execution)
	n := 0
	apply := func(e wire.Event) {
		n++
		e.EventId, e.EventTimestamp = n, wire.Seconds(wire.TimeOf(at("10:00:00").Add(time.Duration(n)*time.Second)))
		x.Apply(&e)
	}
	all := strings.Fields(lines)
	var ids []string
	outermost := map[string]bool{}
	for i, text := range all {
		text, outer := strings.CutPrefix(text, "^")
		all[i] = text
		ids = append(ids, strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("!?=", r) })[0])
		outermost[ids[i]] = outer || opid.Hashed(ids[i])
	}
	var end func(i int)
	started := map[string]bool{}
	context := func(id string) bool {
		for _, other := range ids {
			if strings.HasPrefix(other, id+"-") {
				return true
			}
		}
		return strings.HasPrefix(id, "map") || strings.HasPrefix(id, "g")
	}
	subType := func(id string) string {
		last := id[strings.LastIndexByte(id, '-')+1:]
		switch {
		case strings.HasPrefix(last, "map"):
			return wire.SubTypeMap
		case strings.HasPrefix(last, "_i"):
			return wire.SubTypeMapIteration
		}
		return wire.SubTypeRunInChildContext
	}
	start := func(id string) {
		if started[id] || id == "." || id == ".stopped" {
			return
		}
		started[id] = true
		e := wire.Event{EventType: wire.EventStepStarted, Id: id, Name: id[strings.LastIndexByte(id, '-')+1:]}
		if i := strings.LastIndexByte(id, '-'); i > 0 && !outermost[id] {
			e.ParentId = id[:i]
		}
		if context(id) {
			e.EventType, e.SubType = "ContextStarted", subType(id)
		}
		apply(e)
	}
	end = func(i int) {
		text, id := all[i], ids[i]
		rest := text[len(id):]
		cause := &wire.EventError{Payload: &wire.ErrorObject{ErrorType: strings.TrimPrefix(rest, "!")}}
		result := strings.TrimPrefix(rest, "=")
		e := wire.Event{Id: id}
		switch {
		case rest == "?":
			return
		case id == ".stopped":
			e.EventType = wire.EventExecutionStopped
		case id == "." && rest == "":
			e.EventType = wire.EventExecutionSucceeded
		case id == ".":
			e.EventType, e.ExecutionFailedDetails = wire.EventExecutionFailed, &wire.ErrorDetails{Error: cause}
		case context(id) && strings.HasPrefix(rest, "!"):
			e.EventType, e.SubType, e.ContextFailedDetails = "ContextFailed", subType(id), &wire.ErrorDetails{Error: cause}
		case context(id):
			e.EventType, e.SubType, e.ContextSucceededDetails = "ContextSucceeded", subType(id), &wire.ResultDetails{Result: &wire.EventPayload{Payload: &result}}
		case strings.HasPrefix(rest, "!"):
			e.EventType, e.StepFailedDetails = wire.EventStepFailed, &wire.StepEndedDetails{Error: cause}
		default:
			e.EventType, e.StepSucceededDetails = wire.EventStepSucceeded, &wire.StepEndedDetails{}
		}
		apply(e)
	}
	for _, id := range ids { // an operation begins after what is around it
		for i := range id {
			if id[i] == '-' && !outermost[id] {
				start(id[:i])
			}
		}
		start(id)
	}
	for i := range all {
		end(i)
	}
	return x
}

// told lists what a run says of the nodes that are no steps: those that are taken, and,
// with a question mark, those of which the history does not tell.
func told(run *Run) string {
	var out []string
	run.Graph.Walk(func(n *Node) {
		if n.Kind == Start || n.Kind == End || recorded(n) && n.Kind != Map {
			return
		}
		name := strings.TrimSpace(n.Keyword + " " + n.Name)
		if n.Kind == Plain {
			name = n.Notes[0]
		}
		look := run.Look(n)
		switch run.Passed(n) {
		case Taken:
			if look != "" {
				name += ":" + look
			}
			out = append(out, name)
		case Untold:
			out = append(out, name+"?")
		}
	})
	return strings.Join(out, ", ")
}

// TestRunsAreFollowed: which way was taken, where the history tells, and that it does not,
// where it does not.
func TestRunsAreFollowed(t *testing.T) {
	const ifs = "fails Tired, Broken {; if x > 100 {; if x > 200 {; fail Tired; }; fail Broken; }; step c(); return 1; }"
	const choice = "{; switch kind {; case `k` {; return 1; }; case `l` {; return 2; }; else {; step c(); }; }; return 3; }"
	const items = "{; map s in list tolerate 1 {; step a(); }; catch Bad { return 1 }; return 3; }"
	tests := []struct{ name, body, events, want string }{
		{"nested ifs that both fail", ifs, ".!Broken", "x > 100, x > 200, fail Broken:failed"},
		{"the other of them", ifs, ".!Tired", "x > 100, x > 200, fail Tired:failed"},
		{"neither", ifs, "c .", "x > 100, return 1:ok"},
		{"returns of a switch", choice, ".", "switch kind, return 1?, return 2?"},
		{"the one behind a step", choice, "c .", "switch kind, return 3:ok"},
		{"two errors of one operation", "{; step a(); catch Bad { return 1 }; catch e { return 2 }; return 3; }", "a!Bad .", "return 1:ok"},
		{"the other one", "{; step a(); catch Bad { return 1 }; catch e { return 2 }; return 3; }", "a!IOError .", "return 2:ok"},
		{"the end behind a loop", "{; for s in list {; step c(); }; return 3; }", "c_i0 c_i1 .", "for s in list, return 3:ok"},
		{"a loop that may have been empty", "{; for s in list {; log s; }; return 3; }", ".", "for s in list, log s?, return 3:ok"},
		{"an expression that fails in a try", "{; try {; s := list[x]; step c(); log s; }; catch e { step b() }; return 3; }", "b .", "try, s = list[x], return 3:ok"},
		{"stopped", "{; step c(); if x > 1 {; step b(); }; return 3; }", "c b? .stopped", "x > 1"},
		{"between two operations", "{; step c(); if x > 1 {; step b(); }; return 3; }", "c", "x > 1?, return 3?"},
		{"a map that has too many failures", items, `map-_i0-a!Bad map-_i0!Bad map-_i1-a!Bad map-_i1!Bad map={"completionReason":"FAILURE_TOLERANCE_EXCEEDED"} .`, "map s in list:caught, return 1:ok"},
		{"a map that has few", items, `map-_i0-a map-_i0 map-_i1-a!Bad map-_i1!Bad map={"completionReason":"ALL_COMPLETED"} .`, "map s in list:caught, return 3:ok"},
		{"a break", "{; while x > 0 at most 9 times {; step c(); if x > 3 {; break; }; step b(); }; return 3; }", "c_i0 b_i0 c_i1 .", "while x > 0, x > 3, break, return 3:ok"},
		{"a select", "fails Bad, Timeout {; select {; case callback ask() { return 1 }; case wait 1m { return 2 }; }; }", `select-ask select-wait? select={"winner":"ask","index":0} .`, "return 1:ok"},
		{"an undo that failed", "fails Bad {; step c(); undo step a(); if x > 2 {; step a() as `more`; }; return 3; }", "c more!Bad c_u!Bad .!UndoFailed", "x > 2, Bad:failed"},
		{"an undo of what was called, under a hash", "fails Bad {; call inner(); if x > 2 {; step a(); }; return 3; }; workflow inner() {; step c(); undo step b(); }", "inner_kinner a!Bad _hash .!Bad", "x > 2, Bad:failed"},
		{"another version", "{; if x > 1 {; step b(); }; return 3; }", "b other .", "x > 1?, return 3?"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := checked(t, &txtar.Archive{Files: []txtar.File{{Name: "p.flow", Data: []byte(followPrelude + strings.NewReplacer("; ", "\n", "`", `"`).Replace(test.body) + "\n")}}})
			run := Overlay(NewGraph(p, p.Workflows[0]), happened(test.events), "", at("11:00:00"))
			if got := told(run); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			for _, e := range run.Graph.Edges {
				if run.Went(e) == Taken && (run.Passed(run.Graph.Node(e.From)) != Taken || run.Passed(run.Graph.Node(e.To)) != Taken) {
					t.Errorf("the edge %s → %s was taken, but not its nodes", e.From, e.To)
				}
			}
		})
	}
}

// TestUndosOfCallsAreFollowed: what a workflow has left to undo is undone by the one that
// called it, and stands in the picture of both.
func TestUndosOfCallsAreFollowed(t *testing.T) {
	const flow = "fails Bad {\ncall inner()\nstep a()\nreturn 3\n}\nworkflow inner() {\nstep c()\nundo step b()\n}\n"
	p := checked(t, &txtar.Archive{Files: []txtar.File{{Name: "p.flow", Data: []byte(followPrelude + flow)}}})
	for _, v := range Views(p, p.Workflows[0]) {
		run := Overlay(v.Graph, happened("inner-c inner a!Bad ^inner-c_u .!Bad"), v.Call, at("11:00:00"))
		if !run.Fits() {
			t.Errorf("no way through %q agrees", v.Call)
		}
		v.Walk(func(n *Node) {
			if want := n.Kind != Return || v.Call != ""; (run.Passed(n) == Taken) != want {
				t.Errorf("%q: %s is taken: %v", v.Call, n.ID, !want)
			}
		})
	}
}

// TestManyTurnsAreFollowed: a loop of thousands of turns, and IDs that are hashes.
func TestManyTurnsAreFollowed(t *testing.T) {
	p := checked(t, &txtar.Archive{Files: []txtar.File{{Name: "p.flow", Data: []byte(followPrelude + "fails Bad {\nfor s in list {\nstep c() as \"" + strings.Repeat("long", 20) + "\"\nif x > 1 {\nstep a()\n}\n}\nreturn 1\n}\n")}}})
	var lines strings.Builder
	for i := range 300 {
		fmt.Fprintf(&lines, "%s a_i%d ", hashed(strings.Repeat("long", 20), i), i)
	}
	run := Overlay(NewGraph(p, p.Workflows[0]), happened(lines.String()+"."), "", at("11:00:00"))
	if got, want := told(run), "for s in list, x > 1, return 1:ok"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := run.Mermaid(Normal); !strings.Contains(got, "300 turns") {
		t.Errorf("the turns are not counted:\n%s", got)
	}
}

func hashed(name string, turn int) string { return opid.Of(opid.Join("", name, opid.Turn(turn))) }
