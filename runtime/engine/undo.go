package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Undo undoes an execution that has ended without its undos: by a stop, its time-out or a failure past
// the workflow. It starts another execution of the same version of the function, which has the
// records of the first and does nothing but run the undos that are open, as those of a batch that was
// given up. Its result tells what was undone, {"undone": ["payment"]}; if an undo fails, so does it, as UndoFailed.
//
// An execution is undone once: further calls give the execution that the first has started. One
// that runs, or has succeeded, is refused with a *wire.APIError. It is not part of Lambda's API.
func (e *Engine) Undo(ctx context.Context, arn string) (*StartOutput, error) {
	x, h, err := e.find(arn)
	if err != nil {
		return nil, err
	}
	if x != nil {
		return nil, refuse("%s still runs: it undoes what it has done if it fails; to undo it now, stop it first", x.arn.Name)
	}
	e.choosing.RLock()
	defer e.choosing.RUnlock()
	for _, name := range undoNames(h) {
		defer e.reserve(h.ARN.Function, name)()
	}
	s, facts, err := e.rebuild(h)
	switch {
	case err != nil:
		return nil, err
	case !s.Status.Closed(): // it has been set aside
		return nil, refuse("%s has not ended", h.ARN.Name)
	}
	name, found, err := e.undoName(h)
	if err != nil {
		return nil, err
	}
	if found != nil {
		return &StartOutput{ARN: found.ARN.String(), Version: found.ARN.Version, Existed: true}, nil
	}
	if s.Status == wire.ExecutionSucceeded {
		if s.Start.Undoes != nil {
			return nil, refuse("%s has undone what was open: nothing is left to undo", h.ARN.Name)
		}
		return nil, refuse("%s has succeeded: nothing of it is open to be undone", h.ARN.Name)
	}
	if s.Status == wire.ExecutionFailed && s.Start.Undoes == nil && ranUndos(facts) {
		return nil, refuse("%s failed in its workflow (%s), which has run its undos then: nothing is open", h.ARN.Name, errorText(s.Error))
	}
	t, err := e.opened(h.ARN)
	if err != nil {
		return nil, err
	}
	start := core.Start{
		ARN: h.ARN, Sync: s.Start.Sync, ExecutionTimeout: t.function.executionSeconds(), RetentionDays: t.function.RetentionDays,
		Trace: s.Start.Trace, TenantID: s.Start.TenantID,
		Undoes: &core.Origin{ARN: arn, Started: s.Began, Reason: endedBy(s), Copied: arn},
	}
	if o := s.Start.Undoes; o != nil {
		start.Undoes.ARN, start.Undoes.Started = o.ARN, o.Started
	}
	start.ARN.ID, start.ARN.Name = core.FormatID(random16()), name
	return e.startCopy(start, facts)
}

// opened is the version of a function that an execution ran on, where it takes new ones.
func (e *Engine) opened(arn core.ARN) (target, error) {
	t := e.resolve(arn.Function, arn.Version)
	if t.err != nil {
		return t, t.err
	}
	return t, t.open()
}

// startCopy starts an execution with the records of another one.
func (e *Engine) startCopy(start core.Start, facts []core.Fact) (*StartOutput, error) {
	e.forget()
	e.schedule.enter()
	defer e.schedule.leave()
	now := e.schedule.now()
	c, err := core.Copy(start, facts, e.childOutcome, &e.limits, now)
	if err != nil {
		return nil, err
	}
	b := e.beginWith(c, start.ARN, facts[0].Payload, now)
	if err := e.commit([]entry{b}); err != nil {
		return nil, err
	}
	b.x.do(nil)
	return &StartOutput{ARN: start.ARN.String(), Version: start.ARN.Version}, nil
}

// childOutcome gives what an execution that another one had started has come to.
func (e *Engine) childOutcome(arn string) (core.ChainedDone, error) {
	x, h, err := e.find(arn)
	switch {
	case x != nil:
		return core.ChainedDone{}, refuse("it has started %s/%s, which still runs: wait for its end, or stop it", x.arn.Function, x.arn.Name)
	case err != nil: // its retention is over
		return core.ChainedDone{Status: wire.StatusStopped, Error: &wire.ErrorObject{ErrorType: "ChainedInvoke.Lost", ErrorMessage: "what became of the execution is no longer known"}}, nil
	}
	s, _, err := e.rebuild(h)
	if err != nil {
		return core.ChainedDone{}, err
	}
	return s.ChainedOutcome(), nil
}

// undoNames are the names that the execution which undoes another one may have: the second where the
// first is too long, or is taken.
func undoNames(h *store.Execution) []string {
	names := []string{h.ARN.Name + "-undo", "undo-" + h.ARN.ID}
	if !executionName.MatchString(names[0]) {
		return names[1:]
	}
	return names
}

// undoName gives the name for the execution that undoes another one, or that execution, if there is
// one.
func (e *Engine) undoName(h *store.Execution) (name string, found *store.Execution, err error) {
	e.choosing.RLock()
	defer e.choosing.RUnlock()
	for _, name := range undoNames(h) {
		x, err := e.store.ByName(h.ARN.Function, name)
		if err != nil || x == nil {
			return name, nil, err
		}
		_, facts, err := e.rebuild(x)
		if err != nil {
			return "", nil, err
		}
		if start := facts[0].Start; start.Undoes != nil && start.Undoes.Copied == h.ARN.String() {
			return name, x, nil
		}
	}
	return "", nil, fmt.Errorf("engine: the names for an execution that undoes %s are taken", h.ARN)
}

// ranUndos tells whether an execution has failed by its workflow, which undoes what it has done, and
// not past it.
func ranUndos(facts []core.Fact) bool {
	last := len(facts) - 1
	if f := &facts[last-1]; f.Kind == wire.EventInvocationCompleted && f.Error != nil {
		return false // it was invoked in vain too often
	}
	failure := facts[last].Error.ErrorType
	return !slices.Contains([]string{"NonDeterministicExecutionError", "ContextMisuse"}, failure) &&
		!strings.HasPrefix(failure, "Execution.") && !strings.HasSuffix(failure, "Exception")
}

// endedBy tells how an execution has ended.
func endedBy(s *core.State) string {
	switch s.Status {
	case wire.ExecutionStopped:
		if text := errorText(s.Error); text != "" {
			return "the execution was stopped (" + text + ")"
		}
		return "the execution was stopped"
	case wire.ExecutionTimedOut:
		return "the execution timed out"
	}
	return "the execution failed (" + errorText(s.Error) + ")"
}
