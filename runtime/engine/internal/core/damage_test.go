package core

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// lived gives the facts of an execution that random commands have made.
func lived(t testing.TB, seed uint64) []Fact {
	random := rand.New(rand.NewPCG(seed, 5))
	m := startMachine(t, DefaultLimits, Start{ExecutionTimeout: 500})
	for range 60 {
		fuzzCommand(m, func() int { return random.IntN(256) })
	}
	return m.facts
}

// use does with a state what the engine does with one that it has read back.
func use(s *State, answer []byte) {
	const now = epoch + 5000
	s.Operations()
	s.OpenCallbacks()
	s.OpenChained()
	s.ChainedOutcome()
	s.Failing()
	s.RunningSteps()
	if c := s.Recover(now); c != nil {
		s = c.Install()
	}
	if c := s.Fire(now, now); c != nil {
		s = c.Install()
	}
	s.NextDeadline()
	if s.Due(now) {
		s = s.Launch("request", [16]byte{1}, now).Install()
		in := s.Envelope()
		s.StatePage(in.CheckpointToken, "", 0)
		if c, err := s.Checkpoint(&Checkpoint{Token: in.CheckpointToken, Resolve: resolve}, now); err == nil {
			s = c.Install()
		}
		s = s.Complete("request", answer, nil, &retries, now).Install()
	}
	if c, _ := s.Stop(nil, now); c != nil {
		c.Install()
	}
}

// FuzzRebuild reads facts as a damaged store may hold them: they are refused, or make a state
// that the engine can work with.
func FuzzRebuild(f *testing.F) {
	for seed := range uint64(8) {
		text, err := json.Marshal(lived(f, seed))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`[{"kind":"ExecutionStarted","event":1,"at":1,"op":"x","start":{}},{"kind":"StepReady","op":"x"}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var facts []Fact
		if json.Unmarshal(text, &facts) != nil {
			return
		}
		for i := range facts {
			HistoryEvent(&facts[i], true)
			HistoryEvent(&facts[i], false)
		}
		limits := DefaultLimits
		if s, err := Rebuild(facts, &limits); err == nil {
			use(s, []byte(`{"Status":"PENDING"}`))
		}
	})
}

// TestDamagedFacts breaks each fact of some lives in each way: it is left out, doubled, moved,
// of another kind, or about another operation.
func TestDamagedFacts(t *testing.T) {
	limits := DefaultLimits
	refused := 0
	check := func(facts []Fact) {
		s, err := Rebuild(facts, &limits)
		if err != nil {
			refused++
			return
		}
		use(s, nil)
	}
	for seed := range uint64(12) {
		facts := lived(t, seed)
		for i := range facts {
			without := append(append([]Fact(nil), facts[:i]...), facts[i+1:]...)
			check(without)
			if facts[i].Event != 0 && i+1 < len(facts) && hasEvent(facts[i+1:]) {
				if _, err := Rebuild(without, &limits); err == nil {
					t.Errorf("seed %d: nobody misses fact %d, %s", seed, i, show(facts[i]))
				}
			}
			check(append(append(append([]Fact(nil), facts[:i+1]...), facts[i]), facts[i+1:]...))
			check(append(append([]Fact(nil), facts[i]), without...))
			for kind := range abouts {
				changed := append([]Fact(nil), facts...)
				changed[i].Kind = kind
				check(changed)
			}
			for _, op := range []string{"", "nobody", facts[0].Op, facts[len(facts)/2].Op} {
				changed := append([]Fact(nil), facts...)
				changed[i].Op, changed[i].Parent = op, op
				check(changed)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

func hasEvent(facts []Fact) bool {
	for i := range facts {
		if facts[i].Event != 0 {
			return true
		}
	}
	return false
}

// A fact of a later version of this program is an error that names it.
func TestUnknownFact(t *testing.T) {
	facts := append(lived(t, 1)[:2], Fact{Kind: "ExecutionFrozen"})
	_, err := Rebuild(facts, &DefaultLimits)
	if err == nil || err.Error() != "fact 3, ExecutionFrozen: this version of durablegen does not know it" {
		t.Error(err)
	}
	if _, err := Rebuild(nil, &DefaultLimits); err == nil {
		t.Error("no facts make an execution")
	}
}

// FuzzAnswer ends an invocation with what a handler may have answered: the execution runs on, or
// has an outcome that fits the answer.
func FuzzAnswer(f *testing.F) {
	for _, answer := range []string{
		`{"Status":"SUCCEEDED","Result":"1"}`, `{"Status":"FAILED","Error":{"ErrorType":"E"}}`, `{"Status":"PENDING"}`, `{"status":"PENDING"}`,
		`{"Status":"SUCCEEDED","Result":null,"Error":null}`, `{"Status":1}`, `[]`, `null`, ``, `{`, "\xff", `{"Status":"FAILED","Error":{"StackTrace":[1]}}`,
		`{"Status":"SUCCEEDED"}{"Status":"FAILED"}`,
	} {
		f.Add([]byte(answer), true)
		f.Add([]byte(answer), false)
	}
	f.Fuzz(func(t *testing.T, answer []byte, waits bool) {
		m := newMachine(t)
		if waits {
			m.must(up(waitT, startA, "w", seconds_(60)))
		}
		m.complete(string(answer))
		switch s := m.s; s.Status {
		case wire.ExecutionRunning:
			if !waits || !strings.Contains(string(answer), "PENDING") {
				t.Errorf("%q leaves the execution running", answer)
			}
		case wire.ExecutionSucceeded:
			if !json.Valid(answer) || s.Error != nil {
				t.Errorf("%q succeeded", answer)
			}
		case wire.ExecutionFailed:
			if s.Error == nil || s.Result != nil {
				t.Errorf("%q failed without an error", answer)
			}
		default:
			t.Errorf("%q ended as %s", answer, s.Status)
		}
	})
}
