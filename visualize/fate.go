package visualize

import (
	"go/constant"
	"slices"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
)

// fate finds what may become of control at a node, in turns of the loops around it.
func (f *follower) fate(a *area, turns []int, n *Node) fate {
	switch {
	case n.Kind == Undo || n.Op != nil:
		return f.operationFate(a, turns, n)
	case n.Kind == Loop && len(n.Starts) > 0: // not one that is never entered
		return f.loopFate(a, turns, n)
	case n.Kind == Try:
		return f.tryFate(a, turns, n)
	case n.Kind == Again:
		return f.againFate(n)
	}
	options := []option{{end: ending{kind: stands}}}
	end := func(kind endKind, what string) { options = append(options, option{end: ending{kind, what}}) }
	switch n.Kind {
	case Return, End: // what it gives may be too large to be stored
		if end(raises, unexpectedError); n.Kind == Return {
			end(gives, "")
		} else {
			end(over, "")
		}
	case Jump:
		end(jumps, n.Name)
	case Fail:
		s, ok := n.stmt.(*dsl.FailStmt)
		switch {
		case ok && s.Type != nil:
			end(raises, s.Type.Name)
		case ok:
			end(raises, someError)
		}
		for _, t := range n.errors {
			end(raises, t.Name)
		}
	default:
		options = append(options, f.flows(n, "")...)
	}
	if mayFail(n.exprs...) {
		end(raises, unexpectedError)
	}
	return fate{options: options}
}

// againFate is that of an `again`. Whichever of several has been come to, and in whichever
// turn, the record is the same one.
func (f *follower) againFate(n *Node) fate {
	out := fate{recorded: f.gone != nil && len(f.agains) == 1 && len(loopsOf(n)) == 0}
	switch {
	case f.gone == nil || !f.gone.Over():
		out.options = []option{{end: ending{kind: stands}}}
	case f.gone.State == execution.Succeeded:
		out.options = []option{{end: ending{kind: goesOn}}}
	default:
		out.options = []option{{end: ending{raises, f.typeOf(f.gone, []*dsl.ErrorType{})}}}
	}
	if !out.recorded && f.gone == nil { // what it goes on with may not be computed, or be too large
		out.options = append(out.options, option{end: ending{raises, unexpectedError}})
	}
	return out
}

// flows gives the ways out of a node that has not failed: of a frame that is left by a
// jump, the one with its word.
func (f *follower) flows(n *Node, word string) []option {
	var out []option
	for _, e := range f.from[n.ID] {
		if e.Kind == Flow && (e.Label == word || n.Kind != Loop && n.Kind != Try) {
			out = append(out, option{edge: e})
		}
	}
	return out
}

// operationFate is that of an operation.
func (f *follower) operationFate(a *area, turns []int, n *Node) fate {
	out := fate{options: []option{{end: ending{kind: stands}}}}
	add := func(options ...option) { out.options = append(out.options, options...) }
	op := a.ops[spot(n.ID, turns)]
	if await, ok := n.Op.(*dsl.AwaitOp); ok {
		if f.handles[await.Handle] == nil { // was opened by who calls: nothing here tells of it
			add(f.flows(n, "")...)
			names := []string{unexpectedError}
			for _, t := range await.Raises {
				names = append(names, t.Name)
			}
			for _, name := range names {
				options, _ := f.failures(n, name)
				add(options...)
			}
			return out
		}
		op = f.opened(a, turns, await)
	} else {
		out.recorded = op != nil
	}
	_, open := n.Op.(*dsl.OpenOp)
	switch {
	case op == nil:
		if mayFail(argumentsOf(n.Op)...) {
			add(option{end: ending{raises, unexpectedError}})
		}
		if dsl.Refusable(n.Op) {
			options, _ := f.failures(n, unexpectedError)
			add(options...)
		}
		return out
	case open:
		add(f.flows(n, "")...)
		return out
	case !op.Over():
		return out
	}
	went, failed := f.outcome(n, op)
	if went {
		flows := f.flows(n, "")
		if n.Kind == Select {
			flows = slices.DeleteFunc(flows, func(o option) bool { return op.Winner >= 0 && !slices.Contains(o.edge.Ways, op.Winner) })
		}
		if len(flows) == 0 && n.Kind == Undo {
			flows = append(flows, option{end: ending{kind: over}})
		}
		add(flows...)
		if u := undoOf(n); u != nil && u.Op != nil {
			if mayFail(argumentsOf(u.Op)...) {
				add(option{end: ending{raises, unexpectedError}})
			}
		}
	}
	for _, name := range failed {
		options, caught := f.failures(n, name)
		add(options...)
		if caught && !went && out.recorded {
			f.caught[n.ID]++
		}
	}
	return out
}

