package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/visualize"
)

// catalog is what the packages say of the functions that are served.
type catalog struct {
	workflows map[string]*workflow // by function name
}

// workflow is a function that has a .flow file.
type workflow struct {
	pkg   *flowdir.Package
	decl  *dsl.WorkflowDecl
	views []*view
}

// view is a diagram of an execution: that of its workflow, or of one that it calls.
type view struct {
	key   string // the IDs of the calls that lead to it, joined by "-"; empty for the workflow itself
	pkg   *flowdir.Package
	decl  *dsl.WorkflowDecl
	graph *visualize.Graph
	// pictures are its drawings, by level of detail; made once, when somebody looks.
	pictures map[visualize.Detail]func() visualize.Picture
}

func newView(pkg *flowdir.Package, v visualize.View) *view {
	out := &view{pkg: pkg, key: v.Call, decl: v.Workflow, graph: v.Graph, pictures: map[visualize.Detail]func() visualize.Picture{}}
	for _, detail := range visualize.Details {
		out.pictures[detail] = sync.OnceValue(func() visualize.Picture { return visualize.Draw(v.Graph, detail) })
	}
	return out
}

func newCatalog(packages []*flowdir.Package) *catalog {
	c := &catalog{workflows: map[string]*workflow{}}
	for _, p := range packages {
		if p == nil || p.Program == nil {
			continue
		}
		for _, decl := range p.Program.Workflows {
			w := &workflow{pkg: p, decl: decl}
			for _, v := range visualize.Views(p.Program, decl) {
				w.views = append(w.views, newView(p, v))
			}
			c.workflows[decl.Name.Text] = w
		}
	}
	return c
}

// calls counts the workflows that call a function's.
func (c *catalog) calls(function string) int {
	n := 0
	called := c.workflows[function]
	for _, w := range c.workflows {
		for _, v := range w.views[1:] {
			if called != nil && v.decl == called.decl {
				n++
				break
			}
		}
	}
	return n
}

func (c *catalog) views(function string) []*view {
	if w := c.workflows[function]; w != nil {
		return w.views
	}
	return nil
}

// node finds the node of an operation's path, and the diagram that it is in.
func (c *catalog) node(function, path string) (*view, *visualize.Node) {
	bare := opid.Bare(path)
	var best *view
	var found *visualize.Node
	for _, v := range c.views(function) {
		rest := bare
		if v.key != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(bare, v.key+"-"); !ok {
				continue
			}
		}
		if n := v.graph.Node(rest); n != nil && (best == nil || len(v.key) > len(best.key)) {
			best, found = v, n
		}
	}
	return best, found
}

// shape is a type as a form sees it. A named type is written out once, in types.
type shape struct {
	Kind   string       `json:"kind"` // string, int, float, bool, bytes, time, duration, json, list, map, optional, record, enum
	Name   string       `json:"name,omitempty"`
	Elem   *shape       `json:"elem,omitempty"`
	Fields []shapeField `json:"fields,omitempty"`
	Values []string     `json:"values,omitempty"`
	Closed bool         `json:"closed,omitempty"` // no other fields are known
}

type shapeField struct {
	Name string `json:"name"`
	Doc  string `json:"doc,omitempty"`
	Type *shape `json:"type"`
	// Default is what the field is where it is left out, as the text of its JSON: numbers of
	// JavaScript would lose digits. Empty if it has to be there.
	Default string `json:"default,omitempty"`
}

// shapes writes types down, named ones once.
type shapes map[string]*shape

