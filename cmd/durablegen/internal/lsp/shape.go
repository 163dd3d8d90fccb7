package lsp

import (
	"bytes"
	"context"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
)

// tokenTypes and tokenModifiers are the legend of the semantic tokens.
var (
	tokenTypes = []string{"keyword", "string", "number", "comment", "type", "enum", "enumMember", "class", "variable", "parameter", "property",
		"function", "method", "event", "namespace", "label"}
	tokenModifiers = []string{"declaration", "readonly", "defaultLibrary"}
)

var tokenOfKind = map[query.Kind]string{
	query.Type: "type", query.Enum: "enum", query.EnumValue: "enumMember", query.Error: "class", query.Const: "variable", query.Func: "function",
	query.Step: "method", query.Callback: "event", query.Function: "function", query.Workflow: "function", query.Variable: "variable",
	query.Parameter: "parameter", query.Field: "property", query.Branch: "label", query.Group: "label", query.Package: "namespace",
	query.GoType: "type", query.EnvVar: "variable", query.BuiltinType: "type", query.BuiltinFunc: "function",
}

var tokenNumbers = func() map[string]int {
	numbers := map[string]int{}
	for i, name := range tokenTypes {
		numbers[name] = i
	}
	return numbers
}()

// semanticTokens gives what the words of a file are: of all of it, or of a range.
func (v *view) semanticTokens(ctx context.Context, p *semanticTokensParams) (*semanticTokens, error) {
	a, x, src, err := v.indexed(ctx)
	if err != nil {
		return nil, err
	}
	from, to := 0, len(src.Text)
	if p.Range != nil {
		from, to = v.doc.offset(p.Range.Start), v.doc.offset(p.Range.End)
	}
	lines := a.lines[src]
	out := &semanticTokens{Data: []uint32{}}
	var last position
	for _, t := range x.Paints(src) {
		start, end := src.Offset(t.Start), src.Offset(t.End)
		kind, modifiers := painted(t)
		if kind == "" || end <= from || start >= to {
			continue
		}
		for ; start < end; start++ { // a token of several lines is one on each of them
			stop := end
			if i := bytes.IndexAny(src.Text[start:end], "\r\n"); i >= 0 {
				stop = start + i
			}
			if stop > start {
				at := lines.position(start)
				delta := at.Character
				if at.Line == last.Line {
					delta -= last.Character
				}
				out.Data = append(out.Data, at.Line-last.Line, delta, lines.position(stop).Character-at.Character, uint32(tokenNumbers[kind]), modifiers)
				last = at
			}
			start = stop
		}
	}
	return out, nil
}

// painted gives the type of a token, empty for one that needs none, and its modifiers as bits.
func painted(t query.Paint) (kind string, modifiers uint32) {
	switch {
	case t.Symbol != nil:
		if t.Declares {
			modifiers |= 1
		}
		if t.Symbol.Kind == query.Const {
			modifiers |= 2
		}
		if t.Symbol.At == (dsl.Span{}) {
			modifiers |= 4
		}
		return tokenOfKind[t.Symbol.Kind], modifiers
	case t.Keyword:
		return "keyword", 0
	case t.Token == dsl.TextToken:
		return "string", 0
	case t.Token == dsl.NumberToken:
		return "number", 0
	case t.Token == dsl.CommentToken:
		return "comment", 0
	}
	return "", 0
}

func (v *view) foldingRanges(ctx context.Context, _ *documentParams) ([]foldingRange, error) {
	set := new(dsl.SourceSet)
	src := set.Add(v.doc.name(), v.doc.text)
	f, _ := dsl.Parse(src)
	out := []foldingRange{}
	for _, fold := range query.Folds(set, f) {
		at := v.doc.place(src, fold.Span)
		kind := map[bool]string{fold.Comment: "comment", fold.Imports: "imports"}[true]
		end := at.End.Line
		if kind == "" && end > at.Start.Line+1 {
			end-- // the closing brace stays in sight
		}
		out = append(out, foldingRange{at.Start.Line, end, kind})
	}
	return out, ctx.Err()
}

func (v *view) selectionRanges(ctx context.Context, p *selectionRangeParams) ([]*selectionRange, error) {
	a, x, src, err := v.indexed(ctx)
	if err != nil {
		return nil, err
	}
	out := []*selectionRange{}
	for _, pos := range p.Positions {
		var outer *selectionRange
		spans := x.Around(a.file(src), src.Pos(v.doc.offset(pos)))
		for i := len(spans) - 1; i >= 0; i-- {
			outer = &selectionRange{a.span(spans[i]), outer}
		}
		out = append(out, outer)
	}
	return out, nil
}

func (v *view) highlights(ctx context.Context, p *positionParams) ([]documentHighlight, error) {
	out := []documentHighlight{}
	a, x, use, err := v.named(ctx, p.Position)
	if err != nil || use.Symbol == nil {
		return out, err
	}
	for _, u := range x.Uses(use.Symbol) {
		if a.Sources.Source(u.At.Start) == a.source(v.doc) {
			kind := 2 // read
			if u.Writes {
				kind = 3
			}
			out = append(out, documentHighlight{a.span(u.At), kind})
		}
	}
	return out, nil
}
