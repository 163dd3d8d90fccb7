package compile

import (
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/durablegen/durablegen/examples"
	"github.com/durablegen/durablegen/visualize"
)

// menu is the examples of the page: those that need no Go packages.
func menu(t testing.TB) map[string]string {
	t.Helper()
	list := map[string]string{}
	err := fs.WalkDir(examples.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := examples.Files.ReadFile(name)
		if !strings.Contains("\n"+string(text), "\nimport ") {
			list[name] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every example compiles as it stands, to Go that parses and a diagram for each workflow.
func TestExamplesCompile(t *testing.T) {
	list := menu(t)
	if len(list) < 12 {
		t.Errorf("the menu has %d examples", len(list))
	}
	for name, text := range list {
		r := Text(text, visualize.Normal)
		for _, p := range r.Problems {
			t.Errorf("%s:%d: %s", name, p.Line, p.Message)
		}
		if len(r.Workflows) == 0 || len(r.Files) < 2 {
			t.Errorf("%s has %d workflows and %d files", name, len(r.Workflows), len(r.Files))
		}
		for _, f := range r.Files {
			if _, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Text, 0); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Places count as a browser does, and what is wrong stands where it is.
func TestPlacesAreThoseOfBrowsers(t *testing.T) {
	text := "flow 1\n\npackage p\n\nstep say(text string)  idempotent\n\nworkflow w() {\n    step say(\"é 😀\") // 😀\n    step shout(\"x\")\n    step say(\"y\") as \"z\"\n}\n"
	units := utf16.Encode([]rune(text))
	at := func(r Range) string { return string(utf16.Decode(units[r.Start:r.End])) }
	r := Text(text, visualize.Normal)
	if len(r.Problems) != 1 || at(r.Problems[0].Range) != "shout" || r.Problems[0].Line != 9 || r.Problems[0].Severity != "error" || len(r.Files) != 0 {
		t.Fatalf("%+v", r)
	}
	colours := map[string]string{}
	for _, c := range r.Colours {
		colours[at(c.Range)] = c.Kind
	}
	for text, kind := range map[string]string{"workflow": "keyword", `"é 😀"`: "string", "// 😀": "comment", "say": "function", "string": "type", "1": "number"} {
		if colours[text] != kind {
			t.Errorf("%s has the colour %q, want %q", text, colours[text], kind)
		}
	}
	units = utf16.Encode([]rune(strings.Replace(text, "shout", "say", 1)))
	r = Text(string(utf16.Decode(units)), visualize.Normal)
	if len(r.Problems) != 1 { // two steps of one name in one scope
		t.Fatalf("%+v", r.Problems)
	}
	units = utf16.Encode([]rune(strings.Replace(text, "    step shout(\"x\")\n", "", 1)))
	r = Text(string(utf16.Decode(units)), visualize.Normal)
	if len(r.Workflows) != 1 || at(r.Workflows[0].Drawing.Nodes["n_z"].Place) != "step say(\"y\") as \"z\"" {
		t.Errorf("%+v", r)
	}
}

// There is a result for every text, and places in it, also while somebody types.
func FuzzText(f *testing.F) {
	for _, text := range menu(f) {
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
	f.Add("")
	f.Add("flow 1\nimport \"x\"\n\xff\xfe😀")
	f.Fuzz(func(t *testing.T, text string) {
		r := Text(text, visualize.Normal)
		size := len(utf16.Encode([]rune(text)))
		check := func(what string, p Range) {
			if p.Start < 0 || p.End < p.Start || p.End > size {
				t.Errorf("%s is at %v of %d", what, p, size)
			}
		}
		for _, p := range r.Problems {
			check(p.Message, p.Range)
			if strings.Contains(p.Message, "the compiler has failed") {
				t.Error(p.Message)
			}
		}
		for _, c := range r.Colours {
			check(c.Kind, c.Range)
		}
		for _, w := range r.Workflows {
			for id, n := range w.Drawing.Nodes {
				check(id, n.Place)
			}
		}
		if len(r.Problems) == 0 && len(r.Files) == 0 && text != "" {
			t.Errorf("nothing is wrong, and nothing comes of it: %q", text)
		}
	})
}
