package execution

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Label is the name by which the operation is shown: "labels", with its turns
// "charge[2]", of an item "[2]", of an undo "refund (undoes charge)".
func (o *Operation) Label() string {
	s := o.segment()
	turns := ""
	for _, n := range s.Turns {
		turns += fmt.Sprintf("[%d]", n)
	}
	switch {
	case s.Part == opid.Undo && o.Name != "":
		return o.Name + turns + " (undoes " + s.Name + ")"
	case s.Part == opid.Undo:
		return "undo of " + s.Name + turns
	case s.Part == opid.Timer:
		return "timeout of " + s.Name + turns
	case s.Item():
		return turns
	case o.Name != "":
		return o.Name + turns // of which the ID knows nothing after a renaming with was
	}
	return cmp.Or(s.Name+turns, strings.ToLower(o.SubType), o.ID)
}

// Trail is the labels that lead to the operation: "parallel/labels/map[2]/printLabel".
func (o *Operation) Trail() string {
	label := o.Label()
	switch {
	case o.Parent == nil:
		return label
	case strings.HasPrefix(label, "["): // an item
		return o.Parent.Trail() + label
	}
	return o.Parent.Trail() + "/" + label
}

// Note says in a few words what the operation waits for, or why it failed; it is empty
// if there is nothing to say.
func (o *Operation) Note() string {
	if o.SubType == wire.SubTypeWaitForCallback && !o.Over() {
		return o.callbackNote()
	}
	again := func() string {
		since := o.Started
		if n := len(o.Attempts); n > 0 { // a history that was cut may lack them
			since = o.Attempts[n-1].Ended
		}
		return words.Duration(o.Until.Sub(since))
	}
	switch o.State {
	case Waiting:
		switch o.What() {
		case "wait":
			return "waits" + span(" ", o)
		case "callback":
			return "waits for an answer" + span(", at most ", o)
		case "invoke":
			return strings.TrimSpace("invokes " + o.Target)
		default:
			return fmt.Sprintf("not yet, check %d; again in %s", o.Tries, again())
		}
	case Retrying:
		return fmt.Sprintf("attempt %d failed: %s; again in %s", o.Tries, ErrorText(o.Error), again())
	case Failed:
		return o.failure()
	}
	return ""
}

func span(before string, o *Operation) string {
	if o.Until.IsZero() {
		return ""
	}
	return before + words.Duration(o.Until.Sub(o.Started))
}

// failure says how the operation has failed.
func (o *Operation) failure() string {
	how := "failed"
	switch o.last {
	case wire.EventCallbackTimedOut:
		return "nobody answered in time"
	case wire.EventCallbackFailed:
		how = "answered with a failure"
	case wire.EventChainedInvokeTimedOut:
		how = "ran out of time"
	case wire.EventChainedInvokeStopped:
		how = "was stopped"
	}
	if o.Error != nil {
		how += ": " + ErrorText(o.Error)
	}
	return how
}

// callbackNote says how the callback and the submitter of a wait for a callback stand.
func (o *Operation) callbackNote() string {
	note := ""
	for _, part := range o.Children {
		switch {
		case part.What() == "callback":
			note = part.Note()
		case part.State == Retrying || part.State == Failed:
			return "asking: " + part.Note()
		}
	}
	return note
}

// ErrorText gives type and message of an error in one line.
func ErrorText(e *wire.ErrorObject) string {
	text := ""
	if e != nil {
		text = words.Error(e.ErrorType, e.ErrorMessage, e.ErrorData)
	}
	return cmp.Or(cleantext.Line(text), "for a reason that is not known")
}

// EventText says in a few words what an event tells beside its type and its operation.
func EventText(e *wire.Event) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	input, result := Payloads(e)
	switch {
	case e.WaitStartedDetails != nil:
		add("%s", words.Seconds(e.WaitStartedDetails.Duration))
	case e.CallbackStartedDetails != nil && e.CallbackStartedDetails.Timeout > 0:
		add("at most %s", words.Seconds(e.CallbackStartedDetails.Timeout))
	case e.ExecutionPausedDetails != nil:
		if reason := payload(e.ExecutionPausedDetails.Reason); reason != nil {
			add("%s", cleantext.Line(*reason))
		}
		if !e.ExecutionPausedDetails.ExecutionTimeoutPaused {
			add("its timeout runs on")
		}
	case e.ExecutionResumedDetails != nil:
		if reason := payload(e.ExecutionResumedDetails.Reason); reason != nil {
			add("%s", cleantext.Line(*reason))
		}
	case e.ChainedInvokeStartedDetails != nil:
		add("%s", cleantext.Line(e.ChainedInvokeStartedDetails.FunctionName))
	case input != nil:
		add("%s", shortened(*input))
	case result != nil:
		add("%s", shortened(*result))
	}
	if d := StepEnded(e); d != nil {
		if r := d.RetryDetails; r != nil && (r.CurrentAttempt > 1 || r.NextAttemptDelaySeconds > 0) {
			add("attempt %d", r.CurrentAttempt)
		}
		if r := d.RetryDetails; r != nil && r.NextAttemptDelaySeconds > 0 {
			add("again in %s", words.Seconds(r.NextAttemptDelaySeconds))
		}
	}
	if cause := ErrorOf(e); cause != nil {
		add("%s", ErrorText(cause))
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
