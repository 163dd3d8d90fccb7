package core

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

const epoch wire.Time = 1_767_225_600_000

// machine is an execution in a test. After every change it compares the state
// with the one that the facts alone lead to.
type machine struct {
	t       testing.TB
	s       *State
	now     wire.Time
	facts   []Fact
	limits  Limits
	token   string
	request int
	last    *Change
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	return startMachine(t, DefaultLimits, Start{})
}

func startMachine(t testing.TB, limits Limits, start Start) *machine {
	t.Helper()
	m := &machine{t: t, now: epoch, limits: limits}
	start.ARN = ARN{Region: "us-east-1", Account: "000000000000", Function: "orders", Version: "$LATEST", Name: "order-1", ID: FormatID([16]byte{1, 2, 3})}
	if start.ExecutionTimeout == 0 {
		start.ExecutionTimeout = 1000
	}
	start.RetentionDays = 14
	in := `{"n":1}`
	m.install(Begin(start, &in, &m.limits, m.now))
	m.launch()
	return m
}

func (m *machine) install(c *Change) {
	m.t.Helper()
	if c == nil {
		m.t.Fatal("nothing changed")
	}
	m.last = c
	for _, f := range c.Facts {
		if f.Event != 0 && f.Event != m.events()+1 {
			m.t.Errorf("event %d follows event %d", f.Event, m.events())
		}
		m.facts = append(m.facts, f)
	}
	m.s = c.Install()
	m.check()
}

func (m *machine) events() int {
	for i := len(m.facts) - 1; i >= 0; i-- {
		if n := m.facts[i].Event; n != 0 {
			return n
		}
	}
	return 0
}

