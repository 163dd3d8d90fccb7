package dsl

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// golden runs a test for every archive of a folder of testdata. The test gets the
// files of the archive and gives the expected ones anew, by name; with -update
// they are written back.
func golden(t *testing.T, folder string, expect func(t *testing.T, files map[string]string) map[string]string) {
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in testdata/%s (%v)", folder, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			ar := txtar.Parse(text)
			files := map[string]string{}
			for _, f := range ar.Files {
				files[f.Name] = string(f.Data)
			}
			got := expect(t, files)
			if *update {
				for i, f := range ar.Files {
					if text, ok := got[f.Name]; ok {
						ar.Files[i].Data = []byte(text)
						delete(got, f.Name)
					}
				}
				for _, name := range []string{"messages", "tree", "golden"} {
					if text, ok := got[name]; ok && text != "" {
						ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(text)})
					}
				}
				if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for name, text := range got {
				if text != files[name] {
					t.Errorf("%s:\n%s", name, diffLines(files[name], text))
				}
			}
		})
	}
}

// diffLines shows the first lines in which two texts differ.
func diffLines(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; i < len(w) || i < len(g); i++ {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(no line)"
		}
		if line(w) != line(g) {
			return fmt.Sprintf("line %d\n want %s\n got  %s", i+1, line(w), line(g))
		}
	}
	return "equal"
}

func TestParse(t *testing.T) {
	golden(t, "parse", func(t *testing.T, files map[string]string) map[string]string {
		var set SourceSet
		f, ds := Parse(set.Add("in.flow", []byte(files["in.flow"])))
		return map[string]string{"tree": dump(f), "messages": messages(&set, ds)}
	})
}

// messages writes diagnostics as the command does.
func messages(set *SourceSet, ds Diagnostics) string {
	var b bytes.Buffer
	WriteText(&b, set, ds, false)
	return b.String()
}
