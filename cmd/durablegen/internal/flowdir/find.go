// Package flowdir finds the folders that hold .flow files, and reads and checks
// the package that each of them is.
package flowdir

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
	// Imported: another folder that was asked for, too, needs the Go of this one.
	Imported bool
}

// NoFilesError is the error of an argument that names no .flow file.
type NoFilesError struct{ message string }

func (e *NoFilesError) Error() string { return e.message }

// MissingError is the error of an argument that names what is not there.
type MissingError struct{ arg string }

func (e *MissingError) Error() string { return e.arg + ": no such file or folder" }

// Find gives the folders that the arguments name: a folder, a .flow file, which
// stands for its package, or a folder and `/...` for all below it. No arguments
// mean the current folder. What can't be read, and an argument that names no .flow
// file at all, is an error, and does not hide the rest.
func Find(args []string) ([]Folder, error) { return FindWith(args, nil) }

// FindWith is Find, but for folders without .flow files that hold something else of
// interest: they are among the folders, and make an argument name something.
func FindWith(args []string, holds func(dir string) bool) ([]Folder, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	f := finder{holds: holds, found: map[string]*Folder{}}
	var errs []error
	for _, arg := range args {
		errs = append(errs, f.argument(arg))
	}
	var folders []Folder
	for _, dir := range slices.Sorted(maps.Keys(f.found)) {
		folders = append(folders, *f.found[dir])
	}
	return folders, errors.Join(errs...)
}

type finder struct {
	holds func(dir string) bool
	found map[string]*Folder // by clean path
}

func (f *finder) argument(arg string) error {
	t := TargetOf(arg)
	if t.Below {
		return f.tree(arg, t.Dir)
	}
	path := filepath.Clean(arg)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &MissingError{arg}
	case err != nil:
		return fmt.Errorf("%s: %w", arg, words.Cause(err))
	case info.IsDir():
		some, err := f.add(path, "")
		if err == nil && !some {
			err = &NoFilesError{fmt.Sprintf("%s: no %s files in this folder; `%s` means all folders below", arg, Ext, filepath.ToSlash(filepath.Join(arg, "...")))}
		}
		return err
	case t.File == "":
		return fmt.Errorf("%s: not a %s file", arg, Ext)
	}
	_, err = f.add(t.Dir, t.File)
	return err
}

// tree adds a folder and those below it.
func (f *finder) tree(arg, root string) error {
	some := false
	modules, err := walk(root, func(dir string) error {
		more, err := f.add(dir, "")
		some = some || more
		return err
	})
	if err != nil || some {
		return err
	}
	message := fmt.Sprintf("%s: no %s files in this folder or below it", arg, Ext)
	modules = slices.DeleteFunc(modules, func(dir string) bool {
		_, err := Find([]string{filepath.Join(dir, "...")})
		return err != nil
	})
	if n := len(modules); n > 0 {
		for i, dir := range modules {
			modules[i] = "`" + filepath.ToSlash(filepath.Join(dir, "...")) + "`"
		}
		message += "; it does not reach into other modules, which are named by themselves: " + strings.Join(modules[:min(n, 3)], ", ")
		if n > 3 {
			message += fmt.Sprintf(" and %d more", n-3)
		}
	}
	return &NoFilesError{message}
}

// add enters a folder, or one file of it, and reports whether there is something.
func (f *finder) add(dir, only string) (bool, error) {
	folder := f.found[dir]
	if folder == nil {
		files, err := list(dir)
		if err != nil || len(files) == 0 && (f.holds == nil || !f.holds(dir)) {
			return false, err
		}
		folder = &Folder{Dir: dir, Files: files}
		if only != "" {
			folder.Only = []string{}
		}
		f.found[dir] = folder
	}
	switch {
	case only == "":
		folder.Only = nil
	case folder.Only != nil && !slices.Contains(folder.Only, only):
		folder.Only = append(folder.Only, only)
	}
	return true, nil
}

// Wanted gives the files that were asked for.
func (f Folder) Wanted() []string {
	if len(f.Only) > 0 {
		return f.Only
	}
	return f.Files
}

// Target is what an argument means, whether or not it is there.
type Target struct {
	Dir   string // clean
	Below bool   // with all folders below it
	File  string // the base name of the one file that is meant; empty for a folder
}

// TargetOf reads an argument as [Find] does. What ends as a .flow file does is one, unless it
// is known to be a folder.
func TargetOf(arg string) Target {
	root, below := strings.CutSuffix(filepath.ToSlash(arg), "...")
	if below && (root == "" || strings.HasSuffix(root, "/")) {
		if root == "" {
			root = "."
		}
		return Target{Dir: filepath.Clean(filepath.FromSlash(root)), Below: true}
	}
	path := filepath.Clean(arg)
	if info, err := os.Stat(path); filepath.Ext(path) == Ext && (err != nil || !info.IsDir()) {
		return Target{Dir: filepath.Dir(path), File: filepath.Base(path)}
	}
	return Target{Dir: path}
}

// list gives the names of the source files of a folder.
func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: can't be read: %w", dir, words.Cause(err))
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); IsSource(name) && !e.IsDir() {
			files = append(files, name)
		}
	}
	return files, nil
}

// IsSource reports whether a file of a name is a source file.
func IsSource(name string) bool {
	return filepath.Ext(name) == Ext && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_")
}

// Ignored reports whether a folder of a name is left aside by arguments that mean whole trees,
// as the Go command does.
func Ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor" || name == "node_modules"
}

// walk visits a folder and those below, with the exceptions that the Go command
// makes: hidden ones, those that begin with `_`, testdata, vendor, other modules,
// which it gives.
func walk(root string, visit func(dir string) error) (modules []string, err error) {
	var errs []error
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: can't be read: %w", path, words.Cause(err)))
			return nil
		}
		switch name := e.Name(); {
		case !e.IsDir():
			return nil
		case path == root:
		case Ignored(name):
			return filepath.SkipDir
		case exists(filepath.Join(path, "go.mod")):
			modules = append(modules, path)
			return filepath.SkipDir
		}
		if err := visit(path); err != nil && !errors.Is(err, fs.ErrPermission) { // which WalkDir reports itself
			errs = append(errs, err)
		}
		return nil
	})
	return modules, errors.Join(append(errs, err)...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// With gives a folder whose files are those on the disk and others, which are not there yet.
// It need not exist.
func With(dir string, others ...string) Folder {
	files, _ := list(dir)
	for _, name := range others {
		if !slices.Contains(files, name) {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return Folder{Dir: dir, Files: files}
}

// Below lists a folder and all folders below it that belong to its module.
func Below(dir string) []string {
	var dirs []string
	_, _ = walk(dir, func(dir string) error {
		dirs = append(dirs, dir)
		return nil
	})
	return dirs
}

// Roots gives the folders that the arguments name, those of whole trees for trees.
func Roots(args []string) []string {
	if len(args) == 0 {
		return []string{"."}
	}
	var dirs []string
	for _, arg := range args {
		dirs = append(dirs, TargetOf(arg).Dir)
	}
	return dirs
}
