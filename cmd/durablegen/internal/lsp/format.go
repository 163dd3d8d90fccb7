package lsp

import (
	"bytes"
	"context"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
)

// format lays a text out as `fmt` does, and gives the edits that make that of it. A text that
// does not parse is left alone.
func (d *document) format() []textEdit {
	formatted, ds := dsl.Format(new(dsl.SourceSet).Add(d.name(), d.text))
	if ds.HasErrors() {
		return []textEdit{}
	}
	return d.respaced(flowdir.LinesAs(d.text, formatted))
}

func (v *view) formatting(context.Context, *documentParams) ([]textEdit, error) {
	return v.doc.format(), nil
}

// rangeFormatting gives the edits of the lines that a range touches.
func (v *view) rangeFormatting(_ context.Context, p *rangeParams) ([]textEdit, error) {
	return within(v.doc.format(), p.Range.Start.Line, p.Range.End.Line), nil
}

// onTypeFormatting lays out what a closing brace ends: from the line of the brace that opens it.
func (v *view) onTypeFormatting(_ context.Context, p *onTypeParams) ([]textEdit, error) {
	at := v.doc.offset(p.Position) - 1
	if p.Ch != "}" || at < 0 || v.doc.text[at] != '}' {
		return []textEdit{}, nil
	}
	src := new(dsl.SourceSet).Add(v.doc.name(), v.doc.text)
	depth, from := 0, at
	tokens := dsl.Tokens(src)
	for i := len(tokens) - 1; i >= 0; i-- {
		start := src.Offset(tokens[i].Start)
		if start > at || tokens[i].Kind != dsl.SymbolToken {
			continue
		}
		switch v.doc.text[start] {
		case '}':
			depth++
		case '{':
			depth--
		}
		if depth == 0 {
			from = start
			break
		}
	}
	return within(v.doc.format(), v.doc.position(from).Line, p.Position.Line), nil
}

// within gives the edits that touch no lines but some.
func within(edits []textEdit, first, last uint32) []textEdit {
	out := []textEdit{}
	for _, e := range edits {
		if e.Range.Start.Line >= first && e.Range.End.Line <= last {
			out = append(out, e)
		}
	}
	return out
}

// respaced gives the edits that make another text of a document that differs from it in white
// space and superfluous commas: what stands between stays untouched, and a cursor in it where
// it is.
func (d *document) respaced(text []byte) []textEdit {
	edits := []textEdit{}
	old := d.text
	i, j := 0, 0
	for i < len(old) || j < len(text) {
		from, gap := i, j
		i, j = skipSpace(old, i), skipSpace(text, j)
		for i < len(old) && old[i] == ',' && (j == len(text) || text[j] != ',') {
			i = skipSpace(old, i+1)
		}
		// What ends a line and how the next one is indented are two matters.
		a, b := bytes.LastIndexByte(old[from:i], '\n')+1, bytes.LastIndexByte(text[gap:j], '\n')+1
		if a > 0 && b > 0 {
			edits = d.respace(edits, from, from+a, text[gap:gap+b])
			from, gap = from+a, gap+b
		}
		edits = d.respace(edits, from, i, text[gap:j])
		if i == len(old) && j == len(text) {
			return edits
		}
		start := i
		for i < len(old) && j < len(text) && old[i] == text[j] && !isSpace(old[i]) && old[i] != ',' {
			i, j = i+1, j+1
		}
		if i < len(old) && j < len(text) && old[i] == ',' && text[j] == ',' {
			i, j = i+1, j+1
		}
		if i == start { // something else has changed
			return d.replaced(text)
		}
	}
	return edits
}

// respace adds the edit that puts a text in place of another one, if they differ.
func (d *document) respace(edits []textEdit, from, to int, text []byte) []textEdit {
	if bytes.Equal(d.text[from:to], text) {
		return edits
	}
	return append(edits, textEdit{d.span(from, to), string(text)})
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipSpace(text []byte, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}
