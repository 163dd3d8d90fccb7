package codegen_test

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// goImporter reads Go packages for the checker.
type goImporter struct{ dir string }

func (i goImporter) Import(path string) (*types.Package, error) {
	pkgs, err := packages.Load(&packages.Config{
		Dir:  i.dir,
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps,
	}, path)
	switch {
	case err != nil:
		return nil, err
	case len(pkgs) != 1 || pkgs[0].Types == nil || len(pkgs[0].Errors) > 0:
		return nil, fmt.Errorf("%v", pkgs[0].Errors)
	}
	return pkgs[0].Types, nil
}
