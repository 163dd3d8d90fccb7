package visualize

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// TestGraphsAreExact draws random programs, and executes them many times by the
// rules of the language with random outcomes. No execution may leave the graph, and
// together they must take every edge; every operation appears once.
func TestGraphsAreExact(t *testing.T) {
	programs := 250
	if testing.Short() {
		programs = 60
	}
	for seed := int64(1); seed <= int64(programs); seed++ {
		p, w := randomProgram(seed, 2+int(seed%12))
		if !exact(t, p, w, seed) {
			t.Logf("program %d:\n%s", seed, Mermaid(p, w, Full))
			return
		}
	}
}

// exact checks one workflow; it reports false after the first failure.
func exact(t *testing.T, p *dsl.Program, w *dsl.WorkflowDecl, seed int64) bool {
	t.Helper()
	g := NewGraph(p, w)
	seen := map[dsl.Operation]int{}
	g.Walk(func(n *Node) {
		if n.Op != nil {
			seen[n.Op]++
		}
	})
	ops := 0
	eachOperation(w.Body, func(op dsl.Operation) {
		ops++
		if seen[op] != 1 {
			t.Errorf("program %d: %v appears %d times", seed, op.Base().Identity, seen[op])
		}
	})
	if ops != len(seen) {
		t.Errorf("program %d: %d operations, %d of them drawn", seed, ops, len(seen))
	}
	for _, e := range g.Edges {
		from, to := g.Node(e.From), g.Node(e.To)
		if from == nil || to == nil || from.Parent != to.Parent {
			t.Errorf("program %d: the edge %s → %s leaves its frame", seed, e.From, e.To)
		}
		if e.Kind == TakeBack && e.From != e.To+"_u" {
			t.Errorf("program %d: %s takes back %s", seed, e.From, e.To)
		}
	}
	x := &walker{graph: g, used: map[*Edge]bool{}, started: map[string]bool{}, counts: map[dsl.Operation]map[*dsl.ErrorType]int{}, rand: rand.New(rand.NewSource(seed)), places: map[dsl.Pos]*Node{}}
	g.Walk(func(n *Node) {
		if n.Op == nil && n.Kind != Undo && n.Kind != Branch && n.Kind != Jump && n.Kind != End && !(n.Kind == Fail && n.Keyword == "") {
			x.places[n.Pos] = n
		}
	})
	for i := 0; i < 40000 && !t.Failed(); i++ {
		if i > 300 && len(g.Edges) > 40 {
			break
		}
		x.run(w)
		if x.wrong != "" {
			t.Errorf("program %d, execution %d: %s", seed, i, x.wrong)
		}
		if i%50 == 0 && len(x.used) == len(g.Edges) {
			break
		}
	}
	// The ways of large programs are too many to meet them all by chance.
	if !t.Failed() && len(g.Edges) <= 40 {
		for _, e := range g.Edges {
			if !x.used[e] && e.Kind != TakeBack {
				t.Errorf("program %d: no execution takes the edge %+v", seed, *e)
			}
		}
		g.Walk(func(n *Node) {
			for _, id := range n.Starts {
				if !x.started[n.ID+" "+id] {
					t.Errorf("program %d: no execution begins %s at %s", seed, n.ID, id)
				}
			}
		})
	}
	return !t.Failed()
}

// walker carries a workflow out on its tree, not on its graph, and notes the
// nodes that it passes.
type walker struct {
	graph   *Graph
	rand    *rand.Rand
	places  map[dsl.Pos]*Node // of statements that are no operations
	used    map[*Edge]bool
	started map[string]bool // "frame start"
	wrong   string
	steps   int
	counts  map[dsl.Operation]map[*dsl.ErrorType]int // outcomes so far; nil is success

	at     *Node // where control is; nil at the beginning of a frame
	frame  *Node
	kind   EdgeKind // of the edge by which it goes on
	label  string   // of that edge; "?" if any will do
	prefix string
	undoes []undoEntry // registered in the scope
	around []*Node     // loops and tries around the statement, in the scope
}

type undoEntry struct {
	node *Node
	undo *dsl.Undo
}

