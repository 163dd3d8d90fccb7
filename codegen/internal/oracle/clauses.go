package oracle

import (
	"go/constant"
	"time"

	"github.com/durablegen/durablegen/dsl"
)

// clauses are what the clauses of an operation compute, and why it can't begin with that.
type clauses struct {
	values  map[dsl.Expr]any
	refused *failure // nil if it can
}

// clauses evaluates what the clauses of an operation compute.
func (x *interpreter) clauses(op dsl.Operation, vars env) (c clauses, f *failure) {
	c.values = map[dsl.Expr]any{}
	eval := func(e dsl.Expr, refuses func(v any) bool) {
		if e == nil || e.Const() != nil || f != nil {
			return
		}
		var v any
		if v, f = x.eval(e, vars); f == nil {
			c.values[e] = v
			if refuses(v) {
				c.refused = unexpected("a clause computes %v", v)
			}
		}
	}
	schedule := func(s *dsl.Schedule) {
		eval(s.Every, outOfTime)
		eval(s.Backoff, func(v any) bool { n, float := v.(float64); return float && n < 1 || !float && v.(int64) < 1 })
		eval(s.Max, outOfTime)
	}
	for _, r := range op.Base().Use.Retry {
		eval(r.Times, belowOne)
		schedule(&r.Schedule)
	}
	if poll, ok := op.(*dsl.PollOp); ok {
		schedule(&poll.Schedule)
		eval(poll.AtMost, belowOne)
	}
	for _, limit := range [...]*dsl.Clause{op.Base().Use.Timeout, op.Base().Use.Heartbeat} {
		if limit != nil {
			eval(limit.Value, func(v any) bool { return outOfTime(v) && (v.(time.Duration) <= 0 || !attempts(op)) })
		}
	}
	return c, f
}

func belowOne(v any) bool  { return v.(int64) < 1 }
func outOfTime(v any) bool { return v.(time.Duration) <= 0 || v.(time.Duration) > 366*24*time.Hour }

// attempts reports whether the timeout of an operation is that of each of its attempts.
func attempts(op dsl.Operation) bool {
	switch op.(type) {
	case *dsl.StepOp, *dsl.PollOp:
		return true
	default: // it is that of the whole
		return false
	}
}

func (c clauses) duration(e dsl.Expr, otherwise time.Duration) time.Duration {
	switch v, computed := c.values[e]; {
	case e == nil:
		return otherwise
	case computed:
		return v.(time.Duration)
	}
	n, _ := constant.Int64Val(constant.ToInt(e.Const()))
	return time.Duration(n)
}

func (c clauses) number(e dsl.Expr, otherwise float64) float64 {
	if e == nil {
		return otherwise
	}
	switch v := c.values[e].(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	f, _ := constant.Float64Val(constant.ToFloat(e.Const()))
	return f
}
