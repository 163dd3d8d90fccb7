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

// Answer is what the outside does about a callback.
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

// Silence lets the callback time out.
func Silence() Answer { return Answer{kind: silence} }

// Later leaves the answer to the test: see [Run.AwaitCallback]. Time does not skip
// while such a callback is open.
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

// Callback is a callback that was opened.
type Callback struct {
	Name string // its own, or that of the operation that waits for it
	ID   string // with which it is answered
}

// Answer says what the outside does about the callbacks of a name: the first answer
// is for the first one that opens, and so on; the last one for all after it.
func (e *Env) Answer(name string, answers ...Answer) *Env {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers[name] = answers
	return e
}

// AnswerFunc asks handler about every callback of a name.
func (e *Env) AnswerFunc(name string, handler func(Callback) Answer) *Env {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handlers[name] = handler
	return e
}

// plan tells the service what becomes of a callback.
func (e *Env) plan(cb engine.OpenCallback) engine.CallbackPlan {
	e.mu.Lock()
	a, known := e.given[cb.CallbackID]
	handler := e.handlers[cb.Name]
	if !known && handler == nil {
		list := e.answers[cb.Name]
		if i := min(e.counts[cb.Name], len(list)-1); i >= 0 {
			a = list[i]
		}
		e.counts[cb.Name]++
		e.given[cb.CallbackID] = a
	}
	run := e.runs[cb.ExecutionARN]
	e.mu.Unlock()
	if !known && handler != nil {
		a = e.ask(handler, Callback{Name: cb.Name, ID: cb.CallbackID})
		e.mu.Lock()
		e.given[cb.CallbackID] = a
		e.mu.Unlock()
	}
	if run != nil {
		run.opens(Callback{Name: cb.Name, ID: cb.CallbackID})
	}
	plan := engine.CallbackPlan{After: a.after, Heartbeat: a.heartbeat}
	switch a.kind {
	case unset:
		e.giveUp(cb, fmt.Sprintf("callback %q was opened, and the test has no answer for it%s", cb.Name, amongst(cb.Name, e.answered())))
		plan.Silent = true
	case stuck:
		e.giveUp(cb, fmt.Sprintf("the AnswerFunc of callback %q has not returned within %v; what waits for the test is answered Later", cb.Name, handlerPatience))
		plan.Silent = true
	case succeed:
		result, err := e.encode(a.value)
		if err != nil {
			e.t.Errorf("durabletest: the answer to callback %q can't be encoded: %v", cb.Name, err)
		}
		plan.Answer = &engine.CallbackAnswer{Result: &result}
	case fail:
		plan.Answer = &engine.CallbackAnswer{Error: e.errorObject(a.err)}
	case silence:
		plan.Silent = true
	}
	return plan
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

// answered gives the names of the callbacks that the test answers.
func (e *Env) answered() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Concat(slices.Collect(maps.Keys(e.answers)), slices.Collect(maps.Keys(e.handlers)))
}

// giveUp fails the test and ends an execution whose callback nobody will answer.
func (e *Env) giveUp(cb engine.OpenCallback, why string) {
	e.t.Errorf("durabletest: %s", why)
	go e.engine.Stop(context.Background(), cb.ExecutionARN, &wire.ErrorObject{ErrorType: "NoAnswer", ErrorMessage: why})
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