func (s shapes) of(t dsl.Type) *shape {
	switch t := t.(type) {
	case dsl.Basic:
		return &shape{Kind: t.String()}
	case *dsl.Optional:
		return &shape{Kind: "optional", Elem: s.of(t.Elem)}
	case *dsl.List:
		return &shape{Kind: "list", Elem: s.of(t.Elem)}
	case *dsl.Map:
		return &shape{Kind: "map", Elem: s.of(t.Elem)}
	case *dsl.Enum:
		return s.named(t.Name, func(out *shape) {
			out.Kind = "enum"
			for _, v := range t.Values {
				out.Values = append(out.Values, v.JSON)
			}
		})
	case *dsl.Record:
		if t.Name == "" {
			return &shape{Kind: "json"}
		}
		return s.named(t.Name, func(out *shape) { s.record(out, t.Fields, true) })
	case *dsl.ErrorType:
		return s.named("error "+t.Name, func(out *shape) { s.record(out, t.Fields, true) })
	case *dsl.GoType:
		if t.Opaque() {
			break
		}
		if r, ok := t.Under.(*dsl.Record); ok {
			return s.named(t.Name, func(out *shape) { s.record(out, r.Fields, false) })
		}
		return s.of(t.Under)
	case *dsl.Handle, *dsl.Outcome, *dsl.ItemOutcome, *dsl.FailureType: // are never in JSON
	}
	return &shape{Kind: "json"}
}

func (s shapes) named(name string, fill func(*shape)) *shape {
	if s[name] == nil {
		out := &shape{Name: name}
		s[name] = out
		fill(out)
	}
	return &shape{Kind: "ref", Name: name}
}

func (s shapes) record(out *shape, fields []*dsl.FieldEntry, closed bool) {
	out.Kind, out.Closed = "record", closed
	for _, f := range fields {
		out.Fields = append(out.Fields, shapeField{f.JSON, f.Doc, s.of(f.OnWire()), f.DefaultJSON()})
	}
}

// input is the type of a workflow's input: that of its parameter, or an object with a
// member for each of several; nil if it takes nothing.
func (s shapes) input(params []*dsl.Param) *shape {
	switch {
	case len(params) == 0:
		return nil
	case len(params) == 1 && params[0].Var != nil:
		return s.of(params[0].Var.Type)
	}
	out := &shape{Kind: "record", Closed: true}
	for _, p := range params {
		if p.Var != nil {
			out.Fields = append(out.Fields, shapeField{Name: p.Name.Text, Type: s.of(p.Var.Type)})
		}
	}
	return out
}

// functionInfo is what the start form needs to know.
type functionInfo struct {
	Name      string `json:"name"`
	Doc       string `json:"doc,omitempty"`
	Signature string `json:"signature,omitempty"` // as the .flow file has it
	Declared  string `json:"declared,omitempty"`  // the types that the input is made of
	File      string `json:"file,omitempty"`
	Input     *shape `json:"input,omitempty"`
	Typed     bool   `json:"typed"` // the input's type is known
	Types     shapes `json:"types,omitempty"`
	Sample    string `json:"sample,omitempty"` // the package's input.json

	Versions []versionInfo `json:"versions,omitempty"` // that are published, the newest first
	Aliases  []aliasInfo   `json:"aliases,omitempty"`
}

// versionInfo is a published version of a function.
type versionInfo struct {
	Version     string `json:"version"`
	Description string `json:"description,omitempty"`
	Published   int64  `json:"published"`
	Current     bool   `json:"current,omitempty"` // it runs what $LATEST does
}

// aliasInfo is an alias, and where it leads.
type aliasInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func (c *catalog) info(function string) functionInfo {
	info := functionInfo{Name: function}
	w := c.workflows[function]
	if w == nil {
		return info
	}
	at := w.pkg.Program.Position(w.decl.Start)
	info.Doc, info.Typed, info.Types = w.decl.Doc, true, shapes{}
	info.File = fmt.Sprintf("%s:%d", at.File, at.Line)
	info.Input = info.Types.input(w.decl.Params)
	var params []string
	d := declared{sources: w.pkg.Program.Sources}
	for _, p := range w.decl.Params {
		if p.Var != nil {
			params = append(params, p.Name.Text+" "+p.Var.Type.String())
			d.add(p.Var.Type)
		}
	}
	info.Signature = w.decl.Name.Text + "(" + strings.Join(params, ", ") + ")"
	if t := w.decl.ResultType; t != nil {
		info.Signature += " " + t.String()
	}
	info.Declared = strings.Join(d.texts, "\n")
	if text, err := os.ReadFile(filepath.Join(w.pkg.Dir, "input.json")); err == nil && len(text) < 1<<20 && len(w.pkg.Program.Workflows) > 0 {
		if len(checkInput(w.decl, string(text))) == 0 { // it is of this workflow, not of another
			info.Sample = string(text)
		}
	}
	return info
}
