package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// RerunInput says from where on an execution is run again, and as what.
type RerunInput struct {
	From string // the ID of an operation
	Name string // of the new execution; empty: one is made
}

// RerunOutput tells which execution was started, or found.
type RerunOutput struct {
	DurableExecutionArn string
	Existed             bool     // it had been started before, from the same operation under the same name
	Anew                []string // IDs of operations that were under way when the one of From began: these begin anew
}

// Repeat tells which execution another one runs again, and from which operation on.
type Repeat struct {
	ARN  string
	From string // the operation's ID
}

// Rerun starts an execution that runs one which has ended again from an operation on: of the same version
// of the same function, with the same input, and with the records of all that had ended when that
// operation began, in the order of the history. Those have run and do not run again. What was under way at that
// moment beside the operation begins anew; a callback that was open gets a new ID then.
//
// Of $LATEST the code is what it is now, so that a failure can be mended and the rest be run: a workflow
// that does something else before the operation ends as it does whenever it was changed under way.
// An execution that runs, or that undoes another one, is refused with a *wire.APIError, and so is an
// operation that it does not have. It is not part of Lambda's API.
func (e *Engine) Rerun(_ context.Context, arn string, in RerunInput) (*RerunOutput, error) {
	x, h, err := e.find(arn)
	switch {
	case err != nil:
		return nil, err
	case x != nil:
		return nil, refuse("%s still runs: to run it again from an operation on, wait for its end, or stop it", x.arn.Name)
	}
	s, facts, err := e.rebuild(h)
	switch {
	case err != nil:
		return nil, err
	case !s.Status.Closed(): // it has been set aside
		return nil, refuse("%s has not ended", h.ARN.Name)
	case s.Start.Undoes != nil:
		return nil, refuse("%s undoes another execution, which can't be run again from an operation on", h.ARN.Name)
	}
	e.choosing.RLock()
	defer e.choosing.RUnlock()
	t, err := e.opened(h.ARN)
	if err != nil {
		return nil, err
	}
	start := core.Start{
		ARN: h.ARN, Sync: s.Start.Sync, ExecutionTimeout: t.function.executionSeconds(), RetentionDays: t.function.RetentionDays,
		Trace: s.Start.Trace, TenantID: s.Start.TenantID, ClientContext: s.Start.ClientContext,
		Repeats: &core.Repeat{ARN: arn, From: askedFor(facts, in.From)},
	}
	start.ARN.ID, start.ARN.Name = core.FormatID(random16()), in.Name
	if in.Name == "" {
		start.ARN.Name = core.FormatID(random16())
	} else {
		var c core.Constraints
		checkExecutionName(&c, in.Name)
		if err := c.Err(); err != nil {
			return nil, err
		}
		defer e.reserve(h.ARN.Function, in.Name)()
		if found, err := e.repeated(start); found != nil || err != nil {
			return found, err
		}
	}
	e.forget()
	x = e.unborn(start.ARN, facts[0].Payload, e.schedule.now())
	anew, err := x.beginFrom(start, facts)
	if err != nil {
		return nil, err
	}
	x.do(nil)
	return &RerunOutput{DurableExecutionArn: start.ARN.String(), Anew: anew}, nil
}

// beginFrom begins an execution with what another one, whose facts are given, has recorded.
func (x *execution) beginFrom(start core.Start, facts []core.Fact) (anew []string, err error) {
	x.enter()
	defer x.leave()
	cmd := &core.Checkpoint{Seed: random16(), Resolve: x.resolveInvoke}
	c, anew, ok, err := core.CopyUntil(start, facts, start.Repeats.From, cmd, &x.e.limits, x.header.Start)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		of, _ := core.ParseARN(start.Repeats.ARN)
		return nil, refuse("%s has no operation %q", of.Name, start.Repeats.From)
	}
	if err := x.enact(c); err != nil {
		return nil, err
	}
	x.track(slices.DeleteFunc(slices.Clone(c.Facts), func(f core.Fact) bool { return !slices.Contains(anew, f.Op) }))
	return anew, nil
}

// askedFor gives the operation that one is a part of: a callback with what asks for its answer is
// one.
func askedFor(facts []core.Fact, op string) string {
	parents := map[string]string{}
	for i := range facts {
		f := &facts[i]
		if f.SubType == wire.SubTypeWaitForCallback {
			parents[f.Op] = "" // itself
		} else if _, ok := parents[f.Parent]; ok && f.Op == op {
			return f.Parent
		}
	}
	return op
}

// repeated gives the execution that has the name of another one that is to start, if that was
// started for the same.
func (e *Engine) repeated(start core.Start) (*RerunOutput, error) {
	found, err := e.store.ByName(start.ARN.Function, start.ARN.Name)
	if err != nil || found == nil {
		return nil, err
	}
	if now := e.schedule.now(); found.Expires != 0 && found.Expires <= now {
		return nil, e.store.Forget(now)
	}
	s, _, err := e.rebuild(found)
	if err != nil {
		return nil, err
	}
	if o := s.Start.Repeats; o == nil || *o != *start.Repeats {
		return nil, &wire.APIError{Code: core.CodeAlreadyStarted, HTTPStatus: 409, Message: "There is an execution with the name " + start.ARN.Name + " already."}
	}
	return &RerunOutput{DurableExecutionArn: found.ARN.String(), Existed: true}, nil
}

func refuse(format string, args ...any) *wire.APIError {
	return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: fmt.Sprintf(format, args...)}
}
