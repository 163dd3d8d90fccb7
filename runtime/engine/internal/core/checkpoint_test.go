package core

import (
	"fmt"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Each refusal of a checkpoint: what was done before, what is asked for, and
// what the service says.
func TestRefusals(t *testing.T) {
	type us = []wire.OperationUpdate
	step := func(opts ...option) wire.OperationUpdate { return up(stepT, startA, "s", opts...) }
	for _, c := range []struct {
		before us
		update us
		want   string
	}{
		{nil, us{up(execT, succeedA, "x"), up(execT, succeedA, "y")}, "Cannot checkpoint multiple EXECUTION updates."},
		{nil, us{up(execT, succeedA, "x"), step()}, "EXECUTION checkpoint must be the last update."},
		{nil, us{step(), step()}, "Cannot update the same operation twice in a single request."},
		{nil, us{step(), up(stepT, succeedA, "s"), up(stepT, succeedA, "s")}, "Cannot update the same operation twice in a single request."},
		{nil, us{up(stepT, succeedA, "s"), step()}, "Cannot update the same operation twice in a single request."},
		{nil, us{up(waitT, startA, "w", seconds_(1)), up(waitT, cancelA, "w")}, "Cannot update the same operation twice in a single request."},
		{nil, us{up(contextT, startA, "c"), up(stepT, succeedA, "c")}, "Cannot update the same operation twice in a single request."},

		{us{step()}, us{up(contextT, succeedA, "s")}, "Inconsistent operation type."},
		{us{step(subType("Step"))}, us{up(stepT, succeedA, "s", subType("Other"))}, "Inconsistent operation subtype."},
		{us{step(name("one"))}, us{up(stepT, succeedA, "s", name("two"))}, "Inconsistent operation name."},
		{us{up(contextT, startA, "c"), step(parent("c"))}, us{up(stepT, succeedA, "s")}, "Inconsistent parent operation id."},
		{nil, us{step(parent("nobody"))}, "Invalid parent operation id."},
		{us{up(stepT, startA, "p")}, us{step(parent("p"))}, "Invalid parent operation id."},

		{nil, us{up(execT, startA, "x")}, "Invalid EXECUTION action."},
		{nil, us{up(execT, retryA, "x")}, "Invalid EXECUTION action."},
		{nil, us{up(execT, succeedA, "x", failure("E", ""))}, "Cannot provide an Error for SUCCEED action."},
		{nil, us{up(execT, failA, "x", payload("1"))}, "Cannot provide a Payload for FAIL action."},
		{nil, us{up(contextT, retryA, "c")}, "Invalid action for the given operation type."},
		{nil, us{up(contextT, cancelA, "c")}, "Invalid action for the given operation type."},
		{nil, us{up(stepT, cancelA, "s")}, "Invalid action for the given operation type."},
		{nil, us{up(waitT, succeedA, "w")}, "Invalid action for the given operation type."},
		{nil, us{up(callbackT, succeedA, "k")}, "Invalid action for the given operation type."},
		{nil, us{up(callbackT, cancelA, "k")}, "Invalid action for the given operation type."},
		{nil, us{up(chainedT, failA, "i")}, "Invalid action for the given operation type."},
		{nil, us{up(chainedT, cancelA, "i")}, "Invalid action for the given operation type."},

		{us{step()}, us{step()}, "Invalid current STEP state to start."},
		{us{step(), up(stepT, retryA, "s", delay(5))}, us{step()}, "Invalid current STEP state to start."},
		{us{step(), up(stepT, succeedA, "s")}, us{step()}, "Invalid current STEP state to start."},
		{us{step(), up(stepT, succeedA, "s")}, us{up(stepT, succeedA, "s")}, "Invalid current STEP state to close."},
		{us{step(), up(stepT, failA, "s")}, us{up(stepT, failA, "s")}, "Invalid current STEP state to close."},
		{us{step(), up(stepT, retryA, "s", delay(5))}, us{up(stepT, succeedA, "s")}, "Invalid current STEP state to close."},
		{us{step(), up(stepT, retryA, "s", delay(5))}, us{up(stepT, failA, "s")}, "Invalid current STEP state to close."},
		{us{step(), up(stepT, retryA, "s", delay(5))}, us{up(stepT, retryA, "s", delay(5))}, "Invalid current STEP state to re-attempt."},
		{us{step(), up(stepT, succeedA, "s")}, us{up(stepT, retryA, "s", delay(5))}, "Invalid current STEP state to re-attempt."},
		{us{step()}, us{up(stepT, retryA, "s")}, "Invalid StepOptions for the given action."},
		{us{step()}, us{up(stepT, succeedA, "s", delay(5))}, "Invalid StepOptions for the given action."},
		{nil, us{step(delay(1))}, "Invalid StepOptions for the given action."},
		{us{step()}, us{up(stepT, retryA, "s", delay(5), payload("1"), failure("E", ""))}, "Cannot provide both error and payload to RETRY a STEP."},
		{us{step()}, us{up(stepT, succeedA, "s", failure("E", ""))}, "Cannot provide an Error for SUCCEED action."},
		{us{step()}, us{up(stepT, failA, "s", payload("1"))}, "Cannot provide a Payload for FAIL action."},

		{us{up(contextT, startA, "c")}, us{up(contextT, startA, "c")}, "Cannot start a CONTEXT that already exist."},
		{us{up(waitT, startA, "w", seconds_(1))}, us{up(waitT, startA, "w", seconds_(1))}, "Cannot start a WAIT that already exist."},
		{us{up(callbackT, startA, "k")}, us{up(callbackT, startA, "k")}, "Cannot start a CALLBACK that already exist."},
		{us{up(chainedT, startA, "i", function("durable"))}, us{up(chainedT, startA, "i", function("durable"))}, "Cannot start a CHAINED_INVOKE that already exist."},
		{us{up(contextT, startA, "c"), up(contextT, succeedA, "c")}, us{up(contextT, succeedA, "c")}, "Invalid current CONTEXT state to close."},
		{us{up(contextT, startA, "c"), up(contextT, failA, "c")}, us{up(contextT, failA, "c")}, "Invalid current CONTEXT state to close."},
		{us{up(contextT, startA, "c")}, us{up(contextT, succeedA, "c", failure("E", ""))}, "Cannot provide an Error for SUCCEED action."},
		{us{up(contextT, startA, "c")}, us{up(contextT, failA, "c", payload("1"))}, "Cannot provide a Payload for FAIL action."},
		{nil, us{up(waitT, startA, "w")}, "Update for WAIT operation requires WaitOptions."},
		{nil, us{up(chainedT, startA, "i")}, "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions."},
		{nil, us{up(waitT, cancelA, "w")}, "Cannot cancel a WAIT that does not exist or has already completed."},
		{us{up(waitT, startA, "w", seconds_(1))}, us{up(waitT, cancelA, "w"), up(waitT, startA, "w", seconds_(1))}, "Cannot update the same operation twice in a single request."},
		{nil, us{up(chainedT, startA, "i", function("foreign"))}, "Cannot start a CHAINED_INVOKE on a function in another account."},
	} {
		t.Run(c.want, func(t *testing.T) {
			m := newMachine(t)
			m.must(c.before...)
			m.refuse(CodeInvalidParameter, c.want, c.update...)
			// A batch with a bad update has no effect at all.
			m.refuse(CodeInvalidParameter, c.want, append(us{up(stepT, startA, "innocent")}, c.update...)...)
			m.must(up(stepT, startA, "innocent"))
		})
	}
}

func TestCancelledWaitCannotBeCancelled(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(10)))
	m.must(up(waitT, cancelA, "w"))
	m.want("w", wire.StatusCancelled)
	m.refuse(CodeInvalidParameter, "Cannot cancel a WAIT that does not exist or has already completed.", up(waitT, cancelA, "w"))
	m.pass(20)
	m.want("w", wire.StatusCancelled)
	m.wantHistory("ExecutionStarted WaitStarted WaitCancelled")
}

