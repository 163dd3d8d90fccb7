package semantics

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

func TestSelect1Winners(t *testing.T) {
	silent := func(a answers) answers {
		for _, name := range []string{"ask", "sign", "second"} {
			if a[name] == nil {
				a[name] = []durabletest.Answer{durabletest.Silence()}
			}
		}
		return a
	}
	after := func(value string, m time.Duration) []durabletest.Answer {
		return []durabletest.Answer{durabletest.Succeed(value).After(m * time.Minute)}
	}
	for _, test := range []struct {
		name, input string
		answers     answers
		script      script
		want        string
	}{
		{"silence", "w", answers{}, nil, `"silence"`},
		{"answer", "w", answers{"ask": after("yes", 7)}, nil, `"answered yes"`},
		{"a late answer is ignored", "w", answers{"ask": after("yes", 40)}, nil, `"silence"`},
		{"await", "w", answers{"sign": after("S", 3)}, nil, `"signed S"`},
		{"poll", "w", answers{"ask": after("yes", 12)}, script{"read p": {"a", "b", "done"}}, `"polled done"`},
		{"call", "call", answers{}, nil, `"called patient"`},
		{"a case that fails fails it", "w", answers{"ask": {durabletest.Fail(badWith(3)).After(time.Minute)}}, nil, `Bad {"code":3}`},
		{"the loser may be awaited again", "await again", answers{"ask": after("yes", 7), "sign": after("S", 20)}, nil, `"answered yes, then S"`},
		{"the loser's outcome comes right after", "await again", answers{"ask": after("yes", 7), "sign": after("S", 8)}, nil, `"answered yes, then S"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "races", input: test.input, answers: silent(test.answers), script: test.script}
			s.everywhere(t, test.want, nil)
		})
	}
}

// Where several cases have settled when it looks, the first written one wins: at the end of
// the wait, the callbacks have been answered for long.
func TestSelect1WrittenOrder(t *testing.T) {
	s := scenario{workflow: "both", answers: answers{
		"sign": {durabletest.Succeed("1").After(20 * time.Minute)}, "b": {durabletest.Succeed("2").After(25 * time.Minute)}}}
	s.everywhere(t, `"b 2"`, nil)
	s.answers["b"] = []durabletest.Answer{durabletest.Fail(&foreign{"x"}).After(time.Minute)}
	s.everywhere(t, "Foreign: foreign x", nil)
}

// A batch in a case is left behind as a whole, or wins with what it came to.
func TestSelect1Batch(t *testing.T) {
	votes := func(first, third time.Duration) answers {
		return answers{"a": {durabletest.Succeed("yes").After(first * time.Minute)}, "b": {durabletest.Silence()},
			"c": {durabletest.Succeed("no").After(third * time.Minute)}}
	}
	for want, answers := range map[string]answers{
		`"true false c no"`: votes(5, 20),
		`"no quorum"`:       votes(5, 26),
	} {
		scenario{workflow: "quorum", answers: answers}.everywhere(t, want, nil)
	}
}

func TestSelect7Drops(t *testing.T) {
	after := func(value string, m time.Duration) []durabletest.Answer {
		return []durabletest.Answer{durabletest.Succeed(value).After(m * time.Minute)}
	}
	silence := []durabletest.Answer{durabletest.Silence()}
	failing := func(code int, m time.Duration) []durabletest.Answer {
		return []durabletest.Answer{durabletest.Fail(badWith(code)).After(m * time.Minute)}
	}
	for _, test := range []struct {
		name    string
		answers answers
		want    string
	}{
		{"nothing is dropped", answers{"sign": after("S", 5), "ask": after("yes", 7)}, `"signed S"`},
		{"the other one goes on", answers{"sign": silence, "ask": after("yes", 40)}, `"answered yes"`},
		{"all are dropped", answers{"sign": silence, "ask": silence}, `"nobody"`},
		{"by a failure", answers{"sign": after("S", 5), "ask": failing(3, 1)}, `"signed S"`},
		{"while its catch runs", answers{"sign": after("S", 5), "ask": failing(3, 4)}, `"signed S"`},
		{"all are, by a failure", answers{"sign": silence, "ask": failing(3, 25)}, `"nobody"`},
		{"its catch fails", answers{"sign": silence, "ask": failing(4, 10)}, `Bad {"code":40}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			scenario{workflow: "drops", input: "w", answers: test.answers}.everywhere(t, test.want, nil)
		})
	}
}

