package dsl

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// codePage is the form of a code's page.
var codePage = regexp.MustCompile("^# ([a-z]+(?:-[a-z]+)*): (.*[^.\n])\n\n((?s:.+?))\n\n" +
	"This file provokes it:\n\n```flow\n((?s:.*?))```\n\nPut right:\n\n```flow\n((?s:.*?))```\n$")

// exampleOf gives the two files of a code's page.
func exampleOf(code Code) (e struct{ bad, good string }) {
	page, _ := Explain(code)
	if m := codePage.FindStringSubmatch(page); m != nil {
		e.bad, e.good = m[4], m[5]
	}
	return e
}

// TestCatalogue runs the examples of every code: the bad file has that problem
// and no other, the good one has none.
func TestCatalogue(t *testing.T) {
	for _, code := range Codes() {
		t.Run(string(code), func(t *testing.T) {
			page, _ := Explain(code)
			m := codePage.FindStringSubmatch(page)
			if m == nil || m[1] != string(code) {
				t.Fatalf("the page has another form:\n%s", page)
			}
			bad, good := m[4], m[5]
			set, ds := problemsOf(bad, code == codeRepetition)
			if len(ds) == 0 && code != codePackageClash && code != ReservedName && code != ReachesLimit { // which take two files, code generation, and counting
				t.Errorf("the bad file has no problem:\n%s", bad)
			}
			for _, d := range ds {
				if d.Code != code {
					t.Errorf("the bad file has another problem:\n%s", messages(set, ds))
					break
				}
			}
			if set, ds := problemsOf(good, false); len(ds) > 0 {
				t.Errorf("the good file has a problem:\n%s", messages(set, ds))
			}
		})
	}
	if _, ok := Explain("no-such-code"); ok {
		t.Error("a page for a code that does not exist")
	}
}

// TestEveryCodeHasItsPage compares the codes that are declared with the pages.
func TestEveryCodeHasItsPage(t *testing.T) {
	text, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []Code
	for _, m := range regexp.MustCompile(`(?m)^(?:\tcode|const )\w+ +Code = "(.*)"$`).FindAllSubmatch(text, -1) {
		declared = append(declared, Code(m[1]))
	}
	slices.Sort(declared)
	if !slices.Equal(declared, Codes()) {
		t.Errorf("declared:\n%v\npages:\n%v", declared, Codes())
	}
}

// TestCodeIndex keeps the table of all codes in the reference current.
func TestCodeIndex(t *testing.T) {
	const path, begin = "../docs/reference/codes.md", "| code | is reported for |\n|---|---|\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(text), begin)
	if !ok {
		t.Fatalf("%s has no table that begins with %q", path, begin)
	}
	want := head + begin
	for _, code := range Codes() {
		page, _ := Explain(code)
		want += fmt.Sprintf("| [`%s`](../../dsl/codes/%s.md) | %s |\n", code, code, codePage.FindStringSubmatch(page)[2])
	}
	if string(text) == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not current; go test ./dsl -run TestCodeIndex -update writes it", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// problemsOf parses a file and, if that goes well, checks it.
func problemsOf(text string, strict bool) (*SourceSet, Diagnostics) {
	set := &SourceSet{}
	f, ds := Parse(set.Add("example.flow", []byte(text)))
	if !ds.HasErrors() {
		_, more := Check(set, []*File{f}, CheckOptions{Importer: someGo, Strict: strict})
		ds = append(ds, more...)
	}
	return set, ds
}
