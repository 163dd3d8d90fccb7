package execution

import (
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// State is how an operation stands.
type State int

const (
	Running   State = iota
	Waiting         // for time or the outside
	Retrying        // failed, and to be tried again
	Succeeded       //
	Failed          // also for want of an answer in time, or with too many items
	Cancelled       // a wait that was given up
)

func (s State) String() string {
	return [...]string{"running", "waiting", "retrying", "succeeded", "failed", "cancelled"}[s]
}

// Operation is a step, a wait, or whatever else has an entry in the record.
type Operation struct {
	ID       string
	Path     string // the names that lead to it, as package opid writes them; of an ID that was hashed without turns and items
	Name     string // as recorded
	SubType  string
	Parent   *Operation // the one around it; nil at the top
	Children []*Operation
	State    State
	Started  time.Time
	Ended    time.Time         // zero while it is open
	Until    time.Time         // when it goes on, or gives up, by itself; zero if it does not
	Attempts []Attempt         // of a step or a poll, as far as the history has them
	Tries    int               // attempts or checks so far
	Error    *wire.ErrorObject // the last failure
	Undoes   *Operation        // the operation that this one undoes, if it is an undo
	Undone   bool              // it has been undone
	// Reason is why a map or parallel has ended, as the service says it; empty for one that
	// has not, or of which only that is known. Winner is the index of the case that has won
	// a select; -1 if there is none.
	Reason string
	Winner int
	// CallbackID is the ID by which a callback is answered, Target the function that is
	// invoked.
	CallbackID, Target string

	last      wire.EventType
	execution *Execution
}

// Attempt is one try of a step, or one check of a poll.
type Attempt struct {
	Started, Ended time.Time
	State          State // Running, Succeeded, Failed; Waiting of a check that said "not yet"
	Error          *wire.ErrorObject
}

// Over reports whether the operation has ended.
func (o *Operation) Over() bool { return o.State >= Succeeded }

// Left reports whether the operation was left behind: it has not ended, but a scope
// around it or the execution has. So it is with what lost in a select.
func (o *Operation) Left() bool { return !o.Over() && !o.Open() }

// Open reports whether the operation is under way.
func (o *Operation) Open() bool {
	return !o.Over() && !o.execution.Ended() && !o.Late()
}

// Late reports whether a scope around the operation has ended: what becomes of it makes no
// difference any more.
func (o *Operation) Late() bool {
	for p := o.Parent; p != nil; p = p.Parent {
		if p.Over() {
			return true
		}
	}
	return false
}

// Folded reports whether an operation is shown as a part of the one around it: the
// callback and the submitter of a wait for a callback, the timer of a scope.
func (o *Operation) Folded() bool {
	return o.Parent != nil && (o.Parent.SubType == wire.SubTypeWaitForCallback || o.segment().Part == opid.Timer)
}

// Shown gives the operation that this one is shown as a part of, or itself.
func (o *Operation) Shown() *Operation {
	if o.Folded() {
		return o.Parent
	}
	return o
}

// What names the kind of the operation: step, poll, wait, callback, invoke or context.
func (o *Operation) What() string {
	kind, _ := cutEnd(o.last)
	switch {
	case o.SubType == wire.SubTypeWaitForCallback:
		return "callback"
	case o.SubType == wire.SubTypeWaitForCondition:
		return "poll"
	case kind == "ChainedInvoke":
		return "invoke"
	}
	return strings.ToLower(kind)
}

// cutEnd splits "StepStarted" into "Step" and "Started".
func cutEnd(t wire.EventType) (kind, what string) {
	for _, what := range []string{"Started", "Succeeded", "Failed", "TimedOut", "Stopped", "Cancelled"} {
		if kind, ok := strings.CutSuffix(string(t), what); ok {
			return kind, what
		}
	}
	return string(t), ""
}

// segment gives the last segment of the path. Of an ID that was hashed that is the name
// alone; a wait without one is the timer of the scope around.
func (o *Operation) segment() opid.Segment {
	if opid.Hashed(o.ID) && o.SubType == wire.SubTypeWait && o.Name == "" && o.Parent != nil {
		return opid.Segment{Name: o.Parent.Name, Part: opid.Timer}
	}
	text := o.Path[strings.LastIndexByte(o.Path, '-')+1:]
	s, ok := opid.ParseSegment(text)
	if !ok || opid.Hashed(o.ID) {
		return opid.Segment{Name: o.Name}
	}
	return s
}

// Item reports whether the operation is an item of a map, or a branch without a name.
func (o *Operation) Item() bool {
	s := o.segment()
	return s.Item() || o.SubType == wire.SubTypeMapIteration
}

// ErrorType names the error with which the operation has failed: one of the language's
// own (see [BuiltinError]), or one of those who made it. It is empty if there is none, or
// it is not known.
func (o *Operation) ErrorType() string {
	name := ""
	if o.Error != nil {
		name = o.Error.ErrorType
	}
	switch o.last {
	case wire.EventCallbackTimedOut:
		if name == "Callback.Heartbeat" {
			return "HeartbeatTimeout"
		}
		return "Timeout"
	case wire.EventChainedInvokeTimedOut:
		return "Timeout"
	case wire.EventChainedInvokeStopped:
		return "Stopped"
	case wire.EventCallbackFailed, wire.EventChainedInvokeFailed: // what others call by our names is theirs
		switch {
		case name == "Sandbox.Timedout":
			return "Timeout"
		case BuiltinError(name):
			return "Unexpected"
		}
	}
	return name
}

// BuiltinError reports whether the language has an error of that name.
func BuiltinError(name string) bool {
	switch name {
	case "Timeout", "HeartbeatTimeout", "Interrupted", "Stopped", "Exhausted", "UndoFailed", "Unexpected":
		return true
	}
	return false
}

// path gives the names that lead to the operation. An ID that is a hash tells nothing;
// its scope and its name do.
func (o *Operation) path() string {
	switch around := o.Parent; {
	case !opid.Hashed(o.ID):
		base, _, calling := opid.Callee(o.ID)
		if calling {
			return base
		}
		return o.ID
	case around == nil:
		return opid.Join("", o.Name, "")
	case o.SubType == wire.SubTypeMapIteration:
		return opid.Join(around.Path, "", opid.Turn(0))
	case o.segment().Part == opid.Timer:
		return around.Path + opid.Timer
	case o.Folded():
		return around.Path + opid.Callback
	default:
		return opid.Join(around.Path, o.Name, "")
	}
}

// apply takes an event of the operation in.
func (o *Operation) apply(e *wire.Event) {
	at := e.EventTimestamp.Go()
	o.last, o.Until = e.EventType, time.Time{}
	if o.SubType == "" {
		o.SubType = e.SubType
	}
	switch kind, what := cutEnd(e.EventType); what {
	case "Started":
		o.State = Running
		switch kind {
		case "Step":
			o.Attempts = append(o.Attempts, Attempt{Started: at})
			o.Tries++
		case "Wait", "Callback", "ChainedInvoke":
			o.State = Waiting
			o.started(e)
		}
	case "Succeeded":
		o.State, o.Until = Succeeded, nextAttempt(e)
		switch {
		case kind == "Step" && !o.Until.IsZero():
			o.State = Waiting
		case kind == "Context":
			if o.Reason, o.Winner = choice(e); o.Reason == "FAILURE_TOLERANCE_EXCEEDED" {
				o.State = Failed // its failure is handed to the scope around
			}
		}
		o.attempted(kind, e)
	case "Failed", "TimedOut", "Stopped":
		o.State, o.Until, o.Error = Failed, nextAttempt(e), ErrorOf(e)
		o.attempted(kind, e)
		if !o.Until.IsZero() {
			o.State = Retrying
		}
	case "Cancelled":
		o.State, o.Error = Cancelled, ErrorOf(e)
	}
	if o.Over() {
		o.Ended = at
	}
	if o.Undoes != nil && o.State == Succeeded {
		o.Undoes.Undone = true
	}
}

// started takes in what the beginning of an operation tells of its end.
func (o *Operation) started(e *wire.Event) {
	if d := e.WaitStartedDetails; d != nil {
		if o.Until = d.ScheduledEndTimestamp.Go(); o.Until.IsZero() {
			o.Until = after(e, d.Duration)
		}
	}
	if d := e.CallbackStartedDetails; d != nil {
		o.CallbackID, o.Until = d.CallbackId, after(e, d.Timeout)
	}
	if d := e.ChainedInvokeStartedDetails; d != nil {
		o.Target = d.FunctionName
	}
}

// attempted ends the attempt that is under way as the operation stands.
func (o *Operation) attempted(kind string, e *wire.Event) {
	if kind != "Step" {
		return
	}
	at := e.EventTimestamp.Go()
	if len(o.Attempts) == 0 {
		o.Attempts = append(o.Attempts, Attempt{Started: at})
	}
	if d := StepEnded(e); d != nil && d.RetryDetails != nil && d.RetryDetails.CurrentAttempt > 0 {
		o.Tries = d.RetryDetails.CurrentAttempt
	}
	a := &o.Attempts[len(o.Attempts)-1]
	a.Ended, a.State, a.Error = at, o.State, ErrorOf(e)
}

// fold lets the operation around show how its callback or submitter stands.
func (o *Operation) fold() {
	outer := o.Parent
	if outer.Over() {
		return
	}
	switch {
	case o.What() == "callback":
		outer.State, outer.Until = o.State, o.Until
		if o.CallbackID != "" {
			outer.CallbackID = o.CallbackID
		}
		if o.Over() {
			outer.State, outer.CallbackID = Running, "" // what it makes of the answer comes with its own end
		}
	case o.State == Failed:
		outer.State, outer.Until = Running, time.Time{} // and so it does with what it makes of this
	case o.State == Retrying:
		outer.State, outer.Until, outer.Error = o.State, o.Until, o.Error
	case outer.State == Retrying && o.State == Succeeded:
		outer.State = Waiting
	}
}