// A look takes what is there, the first written case before the others, and is on record also
// where nothing is: what comes right behind it is left to the next look.
func TestSelect9Looks(t *testing.T) {
	after := func(value string, m time.Duration) []durabletest.Answer {
		return []durabletest.Answer{durabletest.Succeed(value).After(m * time.Minute)}
	}
	silence := []durabletest.Answer{durabletest.Silence()}
	for _, test := range []struct {
		name    string
		answers answers
		want    string
	}{
		{"nothing is there", answers{"sign": silence, "ask": silence}, `"nothing, nothing, nothing, "`},
		{"the answer comes behind the first look", answers{"sign": after("S", 1), "ask": silence}, `"nothing, signed S"`},
		{"what is there is there again", answers{"sign": silence, "ask": after("yes", 1)}, `"nothing, yes, yes, "`},
		{"in written order", answers{"sign": after("S", 20), "ask": after("yes", 15)}, `"nothing, nothing, signed S"`},
		{"a case that has failed and is dropped", answers{"sign": silence, "ask": {durabletest.Fail(badWith(3)).After(time.Minute)}}, `"nothing, nothing, nothing, "`},
		{"a case that has failed", answers{"sign": {durabletest.Fail(&foreign{"x"}).After(13 * time.Minute)}, "ask": silence}, "Foreign: foreign x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			scenario{workflow: "glances", answers: test.answers}.everywhere(t, test.want, func(t testing.TB, run *durabletest.Run, _ *world) {
				if op := operation(t, run, "select_i0"); op.Status == wire.StatusSucceeded && op.ContextDetails.Result != nil && *op.ContextDetails.Result != `{"winner":"else","index":2}` {
					t.Errorf("the first look is recorded as %s", *op.ContextDetails.Result)
				}
			})
		})
	}
}

// A called workflow awaits what its caller has opened, and hands it on. It is no function.
func TestSelect10Handles(t *testing.T) {
	for _, test := range []struct {
		input  string
		answer durabletest.Answer
		want   string
		undone string
	}{
		{"w", durabletest.Succeed("S").After(time.Minute), `"first S, x S, stopped"`, ""},
		{"w", durabletest.Succeed("S").After(20 * time.Minute), `"first on S, x S, stopped"`, ""},
		{"w", durabletest.Silence(), `"first on nothing, x silent, waited"`, ""},
		{"fail", durabletest.Succeed("S").After(20 * time.Minute), `Bad {"code":1}`, "first on S"},
	} {
		s := scenario{workflow: "lends", input: test.input, answers: answers{"sign": {test.answer}}}
		s.everywhere(t, test.want, undoes(test.undone))
	}
	for _, f := range Workflows(&world{}) {
		if name := f.Definition().Name; name == "borrows" || name == "passesOn" {
			t.Errorf("%s is a function, though no event can hold what it takes", name)
		}
	}
}

// The heartbeat of the callback would have come after the wait of the first select, and has
// come before the second: there it drops the case.
func TestSelect8Sooner(t *testing.T) {
	silence := []durabletest.Answer{durabletest.Silence()}
	for want, s := range map[string]scenario{
		`"silence"`:      {answers: answers{"sign": silence, "ask": silence}},
		`"answered yes"`: {answers: answers{"sign": silence, "ask": {durabletest.Succeed("yes").After(24 * time.Minute)}}},
		`"polled done"`:  {answers: answers{"sign": silence, "ask": silence}, script: script{"read p": {"a", "b", "done"}}},
		`"signed S"`:     {answers: answers{"sign": {durabletest.Succeed("S").After(time.Minute)}, "ask": silence}},
		`Bad {"code":3}`: {answers: answers{"sign": silence, "ask": {durabletest.Fail(badWith(3)).After(time.Minute)}}},
	} {
		s.workflow, s.input = "sooner", "w"
		s.everywhere(t, want, nil)
	}
}

// A loop around a select, in an item: every turn is a select of its own.
func TestSelect1Turns(t *testing.T) {
	s := scenario{workflow: "turns", input: items("a", 0, "b", 0), answers: answers{"ask": {durabletest.Succeed("no").After(90 * time.Second)}}}
	s.everywhere(t, `["a 2no 3no","b 2no 3no"]`, func(t testing.TB, run *durabletest.Run, w *world) {
		for i := range 2 {
			for turn := range 3 {
				operation(t, run, fmt.Sprintf("map-_i%d-select_i%d", i, turn))
			}
		}
	})
	s.answers["ask"] = []durabletest.Answer{durabletest.Succeed("yes").After(90 * time.Second)}
	s.everywhere(t, `["a 2yes","b 2yes"]`, nil)
}

func TestSelect2SameOutcome(t *testing.T) {
	for want, answer := range map[string]durabletest.Answer{
		`"S"`:                 durabletest.Succeed("S").After(time.Minute),
		`"heartbeat"`:         durabletest.Silence(),
		`"Foreign foreign x"`: durabletest.Fail(&foreign{"x"}).After(20 * time.Minute),
	} {
		scenario{workflow: "handles", answers: answers{"sign": {answer}}}.everywhere(t, want, nil)
	}
}

