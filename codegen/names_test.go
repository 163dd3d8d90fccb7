package codegen

import (
	"os"
	"regexp"
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

// TestNamesAreAsDocumented: the Go names that the page on files tells are those of its
// example.
func TestNamesAreAsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/reference/files.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```flow\nflow 1\n\npackage naming\n")
	example, table, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the page has no example")
	}
	text, problems := generateText(t, "flow 1\n\npackage naming\n"+example)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	rows := 0
	for _, line := range strings.Split(table, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			continue
		}
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(cells[2], -1) {
			rows++
			if !regexp.MustCompile(`\b` + name[1] + `\b`).MatchString(text) {
				t.Errorf("there is no %s in\n%s", name[1], text)
			}
		}
	}
	if rows < 10 {
		t.Errorf("the table has %d names", rows)
	}
}
