package visualize

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/dsl"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestGolden draws the `.flow` files of testdata/*.txtar. What is expected stands
// beside them: `order.flow.md` is a page, `NAME.DETAIL.mmd` the diagram of a workflow
// in a level of detail, `NAME.sequence.mmd` its sequence diagram, `NAME.run.mmd` the
// diagram with orderHistory laid over it, `NAME.DETAIL.txt` the one for a terminal.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := checked(t, archive)
			for i := range archive.Files {
				f := &archive.Files[i]
				got, ok := draw(t, p, f.Name)
				if !ok {
					continue
				}
				if *update {
					f.Data = got
				} else if !bytes.Equal(got, f.Data) {
					t.Errorf("%s: %s has changed; look at it, then run go test -update. It is now:\n%s", file, f.Name, got)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// draw makes what a file of an archive is to hold; false for a source.
func draw(t *testing.T, p *dsl.Program, name string) ([]byte, bool) {
	t.Helper()
	if source, ok := strings.CutSuffix(name, ".flow.md"); ok {
		for _, f := range p.Files {
			if f.Source.Name == source+".flow" {
				return Document(p, f), true
			}
		}
		t.Fatalf("there is no %s.flow", source)
	}
	parts := strings.Split(name, ".")
	if len(parts) != 3 || parts[2] != "mmd" && parts[2] != "txt" {
		return nil, false
	}
	for _, w := range p.Workflows {
		if w.Name.Text != parts[0] {
			continue
		}
		switch parts[1] {
		case "sequence":
			return []byte(Sequence(p, w)), true
		case "run":
			return []byte(Overlay(NewGraph(p, w), executed(orderHistory), "", at("10:05:00")).Mermaid(Normal)), true
		}
		detail, ok := ParseDetail(parts[1])
		if !ok {
			t.Fatalf("%s: there is no such detail", name)
		}
		if parts[2] == "txt" {
			return []byte(Text(p, w, detail, 100)), true
		}
		return []byte(Mermaid(p, w, detail)), true
	}
	t.Fatalf("there is no workflow %s", parts[0])
	return nil, false
}

// checked parses and checks the `.flow` files of an archive.
func checked(t testing.TB, archive *txtar.Archive) *dsl.Program {
	t.Helper()
	set := &dsl.SourceSet{}
	var files []*dsl.File
	var problems dsl.Diagnostics
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".flow") {
			tree, ds := dsl.Parse(set.Add(f.Name, f.Data))
			files = append(files, tree)
			problems = append(problems, ds...)
		}
	}
	p, ds := dsl.Check(set, files, dsl.CheckOptions{})
	for _, d := range append(problems, ds...) {
		if d.Severity == dsl.Error {
			at := set.Position(d.Span.Start)
			t.Errorf("%s:%d:%d: %s", at.File, at.Line, at.Column, d.Message)
		}
	}
	if t.Failed() || p == nil {
		t.FailNow()
	}
	return p
}

// TestDrawnProgramsAreExact holds the graphs of the archives to what the random
// programs are held to.
func TestDrawnProgramsAreExact(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := checked(t, archive)
		for _, w := range p.Workflows {
			seen := map[dsl.Operation]int{}
			g := NewGraph(p, w)
			g.Walk(func(n *Node) {
				if n.Op != nil {
					seen[n.Op]++
				}
				if n.Op != nil && n.Kind != Undo && !strings.ContainsAny(n.ID, "._") {
					if want := encodePath(n.Op.Base().Path()); n.ID != want {
						t.Errorf("%s: the node of %s has the ID %s", file, want, n.ID)
					}
				}
			})
			eachOperation(w.Body, func(op dsl.Operation) {
				if seen[op] != 1 {
					t.Errorf("%s: %s appears %d times", file, op.Base().Identity, seen[op])
				}
			})
		}
	}
}

func encodePath(path []string) string {
	id := ""
	for _, name := range path {
		id = join(id, name)
	}
	return id
}
