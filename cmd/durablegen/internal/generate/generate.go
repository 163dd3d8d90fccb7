// Package generate says what files a checked package should have (Go, diagrams,
// what is written once for the user to go on with, the marked regions of Markdown
// files), and puts them there: only where something changed, each file at once or
// not at all, and never over a file that a person wrote. Writing, listing what is
// stale and showing a diff are three users of one list of [Change]s.
package generate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/visualize"
)

// Files gives the files of a package that has passed the checks.
func Files(p *flowdir.Package) ([]File, error) {
	own, _, tests := goFiles(p.Dir)
	for _, f := range tests {
		if f.Name.Name == p.Program.Package { // else it is a package of its own
			own = append(own, f)
		}
	}
	existing := codegen.ScanFiles(own)
	generated, err := codegen.Generate(p.Program, codegen.Options{Own: existing.Names, Imported: existing.Imports})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Dir, err)
	}
	var files []File
	for name, text := range generated.Files {
		files = append(files, File{Path: filepath.Join(p.Dir, name), Data: text})
	}
	for _, f := range p.Program.Files {
		files = append(files, File{Path: filepath.Join(p.Dir, f.Source.Name+".md"), Data: visualize.Document(p.Program, f)})
	}
	return files, nil
}

// Orphans gives the generated files of a folder whose .flow file is gone. What can't
// be read holds none.
func Orphans(dir string) []File {
	entries, _ := os.ReadDir(dir)
	var files []File
	for _, e := range entries {
		source, ok := sourceOf(e.Name())
		if !ok || slices.ContainsFunc(entries, func(o os.DirEntry) bool { return o.Name() == source }) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if text, err := os.ReadFile(path); err == nil && flowdir.IsGenerated(text) {
			files = append(files, File{Path: path, Kind: Removed})
		}
	}
	return files
}

// sourceOf gives the .flow file that a file would be generated from, by its name.
func sourceOf(name string) (string, bool) {
	if base, ok := strings.CutSuffix(name, "_flow.go"); ok {
		return base + flowdir.Ext, true
	}
	base, ok := strings.CutSuffix(name, ".md")
	return base, ok && filepath.Ext(base) == flowdir.Ext
}

// Loader gives the package of a folder.
type Loader func(dir string) (*flowdir.Package, error)

// Regions gives the Markdown files in folders whose marked regions are to be kept
// current. Errors name file and line, and don't hide other files.
func Regions(dirs []string, load Loader) ([]File, error) {
	var files []File
	var errs []error
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // what can't be read has been reported
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) != ".md" || e.IsDir() {
				continue
			}
			path := filepath.Join(dir, e.Name())
			text, err := os.ReadFile(path)
			if err != nil || flowdir.IsGenerated(text) {
				continue
			}
			filled, err := visualize.Regions(string(text), func(r visualize.Region) (string, error) { return draw(dir, r, load) })
			if err != nil {
				errs = append(errs, regionError(path, err))
				continue
			}
			if filled != string(text) {
				files = append(files, File{Path: path, Kind: Edited, Data: []byte(filled)})
			}
		}
	}
	return files, errors.Join(errs...)
}

func draw(dir string, r visualize.Region, load Loader) (string, error) {
	path := filepath.Join(dir, filepath.FromSlash(r.File))
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s: no such file", r.File)
	}
	p, err := load(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if p.Program == nil {
		return "", fmt.Errorf("%s has errors; see `durablegen check %s`", r.File, filepath.Dir(path))
	}
	return r.Draw(p.Program)
}

// regionError puts the place in front, as other errors have it.
func regionError(path string, err error) error {
	var region *visualize.RegionError
	if errors.As(err, &region) {
		return fmt.Errorf("%s:%d: %s", path, region.Line, region.Message)
	}
	if line, message, ok := strings.Cut(strings.TrimPrefix(err.Error(), "line "), ": "); ok && strings.HasPrefix(err.Error(), "line ") {
		return fmt.Errorf("%s:%s: %s", path, line, message)
	}
	return fmt.Errorf("%s: %w", path, err)
}
