package revision

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// Pair is two versions of one package; one of them may be nil.
type Pair struct{ Old, New *Package }

// Since pairs the packages that arguments name with what they were at a revision. A package
// whose folder is new is looked for in all of the repository: it may have been moved.
func Since(rev string, args []string) ([]Pair, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var old, new []*Package
	for _, arg := range args {
		now, err := Disk(arg)
		if err != nil {
			return nil, err
		}
		before, err := At(rev, arg)
		if err != nil {
			return nil, err
		}
		if len(now)+len(before) == 0 {
			return nil, nothing(rev, arg)
		}
		old, new = with(old, before), with(new, now)
	}
	pairs := Pairs(old, new)
	for i, p := range pairs {
		if p.Old == nil {
			from, err := movedFrom(rev, p.New)
			if err != nil {
				return nil, err
			}
			pairs[i].Old = from
		}
	}
	return pairs, nil
}

// nothing is the error of an argument that names no package, neither now nor before.
func nothing(rev, arg string) error {
	t := flowdir.TargetOf(arg)
	text := fmt.Sprintf("%s: no %s files in this folder, neither now nor at %s", arg, flowdir.Ext, rev)
	switch {
	case t.Below:
		return fmt.Errorf("%s: no %s files in this folder or below it, neither now nor at %s", arg, flowdir.Ext, rev)
	case !isDir(t.Dir) && isRevision(t.Dir, arg):
		return fmt.Errorf("%s: no such file or folder, but a revision of git: give it as `--base %s`", arg, arg)
	case !isDir(t.Dir):
		text = fmt.Sprintf("%s: no such file or folder, neither now nor at %s", arg, rev)
	}
	return fmt.Errorf("%s; `durablegen diff ./...` compares all folders below this one", text)
}

// Known reports whether git knows a revision of a name in the current folder.
func Known(name string) bool { return isRevision(".", name) }

// with adds the packages to a list that are not in it.
func with(list, more []*Package) []*Package {
	for _, p := range more {
		if !slices.ContainsFunc(list, func(q *Package) bool { return q.Dir == p.Dir }) {
			list = append(list, p)
		}
	}
	return list
}

// movedFrom finds where the package of a new folder was at a revision: in a folder that has
// none now. It gives nil for one that was nowhere.
func movedFrom(rev string, p *Package) (*Package, error) {
	t, err := open(p.Dir, rev)
	if err != nil {
		return nil, err
	}
	root, err := filepath.Rel(absolute(p.Dir), absolute(t.top))
	if err != nil {
		root = t.top
	}
	list, err := t.packages(".", filepath.Join(p.Dir, root), true)
	if err != nil {
		return nil, err
	}
	wanted := name(p)
	for _, o := range list {
		now, err := Disk(o.Dir)
		if err == nil && len(now) == 0 && wanted != "" && name(o) == wanted {
			return o, nil
		}
	}
	return nil, nil
}

// absolute is a path without symbolic links, as git names them.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}

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

// Compare compares two versions of a package. The old one need not be what is accepted
// today; the new one is to run.
func Compare(pair Pair) (*changes.Report, changes.Places, error) {
	var programs [2]*dsl.Program
	var places changes.Places
	if pair.Old != nil {
		old := pair.Old.Check()
		if old.Program == nil {
			return nil, places, fmt.Errorf("%s; what the workflows were before can't be known, nor what becomes of their executions", old.Hidden())
		}
		programs[0], places.Old = old.Program, old.Shown
	}
	if pair.New != nil {
		new := pair.New.Check()
		if len(new.Errors) > 0 {
			return nil, places, fmt.Errorf("%s; the new version has to be one that `durablegen check` accepts", new.At(new.Errors[0]))
		}
		programs[1], places.New = new.Program, new.Shown
	}
	return changes.Compare(programs[0], programs[1]), places, nil
}
