package query

import (
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// What holds of a declaration is told with where it is said: at itself, in the defaults of the
// package, or nowhere.
func TestDescribeSteps(t *testing.T) {
	x, ds := check(map[string]string{
		"a.flow": `flow 1

package p

step plain(n int) int  reads
step own(n int) int    at least once retry 5 timeout 1s
step once(n int)       at most once
callback ask() string
`,
		"b.flow": `flow 1

package p

defaults step      retry 3 every 1s timeout 20s
defaults callback  timeout 2h
`,
	})
	x2, more := check(map[string]string{"a.flow": "flow 1\n\npackage p\n\nstep plain(n int) int  reads\n"})
	if ds = append(ds, more...); ds.HasErrors() {
		t.Fatal(ds[0].Message)
	}
	for _, test := range []struct {
		x     *Index
		name  string
		facts []string
	}{
		{x, "plain", []string{"reads only: it may run any number of times", "timeout: `20s`, by `defaults step`"}},
		{x, "own", []string{"at least once: a crash may have it run again for one operation, which may do harm", "retry: `5`", "timeout: `1s`"}},
		{x, "once", []string{"at most once: what a crash has interrupted is not run again, but fails with `Interrupted`", "retry: none", "timeout: `20s`, by `defaults step`"}},
		{x, "ask", []string{"timeout: `2h`, by `defaults callback`"}},
		{x2, "plain", []string{"retry: 5 more attempts, after 5 s at first, doubled up to 60 s, full jitter", "timeout: none; 15 min at most, as an attempt ends with its invocation"}},
	} {
		got := test.x.Describe(test.x.Lookup(test.name)).Facts
		for _, fact := range test.facts {
			if !slices.Contains(got, fact) {
				t.Errorf("%s: %q is not among %q", test.name, fact, got)
			}
		}
	}
	if got := x.Describe(x.Lookup("plain")).Facts[1]; !strings.HasSuffix(got, ", by `defaults step`") || !strings.HasPrefix(got, "retry: `3 every 1s`") {
		t.Errorf("retry is told as %q", got)
	}
	var hints []string
	for _, h := range x.Hints(x.Files[0], dsl.Span{Start: x.Files[0].Source.Pos(0), End: x.Files[0].Source.Pos(len(x.Files[0].Source.Text))}) {
		hints = append(hints, h.Text)
	}
	if got := strings.Join(hints, "; "); got != "retry by defaults step" {
		t.Errorf("the hints are %s", got)
	}
}

// A function tells which one it is, and what binds its name; the variable has a meaning of its own.
func TestDescribeBoundFunctions(t *testing.T) {
	const text = "flow 1\n\npackage p\n\nfunction render(n int) int = env RENDER_FUNCTION ?? \"render:live\"\nfunction again(n int) int = env RENDER_FUNCTION ?? \"render:live\"\n"
	x, ds := check(map[string]string{"a.flow": text})
	if ds.HasErrors() {
		t.Fatal(ds[0].Message)
	}
	want := "Lambda function `render:live`, or the one that the environment variable `RENDER_FUNCTION` names where the workflow is deployed"
	if got := x.Describe(x.Lookup("render")).Facts; !slices.Contains(got, want) {
		t.Errorf("%q is not among %q", want, got)
	}
	use, ok := x.At(x.Files[0].Source.Pos(strings.Index(text, "RENDER_")))
	if !ok || use.Symbol.Kind != EnvVar || len(x.Uses(use.Symbol)) != 2 {
		t.Fatalf("%+v %v", use, ok)
	}
	if got := x.Describe(use.Symbol); got.Code != "env RENDER_FUNCTION" || len(got.Facts) != 1 {
		t.Errorf("%+v", got)
	}
	if err := x.Renamable(use.Symbol); err == nil {
		t.Error("the variable can be renamed")
	}
}