// outcome of a statement.
type outcome struct {
	how string // "", "break", "continue", "return", "yield" or "fail"
	err *dsl.ErrorType
}

var normal = outcome{}

func (x *walker) fail(format string, args ...any) {
	if x.wrong == "" {
		x.wrong = fmt.Sprintf(format, args...)
	}
}

func (x *walker) run(w *dsl.WorkflowDecl) {
	x.steps, x.prefix, x.undoes, x.frame, x.around = 0, "", nil, nil, nil
	x.at, x.kind, x.label = x.graph.Node(".start"), Flow, ""
	o := x.block(w.Body)
	if o.how == "" {
		x.visit(x.graph.Node(".done"))
	}
	if o.how == "fail" {
		if x.at.Kind != Fail {
			x.uncaught(o.err)
		}
		x.undo(x.at)
	}
	x.ghost()
}

// ghost runs the undos of a scope as if something unexpected had happened now.
func (x *walker) ghost() {
	undoes := x.undoes
	x.undo(nil)
	x.undoes = undoes
}

// uncaught goes from an operation to the end that its error is.
func (x *walker) uncaught(err *dsl.ErrorType) {
	for _, e := range x.graph.Edges {
		if to := x.graph.Node(e.To); e.From == x.at.ID && e.Kind == Error && to.Kind == Fail && to.Keyword == "" && strings.Contains(to.Name, err.Name) {
			x.used[e] = true
			x.at = to
			return
		}
	}
	x.fail("%s fails with %s, which has no end", x.at.ID, err.Name)
}

// undo runs what was registered in a scope that has failed.
func (x *walker) undo(end *Node) {
	undoes := x.undoes
	x.undoes = nil
	for i := len(undoes) - 1; i >= 0 && x.wrong == ""; i-- {
		u := undoes[i]
		if end != nil && end.Kind == Fail {
			if !contains(end.Undoes, u.node.ID) {
				x.fail("%s is to undo %v, not %s at this point", end.ID, end.Undoes, u.node.ID)
			}
		}
		if u.undo.Body != nil {
			x.inside(u.node, u.undo.Body)
		}
	}
}

// visit moves control to a node along an edge.
func (x *walker) visit(n *Node) {
	x.steps++
	if x.wrong != "" {
		return
	}
	if n == nil {
		x.fail("after %v there is no node", x.at)
		return
	}
	if x.at == nil {
		if !contains(x.frame.Starts, n.ID) {
			x.fail("%s begins at %s, not at %v", x.frame.ID, n.ID, x.frame.Starts)
		}
		x.started[x.frame.ID+" "+n.ID] = true
	} else if !x.edge(n) {
		x.fail("no edge %s -%s %q-> %s", x.at.ID, x.kind, x.label, n.ID)
	}
	x.at, x.kind, x.label = n, Flow, ""
}

func (x *walker) edge(n *Node) bool {
	for _, e := range x.graph.Edges {
		if e.From != x.at.ID || e.To != n.ID {
			continue
		}
		switch {
		case x.kind == Error && e.Kind == Error && (strings.Contains(e.Label, x.label) || e.Label == "any error"),
			x.kind == Flow && e.Kind == Flow && e.Label == x.label:
			x.used[e] = true
			return true
		}
	}
	return false
}

func (x *walker) block(b *dsl.Block) outcome {
	for _, stmt := range b.Stmts {
		if o := x.stmt(stmt); o.how != "" {
			return o
		}
	}
	return normal
}

