package visualize

import (
	"slices"

	"github.com/durablegen/durablegen/dsl"
)

// loopFate is that of a loop: of its turns, as far as they have records, and of further
// ones that have none.
func (f *follower) loopFate(a *area, turns []int, n *Node) fate {
	loop := &rounds{follower: f, node: n, begun: a.begun[spot(n.ID, turns)], forever: forever(n)}
	for _, t := range loop.begun {
		loop.turns = append(loop.turns, f.course(a, append(slices.Clone(turns), t), n.Starts[0]))
	}
	loop.silent = f.course(a, append(slices.Clone(turns), -1), n.Starts[0])
	return loop.fate()
}

// forever reports whether only a jump, an end or a failure leaves a loop.
func forever(n *Node) bool {
	s, ok := n.stmt.(*dsl.WhileStmt)
	if !ok || s.AtMost != nil {
		return false
	}
	always, _ := constBool(s.Cond)
	return always
}

// rounds are the turns of a loop.
type rounds struct {
	follower *follower
	node     *Node
	begun    []int     // the numbers of the turns with records
	turns    []*course // the ways through these
	silent   *course   // the ways through a turn without records
	forever  bool
}

// again reports whether an ending of a turn leads to the next one.
func again(e ending) bool {
	return e.kind == over || e == ending{jumps, "continue"}
}

func anyAgain(endings map[ending]bool) bool {
	for e := range endings {
		if again(e) {
			return true
		}
	}
	return false
}

// leaves gives the ways out of the loop by an ending of a turn.
func (r *rounds) leaves(e ending) []option {
	switch {
	case again(e) && r.forever:
		return nil
	case again(e), e == ending{jumps, "break"}:
		return r.follower.flows(r.node, "")
	case e.kind == jumps:
		return r.follower.flows(r.node, e.what)
	}
	return []option{{end: e}}
}

func (r *rounds) fate() fate {
	n := r.node
	out := fate{recorded: len(r.turns) > 0}
	silent := r.silent.endings()
	goesOn := true // after the turns with records, or before the first one
	if last := len(r.turns) - 1; last >= 0 {
		for _, c := range r.turns[:last] {
			if !anyAgain(c.endings()) {
				return r.follower.lost(n, true)
			}
		}
		if r.begun[last] != last && !anyAgain(silent) {
			return r.follower.lost(n, true)
		}
		ends := r.turns[last].endings()
		if len(ends) == 0 {
			return r.follower.lost(n, true)
		}
		for e := range ends {
			out.options = addTo(out.options, r.leaves(e))
		}
		goesOn = anyAgain(ends)
	} else {
		out.options = r.leaves(ending{kind: over})
	}
	if goesOn {
		for e := range silent {
			out.options = addTo(out.options, r.leaves(e))
		}
		out.options = addTo(out.options, []option{{end: ending{kind: stands}}})
		if mayFail(n.exprs...) {
			out.options = addTo(out.options, []option{{end: ending{raises, unexpectedError}}})
		}
	}
	out.mark = r.mark
	return out
}

// mark follows the turns, where only some ways out of the loop are left.
func (r *rounds) mark(left func(option) bool, certain bool) {
	leads := func(e ending) bool { return slices.ContainsFunc(r.leaves(e), left) }
	last := len(r.turns) - 1
	for _, c := range r.turns[:max(0, last)] {
		c.mark(again, certain)
	}
	goesOn := true
	if last >= 0 {
		if r.begun[last] != last {
			r.silent.mark(again, certain)
		}
		// A turn without records may follow, if one can lead to what is left.
		goesOn = anyAgain(r.turns[last].endings())
		further := left(option{end: ending{kind: stands}}) || mayFail(r.node.exprs...) && left(option{end: ending{raises, unexpectedError}})
		for e := range r.silent.endings() {
			further = further || leads(e)
		}
		r.turns[last].mark(func(e ending) bool { return leads(e) || again(e) && further }, certain)
		if certain {
			r.follower.turns[r.node.ID] += r.begun[last] + 1
		}
	}
	if goesOn {
		r.silent.mark(func(e ending) bool { return leads(e) || again(e) }, false)
	}
}
