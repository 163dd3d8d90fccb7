package query

import (
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Call is a call that is being written.
type Call struct {
	Forms  []Form
	Active int // the argument that a place is in, counted from 0
}

// Form is one way to call something.
type Form struct {
	Text   string   // the signature
	Params [][2]int // where each parameter stands in Text, in bytes
	Doc    string
}

// CallAround gives the call that an offset of a file's text is in the parentheses of; false if
// it is in none, or if nobody knows what is called.
func (x *Index) CallAround(name string, text []byte, offset int) (Call, bool) {
	c := newCompleter(x, name, text, offset)
	for k := len(c.open) - 1; k >= 0; k-- {
		i := c.open[k]
		if c.before[i].text != "(" || i == 0 || c.before[i-1].kind != dsl.WordToken {
			continue
		}
		forms := x.forms(c.before[i-1].text)
		if len(forms) == 0 {
			return Call{}, false
		}
		active := 0
		for _, w := range c.before[i+1:] {
			if w.text == "," && w.level == k+1 {
				active++
			}
		}
		return Call{forms, active}, true
	}
	return Call{}, false
}

// forms gives the ways to call what has a name.
func (x *Index) forms(name string) []Form {
	if s := x.byName[name]; s != nil {
		if f, ok := x.formOf(s.Decl); ok {
			return []Form{f}
		}
		return nil
	}
	for _, d := range dsl.BuiltinSteps() {
		if d.Builtin == name {
			return []Form{formOfText(strings.TrimPrefix(Heading(d), "step "), "")}
		}
	}
	var forms []Form
	for _, b := range dsl.Builtins() {
		if b.Name == name {
			for _, s := range b.Signatures {
				forms = append(forms, formOfText(s, b.Doc))
			}
		}
	}
	return forms
}

func (x *Index) formOf(d dsl.Decl) (Form, bool) {
	switch d.(type) {
	case *dsl.FuncDecl, *dsl.StepDecl, *dsl.CallbackDecl, *dsl.FunctionDecl, *dsl.WorkflowDecl:
		_, text, _ := strings.Cut(Heading(d), " ")
		return formOfText(text, d.DocText()), true
	case *dsl.TypeDecl, *dsl.EnumDecl, *dsl.ErrorDecl, *dsl.ConstDecl: // can't be called
	}
	return Form{}, false
}

// formOfText finds the parameters in a signature.
func formOfText(text, doc string) Form {
	f := Form{Text: text, Doc: doc}
	open := strings.IndexByte(text, '(')
	end := strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return f
	}
	at := open + 1
	for p := range strings.SplitSeq(text[open+1:end], ", ") {
		if p != "" {
			f.Params = append(f.Params, [2]int{at, at + len(p)})
		}
		at += len(p) + len(", ")
	}
	return f
}
