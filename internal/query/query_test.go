package query

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// packages gives all packages of the repository whose .flow files are right and import no Go:
// by folder, their files.
func packages(t testing.TB) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	err := filepath.WalkDir("../..", func(path string, e os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".flow" || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		dir := filepath.Dir(path)
		if strings.Contains(path, "dsl/testdata") {
			dir = path // where a file is a package
		}
		if found[dir] == nil {
			found[dir] = map[string]string{}
		}
		found[dir][filepath.Base(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, texts := range found {
		if _, ds := check(texts); ds.HasErrors() {
			delete(found, dir)
		}
	}
	if len(found) < 12 {
		t.Fatalf("only %d packages are right", len(found))
	}
	return found
}

// check reads and checks a package.
func check(texts map[string]string) (*Index, dsl.Diagnostics) {
	var set dsl.SourceSet
	var files []*dsl.File
	var all dsl.Diagnostics
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, ds := dsl.Parse(set.Add(name, []byte(texts[name])))
		files, all = append(files, f), append(all, ds...)
	}
	_, ds := dsl.Check(&set, files, dsl.CheckOptions{})
	return New(&set, files), append(all, ds...)
}

// Every word of a right program is a keyword in its place or stands for something, and what it
// stands for has its name.
func TestEveryWordMeansSomething(t *testing.T) {
	for dir, texts := range packages(t) {
		x, _ := check(texts)
		for _, src := range x.Set.Sources() {
			for _, p := range x.Paints(src) {
				text := string(src.Text[src.Offset(p.Start):src.Offset(p.End)])
				at := x.Set.Position(p.Start)
				switch {
				case p.Token != dsl.WordToken:
				case p.Symbol != nil:
					if p.Symbol.Name != text {
						t.Errorf("%s/%s:%d:%d: `%s` stands for `%s`", dir, at.File, at.Line, at.Column, text, p.Symbol.Name)
					}
				case !p.Keyword && !slices.Contains(wordsWithoutSymbol, text):
					t.Errorf("%s/%s:%d:%d: `%s` means nothing", dir, at.File, at.Line, at.Column, text)
				}
			}
		}
		for s, uses := range x.bySym {
			if s.At != (dsl.Span{}) && !slices.ContainsFunc(uses, func(i int) bool { return x.uses[i].Declares && x.uses[i].At == s.At }) {
				t.Errorf("%s: the declaration of %s `%s` is no use of it", dir, s.Kind, s.Name)
			}
		}
	}
}

// What is neither a keyword nor declared anywhere.
var wordsWithoutSymbol = []string{"execution"}
