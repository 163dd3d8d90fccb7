// Package progress shows an execution as it goes on: as a list that is kept
// current in a terminal, or as one line for each thing that happens.
package progress

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// State is how an operation is doing, for its mark and colour.
type State int

const (
	Running State = iota
	Waiting       // for time or the outside
	Retrying
	Succeeded
	Failed
	Dropped // decided without it
)

// Operation is what is known of an operation.
type Operation struct {
	ID      string
	Parent  *Operation // nil at the top
	Name    string     // its last name on the path, with indexes: "printLabel", "labels[2]"
	Kind    wire.OperationType
	SubType string
	State   State
	Attempt int
	Note    string // what it waits for, why it failed
	Started time.Time
	Ended   time.Time

	children []*Operation
}

// Path gives the names that lead to the operation: "parallel/labels/map[2]/printLabel".
func (o *Operation) Path() string {
	switch {
	case o.Parent == nil:
		return o.Name
	case strings.HasPrefix(o.Name, "["): // an item
		return o.Parent.Path() + o.Name
	}
	return o.Parent.Path() + "/" + o.Name
}

// folded reports whether an operation is shown as a part of the one around it: the
// callback and the submitter of a wait-for-callback.
func (o *Operation) folded() bool {
	return o.Parent != nil && o.Parent.SubType == wire.SubTypeWaitForCallback
}

// Shown gives the path of the operation that this one is shown as a part of, or its own.
func (o *Operation) Shown() string {
	if o.folded() {
		return o.Parent.Path()
	}
	return o.Path()
}

// ended reports whether nothing more can come from the operation.
func (o *Operation) ended() bool { return o.State >= Succeeded }

// Model is what is known of an execution from its history.
type Model struct {
	Started time.Time
	Top     []*Operation // in the order in which they began
	byID    map[string]*Operation
}

// NewModel gives the model of an execution of which nothing is known.
func NewModel() *Model { return &Model{byID: map[string]*Operation{}} }

// Count tells how many operations have succeeded, those that are shown as a part
// of others left out.
func (m *Model) Count() int {
	n := 0
	for _, o := range m.byID {
		if o.State == Succeeded && !o.folded() {
			n++
		}
	}
	return n
}

// Line is something that happened, in a few words.
type Line struct {
	At    time.Duration // since the execution began
	Path  string        // of the operation; empty: about the execution
	What  string
	State State
}

func (l Line) String() string {
	at := "+" + words.Duration(l.At)
	if l.Path == "" {
		return fmt.Sprintf("%-11s %s", at, l.What)
	}
	return fmt.Sprintf("%-11s %-32s %s", at, l.Path, l.What)
}

// Apply takes an event in. It gives the line that tells of it, if it is worth one.
func (m *Model) Apply(e *wire.Event) (Line, bool) {
	at := e.EventTimestamp.Go()
	if e.EventType == wire.EventExecutionStarted {
		m.Started = at
		return Line{}, false
	}
	line := Line{At: at.Sub(m.Started)}
	if e.EventType == wire.EventInvocationCompleted {
		if d := e.InvocationCompletedDetails; d != nil && d.Error != nil && d.Error.Payload != nil && crashed(d.Error.Payload) {
			line.What, line.State = "the function died: "+ErrorText(d.Error.Payload)+"; it is started again", Failed
			return line, true
		}
		return Line{}, false
	}
	o := m.Operation(e)
	if o == nil {
		return Line{}, false
	}
	what := o.apply(e, at)
	if told := e.EventType == wire.EventContextSucceeded && inner(e.SubType) ||
		e.EventType == wire.EventContextFailed && e.SubType == wire.SubTypeWaitForCallback; told {
		what = "" // what is in it has told already
	}
	line.Path, line.State = o.Path(), o.State
	if o.folded() {
		line.Path = o.Parent.Path()
		what = o.foldInto(o.Parent, e, what)
	}
	line.What = what
	return line, what != ""
}

// inner reports whether a context is a part of an operation that people see.
func inner(subType string) bool {
	return subType == wire.SubTypeMapIteration || subType == wire.SubTypeParallelBranch || subType == wire.SubTypeWaitForCallback
}

// crashed tells an invocation that broke from one that reported the failure of the
// execution.
func crashed(e *wire.ErrorObject) bool {
	return strings.HasPrefix(e.ErrorType, "Runtime.") || strings.HasPrefix(e.ErrorType, "Sandbox.")
}

// Operation finds the operation of an event, or adds it; nil if the event is about
// the execution.
func (m *Model) Operation(e *wire.Event) *Operation {
	if e.Id == "" || strings.HasPrefix(string(e.EventType), "Execution") {
		return nil
	}
	if o := m.byID[e.Id]; o != nil {
		return o
	}
	o := &Operation{ID: e.Id, Parent: m.byID[e.ParentId], SubType: e.SubType, Started: e.EventTimestamp.Go()}
	o.Name = nameOf(e)
	m.byID[e.Id] = o
	if o.Parent != nil {
		o.Parent.children = append(o.Parent.children, o)
	} else {
		m.Top = append(m.Top, o)
	}
	return o
}