// The model's constraints come first, all of them in one message.
func TestConstraints(t *testing.T) {
	long := strings.Repeat("x", 65)
	one := func(value, member, rule string) string {
		return "1 validation error detected: Value '" + value + "' at '" + member + "' failed to satisfy constraint: Member must " + rule
	}
	idPattern := "satisfy regular expression pattern: [a-zA-Z0-9-_]+"
	for _, c := range []struct {
		update wire.OperationUpdate
		want   string
	}{
		{up(stepT, startA, ""), one("null", "updates.1.member.id", "not be null")},
		{up(stepT, startA, long), one(long, "updates.1.member.id", "have length less than or equal to 64")},
		{up(stepT, startA, "a b"), one("a b", "updates.1.member.id", idPattern)},
		{up(stepT, startA, "s", parent("ä")), one("ä", "updates.1.member.parentId", idPattern)},
		{up(stepT, startA, "s", name("ü")), one("ü", "updates.1.member.name", `satisfy regular expression pattern: [\x20-\x7E]+`)},
		{up(stepT, startA, "s", name(strings.Repeat("n", 257))), one(strings.Repeat("n", 257), "updates.1.member.name", "have length less than or equal to 256")},
		{up(stepT, startA, "s", subType(long[:33])), one(long[:33], "updates.1.member.subType", "have length less than or equal to 32")},
		{up("LOOP", startA, "s"), one("LOOP", "updates.1.member.type", "satisfy enum value set: [EXECUTION, CONTEXT, STEP, WAIT, CALLBACK, CHAINED_INVOKE]")},
		{up(stepT, "GO", "s"), one("GO", "updates.1.member.action", "satisfy enum value set: [START, SUCCEED, FAIL, RETRY, CANCEL]")},
		{up("", startA, "s"), one("null", "updates.1.member.type", "not be null")},
		{up(stepT, "", "s"), one("null", "updates.1.member.action", "not be null")},
		{up(stepT, retryA, "s", delay(0)), one("0", "updates.1.member.stepOptions.nextAttemptDelaySeconds", "have value greater than or equal to 1")},
		{up(stepT, retryA, "s", delay(31_622_401)), one("31622401", "updates.1.member.stepOptions.nextAttemptDelaySeconds", "have value less than or equal to 31622400")},
		{up(waitT, startA, "w", seconds_(0)), one("0", "updates.1.member.waitOptions.waitSeconds", "have value greater than or equal to 1")},
		{up(waitT, startA, "w", seconds_(31_622_401)), one("31622401", "updates.1.member.waitOptions.waitSeconds", "have value less than or equal to 31622400")},
		{up(callbackT, startA, "k", timeouts(-1, 0)), one("-1", "updates.1.member.callbackOptions.timeoutSeconds", "have value greater than or equal to 0")},
		{up(chainedT, startA, "i", function("")), one("null", "updates.1.member.chainedInvokeOptions.functionName", "not be null")},
	} {
		m := newMachine(t)
		m.refuse(CodeValidation, c.want, c.update)
	}

	m := newMachine(t)
	m.refuse(CodeValidation, "2 validation errors detected: "+
		"Value '0' at 'updates.1.member.waitOptions.waitSeconds' failed to satisfy constraint: Member must have value greater than or equal to 1; "+
		"Value 'a b' at 'updates.2.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+",
		up(waitT, startA, "w", seconds_(0)), up(stepT, startA, "a b"))

	// They are looked at before the token.
	m.token = "stale"
	m.refuse(CodeValidation, one("null", "updates.1.member.id", "not be null"), up(stepT, startA, ""))
	m.token = ""
	m.refuse(CodeValidation, one("null", "checkpointToken", "not be null"))
	m.token = "not base64!"
	m.refuse(CodeValidation, one("not base64!", "checkpointToken", "satisfy regular expression pattern: [A-Za-z0-9+/]+={0,2}"))

	// What is just within them.
	m = newMachine(t)
	m.must(up(stepT, startA, long[:64], name(strings.Repeat("~", 256)), subType(long[:32])),
		up(waitT, startA, "w1", seconds_(1)), up(waitT, startA, "w2", seconds_(31_622_400)),
		up(stepT, retryA, "r", delay(31_622_400)))
}