// undoOf gives the undo of an operation; nil if it has none, and for undos.
func undoOf(n *Node) *dsl.Undo {
	if n.Kind == Undo || n.Op == nil {
		return nil
	}
	return n.Op.Base().Undo
}

// outcome tells whether an operation that has ended may have gone on, and with which
// errors it may have failed.
func (f *follower) outcome(n *Node, op *execution.Operation) (went bool, failed []string) {
	var base *dsl.OpBase
	if n.Op != nil {
		base = n.Op.Base()
	}
	switch o := n.Op.(type) {
	case *dsl.ParallelOp:
		return f.batchOutcome(op, base, o.Settled, o.Limits)
	case *dsl.MapOp:
		return f.batchOutcome(op, base, o.Settled, o.Limits)
	case *dsl.AwaitOp, *dsl.InvokeOp:
		if op.State == execution.Succeeded { // an answer may not be what it has to be
			return true, []string{unexpectedError}
		}
	default: // ends as its record
	}
	switch {
	case op.State == execution.Succeeded:
		return true, nil
	case op.State != execution.Failed:
		return false, nil
	case base == nil:
		return false, []string{someError}
	}
	return false, []string{f.typeOf(op, append([]*dsl.ErrorType{}, base.Raises...))}
}

// batchOutcome is outcome of a map or parallel: what its items came to is in the record,
// not what its limits are.
func (f *follower) batchOutcome(op *execution.Operation, base *dsl.OpBase, settled bool, limits dsl.Limits) (went bool, failed []string) {
	if op.Reason == "" && op.State == execution.Failed { // not by its items
		return false, []string{f.typeOf(op, nil)}
	}
	if settled {
		return true, nil
	}
	first := someError
	for _, item := range op.Children {
		if item.State == execution.Failed {
			first = f.typeOf(item, nil)
			break
		}
	}
	switch {
	case op.Reason == "":
		return true, []string{first}
	case op.Reason == "FAILURE_TOLERANCE_EXCEEDED":
		return false, []string{first}
	case op.Reason == "ALL_COMPLETED" && limits.Min != nil && first != someError:
		if min, ok := constInt(limits.Min); !ok {
			return true, []string{first}
		} else if succeeded(op.Children) < min {
			return false, []string{first}
		}
	}
	return true, nil
}

// left reports whether control has gone on from a node.
func (f *follower) left(n *Node) bool {
	return slices.ContainsFunc(f.from[n.ID], func(e *Edge) bool { return f.edges[e] == Taken })
}

// leftByError reports whether control is known to have left a node as one that failed.
func (f *follower) leftByError(n *Node) bool {
	for _, e := range f.from[n.ID] {
		if e.Kind == Error && f.edges[e] == Taken {
			return true
		}
	}
	return false
}

func constInt(e dsl.Expr) (int, bool) {
	if e.Const() == nil {
		return 0, false
	}
	n, exact := constant.Int64Val(constant.ToInt(e.Const()))
	return int(n), exact
}

func succeeded(items []*execution.Operation) int {
	n := 0
	for _, item := range items {
		if item.State == execution.Succeeded {
			n++
		}
	}
	return n
}

// state tells how an operation stands: a batch whose items have failed may go on all the
// same.
func (f *follower) state(n *Node, op *execution.Operation) execution.State {
	if op.Over() && (n.Kind == Map || n.Kind == Parallel) {
		switch went, failed := f.outcome(n, op); {
		case !went || failed != nil && f.leftByError(n):
			return execution.Failed
		case failed == nil:
			return execution.Succeeded
		}
	}
	return op.State
}

