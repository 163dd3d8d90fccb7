package changes_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// resolved is a file as a version that need not be accepted.
func resolved(text string) *dsl.Program {
	set := &dsl.SourceSet{}
	file, _ := dsl.Parse(set.Add("w.flow", []byte(text)))
	p, _ := dsl.Resolve(set, []*dsl.File{file}, dsl.CheckOptions{Strict: true})
	return p
}

var files = regexp.MustCompile("(?s)```flow\n(.*?)```")

// Every mistake that the language knows, in the version of before: either what the version
// says is known in spite of it, or it is told that it is not.
func TestMistakesInTheVersionBefore(t *testing.T) {
	clear, hidden := 0, 0
	for _, code := range dsl.Codes() {
		page, _ := dsl.Explain(code)
		m := files.FindAllStringSubmatch(page, 2)
		if strings.Contains(m[1][1], "\nimport ") {
			continue // nothing is imported here
		}
		bad, good := resolved(m[0][1]), resolved(m[1][1])
		if good == nil || len(good.Unclear) > 0 {
			t.Errorf("%s: the file put right is not clear", code)
			continue
		}
		if bad == nil {
			hidden++
			if !code.Hides() {
				t.Errorf("%s: hides nothing, and yet there is no program", code)
			}
			continue
		}
		again := changes.Compare(bad, resolved(m[0][1]))
		for _, w := range append(again.Workflows, changes.Compare(bad, good).Workflows...) {
			for _, c := range w.Changes {
				if c.Kind == changes.Unclear && !code.Hides() {
					t.Errorf("%s: hides nothing, and yet %s", code, c.Text)
				}
			}
		}
		if len(bad.Unclear) > 0 {
			hidden++
			continue
		}
		clear++
		if again.Effect() != changes.Nothing {
			t.Errorf("%s: a version is told to differ from itself", code)
		}
	}
	t.Logf("%d mistakes leave it clear what a version says, %d hide it", clear, hidden)
	if clear < 30 || hidden < 30 {
		t.Error("one of the two is not looked at")
	}
}

// What is not clear reaches who calls it, and no other workflow.
func TestUnclearReachesItsCallers(t *testing.T) {
	const old = `flow 1

package p

step act(n int) int  idempotent

workflow bad(n int) int { return nothing(n) }
workflow caller(n int) int { x := call bad(n)
    return x }
workflow further(n int) int { x := call caller(n)
    return x }
workflow other(n int) int { x := step act(n)
    return x }
`
	r := changes.Compare(resolved(old), resolved(strings.Replace(old, "return nothing(n)", "return n", 1)))
	for _, w := range r.Workflows {
		if unclear := w.Effect() == changes.Unknown; unclear != (w.Name != "other") {
			t.Errorf("%s: %v", w.Name, w.Effect())
		}
	}
}
