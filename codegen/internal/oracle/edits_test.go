package oracle

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// TestRandomEditsAreToldRightly edits random workflows at random, stops executions of what
// they were anywhere, and holds what is said of the edit, by where an execution stands, to
// what a rehearsal of it comes to: whatever breaks, is done again or runs late was told. Then
// kinds of verdicts are taken out of the reports, and the same executions have to show it.
// EDITS_WORKFLOWS sets how many workflows, EDITS_SEED the first seed, EDITS_PLACES where each
// execution is stopped.
func TestRandomEditsAreToldRightly(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	count, seed := environment("EDITS_WORKFLOWS", 100), environment("EDITS_SEED", 16)
	t.Logf("EDITS_SEED=%d", seed)
	all := &edits{seen: map[string]int{}, kinds: map[string]int{}, witnesses: map[string]string{}, faults: map[string]int{}}
	for left := count; left > 0 && !t.Failed(); seed++ {
		n := min(left, 25)
		left -= n
		all.editPackage(t, uint64(seed), n)
	}
	t.Logf("%d executions, stopped at %d places; %v", all.cases, all.stops, all.seen)
	t.Logf("edits: %v", all.kinds)
	for what, where := range all.witnesses {
		t.Logf("%s: %s", what, where)
	}
	t.Logf("faults that would be caught, at how many places: %v", all.faults)
	if os.Getenv("EDITS_SEED") != "" || os.Getenv("EDITS_WORKFLOWS") != "" {
		return // other edits may show less
	}
	for _, fault := range caughtFaults {
		if all.faults[fault] == 0 {
			t.Errorf("nobody would notice if it were not told: %s", fault)
		}
	}
}

// edits gathers what random edits have shown.
type edits struct {
	cases, stops int
	seen         map[string]int
	kinds        map[string]int
	// witnesses are executions that break, or do something again, after an edit that was
	// made alone.
	witnesses map[string]string
	// faults are verdicts, by the kind of change, the stage and the effect, with the number of
	// places that contradict a report which lacks them.
	faults map[string]int
}

// editPackage makes a package of n workflows, and another one in which each was edited.
func (e *edits) editPackage(t *testing.T, seed uint64, n int) {
	r := rand.New(rand.NewPCG(seed, 2))
	shared := newPrelude(r) + twins
	old, edited := withDecls(shared, false), withDecls(shared, true)
	opened := []string{"ask waiter"}
	var flows []flowText
	made := map[string][]string{}
	for try := uint64(0); len(flows) < n; try++ {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 5000+try))}
		w.n = len(flows) * 1000
		name := fmt.Sprintf("flow%d", len(flows))
		w.workflow(name, 2+w.IntN(5))
		before, decls := withExtras(r, w.b.String())
		if p, _ := check(old + before); p == nil {
			continue
		}
		kind := ""
		if len(flows) < len(sought) {
			kind = sought[len(flows)]
		}
		for range 20 {
			text, kinds := editBy(r, before, kind)
			if kind != "" && kinds == nil {
				break
			}
			if p, _ := check(edited + text); p == nil || text == before && len(decls) == 0 {
				continue
			}
			old, edited = old+before, edited+text
			opened = append(opened, w.opened...)
			flows, made[name] = append(flows, flowText{name, text}), append(kinds, decls...)
			break
		}
	}
	before, _ := check(old)
	after, why := check(edited)
	if before == nil || after == nil {
		t.Fatal(why)
	}
	var cases []world.Case
	for i, f := range flows {
		for k := range 3 {
			s := seed*1_000_000 + uint64(i*10+k)
			cases = append(cases, world.Case{Workflow: f.name, Input: withExtra(newInput(s)), Seed: s, Callbacks: opened})
		}
	}
	report := map[string]*changes.Workflow{}
	for _, w := range changes.Compare(before, after).Workflows {
		report[w.Name] = w
	}
	for _, kinds := range made {
		for _, kind := range kinds {
			e.kinds[kind]++
		}
	}
	e.cases += len(cases)
	for _, stop := range rehearsals(t, before, after, cases) {
		e.stops++
		name := cases[stop.Case].Workflow
		place := fmt.Sprintf("seed %d, %s edited by %v, stopped after event %d", seed, name, made[name], stop.Events)
		var at changes.Standing
		for _, op := range stop.Record {
			at.Record(op.ID, op.Ended)
		}
		said := at.Effect(report[name])
		is, what := became(stop, made[name])
		e.seen[fmt.Sprintf("said %s, was %s", said, is)]++
		if stop.Lost != "" || untold(said, is) {
			t.Errorf("%s: it is said %q, and is %q: %s%s\n%s", place, said, is, what, stop.Lost, textOfFlow(flows, name))
			return
		}
		if is >= changes.Again && len(made[name]) == 1 {
			e.witnesses[made[name][0]+" "+is.String()] = place
		}
		e.plant(report[name], &at, is)
	}
}

// became gives the effect that a rehearsal has shown.
func became(stop *world.Stop, made []string) (changes.Effect, string) {
	cutOff := slices.DeleteFunc(slices.Clone(stop.CutOff), func(id string) bool {
		return !slices.ContainsFunc(declEdits, func(k declEdit) bool {
			i := slices.Index(declEdits, k)
			return k.old == "at most once" && slices.Contains(made, k.kind) && strings.HasSuffix(id, fmt.Sprint("word", i))
		})
	})
	switch {
	case stop.Divergence != "":
		return changes.Breaks, stop.Divergence
	case len(cutOff) > 0: // an attempt that nobody would have made again
		return changes.Again, strings.Join(cutOff, ", ")
	case len(stop.Again) > 0:
		return changes.Again, strings.Join(stop.Again, ", ")
	case len(stop.Late) > 0:
		return changes.Late, strings.Join(stop.Late, ", ")
	}
	return changes.Nothing, ""
}

// untold reports whether what an execution came to is worse than what was said.
func untold(said, is changes.Effect) bool {
	if is <= changes.Again && (said == changes.Left || said == changes.Depends) {
		// What comes next stands behind a record that nobody asks for, as what is late or done
		// again does; where it depends, the other way may do what the one on record did.
		return false
	}
	return is > said
}

// plant takes the verdicts of a kind out of a report, and notes whether that is noticed.
func (e *edits) plant(w *changes.Workflow, at *changes.Standing, is changes.Effect) {
	tried := map[string]bool{}
	for _, c := range w.Changes {
		for _, v := range c.Verdicts {
			fault := faultOf(c, v)
			if v.Effect <= changes.Left || tried[fault] {
				continue
			}
			tried[fault] = true
			if untold(at.Effect(lacking(w, fault)), is) {
				e.faults[fault]++
			}
		}
	}
}

func faultOf(c *changes.Change, v changes.Verdict) string {
	return fmt.Sprintf("%s, %s: %s", c.Kind, v.At.Stage, v.Effect)
}

// lacking is a report without the verdicts of a fault.
func lacking(w *changes.Workflow, fault string) *changes.Workflow {
	out := &changes.Workflow{Name: w.Name}
	for _, c := range w.Changes {
		less := *c
		less.Verdicts = nil
		for _, v := range c.Verdicts {
			if faultOf(c, v) != fault {
				less.Verdicts = append(less.Verdicts, v)
			}
		}
		out.Changes = append(out.Changes, &less)
	}
	return out
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
