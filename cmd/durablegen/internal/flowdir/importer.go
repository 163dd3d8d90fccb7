package flowdir

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
)

// Importer implements dsl.Importer with the Go command, run in a folder: import
// paths mean what they mean to Go code there.
type Importer struct {
	dir     string
	overlay map[string][]byte
	loaded  map[string]result
	places  *token.FileSet
	files   map[string][]string // of Go, by import path
}

type result struct {
	pkg *types.Package
	err error
}

// NewImporter gives an importer for a folder. It starts no process before the
// first import. The overlay holds Go files, by absolute path, that count instead of
// those on the disk.
func NewImporter(dir string, overlay map[string][]byte) *Importer {
	return &Importer{dir: dir, overlay: overlay, loaded: map[string]result{}, places: token.NewFileSet(), files: map[string][]string{}}
}

// Position gives where a package that was imported declares a name; false if that is not
// known.
func (i *Importer) Position(path, name string) (token.Position, bool) {
	r := i.loaded[path]
	if r.pkg == nil {
		return token.Position{}, false
	}
	at := i.places.Position(r.pkg.Scope().Pos())
	if obj := r.pkg.Scope().Lookup(name); obj != nil {
		at = i.places.Position(obj.Pos())
	}
	// The compiler may have been told to leave out of what folder it has read a file.
	for _, file := range i.files[path] {
		if filepath.Base(file) == filepath.Base(at.Filename) {
			at.Filename = file
			return at, true
		}
	}
	return token.Position{Filename: slices.Concat(i.files[path], []string{""})[0], Line: 1, Column: 1}, len(i.files[path]) > 0
}

// Import gives the package with an import path. An error beside a package says what
// is wrong with it: some of its types may be unknown.
func (i *Importer) Import(path string) (*types.Package, error) {
	r, ok := i.loaded[path]
	if !ok {
		r.pkg, r.err = i.load(path)
		i.loaded[path] = r
	}
	return r.pkg, r.err
}

func (i *Importer) load(path string) (*types.Package, error) {
	own := gobuild.ImportPath(i.dir)
	switch parent, internal := internalTo(path); {
	case path == "C" || path == "unsafe":
		return nil, fmt.Errorf("package %s has no types that JSON can carry", path)
	case path == own:
		return nil, errors.New("it is the package of this folder, whose types can't be imported into it")
	case internal && own != "" && own != parent && !strings.HasPrefix(own, parent+"/"):
		return nil, errors.New("it is internal to another module or folder, and Go does not let this package import it")
	}
	// The compiler's export data is quick to read; only a package that does not
	// compile is read from its source, which may still tell the types that are needed.
	const fromExportData = packages.NeedName | packages.NeedTypes | packages.NeedFiles
	const fromSource = fromExportData | packages.NeedImports | packages.NeedDeps | packages.NeedSyntax | packages.NeedTypesInfo
	pkg, err := i.read(path, fromExportData)
	if err == nil && (pkg == nil || len(pkg.Errors) > 0) {
		pkg, err = i.read(path, fromSource)
	}
	if pkg != nil {
		i.files[path] = pkg.GoFiles
	}
	switch {
	case err != nil:
		return nil, err
	case pkg == nil:
		return nil, errors.New("the Go command knows no such package; it must be part of this module or required by it")
	case pkg.Name == "main":
		return nil, errors.New("it is a program (package main), which nothing can import; move the types to a package of their own")
	case pkg.Types == nil || pkg.Types.Scope().Len() == 0:
		if err := i.trouble(pkg); err != nil {
			return nil, err
		}
		return nil, errors.New("it declares nothing")
	case reaches(pkg.Types, own, map[*types.Package]bool{}):
		return nil, errors.New("it imports the package of this folder, and Go has no import cycles")
	}
	return pkg.Types, i.trouble(pkg)
}

// trouble gives the first mistake of a package, or of one that it is made of; nil if
// all was read.
func (i *Importer) trouble(pkg *packages.Package) error {
	var first error
	packages.Visit([]*packages.Package{pkg}, nil, func(p *packages.Package) {
		if first == nil && len(p.Errors) > 0 {
			first = errors.New(message(p.Errors[0]))
		}
	})
	return first
}

// message gives a mistake on one line, with the file but not its folder.
func message(e packages.Error) string {
	text := strings.Join(strings.Fields(e.Msg), " ")
	if e.Pos == "" || e.Pos == "-" {
		return text
	}
	return filepath.Base(e.Pos) + ": " + text
}

// internalTo gives the path that a package may be imported below, if its own path
// has an element `internal`.
func internalTo(path string) (parent string, internal bool) {
	elements := strings.Split(path, "/")
	for i := len(elements) - 1; i >= 0; i-- {
		if elements[i] == "internal" {
			return strings.Join(elements[:i], "/"), true
		}
	}
	return "", false
}

// reaches reports whether a package imports the one of a path, be it through others.
func reaches(pkg *types.Package, path string, seen map[*types.Package]bool) bool {
	if pkg == nil || seen[pkg] {
		return false
	}
	seen[pkg] = true
	for _, below := range pkg.Imports() {
		if below.Path() == path || reaches(below, path, seen) {
			return true
		}
	}
	return false
}

// read asks the Go command for a package; nil if it gives none.
func (i *Importer) read(path string, mode packages.LoadMode) (*packages.Package, error) {
	found, err := packages.Load(&packages.Config{Mode: mode, Dir: i.dir, Fset: i.places, Overlay: i.overlay}, "pattern="+path)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the `go` command was not found; types of Go packages are read with it")
	case err != nil:
		return nil, fmt.Errorf("the Go command can't load it: %w", err)
	case len(found) != 1:
		return nil, nil
	}
	return found[0], nil
}
