package visualize

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/dsl"
)

// TestChanges draws the two versions of testdata/changes/*.txtar as one, in the forms that
// TestGolden knows; TestEveryCommittedDiagramRenders shows them to a browser.
func TestChanges(t *testing.T) {
	files, err := filepath.Glob("testdata/changes/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata")
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		versions := map[string]*dsl.Program{}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".flow") {
				versions[f.Name] = checked(t, &txtar.Archive{Files: []txtar.File{f}})
			}
		}
		for i := range archive.Files {
			f := &archive.Files[i]
			parts := strings.Split(f.Name, ".")
			if len(parts) != 3 {
				continue
			}
			detail, _ := ParseDetail(parts[1])
			c := &Change{Old: workflowOf(versions["old.flow"], parts[0]), New: workflowOf(versions["new.flow"], parts[0])}
			got := c.Mermaid(detail)
			if parts[2] == "txt" {
				got = c.Text(detail, 100)
			}
			if *update {
				f.Data = []byte(got)
			} else if !bytes.Equal([]byte(got), f.Data) {
				t.Errorf("%s: %s has changed; look at it, then run go test -update. It is now:\n%s", file, f.Name, got)
			}
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func workflowOf(p *dsl.Program, name string) Version {
	for _, w := range p.Workflows {
		if w.Name.Text == name {
			return Version{p, w}
		}
	}
	return Version{Program: p}
}

// randomChange gives two random workflows, which have names in common.
func randomChange(seed int64) *Change {
	p, w := randomProgram(seed, 4+int(seed%9))
	q, x := randomProgram(seed/3+1, 4+int(seed%7))
	return &Change{Old: Version{p, w}, New: Version{q, x}}
}

// The joined graph of two versions holds both: what is kept, changed and added is the new
// one, what is kept, changed and gone the old one, node by node and edge by edge.
func TestJoinedGraphHoldsBoth(t *testing.T) {
	const programs = 400
	found := map[standing]int{}
	for seed := int64(1); seed <= programs; seed++ {
		for _, detail := range Details {
			c := randomChange(seed)
			j := c.drawing(detail).changed
			for v, of := range []Version{c.Old, c.New} {
				only := [...]standing{gone, added}[v]
				if err := j.holds(of.view(detail), v, only); err != nil {
					t.Fatalf("seed %d, %v, version %d: %v", seed, detail, v, err)
				}
			}
			if err := j.sound(); err != nil {
				t.Fatalf("seed %d, %v: %v", seed, detail, err)
			}
			for _, s := range j.nodes {
				found[s]++
			}
		}
	}
	for _, s := range []standing{added, gone, changed} {
		if found[s] == 0 {
			t.Errorf("no node is %q", signs[s])
		}
	}
	t.Logf("%d pairs in %d details; %v", programs, len(Details), found)
}

// holds compares the part of a joined view that belongs to a version with that version.
func (j *joined) holds(v *view, version int, only standing) error {
	drawn := map[string]*Node{} // by the ID in the version
	for n, at := range j.versions[version] {
		drawn[n.ID] = at
	}
	count, err := 0, error(nil)
	walk(v.nodes, func(n *Node) {
		count++
		at := drawn[n.ID]
		if at == nil || j.view.byID[at.ID] != at {
			err = fmt.Errorf("node %s is lost", n.ID)
		}
	})
	there := map[*Node]bool{}
	walk(j.view.nodes, func(n *Node) { there[n] = true })
	for n := range there {
		s := j.nodes[n]
		if (s == added || s == gone) != (j.before[n] == nil) {
			return fmt.Errorf("node %s is %d", n.ID, s)
		}
		if s == only || s == kept || s == changed {
			count--
		}
	}
	if err != nil || count != 0 {
		return fmt.Errorf("%d nodes differ; %v", count, err)
	}
	type route struct {
		from, to *Node
		kind     EdgeKind
	}
	edges := map[route]bool{}
	for _, e := range j.view.edges {
		if s := j.edges[e]; s == only || s == kept || s == changed {
			edges[route{j.view.byID[e.From], j.view.byID[e.To], e.Kind}] = true
		}
	}
	for _, e := range v.edges {
		r := route{drawn[e.From], drawn[e.To], e.Kind}
		if !edges[r] && (only == added || r.from.Parent == r.to.Parent) {
			return fmt.Errorf("the edge from %s to %s is lost", e.From, e.To)
		}
		delete(edges, r)
	}
	for r := range edges {
		return fmt.Errorf("an edge from %s to %s is of no version", r.from.ID, r.to.ID)
	}
	return nil
}

// sound holds what Mermaid needs: different IDs, and edges within one frame.
func (j *joined) sound() error {
	var err error
	seen := map[string]bool{}
	walk(j.view.nodes, func(n *Node) {
		if seen[n.ID] {
			err = fmt.Errorf("two nodes with the ID %s", n.ID)
		}
		seen[n.ID] = true
		if n.Frame != (len(n.Nodes) > 0) {
			err = fmt.Errorf("%s is a frame: %v, with %d nodes", n.ID, n.Frame, len(n.Nodes))
		}
	})
	for _, e := range j.view.edges {
		from, to := j.view.byID[e.From], j.view.byID[e.To]
		if from == nil || to == nil || from.Parent != to.Parent {
			err = fmt.Errorf("the edge from %s to %s crosses a frame", e.From, e.To)
		}
	}
	return err
}

// A version is no change of itself, and one alone is all new, or all gone.
func TestChangeOfNothing(t *testing.T) {
	for seed := int64(1); seed <= 100; seed++ {
		p, w := randomProgram(seed, 9)
		v := Version{p, w}
		for _, detail := range Details {
			same := (&Change{Old: v, New: v}).drawing(detail)
			for n, s := range same.changed.nodes {
				if s != kept {
					t.Fatalf("seed %d: %s of a version and itself is %q", seed, n.ID, signs[s])
				}
			}
			for _, text := range []string{same.draw(), (&Change{New: v}).Mermaid(detail), (&Change{Old: v}).Mermaid(detail)} {
				marks := map[string]bool{}
				for _, class := range []string{"added", "gone", "changed"} {
					marks[class] = strings.Contains(text, "classDef "+class+" ")
				}
				if marks["changed"] || marks["added"] && marks["gone"] || text == same.text && (marks["added"] || marks["gone"]) {
					t.Fatalf("seed %d: %v\n%s", seed, marks, text)
				}
			}
		}
	}
}

// TestRandomChangesRender draws random changes in a browser.
func TestRandomChangesRender(t *testing.T) {
	var diagrams []string
	for seed := int64(1); seed <= 12; seed++ {
		diagrams = append(diagrams, randomChange(seed).Mermaid(Details[seed%3]))
	}
	render(t, false, diagrams, func(i int, r rendered) {
		if r.Error != "" {
			t.Errorf("%s\n%s", r.Error, diagrams[i])
		}
		if faint := slices.IndexFunc(r.Problems, func(p string) bool { return strings.Contains(p, "contrast") }); faint >= 0 {
			t.Errorf("%s\n%s", r.Problems[faint], diagrams[i])
		}
	})
}