func (x *walker) stmt(stmt dsl.Stmt) outcome {
	switch stmt := stmt.(type) {
	case *dsl.OpStmt:
		return x.operation(stmt.Op)
	case *dsl.VarStmt:
		return x.operation(stmt.Value.Op)
	case *dsl.LogStmt:
		// A run of such statements is one node.
		if n := x.places[stmt.Pos()]; n != nil {
			x.visit(n)
		}
		return normal
	case *dsl.CommitStmt:
		x.visit(x.places[stmt.Pos()])
		x.ghost()
		x.undoes = nil
		return normal
	case *dsl.AgainStmt:
		x.visit(x.places[stmt.Pos()])
		return outcome{how: "return"}
	case *dsl.IfStmt:
		x.visit(x.places[stmt.Pos()])
		if x.rand.Intn(2) == 0 {
			x.label = "yes"
			return x.block(stmt.Then)
		}
		x.label = "no"
		if e, ok := stmt.Else.(*dsl.Block); ok {
			return x.block(e)
		}
		return normal
	case *dsl.SwitchStmt:
		x.visit(x.places[stmt.Pos()])
		i := x.rand.Intn(len(stmt.Cases) + 1)
		if i == len(stmt.Cases) {
			x.label = "else"
			if stmt.Else == nil {
				return normal
			}
			return x.block(stmt.Else)
		}
		x.label = fmt.Sprint("case", i)
		return x.block(stmt.Cases[i].Body)
	case *dsl.ForStmt:
		return x.loop(stmt.Pos(), stmt.Body)
	case *dsl.WhileStmt:
		return x.loop(stmt.Pos(), stmt.Body)
	case *dsl.SelectStmt:
		return x.selectStmt(stmt)
	case *dsl.TryStmt:
		return x.try(stmt)
	case *dsl.BreakStmt:
		return x.jump("break")
	case *dsl.ContinueStmt:
		return x.jump("continue")
	case *dsl.YieldStmt:
		x.visit(x.places[stmt.Pos()])
		return x.jump("yield")
	case *dsl.ReturnStmt:
		x.visit(x.places[stmt.Pos()])
		return outcome{how: "return"}
	case *dsl.FailStmt:
		x.visit(x.places[stmt.Pos()])
		x.kind, x.label = Error, stmt.Type.Name
		return outcome{how: "fail", err: stmt.Type}
	}
	panic(fmt.Sprintf("%T", stmt))
}

// jump says a word that leaves frames: it is a node in each of them, but where it arrives.
func (x *walker) jump(word string) outcome {
	o := outcome{how: word}
	if len(x.around) == 0 {
		return o
	}
	frame := x.around[len(x.around)-1]
	for _, n := range frame.Nodes {
		if n.Kind == Jump && n.Name == word && (x.at == nil && contains(frame.Starts, n.ID) || x.at != nil && x.edge(n)) {
			x.visit(n)
			return o
		}
	}
	x.fail("%s has no %s after %v -%q->", frame.ID, word, x.at, x.label)
	return o
}

// enter carries out the inside of a loop or a try, and leaves control at its frame.
func (x *walker) enter(n *Node, body *dsl.Block) outcome {
	frame := x.frame
	x.at, x.frame, x.kind, x.label = nil, n, Flow, ""
	x.around = append(x.around, n)
	o := x.block(body)
	x.around = x.around[:len(x.around)-1]
	if o.how == "" {
		x.end(n)
	}
	x.frame = frame
	if o.how != "fail" && o.how != "return" {
		x.at, x.kind, x.label = n, Flow, ""
	}
	return o
}

// end goes to the end of a frame, if it shows one.
func (x *walker) end(frame *Node) {
	for _, n := range frame.Nodes {
		if n.Kind == End && (x.at == nil && contains(frame.Starts, n.ID) || x.at != nil && x.edge(n)) {
			if x.at == nil {
				x.started[frame.ID+" "+n.ID] = true
			}
		}
	}
}

func (x *walker) loop(pos dsl.Pos, body *dsl.Block) outcome {
	n := x.places[pos]
	x.visit(n)
	for x.steps <= 200 && x.wrong == "" && x.rand.Intn(2) == 0 {
		o := x.enter(n, body)
		switch o.how {
		case "", "continue":
		case "break":
			return normal
		case "fail", "return":
			return o
		default:
			x.label = o.how
			return x.jump(o.how)
		}
	}
	return normal
}

func (x *walker) try(stmt *dsl.TryStmt) outcome {
	n := x.places[stmt.Pos()]
	x.visit(n)
	if x.wrong != "" {
		return outcome{how: "return"}
	}
	o := x.enter(n, stmt.Body)
	switch o.how {
	case "", "return":
		return o
	case "fail":
		for _, c := range stmt.Catches {
			if c.Types == nil || containsType(c.Types, o.err) {
				x.at, x.kind, x.label = n, Error, o.err.Name
				return x.block(c.Body)
			}
		}
		return o
	}
	x.label = o.how
	return x.jump(o.how)
}

