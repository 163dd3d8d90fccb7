package durabletest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Run is one execution. Where the workflow goes on as a new one, that has a Run of its own:
// see [Run.Next].
type Run struct {
	ARN   string
	env   *Env
	first *Run // of its chain, by which the checkpoints of all are counted
	next  *Run // in which the workflow goes on, guarded by env's lock

	mu          sync.Mutex
	crashes     map[int]crash
	crash       *crashPoint
	checkpoints []update       // what each began with
	updates     map[update]int // how often each has been made
	callbacks   []Callback
	opened      chan struct{} // closed and replaced when a callback opens
	covered     coverage
	looked      bool // see look
	shown       bool // its history has been printed
}

// checkpoint counts a checkpoint, and says whether the process dies at it.
func (r *Run) checkpoint(updates []wire.OperationUpdate) (crash, bool) {
	r = r.first
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.updates == nil {
		r.updates = map[update]int{}
	}
	dies, first := false, update{}
	for i, u := range updates {
		made := update{operation: u.Id, action: u.Action}
		r.updates[made]++
		made.time = r.updates[made]
		if dies = dies || r.crash != nil && r.crash.at == made; i == 0 {
			first = made
		}
	}
	r.checkpoints = append(r.checkpoints, first)
	if dies {
		return r.crash.crash, true
	}
	x, ok := r.crashes[len(r.checkpoints)]
	return x, ok
}

// Checkpoints gives the number of checkpoints so far, those at which the process
// died included, and those of all executions in which the workflow has gone on.
func (r *Run) Checkpoints() int {
	r = r.first
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.checkpoints)
}

// boundaries gives for each checkpoint what it recorded first.
func (r *Run) boundaries() []update {
	r = r.first
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.checkpoints)
}

func (r *Run) opens(cb Callback) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.callbacks, cb) {
		return
	}
	r.callbacks = append(r.callbacks, cb)
	close(r.opened)
	r.opened = make(chan struct{})
}

// Wait waits for the end of the execution, and of those in which the workflow goes on.
func (r *Run) Wait() {
	r.env.t.Helper()
	for next := r; next != nil; next = next.Next() {
	}
}

// Next waits for the end of the execution, and gives the one as which the workflow goes on;
// nil if it does not.
func (r *Run) Next() *Run {
	r.env.t.Helper()
	r.ended()
	r.env.mu.Lock()
	defer r.env.mu.Unlock()
	return r.next
}

// Last gives the execution in which the workflow is, or has ended.
func (r *Run) Last() *Run {
	r.env.mu.Lock()
	defer r.env.mu.Unlock()
	for r.next != nil {
		r = r.next
	}
	return r
}

// ended waits for the end of this one execution.
func (r *Run) ended() {
	r.env.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := r.env.engine.WaitExecution(ctx, r.ARN); err != nil {
		r.env.t.Fatalf("durabletest: waiting for the execution: %v\n%s", err, r.shownOnce())
	}
	r.look()
}

// look tells what is wrong with the test, once the execution has ended: whatever the
// workflow has made of it.
func (r *Run) look() {
	r.env.t.Helper()
	r.mu.Lock()
	looked := r.looked
	r.looked = true
	r.mu.Unlock()
	if looked {
		return
	}
	if r.Last() == r {
		r.first.lookAtCrashes()
	}
	for _, ev := range r.Events() {
		if d := ev.ChainedInvokeStartedDetails; d != nil && !r.env.serves(d.FunctionName) && r.env.answerOf(ev.Name, d.FunctionName) == "" {
			r.env.t.Errorf("durabletest: function %q was invoked, and the test has no Target for it%s", d.FunctionName, amongst(d.FunctionName, r.env.targets))
		}
	}
}

// lookAtCrashes tells of crashes that have not come.
func (r *Run) lookAtCrashes() {
	r.env.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, x := range r.crashes {
		what := "the process was to be killed"
		if x.fault != "" {
			what = "the service was to fail"
		}
		if k > len(r.checkpoints) && !r.env.fewerCheckpoints {
			r.env.t.Errorf("durabletest: "+what+" at checkpoint %d, and the run made %d", k, len(r.checkpoints))
		}
	}
}

// shownOnce is the history, where it has not been printed yet.
func (r *Run) shownOnce() string {
	r.mu.Lock()
	shown := r.shown
	r.shown = true
	r.mu.Unlock()
	if shown {
		return "(its history is above)"
	}
	return r.History()
}

// AwaitCallback waits until a callback of that name has been opened, and gives the
// n-th one, counted from 0.
func (r *Run) AwaitCallback(name string, n int) Callback {
	r.env.t.Helper()
	deadline := time.After(patience)
	for {
		r.mu.Lock()
		found, opened := 0, r.opened
		for _, cb := range r.callbacks {
			if cb.Name == name {
				if found == n {
					r.mu.Unlock()
					return cb
				}
				found++
			}
		}
		r.mu.Unlock()
		select {
		case <-opened:
		case <-deadline:
			r.env.t.Fatalf("durabletest: callback %q was not opened\n%s", name, r.shownOnce())
		}
	}
}

