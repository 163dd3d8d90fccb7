package gobuild

import (
	"context"
	"fmt"
	"go/build"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sources are the files that Lambda mains are built from, as far as they belong to their
// modules. Nothing that is generated is among them.
type Sources struct {
	dirs  map[string]bool // folders of packages
	files map[string]bool // others: go.mod, embedded ones
	grown bool
}

// Add enters the sources of a target. What was there before stays: code that is broken for a
// moment does not tell what it imports.
func (s *Sources) Add(t *Target) {
	if s.dirs == nil {
		s.dirs, s.files = map[string]bool{}, map[string]bool{}
	}
	for _, dir := range append([]string{t.Dir, t.Main}, t.Flow...) {
		if dir != "" {
			walkPackages(dir, s.visit)
		}
	}
}

// AddFile enters a file that is none of a target's.
func (s *Sources) AddFile(path string) {
	s.Add(&Target{})
	s.grown = s.grown || !s.files[path]
	s.files[path] = true
}

// AddPackage enters the sources of a main package, as it is named in a folder.
func (s *Sources) AddPackage(ctx context.Context, dir, pkg string) {
	if build.IsLocalImport(pkg) {
		pkg = filepath.Join(dir, pkg)
	}
	if at, err := folder(ctx, pkg); err == nil { // what is not there, its build tells
		s.Add(&Target{Dir: at})
	}
}

// Grown reports whether folders or files have been added since it was asked last.
func (s *Sources) Grown() bool {
	grown := s.grown
	s.grown = false
	return grown
}

// visit enters the sources of one package.
func (s *Sources) visit(dir string) {
	s.grown = s.grown || !s.dirs[dir]
	s.dirs[dir] = true
	root := ModuleRoot(dir)
	for d := dir; ; d = filepath.Dir(d) {
		for _, name := range []string{"go.mod", "go.sum", "go.work", "template.yaml", "template.yml"} {
			s.files[filepath.Join(d, name)] = true
		}
		if d == root || d == filepath.Dir(d) {
			break
		}
	}
	pkg, _ := build.Default.ImportDir(dir, 0)
	if pkg != nil {
		for _, pattern := range pkg.EmbedPatterns {
			s.embedded(filepath.Join(dir, strings.TrimPrefix(pattern, "all:")))
		}
	}
}

func (s *Sources) embedded(pattern string) {
	matches, _ := filepath.Glob(pattern)
	for _, match := range matches {
		_ = filepath.WalkDir(match, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				s.grown = s.grown || !s.files[path]
				s.files[path] = true
			}
			return nil
		})
	}
}

// State is a word that changes whenever a source does.
func (s *Sources) State() string {
	h := fnv.New128a()
	note := func(path string) {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintln(h, path, info.Size(), info.ModTime().UnixNano())
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(s.dirs)) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if isSource(e.Name()) {
				note(filepath.Join(dir, e.Name()))
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		note(path)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// isSource tells by its name whether a file of a package counts. The test files of Go do not,
// nor does Go that is generated from a .flow file.
func isSource(name string) bool {
	switch filepath.Ext(name) {
	case ".flow":
		return true
	case ".go":
		return !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_flow.go")
	}
	return false
}
