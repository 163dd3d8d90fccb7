package durabletest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Answer is what the outside does about a callback, or what a function gives that is invoked.
type Answer struct {
	kind      answerKind
	value     any
	err       error
	after     time.Duration
	heartbeat time.Duration // how often; 0: never
}

type answerKind int

const (
	unset answerKind = iota
	succeed
	fail
	silence
	later
	stuck
)

// Succeed answers with a value, encoded as JSON; a json.RawMessage is sent as it
// is, even if it is no JSON.
func Succeed(value any) Answer { return Answer{kind: succeed, value: value} }

// Fail answers with an error. One with a method ErrorType is sent with its type and
// its JSON, any other with the type "Error".
func Fail(err error) Answer { return Answer{kind: fail, err: err} }

// Silence lets the callback time out. A function never returns.
func Silence() Answer { return Answer{kind: silence} }

// Later leaves the answer to the test: see [Run.AwaitCallback]. Time does not skip
// while such a callback is open. It is for callbacks only.
func Later() Answer { return Answer{kind: later} }

// After has the answer come only after some time.
func (a Answer) After(d time.Duration) Answer {
	a.after = d
	return a
}

// Heartbeats has a sign of life come so often until the answer, or the time-out, does.
func (a Answer) Heartbeats(every time.Duration) Answer {
	a.heartbeat = every
	return a
}

// Callback is a callback that was opened, or a function that was invoked.
type Callback struct {
	Name string // its own, or that of the operation that waits for it
	ID   string // with which it is answered; empty for a function
}

// Answer says what the outside does about the callbacks of a name: the first answer
// is for the first one that opens, and so on; the last one for all after it. It is the
// same with the invocations of a function that is no Target and not served: its name is that of
// the operation or, as in [Env.Target], what the workflow names the function.
func (e *Env) Answer(name string, answers ...Answer) *Env {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers[name] = answers
	return e
}

// AnswerFunc asks handler about every callback, or every invocation, of a name.
func (e *Env) AnswerFunc(name string, handler func(Callback) Answer) *Env {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handlers[name] = handler
	return e
}

// plan tells the service what becomes of a callback.
func (e *Env) plan(cb engine.OpenCallback) engine.CallbackPlan {
	a := e.choose(cb.CallbackID, Callback{Name: cb.Name, ID: cb.CallbackID})
	run := e.runOf(cb.ExecutionARN)
	if run != nil {
		run.opens(Callback{Name: cb.Name, ID: cb.CallbackID})
	}
	plan := engine.CallbackPlan{After: a.after, Heartbeat: a.heartbeat}
	switch a.kind {
	case unset:
		e.giveUp(cb.ExecutionARN, fmt.Sprintf("callback %q was opened, and the test has no answer for it%s", cb.Name, amongst(cb.Name, e.answered())))
		plan.Silent = true
	case stuck:
		e.giveUp(cb.ExecutionARN, isStuck("callback", cb.Name))
		plan.Silent = true
	case succeed, fail:
		plan.Answer = e.sent(a, fmt.Sprintf("the answer to callback %q", cb.Name))
	case silence:
		plan.Silent = true
	}
	return plan
}

// planInvoke tells the service what becomes of an invocation of a function, if the test
// has an answer for it.
func (e *Env) planInvoke(in engine.OpenInvoke) engine.InvokePlan {
	name := e.answerOf(in.Name, in.Target)
	if name == "" {
		return engine.InvokePlan{}
	}
	if e.serves(in.Target) {
		if name != in.Target { // that of an operation may be a callback's as well
			return engine.InvokePlan{}
		}
		e.giveUp(in.ExecutionARN, fmt.Sprintf("function %q has an answer, and is a Target or served as well; leave one of them out", in.Target))
		return engine.InvokePlan{Silent: true}
	}
	a := e.choose(in.ExecutionARN+" "+in.OperationID, Callback{Name: name})
	plan := engine.InvokePlan{After: a.after}
	switch a.kind {
	case stuck:
		e.giveUp(in.ExecutionARN, isStuck("function", name))
	case later:
		e.giveUp(in.ExecutionARN, fmt.Sprintf("function %q can't be answered Later: nothing but its return ends it", name))
	case succeed, fail:
		plan.Answer = e.sent(a, fmt.Sprintf("the answer of function %q", name))
		return plan
	}
	plan.Silent = true
	return plan
}

