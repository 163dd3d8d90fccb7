package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/revision"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/internal/cost"
)

// The commands of lenses: the client shows what `durablegen diff` and `durablegen cost` say.
const (
	showChanges = "durablegen.changes"
	showCost    = "durablegen.cost"
)

// codeLenses gives what stands above each workflow; what it says is found out when it is in
// sight.
func (v *view) codeLenses(_ context.Context, _ *documentParams) ([]codeLens, error) {
	src := new(dsl.SourceSet).Add(v.doc.name(), v.doc.text)
	f, _ := dsl.Parse(src)
	out := []codeLens{}
	for _, d := range f.Decls {
		if w, ok := d.(*dsl.WorkflowDecl); ok && w.Name != nil && w.Name.Text != "" {
			for _, about := range []string{showChanges, showCost} {
				out = append(out, codeLens{Range: v.doc.place(src, w.Name.Span), Data: lensData{v.doc.uri, w.Name.Text, about}})
			}
		}
	}
	return out, nil
}

// resolveLens says what becomes of the executions of a workflow, or what one costs.
func (v *view) resolveLens(ctx context.Context, p *codeLens) (*codeLens, error) {
	a, err := v.analyse(ctx)
	if err != nil {
		return nil, err
	}
	title := "the package has mistakes"
	switch {
	case a.Program == nil:
	case p.Data.About == showCost:
		title = a.price(p.Data.Workflow)
	default:
		report, _ := a.committed()
		title = verdict(report, p.Data.Workflow)
	}
	p.Command = &command{title, p.Data.About, []string{p.Data.URI}}
	return p, nil
}

// verdict says in a few words what becomes of the executions of a workflow.
func verdict(report *changes.Report, name string) string {
	if report == nil {
		return "not to be compared with the last commit"
	}
	for _, w := range report.Workflows {
		switch {
		case w.Name != name:
		case len(w.Changes) == 0:
			return "as in the last commit"
		case w.Changes[0].Kind != changes.NewFlow:
			return "since the last commit: " + changes.Summary(w.Effect())
		}
	}
	return "new since the last commit"
}

// estimate gives what the workflows of the program take, as far as nothing is assumed; nil if
// there is none.
func (a *analysis) estimate() []*cost.Estimate {
	if a.Program == nil {
		return nil
	}
	list, err := cost.Of(a.Program, cost.Default())
	if err != nil {
		return nil
	}
	return list
}

// price says in a few words what an execution of a workflow costs; nothing if that is not known.
func (a *analysis) price(name string) string {
	for _, e := range a.costs() {
		if e.Workflow == name {
			most := "without bound"
			if total := e.Most.Cost.Total(); !math.IsInf(total, 0) && !math.IsNaN(total) {
				most = cost.Dollars(total) + " at most"
			}
			return fmt.Sprintf("an execution costs about %s, %s at least, %s", cost.Dollars(e.Expected.Cost.Total()), cost.Dollars(e.Least.Cost.Total()), most)
		}
	}
	return ""
}

// compare compares the program with what it was at the last commit; nil if that can't be read.
func (a *analysis) compare() (*changes.Report, changes.Places) {
	before, err := revision.At("HEAD", a.Dir)
	if err != nil || len(before) != 1 {
		return nil, changes.Places{}
	}
	old := before[0].Check()
	if old.Program == nil {
		return nil, changes.Places{}
	}
	return changes.Compare(old.Program, a.Program), changes.Places{Old: old.Shown, New: a.Shown}
}

// executeCommand carries out what a lens offers: the client shows what the edits do.
func (s *server) executeCommand(raw json.RawMessage) (answering, error) {
	var p struct {
		Command   string   `json:"command"`
		Arguments []string `json:"arguments"`
	}
	if err := decode(raw, &p); err != nil {
		return nil, err
	}
	if p.Command != showChanges && p.Command != showCost || len(p.Arguments) != 1 {
		return nil, unknownCommand(p.Command)
	}
	snapshot, _ := s.w.snapshotOf(p.Arguments[0])
	return func(ctx context.Context) (any, error) {
		if snapshot == nil {
			return nil, nil
		}
		a, err := snapshot.analyse(ctx)
		if err != nil || a.Program == nil {
			return nil, err
		}
		var b strings.Builder
		if p.Command == showCost {
			cost.WriteText(&b, a.Shown, a.costs())
		} else if report, places := a.committed(); report != nil {
			changes.WriteText(&b, report, places)
		}
		text := b.String()
		if text == "" {
			text = "there is nothing to tell"
		}
		s.notify("window/showMessage", map[string]any{"type": 3, "message": text})
		return text, nil
	}, nil
}
