// Package terminal shows an execution to a person while it goes on, as a list that is
// kept current or as one line for each thing that happens, and asks for answers.
package terminal

import (
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
		switch e.EventType {
		case wire.EventExecutionPaused:
			line.What = strings.TrimSuffix("paused, until `durablegen resume`: "+execution.EventText(e), ": ")
		case wire.EventExecutionResumed:
			line.What = strings.TrimSuffix("resumed: "+execution.EventText(e), ": ")
		}
		if cause := execution.ErrorOf(e); e.EventType == wire.EventInvocationCompleted && crashed(cause) {
			line.What = "the function died: " + execution.ErrorText(cause) + "; it is started again"
		}
		return line, line.What != ""
	}
	if o.Late() {
		return line, false
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

// maxFrames is how many lines of a stack are shown.
const maxFrames = 12

// Stack gives where in the Go code a failure comes from, a line for each frame down to
// the runtime that called it; empty if it tells no more than the place in a .flow file.
func Stack(e *wire.ErrorObject) string {
	if e == nil {
		return ""
	}
	var lines []string
	for i, frame := range e.StackTrace {
		switch {
		case i == 0 && strings.Contains(frame, ".flow:"):
			continue
		case strings.HasPrefix(frame, runtimeFrames) || len(lines) == maxFrames:
			return strings.Join(lines, "\n")
		}
		lines = append(lines, "    at "+cleantext.Line(strings.TrimSpace(frame)))
	}
	return strings.Join(lines, "\n")
}

// runtimeFrames is how frames of the runtime begin, which called the user's code.
const runtimeFrames = "github.com/durablegen/durablegen/runtime/durable."