func TestTokens(t *testing.T) {
	m := newMachine(t)
	first := m.token
	m.must(up(stepT, startA, "a"))
	if m.token == first {
		t.Fatal("the token was not replaced")
	}
	current := m.token
	for _, stale := range []string{first, "abcd", encodeToken(m.s.Start.ARN.ID, [16]byte{99}, 1), encodeToken(m.s.Start.ARN.ID, [16]byte{1}, 2)} {
		m.token = stale
		m.refuse(CodeInvalidParameter, "Invalid checkpoint token", up(stepT, startA, "b"))
	}
	m.token = encodeToken(FormatID([16]byte{9}), [16]byte{1}, 1)
	m.refuse(CodeInvalidParameter, "Checkpoint token is not valid for the durable execution ARN", up(stepT, startA, "b"))

	// A refused checkpoint doesn't use up the token, an empty one does.
	m.token = current
	m.must()
	m.token = current
	m.refuse(CodeInvalidParameter, "Invalid checkpoint token")
	m = newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(5)))
	old := m.token
	m.suspend()
	m.token = old
	m.refuse(CodeInvalidParameter, "Invalid checkpoint token")
	m.pass(5)
	m.launch()
	if m.token == old {
		t.Error("an invocation got the token of the one before")
	}
	m.stop(nil)
	m.refuse(CodeInvalidParameter, "Invalid checkpoint token")
}

