package core

import (
	"strconv"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Change is what a command leads to: facts to store, an answer, and effects.
// Nothing has happened until the facts are stored and Install is called; a
// change may as well be dropped.
type Change struct {
	Facts []Fact

	// Output answers a checkpoint.
	Output *wire.CheckpointOutput

	// Children are executions to start together with this change.
	Children []Child
	// Calls are plain functions to invoke once the facts are stored.
	Calls []Call

	now  wire.Time
	next *State
	own  bool // next.inv is this change's own copy
}

// Child is an execution that a chained invoke starts.
type Child struct {
	Start Start
	Input *string
}

// Call is a plain function that a chained invoke calls. Its answer comes back
// with EndChained.
type Call struct {
	Op       string
	Parent   string
	Name     string
	At       wire.Time // when it began
	Function string    // as it was named
	Version  string    // what that led to
	Input    *string
	InputAt  int // the event that has the input, where that is not at hand; 0: it is
	Trace    string
	TenantID string
}

// begin makes a change that does nothing yet.
func (s *State) begin(now wire.Time) *Change {
	next := *s
	next.overlay = make(map[string]*op, 2)
	return &Change{now: now, next: &next}
}

// Next is the state that the change leads to. It must not be used for commands
// before Install.
func (c *Change) Next() *State { return c.next }

// Install gives the state after the change. The state before it, and other
// changes that began from it, must not be used any more.
func (c *Change) Install() *State {
	n := c.next
	for id, o := range n.overlay {
		n.ops[id] = o
	}
	n.overlay = nil
	n.timers.push(n.newTimers)
	n.newTimers = nil
	if n.Status.Closed() {
		n.timers = timerQueue{}
	}
	return n
}

// add appends a fact and makes it part of the state.
func (c *Change) add(f Fact) {
	f.At = c.now
	switch f.Kind {
	case FactStepReady, FactCallbackHeartbeat, FactExecutionClosing, FactExecutionPausing, FactPauseCancelled, FactCopied:
	default:
		f.Event = c.next.events + 1
	}
	c.Facts = append(c.Facts, f)
	if err := c.next.fold(&c.Facts[len(c.Facts)-1]); err != nil {
		panic("core: " + err.Error()) // a command that should have been refused
	}
	if byService(f.Kind) && c.next.inv != nil {
		inv := c.editInvocation()
		inv.unseen = append(inv.unseen, f.Op)
	}
}

// record adds a fact about an operation that exists.
func (c *Change) record(o *op, f Fact) {
	f.Op, f.Parent, f.Name, f.SubType = o.Id, o.ParentId, o.Name, o.SubType
	c.add(f)
}

// whole adds a fact about the execution as a whole, such as its end.
func (c *Change) whole(f Fact) {
	f.Op, f.Name = c.next.Start.ARN.ID, c.next.Start.ARN.Name
	c.add(f)
}

// editInvocation gives the running invocation as a copy that may be changed.
func (c *Change) editInvocation() *invocation {
	if !c.own {
		inv := *c.next.inv
		inv.unseen = append([]string(nil), inv.unseen...)
		inv.held = append([]ChainedDone(nil), inv.held...)
		c.next.inv = &inv
		c.own = true
	}
	return c.next.inv
}

// seconds shows a duration for a message.
func seconds(n int) string { return strconv.Itoa(n) + " seconds" }

// errorSize is the size of an error as it counts towards limits.
func errorSize(e *wire.ErrorObject) int {
	if e == nil {
		return 0
	}
	n := len(e.ErrorType) + len(e.ErrorMessage) + len(e.ErrorData)
	for _, s := range e.StackTrace {
		n += len(s)
	}
	return n
}
