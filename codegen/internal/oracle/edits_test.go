package oracle

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// twins are steps that do what others do, for edits that call another one.
const twins = `step act2(n int) int  fails Bad  idempotent
step read2(s string) string  reads
step quiet2(s string)  idempotent
`

// TestRandomEditsAreToldRightly edits random workflows at random, stops executions of what
// they were anywhere, and holds what is said of the edit, by where an execution stands, to
// what a rehearsal of it comes to: whatever breaks, is done again or runs late was told.
// EDITS_WORKFLOWS sets how many workflows, EDITS_SEED the first seed, EDITS_PLACES where each
// execution is stopped.
func TestRandomEditsAreToldRightly(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	count, seed := environment("EDITS_WORKFLOWS", 25), environment("EDITS_SEED", 1)
	t.Logf("EDITS_SEED=%d", seed)
	seen := map[string]int{}
	for left := count; left > 0 && !t.Failed(); seed++ {
		n := min(left, 25)
		left -= n
		editPackage(t, uint64(seed), n, seen)
	}
	t.Logf("what there was: %v", seen)
}

// editPackage makes a package of n workflows, and another one in which each was edited.
func editPackage(t *testing.T, seed uint64, n int, seen map[string]int) {
	r := rand.New(rand.NewPCG(seed, 2))
	old := newPrelude(r) + twins
	edited := old
	opened := []string{"ask waiter"}
	var flows []flowText
	edits := map[string][]string{}
	for try := uint64(0); len(flows) < n; try++ {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 5000+try))}
		w.n = len(flows) * 1000
		name := fmt.Sprintf("flow%d", len(flows))
		w.workflow(name, 2+w.IntN(5))
		if p, _ := check(old + w.b.String()); p == nil {
			continue
		}
		for range 20 {
			text, kinds := edit(r, w.b.String())
			if p, _ := check(edited + text); p == nil || text == w.b.String() {
				continue
			}
			old, edited = old+w.b.String(), edited+text
			opened = append(opened, w.opened...)
			flows, edits[name] = append(flows, flowText{name, text}), kinds
			break
		}
	}
	before, _ := check(old)
	after, _ := check(edited)
	var cases []world.Case
	for i, f := range flows {
		for k := range 3 {
			s := seed*1_000_000 + uint64(i*10+k)
			cases = append(cases, world.Case{Workflow: f.name, Input: newInput(s), Seed: s, Callbacks: opened})
		}
	}
	report := map[string]*changes.Workflow{}
	for _, w := range changes.Compare(before, after).Workflows {
		report[w.Name] = w
	}
	for _, stop := range rehearsals(t, before, after, cases) {
		name := cases[stop.Case].Workflow
		var at changes.Standing
		for _, op := range stop.Record {
			at.Record(op.ID, op.Ended)
		}
		said, is, what := at.Effect(report[name]), changes.Nothing, ""
		switch {
		case stop.Divergence != "":
			is, what = changes.Breaks, stop.Divergence
		case len(stop.Again) > 0:
			is, what = changes.Again, strings.Join(stop.Again, ", ")
		case len(stop.Late) > 0:
			is, what = changes.Late, strings.Join(stop.Late, ", ")
		}
		seen[fmt.Sprintf("said %s, was %s", said, is)]++
		if is <= changes.Again && said == changes.Left {
			is = changes.Left // what comes next stands behind a record that nobody asks for, as what is late or done again does
		}
		if stop.Lost != "" || is > said {
			t.Errorf("seed %d, %s edited by %v, stopped after event %d: it is said %q, and is %q: %s%s\n%s", seed, name, edits[name], stop.Events, said, is, what, stop.Lost, textOfFlow(flows, name))
			return
		}
	}
}

// An edit changes the text of a workflow in one way; it gives it back as it was where it
// can't.
type anEdit struct {
	kind string
	make func(r *rand.Rand, line string) []string
}

var (
	labelled = regexp.MustCompile(`^(.*\bstep )(act|read|quiet)(\(.*\) as ")([^"]+)(".*)$`)
	undone   = regexp.MustCompile(`^\s+undo step (quiet)\(.*$`)
	waits    = regexp.MustCompile(`^(\s*)wait .* as ("[^"]+")$`)
	decides  = regexp.MustCompile(`^(\s*if )(.*)( \{)$`)
	alone    = regexp.MustCompile(`^\s*(step|wait) .* as "[^"]+"$`)
)

