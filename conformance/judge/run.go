package judge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/durablegen/durablegen/internal/otlpsink"
)

// Judge runs requirements against a service.
type Judge struct {
	// Endpoint is the service's URL.
	Endpoint string
	// Client does the requests; nil is [http.DefaultClient]. It must have no
	// time-out shorter than an execution.
	Client *http.Client
	// Poll is the pause between two looks at a running execution; 0 is 200 ms.
	Poll time.Duration
	// Logs gives the log records of an execution. If it is nil, expectations about
	// logs are not checked.
	Logs func(arn string) []LogRecord
	// Spans gives all spans that executions have exported, in the name of Service. If it is
	// nil, requirements that look at spans are not reached.
	Spans   func() []otlpsink.Span
	Service string
}

// Verdict is what came out of a requirement.
type Verdict struct {
	*Requirement
	Missing  bool     // there is no such function
	Problems []string // none: reached

	Sent      string // the input, as it was sent
	ARN       string
	Variables Variables
	Events    []Event
	EndStatus string         // of the execution, before it was stopped
	Output    any            // its result, decoded; nil if it has none
	Failure   map[string]any // its error, if it has one
	Records   []LogRecord    // its log, as far as that was asked for
	Spans     []otlpsink.Span
	Elapsed   time.Duration
}

// Passed reports whether the requirement was reached.
func (v *Verdict) Passed() bool { return !v.Missing && len(v.Problems) == 0 }

// Run starts the function of a requirement and judges what becomes of it.
func (j *Judge) Run(ctx context.Context, r *Requirement) *Verdict {
	start := time.Now()
	run := &running{
		Judge:   j,
		service: service{j.Endpoint, j.Client},
		verdict: &Verdict{Requirement: r, Variables: NewVariables(r.Variables)},
		used:    make([]bool, len(r.Callbacks)),
		touched: map[string]bool{},
		closed:  map[string]bool{},
	}
	if run.service.http == nil {
		run.service.http = http.DefaultClient
	}
	run.run(ctx)
	run.verdict.Elapsed = time.Since(start)
	return run.verdict
}

// running is one run of a requirement.
type running struct {
	*Judge
	service service
	verdict *Verdict

	used    []bool          // callback actions that were done
	touched map[string]bool // callbacks something was done with
	closed  map[string]bool // callbacks that were answered
}

func (run *running) complain(format string, args ...any) {
	run.verdict.Problems = append(run.verdict.Problems, fmt.Sprintf(format, args...))
}

func (run *running) run(ctx context.Context) {
	v := run.verdict
	if v.Unreadable != nil {
		run.complain("%v", v.Unreadable)
		return
	}
	function := "conformance-" + v.ID
	name := "judge-" + v.ID + "-" + randomText(12)
	input := pythonJSON(v.Variables.Fill(v.Input))
	v.Sent = string(input)
	arn, body, err := run.service.invoke(ctx, function, name, input, v.Async)
	if refused := (*apiError)(nil); errors.As(err, &refused) && refused.name == "ResourceNotFoundException" {
		v.Missing = true
		return
	}
	if err != nil {
		run.complain("invoke: %v", err)
		return
	}
	v.ARN = arn
	defer run.stop(ctx)

	if v.Async {
		err = run.follow(ctx)
	} else {
		v.Events, err = run.service.history(ctx, arn)
	}
	if err != nil {
		run.complain("%v", err)
		return
	}
	v.Problems = append(v.Problems, MatchHistory(v.History, v.Events, v.Variables)...)
	v.Problems = append(v.Problems, Sound(v.Sent, v.Events)...)
	if !v.Async && (len(v.Events) == 0 || !v.Events[len(v.Events)-1].terminal()) {
		run.complain("the caller got an answer before the history was complete")
	}
	run.result(ctx, body)
	run.logs(ctx)
	run.telemetry(ctx)
}

// follow looks at the execution until there is nothing left to see, and answers
// its callbacks.
func (run *running) follow(ctx context.Context) error {
	v := run.verdict
	news := time.Now()
	for {
		events, err := run.service.history(ctx, v.ARN)
		if err != nil {
			return err
		}
		if len(events) > len(v.Events) {
			news = time.Now()
		}
		v.Events = events
		if slices.ContainsFunc(events, Event.terminal) {
			return nil
		}
		if v.Status == "" && len(MatchHistory(v.History, events, v.Variables.clone())) == 0 {
			return nil
		}
		if err := run.answer(ctx); err != nil {
			return err
		}
		if quiet := time.Since(news); quiet > v.Patience {
			return fmt.Errorf("no new event for %s after %d events", v.Patience, len(events))
		}
		if err := pause(ctx, run.pollEvery()); err != nil {
			return err
		}
	}
}

func (run *running) pollEvery() time.Duration {
	if run.Poll > 0 {
		return run.Poll
	}
	return 200 * time.Millisecond
}

