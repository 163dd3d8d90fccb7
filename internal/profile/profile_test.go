package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

func run(workflow string) *Run {
	return &Run{
		Package: "example.com/shop", Workflow: workflow, Flow: "f", Events: []wire.Event{{EventType: wire.EventStepStarted, Id: "charge"}},
		Checkpoints: []Checkpoint{{Operation: "charge", Before: true}},
	}
}

// TestProfiles: several processes, each of which writes concurrently, make one profile, in
// which what they had in common stands once.
func TestProfiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [b]", "c")
	for range 2 {
		w, err := Create(dir, "shop")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, name := range []string{"one", "two", "one", "two"} {
			wg.Go(func() {
				if err := w.Add(run(name)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	runs, cut, err := Read(dir)
	if err != nil || len(cut) > 0 || len(runs) != 2 {
		t.Fatalf("got %d runs, %v cut, %v", len(runs), cut, err)
	}
	for _, r := range runs {
		if want := run(r.Workflow); !reflect.DeepEqual(r, want) {
			t.Errorf("got %+v, want %+v", r, want)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(escape(dir), "shop-*"+Ext)); len(files) != 2 {
		t.Errorf("there are %d files", len(files))
	}
}

func TestDamagedProfiles(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(run("one")); err != nil {
		t.Fatal(err)
	}
	file := w.file.Name()
	if _, err := w.file.WriteString(`{"package":"exa`); err != nil {
		t.Fatal(err)
	}
	runs, cut, err := Read(dir)
	if err != nil || len(runs) != 1 || len(cut) != 1 || cut[0] != file {
		t.Errorf("got %d runs, %v cut, %v", len(runs), cut, err)
	}
	if _, err := w.file.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Read(dir); err == nil || !strings.HasPrefix(err.Error(), file+":2: not a line of a coverage profile: ") {
		t.Errorf("got %v", err)
	}
}

// TestDigest: any change of a source file is seen, and none of another file.
func TestDigest(t *testing.T) {
	dir := t.TempDir()
	digest := func() string {
		d, err := Digest(dir)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("steps.go", "package a")
	if d := digest(); d != "" {
		t.Errorf("a folder without source files has the digest %s", d)
	}
	seen := map[string]string{}
	for _, change := range []func(){
		func() { write("a.flow", "flow 1\n") },
		func() { write("a.flow", "flow 1\n\n") },
		func() { write("b.flow", "") },
		func() { os.Rename(filepath.Join(dir, "b.flow"), filepath.Join(dir, "c.flow")) },
	} {
		change()
		d := digest()
		if d == "" || seen[d] != "" {
			t.Errorf("the digest %q is that of another version", d)
		}
		seen[d] = d
		write("steps.go", d)
		if digest() != d {
			t.Error("a Go file changes the digest")
		}
	}
}
