package semantics

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/semantics/after"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// TestRules wants a test for every rule of docs/semantics.md that names it.
func TestRules(t *testing.T) {
	tested := map[string]bool{}
	files, _ := filepath.Glob("*_test.go")
	name := regexp.MustCompile(`(?m)^func Test([A-Z][a-z]+)(\d+)((?:And\d+)*)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			for _, n := range strings.Split(m[2]+m[3], "And") {
				tested[m[1]+n] = true
			}
		}
	}
	page, err := os.ReadFile("../../../docs/semantics.md")
	if err != nil {
		t.Fatal(err)
	}
	section, rules := "", 0
	for _, line := range strings.Split(string(page), "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = title
		}
		if n, _, ok := strings.Cut(line, ". "); ok && regexp.MustCompile(`^\d+$`).MatchString(n) {
			rules++
			if !tested[section+n] {
				t.Errorf("no test names rule %s of %s", n, section)
			}
			delete(tested, section+n)
		}
	}
	if rules < 40 {
		t.Errorf("%d rules found", rules)
	}
	for rule := range tested {
		t.Errorf("a test names rule %s, which there is not", rule)
	}
}

// A loop with operations in it gives what is on record, though each attempt would give
// something else.
func TestReplay1Loops(t *testing.T) {
	var n atomic.Int32
	next := []any{during(func(context.Context) (string, error) { return fmt.Sprint("<", n.Add(1), ">"), nil })}
	s := scenario{workflow: "skips", input: items("a", 1, "b", 0, "c", 1), varies: true,
		script: script{"a": next, "a!": next, "b!": next, "c": next, "c!": next}}
	s.everywhere(t, "", func(t testing.TB, run *durabletest.Run, _ *world) {
		want := ""
		for _, id := range []string{"act_i0", "always_i0_kact", "always_i1_kact", "act_i2", "always_i2_kact"} {
			want += strings.Trim(*operation(t, run, id).StepDetails.Result, `"`)
		}
		var got string
		run.MustSucceed(&got)
		if got != want {
			t.Errorf("got %s, recorded is %s", got, want)
		}
	})
}

// Go code neither changes what it is given nor what it has given.
func TestReplay3Copies(t *testing.T) {
	s := scenario{workflow: "copies", input: []int{7, 8}}
	s.everywhere(t, `[[7,8],[2,7,8],[3,2,7,8],[2,7,8]]`, nil)
}

// was takes the identity from an old name, in new executions as well.
func TestIdentity4Was(t *testing.T) {
	env := durabletest.New(t, named(t, after.Workflows(stepsAfter{&journal{}}), "renames"))
	env.Answer("door", durabletest.Succeed(nil))
	run := env.Run(nil)
	same(t, "operations", ids(run), strings.Fields("act part part-act part-gate part-gate_c part-gate_s"))
}

// refused checks the body of a workflow and expects one problem with this code.
func refused(t *testing.T, body, code string) {
	t.Helper()
	set := &dsl.SourceSet{}
	text := "flow 1\n\npackage p\n\nerror Bad\n\nstep act(n int) int  fails Bad idempotent\nstep once()  at most once\nstep read(n int) int  reads\n" +
		"callback ask() int  timeout 1h  heartbeat 1m\n\nworkflow w(n int) int {\n" + body + "\n    return n\n}\n"
	file, problems := dsl.Parse(set.Add("p.flow", []byte(text)))
	if !problems.HasErrors() {
		_, problems = dsl.Check(set, []*dsl.File{file}, dsl.CheckOptions{})
	}
	var codes []string
	for _, p := range problems {
		codes = append(codes, string(p.Code))
	}
	if got := strings.Join(codes, " "); got != code {
		var out strings.Builder
		dsl.WriteText(&out, set, problems, false)
		t.Errorf("%s\ngives %q, want %q\n%s", body, got, code, out.String())
	}
}

func TestIdentity1Twins(t *testing.T) {
	refused(t, "a := step read(1)\n b := step read(2)\n log \"{a}{b}\"", "twin")
	refused(t, "if n > 0 { step read(1) } else { step read(2) }", "twin")
	refused(t, "switch n { case 1 { wait 1s }; else { wait 2s } }", "twin")
	refused(t, "try { step read(1) } catch e { step read(2)\n log e.type }", "twin")
	refused(t, "for x in [1] { step read(x) }\n step read(2)", "twin")
	refused(t, "step read(1) as \"wait\"\n wait 1s", "twin")
	refused(t, "step read(1)\n group g { step read(2) }\n step read(3) as \"again\"", "")
}

func TestErrors2Uncaught(t *testing.T) {
	refused(t, "step act(1)", "uncaught")
	refused(t, "ask := callback ask()\n log \"{ask}\"", "uncaught")
	refused(t, "x := poll read(1) every 1s at most 3 times until x > 1", "uncaught")
	refused(t, "step once()", "uncaught")
	refused(t, "step read(1)\n invokes := n / n\n log \"{invokes}\"", "")
}

func TestBatches6OuterVariables(t *testing.T) {
	refused(t, "var x int = 0\n group g { x = 1 }\n log \"{x}\"", "read-only")
	refused(t, "map i in [1] { n = i }", "read-only")
	refused(t, "group g { return 1 }", "misplaced")
	refused(t, "for i in [1] { group g { break } }", "misplaced")
	refused(t, "map i in [1, 2] min 1 { step act(i) catch Bad { yield 1 }\n yield 2 }", "select-case")
}
