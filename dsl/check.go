package dsl

import (
	"go/constant"
	"slices"
	"sort"
)

// CheckOptions says how [Check] works.
type CheckOptions struct {
	// Importer finds the Go packages that files import; nil refuses imports.
	Importer Importer
	// Strict asks of every step how it bears repetition.
	Strict bool
}

// Check checks the files of one package against every rule of the language and
// fills the members of the tree that are marked "set by Check". It reports all
// problems, sorted by place. The program is nil if any of them is an error; the
// files of a program are sorted by name.
//
// Files that did not parse can be checked too: what the parser left out is
// skipped in silence.
func Check(set *SourceSet, files []*File, opts CheckOptions) (*Program, Diagnostics) {
	p, ds := check(set, files, opts)
	if ds.HasErrors() {
		return nil, ds
	}
	return p, ds
}

func check(set *SourceSet, files []*File, opts CheckOptions) (*Program, Diagnostics) {
	files = append([]*File(nil), files...)
	sort.SliceStable(files, func(i, j int) bool { return files[i].Source.Name < files[j].Source.Name })
	c := newChecker(set, files, opts)
	c.packageClauses()
	c.imports()
	c.collect()
	c.resolveTypes()
	c.signatures()
	c.consts()
	c.defaults()
	c.packageDefaults()
	c.policies()
	c.funcs()
	c.workflows()
	c.callGraph()
	c.failures()
	c.unusedImports()
	if !c.diags.list().HasErrors() { // of what is wrong, nobody knows how long it takes
		c.unboundedLoops()
		c.sameKeys()
	}

	return c.program, c.diagnostics()
}

// checker is one run of Check. Its phases follow each other as Check lists them;
// each relies on what the ones before have set in the tree.
type checker struct {
	set     *SourceSet
	opts    CheckOptions
	program *Program
	diags   reports
	// broken: the parser left something out, so that what seems to be missing or
	// unused may stand in the text all the same.
	broken bool
	lost   []Pos        // where, sorted
	words  *brokenWords // of the files that did not parse, on demand

	decls    map[string]Decl         // all declarations, by name
	types    map[string]Type         // what a capital name stands for
	arriving map[string]*ErrorDecl   // what failures from outside arrive as, by their name
	bearing  map[string]*ErrorType   // what a name in quotes stands for, among failures
	known    map[Expr]constant.Value // see certain
	// unreadable are the names of Go types of which nobody knows what they are.
	unreadable map[string]bool
	importSet  map[*File]importTable // what each file imports

	constState map[*ConstDecl]visitState
	constDepth int
	constText  int // bytes of long constant texts so far

	boundBy map[string]*FunctionDecl // the first function that an environment variable names, by its name

	called map[string]bool // the workflows that others call, by name; on demand

	// Of the body that is being checked.
	file  *File
	env   environment
	flow  *flow
	body  *body
	depth int

	// Of the expression that is being checked: raw asks for its declared type; yes
	// and no are the places that are present where the condition just checked holds
	// and where it does not; wholeValue is the expression that is all of a value.
	raw        bool
	yes, no    []place
	wholeValue Expr
	inComp     int // comprehensions around it

	// calledFuncs collects the funcs that an expression calls.
	calledFuncs []*FuncDecl

	suggestions int // comparisons of names left for near-name suggestions

	// Of the phases that look at calls.
	suspended *Var // stands for "the workflow has suspended before this point"
	calls     map[*WorkflowDecl][]*callSite
	handles   map[*Var]*OpenOp
	opened    []*Var                 // handles of the workflow
	passing   Expr                   // the argument for an open callback that is checked; nil elsewhere
	beating   map[*CallbackDecl]bool // those opened with a heartbeat of that `open`; nil until asked for
	awaited   map[*Var]bool
	abandoned []abandonCheck
	recursive bool // some workflows call each other in a circle
	fails     failureState
}

type visitState int

const (
	unvisited visitState = iota
	visiting
	visited
)

