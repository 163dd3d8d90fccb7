package visualize

import (
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// Names of files and texts of labels may hold what Markdown has a meaning for: links
// still lead where they should, and show the text as it is.
func TestLinksOfHostileNames(t *testing.T) {
	const text = `flow 1

package p

step do()
    idempotent

workflow w() {
    step do() as "a]b"
    step do() as "c\\|d"
    step do() as "e|f [g](h)"
}
`
	for name, target := range map[string]string{
		"order.flow":            "order.flow",
		"my order (1)].flow":    "my%20order%20%281%29%5D.flow",
		"50% of a#b?c <d>.flow": "50%25%20of%20a%23b%3Fc%20%3Cd%3E.flow",
		"a:b.flow":              "a%3Ab.flow",
	} {
		var set dsl.SourceSet
		file, problems := dsl.Parse(set.Add(name, []byte(text)))
		program, more := dsl.Check(&set, []*dsl.File{file}, dsl.CheckOptions{})
		if problems = append(problems, more...); problems.HasErrors() {
			t.Fatal(problems)
		}
		page := string(Document(program, file))
		for _, want := range []string{
			`[a\]b](` + target + `#L9)`,
			`[c\\\|d](` + target + `#L10)`,
			`[e\|f \[g\](h)](` + target + `#L11)`,
		} {
			if !strings.Contains(page, "| "+want+" |") {
				t.Errorf("%s: the page lacks\n%s\n%s", name, want, page)
			}
		}
	}
}
