package dsl

import (
	"fmt"
	"strings"
	"testing"
)

// TestEveryMistakeOfADeclarationIsTold: a declaration with many mistakes tells all of them,
// and is in the tree.
func TestEveryMistakeOfADeclarationIsTold(t *testing.T) {
	const n = 60
	var b strings.Builder
	b.WriteString("flow 1\n\npackage example\n\ntype Order {\n")
	for i := range n {
		fmt.Fprintf(&b, "    field%d: string\n", i)
	}
	b.WriteString("}\n")
	f, ds := Parse(new(SourceSet).Add("in.flow", []byte(b.String())))
	if len(ds) != n {
		t.Errorf("%d of %d mistakes are told", len(ds), n)
	}
	if len(f.Decls) != 1 || len(f.Decls[0].(*TypeDecl).Fields) != n {
		t.Error("the type is not whole")
	}
}
