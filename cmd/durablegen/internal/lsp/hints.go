package lsp

import (
	"context"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
)

// inlayHints gives what is not written and holds all the same.
func (v *view) inlayHints(ctx context.Context, p *rangeParams) ([]inlayHint, error) {
	a, x, src, err := v.indexed(ctx)
	if err != nil {
		return nil, err
	}
	out := []inlayHint{}
	in := dsl.Span{Start: src.Pos(v.doc.offset(p.Range.Start)), End: src.Pos(v.doc.offset(p.Range.End))}
	for _, h := range x.Hints(a.file(src), in) {
		hint := inlayHint{Position: a.span(dsl.Span{Start: h.At, End: h.At}).Start, Label: h.Text, PaddingLeft: true}
		if h.IsType {
			hint.Kind = 1
		} else {
			hint.PaddingRight = true
		}
		out = append(out, hint)
	}
	return out, nil
}

// prepareCalls gives what the calls to and from can be asked for.
func (v *view) prepareCalls(ctx context.Context, p *positionParams) ([]callItem, error) {
	a, _, use, err := v.named(ctx, p.Position)
	if err != nil || use.Symbol == nil || !use.Symbol.Callable() {
		return nil, err
	}
	return []callItem{a.callItem(use.Symbol)}, nil
}

func (a *analysis) callItem(s *query.Symbol) callItem {
	at, _ := a.location(s.At)
	return callItem{Name: s.Name, Detail: query.Heading(s.Decl), Kind: symbolKinds[s.Kind], URI: at.URI, Range: a.span(s.Decl.Range()), SelectionRange: at.Range}
}

func (v *view) incomingCalls(ctx context.Context, p *callsParams) ([]incomingCall, error) {
	out := []incomingCall{}
	err := v.links(ctx, p, (*query.Index).Callers, func(item callItem, ranges []span) {
		out = append(out, incomingCall{item, ranges})
	})
	return out, err
}

func (v *view) outgoingCalls(ctx context.Context, p *callsParams) ([]outgoingCall, error) {
	out := []outgoingCall{}
	err := v.links(ctx, p, (*query.Index).Callees, func(item callItem, ranges []span) {
		out = append(out, outgoingCall{item, ranges})
	})
	return out, err
}

// links finds the calls of an item that the client was given.
func (v *view) links(ctx context.Context, p *callsParams, find func(*query.Index, *query.Symbol) []query.Link, add func(callItem, []span)) error {
	a, x, _, err := v.indexed(ctx)
	if err != nil {
		return err
	}
	s := x.Lookup(p.Item.Name)
	if s == nil {
		return nil
	}
	for _, link := range find(x, s) {
		var ranges []span
		for _, at := range link.At {
			ranges = append(ranges, a.span(at))
		}
		add(a.callItem(link.Other), ranges)
	}
	return nil
}
