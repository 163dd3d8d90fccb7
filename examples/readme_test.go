package examples

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	flowLink = regexp.MustCompile(`\]\(([^)]+\.flow)\)`)
)

// TestTable requires that each file that the README's table names has what the table
// says of it.
func TestTable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(readme)) {
		constructs, files, ok := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		links := flowLink.FindAllStringSubmatch(files, -1)
		if !ok || len(links) == 0 {
			continue
		}
		rows++
		for _, link := range links {
			text, err := os.ReadFile(link[1])
			if err != nil {
				t.Fatal(err)
			}
			for _, construct := range codeSpan.FindAllStringSubmatch(constructs, -1) {
				pattern := `\b` + strings.ReplaceAll(regexp.QuoteMeta(construct[1]), " … ", `\s(?s:.{0,200}?)`)
				if !regexp.MustCompile(pattern).Match(text) {
					t.Errorf("%s has no %q", link[1], construct[1])
				}
			}
		}
	}
	if rows == 0 {
		t.Error("the README has no table of constructs")
	}
}
