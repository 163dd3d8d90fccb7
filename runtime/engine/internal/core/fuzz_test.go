package core

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// FuzzCommands makes commands out of bytes, legal and illegal ones, and looks
// after each whether the state is still the one that its facts lead to, whether operations
// that have ended stay as they are, and whether a refusal left no trace.
func FuzzCommands(f *testing.F) {
	f.Add([]byte("abc"))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31})
	for i := range 16 {
		seed := make([]byte, 200)
		x := uint32(i + 1)
		for k := range seed {
			x = x*1664525 + 1013904223
			seed[k] = byte(x >> 24)
		}
		f.Add(seed)
	}
	f.Fuzz(commands)
}

// TestRandomCommands does the same with random bytes.
func TestRandomCommands(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 4))
	for range 60 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		commands(t, data)
	}
}

func commands(t *testing.T, data []byte) {
	if len(data) > 400 {
		return // the check after each command looks at all facts
	}
	limits := DefaultLimits
	limits.Operations, limits.Payload, limits.StorageBytes = 12, 20, 400
	m := startMachine(t, limits, Start{ExecutionTimeout: 500})
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	ended := map[string]string{}
	for len(data) > 0 {
		fuzzCommand(m, next)
		for _, id := range m.s.order {
			o := m.s.ops[id]
			if !o.Status.Terminal() {
				continue
			}
			now := show(o.Operation)
			if before, ok := ended[id]; ok && before != now {
				t.Fatalf("an operation that had ended changed from %s to %s", before, now)
			}
			ended[id] = now
		}
		if m.s.Status.Closed() {
			if last := m.facts[len(m.facts)-1]; last.Op != m.s.Start.ARN.ID {
				t.Fatalf("the last fact of a closed execution is %s", show(last))
			}
		}
		if m.s.inv == nil && !m.s.Status.Closed() && !m.s.Due(m.now) {
			_, timer := m.s.NextDeadline()
			if !timer {
				t.Fatal("nothing will ever happen any more")
			}
		}
	}
}

func fuzzCommand(m *machine, next func() int) {
	id := func() string { return string(rune('a' + next()%8)) }
	switch next() % 9 {
	case 0, 1, 2, 3: // a checkpoint
		if m.s.inv == nil {
			if !m.s.Due(m.now) {
				return
			}
			m.launch()
		}
		var us []wire.OperationUpdate
		for range next() % 4 {
			u := up([]wire.OperationType{execT, contextT, stepT, stepT, waitT, callbackT, chainedT}[next()%7],
				[]wire.OperationAction{startA, succeedA, failA, retryA, cancelA}[next()%5], id())
			if n := next(); n%2 == 0 {
				u.Payload = str(fmt.Sprintf("%0*d", n%24, n))
			} else if n%5 == 0 {
				u.Error = &wire.ErrorObject{ErrorMessage: "e"}
			}
			if n := next(); n%3 == 0 {
				u.ParentId = id()
			}
			if u.Action == retryA {
				u.StepOptions = &wire.StepOptions{NextAttemptDelaySeconds: next() % 20}
			}
			switch u.Type {
			case waitT:
				u.WaitOptions = &wire.WaitOptions{WaitSeconds: next() % 20}
			case callbackT:
				u.CallbackOptions = &wire.CallbackOptions{TimeoutSeconds: next() % 20, HeartbeatTimeoutSeconds: next() % 20}
			case chainedT:
				u.ChainedInvokeOptions = &wire.ChainedInvokeOptions{FunctionName: []string{"durable", "plain", "foreign", "nobody"}[next()%4]}
			}
			us = append(us, u)
		}
		before := show(m.s.Operations())
		c, err := m.try(us...)
		if err != nil {
			if after := show(m.s.Operations()); after != before {
				m.t.Fatalf("a refused checkpoint left %s, was %s", after, before)
			}
			return
		}
		old := m.token
		m.install(c)
		m.token = c.Output.CheckpointToken
		if m.token == old || m.token == "" && m.s.closing == nil && m.s.Status != wire.ExecutionPaused {
			m.t.Fatal("the token did not turn")
		}
	case 4: // time passes
		m.pass(next() % 30)
	case 5: // the invocation ends
		if m.s.inv == nil {
			return
		}
		if n := next() % 8; n < 6 {
			m.complete(`{"Status":"PENDING"}`)
		} else if n == 6 {
			m.crash("Runtime.ExitError")
		} else {
			m.complete(`{"Status":"SUCCEEDED","Result":"1"}`)
		}
	case 6: // a callback is answered
		if open := m.s.OpenCallbacks(); len(open) > 0 {
			cb := open[0]
			var c *Change
			var err error
			switch next() % 3 {
			case 0:
				c, err = m.s.SucceedCallback(cb.ID, str("1"), m.now)
			case 1:
				c, err = m.s.FailCallback(cb.ID, wire.ErrorObject{ErrorType: "E"}, m.now)
			default:
				c, err = m.s.HeartbeatCallback(cb.ID, m.now)
			}
			if err != nil {
				m.t.Fatalf("an open callback can't be answered: %v", err)
			}
			m.install(c)
		}
	case 8: // it is paused or resumed
		n := next()
		p := &Pause{ClientToken: []string{"", "a", "b"}[n%3], TimeoutPaused: n%2 == 0}
		change := m.s.Pause
		if n%8 < 5 && m.s.pause != nil {
			change = m.s.Resume
		}
		if c, _ := change(p, m.now); c != nil {
			m.install(c)
		}
	case 7: // a chained invoke ends
		children, calls := m.s.OpenChained()
		for _, call := range calls {
			children[call.Op] = ""
		}
		for _, o := range m.s.order {
			if _, ok := children[o]; ok {
				if c := m.s.EndChained(ChainedDone{Op: o, Status: wire.StatusSucceeded, Result: str("1")}, m.now); c != nil {
					m.install(c)
				}
				return
			}
		}
	}
}

func FuzzParseARN(f *testing.F) {
	f.Add("arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST/durable-execution/order-42/5f0c2b1e-9a3d-4a77-8f6e-2d9b0c1a7e55")
	f.Add("arn:::/")
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := ParseARN(s)
		if !ok {
			return
		}
		b, ok := ParseARN(a.String())
		if !ok || a != b {
			t.Errorf("%q reads as %+v, which reads as %+v", s, a, b)
		}
	})
}

func FuzzTokens(f *testing.F) {
	f.Add("AAAA", "00")
	f.Fuzz(func(t *testing.T, token, callbackID string) {
		m := newMachine(t)
		if token != m.token && m.s.checkToken(token) == nil {
			t.Errorf("token %q was taken for %q", token, m.token)
		}
		if id, ok := ParseCallbackID(callbackID); ok && len(id) != 36 {
			t.Errorf("callback ID %q belongs to %q", callbackID, id)
		}
	})
}
