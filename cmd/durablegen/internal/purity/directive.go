package purity

import (
	"go/ast"
	"go/token"
	"strings"
)

// pureComment, in the comment of a function, says that somebody has looked at it and
// vouches for it, for the reason behind: what it does is not examined then.
//
//	//durablegen:pure the cache gives what would be computed
const pureComment = "//durablegen:pure"

type directive struct {
	reason   string
	pos, end token.Pos
}

func pureDirective(doc *ast.CommentGroup) (directive, bool) {
	if doc == nil {
		return directive{}, false
	}
	for _, c := range doc.List {
		if reason, ok := strings.CutPrefix(c.Text, pureComment); ok && (reason == "" || strings.TrimLeft(reason, " \t") != reason) {
			return directive{strings.TrimSpace(reason), c.Pos(), c.End()}, true
		}
	}
	return directive{}, false
}

// strays gives the directives of the package that stand in no comment of a function,
// or are not known, so that they say nothing.
func strays(fset *token.FileSet, files []*ast.File) []Place {
	var found []Place
	for _, file := range files {
		heard := map[token.Pos]bool{}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				v, _ := pureDirective(fn.Doc)
				heard[v.pos] = true
			}
		}
		for _, group := range file.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//durablegen:") && !heard[c.Pos()] {
					found = append(found, place(fset, c.Pos(), c.End()))
				}
			}
		}
	}
	return found
}