// The time of a callback counts from open, not from await; its ID may be handed on.
func TestSelect2TimeCountsFromOpen(t *testing.T) {
	run, w := scenario{workflow: "handles", answers: answers{"sign": {durabletest.Silence()}}}.once(t, `"heartbeat"`)
	op := operation(t, run, "sign")
	if took := op.EndTimestamp.Go().Sub(op.StartTimestamp.Go()).Round(time.Second); took != 30*time.Minute {
		t.Errorf("it took %v", took)
	}
	if got := w.effects("act"); len(got) != 1 || got[0] != op.CallbackDetails.CallbackId {
		t.Errorf("the ID %s was handed on as %v", op.CallbackDetails.CallbackId, got)
	}
}

func TestSelect3Polls(t *testing.T) {
	for _, test := range []struct {
		script script
		want   string
		checks int
	}{
		{nil, `"read 13 first++ 3"`, 5},
		{script{"read w": {"x", oops, "done"}}, `"done 13 first++ 3"`, 3},
		{script{"read w": {"done"}}, `"done 13 first++ 3"`, 1},
		{script{"read w": {"x", bad}}, `Bad {"code":5}`, 2},
		// A failed check has no result: the one before it counts.
		{script{"look l": {"", oops, "", ""}}, `"read 13 first++ 3"`, 5},
		{script{"look l": {oops, "", ""}}, `"read 13 first++ 3"`, 5},
		{script{"look l": {"", oops, oops, ""}}, `"read 13 exhausted 0"`, 5},
	} {
		s := scenario{workflow: "polls", input: "w", script: test.script}
		s.everywhere(t, test.want, nil)
		run, w := s.run(t)
		if n := len(w.effects("read")); n != test.checks {
			t.Errorf("%d checks, want %d\n%s", n, test.checks, run.History())
		}
	}
	// Delays of 10, 20, 30 and 30 seconds.
	run, _ := scenario{workflow: "polls", input: "w"}.run(t)
	op := operation(t, run, "read")
	if took := op.EndTimestamp.Go().Sub(op.StartTimestamp.Go()).Round(time.Second); took != 90*time.Second {
		t.Errorf("the poll took %v", took)
	}
}

// A wait is recorded, and lasts a second at least, also when its time is past.
func TestSelect4Waits(t *testing.T) {
	s := scenario{workflow: "waits", input: object{"past": "2001-02-03T04:05:06Z", "pause": "0s"}}
	s.everywhere(t, `"waited"`, func(t testing.TB, run *durabletest.Run, _ *world) {
		got := run.Signature()
		for _, want := range []string{"wait Wait: WaitStarted 1s", "long_20past Wait \"long past\": WaitStarted 1s", "pause Wait: WaitStarted 1s", "rounded Wait: WaitStarted 2s"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	})
}

// The timeout and the retention of a workflow are settings of its function.
func TestSelect5Settings(t *testing.T) {
	for _, f := range Workflows(&world{}) {
		if def := f.Definition(); def.Name == "bounded" && (def.Timeout != 3*time.Hour || def.RetentionDays != 7) {
			t.Errorf("%+v", def)
		}
	}
	run, _ := scenario{workflow: "bounded", input: 400}.run(t)
	if status := run.Status(); status != wire.ExecutionTimedOut && status != wire.ExecutionSucceeded {
		t.Errorf("the execution is %s", status)
	}
}

// Past its bound, a loop goes on below.
func TestSelect6Bounded(t *testing.T) {
	scenario{workflow: "bounded", input: 3}.everywhere(t, `33`, nil)
	scenario{workflow: "bounded", input: 0}.everywhere(t, `0`, nil)
	scenario{workflow: "bounded", input: -1}.everywhere(t, `0`, nil)
}

// A handle is awaited in inner scopes, at the same time and again, and in an undo.
func TestSelect2SharedHandle(t *testing.T) {
	for _, test := range []struct {
		input  string
		after  time.Duration
		want   string
		undone string
	}{
		{"w", 90 * time.Second, `"SS impatient d S"`, ""},
		{"w", 30 * time.Second, `"SS S d S"`, ""},
		{"fail", 90 * time.Second, `Bad {"code":1}`, ""},
		{"undo", 90 * time.Second, `Bad {"code":2}`, "parallel S"},
	} {
		t.Run(fmt.Sprint(test.input, test.after), func(t *testing.T) {
			s := scenario{workflow: "shared", input: test.input, answers: answers{"sign": {durabletest.Succeed("S").After(test.after)}}}
			s.everywhere(t, test.want, undoes(test.undone))
		})
	}
}
