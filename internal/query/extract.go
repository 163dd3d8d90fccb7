package query

import (
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// ExtractGroup puts the statements that a selection holds wholly into a group of their own;
// false if it holds none with an operation. Whether the rest goes without what they declare is
// to be found out of the result.
func (x *Index) ExtractGroup(f *dsl.File, selected dsl.Span) (Mend, bool) {
	decl := holder(f, selected.Start)
	if decl == nil {
		return Mend{}, false
	}
	var chosen []dsl.Stmt
	dsl.Inspect(decl, func(n dsl.Node) bool {
		b, ok := n.(*dsl.Block)
		if !ok || len(chosen) > 0 {
			return len(chosen) == 0
		}
		for _, s := range b.Stmts {
			if r := s.Range(); selected.Start <= r.Start && r.End <= selected.End {
				chosen = append(chosen, s)
			}
		}
		return len(chosen) == 0
	})
	operations := false
	for _, s := range chosen {
		dsl.Inspect(s, func(n dsl.Node) bool {
			_, ok := n.(dsl.Operation)
			operations = operations || ok
			return !operations
		})
	}
	if !operations {
		return Mend{}, false
	}
	at := dsl.Span{Start: chosen[0].Range().Start, End: chosen[len(chosen)-1].Range().End}
	text, indent := x.text(at), x.indent(at.Start)
	if strings.Contains(text, "`") { // whose lines are their own
		return Mend{}, false
	}
	text = "group extracted {\n" + indent + "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n" + indent + "}"
	return Mend{"extract a group, in which operations are on record under other names", []dsl.Edit{{Span: at, New: text}}}, true
}
