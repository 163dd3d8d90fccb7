// Package flowdir finds the folders that hold .flow files, and reads and checks
// the package that each of them is.
package flowdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/words"
)

// Ext is how the name of a source file ends.
const Ext = ".flow"

// Folder is one package: a folder and its .flow files, sorted by name.
type Folder struct {
	Dir   string // as it is to be shown: relative if it was given so
	Files []string
	// Only is the files that were asked for by name; empty means all.
	Only []string
}

// Find gives the folders that the arguments name: a folder, a .flow file, which
// stands for its package, or a folder and `/...` for all below it. No arguments
// mean the current folder. What can't be read is an error, and does not hide the
// rest.
func Find(args []string) ([]Folder, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var errs []error
	found := map[string]*Folder{} // by clean path
	add := func(dir, only string) error {
		f := found[dir]
		if f == nil {
			files, err := list(dir)
			if err != nil {
				return err
			}
			f = &Folder{Dir: dir, Files: files}
			if only != "" {
				f.Only = []string{}
			}
			found[dir] = f
		}
		switch {
		case only == "":
			f.Only = nil
		case f.Only != nil && !slices.Contains(f.Only, only):
			f.Only = append(f.Only, only)
		}
		return nil
	}
	for _, arg := range args {
		if root, ok := below(arg); ok {
			errs = append(errs, walk(root, func(dir string) error { return add(dir, "") }))
			continue
		}
		path := filepath.Clean(arg)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			errs = append(errs, fmt.Errorf("%s: no such file or folder", arg))
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", arg, words.Cause(err)))
		case info.IsDir():
			if err := add(path, ""); err != nil {
				errs = append(errs, err)
			} else if len(found[path].Files) == 0 {
				delete(found, path)
				errs = append(errs, fmt.Errorf("%s: no %s files in this folder; `%s` means all folders below", arg, Ext, filepath.ToSlash(filepath.Join(arg, "..."))))
			}
		case filepath.Ext(path) != Ext:
			errs = append(errs, fmt.Errorf("%s: not a %s file", arg, Ext))
		default:
			if err := add(filepath.Dir(path), filepath.Base(path)); err != nil {
				errs = append(errs, err)
			}
		}
	}
	var folders []Folder
	for _, f := range found {
		if len(f.Files) > 0 {
			folders = append(folders, *f)
		}
	}
	slices.SortFunc(folders, func(a, b Folder) int { return strings.Compare(a.Dir, b.Dir) })
	return folders, errors.Join(errs...)
}

// Wanted gives the files that were asked for.
func (f Folder) Wanted() []string {
	if len(f.Only) > 0 {
		return f.Only
	}
	return f.Files
}

// below reports whether the argument means a whole tree, and its root.
func below(arg string) (root string, ok bool) {
	root, ok = strings.CutSuffix(filepath.ToSlash(arg), "...")
	if !ok || root != "" && !strings.HasSuffix(root, "/") {
		return "", false
	}
	if root == "" {
		root = "."
	}
	return filepath.Clean(filepath.FromSlash(root)), true
}

// list gives the names of the .flow files of a folder, without those that begin with
// `_` or `.`: the Go command would ignore what is generated from them.
func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: can't be read: %w", dir, words.Cause(err))
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); filepath.Ext(name) == Ext && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && !e.IsDir() {
			files = append(files, name)
		}
	}
	return files, nil
}

// walk visits a folder and those below, with the exceptions that the Go command
// makes: hidden ones, those that begin with `_`, testdata, vendor, other modules.
func walk(root string, visit func(dir string) error) error {
	var errs []error
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: can't be read: %w", path, words.Cause(err)))
			return nil
		}
		if !e.IsDir() {
			return nil
		}
		if path != root && skipped(path, e.Name()) {
			return filepath.SkipDir
		}
		if err := visit(path); err != nil && !errors.Is(err, fs.ErrPermission) { // which WalkDir reports itself
			errs = append(errs, err)
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}

func skipped(path, name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor" || name == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// Trees lists all folders of the trees among the arguments, those with `/...`.
func Trees(args []string) []string {
	var dirs []string
	for _, arg := range args {
		if root, ok := below(arg); ok {
			_ = walk(root, func(dir string) error {
				dirs = append(dirs, dir)
				return nil
			})
		}
	}
	return dirs
}
