// Package fixcases reads what the tests of fixes begin with, the archives of
// dsl/testdata/fixes: what people write, what the fixes make of it, and what its author
// meant.
package fixcases

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

// A Case is three versions of one file, which stands beside prelude.flow.
type Case struct {
	Name     string
	Workflow string // the one that it declares
	Written  string
	Fixed    string // with all fixes applied
	Meant    string // a correct program that does what its author meant; empty where only the author can tell
}

// Read gives the cases of the archives in a folder. An archive holds for each case a file
// `name/written`, one `name/meant` where it can be told, and one `name/fixed` where the
// fixes come to another text than either: without it they come to what was meant, and
// change nothing where that can't be told. A file without a workflow is the body of one,
// and one without a package has no head; FLOW is the name of the workflow.
func Read(dir string) ([]*Case, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var cases []*Case
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		for _, f := range archive.Files {
			name, version, _ := strings.Cut(f.Name, "/")
			if version == "written" {
				cases = append(cases, &Case{Name: name, Workflow: fmt.Sprintf("case%d", len(cases)+1)})
			}
			if len(cases) == 0 || cases[len(cases)-1].Name != name {
				return nil, fmt.Errorf("%s: %s does not follow what was written", path, f.Name)
			}
			c := cases[len(cases)-1]
			switch text := c.file(string(f.Data)); version {
			case "written":
				c.Written = text
			case "fixed":
				c.Fixed = text
			case "meant":
				c.Meant = text
			default:
				return nil, fmt.Errorf("%s: %s is none of written, fixed and meant", path, f.Name)
			}
		}
	}
	for _, c := range cases {
		if c.Fixed == "" {
			c.Fixed = c.Meant
		}
		if c.Fixed == "" {
			c.Fixed = c.Written
		}
	}
	return cases, nil
}

const (
	head   = "flow 1\n\npackage program\n"
	params = "item Item, n int, words []string, items []Item, prices map[string]int, maybe string?"
)

// file makes a whole file of what an archive holds.
func (c *Case) file(text string) string {
	if !strings.Contains(text, "FLOW") {
		text = "workflow FLOW(" + params + ") int {\n" + text + "}\n"
	}
	if !strings.HasPrefix(text, "package ") && !strings.Contains(text, "\npackage ") {
		text = head + "\n" + text
	}
	return strings.ReplaceAll(text, "FLOW", c.Workflow)
}
