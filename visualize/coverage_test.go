package visualize

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/dsl"
)

const coveredFlow = followPrelude + `
    fails Bad, Tired, Broken
{
    step c()
    if x > 100 {
        step b() as "big"
    }
    step a()
        undo step b() as "back"
        catch Unexpected { return 1 }
    switch kind {
        case "t" { fail Tired }
        case "b" { fail Broken }
        else {}
    }
    for s in list {
        step c() as "each"
    }
    call inner(x)
    return 2
}

workflow inner(x int)
{
    if x > 5 {
        step b()
    }
}
`

// courses take all that there is to take of coveredFlow, but for crashes.
var courses = map[string]string{
	"big":    "c big a each_i0 inner-b inner .",
	"small":  "c a each_i0 inner .",
	"caught": "c a!IOError .",
	"bad":    "c a!Bad .!Bad",
	"tired":  "c a a_u .!Tired",
	"broken": "c a .!Broken",
}

func covering(t *testing.T) (*dsl.Program, *Suite) {
	p := checked(t, &txtar.Archive{Files: []txtar.File{{Name: "p.flow", Data: []byte(coveredFlow)}}})
	return p, NewSuite(p)
}

// missed lists what was not taken, of both workflows.
func missed(p *dsl.Program, s *Suite, kinds ...ItemKind) string {
	var out []string
	for _, w := range p.Workflows {
		for _, item := range s.Of(w).Items() {
			if item.Way != Taken && slices.Contains(kinds, item.Kind) {
				text := item.Kind.String() + " " + item.What
				if item.Label != "" {
					text += ": " + item.Label
				}
				if item.Behind {
					text += " (behind)"
				}
				if item.Way == Untold {
					text += " (untold)"
				}
				out = append(out, text)
			}
		}
	}
	return strings.Join(out, "\n")
}

var allButCrashes = []ItemKind{OperationItem, WayItem, ErrorItem, EndItem, UndoItem}

// TestCoverage leaves one course after the other out of a suite that takes all: what that one
// alone takes is missed, and nothing else.
func TestCoverage(t *testing.T) {
	for left, want := range map[string]string{
		"":       "",
		"big":    "way if x > 100: yes\noperation step big (behind)\nway if x > 5: yes\noperation step b (behind)",
		"small":  "way if x > 5: no",
		"caught": "error step a: Unexpected\nend return 1 (behind)",
		"bad":    "error step a: Bad",
		"tired":  "undo undo of step a\nway switch kind: \"t\"\nend fail Tired (behind)",
		"broken": "way switch kind: \"b\"\nend fail Broken (behind)",
	} {
		t.Run("without "+left, func(t *testing.T) {
			p, s := covering(t)
			for name, course := range courses {
				if name != left && !s.Add(p.Workflows[0], happened(course), nil) {
					t.Errorf("%s does not agree", name)
				}
			}
			if got := missed(p, s, allButCrashes...); got != want {
				t.Errorf("missed\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestNothingIsCovered(t *testing.T) {
	p, s := covering(t)
	if s.Add(p.Workflows[0], happened("c other ."), nil) {
		t.Error("an execution of another version agrees")
	}
	for _, w := range p.Workflows {
		for _, item := range s.Of(w).Items() {
			if item.Way != NotTaken {
				t.Errorf("%s %s was taken", item.Kind, item.What)
			}
		}
	}
}

// TestCrashesAreCovered: a process has to be killed before and after a checkpoint of an
// operation, in any executions.
func TestCrashesAreCovered(t *testing.T) {
	p, s := covering(t)
	all := slices.Sorted(maps.Keys(courses))
	for _, name := range all {
		s.Add(p.Workflows[0], happened(courses[name]), []Checkpoint{
			{Operation: "c", Before: name == "big"}, {Operation: "c", After: name == "small"}, {Operation: "a", Before: true},
			{Operation: "inner-b", After: true}, {Operation: "inner"}, {Operation: "not there", Before: true},
		})
	}
	notes := map[string]string{}
	for _, w := range p.Workflows {
		for _, item := range s.Of(w).Items() {
			if item.Kind == CrashItem {
				notes[item.What] = fmt.Sprint(item.Way, " ", item.Note)
			}
		}
	}
	want := map[string]string{
		"step c": "2 ", "step a": "0 after", "step b": "0 before", "call inner": "0 before or after",
		"step big": "1 ", "step each": "1 ", "undo of step a": "1 ", // no checkpoint of theirs is known
	}
	if !maps.Equal(notes, want) {
		t.Errorf("got %v, want %v", notes, want)
	}
}

// TestErrorsAreCoveredOneByOne: several errors that nobody catches have one end in a diagram.
func TestErrorsAreCoveredOneByOne(t *testing.T) {
	const flow = "fails Bad, Timeout {\ncallback ask()\nreturn 3\n}\n"
	p := checked(t, &txtar.Archive{Files: []txtar.File{{Name: "p.flow", Data: []byte(followPrelude + flow)}}})
	s := NewSuite(p)
	s.Add(p.Workflows[0], happened("ask ."), nil)
	if got := missed(p, s, ErrorItem); got != "error callback ask: Bad\nerror callback ask: Timeout" {
		t.Errorf("missed\n%s", got)
	}
	s.Add(p.Workflows[0], happened("ask!Bad .!Bad"), nil)
	if got := missed(p, s, ErrorItem); got != "error callback ask: Timeout" {
		t.Errorf("missed\n%s", got)
	}
	if text := s.Of(p.Workflows[0]).Text(Normal, 80); !strings.Contains(text, "✗ Bad, Timeout ✓ ○ Timeout\n") {
		t.Errorf("the outline does not say which:\n%s", text)
	}
}

// TestCoverageIsDrawn: without colour, too, the picture says what was taken.
func TestCoverageIsDrawn(t *testing.T) {
	p, s := covering(t)
	s.Add(p.Workflows[0], happened(courses["small"]), []Checkpoint{{Operation: "c", Before: true, After: true}})
	c := s.Of(p.Workflows[0])
	text := c.Mermaid(Normal)
	for _, want := range []string{
		`n_c["<b>c ✓†</b>"]`, "class n_c covered\n", `n_big["<b>big ○</b>`, "class n_big missed\n", "|\"○ yes\"|", "|\"no\"|",
		"<small>↩ back ○<br/>✗ Bad ○", "class n_a partly\n", "class n__zreturn_z2 covered\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the diagram does not have %s:\n%s", want, text)
		}
	}
	legend := c.Markdown(Normal)
	for _, want := range []string{"✓ and a green line: taken by a test", "amber: taken, but not all", "○ and a broken red line: not taken", "†: its process was killed"} {
		if !strings.Contains(legend, want) {
			t.Errorf("the legend does not say %q:\n%s", want, legend)
		}
	}
	outline := c.Text(Normal, 80)
	for _, want := range []string{"├ c ✓†\n", "big ○", "✗ Bad ○\n", "✓ taken  ○ not taken"} {
		if !strings.Contains(outline, want) {
			t.Errorf("the outline does not have %q:\n%s", want, outline)
		}
	}
}
