// Package revision tells what the .flow files of a folder were at a revision of git, and pairs
// the packages of two versions.
package revision

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
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

// Disk gives the packages that arguments name as they are on the disk. One that names
// nothing there is none.
func Disk(args []string) ([]*Package, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var out []*Package
	for _, arg := range args {
		root, _ := Root(arg)
		if _, err := os.Stat(root); errors.Is(err, os.ErrNotExist) {
			continue // it may have been there
		}
		folders, err := flowdir.Find([]string{arg})
		if err != nil && !errors.As(err, new(*flowdir.NoFilesError)) {
			return nil, err
		}
		for _, folder := range folders {
			p := &Package{Dir: folder.Dir, Files: map[string][]byte{}}
			for _, name := range folder.Files {
				text, err := os.ReadFile(filepath.Join(folder.Dir, name))
				if err != nil {
					return nil, fmt.Errorf("%s: can't be read: %w", filepath.Join(folder.Dir, name), words.Cause(err))
				}
				p.Files[name] = text
			}
			if !slices.ContainsFunc(out, func(q *Package) bool { return q.Dir == p.Dir }) {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// Root gives the folder that an argument means, and whether those below are meant too.
func Root(arg string) (dir string, tree bool) {
	dir, tree = strings.CutSuffix(filepath.ToSlash(arg), "...")
	if !tree {
		if filepath.Ext(arg) == flowdir.Ext {
			return filepath.Dir(arg), false
		}
		return filepath.Clean(arg), false
	}
	if dir == "" {
		dir = "."
	}
	return filepath.Clean(filepath.FromSlash(dir)), true
}

// At gives the packages that arguments name as they were at a revision.
func At(rev string, args []string) ([]*Package, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var out []*Package
	for _, arg := range args {
		root, tree := Root(arg)
		list, err := at(rev, root, tree)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if !slices.ContainsFunc(out, func(q *Package) bool { return q.Dir == p.Dir }) {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

func at(rev, root string, tree bool) ([]*Package, error) {
	here := root
	for !isDir(here) { // the folder may be gone: what git says holds for those above
		here = filepath.Dir(here)
	}
	line, err := git(here, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	top := strings.TrimRight(string(line), "\r\n")
	within, err := relative(top, root)
	if err != nil {
		return nil, err
	}
	if _, err := git(here, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}"); err != nil {
		return nil, fmt.Errorf("git knows no revision %q here", rev)
	}
	listing, err := git(top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", rev)
	if err != nil {
		return nil, err
	}
	names := strings.Split(strings.TrimRight(string(listing), "\x00"), "\x00")
	modules := map[string]bool{}
	for _, name := range names {
		if path.Base(name) == "go.mod" {
			modules[path.Dir(name)] = true
		}
	}
	byDir := map[string]*Package{}
	for _, name := range names {
		dir, base := path.Dir(name), path.Base(name)
		if path.Ext(name) != flowdir.Ext || base[0] == '.' || base[0] == '_' || !belongs(dir, within, tree, modules) {
			continue
		}
		text, err := git(top, "cat-file", "blob", rev+":"+name)
		if err != nil {
			return nil, err
		}
		p := byDir[dir]
		if p == nil {
			rest := strings.TrimPrefix(strings.TrimPrefix(dir, within), "/")
			if within == "." {
				rest = dir
			}
			p = &Package{Dir: filepath.Join(root, filepath.FromSlash(rest)), Files: map[string][]byte{}, Note: rev}
			byDir[dir] = p
		}
		p.Files[base] = text
	}
	out := make([]*Package, 0, len(byDir))
	for _, p := range byDir {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Package) int { return cmp.Compare(a.Dir, b.Dir) })
	return out, nil
}

func isDir(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// relative gives a folder as git names it, below the top of a repository.
func relative(top, dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	// The top that git gives has no symbolic links in it.
	rest, known := "", abs
	for {
		if real, err := filepath.EvalSymlinks(known); err == nil {
			abs = filepath.Join(real, rest)
			break
		}
		rest, known = filepath.Join(filepath.Base(known), rest), filepath.Dir(known)
	}
	if real, err := filepath.EvalSymlinks(top); err == nil {
		top = real
	}
	rel, err := filepath.Rel(top, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s: lies outside of the repository %s", dir, top)
	}
	return filepath.ToSlash(rel), nil
}

// belongs reports whether a folder is meant: the one within, or with tree those below it
// which the Go command would not ignore.
func belongs(dir, within string, tree bool, modules map[string]bool) bool {
	if dir == within {
		return true
	}
	rest := dir
	if within != "." {
		var below bool
		if rest, below = strings.CutPrefix(dir, within+"/"); !below {
			return false
		}
	}
	if !tree {
		return false
	}
	at := within
	for _, element := range strings.Split(rest, "/") {
		at = path.Join(at, element)
		if element[0] == '.' || element[0] == '_' || element == "testdata" || element == "vendor" || element == "node_modules" || modules[at] {
			return false
		}
	}
	return true
}

// git runs a command of git in a folder.
func git(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	switch err := cmd.Run(); {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the `git` command was not found; give two folders or files to compare without it")
	case err != nil:
		text := words.FirstLine(strings.TrimSpace(complaint.String()))
		if text == "" {
			text = err.Error()
		}
		return nil, fmt.Errorf("git %s: %s", args[0], text)
	}
	return out.Bytes(), nil
}

// Pair is two versions of one package; one of them may be nil.
type Pair struct{ Old, New *Package }

// Pairs finds the versions that belong together: those of one folder, and of the rest
// those whose package clause is the same, or else all of whose files have the same names.
func Pairs(old, new []*Package) []Pair {
	var out []Pair
	taken := map[*Package]bool{}
	find := func(n *Package, same func(o *Package) bool) *Package {
		for _, o := range old {
			if !taken[o] && same(o) {
				taken[o] = true
				return o
			}
		}
		return nil
	}
	matched := map[*Package]*Package{}
	for _, n := range new {
		matched[n] = find(n, func(o *Package) bool { return o.Dir == n.Dir })
	}
	for _, n := range new {
		if matched[n] == nil {
			matched[n] = find(n, func(o *Package) bool { return name(o) != "" && name(o) == name(n) })
		}
		out = append(out, Pair{matched[n], n})
	}
	for _, o := range old {
		if !taken[o] {
			out = append(out, Pair{o, nil})
		}
	}
	return out
}

// name is what the package clause says.
func name(p *Package) string {
	for _, text := range p.Files {
		file, _ := dsl.Parse(new(dsl.SourceSet).Add("", text))
		if file.Package != nil {
			return file.Package.Text
		}
	}
	return ""
}

// Check reads and checks a package, with the types of Go as they are now. shown has its files under the names that people see.
func (p *Package) Check() (program *dsl.Program, shown *dsl.SourceSet, problems dsl.Diagnostics) {
	set := new(dsl.SourceSet)
	shown = new(dsl.SourceSet)
	var files []*dsl.File
	names := make([]string, 0, len(p.Files))
	for name := range p.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		src := set.Add(name, p.Files[name])
		where := filepath.Join(p.Dir, name)
		if p.Note != "" {
			where = filepath.ToSlash(where) + "@" + p.Note
		}
		shown.Add(where, p.Files[name])
		file, ds := dsl.Parse(src)
		files, problems = append(files, file), append(problems, ds...)
	}
	dir := p.Dir
	if !isDir(dir) {
		dir = "."
	}
	program, ds := dsl.Check(set, files, dsl.CheckOptions{Importer: importer{flowdir.NewImporter(dir, nil), stubs(files)}})
	problems = append(problems, ds...)
	problems = slices.DeleteFunc(problems, func(d dsl.Diagnostic) bool { return d.Severity != dsl.Error })
	return program, shown, problems
}
