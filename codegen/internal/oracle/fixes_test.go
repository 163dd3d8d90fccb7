package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/fixcases"
	"github.com/durablegen/durablegen/runtime/wire"
)

const fixesDir = "../../../dsl/testdata/fixes"

// TestFixesMeanWhatTheirAuthorsMeant runs what the fixes of the compiler make of a text
// beside a program that does what its author meant, in the same worlds: both have the same
// result or error, the same operations by the same names, and call the same steps in the
// same order.
func TestFixesMeanWhatTheirAuthorsMeant(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	all, err := fixcases.Read(fixesDir)
	if err != nil {
		t.Fatal(err)
	}
	prelude, err := os.ReadFile(filepath.Join(fixesDir, "prelude.flow"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []world.Case
	var named []*fixcases.Case
	fixed, meant := map[string]string{"prelude.flow": string(prelude)}, map[string]string{"prelude.flow": string(prelude)}
	for i, c := range all {
		if c.Meant == "" || strings.Contains(c.Fixed, "\nimport ") {
			continue // only its author can tell; or it names a Go type, and runs nothing
		}
		fixed[c.Workflow+".flow"], meant[c.Workflow+".flow"] = c.Fixed, c.Meant
		for k := range 4 {
			seed := uint64(i*10 + k)
			cases = append(cases, world.Case{Workflow: c.Workflow, Input: inputOf(c, seed), Seed: seed, Callbacks: []string{"ask"}})
			named = append(named, c)
		}
	}
	is, should := runFiles(t, fixed, cases), runFiles(t, meant, cases)
	ran := map[string]bool{}
	for i, c := range named {
		ran[c.Name] = ran[c.Name] || should[i].Status == wire.ExecutionSucceeded || len(should[i].Calls) > 0
		if got, want := did(is[i]), did(should[i]); got != want {
			t.Errorf("%s, input %s: the fixed program did\n%s\nand should have done\n%s", c.Name, cases[i].Input, got, want)
		}
	}
	for _, c := range named {
		if !ran[c.Name] {
			t.Errorf("%s: no run of it came to anything: %s", c.Name, did(should[slices.Index(named, c)]))
			ran[c.Name] = true
		}
	}
}

// inputOf makes an input of what a workflow takes: one parameter alone is all of it.
func inputOf(c *fixcases.Case, seed uint64) json.RawMessage {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(newInput(seed), &all); err != nil {
		panic(err)
	}
	if strings.Contains(c.Fixed, c.Workflow+"(n int)") {
		return all["n"]
	}
	all["m"] = all["n"]
	input, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return input
}

// runFiles runs the cases on a program of several files, each once.
func runFiles(t *testing.T, texts map[string]string, cases []world.Case) []*world.Observation {
	t.Helper()
	set := &dsl.SourceSet{}
	var files []*dsl.File
	var diags dsl.Diagnostics
	for name, text := range texts {
		tree, ds := dsl.Parse(set.Add(name, []byte(text)))
		files, diags = append(files, tree), append(diags, ds...)
	}
	p, more := dsl.Check(set, files, dsl.CheckOptions{})
	if diags = append(diags, more...); p == nil || diags.HasErrors() {
		var b bytes.Buffer
		dsl.WriteText(&b, set, diags, false)
		t.Fatal(b.String())
	}
	dir := writeFiles(t, p, texts, cases)
	out, err := exec.Command("go", "test", "-count=1", "-vet=off", "./"+dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, world.ObservationsFile))
	if err != nil {
		t.Fatal(err)
	}
	var observations []*world.Observation
	if err := json.Unmarshal(data, &observations); err != nil {
		t.Fatal(err)
	}
	if len(observations) != len(cases) {
		t.Fatalf("%d observations of %d cases", len(observations), len(cases))
	}
	return observations
}

// did tells what a run did: how it ended, its operations, and the calls of steps.
func did(obs *world.Observation) string {
	var b strings.Builder
	if obs.Next != nil {
		fmt.Fprintf(&b, "goes on with %s", world.Canonical(*obs.Next))
	} else {
		fmt.Fprintf(&b, "%s %s", obs.Status, world.Canonical(text(obs.Result)))
	}
	if obs.Error != nil {
		fmt.Fprintf(&b, " %s %s", obs.Error.ErrorType, obs.Error.ErrorData)
	}
	var operations []string
	for _, op := range obs.Operations {
		if op.ParentId != "" || op.Id != obs.Operations[0].Id {
			operations = append(operations, fmt.Sprintf("%s %s %q in %q: %s", op.Id, op.SubType, op.Name, op.ParentId, op.Status))
		}
	}
	slices.Sort(operations)
	fmt.Fprintf(&b, "%s\n%s\n", obs.Problem, strings.Join(operations, "\n"))
	for _, c := range obs.Calls {
		fmt.Fprintf(&b, "%s %s%s, attempt %d\n", c.ID, c.Step, c.Args, c.Attempt)
	}
	return newName.ReplaceAllString(b.String(), "<new>")
}

// newName is what is another text in every execution, a UUID or the ID of a callback.
var newName = regexp.MustCompile(`[0-9a-f-]{36,}`)
