package dsl

import "go/types"

// Importer finds Go packages by their import path.
type Importer interface {
	Import(path string) (*types.Package, error)
}

// importTable is what the imports of a file make known.
type importTable map[string]*goPackage

type goPackage struct {
	decl *Import
	pkg  *types.Package
	used bool
}

func (c *checker) imports()         {}
func (c *checker) unusedImports()   {}
func (c *checker) goType(g *GoType) {}
