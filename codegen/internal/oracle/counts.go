package oracle

import (
	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
)

// count counts something at a node, unless what happens there only would.
func (s *scope) count(n dsl.Node, what cost.What) { s.add(n, what, 1) }

// uncount takes back a count.
func (s *scope) uncount(n dsl.Node, what cost.What) { s.add(n, what, -1) }

func (s *scope) add(n dsl.Node, what cost.What, times int) {
	if s.x.counts != nil && !s.dry && n != nil {
		s.x.counts[cost.Counted{Node: n, What: what}] += times
	}
}

// countItem counts an item or branch that has begun.
func (s *scope) countItem(it *item) {
	if _, ok := it.of.(*dsl.MapOp); ok {
		s.count(it.of, cost.Turned)
		return
	}
	s.count(it.of, cost.Visits)
}

// countOp counts an operation: what is on record of it, and how it has ended.
func (s *scope) countOp(op dsl.Operation, path string, catches []*dsl.Catch, out outcome) {
	recorded := func(path string) bool { return s.x.records[s.x.idOf(path)] != nil }
	if recorded(path) {
		s.count(op, cost.Begun)
		again := path
		switch op.(type) {
		case *dsl.CallbackOp:
			again += "_s"
			if recorded(path + "_c") {
				s.count(op, cost.Opened)
			}
			if recorded(again) {
				s.count(op, cost.Submitted)
			}
		case *dsl.PollOp:
			s.add(op, cost.Checked, s.x.ends[s.x.idOf(path)])
		case *dsl.GroupOp:
			if recorded(path + "_t") {
				s.count(op, cost.Timed)
			}
		default: // has no parts and makes no attempts, or is a step
		}
		s.add(op, cost.Repeated, s.x.ends[s.x.idOf(again)])
	}
	switch {
	case out.kind == halts:
		s.count(op, cost.Halted)
	case out.early:
		s.count(op, cost.Failed)
	case out.kind != fails:
		s.count(op, cost.Succeeded)
	default:
		for _, c := range catches {
			if takes(c, out.failure) {
				return // which counts itself
			}
		}
		s.count(op, cost.Failed)
	}
}

// endsOf counts the attempts of steps behind which another one was to come, and the checks
// of polls.
func endsOf(obs *world.Observation) map[string]int {
	n := map[string]int{}
	for i := range obs.Events {
		e := &obs.Events[i]
		d := execution.StepEnded(e)
		if d != nil && (e.SubType == wire.SubTypeWaitForCondition || d.RetryDetails != nil && d.RetryDetails.NextAttemptDelaySeconds > 0) {
			n[e.Id]++
		}
	}
	return n
}