// Succeed answers a callback with a value, as [Succeed] does. It fails, as for anybody who
// answers, once the callback has been answered or has timed out.
func (r *Run) Succeed(cb Callback, value any) error {
	result, err := r.env.encode(value)
	if err != nil {
		return fmt.Errorf("durabletest: the answer can't be encoded: %w", err)
	}
	return r.env.engine.CallbackSucceed(context.Background(), cb.ID, &result)
}

// Fail answers a callback with an error; it fails where [Run.Succeed] does.
func (r *Run) Fail(cb Callback, failure error) error {
	r.env.t.Helper()
	return r.env.engine.CallbackFail(context.Background(), cb.ID, *r.env.errorObject(failure))
}

// Heartbeat tells that somebody still works on a callback; it fails where [Run.Succeed]
// does.
func (r *Run) Heartbeat(cb Callback) error {
	return r.env.engine.CallbackHeartbeat(context.Background(), cb.ID)
}

// Stop stops the execution.
func (r *Run) Stop() {
	r.env.t.Helper()
	_, err := r.env.engine.Stop(context.Background(), r.ARN, nil)
	r.must(err)
}

// Undo undoes the execution, which has ended without its undos: see [engine.Engine.Undo]. It gives
// the execution that did so, which has ended. [Env.CrashAt] is for that one.
func (r *Run) Undo() *Run {
	r.env.t.Helper()
	e := r.env
	e.mu.Lock()
	undo := e.newRun()
	out, err := e.engine.Undo(context.Background(), r.ARN)
	if err == nil {
		undo.ARN = out.ARN
		e.runs[out.ARN] = undo
	}
	e.mu.Unlock()
	r.must(err)
	undo.Wait()
	return undo
}

// Rerun runs the execution, which has ended, again from an operation on, which the ID names: see
// [engine.Engine.Rerun]. It gives the execution that does so, which has ended. [Env.CrashAt] is for that one.
func (r *Run) Rerun(from string) *Run {
	r.env.t.Helper()
	e := r.env
	e.mu.Lock()
	again := e.newRun()
	e.reruns++
	name := fmt.Sprintf("rerun-%d", e.reruns)
	e.coming[name] = again // callbacks open, and it is invoked, before its ARN is told
	e.mu.Unlock()
	out, err := e.engine.Rerun(context.Background(), r.ARN, engine.RerunInput{From: from, Name: name})
	if err == nil {
		again.ARN = out.DurableExecutionArn
	}
	r.must(err)
	again.ended()
	return again
}

// Pause keeps the workflow from being invoked until [Run.Resume]; what it waits for goes on. While it is paused,
// time is not skipped.
func (r *Run) Pause() {
	r.env.t.Helper()
	r.must(r.env.engine.Pause(context.Background(), r.ARN, engine.PauseInput{}))
}

// Resume ends a pause.
func (r *Run) Resume() {
	r.env.t.Helper()
	r.must(r.env.engine.Resume(context.Background(), r.ARN, engine.PauseInput{}))
}

func (r *Run) must(err error) {
	r.env.t.Helper()
	if err != nil {
		r.env.t.Fatalf("durabletest: %v", err)
	}
}

// Execution describes the execution as it is now.
func (r *Run) Execution() *engine.Execution {
	r.env.t.Helper()
	x, err := r.env.engine.Execution(context.Background(), r.ARN, true)
	r.must(err)
	return x
}

// Status gives the status of the execution: of the last one, where the workflow has gone on.
func (r *Run) Status() wire.ExecutionStatus { return r.Last().Execution().Status }

// Error gives the error with which the execution failed, or nil: the last one, where the
// workflow has gone on.
func (r *Run) Error() *wire.ErrorObject { return r.Last().Execution().Error }

// MustSucceed fails the test unless the execution has succeeded, the last one where the
// workflow has gone on, and decodes its result into out, unless that is nil.
func (r *Run) MustSucceed(out any) {
	r.env.t.Helper()
	r = r.Last()
	x := r.Execution()
	if x.Status != wire.ExecutionSucceeded {
		r.env.t.Fatalf("the execution is %s: %s\n%s", x.Status, describeError(x.Error), r.shownOnce())
	}
	if out == nil || x.Result == nil {
		return
	}
	if err := json.Unmarshal([]byte(*x.Result), out); err != nil {
		r.env.t.Fatalf("the result does not decode: %v\n%s", err, *x.Result)
	}
}

