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
	through   map[string]bool                 // nodes that are no operations and have been passed; on demand
}

// State is what happened at a node, over all turns and items.
type State struct {
	Started, Succeeded, Failed int
	Retries                    int // attempts that failed and were followed by another, or are to be
	Open                       int // under way
	Left                       int // neither ended nor under way any more: left behind
	Undone                     int // taken back by their undo
	Error                      string
}

// Overlay lays what has happened in an execution over a graph. call is the node ID of
// the call whose workflow the graph shows, with those of the calls around it, joined by
// "-"; it is empty for the execution's own workflow. now is when the run is looked at.
func Overlay(g *Graph, x *execution.Execution, call string, now time.Time) *Run {
	o := &overlay{
		Run: &Run{
			Graph: g, States: map[string]*State{".start": {Started: 1, Succeeded: 1}},
			execution: x, call: call, now: now, waits: map[string]*execution.Operation{},
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
	if !ok || op.Folded() {
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
		return
	}
	s := o.States[n.ID]
	if s == nil {
		s = &State{}
		o.States[n.ID] = s
	}
	s.Started++
	s.Retries += retries(op)
	switch {
	case op.Open():
		s.Open++
		if op.State == execution.Retrying {
			s.Error = textOf(op.Error)
		}
	case op.Left():
		s.Left++
	case op.State == execution.Succeeded:
		s.Succeeded++
	case op.State == execution.Failed:
		s.Failed++
		s.Error = textOf(op.Error)
	}
	if op.State == execution.Succeeded && n.Kind == Undo {
		if undone := o.States[strings.TrimSuffix(n.ID, opid.Undo)]; undone != nil {
			undone.Undone++
		}
	}
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
				return n.Kind == Call || n.Kind == Undo
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

// Mermaid draws the graph with what has happened: what ran, waits, failed, was
// retried or undone, and how often; what was not reached is pale.
func (r *Run) Mermaid(detail Detail) string {
	d := newDrawing(r.Graph, detail)
	d.run = r
	d.title += " with what has happened"
	return d.draw()
}

// runDefs are the classes of states; they come after those of kinds, and so win.
var runDefs = []struct{ name, style string }{
	{"pale", "fill:none,stroke:#8b949e99"},
	{"ok", "fill:#2da44e4d,stroke:#2da44e,stroke-width:2px"},
	{"waiting", "fill:#d4a72c66,stroke:#d4a72c,stroke-width:4px"},
	{"failed", "fill:#f8514966,stroke:#f85149,stroke-width:3px"},
	{"left", "stroke:#8b949e,stroke-width:2px,stroke-dasharray:4 3"},
	{"undone", "fill:#e36f284d,stroke:#e36f28,stroke-width:2px,stroke-dasharray:4 3"},
	{"waitingFrame", "stroke:#d4a72c,stroke-width:4px"},
	{"failedFrame", "stroke:#f85149,stroke-width:3px"},
	{"leftFrame", "stroke:#8b949e,stroke-width:2px,stroke-dasharray:4 3"},
	{"undoneFrame", "stroke:#e36f28,stroke-width:2px,stroke-dasharray:4 3"},
}

// frameClasses are the classes of frames by state: their border alone says it, so
// that what they hold stands out.
var frameClasses = map[string]string{"waiting": "waitingFrame", "failed": "failedFrame", "left": "leftFrame", "undone": "undoneFrame"}

// class gives the class of a node's state; none for one that control has passed
// and that is no operation.
func (r *Run) class(n *Node) string {
	s := r.States[n.ID]
	switch {
	case n.Op == nil && n.Kind != Undo:
		if r.passed()[n.ID] {
			return ""
		}
		return "pale"
	case s == nil:
		return "pale"
	case s.Open > 0:
		return "waiting"
	case s.Undone > 0 && s.Undone >= s.Succeeded:
		return "undone"
	case s.Failed > 0:
		return "failed"
	case s.Left > 0:
		return "left"
	case s.Succeeded > 0:
		return "ok"
	}
	return "pale"
}

// marks gives what is written on a node: a mark behind its title, and notes below.
func (r *Run) marks(n *Node) (mark string, notes []string) {
	s := r.States[n.ID]
	if s == nil || n.Op == nil && n.Kind != Undo {
		return "", nil
	}
	many := s.Started > 1
	switch {
	case s.Open > 0:
		mark, notes = " ⏳", append(notes, r.waitNote(n))
		if many {
			notes = append(notes, fmt.Sprintf("%d of %d done", s.Succeeded, s.Started))
		}
	case s.Undone > 0:
		mark, notes = " ↩", append(notes, "undone")
		if s.Undone < s.Started {
			notes[0] = fmt.Sprintf("%d of %d undone", s.Undone, s.Started)
		}
	case many && s.Failed > 0:
		notes = append(notes, fmt.Sprintf("✓ %d, ✗ %d", s.Succeeded, s.Failed))
	case s.Failed > 0:
		mark, notes = " ✗", append(notes, words.FirstLine(s.Error))
	case s.Left > 0:
		notes = append(notes, "left behind")
		if many {
			notes[0] = fmt.Sprintf("%d of %d left behind", s.Left, s.Started)
		}
	case many:
		mark, notes = " ✓", append(notes, fmt.Sprintf("%d times", s.Succeeded))
	case s.Succeeded > 0:
		mark = " ✓"
	}
	if s.Retries > 0 {
		notes = append(notes, "↻ "+words.Count(s.Retries, "retry"))
	}
	return mark, notes
}

// passed tells through which nodes control has gone, as far as the history shows:
// from what ended, along its edges, as long as something that has started lies behind.
func (r *Run) passed() map[string]bool {
	if r.through != nil {
		return r.through
	}
	r.through = map[string]bool{}
	from := map[string][]*Edge{}
	for _, e := range r.Graph.Edges {
		from[e.From] = append(from[e.From], e)
	}
	var visit func(id string)
	next := func(e *Edge) bool {
		n := r.Graph.Node(e.To)
		return n.Op == nil && !r.through[n.ID] && (n.Kind != Return || r.Ended == "succeeded") &&
			(n.Kind != Fail || r.Ended == "failed" || n.Caught)
	}
	visit = func(id string) {
		r.through[id] = true
		if n := r.Graph.Node(id); n.Op == nil {
			for _, start := range n.Starts { // of a loop or a try
				if r.Graph.Node(start).Op == nil && !r.through[start] {
					visit(start)
				}
			}
		}
		var live []*Edge
		for _, e := range from[id] {
			if r.leads(e.To, from, map[string]bool{}) {
				live = append(live, e)
			}
		}
		if live == nil {
			live = from[id]
		}
		for _, e := range live {
			if next(e) {
				visit(e.To)
			}
		}
	}
	visit(".start")
	for id, s := range r.States {
		for _, e := range from[id] {
			if next(e) && (e.Kind == Error && s.Failed > 0 || e.Kind != Error && s.Succeeded > 0) {
				visit(e.To)
			}
		}
		if n := r.Graph.Node(id); n != nil && n.Frame {
			for _, start := range n.Starts {
				if r.Graph.Node(start).Op == nil && !r.through[start] {
					visit(start)
				}
			}
		}
	}
	return r.through
}

// leads reports whether a node is, or has behind it, an operation that has started.
func (r *Run) leads(id string, from map[string][]*Edge, seen map[string]bool) bool {
	n := r.Graph.Node(id)
	if n.Op != nil {
		return r.States[id] != nil
	}
	seen[id] = true
	inside := false
	walk(n.Nodes, func(c *Node) { inside = inside || r.States[c.ID] != nil })
	if inside {
		return true
	}
	for _, e := range from[id] {
		if !seen[e.To] && r.leads(e.To, from, seen) {
			return true
		}
	}
	return false
}

func (r *Run) waitNote(n *Node) string {
	op := r.waits[n.ID]
	if op == nil {
		return "under way"
	}
	text := "since " + words.Clock(op.Started, r.now)
	if !op.Until.IsZero() {
		text += " until " + words.Clock(op.Until, r.now)
	}
	return text
}