func (m *machine) rebuild(facts []Fact) *State {
	m.t.Helper()
	s, err := Rebuild(facts, &m.limits)
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// check compares the state with what is stored of it.
func (m *machine) check() {
	m.t.Helper()
	text, err := json.Marshal(m.facts)
	if err != nil {
		m.t.Fatal(err)
	}
	var facts []Fact
	if err := json.Unmarshal(text, &facts); err != nil {
		m.t.Fatal(err)
	}
	r := m.rebuild(facts)
	show := func(s *State) string {
		b, _ := json.Marshal([]any{
			s.Start, s.Input, s.Status, s.Result, s.Error, s.Began, s.Ended, s.events, s.stored, unique(s.updated),
			s.failures, s.gotOn, s.failure, s.stalls, s.closing != nil, s.timeoutAt, s.tokens, s.Operations(), len(s.order),
		})
		p, _ := s.Paused()
		return string(b) + fmt.Sprint(p.Requested, p.Since, p.TimeoutPaused, deref(p.Reason))
	}
	if a, b := show(m.s), show(r); a != b {
		m.t.Fatalf("state:\n  %s\nrebuilt:\n  %s", a, b)
	}
	if m.s.inv == nil && m.s.Due(m.now) != r.Due(m.now) {
		m.t.Fatalf("an invocation is due: %v, rebuilt %v", m.s.Due(m.now), r.Due(m.now))
	}
	for id, o := range m.s.ops {
		a, b := *o, *r.ops[id]
		a.Operation, b.Operation = wire.Operation{}, wire.Operation{}
		if !reflect.DeepEqual(a, b) {
			m.t.Fatalf("operation %s: %+v, rebuilt %+v", id, a, b)
		}
	}
	if m.s.Status.Closed() {
		return
	}
	due, ok := m.s.NextDeadline()
	rdue, rok := r.NextDeadline()
	if m.s.inv == nil && rdue > m.now && (due != rdue || ok != rok) {
		m.t.Fatalf("next deadline %d %v, rebuilt %d %v", due, ok, rdue, rok)
	}
}

func (m *machine) launch() {
	m.t.Helper()
	if !m.s.Due(m.now) {
		m.t.Fatal("no invocation is due")
	}
	m.request++
	m.install(m.s.Launch(fmt.Sprintf("request-%d", m.request), [16]byte{byte(m.request)}, m.now))
	m.token = m.s.Envelope().CheckpointToken
}

func (m *machine) try(us ...wire.OperationUpdate) (*Change, error) {
	return m.s.Checkpoint(&Checkpoint{Token: m.token, Updates: us, Seed: [16]byte{7}, Resolve: resolve}, m.now)
}

// must makes a checkpoint.
func (m *machine) must(us ...wire.OperationUpdate) *wire.CheckpointOutput {
	m.t.Helper()
	c, err := m.try(us...)
	if err != nil {
		m.t.Fatalf("%s: %v", show(us), err)
	}
	m.install(c)
	m.token = c.Output.CheckpointToken
	return c.Output
}

// refuse makes a checkpoint that must be refused and leave no trace.
func (m *machine) refuse(code, message string, us ...wire.OperationUpdate) {
	m.t.Helper()
	before := show(m.s.Operations())
	_, err := m.try(us...)
	wantRefusal(m.t, err, code, message)
	if after := show(m.s.Operations()); after != before {
		m.t.Errorf("a refused checkpoint left %s, was %s", after, before)
	}
	m.check()
}

// stop ends the execution from outside.
func (m *machine) stop(cause *wire.ErrorObject) {
	m.t.Helper()
	c, err := m.s.Stop(cause, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	m.install(c)
}

func wantRefusal(t testing.TB, err error, code, message string) {
	t.Helper()
	e, ok := err.(*wire.APIError)
	if !ok || e.Code != code || e.Message != message || e.HTTPStatus != 400 {
		t.Errorf("got %v, want %s: %s", err, code, message)
	}
}

// complete ends the invocation with an output.
func (m *machine) complete(output string) {
	m.t.Helper()
	m.install(m.s.Complete(fmt.Sprintf("request-%d", m.request), []byte(output), nil, &retries, m.now))
}

func (m *machine) crash(errorType string) {
	m.t.Helper()
	m.install(m.s.Complete(fmt.Sprintf("request-%d", m.request), nil, &wire.ErrorObject{ErrorType: errorType, ErrorMessage: "crashed"}, &retries, m.now))
}

var retries = Retries{Pauses: []wire.Time{1000, 2000}, Limit: 3}

// suspend ends the invocation with PENDING.
func (m *machine) suspend() {
	m.t.Helper()
	m.complete(`{"Status":"PENDING"}`)
	if m.s.Status.Closed() {
		m.t.Fatalf("suspending closed the execution: %s", show(m.s.Error))
	}
}

// pass lets seconds go by, and everything happen that is due in the end.
func (m *machine) pass(seconds int) {
	m.t.Helper()
	m.now = after(m.now, seconds)
	if c := m.s.Fire(m.now, m.now); c != nil {
		m.install(c)
	}
}

func (m *machine) op(id string) wire.Operation {
	m.t.Helper()
	o := m.s.ops[id]
	if o == nil {
		m.t.Fatalf("there is no operation %s", id)
	}
	return o.Operation
}

func (m *machine) want(id string, status wire.OperationStatus) {
	m.t.Helper()
	if got := m.op(id).Status; got != status {
		m.t.Errorf("%s is %s, want %s", id, got, status)
	}
}

// wantHistory compares the kinds of the events.
func (m *machine) wantHistory(want string) {
	m.t.Helper()
	var got []string
	for i := range m.facts {
		if m.facts[i].Event != 0 {
			got = append(got, string(m.facts[i].Kind))
		}
	}
	if g, w := strings.Join(got, " "), strings.Join(strings.Fields(want), " "); g != w {
		m.t.Errorf("history:\n  %s\nwant:\n  %s", g, w)
	}
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// resolve knows some targets.
func resolve(u *wire.OperationUpdate) Target {
	function := u.ChainedInvokeOptions.FunctionName
	arn := ARN{Region: "us-east-1", Account: "000000000000", Function: function, Version: "$LATEST"}
	switch function {
	case "durable":
		return Target{Durable: true, ARN: arn, ExecutionTimeout: 60, RetentionDays: 1}
	case "plain":
		return Target{ARN: arn}
	case "foreign":
		return Target{Refusal: invalid("Cannot start a CHAINED_INVOKE on a function in another account.")}
	}
	return Target{Failure: &wire.ErrorObject{ErrorType: CodeNotFound, ErrorMessage: "Function not found: " + function}}
}

func str(s string) *string { return &s }

type option func(u *wire.OperationUpdate)

func up(t wire.OperationType, a wire.OperationAction, id string, opts ...option) wire.OperationUpdate {
	u := wire.OperationUpdate{Id: id, Type: t, Action: a}
	for _, o := range opts {
		o(&u)
	}
	return u
}

func payload(s string) option { return func(u *wire.OperationUpdate) { u.Payload = &s } }
func failure(kind, message string) option {
	return func(u *wire.OperationUpdate) { u.Error = &wire.ErrorObject{ErrorType: kind, ErrorMessage: message} }
}
func parent(id string) option { return func(u *wire.OperationUpdate) { u.ParentId = id } }
func name(s string) option    { return func(u *wire.OperationUpdate) { u.Name = s } }
func subType(s string) option { return func(u *wire.OperationUpdate) { u.SubType = s } }
func replayChildren() option {
	return func(u *wire.OperationUpdate) { u.ContextOptions = &wire.ContextOptions{ReplayChildren: true} }
}
func delay(n int) option {
	return func(u *wire.OperationUpdate) { u.StepOptions = &wire.StepOptions{NextAttemptDelaySeconds: n} }
}
func seconds_(n int) option {
	return func(u *wire.OperationUpdate) { u.WaitOptions = &wire.WaitOptions{WaitSeconds: n} }
}
func timeouts(timeout, heartbeat int) option {
	return func(u *wire.OperationUpdate) {
		u.CallbackOptions = &wire.CallbackOptions{TimeoutSeconds: timeout, HeartbeatTimeoutSeconds: heartbeat}
	}
}
func function(s string) option {
	return func(u *wire.OperationUpdate) { u.ChainedInvokeOptions = &wire.ChainedInvokeOptions{FunctionName: s} }
}

const (
	execT, contextT, stepT, waitT, callbackT, chainedT = wire.TypeExecution, wire.TypeContext, wire.TypeStep, wire.TypeWait, wire.TypeCallback, wire.TypeChainedInvoke
	startA, succeedA, failA, retryA, cancelA           = wire.ActionStart, wire.ActionSucceed, wire.ActionFail, wire.ActionRetry, wire.ActionCancel
)

func ids(ops []wire.Operation) string {
	var out []string
	for _, o := range ops {
		out = append(out, o.Id)
	}
	return strings.Join(out, " ")
}
