package review_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/review"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// compared gives the package of two texts.
func compared(t *testing.T, dir, old, new string) review.Package {
	t.Helper()
	var programs [2]*dsl.Program
	for i, text := range []string{old, new} {
		set := &dsl.SourceSet{}
		file, ds := dsl.Parse(set.Add("w.flow", []byte(text)))
		p, more := dsl.Check(set, []*dsl.File{file}, dsl.CheckOptions{})
		if ds = append(ds, more...); ds.HasErrors() {
			var b strings.Builder
			dsl.WriteText(&b, set, ds, false)
			t.Fatal(b.String())
		}
		programs[i] = p
	}
	return review.Package{
		Dir: dir, Report: changes.Compare(programs[0], programs[1]),
		Places: changes.Places{Old: programs[0].Sources, New: programs[1].Sources},
	}
}

// flows makes workflows w0, w1, … with some steps each; edit changes the text of each.
func flows(count, steps int, edit func(i int, body string) string) string {
	var b strings.Builder
	b.WriteString("flow 1\n\npackage p\n\nstep act(n int) int  idempotent\nstep other(n int) int  idempotent\n\n")
	for i := range count {
		body := ""
		for k := range steps {
			body += fmt.Sprintf("    step act(n) as \"a%d\"\n", k)
		}
		fmt.Fprintf(&b, "workflow w%d(n int) {\n%s}\n\n", i, edit(i, body))
	}
	return b.String()
}

func same(_ int, body string) string { return body }

// Whatever has changed, a comment is no longer than GitHub takes. The worst is told to the
// last, and what is left out is said.
func TestCommentFits(t *testing.T) {
	edit := func(i int, body string) string {
		if i%50 == 7 { // breaks
			return strings.Replace(body, "step act(n) as \"a0\"", "step other(n) as \"a0\"", 1)
		}
		return body + "    wait 1h\n"
	}
	for _, test := range []struct {
		workflows, steps int
		has, hasNot      []string
	}{
		{3, 3, []string{"```mermaid", "`w2` in `p`"}, []string{"left out", "no room"}},
		{40, 12, []string{"```mermaid", "The diagram is left out, for its size: `durablegen diagram --base main --workflow w"}, []string{"no room"}},
		{700, 3, []string{"executions break", "`durablegen diff --base main ./...` prints them all"}, []string{"no room"}},
		{3000, 3, []string{"### `w7` in `p`: executions break", "### `w2957` in `p`: executions break", "more had no room here"}, []string{"```mermaid"}},
		{2, 600, []string{"The diagram is left out"}, []string{"no room"}}, // beyond what GitHub draws
	} {
		p := compared(t, "p", flows(test.workflows, test.steps, same), flows(test.workflows, test.steps, edit))
		text := review.Comment([]review.Package{p}, review.Options{Base: "main", Args: []string{"./..."}})
		if len(text) > review.Limit {
			t.Errorf("%d workflows: %d bytes", test.workflows, len(text))
		}
		for _, want := range test.has {
			if !strings.Contains(text, want) {
				t.Errorf("%d workflows: no %q in\n%.300s", test.workflows, want, text)
			}
		}
		for _, not := range test.hasNot {
			if strings.Contains(text, not) {
				t.Errorf("%d workflows: %q in\n%.300s", test.workflows, not, text)
			}
		}
	}
}

func TestCommentOfNothing(t *testing.T) {
	text := flows(30, 2, same)
	got := review.Comment([]review.Package{compared(t, ".", text, text)}, review.Options{Base: "main", Name: "shop"})
	for _, want := range []string{"<!-- durablegen review shop -->\n## durablegen: no workflow has changed\n", "30 workflows, 0 changed", "No change: `w0`, `w1`, ", " and 10 more."} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What can't be compared is said, whatever else there is, and is no markup.
func TestCommentOfWhatFails(t *testing.T) {
	text := flows(1, 1, same)
	list := []review.Package{compared(t, "a", text, text), {Dir: "b", Err: errors.New("<img src=x>/@team/[x](y).flow:1:2: unknown step `<b>@x`; *so* it is")}}
	got := review.Comment(list, review.Options{Base: "main"})
	for _, want := range []string{
		"## durablegen: nobody can tell what becomes of executions",
		"* **can't be compared**: &lt;img src=x&gt;/&#64;team/\\[x\\](y).flow:1:2: unknown step `<b>@x`; \\*so\\* it is\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// Text of a workflow can't leave its backticks.
func TestCommentOfHostileText(t *testing.T) {
	const old = "flow 1\n\npackage p\n\nstep act(s string)  idempotent\n\nworkflow w(s string) {\n    if s == \"a\" { step act(s) }\n}\n"
	new := strings.Replace(old, `"a"`, "\"x` @team <!-- | ```\"", 1)
	got := review.Comment([]review.Package{compared(t, "p`@x", old, new)}, review.Options{Base: "a`@b"})
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "<!--") || strings.HasPrefix(line, "    ") {
			continue
		}
		outside := ""
		for i, part := range strings.Split(line, "`") {
			if i%2 == 0 {
				outside += part
			}
		}
		if strings.Count(line, "`")%2 == 1 || strings.ContainsAny(outside, "@") || strings.Contains(outside, "<!--") {
			t.Errorf("markup: %s", line)
		}
	}
}

func TestNames(t *testing.T) {
	for name, valid := range map[string]bool{"": true, "shop": true, "a/b.c_d-e": true, "a--b": false, "x -->": false, "ü": false, strings.Repeat("x", 61): false} {
		if review.ValidName(name) != valid {
			t.Errorf("%q is valid: %v", name, !valid)
		}
	}
}
