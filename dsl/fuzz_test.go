package dsl

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
)

// seeds gives all Flow text in testdata and the catalogue to a fuzz target.
func seeds(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*/*.txtar")
	for _, path := range archives {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if filepath.Ext(file.Name) == ".flow" {
				f.Add(file.Data)
			}
		}
	}
	files, _ := filepath.Glob("testdata/*/*.flow")
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, code := range Codes() {
		f.Add([]byte(catalogue[code].bad))
	}
}

// FuzzParse: any bytes give a tree and diagnostics with places in the source.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var set SourceSet
		src := set.Add("fuzz.flow", text)
		file, ds := Parse(src)
		dump(file)
		for _, d := range ds {
			from, to := src.Offset(d.Span.Start), src.Offset(d.Span.End)
			if from < 0 || from > to || to > len(text) {
				t.Fatalf("%s at %d-%d of %d bytes", d.Message, from, to, len(text))
			}
		}
		messages(&set, ds)
		if fixed, n := ApplyFixes(src, ds); n > 0 {
			Parse(new(SourceSet).Add("fuzz.flow", fixed))
		}
	})
}

// FuzzFormat: whatever parses keeps its tokens, comments and tree in a layout that
// is stable.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, ds := Parse(new(SourceSet).Add("fuzz.flow", text)); ds.HasErrors() {
			t.Skip()
		}
		checkFormat(t, string(text))
	})
}
