package visualize

import (
	"fmt"
	"go/constant"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// NewGraph makes the graph of a checked workflow.
func NewGraph(p *dsl.Program, w *dsl.WorkflowDecl) *Graph {
	b := &builder{
		graph: &Graph{Workflow: w, byID: map[string]*Node{}},
		edges: map[Edge]bool{},
	}
	start := b.node(&Node{ID: ".start", Kind: Start, Keyword: "workflow", Name: w.Name.Text, Notes: workflowNotes(w), Doc: firstSentence(w.Doc), Pos: w.Pos()})
	s := &scope{fails: w.Fails}
	out := b.block(s, w.Body, []exit{{from: start.ID}})
	if len(out) > 0 {
		end := b.node(&Node{ID: ".end", Kind: Return, Name: "done", Pos: w.Body.End})
		b.connect(out, end)
	}
	return b.graph
}

// Every way of a workflow is followed once, statement by statement. What has not
// found its goal yet is a list of exits; the next statement connects them to its
// first node, and gives back its own.

// exit is an edge that has no goal yet.
type exit struct {
	from  string
	kind  EdgeKind
	label string
}

type builder struct {
	graph *Graph
	frame *Node // that is being filled; nil outermost
	edges map[Edge]bool
}

// scope is the body that is being followed: what its jumps lead to.
type scope struct {
	prefix string           // of the IDs of its operations
	counts map[string]int   // of the nodes that are no operations, by kind
	fails  []*dsl.ErrorType // of a workflow: what may leave it
	inner  bool             // not the body of a workflow
	yields *[]exit          // where `yield` goes; nil in a workflow
	loops  []*loop          // around the statement, innermost last
	tries  []*try           // around the statement, innermost last
	undoes []string         // registered so far, latest last
	ends   []*Node          // at which the scope fails
}

type loop struct {
	head   string
	breaks []exit
}

// try is an open `try`: for each of its catches the exits that lead there.
type try struct {
	catches []*dsl.Catch
	exits   [][]exit
}

func (b *builder) node(n *Node) *Node {
	if b.graph.byID[n.ID] != nil {
		panic("visualize: two nodes with the ID " + n.ID)
	}
	b.graph.byID[n.ID] = n
	n.Parent = b.frame
	if b.frame == nil {
		b.graph.Nodes = append(b.graph.Nodes, n)
	} else {
		b.frame.Nodes = append(b.frame.Nodes, n)
	}
	return n
}

// aside makes a node that is no operation; its ID counts those of its kind in the scope.
func (b *builder) aside(s *scope, n *Node) *Node {
	n.ID = s.count(n.Kind.String())
	return b.node(n)
}

// count gives the next ID of a kind of nodes in a scope.
func (s *scope) count(kind string) string {
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	s.counts[kind]++
	return fmt.Sprintf("%s.%s%d", s.prefix, kind, s.counts[kind])
}

func (b *builder) edge(e Edge) {
	if !b.edges[e] {
		b.edges[e] = true
		b.graph.Edges = append(b.graph.Edges, &e)
	}
}

// connect leads all exits to a node. An exit that comes from the frame itself
// begins the frame: that is no edge, but one of its Starts.
func (b *builder) connect(in []exit, to *Node) {
	for _, x := range in {
		if b.frame != nil && x.from == b.frame.ID {
			b.frame.Starts = append(b.frame.Starts, to.ID)
			continue
		}
		b.edge(Edge{From: x.from, To: to.ID, Kind: x.kind, Label: x.label})
	}
}

func (b *builder) block(s *scope, block *dsl.Block, in []exit) []exit {
	loops, tries := len(s.loops), len(s.tries)
	var plain *Node // that the next plain statement joins
	for _, stmt := range block.Stmts {
		text := plainText(stmt)
		switch {
		case text != "" && plain != nil:
			plain.Notes = append(plain.Notes, text)
			continue
		case text != "":
			plain = b.aside(s, &Node{Kind: Plain, Notes: []string{text}, Pos: stmt.Pos()})
			b.connect(in, plain)
			in = []exit{{from: plain.ID}}
			continue
		}
		plain = nil
		in = b.stmt(s, stmt, in)
	}
	s.loops, s.tries = s.loops[:loops], s.tries[:tries]
	return in
}

// plainText is the text of a statement that only computes; empty for others.
func plainText(stmt dsl.Stmt) string {
	switch stmt := stmt.(type) {
	case *dsl.LogStmt:
		return "log " + exprText(stmt.Message)
	case *dsl.VarStmt:
		switch {
		case stmt.Value == nil:
			return "var " + stmt.Name.Text + " " + typeText(stmt.Type)
		case stmt.Value.Op == nil:
			return "var " + stmt.Name.Text + " = " + exprText(stmt.Value.Expr)
		}
	case *dsl.AssignStmt:
		if stmt.Value.Op == nil {
			name := stmt.Name.Text
			for _, f := range stmt.Path {
				name += "." + f.Text
			}
			return name + " = " + exprText(stmt.Value.Expr)
		}
	default: // has a form of its own
	}
	return ""
}

func (b *builder) stmt(s *scope, stmt dsl.Stmt, in []exit) []exit {
	switch stmt := stmt.(type) {
	case *dsl.OpStmt:
		return b.operation(s, stmt.Op, "", in)
	case *dsl.AssignStmt:
		return b.operation(s, stmt.Value.Op, "", in)
	case *dsl.VarStmt:
		return b.operation(s, stmt.Value.Op, "", in)
	case *dsl.IfStmt:
		return b.ifStmt(s, stmt, in)
	case *dsl.SwitchStmt:
		return b.switchStmt(s, stmt, in)
	case *dsl.ForStmt:
		return b.forStmt(s, stmt, in)
	case *dsl.WhileStmt:
		return b.whileStmt(s, stmt, in)
	case *dsl.SelectStmt:
		return b.selectStmt(s, stmt, in)
	case *dsl.TryStmt:
		return b.tryStmt(s, stmt, in)
	case *dsl.BreakStmt:
		l := s.loops[len(s.loops)-1]
		l.breaks = append(l.breaks, in...)
		return nil
	case *dsl.ContinueStmt:
		b.turn(s.loops[len(s.loops)-1], in)
		return nil
	case *dsl.ReturnStmt:
		return b.returnStmt(s, stmt, in)
	case *dsl.YieldStmt:
		return b.yieldStmt(s, stmt, in)
	case *dsl.FailStmt:
		return b.failStmt(s, stmt, in)
	case *dsl.LogStmt: // is plain text
	}
	panic(fmt.Sprintf("visualize: no form for a %T", stmt))
}

func (b *builder) ifStmt(s *scope, stmt *dsl.IfStmt, in []exit) []exit {
	cond, yes, no := stmt.Cond, "yes", "no"
	for {
		// A negation reads better as its opposite with the labels exchanged.
		if p, ok := cond.(*dsl.ParenExpr); ok {
			cond = p.X
			continue
		}
		u, ok := cond.(*dsl.UnaryExpr)
		if !ok || u.Op != "!" {
			break
		}
		cond, yes, no = u.X, no, yes
	}
	d := b.aside(s, &Node{Kind: Decision, Name: exprText(cond), Pos: stmt.Pos()})
	b.connect(in, d)
	always, never := constBool(stmt.Cond)
	undoes := s.undoes
	var out []exit
	if !never {
		out = b.block(s, stmt.Then, []exit{{from: d.ID, label: yes}})
	}
	registered := s.undoes
	s.undoes = undoes
	if !always {
		rest := []exit{{from: d.ID, label: no}}
		switch e := stmt.Else.(type) {
		case *dsl.IfStmt:
			rest = b.ifStmt(s, e, rest)
		case *dsl.Block:
			rest = b.block(s, e, rest)
		}
		out = append(out, rest...)
	}
	s.undoes = merge(registered, s.undoes)
	return out
}

// constBool tells whether a condition is the constant true or false.
func constBool(e dsl.Expr) (always, never bool) {
	v := e.Const()
	if v == nil || v.Kind() != constant.Bool {
		return false, false
	}
	return constant.BoolVal(v), !constant.BoolVal(v)
}

// merge gives the undos registered on either of two ways, in order.
func merge(a, b []string) []string {
	out := append([]string(nil), a...)
	for _, x := range b {
		if !contains(a, x) {
			out = append(out, x)
		}
	}
	return out
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func (b *builder) switchStmt(s *scope, stmt *dsl.SwitchStmt, in []exit) []exit {
	d := b.aside(s, &Node{Kind: Decision, Keyword: "switch", Name: exprText(stmt.Subject), Pos: stmt.Pos()})
	b.connect(in, d)
	undoes, registered := s.undoes, s.undoes
	var out []exit
	for _, c := range stmt.Cases {
		s.undoes = undoes
		var choices []string
		for _, e := range c.Choices {
			text := exprText(e)
			if v, ok := e.(*dsl.EnumExpr); ok {
				text = nameText(v.Value)
			}
			choices = append(choices, text)
		}
		out = append(out, b.block(s, c.Body, []exit{{from: d.ID, label: strings.Join(choices, ", ")}})...)
		registered = merge(registered, s.undoes)
	}
	s.undoes = undoes
	if stmt.Else != nil {
		out = append(out, b.block(s, stmt.Else, []exit{{from: d.ID, label: "else"}})...)
	} else if !stmt.Exhaustive {
		out = append(out, exit{from: d.ID, label: "else"})
	}
	s.undoes = merge(registered, s.undoes)
	return out
}

func (b *builder) forStmt(s *scope, stmt *dsl.ForStmt, in []exit) []exit {
	name := nameText(stmt.Elem)
	if stmt.Index != nil {
		name = stmt.Index.Text + ", " + name
	}
	head := b.aside(s, &Node{Kind: Loop, Keyword: "for", Name: name + " in " + exprText(stmt.List), Pos: stmt.Pos()})
	b.connect(in, head)
	out := b.turns(s, head, stmt.Body, "each")
	return append([]exit{{from: head.ID, label: "done"}}, out...)
}

func (b *builder) whileStmt(s *scope, stmt *dsl.WhileStmt, in []exit) []exit {
	always, never := constBool(stmt.Cond)
	head := b.aside(s, &Node{Kind: Loop, Keyword: "while", Name: exprText(stmt.Cond), Pos: stmt.Pos()})
	if stmt.AtMost != nil {
		head.Notes = append(head.Notes, "at most "+exprText(stmt.AtMost)+" times")
	}
	b.connect(in, head)
	var out []exit
	if !never {
		out = b.turns(s, head, stmt.Body, "yes")
	}
	switch {
	case !always:
		out = append([]exit{{from: head.ID, label: "no"}}, out...)
	case stmt.AtMost != nil:
		out = append([]exit{{from: head.ID, label: "bound reached"}}, out...)
	}
	return out
}

// turns follows the body of a loop, leads its end back to the head, and gives the
// exits by which `break` leaves.
func (b *builder) turns(s *scope, head *Node, body *dsl.Block, label string) []exit {
	l := &loop{head: head.ID}
	s.loops = append(s.loops, l)
	before := len(s.ends)
	b.turn(l, b.block(s, body, []exit{{from: head.ID, label: label}}))
	s.loops = s.loops[:len(s.loops)-1]
	// What fails in a later turn takes back what was done in an earlier one.
	for _, end := range s.ends[before:] {
		end.Undoes = merge(reversed(s.undoes), end.Undoes)
	}
	return l.breaks
}

// turn leads exits to the head of a loop.
func (b *builder) turn(l *loop, in []exit) {
	for _, x := range in {
		kind := x.kind
		if kind == Flow {
			kind = Back
		}
		b.edge(Edge{From: x.from, To: l.head, Kind: kind, Label: x.label})
	}
}

func (b *builder) tryStmt(s *scope, stmt *dsl.TryStmt, in []exit) []exit {
	t := &try{catches: stmt.Catches, exits: make([][]exit, len(stmt.Catches))}
	s.tries = append(s.tries, t)
	out := b.block(s, stmt.Body, in)
	s.tries = s.tries[:len(s.tries)-1]
	for i, c := range stmt.Catches {
		out = append(out, b.block(s, c.Body, t.exits[i])...)
	}
	return out
}

func (b *builder) returnStmt(s *scope, stmt *dsl.ReturnStmt, in []exit) []exit {
	n := &Node{Kind: Return, Keyword: "return", Pos: stmt.Pos()}
	if v := stmt.Value; v != nil {
		if v.Op != nil {
			in = b.operation(s, v.Op, "", in)
		} else if r, ok := v.Expr.(*dsl.RecordExpr); ok {
			n.Name = nameText(r.Name)
			n.More = fieldNotes(r)
		} else {
			n.Name = exprText(v.Expr)
		}
	}
	if len(in) > 0 {
		b.connect(in, b.aside(s, n))
	}
	return nil
}

func fieldNotes(r *dsl.RecordExpr) []string {
	var notes []string
	for _, f := range r.Fields {
		notes = append(notes, nameText(f.Name)+": "+exprText(f.Value))
	}
	return notes
}

func (b *builder) yieldStmt(s *scope, stmt *dsl.YieldStmt, in []exit) []exit {
	if stmt.Value.Op != nil {
		in = b.operation(s, stmt.Value.Op, "", in)
	} else {
		n := b.aside(s, &Node{Kind: Plain, Notes: []string{"yield " + exprText(stmt.Value.Expr)}, Pos: stmt.Pos()})
		b.connect(in, n)
		in = []exit{{from: n.ID}}
	}
	*s.yields = append(*s.yields, in...)
	return nil
}

func (b *builder) failStmt(s *scope, stmt *dsl.FailStmt, in []exit) []exit {
	n := &Node{Kind: Fail, Keyword: "fail", Pos: stmt.Pos(), Undoes: reversed(s.undoes)}
	errors := []*dsl.ErrorType{}
	switch {
	case stmt.Type != nil:
		n.Name = stmt.Type.Name
		errors = append(errors, stmt.Type)
	default:
		n.Name = exprText(stmt.Value)
	}
	if r, ok := stmt.Value.(*dsl.RecordExpr); ok {
		n.Name = nameText(r.Name)
		n.More = fieldNotes(r)
	}
	b.connect(in, b.aside(s, n))
	if rest := b.raise(s, n.ID, errors, stmt.Type == nil); stmt.Type != nil && len(rest) == 0 {
		n.Undoes = nil // it is caught: the scope does not fail
	} else {
		s.ends = append(s.ends, n)
	}
	return nil
}

func reversed(list []string) []string {
	var out []string
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, list[i])
	}
	return out
}

