package lsp

import (
	"context"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

const (
	kindQuickFix = "quickfix"
	kindFixAll   = "source.fixAll"
	kindExtract  = "refactor.extract"
)

// wanted reports whether a client asks for actions of a kind: for all, or for the kind or one
// that it is a part of.
func (p *codeActionParams) wanted(kind string) bool {
	for _, only := range p.Context.Only {
		if kind == only || strings.HasPrefix(kind, only+".") {
			return true
		}
	}
	return len(p.Context.Only) == 0
}

// codeActions gives what can be done about a range: the fixes of the problems there, and all
// fixes of the file at once.
func (v *view) codeActions(ctx context.Context, p *codeActionParams) ([]codeAction, error) {
	a, err := v.analyse(ctx)
	if err != nil {
		return nil, err
	}
	src := a.source(v.doc)
	actions := []codeAction{}
	from, to := src.Pos(v.doc.offset(p.Range.Start)), src.Pos(v.doc.offset(p.Range.End))
	if p.wanted(kindQuickFix) {
		for _, d := range a.found() {
			if a.Sources.Source(d.Span.Start) == src && d.Span.Start <= to && from <= max(d.Span.Start, d.Span.End) {
				actions = append(actions, a.mending(d)...)
			}
		}
	}
	if p.wanted(kindExtract) && from < to && a.Program != nil {
		if m, ok := a.index().ExtractGroup(a.file(src), dsl.Span{Start: from, End: to}); ok && v.right(a, m.Edits) == nil {
			actions = append(actions, codeAction{Title: m.Title, Kind: kindExtract, Edit: a.edit(m.Edits)})
		}
	}
	if p.wanted(kindFixAll) {
		if edits := v.fixAll(ctx, a, src); len(edits) > 0 {
			actions = append(actions, codeAction{Title: "apply all fixes of this file", Kind: kindFixAll, Edit: &workspaceEdit{map[string][]textEdit{v.doc.uri: edits}}})
		}
	}
	return actions, nil
}

// mending gives what can be done about a problem: its fix first, if it has one.
func (a *analysis) mending(d dsl.Diagnostic) []codeAction {
	var actions []codeAction
	add := func(title string, preferred bool, edits []dsl.Edit) {
		actions = append(actions, codeAction{Title: title, Kind: kindQuickFix, Diagnostics: []diagnostic{a.diagnostic(d)}, IsPreferred: preferred, Edit: a.edit(edits)})
	}
	if d.Fix != nil {
		add(d.Fix.Message, true, d.Fix.Edits)
	}
	for _, m := range a.index().Mends(d) {
		add(m.Title, false, m.Edits)
	}
	return actions
}

// edit translates edits of the package's files.
func (a *analysis) edit(edits []dsl.Edit) *workspaceEdit {
	out := &workspaceEdit{map[string][]textEdit{}}
	for _, e := range edits {
		if at, ok := a.location(e.Span); ok {
			out.Changes[at.URI] = append(out.Changes[at.URI], textEdit{at.Range, e.New})
		}
	}
	return out
}

// fixAll applies the fixes of a file until there is none left, as `check --fix` does: one may
// make room for another.
func (v *view) fixAll(ctx context.Context, a *analysis, src *dsl.Source) []textEdit {
	text := src.Text
	for range 20 { // more than any file needs
		fixed, n := dsl.ApplyFixes(src, a.found())
		if n == 0 || ctx.Err() != nil {
			break
		}
		text = fixed
		next, err := v.with(map[string][]byte{v.doc.name(): text})
		if err != nil {
			break
		}
		a, src = next, next.source(v.doc)
	}
	return v.doc.replaced(text)
}

// replaced gives the edit that makes another text of a document: of the lines that differ.
func (d *document) replaced(text []byte) []textEdit {
	if d.same(text) {
		return nil
	}
	old := d.text
	from := 0
	for i := 0; i < min(len(old), len(text)) && old[i] == text[i]; i++ {
		if old[i] == '\n' {
			from = i + 1
		}
	}
	end := 0 // how many bytes are the same at the end
	for i := 1; i <= min(len(old), len(text))-from && old[len(old)-i] == text[len(text)-i]; i++ {
		if i < len(old)-from && i < len(text)-from && old[len(old)-i-1] == '\n' && text[len(text)-i-1] == '\n' {
			end = i
		}
	}
	return []textEdit{{d.span(from, len(old)-end), string(text[from : len(text)-end])}}
}
