package generate

import (
	"path/filepath"
	"slices"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
)

// Order puts each folder behind those whose generated Go its .flow files import, be
// it by way of other packages, and marks those. Otherwise their order stays.
func Order(folders []flowdir.Folder) []flowdir.Folder {
	o := orderer{folders: folders, byPath: map[string]int{}, done: make([]bool, len(folders)), imports: map[string][]string{}, imported: map[string]bool{}}
	for i, f := range folders {
		if path := gobuild.ImportPath(f.Dir); path != "" {
			o.byPath[path] = i
		}
	}
	for i := range folders {
		o.put(i)
	}
	for i, f := range o.ordered {
		o.ordered[i].Imported = o.imported[f.Dir]
	}
	return o.ordered
}

type orderer struct {
	folders []flowdir.Folder
	byPath  map[string]int // index in folders, by import path
	done    []bool
	imports map[string][]string // what a folder imports
	ordered []flowdir.Folder

	imported map[string]bool // folders
}

func (o *orderer) put(i int) {
	if o.done[i] {
		return
	}
	o.done[i] = true // before what it needs: Go has no cycles, and a broken program is told so elsewhere
	dir := o.folders[i].Dir
	o.visit(dir, gobuild.FlowImports(dir), map[string]bool{})
	o.ordered = append(o.ordered, o.folders[i])
}

// visit puts what is imported from a folder, directly or through others.
func (o *orderer) visit(dir string, paths []string, seen map[string]bool) {
	for _, path := range paths {
		if seen[path] {
			continue
		}
		seen[path] = true
		if i, ok := o.byPath[path]; ok {
			o.imported[o.folders[i].Dir] = true
			o.put(i)
		}
		below := gobuild.FolderOf(dir, path)
		if below == "" {
			continue
		}
		if _, known := o.imports[below]; !known {
			o.imports[below] = gobuild.Imports(below)
		}
		o.visit(below, o.imports[below], seen)
	}
}

// Overlay is Go files that are generated and not yet written, by absolute path:
// packages that import them are read as if they were there.
type Overlay map[string][]byte

// Add enters what is not on the disk as it should be.
func (o Overlay) Add(files []File) {
	for _, f := range files {
		path, err := filepath.Abs(f.Path)
		if err != nil || filepath.Ext(path) != ".go" || f.Kind == Once {
			continue
		}
		change, err := compare(f)
		switch {
		case err != nil || change == nil:
		case f.Kind == Removed:
			o[path] = []byte("//go:build ignore\n\npackage ignore\n")
		default:
			o[path] = slices.Clone(f.Data)
		}
	}
}

// Package enters the Go of a package.
func (o Overlay) Package(p *flowdir.Package) error {
	files, err := Files(p)
	o.Add(append(files, Orphans(p.Dir)...))
	return err
}
