package oracle

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// race runs a select.
func (s *scope) race(stmt *dsl.SelectStmt, vars env) outcome {
	base := stmt.Base()
	path := s.own(base)
	n := s.walk.operation(stmt)
	s.walk.visit(n)
	s.count(stmt, cost.Visits)
	rec := s.reach(path, wire.TypeContext, wire.SubTypeRunInChildContext, base.Segment)
	if rec == nil {
		s.count(stmt, cost.Halted)
		return outcome{kind: halts}
	}
	ended := rec.Status.Terminal()
	won := -1
	var would []outcome
	var when []span
	if ended {
		for _, c := range stmt.Cases {
			try := s.child(path, live, &order{})
			try.dry, try.clock = true, &span{s.clock.lo, s.clock.hi}
			out := try.contend(c, vars)
			would, when = append(would, out), append(when, *try.clock)
		}
		won = s.winner(stmt, rec, path, vars, would, when)
		if won == len(stmt.Cases) {
			when = append(when, *s.clock)
		} else if stmt.Else != nil && won >= 0 && !s.x.crashed && when[won].lo > s.clock.hi+5*time.Second {
			disagree("case %d of %s won, which settles after %v at the least; the look was after %v at the most", won, path, when[won].lo, s.clock.hi)
		}
		for i := range would {
			if settles := would[i].kind == gives || would[i].kind == fails; settles && won >= 0 && !s.x.crashed && when[i].hi+5*time.Second < when[won].lo {
				disagree("case %d of %s won, which settles after %v at the least; case %d does after %v", won, path, when[won].lo, i, when[i].hi)
			}
		}
	}
	group := s.log.par()
	var out outcome
	begin := *s.clock
	for i, c := range stmt.Cases {
		m := closed
		if i == won || won == noneLeft {
			m = live
		}
		in := s.child(path, m, group.seq())
		at := begin
		in.clock = &at
		if _, await := c.Op.(*dsl.AwaitOp); m == live || !await && s.x.recorded(in.own(c.Op.Base()), c.Op) {
			in.walk = s.walk.inside(n) // else the case has not been begun
		}
		ran := in.contend(c, vars)
		if i == won {
			out = ran
			*s.clock = at
		}
		if won == noneLeft {
			out = failed(&failure{typ: "Exhausted", why: "no case is left"})
			s.until(at)
		}
	}
	if !ended {
		out = outcome{kind: halts}
	}
	s.countOp(stmt, path, stmt.Catches, out)
	switch {
	case !ended:
		return out
	case out.kind == fails:
		s.walk.ended(n, out)
		return s.catch(n, stmt.Catches, out.failure, vars)
	}
	s.walk.ended(n, out)
	s.walk.leaves(n, visualize.Flow, won, "")
	if won == len(stmt.Cases) {
		return s.block(stmt.Else, vars)
	}
	if v := stmt.Cases[won].Var; v != nil {
		vars[v] = out.value
	}
	s.count(stmt.Cases[won], cost.Visits)
	return s.block(stmt.Cases[won].Body, vars)
}

// noneLeft stands for the winner of a select all of whose cases were dropped.
const noneLeft = -2

// contend runs the operation of a case and gives its value.
func (s *scope) contend(c *dsl.SelectCase, vars env) outcome {
	catches := c.Catches
	if len(c.Drops) > 0 {
		catches = append(slices.Clone(catches), &dsl.Catch{Types: c.Drops, Body: &dsl.Block{}})
	}
	won := outcome{kind: drops}
	out := s.operationWith(c.Op, catches, vars, func(v any) { won = outcome{kind: gives, value: v} })
	if out.kind == goesOn {
		return won
	}
	return out
}

// one runs the operation of a branch and gives its value.
func (s *scope) one(op dsl.Operation, vars env) outcome {
	return s.give(nil, dsl.Value{Op: op}, vars)
}

// winner is the case that the record of a select names, or that may have failed it.
func (s *scope) winner(stmt *dsl.SelectStmt, rec *wire.Operation, path string, vars env, would []outcome, when []span) int {
	if rec.Status == wire.StatusSucceeded {
		var won struct {
			Index int
			Value json.RawMessage
		}
		if json.Unmarshal([]byte(text(rec.ContextDetails.Result)), &won) != nil || won.Index < 0 || won.Index > len(would) || won.Index == len(would) && stmt.Else == nil {
			disagree("%s has the result %s", path, text(rec.ContextDetails.Result))
		}
		if won.Index == len(would) {
			return won.Index
		}
		out := would[won.Index]
		if out.kind != gives {
			disagree("case %d of %s won, and should have ended otherwise: %d %v", won.Index, path, out.kind, out.failure)
		}
		result := stmt.Cases[won.Index].Op.Base().Result
		if got, want := world.Canonical(string(won.Value)), encode(result, out.value); got != want && result != nil {
			disagree("case %d of %s gave %s, and should have given %s", won.Index, path, got, want)
		}
		return won.Index
	}
	if obj := rec.ContextDetails.Error; !slices.ContainsFunc(would, func(o outcome) bool { return o.kind != drops }) && obj != nil && obj.ErrorType == "Exhausted" {
		return noneLeft
	}
	first := -1
	for i, out := range would {
		if out.kind == fails && rec.ContextDetails.Error != nil && sameError(rec.ContextDetails.Error, out.failure) &&
			(first < 0 || when[i].lo < when[first].lo) && s.hasFailed(stmt.Cases[i], path, vars) {
			first = i
		}
	}
	if first < 0 {
		disagree("%s has failed with %+v, as none of its cases does", path, rec.ContextDetails.Error)
	}
	return first
}

// hasFailed reports whether a case has failed by the record, and not only would have, later.
func (s *scope) hasFailed(c *dsl.SelectCase, path string, vars env) bool {
	seen, counts := s.x.seen, s.x.counts
	defer func() { s.x.seen, s.x.counts = seen, counts }()
	s.x.seen, s.x.counts = maps.Clone(seen), nil
	probe := s.child(path, closed, &order{})
	probe.clock = &span{s.clock.lo, s.clock.hi}
	return probe.contend(c, vars).kind == fails
}
