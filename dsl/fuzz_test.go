package dsl

import (
	"os"
	"path/filepath"
	"strings"
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
		f.Add([]byte(exampleOf(code).bad))
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

// TestHostile parses, prints and formats what is made to break a parser.
func TestHostile(t *testing.T) {
	const n = 50_000
	r := strings.Repeat
	wf := func(body string) string { return "flow 1\npackage p\nworkflow w() {\n" + body + "\n}\n" }
	for name, text := range map[string]string{
		"parentheses":    "flow 1\npackage p\nconst x = " + r("(", n) + "1" + r(")", n),
		"lists":          wf("x := " + r("[", n) + r("]", n)),
		"signs":          wf("x := " + r("-", n) + "1"),
		"nots":           wf("x := " + r("!", n) + "a"),
		"sums":           wf("x := 1" + r(" + 1", n)),
		"absents":        wf("x := a" + r(" ?? a", n)),
		"selectors":      wf("x := a" + r(".b", n)),
		"indexes":        wf("x := a" + r("[0]", n)),
		"blocks":         wf(r("if a {\n", n) + r("}\n", n)),
		"else if":        wf("if a { }" + r(" else if a { }", n)),
		"if values":      wf("x := " + r("if a { 1 } else ", n) + "{ 2 }"),
		"texts":          wf("log " + r(`"{`, n) + "1" + r(`}"`, n)),
		"types":          "flow 1\npackage p\ntype T { a " + r("[]", n) + "int }",
		"map types":      "flow 1\npackage p\ntype T { a " + r("map[string]", n) + "int }",
		"records":        wf("x := " + r("A { a: ", n) + "1" + r(" }", n)),
		"undos":          wf("step s()" + r(" undo step s()", n)),
		"catches":        wf("step s()" + r(" catch e { }", n)),
		"groups":         wf(r("group g {\n", n) + r("}\n", n)),
		"retries":        "flow 1\npackage p\nstep s()" + r(" retry 1 every 1s", n),
		"fields":         "flow 1\npackage p\ntype T { " + r("a: int\n", n) + "}",
		"commas":         "flow 1\npackage p\ntype T { " + r(",", n) + "}",
		"semicolons":     "flow 1;package p;" + r(";", n),
		"keywords":       r("step ", n),
		"closing braces": r("}", n),
		"question marks": wf("x := a" + r("?", n)),
		"one line":       "flow 1\npackage p\nconst x = [" + r("1, ", n) + "]",
		"long word":      "flow 1\npackage p\ntype " + r("A", n) + " { }",
		"long text":      wf("log \"" + r("日", n) + "\" x"),
		"enum":           "flow 1\npackage p\nenum E { " + r("a = 1, ", n) + "}",
		"params":         "flow 1\npackage p\nstep s(" + r("a, ", n) + ")",
	} {
		t.Run(name, func(t *testing.T) {
			var set SourceSet
			src := set.Add("hostile.flow", []byte(text))
			_, ds := Parse(src)
			messages(&set, ds)
			ApplyFixes(src, ds)
			if !ds.HasErrors() {
				Format(src)
			}
		})
	}
}
