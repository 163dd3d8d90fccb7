package oracle

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// item is one item of a map or branch of a parallel.
type item struct {
	path, name, mark string
	body             func(c *scope) outcome
	result           dsl.Type
	status           string
	out              outcome
	undos            []*undoEntry
	node             *visualize.Node // of a branch
	of               dsl.Node        // the map or branch
}

// batch runs a parallel or map.
func (s *scope) batch(op dsl.Operation, vars env) outcome {
	base := op.Base()
	path := s.own(base)
	n := s.walk.operation(op)
	var items []*item
	var limits dsl.Limits
	settled, subType, itemType := false, wire.SubTypeMap, wire.SubTypeMapIteration
	switch op := op.(type) {
	case *dsl.ParallelOp:
		limits, settled, subType, itemType = op.Limits, op.Settled, wire.SubTypeParallel, wire.SubTypeParallelBranch
		for _, b := range op.Branches {
			items = append(items, &item{path: join(path, b.Name.Text, ""), name: b.Name.Text, mark: b.Name.Text, result: b.Result, of: b, node: s.walk.branchNode(n, b), body: func(c *scope) outcome {
				c.walk = s.walk.branch(n, b)
				if b.Op != nil {
					out := c.one(b.Op, maps.Clone(vars))
					if out.kind == gives {
						c.walk.end(b.End)
					}
					return out
				}
				return c.body(b.Body, b.Body.End, maps.Clone(vars))
			}})
		}
	case *dsl.MapOp:
		limits, settled = op.Limits, op.Settled
		list, f := s.x.eval(op.List, vars)
		if f != nil {
			return outcome{kind: fails, failure: f, early: true}
		}
		for i, elem := range list.([]any) {
			mark := fmt.Sprintf("_i%d", i)
			items = append(items, &item{path: join(path, "", mark), name: fmt.Sprintf("map-item-%d", i), mark: mark, result: op.ItemResult, of: op, body: func(c *scope) outcome {
				inner := maps.Clone(vars)
				inner[op.ItemVar] = elem
				c.walk = s.walk.inside(n)
				return c.body(op.Body, op.Body.End, inner)
			}})
		}
	default: // is no batch
	}
	rule, f := s.rule(limits, settled, len(items), vars)
	if f != nil {
		return outcome{kind: fails, failure: f, early: true}
	}
	if f := rule.check(); f != nil {
		return outcome{kind: fails, failure: f, open: true}
	}
	rec := s.reach(path, wire.TypeContext, subType, base.Segment)
	if rec == nil && !s.dry {
		return outcome{kind: halts}
	}
	ended := rec == nil || rec.Status.Terminal()
	b := s.child(path, s.mode, s.log)
	if ended {
		b.mode = live
	}
	leak := b.runItems(s.walk, items, itemType, rule)
	failing := rule.failing() && !settled
	for _, it := range items {
		if len(it.undos) > 0 {
			b.register(&undoEntry{path: it.path, inner: it.undos})
		}
	}
	if !ended {
		if b.mode == stopped {
			if f := b.undo(); f != nil {
				return outcome{kind: fails, failure: f, open: true}
			}
		}
		return outcome{kind: halts}
	}
	out := outcome{}
	if failing {
		f := b.undo()
		if f == nil {
			f = leak
		}
		if f == nil {
			// The record holds what became of the items, the error among it.
			s.compare(rec, path, &dsl.Outcome{}, outcome{})
			return failed(firstFailure(items))
		}
		out = failed(f)
	} else {
		out.value = valueOf(op, items, rule, settled)
	}
	s.compare(rec, path, &dsl.Outcome{}, out)
	if !failing {
		s.handOver(b)
	}
	return out
}

func firstFailure(items []*item) *failure {
	for _, it := range items {
		if it.status == "FAILED" {
			return it.out.failure
		}
	}
	return unexpected("a batch that failed by nothing")
}

// rule is what decides a batch.
type rule struct {
	settled            bool
	n, ok, bad         int
	max, min, tolerate int64 // -1 if there is none
	percent            float64
}

