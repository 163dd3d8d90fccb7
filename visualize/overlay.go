package visualize

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Run is what an execution has done so far, laid over the graph of its workflow, or of
// one that it calls.
type Run struct {
	Graph  *Graph
	States map[string]*State // by node ID; nodes never reached have none
	Ended  string            // "succeeded", "failed", "timed out", "stopped"; empty while it runs
	// Strange are IDs of the history that the graph does not have: those of called
	// workflows' operations are not among them.
	Strange []string

	execution *execution.Execution
	call      string
	now       time.Time
	waits     map[string]*execution.Operation // the first that is waited for at each node
	ways      *follower
}

// State is what happened at a node, over all turns and items.
type State struct {
	Started, Succeeded, Failed int
	Caught                     int // of those that failed: whose error was caught
	Retries                    int // attempts that failed and were followed by another, or are to be
	Open                       int // under way
	Left                       int // neither ended nor under way any more: left behind
	Stood                      int // of those left: at which the execution stood when it was stopped or timed out
	Undone                     int // taken back by their undo
	Error                      string
	Items                      Items // of a map
}

// Items is what has become of the items of a map, over all its runs.
type Items struct{ Succeeded, Failed, Open, Left int }

// Overlay lays what has happened in an execution over a graph. call is the node ID of
// the call whose workflow the graph shows, with those of the calls around it, joined by
// "-"; it is empty for the execution's own workflow. now is when the run is looked at.
func Overlay(g *Graph, x *execution.Execution, call string, now time.Time) *Run {
	o := &overlay{
		Run: &Run{
			Graph: g, States: map[string]*State{".start": {Started: 1, Succeeded: 1}},
			execution: x, call: call, now: now, waits: map[string]*execution.Operation{}, ways: follow(g, x, call),
		},
		scopes: map[string]bool{},
	}
	g.Walk(func(n *Node) {
		if i := strings.LastIndexByte(n.ID, '-'); i > 0 {
			o.scopes[n.ID[:i]] = true
		}
	})
	for _, op := range x.Operations {
		o.add(op)
	}
	for id, times := range o.ways.caught {
		o.state(id).Caught = times
	}
	o.addAwaits()
	if call == "" {
		o.Ended = ended[x.Status]
	} else {
		o.endedCalls()
	}
	for _, op := range x.Waits() {
		if n := o.nodeOf(op); n != nil && o.waits[n.ID] == nil {
			o.waits[n.ID] = op
		}
	}
	slices.Sort(o.Strange)
	return o.Run
}

var ended = map[wire.ExecutionStatus]string{
	wire.ExecutionSucceeded: "succeeded", wire.ExecutionFailed: "failed", wire.ExecutionTimedOut: "timed out", wire.ExecutionStopped: "stopped",
}

type overlay struct {
	*Run
	scopes map[string]bool // of operations; a branch of one operation has no node of its own
}

// add counts an operation at its node.
func (o *overlay) add(op *execution.Operation) {
	id, ok := o.inside(op)
	if !ok || op.Folded() || isAgain(op) && len(o.ways.agains) > 0 {
		return
	}
	n := o.Graph.Node(id)
	if n == nil {
		if o.call == "" && !o.scopes[id] && !o.foreign(id) {
			o.Strange = append(o.Strange, op.ID)
		}
		return
	}
	if op.Item() { // its node is that of the map, which counts itself
		o.addItem(n.ID, op)
		return
	}
	s := o.state(n.ID)
	s.Started++
	s.Retries += retries(op)
	state := o.ways.state(n, op)
	switch {
	case op.Open():
		s.Open++
		if op.State == execution.Retrying {
			s.Error = textOf(op.Error)
		}
	case op.Left():
		s.Left++
		if o.stood(op) {
			s.Stood++
		}
	case state == execution.Succeeded:
		s.Succeeded++
	case state == execution.Failed:
		s.Failed++
		s.Error = textOf(op.Error)
	}
	if state == execution.Succeeded && n.Kind == Undo {
		if undone := o.States[strings.TrimSuffix(n.ID, opid.Undo)]; undone != nil {
			undone.Undone++
		}
	}
}

