// Package purity proves that Go functions are pure: that they do nothing but
// compute a result, and compute the same one from the same arguments whenever
// and wherever they run. Replays of a workflow rely on that for each Go function
// that a .flow file declares as a `func`.
//
// [Analyzer] does it package by package; what it finds of a function is a fact,
// from which the packages that call it are judged. [Examine] runs it for the
// functions that a folder's .flow files declare.
//
// The proof is closed: it follows every function that is mentioned, not only
// those that are called. A function value, and a method behind an interface, can
// only come from code that has been followed, so calling it adds nothing. What
// comes from elsewhere, such as a type assertion to an interface, is refused.
package purity

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzer finds out which functions and package variables are not pure, and why.
// It reports no diagnostics: being impure is nothing wrong in itself. Its result
// is a *[Result].
var Analyzer = &analysis.Analyzer{
	Name:       "purity",
	Doc:        "find the functions whose result depends on more than their arguments, or that do more than compute it",
	Run:        run,
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(Impure), new(Changes), new(Examined)},
}

// Result is what was found in one package.
type Result struct {
	// Impure holds what makes a function or package variable impure, one chain for
	// each place in it, in source order. What isn't a key is pure.
	Impure map[types.Object][]Chain
}

// Place is a stretch of a Go file.
type Place struct {
	File           string
	Line, Column   int // counted from 1, in bytes
	Offset, Length int
}

// Known reports whether the place is one.
func (p Place) Known() bool { return p.Line > 0 }

// Step is one link of a chain: who does what, and where.
type Step struct {
	Who   string // a name; a package is before it where it is another one
	Does  string // "calls `rate`"
	Place Place  // unknown for what the standard library does
	// Missing is the path of a package that would have to be examined for an answer.
	Missing string
}

// Chain leads from a function to the impure deed: it calls this, which calls
// that, which reads the clock.
type Chain []Step

func (c Chain) String() string {
	does := make([]string, len(c))
	for i, s := range c {
		does[i] = s.Does
	}
	return strings.Join(does, ", which ")
}

// Impure is the fact that a function or package variable is not pure.
type Impure struct{ Chain Chain }

func (*Impure) AFact()           {}
func (f *Impure) String() string { return strings.ReplaceAll(f.Chain.String(), "`", "") }

// Changes is the fact that a function changes what some of its arguments refer
// to. That is no offence, as a workflow hands out copies; but the same function
// must not be handed a package variable.
type Changes struct{ Params []int } // the receiver counts as the first

func (*Changes) AFact() {}
func (f *Changes) String() string {
	return "changes " + strings.Trim(fmt.Sprint(f.Params), "[]")
}

// Examined is the fact that a package was examined, so that its functions are
// pure if nothing else is said of them.
type Examined struct{}

func (*Examined) AFact()         {}
func (*Examined) String() string { return "examined" }

func run(pass *analysis.Pass) (any, error) {
	result := &Result{Impure: map[types.Object][]Chain{}}
	if isStandard(pass.Pkg.Path()) {
		return result, nil // a table knows it
	}
	pass.ExportPackageFact(new(Examined))
	if len(pass.Files) == 0 {
		return result, nil
	}
	x := newExaminer(pass)
	x.findChanges()
	x.findMapOrder()
	x.findLinks()
	x.judge(result)
	for obj, chains := range result.Impure {
		if obj.Pkg() == pass.Pkg {
			pass.ExportObjectFact(obj, &Impure{shortest(chains)})
		}
	}
	return result, nil
}

// shortest gives the chain with the fewest steps, the first of several.
func shortest(chains []Chain) Chain {
	best := chains[0]
	for _, c := range chains[1:] {
		if len(c) < len(best) {
			best = c
		}
	}
	return best
}

// place translates positions of the package.
func place(fset *token.FileSet, pos, end token.Pos) Place {
	if !pos.IsValid() {
		return Place{}
	}
	p := fset.PositionFor(pos, false) // where the text is, whatever a //line comment says
	length := 1
	if end > pos {
		length = int(end - pos)
	}
	return Place{p.Filename, p.Line, p.Column, p.Offset, length}
}
