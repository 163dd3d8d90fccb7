package dsl

import (
	"reflect"
	"testing"
)

// TestInspectVisitsEveryNode compares what Inspect visits in all right files with what
// reflection finds in their trees, and that each node comes before what it holds.
func TestInspectVisitsEveryNode(t *testing.T) {
	for name, text := range wholeFiles(t) {
		set, p, ds := checkText(CheckOptions{Importer: someGo}, []string{name}, text)
		if p == nil {
			t.Errorf("%s: %s", name, messages(set, ds))
			continue
		}
		visited := map[Node]bool{}
		visit := func(n Node) bool {
			if visited[n] {
				t.Errorf("%s:%d: %T is visited twice", name, set.Position(n.Pos()).Line, n)
			}
			visited[n] = true
			return true
		}
		for _, f := range p.Files {
			for _, d := range f.Decls {
				Inspect(d, visit)
			}
			for _, d := range f.Defaults {
				Inspect(d, visit)
			}
		}
		for n := range nodesOf(p) {
			if !visited[n] {
				t.Errorf("%s:%d: %T is not visited", name, set.Position(n.Pos()).Line, n)
			}
		}
	}
}

// nodesOf finds the nodes of a program by reflection.
func nodesOf(p *Program) map[Node]bool {
	nodes := map[Node]bool{}
	seen := map[any]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Pointer:
			if v.IsNil() || seen[v.Interface()] {
				return
			}
			seen[v.Interface()] = true
			if n, ok := v.Interface().(Node); ok && p.Sources.Source(n.Pos()) != nil {
				nodes[n] = true
			}
			walk(v.Elem())
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() || v.Type().Field(i).Anonymous {
					walk(v.Field(i))
				}
			}
		}
	}
	for _, f := range p.Files {
		for _, d := range f.Decls {
			walk(reflect.ValueOf(d))
		}
	}
	return nodes
}
