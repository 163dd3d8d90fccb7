package dsl

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestFormat compares layouts: in.flow becomes golden, and golden stays as it is.
func TestFormat(t *testing.T) {
	golden(t, "format", func(t *testing.T, files map[string]string) map[string]string {
		out := checkFormat(t, files["in.flow"])
		return map[string]string{"golden": out}
	})
}

// TestFormatOfExamples holds what must be true of any layout to all the Flow text
// in testdata.
func TestFormatOfExamples(t *testing.T) {
	paths, _ := filepath.Glob("../examples/*/*.flow")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		checkFormat(t, string(text))
	}
	for _, code := range Codes() {
		for _, text := range []string{exampleOf(code).bad, exampleOf(code).good} {
			if _, ds := Parse(new(SourceSet).Add("example.flow", []byte(text))); !ds.HasErrors() {
				checkFormat(t, text)
			}
		}
	}
}

// checkFormat formats a text and checks that the layout keeps its tokens,
// comments and tree, that it stays as it is when formatted again, and that its
// lines are not too long without need.
func checkFormat(t *testing.T, text string) string {
	t.Helper()
	src := new(SourceSet).Add("in.flow", []byte(text))
	out, ds := Format(src)
	if ds.HasErrors() {
		t.Fatalf("does not parse: %s\n%s", ds[0].Message, text)
	}
	again := new(SourceSet).Add("in.flow", out)
	twice, ds := Format(again)
	if ds.HasErrors() {
		t.Fatalf("the layout does not parse: %s at %v\n%s\n----\n%s", ds[0].Message, again.Position(ds[0].Span.Start), text, out)
	}
	if string(twice) != string(out) {
		t.Fatalf("formatting twice changes %s\n%s\n----\n%s", diffLines(string(out), string(twice)), text, out)
	}
	if a, b := tokenText(src), tokenText(again); a != b {
		t.Fatalf("tokens changed: %s\n%s\n----\n%s", diffLines(a, b), text, out)
	}
	if a, b := commentText(src), commentText(again); a != b {
		t.Fatalf("comments changed: %s\n%s\n----\n%s", diffLines(a, b), text, out)
	}
	fa, _ := Parse(src)
	fb, _ := Parse(again)
	if a, b := shape(fa), shape(fb); a != b {
		t.Fatalf("the tree changed: %s\n%s\n----\n%s", diffLines(a, b), text, out)
	}
	for i, line := range strings.Split(string(out), "\n") {
		if strings.TrimRight(line, " \t") != line && !strings.Contains(text, "`") {
			t.Errorf("line %d ends with a space: %q", i+1, line)
		}
	}
	return string(out)
}

// TestFormatLineEnds: a file from another system has one kind of line ends afterwards,
// in raw texts too, and no byte order mark.
func TestFormatLineEnds(t *testing.T) {
	const want = "flow 1\n\npackage p\n\n// A comment.\nconst text = `a\nb` // another\n"
	if got := checkFormat(t, "\uFEFF"+strings.ReplaceAll(want, "\n", "\r\n")); got != want {
		t.Errorf("got %q", got)
	}
}

// tokenText gives the tokens without commas and line breaks, a line each.
func tokenText(src *Source) string {
	s := scan(src)
	var b strings.Builder
	for _, t := range s.toks {
		if t.kind != tNL && t.kind != tComma {
			b.WriteString(strings.ReplaceAll(s.text[t.start:t.end], "\r\n", "\n") + "\n")
		}
	}
	return b.String()
}

func commentText(src *Source) string {
	s := scan(src)
	var b strings.Builder
	for _, c := range s.comments {
		b.WriteString(strings.TrimRight(s.text[c.start:c.end], " \t\r") + "\n")
	}
	return b.String()
}

// shape is a tree without the places of its nodes, and without documentation,
// which depends on blank lines.
func shape(f *File) string {
	d := &dumper{src: f.Source, bare: true}
	return d.dump(f)
}

var thorough = flag.Bool("thorough", false, "test every place in every file")

// TestFormatCommentsAnywhere puts a comment at every place of a file where one
// can stand without changing what it says: each must be kept.
func TestFormatCommentsAnywhere(t *testing.T) {
	paths, _ := filepath.Glob("testdata/format/*.txtar")
	for _, path := range paths {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			commentsAnywhere(t, string(f.Data))
		}
	}
}

func commentsAnywhere(t *testing.T, text string) {
	s := scan(new(SourceSet).Add("in.flow", []byte(text)))
	want, _ := Parse(s.src)
	for i := range s.toks {
		// All of it takes long; the thorough run is for changes of the formatter.
		for k, insert := range []string{" // here\n", "\n// here\n", "\n\n    // here\n\n"} {
			if (i+2*k)%6 != 0 && !*thorough {
				continue
			}
			at := s.toks[i].end
			if s.toks[i].kind == tNL {
				at = s.toks[i].start
			}
			changed := text[:at] + insert + text[at:]
			got, ds := Parse(new(SourceSet).Add("in.flow", []byte(changed)))
			if !ds.HasErrors() && shape(got) == shape(want) {
				checkFormat(t, changed)
			}
		}
	}
}
