package lsp

import (
	"context"
	"errors"
	"fmt"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
)

var errNoName = errors.New("there is no name here")

// prepareRename says what would be renamed, or why nothing can be.
func (v *view) prepareRename(ctx context.Context, p *positionParams) (*renameRange, error) {
	a, x, use, err := v.named(ctx, p.Position)
	switch {
	case err != nil:
		return nil, err
	case use.Symbol == nil:
		return nil, errNoName
	}
	if err := x.Renamable(use.Symbol); err != nil {
		return nil, err
	}
	return &renameRange{a.span(use.At), use.Symbol.Name}, nil
}

// rename gives something another name in all .flow files of the package and in the Go of the
// user that carries it out. It refuses what would break the package, or executions under way.
func (v *view) rename(ctx context.Context, p *renameParams) (*workspaceEdit, error) {
	a, x, use, err := v.named(ctx, p.Position)
	switch {
	case err != nil:
		return nil, err
	case use.Symbol == nil:
		return nil, errNoName
	case a.Program == nil:
		return nil, errors.New("the package has mistakes, and what can't be read may have the name too: mend them first")
	}
	edits, err := x.Rename(use.Symbol, p.NewName)
	if err != nil {
		return nil, err
	}
	if err := v.tryOut(a, edits); err != nil {
		return nil, err
	}
	out := a.edit(edits)
	for uri, edits := range v.all.renameInGo(ctx, a.dir, use.Symbol, p.NewName) {
		out.Changes[uri] = edits
	}
	return out, ctx.Err()
}

// edited checks the package as it would be after edits.
func (v *view) edited(a *analysis, edits []dsl.Edit) (*analysis, error) {
	texts := map[string][]byte{}
	for _, s := range a.Sources.Sources() {
		text, n := dsl.ApplyFixes(s, dsl.Diagnostics{{Fix: &dsl.Fix{Edits: in(a, s, edits)}}})
		if n > 0 {
			texts[s.Name] = text
		}
	}
	after, err := v.with(texts)
	if err != nil {
		return nil, err
	}
	for _, d := range after.found() {
		if d.Severity == dsl.Error {
			at := after.Sources.Position(d.Span.Start)
			return nil, fmt.Errorf("then, in %s:%d: %s", at.File, at.Line, d.Message)
		}
	}
	return after, nil
}

// right reports what would be wrong after edits.
func (v *view) right(a *analysis, edits []dsl.Edit) error {
	_, err := v.edited(a, edits)
	return err
}

// tryOut reports what would be wrong after edits, and what they do to executions under way.
func (v *view) tryOut(a *analysis, edits []dsl.Edit) error {
	after, err := v.edited(a, edits)
	if err != nil {
		return err
	}
	if after.Program == nil {
		return nil // Go is still being read
	}
	if harm := query.Harm(a.Program, after.Program); harm != nil {
		text := harm.Text
		for _, verdict := range harm.Verdicts {
			if verdict.Effect == harm.Effect() {
				text += "; " + verdict.Where + ": " + verdict.Text
			}
		}
		return fmt.Errorf("no `was` or `as` can keep this name for executions under way: %s", text)
	}
	return nil
}

// in gives the edits of one source.
func in(a *analysis, src *dsl.Source, edits []dsl.Edit) []dsl.Edit {
	var out []dsl.Edit
	for _, e := range edits {
		if a.Sources.Source(e.Span.Start) == src {
			out = append(out, e)
		}
	}
	return out
}
