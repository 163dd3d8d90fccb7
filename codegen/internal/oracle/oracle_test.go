package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// environment gives a number from the environment.
func environment(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestRandomProgramsRunAsInterpreted writes workflows at random, runs them on the
// service and compares what they did with the interpreter. ORACLE_WORKFLOWS sets
// their number, ORACLE_SEED the first seed, ORACLE_CRASHES how often each execution
// is run again and killed, ORACLE_RERUNS from how many operations on one that has ended is run again; ORACLE_KEEP keeps the packages.
func TestRandomProgramsRunAsInterpreted(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	count, seed := environment("ORACLE_WORKFLOWS", 12), environment("ORACLE_SEED", 1)
	t.Logf("ORACLE_SEED=%d", seed)
	seen := tally{}
	runPackages(t, seed, count, 3, environment("ORACLE_CRASHES", 2), seen)
	if untold, taken := seen["edges: untold, which is true"]+seen["edges: untold, which is false"], seen["edges: taken, which is true"]; untold > taken/2 {
		t.Errorf("of %d edges the pictures do not tell whether they were taken, and of only %d that they were", untold, taken)
	}
	t.Logf("what there was:\n%s", seen)
}

// runPackages runs a number of workflows, in packages of 30 from a seed on, until there is
// enough wrong.
func runPackages(t *testing.T, seed, count, worlds, crashes int, seen tally) {
	for wrong := 0; count > 0 && wrong < 10; seed++ {
		n := min(count, 30)
		count -= n
		wrong += runPackage(t, uint64(seed), n, worlds, crashes, seen)
	}
}

// tally counts what became of operations of each kind, to show what is tried.
type tally map[string]int

func (seen tally) count(obs *world.Observation) {
	end := "execution " + string(obs.Status)
	if obs.Error != nil {
		end += " " + obs.Error.ErrorType
	}
	if obs.Next != nil {
		end += ", and goes on"
	}
	seen[end]++
	for _, op := range obs.Operations {
		what := op.SubType + " " + string(op.Status)
		if opid.IsUndo(op.Id) {
			what = "undo " + what
		}
		if d := op.StepDetails; d != nil && d.Attempt > 1 {
			what += " again"
		}
		seen[what]++
		if d := op.ContextDetails; d != nil && d.Result != nil && d.ReplayChildren {
			seen["entered again: "+op.SubType]++
		}
		if d := op.ContextDetails; d != nil && d.Result != nil {
			for _, reason := range []string{"MIN_SUCCESSFUL_REACHED", "FAILURE_TOLERANCE_EXCEEDED", `"winner"`} {
				if strings.Contains(*d.Result, reason) {
					seen["with "+reason]++
				}
			}
		}
		if d := op.ContextDetails; d != nil && d.Error != nil && d.Error.ErrorType == "UndoFailed" {
			seen["with UndoFailed"]++
		}
		if d := op.ContextDetails; d != nil && d.Error != nil && strings.HasPrefix(d.Error.ErrorMessage, "not done within") || d != nil && d.Error != nil && d.Error.ErrorType == "Stopped" {
			seen["ended: "+d.Error.ErrorType]++
		}
	}
}

func (seen tally) String() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		fmt.Fprintf(&b, "%8d %s\n", seen[what], what)
	}
	return b.String()
}

// flowText is a workflow of a package.
type flowText struct{ name, text string }

// runPackage makes a package of n workflows and runs each in some worlds, once more for each crash.
// It gives the number of workflows that were wrong.
func runPackage(t *testing.T, seed uint64, n, worlds, crashes int, seen tally) int {
	r := rand.New(rand.NewPCG(seed, 1))
	text := newPrelude(r)
	var flows []flowText
	opened := []string{"ask waiter"}
	var calls []string
	tries := 0
	for len(flows) < n {
		tries++
		w := &writer{Rand: rand.New(rand.NewPCG(seed, uint64(100+tries)))}
		w.n = len(flows) * 1000
		size := 2 + w.IntN(6)
		if len(flows) < 3 {
			size = 2
		} else {
			w.calls = calls
		}
		name := fmt.Sprintf("flow%d", len(flows))
		if len(flows) >= 3 { // which nobody calls
			w.again = name
		}
		w.workflow(name, size)
		if p, reason := check(text + w.b.String()); p == nil {
			if os.Getenv("ORACLE_SHOW") != "" {
				t.Log(reason)
			}
			continue
		}
		text += w.b.String()
		opened = append(opened, w.opened...)
		flows = append(flows, flowText{name: name, text: w.b.String()})
		if len(flows) <= 3 {
			calls = append(calls, name)
		}
	}
	t.Logf("seed %d: %d of %d workflows are right", seed, n, tries)
	p, reason := check(text)
	if p == nil {
		t.Fatal(reason)
	}
	var cases []world.Case
	for i, f := range flows {
		for k := range worlds {
			s := seed*1_000_000 + uint64(i*10+k)
			cases = append(cases, world.Case{Workflow: f.name, Input: newInput(s), Seed: s, Crashes: crashes, Reruns: environment("ORACLE_RERUNS", 2), Callbacks: opened})
		}
	}
	return runCases(t, p, seed, text, flows, cases, seen)
}

