package cost

import (
	"go/constant"
	"math"

	"github.com/durablegen/durablegen/dsl"
)

// whence is where in a workflow something stands.
type whence struct {
	ends ways // on which what stands there may leave its scope, or the turn of its loop, once it goes on
	loop bool
	// leaving is which share of the turns of that loop is taken to leave it by a way that
	// leads to nothing else, if nothing is said; giving, to leave the loops around it as well.
	leaving, giving float64
}

// ways tells which exits are possible.
type ways [exits]bool

// behind is how something may leave if it has the flow f, and by these ways once it goes on.
func (a ways) behind(f *flow) ways {
	var out ways
	for e := range f.exits {
		out[e] = f.exits[e].possible && exit(e) != on
	}
	if f.exits[on].possible {
		for e := range a {
			out[e] = out[e] || a[e]
		}
	}
	return out
}

// onlyFail reports whether they lead to nothing but a failure.
func (a ways) onlyFail() bool {
	return a[fails] && !a[on] && !a[gives] && !a[breaks] && !a[continues]
}

// onlyLeave reports whether they lead to nothing but out of the loop around.
func (a ways) onlyLeave() bool { return !a[on] && !a[continues] }

// chance is how often a decision takes a way out of the loop of which nothing is said.
func (at *whence) chance(a ways) float64 {
	if a[breaks] {
		return at.leaving
	}
	return at.giving
}

// body is a block with a scope of its own: nothing in it leaves a loop around.
func (w *walker) body(b *dsl.Block) flow { return w.within(b, whence{}) }

func (w *walker) within(b *dsl.Block, at whence) flow {
	defer func(at whence) { w.at = at }(w.at)
	at.ends = ways{on: true}
	at.giving = at.leaving
	if w.at.loop {
		at.giving *= w.at.giving
	}
	w.at = at
	return w.block(b)
}

func (w *walker) forStmt(s *dsl.ForStmt) flow {
	body := w.within(s.Body, whence{loop: true})
	return w.loop(s, body, w.listed("turns", s, s.List, "", body), true)
}

func (w *walker) whileStmt(s *dsl.WhileStmt) flow {
	most := endless
	if s.AtMost != nil {
		most = max(number(s.AtMost, endless), 0)
	}
	v := s.Cond.Const()
	forever := v != nil && v.Kind() == constant.Bool && constant.BoolVal(v) // it turns until something leaves it
	forever = forever && (s.Endless || !math.IsInf(most, 1))
	least := 0.0
	if forever && !s.Endless {
		least = most
	}
	at := whence{loop: true}
	if w.seen == nil && forever {
		at.leaving = w.leaving(s, most)
	}
	body := w.within(s.Body, at)
	if w.seen != nil {
		return w.loop(s, body, span{least, most, w.seen.ratio(s, Turned, s)}, !s.Endless)
	}
	likely, floor := w.assumed.Turns, 0.0
	switch gone := body.left(); {
	case s.Endless && gone > 0:
		likely = 1 / gone
	case forever && !s.Endless:
		likely = most
	}
	if s.Endless {
		floor = 1
	}
	turns := span{least, most, max(likely, floor)}
	if takes(body) || body.left() > 0 && !s.Endless {
		remedy := "write `while … at most N times`"
		if s.AtMost != nil {
			remedy = "its bound, `" + w.source(s.AtMost) + "`, is computed: write a number, or `min(…, 100)`"
			if n := smallest(s.AtMost); !math.IsInf(n, 1) {
				most, remedy = n, ""
			}
		}
		text := w.source(s.Cond)
		turns = w.turns("turns", text, remedy, []string{text}, s.Pos(), floor, most, likely)
		turns.least = least
	}
	return w.loop(s, body, turns, !s.Endless)
}

// leaving is which share of the turns of a loop leave it that turns until something does: so
// many that it has the turns that are assumed.
func (w *walker) leaving(s *dsl.WhileStmt, most float64) float64 {
	for _, name := range [...]string{w.source(s.Cond), w.place(s.Pos())} {
		v, ok := w.assumed.Values[name]
		if !ok || math.IsNaN(v.Expected) {
			continue
		}
		if s.Endless {
			return 1 / max(v.Expected, 1)
		}
		return 0 // it has those that are said
	}
	if w.assumed.Turns >= most {
		return 0
	}
	return 1 / max(w.assumed.Turns, 1)
}

// loop is a loop that has so many turns if nothing leaves it. What is expected to leave it
// takes the turns that would have followed.
func (w *walker) loop(s dsl.Stmt, body flow, turns span, byItself bool) flow {
	switch {
	case w.seen != nil: // those that were counted are those that were begun
	case byItself:
		turns.expected = lasting(turns.expected, body.left())
	default:
		body = body.leavingIn(turns.expected)
	}
	return w.stumbling(body.repeated(turns, byItself), s)
}

// lasting is how many turns are begun of n, each of which is the last one with a chance of p:
// (1-(1-p)^n)/p.
func lasting(n, p float64) float64 {
	if n <= 0 || p <= 0 {
		return n
	}
	return min(n, -math.Expm1(n*math.Log1p(-min(p, 1)))/p)
}

// left is the share of the turns of a loop that leave it.
func (f *flow) left() float64 {
	return f.exits[breaks].share + f.exits[gives].share + f.exits[fails].share + f.exits[halts].share
}

// leavingIn is the turn of a loop that nothing ends but what leaves it, which has so many
// turns: one of them does, even if none was said to.
func (f flow) leavingIn(turns float64) flow {
	gone := f.left() * turns
	if gone == 0 {
		if !f.exits[breaks].possible && f.exits[gives].possible {
			f.exits[gives].share = 1 / turns
		}
		return f
	}
	for _, e := range [...]exit{breaks, gives, fails, halts} {
		f.exits[e].share /= gone
	}
	raised := f.raised
	f.raised = nil
	f.raise(raised, 1/gone)
	return f
}

// smallest is the bound of a number that is computed as the least of several.
func smallest(e dsl.Expr) float64 {
	c, ok := unwrapped(e).(*dsl.CallExpr)
	if !ok || c.Builtin != "min" {
		return number(e, endless)
	}
	n := endless
	for _, arg := range c.Args {
		n = min(n, smallest(arg))
	}
	return n
}

// takes reports whether something is spent in a flow.
func takes(f flow) bool {
	return f.utmost() != Numbers{}
}
