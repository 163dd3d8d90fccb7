package codegen_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
)

var update = flag.Bool("update", false, "rewrite the expected output of the tests")

// check parses and checks files, which must be right.
func check(t testing.TB, files map[string]string, names ...string) *dsl.Program {
	t.Helper()
	set := &dsl.SourceSet{}
	var trees []*dsl.File
	var all dsl.Diagnostics
	for _, name := range names {
		tree, diags := dsl.Parse(set.Add(name, []byte(files[name])))
		trees = append(trees, tree)
		all = append(all, diags...)
	}
	p, diags := dsl.Check(set, trees, dsl.CheckOptions{Importer: goImporter{"."}})
	all = append(all, diags...)
	if p == nil || all.HasErrors() {
		var text bytes.Buffer
		dsl.WriteText(&text, set, all, false)
		t.Fatalf("the program has mistakes:\n%s", text.String())
	}
	return p
}

// TestGolden generates Go for the .flow files of each archive and compares it with
// the Go files there.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, archive)
			if !*update {
				return
			}
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func golden(t *testing.T, archive *txtar.Archive) {
	flow, want := map[string]string{}, map[string]string{}
	var names []string
	var kept []txtar.File
	for _, file := range archive.Files {
		switch {
		case strings.HasSuffix(file.Name, ".flow"):
			flow[file.Name] = string(file.Data)
			names = append(names, file.Name)
		case strings.HasSuffix(file.Name, "_flow.go"):
			want[file.Name] = string(file.Data)
			continue
		}
		kept = append(kept, file)
	}
	out, err := codegen.Generate(check(t, flow, names...), codegen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		goName := codegen.GoFileName(name)
		got := string(out.Files[goName])
		if !*update && got != want[goName] {
			t.Errorf("%s is not as expected; run the test with -update and look at the difference\n%s", goName, got)
		}
		kept = append(kept, txtar.File{Name: goName, Data: []byte(got)})
	}
	archive.Files = kept
}

// A tree that the checker would never let through is an error that says where, not
// a crash.
func TestInternalErrorsNameThePlace(t *testing.T) {
	p := check(t, map[string]string{"a.flow": "flow 1\n\npackage a\n\nstep s() string  reads\n\nworkflow w() string {\n    x := step s()\n    return x\n}\n"}, "a.flow")
	p.Workflows[0].Body.Stmts[0].(*dsl.AssignStmt).Value.Op.(*dsl.StepOp).Decl = nil
	_, err := codegen.Generate(p, codegen.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "a.flow:8:10: internal error while writing Go: ") {
		t.Errorf("got %v", err)
	}
}