func (o *overlay) state(id string) *State {
	if o.States[id] == nil {
		o.States[id] = &State{}
	}
	return o.States[id]
}

func (o *overlay) addItem(id string, op *execution.Operation) {
	items := &o.state(id).Items
	switch {
	case op.State == execution.Succeeded:
		items.Succeeded++
	case op.State == execution.Failed:
		items.Failed++
	case op.Open():
		items.Open++
	default:
		items.Left++
	}
}

// stood reports whether the execution stood at an operation when it ended from outside.
func (o *overlay) stood(op *execution.Operation) bool {
	if status := o.execution.Status; status != wire.ExecutionStopped && status != wire.ExecutionTimedOut {
		return false
	}
	for p := op.Parent; p != nil; p = p.Parent {
		if p.Over() {
			return false
		}
	}
	return true
}

// addAwaits gives every `await` that control has come to the state of what it has awaited.
func (o *overlay) addAwaits() {
	o.Graph.Walk(func(n *Node) {
		await, ok := n.Op.(*dsl.AwaitOp)
		if !ok || o.Passed(n) != Taken {
			return
		}
		s := o.state(n.ID)
		s.Started = 1
		opened := &State{}
		from := o.ways.handles[await.Handle]
		if from != nil && o.States[from.ID] != nil {
			opened = o.States[from.ID]
		}
		switch {
		case from == nil && !o.ways.left(n): // only who has called tells whether the answer has come
		case o.ways.leftByError(n):
			s.Failed, s.Caught, s.Error = 1, 1, opened.Error
		case opened.Open > 0:
			s.Open = 1
		case opened.Left > 0:
			s.Left, s.Stood = 1, opened.Stood
		case opened.Failed > 0 && opened.Succeeded == 0:
			s.Failed, s.Error = 1, opened.Error
		default:
			s.Succeeded = 1
		}
	})
}

// retries counts the attempts that failed and were followed by another, or are to be.
func retries(op *execution.Operation) int {
	n := 0
	for _, a := range op.Attempts {
		if a.State == execution.Failed {
			n++
		}
	}
	if n > 0 && op.State == execution.Failed {
		n-- // the last one, which was not followed
	}
	return n
}

func textOf(e *wire.ErrorObject) string {
	if e == nil {
		return ""
	}
	return words.Error(e.ErrorType, e.ErrorMessage, "")
}

// inside gives the node ID that an operation has in the graph; false if it lies outside
// of the call.
func (r *Run) inside(op *execution.Operation) (id string, ok bool) {
	id = opid.Bare(op.Path)
	if r.call == "" {
		return id, true
	}
	return strings.CutPrefix(id, r.call+"-")
}

// nodeOf gives the node of an operation; nil if the graph has none.
func (r *Run) nodeOf(op *execution.Operation) *Node {
	if isAgain(op) && r.call == "" {
		for _, n := range r.ways.agains {
			if r.Passed(n) == Taken {
				return n
			}
		}
		return nil
	}
	if id, ok := r.inside(op); ok {
		return r.Graph.Node(id)
	}
	return nil
}

// foreign reports whether an ID lies inside an operation that has no nodes of its
// own here: a call, or a step's own.
func (r *Run) foreign(id string) bool {
	for i := len(id) - 1; i > 0; i-- {
		if id[i] == '-' {
			if n := r.Graph.Node(id[:i]); n != nil {
				return n.Kind == Call || n.Kind == Undo || n.Kind == Invoke // with a timeout
			}
		}
	}
	return false
}

// endedCalls tells how the calls of the graph's workflow have ended, if all have: there
// may be several in a loop or a map.
func (r *Run) endedCalls() {
	for _, op := range r.execution.Operations {
		if opid.Bare(op.Path) != r.call || op.Item() {
			continue
		}
		switch {
		case op.Open():
			r.Ended = ""
			return
		case op.State == execution.Succeeded:
			r.Ended = "succeeded"
		case op.State == execution.Failed:
			r.Ended = "failed"
		default:
			r.Ended = ended[r.execution.Status]
		}
	}
}