func TestRepeatedRequestGetsTheSameAnswer(t *testing.T) {
	m := newMachine(t)
	cmd := &Checkpoint{Token: m.token, ClientToken: "once", Updates: []wire.OperationUpdate{up(callbackT, startA, "k")}, Seed: [16]byte{1}}
	c, err := m.s.Checkpoint(cmd, m.now)
	if err != nil {
		t.Fatal(err)
	}
	m.install(c)
	answer := show(c.Output)

	cmd.Seed = [16]byte{2}
	again, err := m.s.Checkpoint(cmd, m.now)
	if err != nil || show(again.Output) != answer || len(again.Facts) != 0 {
		t.Errorf("the repeat gave %s, %v; first %s", show(again), err, answer)
	}
	m.install(again)
	other := *cmd
	other.ClientToken = "twice"
	_, err = m.s.Checkpoint(&other, m.now)
	wantRefusal(t, err, CodeInvalidParameter, "Invalid checkpoint token")

	m.token = c.Output.CheckpointToken
	m.must()
	_, err = m.s.Checkpoint(cmd, m.now)
	wantRefusal(t, err, CodeInvalidParameter, "Invalid checkpoint token")
}

func TestSizeLimits(t *testing.T) {
	limits := DefaultLimits
	limits.Payload, limits.ErrorObject, limits.ChainedInput, limits.AsyncOutput, limits.SyncOutput = 10, 20, 30, 40, 50
	for _, c := range []struct {
		sync   bool
		ok     wire.OperationUpdate
		larger wire.OperationUpdate
		want   string
	}{
		{false, up(stepT, succeedA, "s", payload(strings.Repeat("x", 10))), up(stepT, succeedA, "s2", payload(strings.Repeat("x", 11))), "STEP output payload size must be less than or equal to 10 bytes."},
		{false, up(stepT, retryA, "s", delay(1), payload("äöüäö")), up(stepT, retryA, "s2", delay(1), payload("äöüäöx")), "STEP output payload size must be less than or equal to 10 bytes."},
		{false, up(contextT, succeedA, "c", payload(strings.Repeat("x", 10))), up(contextT, succeedA, "c2", payload(strings.Repeat("x", 11))), "CONTEXT output payload size must be less than or equal to 10 bytes."},
		{false, up(stepT, failA, "s", failure("0123456789", "0123456789")), up(stepT, failA, "s2", failure("0123456789", "0123456789x")), "Error object size must be less than or equal to 20 bytes."},
		{false, up(chainedT, startA, "i", function("durable"), payload(strings.Repeat("x", 30))), up(chainedT, startA, "i2", function("durable"), payload(strings.Repeat("x", 31))), "CHAINED_INVOKE input payload size must be less than or equal to 30 bytes."},
		{false, up(execT, succeedA, "x", payload(strings.Repeat("x", 40))), up(execT, succeedA, "x", payload(strings.Repeat("x", 41))), "Execution output payload size must be less than or equal to 40 bytes."},
		{true, up(execT, succeedA, "x", payload(strings.Repeat("x", 50))), up(execT, succeedA, "x", payload(strings.Repeat("x", 51))), "Execution output payload size must be less than or equal to 50 bytes."},
	} {
		m := startMachine(t, limits, Start{Sync: c.sync})
		m.refuse(CodeInvalidParameter, c.want, c.larger)
		m.must(c.ok)
	}
	m := startMachine(t, limits, Start{})
	_, err := m.s.Stop(&wire.ErrorObject{ErrorMessage: strings.Repeat("x", 21)}, m.now)
	wantRefusal(t, err, CodeInvalidParameter, "Error object size must be less than or equal to 20 bytes.")
	m.stop(&wire.ErrorObject{ErrorMessage: strings.Repeat("x", 20)})
}

