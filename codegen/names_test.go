package codegen

import (
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// generateText generates the Go of one file; it gives the problems of the check.
func generateText(t *testing.T, text string) (string, dsl.Diagnostics) {
	t.Helper()
	set := &dsl.SourceSet{}
	tree, diags := dsl.Parse(set.Add("in.flow", []byte(text)))
	p, more := dsl.Check(set, []*dsl.File{tree}, dsl.CheckOptions{})
	diags = append(append(diags, more...), Check([]*dsl.File{tree})...)
	if diags.HasErrors() {
		return "", diags
	}
	out, err := Generate(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return string(out.Files["in_flow.go"]), nil
}

// TestFuncsWrittenInGoKeepTheirNames: the user writes them, so what is generated gives
// way, and the names that it can't do without are refused.
func TestFuncsWrittenInGoKeepTheirNames(t *testing.T) {
	const program = "flow 1\n\npackage p\n\nfunc NAME(n int) int\n\nworkflow w(n int) int { return NAME(n) }\n"
	for _, name := range []string{"workflows", "errorTypes", "wInput", "strconv", "flow", "durable", "copy", "real", "println"} {
		text, ds := generateText(t, strings.ReplaceAll(program, "NAME", name))
		if ds != nil || !strings.Contains(text, " "+name+"(n)") {
			t.Errorf("func %s: %v\n%s", name, ds, text)
		}
	}
	for name := range predeclared {
		if _, ds := generateText(t, strings.ReplaceAll(program, "NAME", name)); !ds.HasErrors() {
			t.Errorf("func %s is not refused", name)
		}
	}
}
