package lsp

import (
	"context"
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/internal/query"
)

// hover says what a name stands for and what holds of it.
func (v *view) hover(ctx context.Context, p *positionParams) (*hover, error) {
	a, x, src, err := v.indexed(ctx)
	if err != nil {
		return nil, err
	}
	at := src.Pos(v.doc.offset(p.Position))
	op := query.OperationAt(a.file(src), at)
	use, ok := x.At(at)
	switch {
	case ok:
		d := x.Describe(use.Symbol)
		if op != nil && op.Base().Callee != nil && op.Base().Callee.Span == use.At {
			d.Facts = append(d.Facts, x.DescribeUse(op)...)
		}
		if use.Symbol.Kind == query.Workflow {
			if price := a.price(use.Symbol.Name); price != "" {
				d.Facts = append(d.Facts, price)
			}
		}
		where := a.span(use.At)
		return &hover{markdown(d), &where}, nil
	case op != nil:
		where := a.span(op.Base().Keyword)
		return &hover{markdown(query.Description{Code: query.Word(op), Facts: x.DescribeUse(op)}), &where}, nil
	}
	return nil, nil
}

func markdown(d query.Description) markup {
	var b strings.Builder
	fmt.Fprintf(&b, "```flow\n%s\n```\n", d.Code)
	if d.Doc != "" {
		fmt.Fprintf(&b, "\n%s\n", d.Doc)
	}
	for i, f := range d.Facts {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "- %s\n", f)
	}
	return markup{"markdown", strings.ToValidUTF8(b.String(), "\uFFFD")}
}

func (v *view) signatureHelp(ctx context.Context, p *positionParams) (*signatureHelp, error) {
	a, err := v.recent(ctx)
	if err != nil {
		return nil, err
	}
	call, ok := a.index().CallAround(v.doc.name(), v.doc.text, v.doc.offset(p.Position))
	if !ok {
		return nil, nil
	}
	out := &signatureHelp{ActiveParameter: call.Active}
	for i, f := range call.Forms {
		info := signatureInformation{Label: f.Text, Documentation: f.Doc, Parameters: []parameterInformation{}}
		for _, p := range f.Params {
			info.Parameters = append(info.Parameters, parameterInformation{f.Text[p[0]:p[1]]})
		}
		if len(f.Params) > call.Active && len(call.Forms[out.ActiveSignature].Params) <= call.Active {
			out.ActiveSignature = i
		}
		out.Signatures = append(out.Signatures, info)
	}
	return out, nil
}

// itemKinds are the protocol's kinds of completions.
var itemKinds = map[query.Kind]int{
	query.Type: 22, query.Enum: 13, query.EnumValue: 20, query.Error: 23, query.Const: 21, query.Func: 3, query.Step: 2, query.Callback: 23,
	query.Function: 3, query.Workflow: 3, query.Variable: 6, query.Parameter: 6, query.Field: 5, query.BuiltinFunc: 3,
}

const keywordItem = 14

// completion gives what may stand at a place. What the text says there is of this very moment,
// what names mean may be of the moment before.
func (v *view) completion(ctx context.Context, p *positionParams) (*completionList, error) {
	a, err := v.recent(ctx)
	if err != nil {
		return nil, err
	}
	x := a.index()
	c := x.Complete(v.doc.name(), v.doc.text, v.doc.offset(p.Position))
	out := &completionList{Items: []completionItem{}}
	where := v.doc.span(c.From, c.To)
	for i, one := range c.Candidates {
		item := completionItem{Label: one.Text, Kind: keywordItem, Detail: one.Detail, SortText: fmt.Sprintf("%04d", i), InsertTextFormat: 1, TextEdit: &textEdit{where, one.Text}}
		if one.Symbol != nil {
			item.Kind, item.Documentation = itemKinds[one.Symbol.Kind], one.Symbol.Doc
			if one.Symbol.Kind == query.BuiltinFunc {
				item.Documentation = x.Describe(one.Symbol).Doc
			}
		}
		if one.Snippet != "" && v.snippets {
			item.InsertTextFormat, item.TextEdit.NewText = 2, one.Snippet
			if strings.Contains(one.Snippet, "\n") {
				item.InsertTextMode = 2 // lines are indented as the first one
			}
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}
