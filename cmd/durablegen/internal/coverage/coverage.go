// Package coverage tells what a test suite has taken of the workflows of a package, and what
// it has not.
package coverage

import (
	"fmt"
	"slices"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/profile"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/visualize"
)

// Package is what has been taken of a package.
type Package struct {
	Dir       string
	Shown     *dsl.SourceSet // for the places of items
	Workflows []*Workflow    // of the files that were asked for
	Runs      int            // executions that count, those that went the same way once
	// Stale counts those that ran before the source files were changed, and Strange those
	// with which no way through their workflow agrees. Both are left aside.
	Stale, Strange int

	suite *visualize.Suite
}

// Workflow is what has been taken of a workflow.
type Workflow struct {
	Decl     *dsl.WorkflowDecl
	Coverage *visualize.Coverage
	Items    []visualize.Item
}

// Of reckons for a package what the runs of a profile have taken of it.
func Of(p *flowdir.Package, runs []*profile.Run) (*Package, error) {
	digest, err := profile.Digest(p.Dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Dir, words.Cause(err))
	}
	c := &Package{Dir: p.Dir, Shown: p.Shown, suite: visualize.NewSuite(p.Program)}
	path := gobuild.ImportPath(p.Dir)
	for _, r := range runs {
		if r.Package == path {
			c.add(p.Program, r, digest)
		}
	}
	wanted := p.Wanted()
	for _, w := range p.Program.Workflows {
		if slices.Contains(wanted, p.Program.Position(w.Start).File) {
			of := c.suite.Of(w)
			c.Workflows = append(c.Workflows, &Workflow{w, of, of.Items()})
		}
	}
	return c, nil
}

func (c *Package) add(p *dsl.Program, r *profile.Run, digest string) {
	if r.Flow != digest {
		c.Stale++
		return
	}
	checkpoints := make([]visualize.Checkpoint, len(r.Checkpoints))
	for i, k := range r.Checkpoints {
		checkpoints[i] = visualize.Checkpoint{Operation: k.Operation, Before: k.Before, After: k.After}
	}
	for _, w := range p.Workflows {
		if w.Name.Text == r.Workflow && c.suite.Add(w, execution.Of(r.Events), checkpoints) {
			c.Runs++
			return
		}
	}
	c.Strange++
}

// Of gives what has been taken of a workflow.
func (c *Package) Of(w *dsl.WorkflowDecl) *visualize.Coverage { return c.suite.Of(w) }

// Warnings says what was left aside, a sentence each.
func (c *Package) Warnings() []string {
	var out []string
	if c.Stale > 0 {
		out = append(out, fmt.Sprintf("%s: its .flow files have changed since %s; these are left aside: run the tests again", c.Dir, words.Count(c.Stale, "execution")))
	}
	if c.Strange > 0 {
		out = append(out, fmt.Sprintf("%s: no way through its workflows agrees with %s; these are left aside: is the generated Go current?", c.Dir, words.Count(c.Strange, "execution")))
	}
	if c.Stale+c.Strange+c.Runs == 0 {
		out = append(out, fmt.Sprintf("%s: no test has run its workflows", c.Dir))
	}
	return out
}

// Tally counts items.
type Tally struct {
	Taken  int `json:"taken"`
	Total  int `json:"total"`
	Untold int `json:"untold,omitempty"` // of which no history tells; they are not in Total
}

// Percent is how many of those in Total are taken.
func (t Tally) Percent() float64 {
	if t.Total == 0 {
		return 100
	}
	return 100 * float64(t.Taken) / float64(t.Total)
}

func (t *Tally) add(way visualize.Way) {
	switch way {
	case visualize.Untold:
		t.Untold++
		return
	case visualize.Taken:
		t.Taken++
	}
	t.Total++
}

// Tally counts all items of a workflow.
func (w *Workflow) Tally() Tally {
	var t Tally
	for _, item := range w.Items {
		t.add(item.Way)
	}
	return t
}

// of counts the items of a kind.
func (w *Workflow) of(kind visualize.ItemKind) Tally {
	var t Tally
	for _, item := range w.Items {
		if item.Kind == kind {
			t.add(item.Way)
		}
	}
	return t
}

// Total counts the items of several packages.
func Total(list []*Package) Tally {
	var sum Tally
	for _, p := range list {
		for _, w := range p.Workflows {
			t := w.Tally()
			sum.Taken, sum.Total, sum.Untold = sum.Taken+t.Taken, sum.Total+t.Total, sum.Untold+t.Untold
		}
	}
	return sum
}
