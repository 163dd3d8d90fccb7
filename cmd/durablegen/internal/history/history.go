// Package history reads the history of an execution for people and diagrams: from a
// service, or from a file that was saved.
package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/progress"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// Parse reads a saved history: the answer of GetDurableExecutionHistory, a list of
// events, or one event a line.
func Parse(text []byte) ([]wire.Event, error) {
	trimmed := strings.TrimSpace(string(text))
	var page struct{ Events []wire.Event }
	var events []wire.Event
	switch {
	case strings.HasPrefix(trimmed, "["):
		if err := json.Unmarshal(text, &events); err != nil {
			return nil, fmt.Errorf("no history: %w", err)
		}
	case json.Unmarshal(text, &page) == nil && page.Events != nil:
		events = page.Events
	default:
		d := json.NewDecoder(strings.NewReader(trimmed))
		for d.More() {
			var e wire.Event
			if err := d.Decode(&e); err != nil {
				return nil, fmt.Errorf("no history: %w", err)
			}
			events = append(events, e)
		}
	}
	if len(events) == 0 || events[0].EventType == "" {
		return nil, errors.New("no history: it has no events of GetDurableExecutionHistory")
	}
	return events, nil
}

// ForDiagram gives events as diagrams need them.
func ForDiagram(events []wire.Event) []visualize.Event {
	out := make([]visualize.Event, len(events))
	for i := range events {
		out[i] = forDiagram(&events[i])
	}
	return out
}

func forDiagram(e *wire.Event) visualize.Event {
	at := e.EventTimestamp.Go()
	v := visualize.Event{Type: string(e.EventType), ID: e.Id, ParentID: e.ParentId, Name: e.Name, SubType: e.SubType, At: at}
	after := func(seconds int) {
		if seconds > 0 {
			v.Until = at.Add(time.Duration(seconds) * time.Second)
		}
	}
	if d := StepEnded(e); d != nil && d.RetryDetails != nil {
		v.Attempt = d.RetryDetails.CurrentAttempt
		after(d.RetryDetails.NextAttemptDelaySeconds)
	}
	if d := e.WaitStartedDetails; d != nil {
		v.Until = d.ScheduledEndTimestamp.Go()
		if v.Until.IsZero() {
			after(d.Duration)
		}
	}
	if d := e.CallbackStartedDetails; d != nil {
		v.CallbackID = d.CallbackId
		after(d.Timeout)
	}
	if d := e.ChainedInvokeStartedDetails; d != nil {
		v.Target = d.FunctionName
	}
	if cause := Error(e); cause != nil {
		v.Error, v.Message = cause.ErrorType, cause.ErrorMessage
	}
	return v
}

// StepEnded gives the details of an event that ends an attempt of a step; nil for
// others.
func StepEnded(e *wire.Event) *wire.StepEndedDetails {
	if e.StepSucceededDetails != nil {
		return e.StepSucceededDetails
	}
	return e.StepFailedDetails
}

// Error gives the error that an event carries; nil if it carries none.
func Error(e *wire.Event) *wire.ErrorObject {
	if d := e.StepFailedDetails; d != nil && d.Error != nil {
		return d.Error.Payload
	}
	if d := e.InvocationCompletedDetails; d != nil && d.Error != nil {
		return d.Error.Payload
	}
	for _, d := range []*wire.ErrorDetails{
		e.ExecutionFailedDetails, e.ExecutionTimedOutDetails, e.ExecutionStoppedDetails, e.ContextFailedDetails, e.WaitCancelledDetails,
		e.CallbackFailedDetails, e.CallbackTimedOutDetails, e.ChainedInvokeFailedDetails, e.ChainedInvokeTimedOutDetails, e.ChainedInvokeStoppedDetails,
	} {
		if d != nil && d.Error != nil && d.Error.Payload != nil {
			return d.Error.Payload
		}
	}
	return nil
}

// Text says in a few words what an event tells beside its type and its operation.
func Text(e *wire.Event) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	payload := func(p *wire.EventPayload) {
		if p != nil && p.Payload != nil {
			add("%s", shortened(*p.Payload))
		}
	}
	switch {
	case e.ExecutionStartedDetails != nil:
		payload(e.ExecutionStartedDetails.Input)
	case e.ExecutionSucceededDetails != nil:
		payload(e.ExecutionSucceededDetails.Result)
	case e.ContextSucceededDetails != nil:
		payload(e.ContextSucceededDetails.Result)
	case e.CallbackSucceededDetails != nil:
		payload(e.CallbackSucceededDetails.Result)
	case e.ChainedInvokeSucceededDetails != nil:
		payload(e.ChainedInvokeSucceededDetails.Result)
	case e.WaitStartedDetails != nil:
		add("%s", words.Seconds(e.WaitStartedDetails.Duration))
	case e.CallbackStartedDetails != nil && e.CallbackStartedDetails.Timeout > 0:
		add("at most %s", words.Seconds(e.CallbackStartedDetails.Timeout))
	case e.ChainedInvokeStartedDetails != nil:
		add("%s", e.ChainedInvokeStartedDetails.FunctionName)
	}
	if d := StepEnded(e); d != nil {
		payload(d.Result)
		if r := d.RetryDetails; r != nil && (r.CurrentAttempt > 1 || r.NextAttemptDelaySeconds > 0) {
			add("attempt %d", r.CurrentAttempt)
		}
		if r := d.RetryDetails; r != nil && r.NextAttemptDelaySeconds > 0 {
			add("again in %s", words.Seconds(r.NextAttemptDelaySeconds))
		}
	}
	if cause := Error(e); cause != nil {
		add("%s", progress.ErrorText(cause))
	}
	return strings.Join(parts, ", ")
}

// shortened gives the beginning of a payload, on one line.
func shortened(payload string) string {
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(payload)) == nil {
		payload = compact.String()
	}
	payload = cleantext.Line(payload)
	if runes := []rune(payload); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return payload
}
