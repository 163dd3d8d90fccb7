package query

import "github.com/durablegen/durablegen/dsl"

// Paint is a token and what it is shown as.
type Paint struct {
	dsl.Span
	Token    dsl.TokenKind
	Keyword  bool
	Symbol   *Symbol // what a name stands for; nil if it is none
	Declares bool
}

// Paints says of each token of a file what it is: a word is a keyword where it stands for
// nothing else.
func (x *Index) Paints(src *dsl.Source) []Paint {
	tokens := dsl.Tokens(src)
	uses := x.In(dsl.Span{Start: src.Pos(0), End: src.Pos(len(src.Text)) + 1})
	text := func(s dsl.Span) string { return string(src.Text[src.Offset(s.Start):src.Offset(s.End)]) }
	out := make([]Paint, 0, len(tokens))
	for _, t := range tokens {
		for len(uses) > 0 && uses[0].At.Start < t.Start {
			uses = uses[1:]
		}
		p := Paint{Span: t.Span, Token: t.Kind, Keyword: t.Kind == dsl.ReservedToken}
		if t.Kind == dsl.WordToken {
			if len(uses) > 0 && uses[0].At == t.Span {
				p.Symbol, p.Declares = uses[0].Symbol, uses[0].Declares
			} else {
				p.Keyword = dsl.IsKeyword(text(t.Span))
			}
		}
		out = append(out, p)
	}
	return out
}