func newChecker(set *SourceSet, files []*File, opts CheckOptions) *checker {
	c := &checker{
		set:         set,
		opts:        opts,
		program:     &Program{Sources: set, Files: files},
		decls:       map[string]Decl{},
		types:       map[string]Type{},
		unreadable:  map[string]bool{},
		importSet:   map[*File]importTable{},
		constState:  map[*ConstDecl]visitState{},
		boundBy:     map[string]*FunctionDecl{},
		calls:       map[*WorkflowDecl][]*callSite{},
		handles:     map[*Var]*OpenOp{},
		awaited:     map[*Var]bool{},
		suggestions: 4_000_000,
	}
	c.env.vars = map[string]*binding{}
	for _, f := range files {
		c.broken = c.broken || f.Broken
		for _, at := range f.Lost {
			c.lost = append(c.lost, at.Start)
		}
	}
	slices.Sort(c.lost)
	return c
}

// errorf reports a problem at a place.
func (c *checker) errorf(code Code, at Span, format string, args ...any) *Diagnostic {
	return c.diags.add(code, at, format, args...)
}

func (c *checker) diagnostics() Diagnostics {
	wait := c.broken || slices.ContainsFunc(c.diags, func(d *Diagnostic) bool { return !lastFixed[d.Code] && d.Severity == Error })
	for _, d := range c.diags {
		if wait && lastFixed[d.Code] {
			d.Fix = nil
		}
		if d.Fix != nil && c.conflicts(d.Span) {
			d.Fix = nil
		}
		if d.Fix != nil && slices.ContainsFunc(d.Fix.Edits, func(e Edit) bool { return c.unsure(e.Span) }) {
			d.Fix = nil // nobody knows what is there
		}
	}
	ds := c.diags.list()
	ds.Sort()
	return ds
}

// lastFixed are the problems that something wrong elsewhere may have brought about: the
// use of a variable or the catch of an error may be in what is not understood. Their fixes
// wait until nothing else is wrong.
var lastFixed = map[Code]bool{codeUnusedVariable: true, codeUnusedImport: true, codeNeverRaised: true, codeUncaught: true}

// conflicts reports whether a place is in a file with a merge that is not finished.
func (c *checker) conflicts(at Span) bool {
	return slices.ContainsFunc(c.program.Files, func(f *File) bool { return f.conflicts && f.Source == c.set.Source(at.Start) })
}

// text gives the source text of a span.
func (c *checker) text(s Span) string {
	src := c.set.Source(s.Start)
	if src == nil || s.End < s.Start || src.Offset(s.End) > len(src.Text) {
		return ""
	}
	return string(src.Text[src.Offset(s.Start):src.Offset(s.End)])
}

// incomplete reports whether the parser has left out something of a place, so that
// nothing can be said about what is missing there.
func (c *checker) incomplete(at Span) bool {
	i, _ := slices.BinarySearch(c.lost, at.Start)
	return i < len(c.lost) && c.lost[i] <= at.End
}

// unsure reports whether the parser has left out something of the lines of a place: what
// stands there is being written, most likely.
func (c *checker) unsure(at Span) bool {
	if len(c.lost) == 0 {
		return false
	}
	src := c.set.Source(at.Start)
	if src == nil || src.Offset(at.End) > len(src.Text) {
		return false
	}
	first := src.Pos(src.lineStart(src.Offset(at.Start)))
	last := src.Pos(len(src.Text))
	if next := src.lineIndex(src.Offset(at.End)) + 1; next < len(src.lines) {
		last = src.Pos(src.lines[next] - 1)
	}
	return c.incomplete(Span{first, last})
}

// packageClauses compares the package names of the files.
func (c *checker) packageClauses() {
	var first *Name
	for _, f := range c.program.Files {
		if f.Package == nil || f.Package.Text == "" {
			continue
		}
		if c.program.Doc == "" {
			c.program.Doc = f.Doc
		}
		switch {
		case first == nil:
			first = f.Package
			c.program.Package = first.Text
		case first.Text != f.Package.Text:
			c.errorf(codePackageClash, f.Package.Span, "package `%s` in a folder of package `%s`", f.Package.Text, first.Text).
				note(first.Span, "`%s` here", first.Text).
				help("the .flow files of one folder are one package: write `package %s` here, or the name of this one there", first.Text)
		}
	}
}

// deeper guards against trees so deep that walking them would exhaust the
// stack; the caller returns if it is false and calls shallower otherwise.
func (c *checker) deeper(at Span) bool {
	if c.depth >= maxDepth {
		c.errorf(codeTooDeep, at, "nested too deeply: more than %d levels", maxDepth).
			help("take a part of it out into a `func`, a `group` or a workflow of its own")
		return false
	}
	c.depth++
	return true
}

func (c *checker) shallower() { c.depth-- }