// refused is a limit below zero.
const refused = -2

// rule evaluates the limits in written order.
func (s *scope) rule(l dsl.Limits, settled bool, n int, vars env) (*rule, *failure) {
	r := &rule{settled: settled, n: n, max: -1, min: -1, tolerate: -1, percent: -1}
	for _, limit := range []struct {
		e    dsl.Expr
		into *int64
	}{{l.Max, &r.max}, {l.Min, &r.min}, {l.Tolerate, &r.tolerate}} {
		if limit.e == nil {
			continue
		}
		v, f := s.x.eval(limit.e, vars)
		if f != nil {
			return nil, f
		}
		switch v := v.(type) {
		case int64:
			*limit.into = v
			if v < 0 {
				*limit.into = refused
			}
		case float64:
			r.percent = v
		}
	}
	if l.Percent && r.percent < 0 {
		r.percent, r.tolerate = float64(r.tolerate), -1
	}
	if settled && l.Min == nil && l.Tolerate == nil {
		r.percent = 100
	}
	return r, nil
}

// check refuses limits that can't be kept.
func (r *rule) check() *failure {
	if r.max == 0 || r.max == refused || r.min == refused || r.min > int64(r.n) || r.tolerate == refused || r.percent == refused || r.percent > 100 {
		return unexpected("a batch of %d with the limits %+v", r.n, *r)
	}
	return nil
}

// exceeded: more have failed than may.
func (r *rule) exceeded() bool {
	if r.min < 0 && r.tolerate < 0 && r.percent < 0 {
		return r.bad > 0
	}
	return r.tolerate >= 0 && int64(r.bad) > r.tolerate || r.percent >= 0 && float64(r.bad)*100 > r.percent*float64(r.n)
}

func (r *rule) all() bool { return r.ok+r.bad == r.n }

// failing: the batch fails.
func (r *rule) failing() bool { return r.exceeded() || r.min >= 0 && int64(r.ok) < r.min }

// decided: nothing more starts.
func (r *rule) decided() bool {
	return r.all() || r.exceeded() || r.min >= 0 && int64(r.ok) >= r.min
}

func (r *rule) reason() string {
	switch {
	case r.exceeded():
		return "FAILURE_TOLERANCE_EXCEEDED"
	case r.all():
		return "ALL_COMPLETED"
	}
	return "MIN_SUCCESSFUL_REACHED"
}

