package engine

import (
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// OpenInvoke is an invocation of a function by an execution, which waits for its end.
type OpenInvoke struct {
	ExecutionARN  string
	ExecutionName string
	Function      string // the caller's
	OperationID   string
	ParentID      string
	Name          string // the operation's
	Target        string // the function that is invoked, as the caller names it
}

// InvokePlan tells who stands for a function that is invoked. The zero value: nobody, so
// that the function which is registered by its name is invoked.
type InvokePlan struct {
	// Silent: it never returns.
	Silent bool

	// Answer, if not nil, is what it returns once After has passed since it was invoked: a
	// deadline like any other.
	Answer *CallbackAnswer
	After  time.Duration

	// Invoker, if not nil, is a plain function that is invoked in its place.
	Invoker Invoker
}

// stands tells whether anybody stands for the function.
func (p *InvokePlan) stands() bool { return p.Silent || p.Answer != nil || p.Invoker != nil }

// planInvoke asks who stands for a function.
func (x *execution) planInvoke(c core.Call) InvokePlan {
	if x.e.opts.Invokes == nil {
		return InvokePlan{}
	}
	return x.e.opts.Invokes(OpenInvoke{
		ExecutionARN: x.arn.String(), ExecutionName: x.arn.Name, Function: x.arn.Function,
		OperationID: c.Op, ParentID: c.Parent, Name: c.Name, Target: c.Function,
	})
}

// resolveInvoke finds the target of the chained invoke that an update starts: what stands for
// the function, or the function itself.
func (x *execution) resolveInvoke(u *wire.OperationUpdate) core.Target {
	ref := u.ChainedInvokeOptions.FunctionName
	if t := x.e.checkHome(ref); t.Refusal != nil || t.Failure != nil {
		return t
	}
	if p := x.planInvoke(core.Call{Op: u.Id, Parent: u.ParentId, Name: u.Name, Function: ref}); p.stands() {
		return core.Target{ARN: core.ARN{Version: latest}}
	}
	return x.e.resolveChained(ref)
}

// answerInvoke does what a plan has for a function that was invoked; it tells whether there is one.
func (x *execution) answerInvoke(c core.Call) bool {
	p := x.planInvoke(c)
	switch {
	case p.Answer != nil:
		done := core.ChainedDone{Op: c.Op, Status: wire.StatusSucceeded, Result: p.Answer.Result}
		if p.Answer.Error != nil {
			done.Status, done.Result, done.Error = wire.StatusFailed, nil, p.Answer.Error
		}
		d := newDeadline(func(wire.Time) { x.chainedDone(done) })
		x.mu.Lock()
		x.answers = append(x.answers, d)
		x.mu.Unlock()
		x.e.schedule.set(d, c.At+wire.Time(p.After.Milliseconds()), true)
	case p.Invoker != nil:
		f := &Function{Name: functionRef.FindStringSubmatch(c.Function)[3], Plain: true, Invoker: p.Invoker}
		if err := f.fill(); err != nil {
			panic(err) // it has all that a function needs
		}
		x.callFunction(c, f, core.ARN{Region: x.e.opts.Region, Account: x.e.opts.Account, Function: f.Name, Version: latest})
	}
	return p.stands()
}

// forgetAnswers takes back the answers to functions that nobody waits for any more.
func (x *execution) forgetAnswers() {
	x.mu.Lock()
	answers := x.answers
	x.answers = nil
	x.mu.Unlock()
	for _, d := range answers {
		x.e.schedule.set(d, 0, false)
	}
}
