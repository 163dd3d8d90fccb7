package review

import (
	"slices"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/visualize"
)

// Picture gives the workflow of a name in both versions of a report, to be drawn as one.
func Picture(r *changes.Report, name string) *visualize.Change {
	c := &visualize.Change{
		Old: version(r.Old, name), New: version(r.New, name),
		Notes: map[dsl.Pos][]string{}, Otherwise: map[dsl.Pos][]string{}, Inside: map[string]bool{},
	}
	for _, w := range r.Workflows {
		if len(w.Changes) > 0 && w.Name != name {
			c.Inside[w.Name] = true
		}
		for _, change := range w.Changes {
			at := change.Pos
			if w.Name != name || change.Call != "" || at == 0 {
				continue
			}
			if word := unseen[change.Kind]; word != "" && !slices.Contains(c.Notes[at], word) {
				c.Notes[at] = append(c.Notes[at], word)
			}
			if word := seldomSeen[change.Kind]; word != "" && len(c.Otherwise[at]) == 0 {
				c.Otherwise[at] = []string{word}
			}
		}
	}
	return c
}

// unseen are the kinds of changes that no diagram shows by itself.
var unseen = map[string]string{
	changes.Arguments: "arguments", changes.Result: "result", changes.Errors: "data of its errors",
	changes.Moved: "moved", changes.Reordered: "order",
}

// seldomSeen are those that some diagrams show.
var seldomSeen = map[string]string{changes.Policy: "policy", changes.Undo: "undo", changes.Callee: "what it calls"}

func version(p *dsl.Program, name string) visualize.Version {
	v := visualize.Version{Program: p}
	if p != nil {
		for _, w := range p.Workflows {
			if w.Name != nil && w.Name.Text == name && w.Body != nil {
				v.Workflow = w
			}
		}
	}
	return v
}
