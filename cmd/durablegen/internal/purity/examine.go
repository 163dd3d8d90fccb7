package purity

import (
	"errors"
	"fmt"
	"go/types"
	"iter"
	"os/exec"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/durablegen/durablegen/internal/words"
)

// Package is a Go package whose functions were examined.
type Package struct {
	Types *types.Package
	// Errors is what the compiler says of the package; nothing was examined then.
	Errors []packages.Error

	loaded *packages.Package
	result *Result
}

// Examine reads the Go package in a folder and examines its functions of some names
// and what they call. Other packages are read only if they matter for that, since
// most of what a workflow's package imports is for its steps.
func Examine(dir string, names []string) (*Package, error) {
	patterns := []string{"."}
	for {
		loaded, err := load(dir, patterns...)
		if err != nil {
			return nil, err
		}
		p, err := examine(loaded, dir)
		if err != nil || p.result == nil {
			return p, err
		}
		missing := false
		for _, name := range names {
			fn := p.Func(name)
			if fn == nil {
				continue
			}
			for _, chain := range p.result.Impure[fn] {
				if path := chain[len(chain)-1].Missing; path != "" && !slices.Contains(patterns, path) {
					patterns = append(patterns, path)
					missing = true
				}
			}
		}
		if !missing {
			return p, nil
		}
	}
}

// load reads packages from their source, and what they import as the compiler left it.
func load(dir string, patterns ...string) ([]*packages.Package, error) {
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
		packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedModule
	found, err := packages.Load(&packages.Config{Mode: mode, Dir: dir}, patterns...)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the `go` command was not found; Go packages are read with it")
	case err != nil:
		return nil, fmt.Errorf("%s: the Go command can't load it: %w", dir, err)
	}
	return found, nil
}

// examine runs the analyzer on packages, one of which is the one in the folder.
func examine(loaded []*packages.Package, dir string) (*Package, error) {
	source := map[*packages.Package]bool{}
	var own *packages.Package
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	for _, p := range loaded {
		source[p] = true
		if len(p.GoFiles) > 0 && sameFolder(filepath.Dir(p.GoFiles[0]), abs) {
			own = p
		}
	}
	if own == nil {
		if len(loaded) == 1 && len(loaded[0].Errors) > 0 {
			return nil, fmt.Errorf("%s: %s", dir, words.FirstLine(loaded[0].Errors[0].Msg))
		}
		return nil, fmt.Errorf("%s: the Go command finds no package in this folder; is it within a module (go.mod)?", dir)
	}
	result := &Package{Types: own.Types, loaded: own, Errors: compilerErrors(own.Errors)}
	if len(result.Errors) > 0 {
		return result, nil
	}
	// The analyzer needs sources. What has none is left out, and is missed only if it
	// is called; what it imports takes its place.
	reached := map[*packages.Package]map[string]*packages.Package{}
	for _, p := range loaded {
		reached[p] = map[string]*packages.Package{}
		packages.Visit([]*packages.Package{p}, nil, func(below *packages.Package) {
			if below != p && source[below] && len(below.Errors) == 0 {
				reached[p][below.PkgPath] = below
			}
		})
	}
	for p, imports := range reached {
		p.Imports = imports
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{Analyzer}, []*packages.Package{own}, nil)
	if err != nil {
		return nil, err
	}
	action := graph.Roots[0]
	if action.Err != nil {
		return nil, fmt.Errorf("%s: %w", dir, action.Err)
	}
	result.result = action.Result.(*Result)
	return result, nil
}

func sameFolder(a, b string) bool {
	if real, err := filepath.EvalSymlinks(a); err == nil {
		a = real
	}
	return a == b
}

// Func gives a function of the package; nil if it declares none of the name.
func (p *Package) Func(name string) *types.Func {
	fn, _ := p.Types.Scope().Lookup(name).(*types.Func)
	return fn
}

// Strays gives the directives in the package that say nothing where they stand.
func (p *Package) Strays() []Place { return strays(p.loaded.Fset, p.loaded.Syntax) }

// Place tells where an object of the package is declared.
func (p *Package) Place(obj types.Object) Place {
	return place(p.loaded.Fset, obj.Pos(), obj.Pos()+1).withLength(len(obj.Name()))
}

func (p Place) withLength(n int) Place {
	p.Length = n
	return p
}

// Impure gives what makes a function impure, one chain for each place in it; none
// if it is pure.
func (p *Package) Impure(fn *types.Func) []Chain {
	chains := p.result.Impure[fn]
	for v := range fn.Signature().Params().Variables() {
		if hidesCode(v.Type(), map[types.Type]bool{}) {
			at := p.Place(fn)
			chains = append(chains, Chain{{Who: fn.Name(), Place: at,
				Does: "takes `" + v.Name() + "`, in which there may be functions that nobody knows"}})
		}
	}
	return chains
}

// hidesCode reports whether a value of the type, as it comes from outside, may hold
// functions or have methods that can't be told from the type.
func hidesCode(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if named, ok := types.Unalias(t).(*types.Named); ok {
		if pkg := named.Obj().Pkg(); pkg != nil && isStandard(pkg.Path()) {
			return types.IsInterface(t)
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Signature, *types.Chan:
		return true
	case *types.Interface:
		return u.NumMethods() > 0
	}
	for part, field := range parts(t) {
		if (field == nil || field.Exported()) && hidesCode(part, seen) { // other fields are not decoded
			return true
		}
	}
	return false
}

// parts gives the types that a value of a type is made of or points to; those of
// fields with the field.
func parts(t types.Type) iter.Seq2[types.Type, *types.Var] {
	return func(yield func(types.Type, *types.Var) bool) {
		switch u := t.Underlying().(type) {
		case *types.Map:
			_ = yield(u.Key(), nil) && yield(u.Elem(), nil)
		case *types.Struct:
			for f := range u.Fields() {
				if !yield(f.Type(), f) {
					return
				}
			}
		case *types.Pointer, *types.Slice, *types.Array:
			yield(u.(interface{ Elem() types.Type }).Elem(), nil)
		}
	}
}

// compilerErrors leaves out what the Go command says in a whole about errors that are
// told with their places as well, and what is told twice.
func compilerErrors(all []packages.Error) []packages.Error {
	var placed []packages.Error
	for _, e := range all {
		if e.Pos != "" && e.Pos != "-" && !slices.Contains(placed, e) {
			placed = append(placed, e)
		}
	}
	if len(placed) > 0 {
		return placed
	}
	return all
}
