package dsl

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var expectation = regexp.MustCompile(`// ERROR "(.*)"`)

// TestErrors compares what Parse reports of the files in testdata/errors with the
// comments in them: `// ERROR "pattern"` stands on a line with just that error.
func TestErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/errors/*.flow")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files (%v)", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var set SourceSet
		_, ds := Parse(set.Add(filepath.Base(path), text))
		got := map[int]Diagnostic{}
		for _, d := range ds {
			got[set.Position(d.Span.Start).Line] = d
		}
		for i, line := range strings.Split(string(text), "\n") {
			d, found := got[i+1]
			want := expectation.FindStringSubmatch(line)
			switch {
			case want == nil && found:
				t.Errorf("%s:%d: unexpected error: %s\n\t%s", path, i+1, d.Message, line)
			case want != nil && !found:
				t.Errorf("%s:%d: no error\n\t%s", path, i+1, line)
			case want != nil && !regexp.MustCompile(want[1]).MatchString(d.Message):
				t.Errorf("%s:%d: got %q\n\t%s", path, i+1, d.Message, line)
			}
		}
	}
}