var editKinds = []anEdit{
	{"relabel", func(_ *rand.Rand, l string) []string { return rewrite(labelled, l, "${1}${2}${3}${4} anew${5}") }},
	{"relabel with was", func(_ *rand.Rand, l string) []string {
		return rewrite(labelled, l, `${1}${2}${3}${4} anew" was "${4}${5}`)
	}},
	{"another callee", func(_ *rand.Rand, l string) []string { return rewrite(labelled, l, "${1}${2}2${3}${4}${5}") }},
	{"another callee with was", func(_ *rand.Rand, l string) []string {
		return rewrite(labelled, l, `${1}${2}2${3}${4}" was "${2}${5}`)
	}},
	{"add", func(r *rand.Rand, l string) []string {
		return []string{fmt.Sprintf("step quiet2(\"new\") as \"new %d\"", r.IntN(1000)), l}
	}},
	{"remove", func(_ *rand.Rand, l string) []string {
		if alone.MatchString(l) {
			return nil
		}
		return []string{l}
	}},
	{"remove undo", func(_ *rand.Rand, l string) []string {
		if undone.MatchString(l) {
			return nil
		}
		return []string{l}
	}},
	{"another undo", func(_ *rand.Rand, l string) []string {
		if undone.MatchString(l) {
			return []string{strings.Replace(l, "quiet(", "quiet2(", 1)}
		}
		return []string{l}
	}},
	{"another kind", func(_ *rand.Rand, l string) []string { return rewrite(waits, l, `${1}step quiet2("w") as ${2}`) }},
	{"decide otherwise", func(_ *rand.Rand, l string) []string { return rewrite(decides, l, "${1}!(${2})${3}") }},
}

func rewrite(re *regexp.Regexp, line, with string) []string {
	return []string{re.ReplaceAllString(line, with)}
}

// edit makes one to three edits.
func edit(r *rand.Rand, text string) (string, []string) {
	var kinds []string
	for range 1 + r.IntN(3) {
		e := editKinds[r.IntN(len(editKinds))]
		for range 20 {
			lines := strings.Split(text, "\n")
			i := 4 + r.IntN(len(lines)-4)
			changed := e.make(r, lines[i])
			if len(changed) == 1 && changed[0] == lines[i] {
				continue
			}
			out := append(append(append([]string{}, lines[:i]...), changed...), lines[i+1:]...)
			text = strings.Join(out, "\n")
			kinds = append(kinds, e.kind)
			break
		}
	}
	return text, kinds
}

// rehearsals runs the old version of a package and rehearses the new one.
func rehearsals(t *testing.T, before, after *dsl.Program, cases []world.Case) []*world.Stop {
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("testdata", "edit")
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("ORACLE_KEEP") == "" {
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	list, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	path := "github.com/durablegen/durablegen/codegen/internal/oracle/" + filepath.ToSlash(dir)
	files := map[string]string{
		world.CasesFile: string(list),
		"edits_test.go": fmt.Sprintf(editsTest, path, path, environment("EDITS_PLACES", 8)),
	}
	for name, p := range map[string]*dsl.Program{"old": before, "edited": after} {
		out, err := codegen.Generate(p, codegen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		files[name+"/program_flow.go"], files[name+"/stage.go"], files[name+"/flows.go"] = string(out.Files["program_flow.go"]), stage(p), flowsGo
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("go", "test", "-count=1", "-timeout=20m", "-vet=off", "./"+filepath.ToSlash(dir)).CombinedOutput()
	data, missing := os.ReadFile(filepath.Join(dir, world.ObservationsFile))
	if err != nil || missing != nil {
		t.Fatalf("%v, %v\n%s", err, missing, out)
	}
	var stops []*world.Stop
	if err := json.Unmarshal(data, &stops); err != nil {
		t.Fatal(err)
	}
	return stops
}

const flowsGo = `package program

import (
	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/runtime/durable"
)

func Flows(s *world.Stage) []*durable.Function { return Workflows(stage{s}) }

func ErrorOf(r world.Reply) error { return errorOf(r) }
`

const editsTest = `package edits

import (
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	edited "%s/edited"
	old "%s/old"
)

func TestRehearse(t *testing.T) { world.Rehearse(t, old.ErrorOf, old.Flows, edited.Flows, %d) }
`