// caught hands a failure to the first catch that takes it.
func (x *walker) caught(catches []*dsl.Catch, o outcome) outcome {
	if o.how != "fail" {
		return o
	}
	for _, c := range catches {
		if c.Types == nil || containsType(c.Types, o.err) {
			x.kind, x.label = Error, o.err.Name
			return x.block(c.Body)
		}
	}
	return o
}

func (x *walker) id(op dsl.Operation) *Node {
	id := op.Base().Identity
	if x.prefix != "" {
		id = x.prefix + "-" + id
	}
	return x.graph.Node(id)
}

func (x *walker) operation(op dsl.Operation) outcome {
	n := x.id(op)
	x.visit(n)
	if x.wrong != "" {
		return outcome{how: "return"}
	}
	o, registered := normal, x.undoes
	switch op := op.(type) {
	case *dsl.GroupOp:
		o = x.inside(n, op.Body)
	case *dsl.MapOp:
		for i := x.rand.Intn(3); i > 0 && o.how == ""; i-- {
			o = x.inside(n, op.Body)
		}
	case *dsl.ParallelOp:
		for _, br := range op.Branches {
			// Whichever fails first decides; another one may have been about to.
			if r := x.branch(n, br); o.how == "" || r.how != "" && x.rand.Intn(2) == 0 {
				o = r
			}
		}
	default:
		o = x.result(op)
	}
	x.at, x.kind, x.label = n, Flow, ""
	if o.how == "fail" {
		// What had succeeded inside has been taken back there.
		x.undoes = registered
		x.kind, x.label = Error, o.err.Name
		return x.caught(op.Base().Catches, o)
	}
	if u := op.Base().Undo; u != nil {
		un := x.graph.Node(n.ID + "_u")
		x.undoes = append(registered[:len(registered):len(registered)], undoEntry{un, u})
	}
	return normal
}

// result draws how an operation without an inside ends.
func (x *walker) result(op dsl.Operation) outcome {
	raises := op.Base().Raises
	outcomes := append([]*dsl.ErrorType{nil}, raises...)
	choice := outcomes[x.rand.Intn(len(outcomes))]
	if x.rand.Intn(3) > 0 {
		// What has happened least often here, so that rare ways are found soon.
		for _, e := range outcomes {
			if x.counts[op][e] < x.counts[op][choice] {
				choice = e
			}
		}
	}
	if x.counts[op] == nil {
		x.counts[op] = map[*dsl.ErrorType]int{}
	}
	x.counts[op][choice]++
	if choice != nil {
		return outcome{how: "fail", err: choice}
	}
	return normal
}

// inside carries out the body of a frame.
func (x *walker) inside(frame *Node, body *dsl.Block) outcome {
	return x.scope(frame, frame.ID, func() outcome { return x.block(body) })
}

func (x *walker) branch(frame *Node, br *dsl.Branch) outcome {
	prefix := frame.ID + "-" + br.Name.Text
	if br.Op != nil {
		return x.scope(frame, prefix, func() outcome { return x.operation(br.Op) })
	}
	inner := x.graph.Node(prefix)
	if !contains(frame.Starts, prefix) {
		x.fail("%s does not begin at its branch %s", frame.ID, prefix)
	}
	x.started[frame.ID+" "+prefix] = true
	return x.inside(inner, br.Body)
}

// scope carries out what is inside a frame; a failure runs its undos there.
func (x *walker) scope(frame *Node, prefix string, body func() outcome) outcome {
	before := *x
	x.at, x.frame, x.kind, x.label, x.prefix, x.undoes, x.around = nil, frame, Flow, "", prefix, nil, nil
	o := body()
	switch o.how {
	case "", "yield":
		// Control may rest where it is, if the frame shows no end.
		for _, n := range frame.Nodes {
			if n.Kind == End && strings.HasPrefix(n.ID, prefix+".") && (x.at == nil && contains(frame.Starts, n.ID) || x.at != nil && x.edge(n)) {
				if x.at == nil {
					x.started[frame.ID+" "+n.ID] = true
				}
			}
		}
		x.ghost()
		before.undoes = append(before.undoes, x.undoes...)
		o = normal
	case "fail":
		x.undo(x.at)
	}
	x.at, x.frame, x.kind, x.label, x.prefix, x.undoes, x.around = before.at, before.frame, before.kind, before.label, before.prefix, before.undoes, before.around
	return o
}

