package cost

import (
	"go/constant"
	"math"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// walker estimates the workflows of a program.
type walker struct {
	prog    *dsl.Program
	assumed Assumptions
	seen    Observed // nil if nothing was counted: then it is assumed
	factors map[factorID]*Factor
	noted   []*Factor        // of the workflow, or part of it, that is being walked
	has     map[*Factor]bool // what is in there
	err     error
	// known: a number of turns that the text does not tell is taken for one.
	known bool
	// beside: something else may run at the same time, so what waits need not suspend.
	beside int
	at     whence
	called map[callee]called
	races  map[*dsl.SelectStmt][]flow // of their cases
}

// callee is a workflow as it is called: alone, or beside something.
type callee struct {
	decl   *dsl.WorkflowDecl
	beside bool
}

// called is the flow of a workflow, which each of its calls has.
type called struct {
	flow  flow
	noted []*Factor
}

func newWalker(p *dsl.Program, a Assumptions, seen Observed) *walker {
	return &walker{prog: p, assumed: a, seen: seen, factors: map[factorID]*Factor{}, has: map[*Factor]bool{}, called: map[callee]called{}, races: map[*dsl.SelectStmt][]flow{}}
}

// workflow is the flow of the body of a workflow.
func (w *walker) workflow(d *dsl.WorkflowDecl) flow {
	key := callee{d, w.beside > 0}
	c, ok := w.called[key]
	if !ok {
		w.called[key] = called{flow: pass()} // a circle is an error of the language
		noted, has := w.noted, w.has
		w.noted, w.has = nil, map[*Factor]bool{}
		c.flow = w.body(d.Body)
		c.noted, w.noted, w.has = w.noted, noted, has
		w.called[key] = c
	}
	for _, f := range c.noted {
		w.note(f)
	}
	return c.flow
}

func (w *walker) block(b *dsl.Block) flow {
	f := pass()
	if b == nil {
		return f
	}
	flows := w.stmts(b.Stmts)
	for i, s := range b.Stmts {
		if _, commit := s.(*dsl.CommitStmt); commit {
			f.exits[on].undo, f.exits[on].gross = Numbers{}, f.exits[on].most
			continue
		}
		if !f.exits[on].possible {
			break
		}
		f = f.then(flows[i])
	}
	return f
}

// stmts are the flows of statements, the last of which is walked first: how often the ways of
// a decision are taken depends on what comes behind it.
func (w *walker) stmts(list []dsl.Stmt) []flow {
	defer func(ends ways) { w.at.ends = ends }(w.at.ends)
	flows := make([]flow, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		flows[i] = w.stmt(list[i])
		w.at.ends = w.at.ends.behind(&flows[i])
	}
	return flows
}

// compute is the part of a statement that computes.
func (w *walker) compute(n dsl.Node) flow { return computing(w.seen.ratio(n, Stumbled, n)) }

func (w *walker) stmt(s dsl.Stmt) flow {
	switch s := s.(type) {
	case *dsl.OpStmt:
		return w.operation(s.Op, s.Op.Base().Catches)
	case *dsl.AssignStmt:
		f := w.value(&s.Value, s)
		if s.Value.Op != nil && s.Index != nil { // the key is computed after the value
			f = w.stumbling(f, s)
		}
		return f
	case *dsl.VarStmt:
		if s.Value == nil {
			return pass()
		}
		return w.value(s.Value, s)
	case *dsl.IfStmt:
		return w.ifStmt(s)
	case *dsl.SwitchStmt:
		return w.switchStmt(s)
	case *dsl.ForStmt:
		return w.forStmt(s)
	case *dsl.WhileStmt:
		return w.whileStmt(s)
	case *dsl.SelectStmt:
		return w.operation(s, s.Catches)
	case *dsl.TryStmt:
		return w.tryStmt(s)
	case *dsl.BreakStmt:
		return leaves(breaks)
	case *dsl.ContinueStmt:
		return leaves(continues)
	case *dsl.ReturnStmt:
		if s.Value == nil {
			return leaves(gives)
		}
		return w.value(s.Value, s).then(leaves(gives))
	case *dsl.YieldStmt:
		return w.value(&s.Value, s).then(leaves(gives))
	case *dsl.FailStmt:
		f := leaves(fails)
		f.raised = map[*dsl.ErrorType]float64{s.Type: 1}
		return f
	case *dsl.LogStmt:
		return w.compute(s)
	case *dsl.AgainStmt:
		return w.again(s)
	case *dsl.CommitStmt: // see block
	}
	return pass()
}

// again is the start of the execution that follows; what that takes is counted there. It
// stores a name, and the execution a link in the place of its result.
func (w *walker) again(s *dsl.AgainStmt) flow {
	start := simple(Steps, always(one(Steps)).add(some(Written, span{0, maxError, anError})))
	f := leaves(gives)
	f.exits[gives] = start.ok
	f.exits[gives].share, f.expected = 1, start.expected
	f.exits[fails] = start.bad
	return w.compute(s).then(f)
}

// value is what stands on the right of a statement.
func (w *walker) value(v *dsl.Value, s dsl.Stmt) flow {
	if v.Op != nil {
		return w.operation(v.Op, v.Op.Base().Catches)
	}
	return w.compute(s)
}

// stumbling is a statement that may fail in an expression of its own after something else
// of it has been done.
func (w *walker) stumbling(f flow, s dsl.Stmt) flow {
	share := w.seen.ratio(s, Stumbled, s)
	way := &f.exits[on]
	f.exits[fails] = f.exits[fails].join(leaving{true, Numbers{}, way.most, way.undo, way.gross, share})
	way.share = max(way.share-share, 0)
	return f
}

// decision has several ways, some of which are blocks.
func (w *walker) decision(s dsl.Stmt, subject dsl.Expr, names []string, nodes []dsl.Node, flows []flow) flow {
	var shares []float64
	if w.seen != nil {
		rest := 1 - w.seen.ratio(s, Stumbled, s)
		for _, n := range nodes {
			share := rest // of the way that nobody has written
			if n != nil {
				share = w.seen.ratio(n, Visits, s)
			}
			rest -= share
			shares = append(shares, share)
		}
		stumbles := w.seen.ratio(s, Stumbled, s)
		f := computing(stumbles)
		for i := range shares {
			shares[i] = relative(shares[i], 1-stumbles)
		}
		return f.then(choice(flows, shares))
	}
	shares = w.shares(s.Pos(), w.source(subject), names, flows)
	return computing(0).then(choice(flows, shares))
}

func relative(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return part / whole
}

func (w *walker) ifStmt(s *dsl.IfStmt) flow {
	flows, nodes := []flow{w.block(s.Then), pass()}, []dsl.Node{s.Then, nil}
	switch e := s.Else.(type) {
	case *dsl.Block:
		flows[1], nodes[1] = w.block(e), e
	case *dsl.IfStmt:
		flows[1], nodes[1] = w.ifStmt(e), e
	}
	return w.decision(s, s.Cond, []string{w.source(s.Cond), ""}, nodes, flows)
}

func (w *walker) switchStmt(s *dsl.SwitchStmt) flow {
	var flows []flow
	var nodes []dsl.Node
	var names []string
	for _, c := range s.Cases {
		var choices []string
		for _, e := range c.Choices {
			choices = append(choices, w.source(e))
		}
		flows, nodes, names = append(flows, w.block(c.Body)), append(nodes, c), append(names, strings.Join(choices, ", "))
	}
	switch {
	case s.Else != nil:
		flows, nodes, names = append(flows, w.block(s.Else)), append(nodes, s.Else), append(names, "")
	case !s.Exhaustive:
		flows, nodes, names = append(flows, pass()), append(nodes, nil), append(names, "")
	}
	return w.decision(s, s.Subject, names, nodes, flows)
}

// listed is how many elements a list has that a loop or map goes through.
func (w *walker) listed(what string, n dsl.Node, list dsl.Expr, label string, body flow) span {
	least, most := length(list)
	if w.seen != nil {
		return span{least, most, w.seen.ratio(n, Turned, n)}
	}
	if what == "turns" && !takes(body) && body.left() == 0 {
		return span{least, most, max(least, min(w.assumed.Turns, most))} // whatever their number, they take nothing
	}
	text := w.source(list)
	names := []string{text}
	if sel, ok := unwrapped(list).(*dsl.SelectorExpr); ok {
		names = append(names, sel.Name.Text)
	}
	if label != "" {
		names = append([]string{label}, names...)
	}
	remedy := "there are as many as `" + text + "` has elements: cut it, `" + text + "[:100]`, or say --assume '" + text + "<=100' if there are never more"
	return w.turns(what, text, remedy, names, n.Pos(), least, most, w.assumed.Turns)
}

func unwrapped(e dsl.Expr) dsl.Expr {
	for {
		p, ok := e.(*dsl.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// length is how many elements a list or map has.
func length(e dsl.Expr) (least, most float64) {
	switch e := unwrapped(e).(type) {
	case *dsl.ListExpr:
		return float64(len(e.Elems)), float64(len(e.Elems))
	case *dsl.MapExpr:
		return min(1, float64(len(e.Entries))), float64(len(e.Entries))
	case *dsl.IdentExpr:
		if e.ConstDecl != nil {
			return length(e.ConstDecl.Value)
		}
	case *dsl.CompExpr:
		least, most = length(e.List)
		if e.Cond != nil {
			least = 0
		}
		return least, most
	case *dsl.SliceExpr:
		_, most = length(e.X)
		lo, hi := 0.0, endless
		if e.Lo != nil {
			lo = number(e.Lo, 0)
		}
		if e.Hi != nil {
			hi = number(e.Hi, endless)
		}
		return 0, max(min(most, hi)-lo, 0)
	case *dsl.CallExpr:
		if e.Builtin == "range" && len(e.Args) > 0 {
			from, to := 0.0, number(e.Args[0], math.NaN())
			if len(e.Args) == 2 {
				from, to = to, number(e.Args[1], math.NaN())
			}
			if n := to - from; !math.IsNaN(n) {
				return max(n, 0), max(n, 0)
			}
			return 0, endless // a million, but nobody means that
		}
	default: // how many there are is not known before it is computed
	}
	return 0, endless
}

// number is the value of a constant expression.
func number(e dsl.Expr, otherwise float64) float64 {
	if e == nil || e.Const() == nil {
		return otherwise
	}
	v := constant.ToFloat(e.Const())
	if v.Kind() != constant.Float && v.Kind() != constant.Int {
		return otherwise
	}
	f, _ := constant.Float64Val(v)
	return f
}

// seconds is the value of a constant duration.
func seconds(e dsl.Expr, otherwise float64) float64 {
	if e == nil || e.Const() == nil {
		return otherwise
	}
	return number(e, 0) / 1e9
}

// tryStmt has what its catches take go on there; what they don't, goes through.
func (w *walker) tryStmt(s *dsl.TryStmt) flow {
	body := w.block(s.Body)
	bad := body.exits[fails]
	body.exits[fails] = leaving{}
	raised := body.raised
	body.raised = nil
	var shares []float64
	if w.seen != nil {
		for _, c := range s.Catches {
			shares = append(shares, w.seen.ratio(c, Visits, s))
		}
	} else {
		shares, raised = caught(s.Catches, raised)
	}
	return w.catches(body, s.Catches, bad, shares, raised)
}

// caught tells which share of what comes to catches each of them takes, and what none does.
func caught(catches []*dsl.Catch, raised map[*dsl.ErrorType]float64) (shares []float64, past map[*dsl.ErrorType]float64) {
	shares = make([]float64, len(catches))
	for t, share := range raised {
		taken := -1
		for i, c := range catches {
			if taken < 0 && takesError(c, t) {
				taken = i
			}
		}
		if taken >= 0 {
			shares[taken] += share
			continue
		}
		if past == nil {
			past = map[*dsl.ErrorType]float64{}
		}
		past[t] = share
	}
	return shares, past
}

// takesError reports whether a catch takes errors of a type; nil is one of no known type.
func takesError(c *dsl.Catch, t *dsl.ErrorType) bool {
	for _, of := range c.Types {
		if t == nil || of == t {
			return true
		}
	}
	return len(c.Types) == 0
}

// catches has what failed go on in the catches, each of which takes a share; the rest, of
// bad, leaves, unless one of them takes everything.
func (w *walker) catches(f flow, list []*dsl.Catch, bad leaving, shares []float64, past map[*dsl.ErrorType]float64) flow {
	taken, all := 0.0, false
	for i, c := range list {
		from := bad
		from.share = shares[i]
		taken += shares[i]
		all = all || len(c.Types) == 0
		g := w.block(c.Body)
		f.expected = f.expected.add(g.expected.times(shares[i]))
		for e := range g.exits {
			f.exits[e] = f.exits[e].join(from.then(g.exits[e]))
		}
		f.raise(g.raised, shares[i])
	}
	bad.share = max(bad.share-taken, 0)
	bad.possible = bad.possible && !all
	f.exits[fails] = f.exits[fails].join(bad)
	f.raise(past, 1)
	return f
}