// runCases runs workflows of a program in the worlds of some cases. It gives the number of
// workflows that were wrong.
func runCases(t *testing.T, p *dsl.Program, seed uint64, text string, flows []flowText, cases []world.Case, seen tally) int {
	dir := writePackage(t, p, text, cases)
	cmd := exec.Command("go", "test", "-count=1", "-timeout=20m", "-vet=printf", "./"+dir)
	out, err := cmd.CombinedOutput()
	data, missing := os.ReadFile(filepath.Join(dir, world.ObservationsFile))
	if missing != nil {
		t.Errorf("seed %d: %v, %v\n%s", seed, err, missing, out)
		return 1
	}
	var observations []*world.Observation
	if err := json.Unmarshal(data, &observations); err != nil {
		t.Fatal(err)
	}
	bad := map[string]bool{}
	estimates := estimatesOf(t, p)
	for _, obs := range observations {
		c := cases[obs.Case]
		seen.count(obs)
		if obs.Reopens && obs.Problem == "" { // what was told of the callback before is not so any more
			if seen["from an operation on, a callback reopened"]++; obs.Error != nil && obs.Error.ErrorType == "NonDeterministicExecutionError" {
				obs.Problem = obs.Error.ErrorMessage
			} else {
				continue
			}
		}
		went, problem := judge(p, c, obs)
		if obs.Rerun != "" {
			seen["from an operation on"]++
		}
		if problem == "" && !waitsForAttempt(obs) {
			problem = seen.judgePicture(c, obs, went)
		}
		if problem == "" && obs.Rerun == "" { // what it begins with has been paid for
			problem = seen.judgeCost(p, estimates[c.Workflow], c, obs)
		}
		if problem != "" && !bad[c.Workflow] {
			bad[c.Workflow] = true
			t.Errorf("seed %d, %s, world %d, killed [%s], from [%s] on: %s\ninput %s\n%s\n%s", seed, c.Workflow, c.Seed, obs.Crash, obs.Rerun, problem, c.Input, textOfFlow(flows, c.Workflow), obs.History)
		}
	}
	if err != nil && len(bad) == 0 {
		t.Errorf("seed %d: %v\n%s", seed, err, out)
	}
	t.Logf("seed %d: %d runs", seed, len(observations))
	return len(bad)
}

// waitsForAttempt tells whether a step that begins anew has come to no attempt yet: its history knows
// nothing of it.
func waitsForAttempt(obs *world.Observation) bool {
	return obs.Rerun != "" && slices.ContainsFunc(obs.Operations, func(o wire.Operation) bool { return o.Status == wire.StatusReady })
}

// newPrelude gives a prelude that is right: a policy may be refused, as an `except` of all that
// may fail.
func newPrelude(r *rand.Rand) string {
	for {
		text := drawPrelude(r)
		if p, _ := check(text); p != nil {
			return text
		}
	}
}

func textOfFlow(flows []flowText, name string) string {
	for _, f := range flows {
		if f.name == name {
			return f.text
		}
	}
	return ""
}

func newInput(seed uint64) json.RawMessage {
	r := rand.New(rand.NewPCG(seed, 3))
	text, _ := json.Marshal(map[string]json.RawMessage{
		"item": world.Value(r, "Item"), "n": world.Value(r, "int"), "words": world.Value(r, "[]string"),
		"items": world.Value(r, "[]Item"), "prices": world.Value(r, "map[string]int"), "maybe": world.Value(r, "string?"),
	})
	return text
}

