// Package gotypes reads the types of existing Go packages, for .flow files that
// import any.
package gotypes

import (
	"errors"
	"fmt"
	"go/types"
	"os/exec"

	"golang.org/x/tools/go/packages"

	"github.com/durablegen/durablegen/internal/words"
)

// Importer implements dsl.Importer with the Go command, run in a folder: import
// paths mean what they mean to Go code there.
type Importer struct {
	dir    string
	loaded map[string]result
}

type result struct {
	pkg *types.Package
	err error
}

// NewImporter gives an importer for a folder. It starts no process before the
// first import.
func NewImporter(dir string) *Importer { return &Importer{dir: dir} }

// Import gives the package with an import path.
func (i *Importer) Import(path string) (*types.Package, error) {
	if r, ok := i.loaded[path]; ok {
		return r.pkg, r.err
	}
	pkg, err := i.load(path)
	if i.loaded == nil {
		i.loaded = map[string]result{}
	}
	i.loaded[path] = result{pkg, err}
	return pkg, err
}

func (i *Importer) load(path string) (*types.Package, error) {
	if path == "C" || path == "unsafe" {
		return nil, fmt.Errorf("package %s has no types that JSON can carry", path)
	}
	// The compiler's export data is quick to read; only a package that does not
	// compile is read from its source, which may still tell the types that are needed.
	const fromExportData = packages.NeedName | packages.NeedTypes
	const fromSource = fromExportData | packages.NeedImports | packages.NeedDeps | packages.NeedSyntax | packages.NeedTypesInfo
	pkg, err := i.read(path, fromExportData)
	if err == nil && len(pkg.Errors) > 0 {
		pkg, err = i.read(path, fromSource)
	}
	if err != nil {
		return nil, err
	}
	if pkg.Types == nil || pkg.Types.Scope().Len() == 0 {
		if len(pkg.Errors) > 0 {
			return nil, errors.New(words.FirstLine(pkg.Errors[0].Msg))
		}
		return nil, errors.New("it declares nothing")
	}
	return pkg.Types, nil
}

func (i *Importer) read(path string, mode packages.LoadMode) (*packages.Package, error) {
	found, err := packages.Load(&packages.Config{Mode: mode, Dir: i.dir}, "pattern="+path)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the `go` command was not found; types of Go packages are read with it")
	case err != nil:
		return nil, fmt.Errorf("the Go command can't load it: %w", err)
	case len(found) != 1:
		return nil, fmt.Errorf("%d packages have this path", len(found))
	}
	return found[0], nil
}