// MustFail fails the test unless the execution has failed, the last one where the workflow
// has gone on, with an error of that type, and decodes its data into out, unless that is nil.
func (r *Run) MustFail(errorType string, out any) {
	r.env.t.Helper()
	r = r.Last()
	x := r.Execution()
	if x.Status != wire.ExecutionFailed || x.Error == nil || x.Error.ErrorType != errorType {
		r.env.t.Fatalf("the execution is %s: %s; want FAILED with %s\n%s", x.Status, describeError(x.Error), errorType, r.shownOnce())
	}
	if out == nil || x.Error.ErrorData == "" {
		return
	}
	if err := json.Unmarshal([]byte(x.Error.ErrorData), out); err != nil {
		r.env.t.Fatalf("the error's data does not decode: %v\n%s", err, x.Error.ErrorData)
	}
}

func describeError(e *wire.ErrorObject) string {
	if e == nil {
		return "no error"
	}
	s := e.ErrorType + ": " + e.ErrorMessage
	if len(e.StackTrace) > 0 {
		s += " at " + e.StackTrace[0]
	}
	return s
}

// Events gives the history.
func (r *Run) Events() []wire.Event {
	events, err := r.env.engine.History(context.Background(), r.ARN, engine.HistoryQuery{})
	if err != nil {
		r.env.t.Errorf("durabletest: %v", err)
	}
	return events
}

// Operations gives what the service has recorded of the execution's operations.
func (r *Run) Operations() []wire.Operation {
	ops, err := r.env.engine.Operations(context.Background(), r.ARN)
	if err != nil {
		r.env.t.Errorf("durabletest: %v", err)
	}
	return ops
}

// History shows the events in their order, a line each, without times and tokens.
func (r *Run) History() string {
	var b strings.Builder
	for _, ev := range r.Events() {
		fmt.Fprintf(&b, "%4d  %s\n", ev.EventId, eventSignature(&ev))
	}
	return b.String()
}

// Signature shows, for golden files, what happened without the order of what runs
// concurrently: the events of each operation in one line, the operations by ID.
// Times, tokens and the invocations are left out.
func (r *Run) Signature() string {
	lines := map[string][]string{}
	head := map[string]string{}
	var ids []string
	for _, ev := range r.Events() {
		if ev.EventType == wire.EventInvocationCompleted {
			continue
		}
		key := ev.Id
		if strings.HasPrefix(string(ev.EventType), "Execution") {
			key = ""
		}
		if _, ok := lines[key]; !ok {
			ids = append(ids, key)
			head[key] = key
			if ev.SubType != "" {
				head[key] += " " + ev.SubType
			}
			if ev.Name != "" && ev.Name != key && key != "" {
				head[key] += fmt.Sprintf(" %q", ev.Name)
			}
		}
		lines[key] = append(lines[key], outcomeSignature(&ev))
	}
	slices.Sort(ids)
	var b strings.Builder
	for _, id := range ids {
		name := head[id]
		if id == "" {
			name = "execution"
		}
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(lines[id], ", "))
	}
	return b.String()
}

// eventSignature is an event without times and tokens.
func eventSignature(ev *wire.Event) string {
	parts := []string{outcomeSignature(ev)}
	if ev.Id != "" && !strings.HasPrefix(string(ev.EventType), "Execution") {
		parts = append(parts, ev.Id)
	}
	if ev.SubType != "" {
		parts = append(parts, ev.SubType)
	}
	return strings.Join(parts, "  ")
}

// outcomeSignature is what an event says, without what it is about.
func outcomeSignature(ev *wire.Event) string {
	s := string(ev.EventType)
	// The details differ in type and agree in what matters.
	data, _ := json.Marshal(ev)
	var members map[string]json.RawMessage
	json.Unmarshal(data, &members)
	var d struct {
		Result, Input *wire.EventPayload
		Error         *wire.EventError
		RetryDetails  *wire.RetryDetails
		Duration      int
	}
	json.Unmarshal(members[string(ev.EventType)+"Details"], &d)
	if d.RetryDetails != nil && (d.RetryDetails.CurrentAttempt > 1 || d.RetryDetails.NextAttemptDelaySeconds > 0) {
		s += fmt.Sprintf(" attempt %d", d.RetryDetails.CurrentAttempt)
	}
	if d.Duration > 0 {
		s += fmt.Sprintf(" %ds", d.Duration)
	}
	if d.Input != nil && d.Input.Payload != nil {
		_, own, _ := chain.FromInput(d.Input.Payload)
		s += " " + *own
	}
	if d.Result != nil && d.Result.Payload != nil {
		if _, ok := chain.FromResult(d.Result.Payload); ok {
			s += ", and goes on"
		} else if ev.SubType != wire.SubTypeAgain { // whose result is a name that is never the same
			s += " " + *d.Result.Payload
		}
	}
	if d.Error != nil && d.Error.Payload != nil {
		s += " " + d.Error.Payload.ErrorType
		if d.Error.Payload.ErrorMessage != "" {
			s += fmt.Sprintf(" %q", d.Error.Payload.ErrorMessage)
		}
	}
	return s
}