// check gives the checked program, or why it is none.
func check(text string) (*dsl.Program, string) {
	set := &dsl.SourceSet{}
	tree, diags := dsl.Parse(set.Add("program.flow", []byte(text)))
	p, more := dsl.Check(set, []*dsl.File{tree}, dsl.CheckOptions{})
	diags = append(diags, more...)
	if p == nil || diags.HasErrors() {
		var b bytes.Buffer
		var wrong dsl.Diagnostics
		for _, d := range diags {
			if d.Severity == dsl.Error {
				wrong = append(wrong, d)
			}
		}
		dsl.WriteText(&b, set, wrong, false)
		return nil, b.String()
	}
	return p, ""
}

// writePackage writes the program's Go and its cases into a folder of this module.
func writePackage(t *testing.T, p *dsl.Program, text string, cases []world.Case) string {
	return writeFiles(t, p, map[string]string{"program.flow": text}, cases)
}

// writeFiles is writePackage for a program of several files.
func writeFiles(t *testing.T, p *dsl.Program, texts map[string]string, cases []world.Case) string {
	out, err := codegen.Generate(p, codegen.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, texts)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("testdata", "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if os.Getenv("ORACLE_KEEP") == "" {
			os.RemoveAll(dir)
		}
	})
	list, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"stage.go": []byte(stage(p)), "stage_test.go": []byte(stageTest), world.CasesFile: list}
	for name, text := range texts {
		files[name] = []byte(text)
	}
	maps.Copy(files, out.Files)
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.ToSlash(dir)
}

const stageTest = `package program

import (
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/runtime/durable"
)

func TestServe(t *testing.T) {
	world.Serve(t, errorOf, func(s *world.Stage) []*durable.Function { return Workflows(stage{s}) })
}
`

// stage writes the steps of a program: all of them ask the world.
func stage(p *dsl.Program) string {
	var b strings.Builder
	b.WriteString(`package program

import (
	"context"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
)

type stage struct{ world *world.Stage }

func errorOf(r world.Reply) error {
	switch r.Error {
	case "Bad":
		return &BadError{Code: r.Code}
`)
	for _, e := range p.Errors {
		if name := e.Name; name != "Bad" && name != "Worse" {
			fmt.Fprintf(&b, "\tcase %q:\n\t\treturn &%sError{}\n", name, name)
		}
	}
	b.WriteString(`	}
	return &WorseError{}
}

func score(item Item, n int) float64 {
	if n == 3 {
		panic("three")
	}
	return float64(n)*1.5 + float64(len(item.Name))
}
`)
	method := func(name, extra string, params []*dsl.Param, result dsl.Type, fails []*dsl.ErrorType, timed, calm, keyed bool) {
		list, args := "ctx context.Context"+extra, ""
		for _, param := range params {
			list += ", " + param.Name.Text + "Arg " + goType(param.Var.Type)
			args += ", " + param.Name.Text + "Arg"
		}
		call := fmt.Sprintf("(ctx, s.world, %q, %q, %#v, %v, %v, %v%s)", name, typeName(result), names(fails), timed, calm, keyed, args)
		goName := strings.ToUpper(name[:1]) + name[1:]
		if result == nil {
			fmt.Fprintf(&b, "\nfunc (s stage) %s(%s) error {\n\t_, err := world.Do[any]%s\n\treturn err\n}\n", goName, list, call)
			return
		}
		fmt.Fprintf(&b, "\nfunc (s stage) %s(%s) (%s, error) {\n\treturn world.Do[%s]%s\n}\n", goName, list, goType(result), goType(result), call)
	}
	for _, d := range p.Steps {
		method(d.Name.Text, "", d.Params, d.ResultType, d.Fails, d.Policy.Timeout != nil, calm(d.Name.Text), keyed(d))
	}
	for _, d := range p.Callbacks {
		if d.Submitted {
			method(d.Name.Text, ", callbackID string", d.Params, nil, nil, false, false, false)
		}
	}
	return b.String()
}

func goType(t dsl.Type) string {
	switch t := t.(type) {
	case *dsl.Optional:
		return "*" + goType(t.Elem)
	case *dsl.List:
		return "[]" + goType(t.Elem)
	}
	if t == dsl.Float {
		return "float64"
	}
	return t.String()
}
