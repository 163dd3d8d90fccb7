package dsl

import (
	"regexp"
	"strings"
	"testing"
)

// TestCatalogue runs the examples of every code: the bad file has that problem
// and no other, the good one has none.
func TestCatalogue(t *testing.T) {
	for _, code := range Codes() {
		t.Run(string(code), func(t *testing.T) {
			e := catalogue[code]
			if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(string(code)) {
				t.Error("a code is words joined by `-`")
			}
			if strings.HasSuffix(e.title, ".") || e.explanation == "" {
				t.Error("the title ends in a full stop, or there is no explanation")
			}
			set, ds := problemsOf(e.bad, code == codeRepetition)
			if len(ds) == 0 && code != "package-clash" { // which takes two files
				t.Errorf("the bad file has no problem:\n%s", e.bad)
			}
			for _, d := range ds {
				if d.Code != code {
					t.Errorf("the bad file has another problem:\n%s", messages(set, ds))
					break
				}
			}
			if set, ds := problemsOf(e.good, false); len(ds) > 0 {
				t.Errorf("the good file has a problem:\n%s", messages(set, ds))
			}
			if page, ok := Explain(code); !ok || !strings.HasPrefix(page, "# "+string(code)+": ") {
				t.Errorf("no page: %q", page)
			}
		})
	}
	if _, ok := Explain("no-such-code"); ok {
		t.Error("a page for a code that does not exist")
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
