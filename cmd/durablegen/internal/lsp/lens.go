package lsp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/revision"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// showChanges is the command that tells what the edits since the last commit do to executions.
const showChanges = "durablegen.changes"

// codeLenses gives a line above each workflow; what it says is found out when it is in sight.
func (v *view) codeLenses(_ context.Context, _ *documentParams) ([]codeLens, error) {
	src := new(dsl.SourceSet).Add(v.doc.name(), v.doc.text)
	f, _ := dsl.Parse(src)
	out := []codeLens{}
	for _, d := range f.Decls {
		if w, ok := d.(*dsl.WorkflowDecl); ok && w.Name != nil && w.Name.Text != "" {
			out = append(out, codeLens{Range: v.doc.place(src, w.Name.Span), Data: lensData{v.doc.uri, w.Name.Text}})
		}
	}
	return out, nil
}

// resolveLens says what becomes of the executions of a workflow.
func (v *view) resolveLens(ctx context.Context, p *codeLens) (*codeLens, error) {
	report, _, err := v.sinceCommit(ctx)
	title := "not to be compared with the last commit"
	switch {
	case err != nil:
		return nil, err
	case report != nil:
		title = "new since the last commit"
		for _, w := range report.Workflows {
			if w.Name == p.Data.Workflow {
				title = "since the last commit: " + changes.Summary(w.Effect())
				if len(w.Changes) == 0 {
					title = "as in the last commit"
				} else if w.Changes[0].Kind == changes.NewFlow {
					title = "new since the last commit"
				}
			}
		}
	}
	p.Command = &command{title, showChanges, []string{p.Data.URI}}
	return p, nil
}

// sinceCommit compares the package with what it was at the last commit; nil if one of the two
// can't be read.
func (v *view) sinceCommit(ctx context.Context) (*changes.Report, changes.Places, error) {
	a, err := v.analyse(ctx)
	if err != nil || a.Program == nil || a.dir == "" {
		return nil, changes.Places{}, err
	}
	report, places := a.committed()
	return report, places, nil
}

// compare is sinceCommit for an analysis that has a program.
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
	if p.Command != showChanges || len(p.Arguments) != 1 {
		return nil, unknownCommand(p.Command)
	}
	snapshot, doc := s.w.snapshotOf(p.Arguments[0])
	return func(ctx context.Context) (any, error) {
		if snapshot == nil {
			return nil, nil
		}
		report, places, err := (&view{s, snapshot, doc}).sinceCommit(ctx)
		if err != nil || report == nil {
			return nil, err
		}
		var b strings.Builder
		changes.WriteText(&b, report, places)
		text := b.String()
		if text == "" {
			text = "nothing has changed since the last commit"
		}
		s.notify("window/showMessage", map[string]any{"type": 3, "message": text})
		return text, nil
	}, nil
}