func TestOperationQuota(t *testing.T) {
	limits := DefaultLimits
	limits.Operations = 3
	m := startMachine(t, limits, Start{})
	m.must(up(stepT, startA, "a"), up(stepT, startA, "b"), up(stepT, startA, "c"))
	out := m.must(up(stepT, succeedA, "a"), up(stepT, startA, "d", name("the fourth")), up(stepT, startA, "e"))
	if out.CheckpointToken != "" {
		t.Error("an execution over its quota got another token")
	}
	m.want("a", wire.StatusSucceeded)
	if m.s.ops["e"] != nil {
		t.Error("updates after the one that was too many were applied")
	}
	m.refuse(CodeValidation, "1 validation error detected: Value 'null' at 'checkpointToken' failed to satisfy constraint: Member must not be null")
	m.complete(`{"Status":"PENDING"}`)
	if m.s.Status != wire.ExecutionFailed || !strings.Contains(m.s.Error.ErrorMessage, `more than 3 operations: operation "the fourth" (d)`) {
		t.Errorf("ended as %s with %s", m.s.Status, show(m.s.Error))
	}
	m.wantHistory("ExecutionStarted StepStarted StepStarted StepStarted StepSucceeded StepStarted InvocationCompleted ExecutionFailed")
}

func TestStorageQuota(t *testing.T) {
	limits := DefaultLimits
	limits.StorageBytes = 100
	m := startMachine(t, limits, Start{}) // the input has 7 bytes
	m.must(up(stepT, succeedA, "a", payload(strings.Repeat("x", 93))))
	if out := m.must(up(stepT, succeedA, "b", payload("x"))); out.CheckpointToken != "" {
		t.Error("an execution over its quota got another token")
	}
	m.complete(`{"Status":"PENDING"}`)
	if m.s.Status != wire.ExecutionFailed || !strings.Contains(m.s.Error.ErrorMessage, "more than 100 bytes with operation b") {
		t.Errorf("ended as %s with %s", m.s.Status, show(m.s.Error))
	}
}

// The answer holds what the batch touched, and what the service did meanwhile.
func TestAnswer(t *testing.T) {
	m := newMachine(t)
	out := m.must(up(stepT, startA, "s", name("reserve")), up(waitT, startA, "w", seconds_(5)), up(stepT, succeedA, "s", payload(`"ok"`)))
	if got := ids(out.NewExecutionState.Operations); got != "s w" {
		t.Errorf("answered with %s", got)
	}
	if o := out.NewExecutionState.Operations[0]; o.Status != wire.StatusSucceeded || o.Name != "reserve" || *o.StepDetails.Result != `"ok"` || o.StepDetails.Attempt != 1 {
		t.Errorf("the step is %s", show(o))
	}
	if got := ids(m.must().NewExecutionState.Operations); got != "" {
		t.Errorf("an empty checkpoint answered with %s", got)
	}
	m.pass(5)
	if got := ids(m.must(up(stepT, startA, "t")).NewExecutionState.Operations); got != "t w" {
		t.Errorf("after the wait, answered with %s", got)
	}
	// What is handed out is a copy.
	out = m.must(up(stepT, succeedA, "t", payload("1")))
	*out.NewExecutionState.Operations[0].StepDetails = wire.StepDetails{}
	if m.op("t").StepDetails.Attempt != 1 {
		t.Error("the answer leads into the state")
	}
}

// A response that would be too large leaves the rest for the next one.
func TestLargeAnswer(t *testing.T) {
	limits := DefaultLimits
	limits.Envelope = 3000
	m := startMachine(t, limits, Start{})
	var us []wire.OperationUpdate
	for i := range 4 {
		us = append(us, up(callbackT, startA, fmt.Sprintf("k%d", i)))
	}
	m.must(us...)
	for i := range 4 {
		c, err := m.s.SucceedCallback(m.op(fmt.Sprintf("k%d", i)).CallbackDetails.CallbackId, str(strings.Repeat("x", 1000)), m.now)
		if err != nil {
			t.Fatal(err)
		}
		m.install(c)
	}
	first, second := m.must(), m.must()
	if got := ids(first.NewExecutionState.Operations) + " | " + ids(second.NewExecutionState.Operations); got != "k0 k1 k2 | k3" {
		t.Errorf("answers %s", got)
	}
}