// apply changes the operation and says in a few words what happened; "" if that is
// not worth a line.
func (o *Operation) apply(e *wire.Event, at time.Time) string {
	succeeded := func(what string) string {
		o.State, o.Note, o.Ended = Succeeded, "", at
		return what
	}
	failed := func(how string, err *wire.EventError) string {
		o.State, o.Ended = Failed, at
		o.Note = how
		if err != nil && err.Payload != nil {
			o.Note = how + ": " + ErrorText(err.Payload)
		}
		return o.Note
	}
	switch e.EventType {
	case wire.EventStepStarted:
		o.Kind, o.State, o.Note = wire.TypeStep, Running, ""
		o.Attempt++
	case wire.EventStepSucceeded:
		if d := e.StepSucceededDetails; d != nil && d.RetryDetails != nil && d.RetryDetails.NextAttemptDelaySeconds > 0 {
			o.State = Waiting
			o.Note = fmt.Sprintf("not yet, check %d; again in %s", d.RetryDetails.CurrentAttempt, words.Seconds(d.RetryDetails.NextAttemptDelaySeconds))
			return o.Note
		}
		return succeeded("done")
	case wire.EventStepFailed:
		d := e.StepFailedDetails
		if d == nil {
			return failed("failed", nil)
		}
		if d.RetryDetails != nil && d.RetryDetails.NextAttemptDelaySeconds > 0 {
			o.State = Retrying
			o.Note = fmt.Sprintf("attempt %d failed: %s; again in %s", d.RetryDetails.CurrentAttempt,
				ErrorText(payload(d.Error)), words.Seconds(d.RetryDetails.NextAttemptDelaySeconds))
			return o.Note
		}
		return failed("failed", d.Error)
	case wire.EventWaitStarted:
		o.Kind, o.State = wire.TypeWait, Waiting
		if d := e.WaitStartedDetails; d != nil {
			o.Note = "waits " + words.Seconds(d.Duration)
		}
		return o.Note
	case wire.EventWaitSucceeded:
		return succeeded("time is up")
	case wire.EventWaitCancelled:
		o.State, o.Ended = Dropped, at
		return "given up"
	case wire.EventCallbackStarted:
		o.Kind, o.State, o.Note = wire.TypeCallback, Waiting, "waits for an answer"
		if d := e.CallbackStartedDetails; d != nil && d.Timeout > 0 {
			o.Note += ", at most " + words.Seconds(d.Timeout)
		}
		return o.Note
	case wire.EventCallbackSucceeded:
		return succeeded("answered")
	case wire.EventCallbackFailed:
		return failed("answered with a failure", details(e.CallbackFailedDetails))
	case wire.EventCallbackTimedOut:
		o.State, o.Ended, o.Note = Failed, at, "nobody answered in time"
		return o.Note
	case wire.EventChainedInvokeStarted:
		o.Kind, o.State = wire.TypeChainedInvoke, Waiting
		if d := e.ChainedInvokeStartedDetails; d != nil {
			o.Note = "invokes " + d.FunctionName
		}
		return o.Note
	case wire.EventChainedInvokeSucceeded:
		return succeeded("done")
	case wire.EventChainedInvokeFailed:
		return failed("failed", details(e.ChainedInvokeFailedDetails))
	case wire.EventChainedInvokeTimedOut:
		return failed("ran out of time", details(e.ChainedInvokeTimedOutDetails))
	case wire.EventChainedInvokeStopped:
		return failed("was stopped", details(e.ChainedInvokeStoppedDetails))
	case wire.EventContextStarted:
		o.Kind, o.State = wire.TypeContext, Running
	case wire.EventContextSucceeded:
		if batchFailed(e) {
			return failed("failed", nil)
		}
		return succeeded("done")
	case wire.EventContextFailed:
		return failed("failed", details(e.ContextFailedDetails))
	}
	return ""
}

// batchFailed reports whether a map or parallel was ended by failures: it hands them to
// the scope around, and so it is recorded as succeeded.
func batchFailed(e *wire.Event) bool {
	d := e.ContextSucceededDetails
	if e.SubType != wire.SubTypeMap && e.SubType != wire.SubTypeParallel || d == nil || d.Result == nil || d.Result.Payload == nil {
		return false
	}
	var outcome struct {
		CompletionReason string `json:"completionReason"`
	}
	return json.Unmarshal([]byte(*d.Result.Payload), &outcome) == nil && outcome.CompletionReason == "FAILURE_TOLERANCE_EXCEEDED"
}

// foldInto lets the operation around show what its callback or submitter does, and
// gives the words that are worth a line.
func (o *Operation) foldInto(outer *Operation, e *wire.Event, what string) string {
	if outer.ended() {
		return ""
	}
	switch {
	case o.Kind == wire.TypeCallback:
		outer.State, outer.Note = o.State, o.Note
		if o.State == Succeeded || o.State == Failed {
			outer.State = Running // what it makes of the answer comes with its own end
		}
		return what
	case o.State == Retrying || o.State == Failed:
		outer.State, outer.Note = o.State, "asking: "+o.Note
		return outer.Note
	}
	return ""
}

func details(d *wire.ErrorDetails) *wire.EventError {
	if d == nil {
		return nil
	}
	return d.Error
}

func payload(e *wire.EventError) *wire.ErrorObject {
	if e == nil {
		return nil
	}
	return e.Payload
}

// ErrorText gives type and message of an error in one line.
func ErrorText(e *wire.ErrorObject) string {
	text := ""
	if e != nil {
		text = words.Error(e.ErrorType, e.ErrorMessage, e.ErrorData)
	}
	return cmp.Or(cleantext.Line(text), "for a reason that is not known")
}

// LogText gives what a line that a function wrote says to people: the message of a
// JSON record, else the line itself. level is empty if the line tells none.
func LogText(line string) (text, level string) {
	var record struct {
		Level   string `json:"level"`
		Message string `json:"message"`
		Msg     string `json:"msg"`
	}
	if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &record) == nil {
		if record.Message == "" {
			record.Message = record.Msg
		}
		if record.Message != "" {
			return record.Message, strings.ToUpper(record.Level)
		}
	}
	return line, ""
}