func (x *walker) selectStmt(stmt *dsl.SelectStmt) outcome {
	n := x.id(stmt)
	x.visit(n)
	if x.wrong != "" {
		return outcome{how: "return"}
	}
	for _, c := range stmt.Cases {
		id := n.ID + "-" + c.Op.Base().Identity
		if !contains(n.Starts, id) {
			x.fail("%s does not begin at %s", n.ID, id)
		}
		x.started[n.ID+" "+id] = true
	}
	won := x.rand.Intn(len(stmt.Cases) + 1)
	if won == len(stmt.Cases) && stmt.Else != nil {
		x.label = "else"
		return x.block(stmt.Else)
	}
	winner := stmt.Cases[won%len(stmt.Cases)]
	if o := x.result(winner.Op); o.how == "fail" {
		x.kind, x.label = Error, o.err.Name
		return x.caught(stmt.Catches, o)
	}
	x.label = strings.TrimSpace(keywordOf(winner.Op) + " " + x.graph.Node(n.ID+"-"+winner.Op.Base().Identity).Name)
	return x.block(winner.Body)
}

func keywordOf(op dsl.Operation) string {
	switch op.(type) {
	case *dsl.WaitOp:
		return "wait"
	case *dsl.CallbackOp:
		return "callback"
	}
	return ""
}

// eachOperation visits all operations of a block, undos among them.
func eachOperation(b *dsl.Block, visit func(dsl.Operation)) {
	var op func(dsl.Operation)
	block := func(b *dsl.Block) {
		if b != nil {
			eachOperation(b, visit)
		}
	}
	op = func(o dsl.Operation) {
		if o == nil {
			return
		}
		visit(o)
		base := o.Base()
		if base.Undo != nil {
			op(base.Undo.Op)
			block(base.Undo.Body)
		}
		for _, c := range base.Catches {
			block(c.Body)
		}
		switch o := o.(type) {
		case *dsl.GroupOp:
			block(o.Body)
		case *dsl.MapOp:
			block(o.Body)
		case *dsl.ParallelOp:
			for _, br := range o.Branches {
				op(br.Op)
				block(br.Body)
			}
		case *dsl.SelectStmt:
			for _, c := range o.Cases {
				op(c.Op)
				block(c.Body)
			}
			block(o.Else)
		}
	}
	for _, stmt := range b.Stmts {
		switch stmt := stmt.(type) {
		case *dsl.OpStmt:
			op(stmt.Op)
		case *dsl.VarStmt:
			if stmt.Value != nil {
				op(stmt.Value.Op)
			}
		case *dsl.AssignStmt:
			op(stmt.Value.Op)
		case *dsl.YieldStmt:
			op(stmt.Value.Op)
		case *dsl.ReturnStmt:
			if stmt.Value != nil {
				op(stmt.Value.Op)
			}
		case *dsl.IfStmt:
			block(stmt.Then)
			switch e := stmt.Else.(type) {
			case *dsl.IfStmt:
				eachOperation(&dsl.Block{Stmts: []dsl.Stmt{e}}, visit)
			case *dsl.Block:
				block(e)
			}
		case *dsl.SwitchStmt:
			for _, c := range stmt.Cases {
				block(c.Body)
			}
			if stmt.Else != nil {
				block(stmt.Else)
			}
		case *dsl.ForStmt:
			block(stmt.Body)
		case *dsl.WhileStmt:
			block(stmt.Body)
		case *dsl.TryStmt:
			block(stmt.Body)
			for _, c := range stmt.Catches {
				block(c.Body)
			}
		case *dsl.SelectStmt:
			op(stmt)
		}
	}
}