// answerOf gives the name by which the test answers an invocation, that of the operation or of
// the function; empty if it has no answer.
func (e *Env) answerOf(operation, function string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range []string{operation, function} {
		if e.answers[name] != nil || e.handlers[name] != nil {
			return name
		}
	}
	return ""
}

// choose gives the answer to what was asked, the same each time that it is asked for by one key.
func (e *Env) choose(key string, asked Callback) Answer {
	e.mu.Lock()
	a, known := e.given[key]
	handler := e.handlers[asked.Name]
	if !known && handler == nil {
		list := e.answers[asked.Name]
		if i := min(e.counts[asked.Name], len(list)-1); i >= 0 {
			a = list[i]
		}
		e.counts[asked.Name]++
		e.given[key] = a
	}
	e.mu.Unlock()
	if !known && handler != nil {
		a = e.ask(handler, asked)
		e.mu.Lock()
		e.given[key] = a
		e.mu.Unlock()
	}
	return a
}

// sent gives an answer as it is sent.
func (e *Env) sent(a Answer, what string) *engine.CallbackAnswer {
	if a.kind == fail {
		return &engine.CallbackAnswer{Error: e.errorObject(a.err)}
	}
	result, err := e.encode(a.value)
	if err != nil {
		e.t.Errorf("durabletest: %s can't be encoded: %v", what, err)
	}
	return &engine.CallbackAnswer{Result: &result}
}

// isStuck says that an AnswerFunc does not return.
func isStuck(kind, name string) string {
	return fmt.Sprintf("the AnswerFunc of %s %q has not returned within %v; what waits for the test is answered Later", kind, name, handlerPatience)
}

// handlerPatience bounds how long an AnswerFunc may take: the service waits for it.
var handlerPatience = 10 * time.Second

// ask asks an AnswerFunc, which may not hold up the service.
func (e *Env) ask(handler func(Callback) Answer, cb Callback) Answer {
	given := make(chan Answer, 1)
	go func() { given <- handler(cb) }()
	patience := time.NewTimer(handlerPatience)
	defer patience.Stop()
	select {
	case a := <-given:
		return a
	case <-patience.C:
		return Answer{kind: stuck}
	}
}

// answered gives the names of the callbacks and functions that the test answers.
func (e *Env) answered() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Concat(slices.Collect(maps.Keys(e.answers)), slices.Collect(maps.Keys(e.handlers)))
}

// giveUp fails the test and ends an execution that nobody will answer.
func (e *Env) giveUp(execution, why string) {
	e.mu.Lock()
	told := e.told[why]
	e.told[why] = true
	e.mu.Unlock()
	if !told {
		e.t.Errorf("durabletest: %s", why)
	}
	go e.engine.Stop(context.Background(), execution, &wire.ErrorObject{ErrorType: "NoAnswer", ErrorMessage: why})
}

// encode gives a value as the workflow's own JSON has it, in which a nil slice is an
// empty list, or a json.RawMessage as it is.
func (e *Env) encode(value any) (string, error) {
	if raw, ok := value.(json.RawMessage); ok && raw != nil {
		if !utf8.Valid(raw) {
			return "", fmt.Errorf("%q is no text in UTF-8, so no API can carry it", raw)
		}
		return string(raw), nil
	}
	if serdes := e.f.Definition().Serdes; serdes != nil {
		return serdes.Serialize(value, durable.SerdesInfo{})
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// errorObject gives an error as the outside sends it.
func (e *Env) errorObject(err error) *wire.ErrorObject {
	obj := &wire.ErrorObject{ErrorType: "Error", ErrorMessage: err.Error()}
	if d, ok := err.(durable.Declared); ok {
		obj.ErrorType = d.ErrorType()
		data, err := e.encode(d)
		if err != nil {
			e.t.Errorf("durabletest: the data of %s can't be encoded: %v", obj.ErrorType, err)
		}
		obj.ErrorData = data
	}
	return obj
}