// Passed tells whether control has come to a node.
func (r *Run) Passed(n *Node) Way { return r.ways.nodes[n.ID] }

// Fits reports whether there is a way through the graph that agrees with the history. There
// is none if the program is of another version.
func (r *Run) Fits() bool { return !r.ways.misfit }

// Went tells whether control has taken an edge of the graph.
func (r *Run) Went(e *Edge) Way { return r.ways.edges[e] }

// Sentence says in words where the execution stands: why it waits, since when,
// until when, and how to go on.
func (r *Run) Sentence() string { return r.sentence(true) }

// Standing says the same for a page that stays open and takes answers itself: without
// how long ago that is and how much longer it takes, so that it is true until something
// happens, and without the ID by which anybody could answer.
func (r *Run) Standing() string { return r.sentence(false) }

func (r *Run) sentence(all bool) string {
	has := "It has "
	if r.execution.Status == wire.ExecutionStopped {
		has = "It was "
	}
	waits := r.execution.Waits()
	switch how, why := ended[r.execution.Status], textOf(r.execution.Error); {
	case how != "" && why != "":
		return has + how + ": " + strings.TrimSuffix(why, ".") + "."
	case r.execution.After != "" && r.call == "":
		return "It has gone on as `" + r.execution.After + "`."
	case how != "":
		return has + how + "."
	case !r.execution.Paused.IsZero():
		return "It is paused since " + r.clock(r.execution.Paused) + ": nothing is invoked until it is resumed."
	case len(waits) == 0:
		return "It is between two operations, or its function is being started."
	}
	text := r.waitSentence(waits[0], all)
	if n := len(waits) - 1; n > 0 {
		text += fmt.Sprintf(" It waits for %s more.", words.Count(n, "thing"))
	}
	return text
}

func (r *Run) waitSentence(op *execution.Operation, all bool) string {
	name := strings.TrimSpace(op.What() + " " + op.Trail())
	if n := r.nodeOf(op); n != nil {
		name = nodeTitle(n)
	}
	since := "since " + r.clock(op.Started)
	if all {
		since += " (" + words.Duration(r.now.Sub(op.Started)) + ")"
	}
	until := "; there is no time limit"
	if !op.Until.IsZero() {
		until = ", until " + r.clock(op.Until)
		if all && op.Until.After(r.now) {
			until += " (" + words.Duration(op.Until.Sub(r.now)) + " more)"
		}
	}
	switch op.What() {
	case "callback":
		how := ""
		if all && op.CallbackID != "" {
			how = "; answer with `durablegen callback succeed " + op.CallbackID + "`"
		}
		return fmt.Sprintf("It waits for an answer to `%s` %s%s%s.", name, since, until, how)
	case "wait":
		return fmt.Sprintf("It waits at `%s` %s%s; it goes on by itself.", name, since, until)
	case "invoke":
		return fmt.Sprintf("It waits for the function `%s` at `%s` %s%s.", op.Target, name, since, until)
	}
	switch op.State {
	case execution.Retrying:
		return fmt.Sprintf("`%s` has failed %s (%s) and is tried again at %s; it goes on by itself.", name, words.Times(op.Tries), textOf(op.Error), r.clock(op.Until))
	case execution.Waiting:
		return fmt.Sprintf("`%s` has been asked %s %s and is asked again at %s; it goes on by itself.", name, words.Times(op.Tries), since, r.clock(op.Until))
	}
	return fmt.Sprintf("It runs `%s` %s; if its process has died, it is started again by itself.", name, since)
}

// clock gives a moment, with the day if it is another one than that on which the run
// is looked at.
func (r *Run) clock(t time.Time) string { return words.Clock(t, r.now) + " UTC" }

// nodeTitle is an operation as the language names it.
func nodeTitle(n *Node) string {
	keyword := n.Keyword
	if _, ok := n.Op.(*dsl.StepOp); ok && n.Kind == Step {
		keyword = "step"
	}
	return strings.TrimSpace(keyword + " " + n.Name)
}
