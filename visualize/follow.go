package visualize

import (
	"slices"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Which way control has gone stands in no history: it has operations alone. But of all
// ways through a body only some pass by every operation that is on record and by none
// that is not, leave each as it ended, and end as the body has. What all of these have
// in common has happened, what none of them has did not, and of the rest the history
// does not tell.

// Way tells whether control has gone somewhere.
type Way int

const (
	NotTaken Way = iota // it has not
	Untold              // the history does not tell whether it has
	Taken               // it has, at least once
)

// follower finds the ways that control has taken through a graph.
type follower struct {
	graph   *Graph
	levels  map[string]*level
	members map[string][]*Node // the operations of a scope, by the ID before theirs
	from    map[string][]*Edge // that leave a node, those that lead nowhere too
	errors  map[string]bool    // declared errors, by name
	bearing map[string]bool    // what catches name of errors that are not declared
	handles map[*dsl.Var]*Node // the operations that open callbacks
	cases   map[*Node]*dsl.SelectCase
	agains  []*Node              // those at which the workflow goes on as a new execution
	gone    *execution.Operation // by which it has, or is about to; nil if there is none

	areas    []*area
	undoable map[string]undoable // operations that may be undone, by the ID of the undo
	strays   []stray
	calls    []*execution.Operation // of other workflows
	next     map[*Node]int          // the turn in which a node is looked for first

	edges  map[*Edge]Way
	nodes  map[string]Way
	caught map[string]int // failures that a catch has taken, by node
	turns  map[string]int // of loops that are known to have begun
	misfit bool           // some body has records with which no way agrees
}

// follow finds the ways through the graph of the execution's own workflow, or of the one
// that is called by the operations with a node ID.
func follow(g *Graph, x *execution.Execution, call string) *follower {
	f := &follower{
		graph: g, levels: map[string]*level{}, members: map[string][]*Node{}, from: map[string][]*Edge{}, errors: map[string]bool{}, bearing: map[string]bool{},
		handles: map[*dsl.Var]*Node{}, cases: map[*Node]*dsl.SelectCase{}, undoable: map[string]undoable{}, next: map[*Node]int{}, edges: map[*Edge]Way{}, nodes: map[string]Way{}, caught: map[string]int{}, turns: map[string]int{},
	}
	for _, e := range slices.Concat(g.Edges, g.loose) {
		f.from[e.From] = append(f.from[e.From], e)
	}
	opened := map[dsl.Operation]*dsl.Var{}
	dsl.Inspect(g.Workflow.Body, func(n dsl.Node) bool {
		if s, ok := n.(*dsl.AssignStmt); ok && s.Value.Op != nil {
			opened[s.Value.Op] = s.Var
		}
		if c, ok := n.(*dsl.Catch); ok {
			for _, t := range c.Types {
				f.bearing[t.Name] = f.bearing[t.Name] || t.Undeclared
			}
		}
		return true
	})
	g.Walk(func(n *Node) {
		if n.Op != nil {
			for _, t := range n.Op.Base().Raises {
				f.errors[t.Name] = true
			}
			if v := opened[n.Op]; v != nil {
				f.handles[v] = n
			}
		}
		if s, ok := n.Op.(*dsl.SelectStmt); ok {
			for i, id := range n.Starts {
				f.cases[g.Node(id)] = s.Cases[i]
			}
		}
		if n.Kind == Again {
			f.agains = append(f.agains, n)
		}
		if s, ok := n.stmt.(*dsl.FailStmt); ok && s.Type != nil {
			f.errors[s.Type.Name] = true
		}
		if recorded(n) {
			scope := scopeOf(n.ID)
			f.members[scope] = append(f.members[scope], n)
		}
	})
	start := g.Nodes[0].ID
	if call == "" {
		if i := slices.IndexFunc(x.Operations, isAgain); i >= 0 {
			f.gone = x.Operations[i]
		}
		f.read(&area{records: x.Top(), known: true, start: start, ended: rootEnd(f, x)})
	} else {
		for _, op := range x.Operations {
			if opid.Bare(op.Path) == call && !op.Item() {
				path := pathID(op.ID)
				f.read(&area{records: op.Children, path: path, known: !opid.Hashed(path), start: start, ended: f.scopeEnd(op)})
			}
		}
		for _, op := range x.Operations { // what it has handed over is undone outside of it
			if u, ok := f.undoable[pathID(op.ID)]; ok && u.area.ops[spot(u.node.ID, u.turns)] == nil {
				f.strays = append(f.strays, stray{u.area, op})
			}
		}
	}
	f.readStrays()
	for _, a := range f.areas {
		f.mark(a)
	}
	return f
}

// isAgain reports whether an operation starts the execution in which the workflow goes on.
func isAgain(op *execution.Operation) bool { return op.SubType == wire.SubTypeAgain }

// recorded reports whether a node is an operation with a record of its own.
func recorded(n *Node) bool {
	_, await := n.Op.(*dsl.AwaitOp)
	return n.Kind == Undo || n.Op != nil && !await
}

// scopeOf gives what stands before the name of an operation in its ID.
func scopeOf(id string) string {
	if i := strings.LastIndexByte(id, '-'); i >= 0 {
		return id[:i]
	}
	return ""
}

// area is the scope of operations that has a record: the workflow, or a group, an item
// or the like each time that it ran.
type area struct {
	records []*execution.Operation
	path    string // as the service's IDs are made of it, if known
	known   bool
	scope   string // what the IDs of its nodes begin with
	outer   *area
	turns   []int    // of the loops in outer that it stands in
	start   string   // the first node of its body
	cases   []string // the same of those of a select, in place of start
	ended   func(ending) bool

	ops     map[string]*execution.Operation // by node and turns
	begun   map[string][]int                // of a loop, and those around: the turns with records
	undone  []undoable                      // whose undo has begun
	foreign bool                            // it has records that the graph does not
}

// undoable is an operation that has an undo.
type undoable struct {
	area  *area
	node  *Node // of the undo
	turns []int
}

// stray is a record that does not belong to the scope in which it stands: the undo of
// what a scope has handed over that succeeded.
type stray struct {
	area *area
	op   *execution.Operation
}

// spot is a node, or a loop, in certain turns of the loops around it.
func spot(id string, turns []int) string {
	for _, t := range turns {
		id += " " + strconv.Itoa(t)
	}
	return id
}

// read finds the nodes of the records of an area, and the areas that lie in it.
func (f *follower) read(a *area) {
	f.areas = append(f.areas, a)
	a.ops, a.begun = map[string]*execution.Operation{}, map[string][]int{}
	for _, op := range a.records {
		if op.Folded() || isAgain(op) {
			continue // the timer of a group, and what has no node by its name
		}
		n, turns := f.locate(a, op)
		if n == nil || len(turns) != len(loopsOf(n)) {
			f.strays = append(f.strays, stray{a, op})
			continue
		}
		a.ops[spot(n.ID, turns)] = op
		if n.Kind == Call {
			f.calls = append(f.calls, op)
		}
		if n.Kind == Undo {
			f.readUndo(undoable{a, n, turns}, op)
			continue
		}
		for i, loop := range loopsOf(n) {
			at := spot(loop.ID, turns[:i])
			if !slices.Contains(a.begun[at], turns[i]) {
				a.begun[at] = append(a.begun[at], turns[i])
			}
		}
		if u := f.graph.Node(n.ID + opid.Undo); u != nil && a.known {
			for _, id := range opid.Bases(f.pathOf(a, u, turns)) {
				f.undoable[id] = undoable{a, u, turns}
			}
		}
		f.readInside(a, n, turns, op)
	}
	for _, turns := range a.begun {
		slices.Sort(turns)
	}
}

// readUndo reads an undo that has begun.
func (f *follower) readUndo(u undoable, op *execution.Operation) {
	u.area.undone = append(u.area.undone, u)
	if u.node.Frame {
		f.read(&area{records: op.Children, path: f.pathOf(u.area, u.node, u.turns), known: u.area.known, scope: u.node.ID, outer: u.area, turns: u.turns, start: u.node.Starts[0], ended: f.scopeEnd(op)})
	}
}

// readStrays finds what the records undo that belong elsewhere.
func (f *follower) readStrays() {
	for len(f.strays) > 0 {
		s := f.strays[0]
		f.strays = f.strays[1:]
		u, ok := f.undoable[pathID(s.op.ID)]
		if !ok {
			s.area.foreign = s.area.foreign || !f.calledIn(s.op)
			continue
		}
		u.area.ops[spot(u.node.ID, u.turns)] = s.op
		f.readUndo(u, s.op)
	}
}

// calledIn reports whether a record may be of what a workflow has left to undo that is
// called in the scope of the record. An ID that is a hash does not tell of which.
func (f *follower) calledIn(op *execution.Operation) bool {
	return slices.ContainsFunc(f.calls, func(c *execution.Operation) bool {
		if !opid.Hashed(op.ID) {
			return strings.HasPrefix(op.ID, pathID(c.ID)+"-")
		}
		around := c.Parent
		for around != nil && around != op.Parent {
			around = around.Parent
		}
		return around == op.Parent
	})
}

// pathID gives the ID of an operation without what it calls.
func pathID(id string) string {
	if base, _, ok := opid.Callee(id); ok {
		return base
	}
	return id
}

// loopsOf gives the loops around a node in its scope, the outermost first.
func loopsOf(n *Node) []*Node {
	var out []*Node
	for p := n.Parent; p != nil && (p.Kind == Loop || p.Kind == Try); p = p.Parent {
		if p.Kind == Loop {
			out = append(out, p)
		}
	}
	slices.Reverse(out)
	return out
}

// locate finds the node of a record, and the turns in which it stands.
func (f *follower) locate(a *area, op *execution.Operation) (*Node, []int) {
	at := pathID(op.ID)
	if !opid.Hashed(at) {
		i := strings.LastIndexByte(at, '-')
		s, ok := opid.ParseSegment(at[i+1:])
		if !ok || a.known && at[:max(i, 0)] != a.path {
			return nil, nil
		}
		id := join(a.scope, s.Name)
		if s.Part == opid.Undo {
			id += opid.Undo
		}
		return f.graph.Node(id), s.Turns
	}
	if !a.known {
		return nil, nil
	}
	for _, n := range f.members[a.scope] {
		if turns, ok := f.unhash(a, n, at, len(loopsOf(n)), nil); ok {
			return n, turns
		}
	}
	return nil, nil
}

// maxTried is how many turns are tried to find that of a hashed ID.
const maxTried = 200

// unhash finds the turns in which a node has an ID that is a hash.
func (f *follower) unhash(a *area, n *Node, id string, loops int, turns []int) ([]int, bool) {
	if loops == 0 {
		return slices.Clone(turns), opid.Bases(f.pathOf(a, n, turns))[1] == id
	}
	most := len(a.records) + maxTried
	if loops > 1 {
		most = 30
	}
	first := f.next[n] // records stand in the order of turns
	for i := range most {
		t := (first + i) % most
		if found, ok := f.unhash(a, n, id, loops-1, append(turns, t)); ok {
			f.next[n] = found[len(found)-1] + 1
			return found, true
		}
	}
	return nil, false
}

// pathOf gives the path of an operation in an area.
func (f *follower) pathOf(a *area, n *Node, turns []int) string {
	marks, of := "", n
	if n.Kind == Undo {
		of = f.graph.Node(strings.TrimSuffix(n.ID, opid.Undo))
	}
	for _, t := range turns {
		marks += opid.Turn(t)
	}
	if n.Kind == Undo {
		marks += opid.Undo
	}
	return opid.Join(a.path, of.Op.Base().Identity, marks)
}

// mark marks the ways of an area.
func (f *follower) mark(a *area) {
	if a.start != "" {
		if c := f.course(a, nil, a.start); a.foreign || !c.mark(a.ended, true) {
			f.vague(c)
		}
	}
	for _, start := range a.cases {
		begun := a.ops[start] != nil // one that stands below another which settles at once may not be
		if begun || !recorded(f.graph.Node(start)) {
			f.course(a, nil, start).mark(anyEnd, begun)
		}
	}
	for at := range a.ops {
		id, _, _ := strings.Cut(at, " ")
		f.markNode(id, Taken)
	}
	for _, u := range a.undone {
		for _, e := range f.from[u.node.ID] {
			if e.Kind == TakeBack {
				f.markEdge(e, Taken)
			}
		}
		if c := f.course(a, u.turns, u.node.ID); !c.mark(anyEnd, true) {
			f.vague(c)
		}
	}
}

// readInside reads the scopes that lie in an operation.
func (f *follower) readInside(a *area, n *Node, turns []int, op *execution.Operation) {
	in := &area{records: op.Children, path: f.pathOf(a, n, turns), known: a.known, scope: n.ID, outer: a, turns: turns}
	switch n.Kind {
	case Group:
		in.start, in.ended = n.Starts[0], f.scopeEnd(op)
		if g, ok := n.Op.(*dsl.GroupOp); ok && endedAround(g, op) {
			in.ended = anyEnd // wherever its body stood then
		}
		f.read(in)
	case Select:
		in.cases = n.Starts
		f.read(in)
		f.chosen(n, op)
	case Map, Parallel:
		for _, c := range op.Children {
			switch c.SubType {
			case wire.SubTypeMapIteration:
				f.readItem(in, c, n.Starts[0])
			case wire.SubTypeParallelBranch:
				f.readBranch(in, c, n)
			default: // undoes what an item handed over
				f.strays = append(f.strays, stray{in, c})
			}
		}
	default: // has no scope of this graph
	}
}

// endedAround reports whether a group may have been ended by its `until` or `timeout`.
func endedAround(g *dsl.GroupOp, op *execution.Operation) bool {
	if op.State != execution.Failed {
		return false
	}
	switch op.ErrorType() {
	case "Stopped":
		return g.Until != nil
	case "Timeout":
		return g.Use.Timeout != nil
	case "UndoFailed":
		return g.Until != nil || g.Use.Timeout != nil
	}
	return false
}

// readItem reads an item of a map.
func (f *follower) readItem(a *area, op *execution.Operation, start string) {
	s, ok := opid.ParseSegment(op.ID[strings.LastIndexByte(op.ID, '-')+1:])
	index := 0
	if ok && !opid.Hashed(op.ID) && len(s.Turns) == 1 {
		index = s.Turns[0]
	} else if i, err := strconv.Atoi(strings.TrimPrefix(op.Name, "map-item-")); err == nil {
		index = i
	}
	f.read(&area{records: op.Children, path: opid.Join(a.path, "", opid.Turn(index)), known: a.known, scope: a.scope, outer: a, start: start, ended: f.scopeEnd(op)})
}

// readBranch reads a branch of a parallel. One that is a single operation has no node.
func (f *follower) readBranch(a *area, op *execution.Operation, parallel *Node) {
	scope := join(a.scope, op.Name)
	in := &area{records: op.Children, path: opid.Join(a.path, op.Name, ""), known: a.known, scope: scope, outer: a, ended: f.scopeEnd(op)}
	if n := f.graph.Node(scope); n != nil && n.Kind == Branch {
		f.markNode(scope, Taken)
		in.start = n.Starts[0]
	}
	for _, start := range parallel.Starts {
		if in.start == "" && scopeOf(start) == scope {
			in.start = start
		}
	}
	f.read(in)
}

// chosen marks the case of a select that has won though it is no operation.
func (f *follower) chosen(n *Node, op *execution.Operation) {
	for i, id := range n.Starts {
		c := f.graph.Node(id)
		switch failed := op.State == execution.Failed; {
		case recorded(c) && failed && mayFail(argumentsOf(c.Op)...): // by which it may never have begun
			f.markNode(id, Untold)
		case !recorded(c):
			f.markNode(id, Untold)
			if op.State == execution.Succeeded && op.Winner == i {
				f.markNode(id, Taken)
			}
		}
	}
}

func (f *follower) markNode(id string, w Way) { f.nodes[id] = max(f.nodes[id], w) }
func (f *follower) markEdge(e *Edge, w Way)   { f.edges[e] = max(f.edges[e], w) }

// vague marks what a history leaves open that does not fit the graph: all.
func (f *follower) vague(c *course) {
	f.misfit = true
	for _, n := range c.nodes {
		f.vagueNode(n)
	}
}

func (f *follower) vagueNode(n *Node) {
	f.markNode(n.ID, Untold)
	for _, e := range f.from[n.ID] {
		if e.Kind != TakeBack {
			f.markEdge(e, Untold)
		}
	}
	if n.Kind == Loop || n.Kind == Try {
		for _, c := range n.Nodes {
			if c.Kind != Undo {
				f.vagueNode(c)
			}
		}
	}
}

// ending is how the way through a body ends.
type ending struct {
	kind endKind
	what string // the word of a jump, the type of an error
}

type endKind int

const (
	stands endKind = iota // it goes no further so far
	over                  // at the end
	gives                 // at a return
	goesOn                // as a new execution
	jumps                 // out of a frame
	raises                // with an error
)

const (
	unexpectedError = "Unexpected"
	someError       = "?" // it is not known which
)

func anyEnd(ending) bool { return true }

func succeeds(e ending) bool { return e.kind == over || e.kind == gives }

// fails gives what a body ends with that has failed with an error.
func fails(name string) func(ending) bool {
	return func(e ending) bool {
		return e.kind == raises && (e.what == name || e.what == someError || name == "UndoFailed")
	}
}

// scopeEnd tells with what the body of an operation has ended.
func (f *follower) scopeEnd(op *execution.Operation) func(ending) bool {
	switch op.State {
	case execution.Succeeded:
		return succeeds
	case execution.Failed:
		name := f.typeOf(op, nil)
		ended := fails(name)
		return func(e ending) bool { return ended(e) || name == "UndoFailed" && e.kind == stands }
	}
	return anyEnd
}

// rootEnd tells with what the workflow has ended.
func rootEnd(f *follower, x *execution.Execution) func(ending) bool {
	if f.gone != nil && f.gone.State == execution.Succeeded {
		return func(e ending) bool { return e.kind == goesOn }
	}
	switch x.Status {
	case wire.ExecutionSucceeded:
		return succeeds
	case wire.ExecutionFailed:
		name := ""
		if x.Error != nil {
			name = x.Error.ErrorType
		}
		if f.errors[name] || f.bearing[name] || execution.BuiltinError(name) && name != unexpectedError {
			return fails(name)
		}
		// What fails outside of the language ends it anywhere.
		return func(e ending) bool { return fails(unexpectedError)(e) || e.kind == stands }
	}
	return anyEnd
}

// typeOf gives the error of the language that a failure is. What an operation does not
// raise is unexpected; raised is nil if that is not known.
func (f *follower) typeOf(op *execution.Operation, raised []*dsl.ErrorType) string {
	name := op.ErrorType()
	switch {
	case name == "":
		return someError
	case execution.BuiltinError(name) || f.bearing[name]:
		return name
	case raised == nil && f.errors[name]:
		return name
	}
	for _, t := range raised {
		if t.Name == name {
			return name
		}
	}
	return unexpectedError
}
