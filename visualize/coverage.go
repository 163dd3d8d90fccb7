package visualize

import (
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/opid"
)

// Suite is what the executions of a test suite have taken of the workflows of a program.
type Suite struct {
	program *dsl.Program
	of      map[*dsl.WorkflowDecl]*Coverage
}

// NewSuite is a suite without executions.
func NewSuite(p *dsl.Program) *Suite {
	return &Suite{p, map[*dsl.WorkflowDecl]*Coverage{}}
}

// Of gives what of a workflow has been taken.
func (s *Suite) Of(w *dsl.WorkflowDecl) *Coverage {
	c := s.of[w]
	if c == nil {
		g := NewGraph(s.program, w)
		c = &Coverage{
			Graph: g, edges: slices.Concat(g.Edges, g.loose), passed: map[string]Way{}, went: map[*Edge]Way{}, raised: map[raise]bool{}, killed: map[string]sides{},
		}
		s.of[w] = c
	}
	return c
}

// Add takes in an execution of a workflow, with those that it calls. It reports whether the
// execution agrees with the workflow: one that does not is of another version, and left aside.
func (s *Suite) Add(w *dsl.WorkflowDecl, x *execution.Execution, checkpoints []Checkpoint) bool {
	return s.add(w, x, checkpoints, "")
}

func (s *Suite) add(w *dsl.WorkflowDecl, x *execution.Execution, checkpoints []Checkpoint, call string) bool {
	c := s.Of(w)
	r := Overlay(c.Graph, x, call, time.Time{})
	if !r.Fits() || len(r.Strange) > 0 {
		return false
	}
	c.add(r, checkpoints)
	c.Graph.Walk(func(n *Node) {
		if n.Target != nil && r.States[n.ID] != nil {
			s.add(n.Target, x, checkpoints, join(call, n.ID))
		}
	})
	return true
}

// Checkpoint is that of an operation with which its process was killed, and the execution has
// gone on in another one: before the service got it, after, or in neither way.
type Checkpoint struct {
	Operation     string // its ID in the history
	Before, After bool
}

// Coverage is what several executions have taken of a workflow: the union of their overlays.
type Coverage struct {
	Graph *Graph
	Runs  int // of the workflow, calls of it included

	edges  []*Edge // of the graph, those that lead nowhere too
	passed map[string]Way
	went   map[*Edge]Way
	raised map[raise]bool
	killed map[string]sides // of operations that have made checkpoints, by node
}

// raise is an error that has left an operation on the way to an end where several may.
type raise struct {
	edge *Edge
	name string
}

// sides are those of the checkpoints of an operation on which a process was killed.
type sides struct{ before, after bool }

func (c *Coverage) add(r *Run, checkpoints []Checkpoint) {
	c.Runs++
	c.Graph.Walk(func(n *Node) { c.passed[n.ID] = max(c.passed[n.ID], r.Passed(n)) })
	for _, e := range c.edges {
		c.went[e] = max(c.went[e], r.Went(e))
		for _, name := range r.raised(e) {
			c.raised[raise{e, name}] = true
		}
	}
	for _, p := range checkpoints {
		op := r.execution.Operation(p.Operation)
		if op == nil || op.Shown().Item() {
			continue
		}
		n := r.nodeOf(op.Shown())
		if n == nil || !recorded(n) {
			continue
		}
		s := c.killed[n.ID]
		c.killed[n.ID] = sides{s.before || p.Before, s.after || p.After}
	}
}

// raised gives the errors with which operations have failed that left by an edge to an end
// of several errors.
func (r *Run) raised(e *Edge) []string {
	from, to := r.Graph.Node(e.From), r.Graph.Node(e.To)
	if e.Kind != Error || to == nil || len(to.errors) < 2 || r.Went(e) != Taken {
		return nil
	}
	of := from
	if await, ok := from.Op.(*dsl.AwaitOp); ok {
		of = r.ways.handles[await.Handle]
	}
	var out []string
	for _, a := range r.ways.areas {
		for at, op := range a.ops {
			if id, _, _ := strings.Cut(at, " "); of == nil || id != of.ID || !op.Over() {
				continue
			}
			if went, failed := r.ways.outcome(from, op); !went && len(failed) == 1 {
				out = append(out, failed[0])
			}
		}
	}
	return out
}

// ItemKind is what an [Item] is.
type ItemKind int

const (
	OperationItem ItemKind = iota // an operation has begun
	WayItem                       // control has taken one of several ways
	ErrorItem                     // an error has gone to a catch, or out of the workflow
	EndItem                       // a `return`, `fail` or `again` has been come to
	UndoItem                      // an undo has begun
	CrashItem                     // a process was killed before and after a checkpoint of an operation, and the execution went on
)

// ItemKinds are all kinds, as they are counted.
var ItemKinds = []ItemKind{OperationItem, WayItem, ErrorItem, EndItem, UndoItem, CrashItem}

var itemNames = [...]string{"operation", "way", "error", "end", "undo", "crash point"}

func (k ItemKind) String() string { return itemNames[k] }

// Item is something that a test suite can take.
type Item struct {
	Kind ItemKind
	What string // "step charge", "if total > limit", "fail OrderRejected"
	// Label is the way of a way and the error of an error: "yes", "CardDeclined".
	Label string
	Pos   dsl.Pos
	// Way is Untold where no history tells whether it was taken.
	Way Way
	// Note says of a crash point on which side of its checkpoints no process was killed:
	// "before", "after", "before or after".
	Note string
	// Behind says that it could not be taken, as something else was not that is an item, too.
	Behind bool
}