// runItems runs the items of a batch, as far as the record says that they ran, and
// looks whether they may have stopped there. It gives what failed in the undoing of
// an item that was stopped.
func (b *scope) runItems(walk *walker, items []*item, subType string, r *rule) (leak *failure) {
	group := b.log.par()
	begin := *b.clock
	latest, total := begin, begin.hi
	last := ""
	broken := time.Duration(math.MaxInt64) // when the first item fails, at the least
	// What has ended decides how the others were left.
	for _, it := range items {
		it.status = "SUCCEEDED"
		if !b.dry {
			it.status = ""
			if rec := b.x.records[b.x.idOf(it.path)]; rec != nil {
				it.status = string(rec.Status)
			}
			if it.status != "" && last == "" && it != items[0] {
				disagree("%s has started before those above it", it.path)
			}
			last = it.status
		}
		switch it.status {
		case "SUCCEEDED":
			r.ok++
		case "FAILED":
			r.bad++
		}
	}
	if !b.dry && !r.decided() && b.mode == live {
		disagree("%s has ended though it was not decided: %d have succeeded, %d failed, of %d", b.path, r.ok, r.bad, r.n)
	}
	left := stopped
	if b.mode == closed || b.mode == live && r.reason() == "MIN_SUCCESSFUL_REACHED" {
		left = closed
	}
	for _, it := range items {
		if it.status == "" {
			continue
		}
		rec := b.reachItem(it, subType)
		b.countItem(it)
		c := b.child(it.path, live, group.seq())
		at := begin
		c.clock = &at
		switch {
		case it.status == "STARTED":
			c.mode = left
		case r.settled && r.exceeded() && failedUndo(rec):
			c.mode = stopped // it need not have failed by itself
		}
		c.late = b.late || r.settled && r.exceeded() && !b.dry
		out := it.body(c)
		if it.status == "STARTED" && r.settled && b.mode == live && left == stopped && out.kind != halts && !c.begun() && b.x.stepsOnly(it) {
			disagree("%s has come to its end, and does not count", it.path)
		}
		it.out = c.settle(out)
		switch {
		case it.status == "STARTED":
			if it.out.kind == fails && it.out.failure.typ == "UndoFailed" && leak == nil {
				leak = it.out.failure
			}
		case b.dry:
			if it.out.kind == fails {
				r.ok--
				r.bad++
				it.status = "FAILED"
				broken = min(broken, at.lo)
			}
		default:
			b.compare(rec, it.path, it.result, it.out)
			walk.ended(it.node, it.out)
		}
		if it.out.kind != fails && it.status != "STARTED" {
			it.undos = c.undos
		}
		latest.lo, latest.hi = max(latest.lo, at.lo), max(latest.hi, at.hi)
		total += at.hi - begin.hi
	}
	if r.max > 0 {
		latest.hi = total
	}
	switch {
	case b.dry && r.bad > 0:
		latest.lo = broken // the first failure may decide
	case !r.all() || r.min >= 0:
		latest.lo = begin.lo
	}
	*b.clock = latest
	return leak
}

// stepsOnly reports whether nothing in an item may have ended behind its back, after it was
// stopped.
func (x *interpreter) stepsOnly(it *item) bool {
	only := true
	dsl.Inspect(it.of, func(n dsl.Node) bool {
		switch n.(type) {
		case *dsl.WaitOp, *dsl.CallbackOp, *dsl.AwaitOp, *dsl.InvokeOp, *dsl.PollOp, *dsl.CallOp:
			only = false
		}
		return only
	})
	return only
}

// reachItem is reach for an item, of which the record is known to exist.
func (b *scope) reachItem(it *item, subType string) *wire.Operation {
	m := b.mode
	if it.status == "STARTED" {
		b.mode = closed
	}
	defer func() { b.mode = m }()
	return b.reach(it.path, wire.TypeContext, subType, it.name)
}

// valueOf is the value of a batch that has not failed.
func valueOf(op dsl.Operation, items []*item, r *rule, settled bool) any {
	if m, ok := op.(*dsl.MapOp); ok && !settled {
		if m.Result == nil {
			return nil
		}
		list := make([]any, len(items))
		for i, it := range items {
			if it.status == "SUCCEEDED" {
				list[i] = it.out.value
			}
		}
		return list
	}
	out := &record{fields: map[string]any{}}
	started := 0
	var list []any
	for i, it := range items {
		if it.status == "STARTED" {
			started++
		}
		if !settled {
			out.fields[it.name] = nil
			if it.status == "SUCCEEDED" {
				out.fields[it.name] = it.out.value
			}
			continue
		}
		one := &record{fields: map[string]any{"index": int64(i), "name": it.name, "status": it.status, "value": nil, "error": nil}}
		switch it.status {
		case "SUCCEEDED":
			one.fields["value"] = it.out.value
		case "FAILED":
			one.fields["error"] = bound(it.out.failure, nil)
		}
		list = append(list, one)
		out.fields[it.name] = one
	}
	if settled {
		out.fields["items"] = list
		out.fields["reason"] = r.reason()
		out.fields["succeeded"], out.fields["failed"] = int64(r.ok), int64(r.bad)
		begun := r.ok + r.bad + started
		for name, n := range map[string]int{"started": started, "total": begun, "begun": begun, "count": len(items), "notStarted": len(items) - begun} {
			if out.fields[name] == nil { // else it is a branch
				out.fields[name] = int64(n)
			}
		}
	}
	return out
}
