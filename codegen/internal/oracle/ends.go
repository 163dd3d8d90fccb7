package oracle

import (
	"strings"
	"time"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// group runs a group, which a timer or an answer may have ended.
func (s *scope) group(op *dsl.GroupOp, n *visualize.Node, clauses clauses, vars env) outcome {
	if clauses.refused != nil {
		return failed(clauses.refused)
	}
	base := op.Base()
	path := s.own(base)
	begin := *s.clock
	end := s.endOf(op, path)
	out := s.contextWith(path, end, wire.SubTypeRunInChildContext, base.Segment, op.Result, func(c *scope) outcome {
		if op.Use.Timeout != nil && !c.dry {
			if id := s.x.idOf(path + "_t"); c.x.records[id] != nil {
				m := c.mode
				c.mode = closed // it need not have ended
				c.reach(path+"_t", wire.TypeWait, wire.SubTypeWait, "")
				c.mode = m
			}
		}
		c.walk = s.walk.inside(n)
		return c.body(op.Body, op.Body.End, vars)
	})
	if end != nil {
		*s.clock = span{begin.lo, begin.lo + 1000*24*time.Hour}
	}
	return out
}

// endOf is what has ended a group before its body was done, as the record tells; nil if
// nothing has.
func (s *scope) endOf(op *dsl.GroupOp, path string) *failure {
	rec := s.x.records[s.x.idOf(path)]
	if op.Until == nil && op.Use.Timeout == nil || rec == nil || rec.Status != wire.StatusFailed || rec.ContextDetails == nil || rec.ContextDetails.Error == nil {
		return nil
	}
	timer := s.x.records[s.x.idOf(path+"_t")]
	ended := func(op *wire.Operation) bool { return op != nil && op.Status == wire.StatusSucceeded }
	switch err := rec.ContextDetails.Error; {
	case err.ErrorType == "Stopped" && op.Until != nil:
		return &failure{typ: "Stopped", why: "answered"}
	case err.ErrorType == "Timeout" && strings.HasPrefix(err.ErrorMessage, "not done within") && ended(timer): // else that of one inside
		return &failure{typ: "Timeout", why: "not done"}
	case err.ErrorType == "UndoFailed" && ended(timer):
		return &failure{typ: "Timeout", why: "not done"}
	}
	return nil
}
