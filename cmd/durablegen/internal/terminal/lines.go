// Package terminal shows an execution to a person while it goes on, as a list that is
// kept current or as one line for each thing that happens, and asks for answers.
package terminal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Line is something that happened, in a few words.
type Line struct {
	At   time.Duration // since the execution began
	Path string        // of the operation; empty: about the execution
	What string
}

func (l Line) String() string {
	at := "+" + words.Duration(l.At)
	if l.Path == "" {
		return fmt.Sprintf("%-11s %s", at, l.What)
	}
	return fmt.Sprintf("%-11s %-32s %s", at, l.Path, l.What)
}

// LineOf gives the line that tells of an event which the execution has just taken in,
// for an operation or for itself, if it is worth one.
func LineOf(x *execution.Execution, o *execution.Operation, e *wire.Event) (Line, bool) {
	line := Line{At: e.EventTimestamp.Go().Sub(x.Started)}
	if o == nil {
		if cause := execution.ErrorOf(e); e.EventType == wire.EventInvocationCompleted && crashed(cause) {
			line.What = "the function died: " + execution.ErrorText(cause) + "; it is started again"
		}
		return line, line.What != ""
	}
	line.Path, line.What = cleantext.Line(o.Shown().Trail()), cleantext.Line(what(o, e))
	return line, line.What != ""
}

// what says in a few words what has happened; "" if that is not worth a line.
func what(o *execution.Operation, e *wire.Event) string {
	told := e.EventType == wire.EventContextSucceeded && inner(o.SubType) ||
		e.EventType == wire.EventContextFailed && o.SubType == wire.SubTypeWaitForCallback // by what is in it
	if told {
		return ""
	}
	if outer := o.Shown(); outer != o && o.What() != "callback" {
		if outer.Over() || o.State != execution.Retrying && o.State != execution.Failed {
			return ""
		}
		return outer.Note()
	}
	switch o.State {
	case execution.Running:
		return ""
	case execution.Cancelled:
		return "given up"
	case execution.Succeeded:
		switch o.What() {
		case "wait":
			return "time is up"
		case "callback":
			return "answered"
		}
		return "done"
	}
	return o.Note()
}

// inner reports whether a context is a part of an operation that people see.
func inner(subType string) bool {
	return subType == wire.SubTypeMapIteration || subType == wire.SubTypeParallelBranch || subType == wire.SubTypeWaitForCallback
}

// crashed tells an invocation that broke from one that reported the failure of the
// execution.
func crashed(e *wire.ErrorObject) bool {
	return e != nil && (strings.HasPrefix(e.ErrorType, "Runtime.") || strings.HasPrefix(e.ErrorType, "Sandbox."))
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
