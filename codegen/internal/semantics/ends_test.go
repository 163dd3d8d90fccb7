package semantics

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// What ends a group is known at every replay: it is undone from the same place.
func TestEnds1And2Groups(t *testing.T) {
	silence := []durabletest.Answer{durabletest.Silence()}
	signed := func(m time.Duration) []durabletest.Answer {
		return []durabletest.Answer{durabletest.Succeed("S").After(m * time.Minute)}
	}
	for _, test := range []struct {
		name, input  string
		sign         []durabletest.Answer
		script       script
		want, undone string
	}{
		{"in time", "w", silence, nil, `"bc"`, ""},
		{"stopped while a branch waits", "w", signed(10), nil, `"stopped by S"`, "b, c, a"},
		{"answered when it has ended", "w", signed(20), nil, `"bc"`, ""},
		{"stopped below", "long", signed(20), nil, `"stopped by S"`, "c, b, a"},
		{"too long", "long", silence, nil, `"work"`, "c, b, a"},
		{"a failing answer ends nothing", "w", []durabletest.Answer{durabletest.Fail(oops).After(time.Minute)}, nil, `"bc"`, ""},
		{"a failure", "fail", silence, nil, `Bad {"code":1}`, "c, b, a"},
		{"an undo fails", "long", signed(20), script{"undo b": {oops}}, "UndoFailed", "c, b, a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "deliver", input: test.input, answers: answers{"sign": test.sign}, script: test.script}
			if test.want == "UndoFailed" {
				s.varies = true
				s.everywhere(t, "", func(t testing.TB, run *durabletest.Run, w *world) {
					undoes(test.undone)(t, run, w)
					if got := end(run); !strings.HasPrefix(got, "UndoFailed") {
						t.Errorf("got %s", got)
					}
				})
				return
			}
			s.everywhere(t, test.want, undoes(test.undone))
		})
	}
}

func TestEnds1Turns(t *testing.T) {
	s := scenario{workflow: "turned", answers: answers{"sign": {durabletest.Succeed("S").After(25 * time.Minute)}}}
	s.everywhere(t, `["1","2","stopped in 3","stopped in 4"]`, nil)
	s.answers["sign"] = []durabletest.Answer{durabletest.Silence()}
	s.everywhere(t, `["1","2","3","4"]`, nil)
}

// A payment whose outcome is unknown is looked up, though the group around is ended.
func TestEnds2InterruptedIsCaught(t *testing.T) {
	hangs := during(func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	for want, answer := range map[string]durabletest.Answer{
		`"late"`:    durabletest.Silence(),
		`"stopped"`: durabletest.Succeed("S").After(5 * time.Minute),
	} {
		s := scenario{workflow: "unsure", answers: answers{"sign": {answer}}, script: script{"once pay": {hangs}}}
		s.everywhere(t, want, func(t testing.TB, run *durabletest.Run, w *world) {
			same(t, "looked for", slices.Compact(w.effects("read")), []string{"pay"})
			same(t, "done behind it", w.effects("act"), nil)
		})
	}
}

func TestEnds3Deadlines(t *testing.T) {
	silence := []durabletest.Answer{durabletest.Silence()}
	for want, s := range map[string]scenario{
		`"yes w"`:        {input: "w", answers: answers{"ask": {durabletest.Succeed("yes").After(time.Minute)}}},
		`"patient w"`:    {input: "w", answers: answers{"ask": silence}},
		`Bad {"code":2}`: {input: "undo", answers: answers{"ask": silence}},
	} {
		s.workflow = "deadlines"
		s.everywhere(t, want, func(t testing.TB, run *durabletest.Run, w *world) {
			if late := s.input == "undo"; late && w.undone() != "patience, undo" || !late && w.undone() != "" {
				t.Errorf("undone %q", w.undone())
			}
		})
	}
}

func TestEnds4Poll(t *testing.T) {
	s := scenario{workflow: "looks"}
	s.everywhere(t, `"never"`, nil)
	s.script = script{"read p": {"a", "b", "done"}}
	s.everywhere(t, `"done"`, nil)
}
