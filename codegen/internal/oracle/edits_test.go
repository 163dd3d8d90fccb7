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
	"github.com/durablegen/durablegen/internal/opid"
)

// TestRandomEditsAreToldRightly edits random workflows at random, has the process die in
// executions of what they were anywhere, and what they became go on. What is said of the edit,
// by where an execution stands, is held to what really became of it, and to what a rehearsal
// of it comes to: whatever breaks, is done again or runs late was told; of what was said to go
// on as if nothing were, each operation is as the interpreter says; and the rehearsal agrees.
// Then kinds of verdicts are taken out of the reports, and the same executions have to show it.
// EDITS_WORKFLOWS sets how many workflows, EDITS_SEED the first seed, EDITS_PLACES where each
// execution is stopped.
func TestRandomEditsAreToldRightly(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	count, seed := environment("EDITS_WORKFLOWS", 100), environment("EDITS_SEED", 16)
	t.Logf("EDITS_SEED=%d", seed)
	all := &edits{seen: map[string]int{}, kinds: map[string]int{}, witnesses: map[string]string{}, faults: map[string]int{}, idle: map[string]int{}}
	for left := count; left > 0 && !t.Failed(); seed++ {
		n := min(left, 25)
		left -= n
		all.editPackage(t, uint64(seed), n)
	}
	t.Logf("%d executions, stopped at %d places, %d judged; %v", all.cases, all.stops, all.judged, all.seen)
	t.Logf("edits: %v", all.kinds)
	for what, where := range all.witnesses {
		t.Logf("%s: %s", what, where)
	}
	t.Logf("faults that would be caught, at how many places: %v", all.faults)
	idle := 0
	for _, n := range all.idle {
		idle += n
	}
	t.Logf("of %d places where it is said that something breaks or is done again, it did not come to that at %d: %v", all.loud, idle, all.idle)
	if os.Getenv("EDITS_SEED") != "" || os.Getenv("EDITS_WORKFLOWS") != "" {
		return // other edits may show less
	}
	if 2*idle > all.loud {
		t.Errorf("more than half of what is said to break or to be done again is not")
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
	judged       int // by the interpreter, too
	seen         map[string]int
	kinds        map[string]int
	// witnesses are executions that break, or do something again, after an edit that was
	// made alone.
	witnesses map[string]string
	// faults are verdicts, by the kind of change, the stage and the effect, with the number of
	// places that contradict a report which lacks them.
	faults map[string]int
	// loud counts places of which it is said that something breaks or is done again, and idle
	// those of them where it did not come to that, by the kind of the verdict.
	loud int
	idle map[string]int
}

// editPackage makes a package of n workflows, and another one in which each was edited.
func (e *edits) editPackage(t *testing.T, seed uint64, n int) {
	r := rand.New(rand.NewPCG(seed, 2))
	shared := newPrelude(r) + twins
	old, edited := withDecls(shared, false), withDecls(shared, true)
	opened := []string{"ask waiter", "tell never"} // the latter where it is decided otherwise
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
	known := map[string]bool{}
	for _, flow := range before.Workflows {
		dsl.Inspect(flow, func(n dsl.Node) bool {
			if op, ok := n.(dsl.Operation); ok {
				known[pathOf(op)] = true
			}
			return true
		})
	}
	for _, stop := range stops(t, before, after, cases) {
		e.stops++
		name := cases[stop.Case].Workflow
		place := fmt.Sprintf("seed %d, %s edited by %v, stopped %s", seed, name, made[name], stop.Crash)
		var at changes.Standing
		for _, op := range stop.Record {
			at.Record(op.ID, op.Ended)
		}
		said := at.Effect(report[name])
		is, what := became(stop, made[name], known)
		e.seen[fmt.Sprintf("said %s, was %s", said, is)]++
		wrong := stop.Lost
		switch {
		case wrong != "":
		case untold(said, is):
			wrong = fmt.Sprintf("it is said %q, and is %q: %s", said, is, what)
		case stop.Divergence != "" && !diverged(stop):
			wrong = "a rehearsal diverges, and the execution does not: " + stop.Divergence
		case said == changes.Nothing && !revalued(made[name]) && !behind(stop, report[name], before, after):
			e.judged++
			_, wrong = judge(after, cases[stop.Case], stop.Went)
		}
		if wrong != "" {
			var told strings.Builder
			changes.WriteText(&told, &changes.Report{Workflows: []*changes.Workflow{report[name]}}, changes.Places{})
			t.Errorf("%s: %s\n%s\n%s\n%s", place, wrong, told.String(), textOfFlow(flows, name), stop.Went.History)
			return
		}
		if is >= changes.Again && len(made[name]) == 1 {
			e.witnesses[made[name][0]+" "+is.String()] = place
		}
		e.plant(report[name], &at, is)
		e.weigh(report[name], &at, said, is)
	}
}

// diverged reports whether the edited version did not agree with the record in the end.
func diverged(stop *world.Stop) bool {
	return stop.Went.Error != nil && stop.Went.Error.ErrorType == "NonDeterministicExecutionError"
}

// revalued reports whether, by an edit, what is on record has come from something else than
// the new text says: another declaration, another callee.
func revalued(made []string) bool {
	return slices.ContainsFunc(made, func(kind string) bool { return area(kind) != kind || kind == "another callee with was" })
}

// behind reports whether something was changed inside of what had ended, and so is not entered
// any more: of that the record tells, and not the text.
func behind(stop *world.Stop, w *changes.Workflow, before, after *dsl.Program) bool {
	ended := map[string]bool{}
	for _, op := range stop.Record {
		if op.Ended {
			ended[opid.Bare(op.ID)] = true
			if opid.Hashed(op.ID) {
				return true // who knows
			}
		}
	}
	inside := func(p *dsl.Program, pos dsl.Pos) (found bool) {
		for _, flow := range p.Workflows {
			dsl.Inspect(flow, func(n dsl.Node) bool {
				op, ok := n.(dsl.Operation)
				if ok && op.Pos() < pos && pos < op.Range().End {
					found = found || ended[pathOf(op)]
				}
				return true
			})
		}
		return found
	}
	return slices.ContainsFunc(w.Changes, func(c *changes.Change) bool { return inside(before, c.Old) || inside(after, c.Pos) })
}

// pathOf is the path of an operation, without turns and items.
func pathOf(op dsl.Operation) (path string) {
	for _, name := range op.Base().Path() {
		path = join(path, name, "")
	}
	return path
}

// became gives the effect that the execution, or a rehearsal, has shown.
// known are the paths of the old version.
func became(stop *world.Stop, made []string, known map[string]bool) (changes.Effect, string) {
	repeated := slices.DeleteFunc(slices.Clone(stop.Repeated), func(pair [2]string) bool {
		return known[opid.Bare(pair[0])] // it would have come to that, too
	})
	cutOff := slices.DeleteFunc(slices.Clone(stop.CutOff), func(id string) bool {
		return !slices.ContainsFunc(declEdits, func(k declEdit) bool {
			i := slices.Index(declEdits, k)
			return k.old == "at most once" && slices.Contains(made, k.kind) && strings.HasSuffix(id, fmt.Sprint("word", i))
		})
	})
	switch {
	case stop.Divergence != "":
		return changes.Breaks, stop.Divergence
	case diverged(stop):
		return changes.Breaks, "in the end: " + stop.Went.Error.ErrorMessage
	case len(repeated) > 0:
		return changes.Again, fmt.Sprintf("in the end: %q", repeated)
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

// weigh counts verdicts that were worse than what came of it: many hold under a condition that
// the place alone does not tell, such as what an error was.
func (e *edits) weigh(w *changes.Workflow, at *changes.Standing, said, is changes.Effect) {
	if said < changes.Again {
		return
	}
	if e.loud++; is >= changes.Again {
		return
	}
	for _, c := range w.Changes {
		for _, v := range c.Verdicts {
			if fault := faultOf(c, v); v.Effect == said && at.Effect(lacking(w, fault)) < said {
				e.idle[fault]++
				return
			}
		}
	}
	e.idle["several"]++
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

// stops runs the old version of a package, and has the new one go on.
func stops(t *testing.T, before, after *dsl.Program, cases []world.Case) []*world.Stop {
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
	var list2 []*world.Stop
	if err := json.Unmarshal(data, &list2); err != nil {
		t.Fatal(err)
	}
	return list2
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

func TestEdits(t *testing.T) { 
	world.Edits(t, world.Version{Workflows: old.Flows, Errors: old.ErrorOf}, world.Version{Workflows: edited.Flows, Errors: edited.ErrorOf}, %d)
 }
`
