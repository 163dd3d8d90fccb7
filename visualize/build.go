package visualize

import (
	"fmt"
	"go/constant"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// NewGraph makes the graph of a checked workflow.
func NewGraph(p *dsl.Program, w *dsl.WorkflowDecl) *Graph {
	b := &builder{
		graph: &Graph{Workflow: w, byID: map[string]*Node{}, arms: map[arm]span{}},
		edges: map[route]*Edge{},
	}
	start := b.node(&Node{ID: ".start", Kind: Start, Keyword: "workflow", Name: w.Name.Text, Notes: workflowNotes(w), Doc: firstSentence(w.Doc), Pos: w.Pos()})
	s := &scope{fails: w.Fails}
	out := b.block(s, w.Body, []exit{{from: start.ID}})
	if len(out) > 0 {
		end := b.node(&Node{ID: ".done", Kind: Return, Name: "done", Pos: w.Body.End})
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
	way   int // as in [Edge.Ways]
}

// route is what edges are the same by.
type route struct {
	from, to string
	kind     EdgeKind
	label    string
}

type builder struct {
	graph *Graph
	frame *Node // that is being filled; nil outermost
	edges map[route]*Edge
}

// scope is the body that is being followed: what its jumps lead to.
type scope struct {
	prefix string           // of the IDs of its operations
	ids    map[string]int   // of the nodes that are no operations: how often each was wanted
	fails  []*dsl.ErrorType // of a workflow: what may leave it
	inner  bool             // not the body of a workflow
	yields *[]exit          // where `yield` goes; nil in a workflow
	around []*enclosure     // the loops and tries around the statement, innermost last
	undoes []string         // registered so far, latest last
	drops  []string         // of those registered, what commits have dropped
	given  []string         // of those registered, what is so at some `yield`
	ends   []*Node          // at which the scope fails
}

// enclosure is a loop or a try whose inside is being followed.
type enclosure struct {
	frame   *Node
	jumps   []jump       // that leave the frame
	catches []*dsl.Catch // of a try
	labels  [][]string   // of a try: the errors that each of its catches takes
}

// jump is a word that leaves a frame, at the nodes that say it.
type jump struct {
	word string
	at   *Node
}

func (b *builder) node(n *Node) *Node {
	if b.graph.byID[n.ID] != nil {
		panic("visualize: two nodes with the ID " + n.ID)
	}
	n.at = len(b.graph.byID)
	b.graph.byID[n.ID] = n
	n.Parent = b.frame
	if b.frame == nil {
		b.graph.Nodes = append(b.graph.Nodes, n)
	} else {
		b.frame.Nodes = append(b.frame.Nodes, n)
	}
	return n
}

// aside makes a node that is no operation. Its ID is made of its kind and its text, so
// that other nodes can come and go without changing it.
func (b *builder) aside(s *scope, n *Node) *Node {
	text := n.Name
	if n.Kind == Plain {
		text = n.Notes[0]
	}
	n.ID = s.id(n.Kind.String(), text)
	return b.node(n)
}

// id gives an ID of a scope; the second of a text and all further ones have a number.
func (s *scope) id(kind, text string) string {
	id := s.prefix + "." + kind + slug(text)
	if s.ids == nil {
		s.ids = map[string]int{}
	}
	s.ids[id]++
	if n := s.ids[id]; n > 1 {
		return fmt.Sprintf("%s.%d", id, n)
	}
	return id
}

// slug is the beginning of a text as a part of an ID.
func slug(text string) string {
	var b strings.Builder
	gap := true
	for i := 0; i < len(text) && b.Len() < 28; i++ {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9':
			if gap {
				b.WriteByte('.')
			}
			b.WriteByte(c)
			gap = false
		default:
			gap = true
		}
	}
	return b.String()
}

// edge leads an exit to a node; to none if to is empty.
func (b *builder) edge(x exit, to string) {
	key := route{x.from, to, x.kind, x.label}
	e := b.edges[key]
	if e == nil {
		e = &Edge{From: x.from, To: to, Kind: x.kind, Label: x.label}
		b.edges[key] = e
		if to == "" {
			b.graph.loose = append(b.graph.loose, e)
		} else {
			b.graph.Edges = append(b.graph.Edges, e)
		}
	}
	e.Ways = append(e.Ways, x.way)
}

// connect leads all exits to a node. An exit that comes from the frame itself
// begins the frame: that is no edge, but one of its Starts.
func (b *builder) connect(in []exit, to *Node) {
	for _, x := range in {
		if b.frame != nil && x.from == b.frame.ID {
			b.frame.Starts = append(b.frame.Starts, to.ID)
			continue
		}
		b.edge(x, to.ID)
	}
}

func (b *builder) block(s *scope, block *dsl.Block, in []exit) []exit {
	var plain *Node // that the next plain statement joins
	for _, stmt := range block.Stmts {
		text := plainText(stmt)
		switch {
		case text != "" && plain != nil:
			plain.Notes = append(plain.Notes, text)
			plain.exprs = append(plain.exprs, exprsOf(stmt)...)
			continue
		case text != "":
			plain = b.aside(s, &Node{Kind: Plain, Notes: []string{text}, Pos: stmt.Pos(), exprs: exprsOf(stmt)})
			b.connect(in, plain)
			in = []exit{{from: plain.ID}}
			continue
		}
		plain = nil
		in = b.stmt(s, stmt, in)
	}
	return in
}

func (b *builder) ifStmt(s *scope, stmt *dsl.IfStmt, in []exit) []exit {
	cond, yes, no := condition(stmt)
	d := b.aside(s, &Node{Kind: Decision, Name: exprText(cond), Pos: stmt.Pos(), exprs: []dsl.Expr{stmt.Cond}})
	b.connect(in, d)
	always, never := constBool(stmt.Cond)
	undoes := s.undoes
	var out []exit
	if !never {
		out = b.arm(s, stmt.Then, exit{from: d.ID, label: yes})
	}
	registered := s.undoes
	s.undoes = undoes
	if !always {
		way := exit{from: d.ID, label: no, way: 1}
		rest := []exit{way}
		switch e := stmt.Else.(type) {
		case *dsl.IfStmt:
			rest = b.within(way, func() []exit { return b.ifStmt(s, e, rest) })
		case *dsl.Block:
			rest = b.arm(s, e, way)
		}
		out = append(out, rest...)
	}
	s.undoes = merge(registered, s.undoes)
	return out
}

// condition is that of an `if` with the words for its branches: a negation reads better as
// its opposite with the words exchanged.
func condition(stmt *dsl.IfStmt) (cond dsl.Expr, yes, no string) {
	cond, yes, no = stmt.Cond, "yes", "no"
	for {
		switch e := cond.(type) {
		case *dsl.ParenExpr:
			cond = e.X
			continue
		case *dsl.UnaryExpr:
			if e.Op == "!" {
				cond, yes, no = e.X, no, yes
				continue
			}
		default: // is no negation
		}
		return cond, yes, no
	}
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
	d := b.aside(s, &Node{Kind: Decision, Keyword: "switch", Name: exprText(stmt.Subject), Pos: stmt.Pos(), exprs: []dsl.Expr{stmt.Subject}})
	b.connect(in, d)
	undoes, registered := s.undoes, s.undoes
	var out []exit
	for i, c := range stmt.Cases {
		s.undoes = undoes
		out = append(out, b.arm(s, c.Body, exit{from: d.ID, label: choicesText(c), way: i})...)
		registered = merge(registered, s.undoes)
	}
	s.undoes = undoes
	if stmt.Else != nil {
		out = append(out, b.arm(s, stmt.Else, exit{from: d.ID, label: "else", way: len(stmt.Cases)})...)
	} else if !stmt.Exhaustive {
		out = append(out, exit{from: d.ID, label: "else", way: len(stmt.Cases)})
	}
	s.undoes = merge(registered, s.undoes)
	return out
}

func (b *builder) forStmt(s *scope, stmt *dsl.ForStmt, in []exit) []exit {
	name := nameText(stmt.Elem)
	if stmt.Index != nil {
		name = stmt.Index.Text + ", " + name
	}
	n := b.aside(s, &Node{Kind: Loop, Keyword: "for", Name: name + " in " + exprText(stmt.List), Pos: stmt.Pos(), stmt: stmt, exprs: []dsl.Expr{stmt.List}})
	b.connect(in, n)
	b.turns(s, n, stmt.Body)
	return []exit{{from: n.ID}}
}

func (b *builder) whileStmt(s *scope, stmt *dsl.WhileStmt, in []exit) []exit {
	always, never := constBool(stmt.Cond)
	n := b.aside(s, &Node{Kind: Loop, Keyword: "while", Name: exprText(stmt.Cond), Pos: stmt.Pos(), stmt: stmt, exprs: []dsl.Expr{stmt.Cond}})
	if stmt.AtMost != nil {
		n.exprs = append(n.exprs, stmt.AtMost)
		n.Notes = append(n.Notes, "at most "+exprText(stmt.AtMost)+" times")
	}
	b.connect(in, n)
	if never {
		return []exit{{from: n.ID}}
	}
	if broken := b.turns(s, n, stmt.Body); broken || !always || stmt.AtMost != nil {
		return []exit{{from: n.ID}}
	}
	return nil
}

// turns fills the frame of a loop, and reports whether a `break` leaves it.
func (b *builder) turns(s *scope, n *Node, body *dsl.Block) (broken bool) {
	before, registered, drops := len(s.ends), s.undoes, s.drops
	s.drops = nil
	e := b.enclose(s, n, body)
	// A jump may have passed by a commit.
	if len(e.jumps) > 0 {
		s.undoes = merge(s.drops, s.undoes)
	}
	// What fails in a later turn takes back what was done in an earlier one.
	for _, end := range s.ends[before:] {
		end.Undoes = merge(reversed(s.undoes), end.Undoes)
	}
	s.undoes, s.drops = merge(registered, s.undoes), merge(drops, s.drops)
	for _, j := range e.jumps {
		broken = broken || j.word == "break"
	}
	b.leaveFurther(s, e, "break", "continue")
	return broken
}

// enclose fills the frame of a loop or a try, which is no scope of its own.
func (b *builder) enclose(s *scope, n *Node, body *dsl.Block, catches ...*dsl.Catch) *enclosure {
	e := &enclosure{frame: n, catches: catches, labels: make([][]string, len(catches))}
	n.Frame = true
	outer := b.frame
	b.frame = n
	s.around = append(s.around, e)
	ends := b.block(s, body, []exit{{from: n.ID}})
	s.around = s.around[:len(s.around)-1]
	if len(ends) > 0 {
		b.connect(ends, b.aside(s, &Node{Kind: End, Pos: body.End}))
	}
	n.endless = len(ends) == 0
	b.frame = outer
	return e
}

// leave leads exits out of the frames around them: to the end of the loop for a
// `break`, to its next turn for a `continue`, to the end of the scope for a `yield`.
func (b *builder) leave(s *scope, word string, pos dsl.Pos, in []exit) {
	if len(s.around) == 0 {
		*s.yields = append(*s.yields, in...)
		return
	}
	e := s.around[len(s.around)-1]
	n := b.aside(s, &Node{Kind: Jump, Name: word, Pos: pos})
	b.connect(in, n)
	e.jumps = append(e.jumps, jump{word, n})
}

// leaveFurther takes the jumps that have left a frame through those around it, but
// for the words that have arrived.
func (b *builder) leaveFurther(s *scope, e *enclosure, arrived ...string) {
	seen := map[string]bool{}
	for _, word := range arrived {
		seen[word] = true
	}
	for _, j := range e.jumps {
		if !seen[j.word] {
			seen[j.word] = true
			b.leave(s, j.word, j.at.Pos, []exit{{from: e.frame.ID, label: j.word}})
		}
	}
}

// tryStmt draws a frame that one edge leaves to each of its catches: whatever raises an
// error inside, an operation, an expression or a `fail`, goes that way.
func (b *builder) tryStmt(s *scope, stmt *dsl.TryStmt, in []exit) []exit {
	n := b.aside(s, &Node{Kind: Try, Keyword: "try", Pos: stmt.Pos(), stmt: stmt})
	b.connect(in, n)
	drops := s.drops
	s.drops = nil
	e := b.enclose(s, n, stmt.Body, stmt.Catches...)
	// What fails may have done so before a commit, and a jump passes by one.
	failed := merge(s.drops, s.undoes)
	if len(e.jumps) > 0 {
		s.undoes = failed
	}
	s.drops = merge(drops, s.drops)
	registered := s.undoes
	var out []exit
	if !n.endless {
		out = append(out, exit{from: n.ID})
	}
	b.leaveFurther(s, e)
	for i, c := range stmt.Catches {
		label := "any error"
		if c.Types != nil {
			label = strings.Join(append(e.labels[i], unexpected(c, e.labels[i])...), ", ")
		}
		if label != "" {
			s.undoes = failed
			out = append(out, b.arm(s, c.Body, exit{from: n.ID, kind: Error, label: label, way: i})...)
			registered = merge(registered, s.undoes)
		}
	}
	s.undoes = registered
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
		if v.Op == nil {
			n.exprs = append(n.exprs, v.Expr)
		}
	}
	if len(in) > 0 {
		b.connect(in, b.aside(s, n))
	}
	return nil
}

