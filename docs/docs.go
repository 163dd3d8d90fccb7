// Package docs holds the pages on the language, which the command prints.
package docs

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed language.md patterns.md semantics.md grammar.ebnf reference/*.md
var pages embed.FS

// Page gives the text of a page by its name, as `language` or `steps`.
func Page(name string) (text string, ok bool) {
	file := files()[name]
	b, err := pages.ReadFile(file)
	return string(b), err == nil
}

// Names lists the pages: the one on the whole language first, then the reference.
func Names() []string {
	var names []string
	for name := range files() {
		if name != "language" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return append([]string{"language"}, names...)
}

func files() map[string]string {
	found := map[string]string{}
	for _, dir := range []string{".", "reference"} {
		entries, _ := pages.ReadDir(dir)
		for _, e := range entries {
			if !e.IsDir() {
				found[strings.TrimSuffix(e.Name(), path.Ext(e.Name()))] = path.Join(dir, e.Name())
			}
		}
	}
	return found
}