// raise leads errors from a node to the catches of the tries around it, and gives
// those that none of them catches. any says that the errors are not known.
func (b *builder) raise(s *scope, from string, errors []*dsl.ErrorType, any bool) []*dsl.ErrorType {
	for i := len(s.tries) - 1; i >= 0; i-- {
		t := s.tries[i]
		for j, c := range t.catches {
			label, rest, ok := caught(c, errors, any)
			if ok {
				t.exits[j] = append(t.exits[j], exit{from: from, kind: Error, label: label})
			}
			errors = rest
			if c.Types == nil {
				return nil
			}
		}
	}
	return errors
}

// caught tells what a catch takes of the errors that may be raised: the label of
// the edge to it, and what it leaves to others.
func caught(c *dsl.Catch, errors []*dsl.ErrorType, any bool) (label string, rest []*dsl.ErrorType, ok bool) {
	if c.Types == nil && len(c.Errors) == 0 {
		return "any error", nil, any || len(errors) > 0
	}
	var names []string
	for _, t := range c.Types {
		if any || containsType(errors, t) {
			names = append(names, t.Name)
		}
	}
	for _, e := range errors {
		if !containsType(c.Types, e) {
			rest = append(rest, e)
		}
	}
	return strings.Join(names, ", "), rest, len(names) > 0
}

func containsType(list []*dsl.ErrorType, t *dsl.ErrorType) bool {
	for _, e := range list {
		if e == t || e.Name == t.Name {
			return true
		}
	}
	return false
}
