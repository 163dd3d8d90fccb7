// Package revision tells what the .flow files of a folder were at a revision of git, and pairs
// the packages of two versions.
package revision

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

// Package is the .flow files of a folder.
type Package struct {
	Dir   string            // as it is to be shown
	Files map[string][]byte // texts, by base name
	Note  string            // of which revision it is; shown behind the names of files
}

// Disk gives the packages that an argument names as they are on the disk: none if it names
// nothing there.
func Disk(arg string) ([]*Package, error) {
	t := flowdir.TargetOf(arg)
	if _, err := os.Stat(t.Dir); errors.Is(err, os.ErrNotExist) {
		return nil, nil // it may have been there
	}
	if t.File != "" {
		arg = t.Dir // the file may be gone; the package is compared in any case
	}
	folders, err := flowdir.Find([]string{arg})
	if err != nil && !errors.As(err, new(*flowdir.NoFilesError)) {
		return nil, err
	}
	var out []*Package
	for _, folder := range folders {
		p := &Package{Dir: folder.Dir, Files: map[string][]byte{}}
		for _, name := range folder.Files {
			text, err := os.ReadFile(filepath.Join(folder.Dir, name))
			if err != nil {
				return nil, fmt.Errorf("%s: can't be read: %w", filepath.Join(folder.Dir, name), words.Cause(err))
			}
			p.Files[name] = text
		}
		out = append(out, p)
	}
	return out, nil
}

// At gives the packages that an argument names as they were at a revision.
func At(rev, arg string) ([]*Package, error) {
	target := flowdir.TargetOf(arg)
	here := target.Dir
	for !isDir(here) { // the folder may be gone: what git says holds for those above
		here = filepath.Dir(here)
	}
	t, err := open(here, rev)
	if err != nil {
		return nil, err
	}
	within, err := t.relative(target.Dir)
	if err != nil {
		return nil, err
	}
	return t.packages(within, target.Dir, target.Below)
}

// packages gives those of a folder, which people see as root, or with below those of the
// folders in it, too.
func (t *tree) packages(within, root string, below bool) ([]*Package, error) {
	modules := map[string]bool{}
	for _, e := range t.entries {
		if path.Base(e.name) == "go.mod" {
			modules[path.Dir(e.name)] = true
		}
	}
	shown := func(dir string) string {
		rest := strings.TrimPrefix(strings.TrimPrefix(dir, within), "/")
		if within == "." {
			rest = dir
		}
		return filepath.Join(root, filepath.FromSlash(rest))
	}
	var sources []entry
	var out []*Package
	for _, e := range t.entries {
		switch dir, base := path.Dir(e.name), path.Base(e.name); {
		case e.kind == submodule && below && belongs(e.name, within, true, modules) && t.checkedOut(e):
			in, err := open(filepath.Join(t.top, filepath.FromSlash(e.name)), e.object)
			if err != nil {
				return nil, fmt.Errorf("%s: the commit that %s names for this submodule is not there: fetch it with `git submodule update --init`: %w", shown(e.name), t.rev, err)
			}
			in.rev = t.rev
			list, err := in.packages(".", shown(e.name), true)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		case e.kind != submodule && flowdir.IsSource(base) && belongs(dir, within, below, modules):
			sources = append(sources, e)
		}
	}
	texts, err := t.read(sources)
	if err != nil {
		return nil, err
	}
	byDir := map[string]*Package{}
	for i, e := range sources {
		dir := path.Dir(e.name)
		if texts[i] == nil {
			continue
		}
		if byDir[dir] == nil {
			byDir[dir] = &Package{Dir: shown(dir), Files: map[string][]byte{}, Note: t.rev}
			out = append(out, byDir[dir])
		}
		byDir[dir].Files[path.Base(e.name)] = texts[i]
	}
	slices.SortFunc(out, func(a, b *Package) int { return cmp.Compare(a.Dir, b.Dir) })
	return out, nil
}

func isDir(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// checkedOut reports whether a submodule has a work tree.
func (t *tree) checkedOut(e entry) bool {
	_, err := os.Stat(filepath.Join(t.top, filepath.FromSlash(e.name), ".git"))
	return err == nil
}

// belongs reports whether a folder is meant: the one within, or with below those in it
// which the Go command would not ignore.
func belongs(dir, within string, below bool, modules map[string]bool) bool {
	if dir == within {
		return true
	}
	rest := dir
	if within != "." {
		var in bool
		if rest, in = strings.CutPrefix(dir, within+"/"); !in {
			return false
		}
	}
	if !below {
		return false
	}
	at := within
	for _, element := range strings.Split(rest, "/") {
		at = path.Join(at, element)
		if flowdir.Ignored(element) || modules[at] {
			return false
		}
	}
	return true
}

// Checked is a package with what its text says.
type Checked struct {
	// Program is nil if an error hides what the text says; [dsl.Program.Unclear] has the
	// workflows of which that is so.
	Program *dsl.Program
	// Shown has the files under the names that people see.
	Shown *dsl.SourceSet
	// Errors are those of the language, by place.
	Errors dsl.Diagnostics
}

// Hidden gives the error by which nobody knows what the text says, as people see it; empty
// if there is none.
func (c *Checked) Hidden() string {
	if c.Program != nil {
		return ""
	}
	for _, d := range c.Errors {
		if d.Code.Hides() {
			return c.At(d)
		}
	}
	return c.At(c.Errors[0])
}

// At writes an error with its place.
func (c *Checked) At(d dsl.Diagnostic) string {
	at := c.Shown.Position(d.Span.Start)
	return fmt.Sprintf("%s:%d:%d: %s", at.File, at.Line, at.Column, d.Message)
}

// Check finds out what the text of a package says, with the types of Go as they are now.
func (p *Package) Check() *Checked {
	set := new(dsl.SourceSet)
	c := &Checked{Shown: new(dsl.SourceSet)}
	var files []*dsl.File
	for _, name := range slices.Sorted(maps.Keys(p.Files)) {
		where := filepath.Join(p.Dir, name)
		if p.Note != "" {
			where = filepath.ToSlash(where) + "@" + p.Note
		}
		c.Shown.Add(where, p.Files[name])
		file, ds := dsl.Parse(set.Add(name, p.Files[name]))
		files, c.Errors = append(files, file), append(c.Errors, ds...)
	}
	dir := p.Dir
	if !isDir(dir) {
		dir = "."
	}
	program, ds := dsl.Resolve(set, files, dsl.CheckOptions{Importer: importer{flowdir.NewImporter(dir, nil), stubs(files)}})
	c.Program = program
	c.Errors = slices.DeleteFunc(append(c.Errors, ds...), func(d dsl.Diagnostic) bool { return d.Severity != dsl.Error })
	c.Errors.Sort()
	return c
}
