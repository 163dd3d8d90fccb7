package query

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// edited gives the texts of a package after edits.
func edited(x *Index, edits []dsl.Edit) map[string]string {
	out := map[string]string{}
	for _, src := range x.Set.Sources() {
		text := string(src.Text)
		for i := len(edits) - 1; i >= 0; i-- {
			if e := edits[i]; x.Set.Source(e.Span.Start) == src {
				text = text[:src.Offset(e.Span.Start)] + e.New + text[src.Offset(e.Span.End):]
			}
		}
		out[src.Name] = text
	}
	return out
}

func program(texts map[string]string) (*dsl.Program, string) {
	var set dsl.SourceSet
	var files []*dsl.File
	var all dsl.Diagnostics
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range texts {
			if !yield(name) {
				return
			}
		}
	}) {
		f, ds := dsl.Parse(set.Add(name, []byte(texts[name])))
		files, all = append(files, f), append(all, ds...)
	}
	p, ds := dsl.Check(&set, files, dsl.CheckOptions{})
	all = append(all, ds...)
	var b bytes.Buffer
	if all.HasErrors() {
		dsl.WriteText(&b, &set, all, false)
	}
	return p, b.String()
}

// TestRenameEverything gives everything in the right files of the repository another name, one
// after the other: the package stays right, and executions under way go on, but for names that
// nothing can keep.
func TestRenameEverything(t *testing.T) {
	kept := map[Kind]bool{Branch: true, Workflow: true, Error: true}
	renamed := map[Kind]int{}
	for dir, texts := range packages(t) {
		x, _ := check(texts)
		before, _ := program(texts)
		n := 0
		for _, u := range x.uses {
			s := u.Symbol
			if !u.Declares || x.Renamable(s) != nil {
				continue
			}
			if n++; n%7 != 0 {
				continue
			}
			name := "renamed" + s.Name
			if s.Name[0] >= 'A' && s.Name[0] <= 'Z' {
				name = "R" + name[1:]
			}
			edits, err := x.Rename(s, name)
			if err != nil {
				t.Fatalf("%s: %s `%s`: %v", dir, s.Kind, s.Name, err)
			}
			after, problems := program(edited(x, edits))
			if strings.Contains(problems, "error[was-collision]") {
				continue // several operations with labels call it, of which `was` can keep one
			}
			if problems != "" {
				t.Errorf("%s: %s `%s`:\n%s", dir, s.Kind, s.Name, problems)
				continue
			}
			renamed[s.Kind]++
			if harm := Harm(before, after); harm != nil && !kept[s.Kind] && harm.Kind != changes.Case {
				// A case of a select that has a label is known by that, and `was` would take it away.
				t.Errorf("%s: %s `%s`: %s", dir, s.Kind, s.Name, harm.Text)
			}
		}
	}
	for _, kind := range []Kind{Type, Enum, EnumValue, Error, Const, Func, Step, Callback, Function, Workflow, Variable, Parameter, Field, Branch, Group} {
		if renamed[kind] == 0 {
			t.Errorf("no %s was renamed", kind)
		}
	}
}

func TestNamesThatCantBe(t *testing.T) {
	x, _ := check(map[string]string{"shop.flow": strings.NewReplacer("HERE", "", "END", "").Replace(shop)})
	for _, c := range []struct{ old, new, want string }{
		{"Item", "item", "begins with a capital"},
		{"charge", "Charge", "begins with a small letter"},
		{"charge", "a b", "is no name"},
		{"charge", "", "is no name"},
		{"charge", "if", "is a keyword"},
		{"charge", "print", "is the name of a step already"},
		{"Order", "Item", "is the name of a type already"},
	} {
		if _, err := x.Rename(x.Lookup(c.old), c.new); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s to %q: %v", c.old, c.new, err)
		}
	}
	for _, u := range x.uses {
		if err := x.Renamable(u.Symbol); (err == nil) != (u.Symbol.At != (dsl.Span{}) && u.Symbol.Kind != Package) {
			t.Errorf("%s: %v", u.Symbol.Name, err)
		}
	}
}