// Items gives what there is to take, in source order.
func (c *Coverage) Items() []Item {
	out := map[string][]*Edge{}
	for _, e := range c.edges {
		out[e.From] = append(out[e.From], e)
	}
	var items []Item
	c.Graph.Walk(func(n *Node) {
		items = append(items, c.nodeItems(n)...)
		items = append(items, c.wayItems(n, out[n.ID])...)
	})
	return items
}

func (c *Coverage) nodeItems(n *Node) []Item {
	item := Item{What: itemTitle(n), Pos: n.Pos, Way: c.passed[n.ID], Behind: c.behind(n)}
	switch {
	case n.Kind == Undo:
		item.Kind, item.What = UndoItem, c.undoTitle(n)
	case n.Op != nil:
		item.Kind = OperationItem
	case n.Kind == Return, n.Kind == Again, n.Kind == Fail && n.stmt != nil:
		item.Kind = EndItem
		return []Item{item}
	default:
		return nil
	}
	if !recorded(n) {
		return []Item{item}
	}
	crash := item
	crash.Kind, crash.Behind = CrashItem, item.Way != Taken
	if item.Way == Taken {
		crash.Way, crash.Note = c.crash(n)
	}
	return []Item{item, crash}
}

// behind reports whether control could not come to a node: nothing that leads to it was
// taken, by ways that are items themselves.
func (c *Coverage) behind(n *Node) bool {
	if n.Kind == Undo {
		return c.passed[strings.TrimSuffix(n.ID, opid.Undo)] == NotTaken
	}
	led := false
	for _, e := range c.edges {
		if e.To == n.ID && e.Kind != TakeBack {
			if led = true; c.passed[e.From] != NotTaken && !c.counts(e) {
				return false
			}
		}
	}
	return led || n.Parent != nil && c.passed[n.Parent.ID] == NotTaken
}

// crash tells whether a process has been killed before and after checkpoints of an operation,
// and which of it is missing. Nothing tells it of an operation that only executions have had
// which others have invoked.
func (c *Coverage) crash(n *Node) (way Way, missing string) {
	switch s, known := c.killed[n.ID]; {
	case !known:
		return Untold, ""
	case s.before && s.after:
		return Taken, ""
	case s.before:
		return NotTaken, "after"
	case s.after:
		return NotTaken, "before"
	}
	return NotTaken, "before or after"
}

func (c *Coverage) wayItems(n *Node, out []*Edge) []Item {
	flows := 0
	for _, e := range out {
		if e.Kind == Flow {
			flows++
		}
	}
	var items []Item
	add := func(kind ItemKind, e *Edge, label string, way Way) {
		items = append(items, Item{Kind: kind, What: itemTitle(n), Label: label, Pos: wayPos(n, e), Way: way, Behind: c.passed[n.ID] == NotTaken})
	}
	for _, e := range out {
		label := e.Label
		if label == "" {
			label = "goes on"
		}
		switch to := c.Graph.Node(e.To); {
		case e.Kind == Flow && flows > 1:
			add(WayItem, e, label, c.went[e])
		case e.Kind == Error && to != nil && len(to.errors) > 0:
			for _, t := range to.errors {
				add(ErrorItem, e, t.Name, c.left(e, to, t.Name))
			}
		case e.Kind == Error:
			add(ErrorItem, e, label, c.went[e])
		}
	}
	return items
}

// left tells whether an error has left by an edge to an end.
func (c *Coverage) left(e *Edge, end *Node, name string) Way {
	switch {
	case len(end.errors) == 1 || c.went[e] == NotTaken:
		return c.went[e]
	case c.raised[raise{e, name}]:
		return Taken
	case c.went[e] == Untold:
		return Untold
	}
	return NotTaken
}

// counts reports whether an edge is one of several ways, or that of an error.
func (c *Coverage) counts(e *Edge) bool {
	if e.Kind == Error {
		return true
	}
	flows := 0
	for _, o := range c.edges {
		if o.From == e.From && o.Kind == Flow {
			flows++
		}
	}
	return e.Kind == Flow && flows > 1
}

// wayPos is where a way begins that is written down: at a catch.
func wayPos(n *Node, e *Edge) dsl.Pos {
	var catches []*dsl.Catch
	if s, ok := n.stmt.(*dsl.TryStmt); ok {
		catches = s.Catches
	} else if n.Op != nil {
		catches = n.Op.Base().Catches
	}
	if e.Kind == Error && len(e.Ways) > 0 && e.Ways[0] < len(catches) {
		return catches[e.Ways[0]].Pos()
	}
	return n.Pos
}

// itemTitle is a node as people look for it in the text.
func itemTitle(n *Node) string {
	switch {
	case n.Op != nil:
		return nodeTitle(n)
	case n.ID == ".done":
		return "the end"
	case n.Kind == Decision && n.Keyword == "":
		return "if " + n.Name
	}
	return strings.TrimSpace(n.Keyword + " " + n.Name)
}

// undoTitle names an undo by what it takes back.
func (c *Coverage) undoTitle(n *Node) string {
	if of := c.Graph.Node(strings.TrimSuffix(n.ID, opid.Undo)); of != nil {
		return "undo of " + itemTitle(of)
	}
	return itemTitle(n)
}
