package query

import (
	"slices"

	"github.com/durablegen/durablegen/dsl"
)

// Fold is a stretch of text that can be folded away: from the line of its start to that of
// its end.
type Fold struct {
	dsl.Span
	Comment, Imports bool
}

// Folds gives what can be folded in a file: what is in braces, comments and imports of
// several lines.
func Folds(set *dsl.SourceSet, f *dsl.File) []Fold {
	var out []Fold
	line := func(p dsl.Pos) int { return set.Position(p).Line }
	add := func(fold Fold) {
		if line(fold.Start) < line(fold.End) {
			out = append(out, fold)
		}
	}
	for _, d := range f.Decls {
		dsl.Inspect(d, func(n dsl.Node) bool {
			switch n := n.(type) {
			case dsl.Decl:
				if _, isWorkflow := n.(*dsl.WorkflowDecl); !isWorkflow {
					add(Fold{Span: n.Range()})
				}
			case *dsl.Block, *dsl.SwitchStmt, *dsl.SelectStmt, *dsl.ParallelOp, *dsl.RecordExpr, *dsl.ListExpr, *dsl.MapExpr:
				add(Fold{Span: n.Range()})
			}
			return true
		})
	}
	for i := 0; i < len(f.Comments); {
		last := i + 1
		for last < len(f.Comments) && line(f.Comments[last].Start) == line(f.Comments[last-1].End)+1 {
			last++
		}
		add(Fold{Span: dsl.Span{Start: f.Comments[i].Start, End: f.Comments[last-1].End}, Comment: true})
		i = last
	}
	if n := len(f.Imports); n > 1 {
		add(Fold{Span: dsl.Span{Start: f.Imports[0].Start, End: f.Imports[n-1].End}, Imports: true})
	}
	return out
}

// Around gives the stretches of text around a place that mean something by themselves, the
// smallest first: its name, the expressions, statements and blocks that it is in, the
// declaration, the file.
func (x *Index) Around(f *dsl.File, p dsl.Pos) []dsl.Span {
	whole := dsl.Span{Start: f.Source.Pos(0), End: f.Source.Pos(len(f.Source.Text))}
	spans := []dsl.Span{whole}
	for _, d := range f.Decls {
		if r := d.Range(); r.Start <= p && p <= r.End {
			dsl.Inspect(d, func(n dsl.Node) bool {
				r := n.Range()
				if r.Start <= p && p <= r.End {
					spans = append(spans, r)
				}
				return true
			})
		}
	}
	if u, ok := x.At(p); ok {
		spans = append(spans, u.At)
	}
	slices.SortStableFunc(spans, func(a, b dsl.Span) int { return int(b.End-b.Start) - int(a.End-a.Start) })
	out := spans[:1]
	for _, s := range spans[1:] {
		if around := out[len(out)-1]; s != around && around.Start <= s.Start && s.End <= around.End {
			out = append(out, s)
		}
	}
	slices.Reverse(out)
	return out
}