// answer gives every open callback its next action.
func (run *running) answer(ctx context.Context) error {
	v := run.verdict
	if len(v.Callbacks) == 0 {
		return nil
	}
	events := named(v.Events)
	ended := map[string]bool{}
	for _, e := range events {
		if slices.Contains([]string{"CallbackSucceeded", "CallbackFailed", "CallbackTimedOut"}, e.Type()) {
			ended[e.text("Id")] = true
		}
	}
	for _, e := range events {
		callback, _ := e.details()["CallbackId"].(string)
		if e.Type() != "CallbackStarted" || ended[e.text("Id")] || run.closed[callback] {
			continue
		}
		i, err := run.actionFor(e.text("Name"))
		if err != nil {
			return err
		}
		if i >= 0 && v.Callbacks[i].AfterInvocation && !completedSince(events, e.ID()) {
			continue
		}
		if i < 0 {
			if run.touched[callback] {
				continue
			}
			return fmt.Errorf("there is nothing to answer to callback %q", e.text("Name"))
		}
		action := v.Callbacks[i]
		if err := pause(ctx, action.Delay); err != nil {
			return err
		}
		if err := run.service.answer(ctx, callback, action, v.Variables); err != nil {
			return fmt.Errorf("callback %q, %s: %w", e.text("Name"), action.Operation, err)
		}
		run.used[i] = true
		run.touched[callback] = true
		run.closed[callback] = action.Operation != "heartbeat"
	}
	return nil
}

// completedSince reports whether an invocation has completed after an event.
func completedSince(events []Event, id int) bool {
	return slices.ContainsFunc(events, func(e Event) bool { return e.Type() == "InvocationCompleted" && e.ID() > id })
}

// actionFor finds the first unused action for a callback of a name, -1 for none.
func (run *running) actionFor(name string) (int, error) {
	for i, action := range run.verdict.Callbacks {
		if run.used[i] {
			continue
		}
		if action.Name == "*" {
			return i, nil
		}
		if re := pattern.FindStringSubmatch(action.Name); re != nil {
			found, err := run.verdict.Variables.search(re[1], name)
			if err != nil {
				return -1, err
			}
			if found {
				return i, nil
			}
		} else if run.verdict.Variables.fill(action.Name) == name {
			return i, nil
		}
	}
	return -1, nil
}

// result compares the execution's status and result with what is expected, and
// with what the history and the caller were told.
func (run *running) result(ctx context.Context, body []byte) {
	v := run.verdict
	execution, err := run.service.execution(ctx, v.ARN)
	if err != nil {
		run.complain("get: %v", err)
		return
	}
	v.EndStatus, _ = execution["Status"].(string)
	v.Failure, _ = execution["Error"].(map[string]any)
	text, hasResult := execution["Result"].(string)
	if hasResult {
		if v.Output, err = decode([]byte(text)); err != nil {
			run.complain("result %q: %v", text, err)
			return
		}
	}
	if want := v.Status; want != "" && v.EndStatus != want {
		run.complain("the execution is %s, not %s (%s)", v.EndStatus, want, plain(execution["Error"]))
		return
	}
	if v.EndStatus != "SUCCEEDED" {
		if v.HasError {
			v.Problems = append(v.Problems, MatchError(v.Error, v.Failure, v.Variables)...)
		}
		return
	}
	if v.HasResult {
		if want := v.Variables.Fill(v.Result); !Equal(want, v.Output) {
			run.complain("the result is %s, not %s", quoted(v.Output), quoted(want))
		}
	}
	if string(body) != text && !v.Async {
		run.complain("the caller was given %q, and the result is %q", body, text)
	}
	last := v.Events[len(v.Events)-1]
	told, _ := last.details()["Result"].(map[string]any)
	if payload, _ := told["Payload"].(string); payload != text {
		run.complain("the last event has result %q, and the execution %q", payload, text)
	}
}

// logs compares the log records. They may come a little later than the history.
func (run *running) logs(ctx context.Context) {
	v := run.verdict
	if run.Logs == nil || len(v.Requirement.Logs) == 0 {
		return
	}
	var problems []string
	for range 50 {
		if err := pause(ctx, run.pollEvery()); err != nil {
			problems = []string{err.Error()}
			break
		}
		v.Records = run.Judge.Logs(v.ARN)
		problems = MatchLogs(v.Requirement.Logs, v.Records, v.Variables)
		if len(problems) == 0 {
			break
		}
	}
	v.Problems = append(v.Problems, problems...)
}

// stop ends what still runs.
func (run *running) stop(ctx context.Context) {
	execution, err := run.service.execution(ctx, run.verdict.ARN)
	if err != nil || execution["Status"] != "RUNNING" {
		return
	}
	if err := run.service.stop(ctx, run.verdict.ARN); err != nil {
		run.complain("stop: %v", err)
		return
	}
	if execution, err = run.service.execution(ctx, run.verdict.ARN); err != nil || execution["Status"] != "STOPPED" {
		run.complain("after it was stopped the execution is %v (%v)", execution["Status"], err)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