// argNotes gives what a workflow goes on with.
func argNotes(stmt *dsl.AgainStmt) []string {
	notes := make([]string, len(stmt.Args))
	for i, arg := range stmt.Args {
		notes[i] = exprText(arg)
	}
	return notes
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
		n := b.aside(s, &Node{Kind: Plain, Notes: []string{"yield " + exprText(stmt.Value.Expr)}, Pos: stmt.Pos(), exprs: []dsl.Expr{stmt.Value.Expr}})
		b.connect(in, n)
		in = []exit{{from: n.ID}}
	}
	s.given = merge(s.given, s.undoes)
	b.leave(s, "yield", stmt.Pos(), in)
	return nil
}

func (b *builder) failStmt(s *scope, stmt *dsl.FailStmt, in []exit) []exit {
	n := &Node{Kind: Fail, Keyword: "fail", Pos: stmt.Pos(), Undoes: reversed(s.undoes), stmt: stmt}
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
		n.exprs = append(n.exprs, r)
	}
	b.connect(in, b.aside(s, n))
	if rest, all := b.raise(s, errors, stmt.Type == nil); all || stmt.Type != nil && len(rest) == 0 {
		n.Caught, n.Undoes = true, nil // the scope does not fail
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

// unexpected gives `Unexpected` if a catch names it, and what in quotes stands for some of
// that: any expression may raise it, whatever the operations do.
func unexpected(c *dsl.Catch, names []string) (more []string) {
	for _, t := range c.Types {
		if t.Undeclared || t.Builtin && t.Name == unexpectedError {
			if text := errorText(t); !contains(names, text) {
				more = append(more, text)
			}
		}
	}
	return more
}

// errorText is the name of an error as the language writes it.
func errorText(t *dsl.ErrorType) string {
	if t.Undeclared {
		return strconv.Quote(t.Name)
	}
	return t.Name
}

// raise notes the errors that the catches of the tries around a statement take, and
// gives those that none of them takes. any says that the errors are not known; all,
// that a catch takes whatever there is.
func (b *builder) raise(s *scope, errors []*dsl.ErrorType, any bool) (rest []*dsl.ErrorType, all bool) {
	for i := len(s.around) - 1; i >= 0; i-- {
		e := s.around[i]
		for j, c := range e.catches {
			if c.Types == nil {
				return nil, true
			}
			var taken []string
			taken, errors = caught(c, errors, any)
			for _, name := range taken {
				if !contains(e.labels[j], name) {
					e.labels[j] = append(e.labels[j], name)
				}
			}
		}
	}
	return errors, false
}

// caught gives the names of the errors that a catch of certain ones takes of those
// that may be raised, and what it leaves to others.
func caught(c *dsl.Catch, errors []*dsl.ErrorType, any bool) (names []string, rest []*dsl.ErrorType) {
	for _, t := range c.Types {
		if any || containsType(errors, t) || t.Undeclared && hasType(errors, unexpectedError) {
			names = append(names, errorText(t))
		}
	}
	for _, e := range errors {
		if !containsType(c.Types, e) {
			rest = append(rest, e)
		}
	}
	return names, rest
}

func containsType(list []*dsl.ErrorType, t *dsl.ErrorType) bool {
	for _, e := range list {
		if e == t || e.Name == t.Name {
			return true
		}
	}
	return false
}

// choicesText names the values of a case.
func choicesText(c *dsl.SwitchCase) string {
	var choices []string
	for _, e := range c.Choices {
		text := exprText(e)
		if v, ok := e.(*dsl.EnumExpr); ok {
			text = nameText(v.Value)
		}
		choices = append(choices, text)
	}
	return strings.Join(choices, ", ")
}