// failures gives the ways out of a node that has failed with an error, and whether one
// of its catches, or of the tries around it, takes that.
func (f *follower) failures(n *Node, name string) (options []option, caught bool) {
	var catches []*dsl.Catch
	contends := f.cases[n]
	switch {
	case contends != nil:
		catches = contends.Catches
	case n.Op != nil:
		catches = n.Op.Base().Catches
	}
	options, rest := f.taken(n, catches, name)
	if !rest {
		return options, true
	}
	if contends != nil && f.takes(contends.Drops, name) {
		return append(options, option{end: ending{jumps, dropped}}), true
	}
	for _, e := range f.from[n.ID] {
		if to := f.graph.Node(e.To); e.Kind == Error && to != nil && to.Kind == Fail && (name == someError && len(to.errors) > 0 || f.takes(to.errors, name)) {
			return append(options, option{edge: e}), false
		}
	}
	for p := n.Parent; p != nil && (p.Kind == Loop || p.Kind == Try); p = p.Parent {
		if s, ok := p.stmt.(*dsl.TryStmt); ok {
			for _, c := range s.Catches {
				caught = caught || c.Types == nil || f.takes(c.Types, name)
			}
		}
	}
	return append(options, option{end: ending{raises, name}}), caught
}

// taken gives the ways to the catches of a node that take an error, and whether others
// may have to.
func (f *follower) taken(n *Node, catches []*dsl.Catch, name string) (options []option, rest bool) {
	for i, c := range catches {
		if c.Types != nil && !f.takes(c.Types, name) && name != someError {
			continue
		}
		for _, e := range f.from[n.ID] {
			if e.Kind == Error && slices.Contains(e.Ways, i) {
				options = append(options, option{edge: e})
			}
		}
		if c.Types == nil || name != someError {
			return options, false
		}
	}
	return options, true
}

// takes reports whether an error of a name is among those of a list, or is unexpected and
// that is.
func (f *follower) takes(list []*dsl.ErrorType, name string) bool {
	return hasType(list, name) || f.bearing[name] && hasType(list, unexpectedError)
}

func hasType(list []*dsl.ErrorType, name string) bool {
	return slices.ContainsFunc(list, func(t *dsl.ErrorType) bool { return t.Name == name })
}

// opened gives the record of the callback that an `await` waits for; nil if there is none.
func (f *follower) opened(a *area, turns []int, await *dsl.AwaitOp) *execution.Operation {
	n := f.handles[await.Handle]
	if n == nil {
		return nil
	}
	scope := scopeOf(n.ID)
	for ; a != nil; a, turns = a.outer, a.turns {
		if loops := len(loopsOf(n)); a.scope == scope && len(turns) >= loops {
			if op := a.ops[spot(n.ID, turns[:loops])]; op != nil {
				return op
			}
		}
	}
	return nil
}

// tryFate is that of a try: the fate of its inside, and what its catches make of it.
func (f *follower) tryFate(a *area, turns []int, n *Node) fate {
	inside := f.course(a, turns, n.Starts[0])
	catches := n.stmt.(*dsl.TryStmt).Catches
	leaves := func(e ending) []option {
		switch e.kind {
		case over:
			return f.flows(n, "")
		case jumps:
			return f.flows(n, e.what)
		case raises:
			options, rest := f.taken(n, catches, e.what)
			if rest {
				options = append(options, option{end: e})
			}
			return options
		}
		return []option{{end: e}}
	}
	out := fate{recorded: inside.records > 0}
	for e := range inside.endings() {
		out.options = addTo(out.options, leaves(e))
	}
	if len(out.options) == 0 {
		return f.lost(n, out.recorded)
	}
	out.mark = func(left func(option) bool, certain bool) {
		inside.mark(func(e ending) bool { return slices.ContainsFunc(leaves(e), left) }, certain)
	}
	return out
}

// addTo adds options that are not there yet.
func addTo(list, more []option) []option {
	for _, o := range more {
		if !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}

// lost is the fate of a frame whose records do not fit its inside.
func (f *follower) lost(n *Node, recorded bool) fate {
	f.misfit = true
	out := fate{recorded: recorded, options: []option{{end: ending{kind: stands}}, {end: ending{raises, someError}}, {end: ending{kind: gives}}}}
	for _, e := range f.from[n.ID] {
		out.options = append(out.options, option{edge: e})
	}
	out.mark = func(func(option) bool, bool) { f.vagueNode(n) }
	return out
}
