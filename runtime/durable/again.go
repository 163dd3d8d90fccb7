package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// AgainSpec describes where a workflow goes on as a new execution; nil is one of which
// nothing is said.
type AgainSpec struct {
	// Generated code sets it: see [StepSpec].
	Pos string
}

// AgainQualifier is the environment variable that names the version or alias of the
// function with which a workflow goes on by [Again]. If it is empty, that is the version
// that the execution itself runs.
const AgainQualifier = "DURABLE_AGAIN_QUALIFIER"

// againRetry has a refused start of a new execution tried again for about a day: what is
// missing may be a permission, which is found out when the workflow has long been alive.
var againRetry = &RetryPolicy{Attempts: 300, Every: 5 * time.Second, Backoff: 2, Max: 5 * time.Minute, Jitter: JitterHalf}

const againName = "again"

// Again ends the execution, and has the workflow go on as a new one of the same function,
// whose input is in. It is for workflows that live longer than an execution may:
//
//	return nothing, durable.Again(ctx, nil, next)
//
// The new execution is started exactly once, as a step, under a name that follows from the
// ARN of this one. What the workflow returns besides is ignored: the execution succeeds
// with a result that names the new one. If the start is refused for a day (with the type
// NotStarted), or in takes more than 1 MiB, Again fails with an [*UnexpectedError].
//
// Only the workflow itself can go on, no scope in it, and nothing may follow. What is
// registered for undo could not be taken back by the new execution, so Again fails if
// something is: see [Context.Commit].
func Again[In any](ctx *Context, spec *AgainSpec, in In) error {
	return ctx.again(orZero(spec), in)
}

func (c *Context) again(spec *AgainSpec, in any) error {
	inv, sc := c.scope.inv, c.scope
	step := &StepSpec{Name: againName, Pos: spec.Pos, Retry: againRetry, Fails: []string{}, subType: wire.SubTypeAgain}
	s := &opSpec{typ: wire.TypeStep, subType: wire.SubTypeAgain, name: againName, segment: againName, pos: spec.Pos}
	inv.mu.Lock()
	registered := len(sc.undos) > 0
	var misused *control
	if sc.parent != nil {
		misused = inv.misuseLocked(s, "only the workflow itself goes on as a new execution, no scope in it")
	}
	inv.mu.Unlock()
	switch {
	case misused != nil:
		return misused
	case registered:
		return c.refuse(s, "something is registered for undo, which the new execution could not take back; commit it first")
	}
	link := chain.After(inv.self)
	input, err := c.againInput(link, in, s)
	if err != nil {
		return err
	}
	run := stepRun{c: c, spec: step}
	c.only = againName + opid.Again // wherever in the workflow it stands
	ended, err := run.begin(againName)
	c.only = ""
	if err != nil {
		return err
	}
	if ended {
		err = run.outcome(nil)
	} else {
		_, err = run.loop(func(ctx context.Context) (produced, error) {
			text := mustJSON(link.To)
			return produced{text: &text}, inv.startAgain(ctx, link, input)
		})
	}
	if err == nil {
		inv.mu.Lock()
		inv.followed = &link
		inv.mu.Unlock()
	}
	return err
}

// againInput gives the input of the new execution.
func (c *Context) againInput(link chain.Link, in any, s *opSpec) (string, error) {
	text, err := c.encodeInput(nil, in, nil, s)
	if err != nil {
		return "", err
	}
	if !json.Valid([]byte(text)) {
		return "", c.refuse(s, "the input is no JSON, which is all that an execution can be started with")
	}
	if text = link.Input(text); len(text) > maxPayload {
		return "", c.refuse(s, "the input is %d bytes; an execution is started with %d at most", len(text), maxPayload)
	}
	return text, nil
}

// startAgain starts the new execution, unless an earlier attempt has.
func (inv *invocation) startAgain(ctx context.Context, link chain.Link, input string) error {
	function, _ := arns.Parse(inv.self)
	if qualifier := os.Getenv(AgainQualifier); qualifier != "" {
		function.Version = qualifier
	}
	err := inv.client.StartNamed(ctx, function.FunctionARN(), link.To, input)
	var api *wire.APIError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &api) && api.Code == codeStarted:
		// By an earlier attempt, with the input that an earlier build gave or on another
		// version: nobody else knows the name.
		return nil
	case classify(err).kind == cutOff:
		return &unsettledError{err}
	}
	return &UnexpectedError{Type: "NotStarted", Message: fmt.Sprintf("%s could not be started as %s: %v", function, link.To, err)}
}

const codeStarted = "DurableExecutionAlreadyStartedException"

// unsettledError is the end of an attempt of which it is not known whether it took effect,
// nor will be before somebody asks once more: that is left to the next invocation.
type unsettledError struct{ error }
