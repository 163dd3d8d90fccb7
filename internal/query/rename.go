package query

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
)

// Renamable says whether a symbol can be given another name, and if not, why.
func (x *Index) Renamable(s *Symbol) error {
	switch {
	case s.Kind == Package || s.Kind == GoType:
		return fmt.Errorf("`%s` has its name from Go", s.Name)
	case s.Kind == EnvVar:
		return fmt.Errorf("`%s` is a variable of where the function is deployed, which no .flow file declares", s.Name)
	case s.At == (dsl.Span{}):
		return fmt.Errorf("`%s` is declared in no .flow file", s.Name)
	case s.Kind == Parameter && x.sent(s):
		return fmt.Errorf("the parameters of `%s` are fields of what it is called with, by their names", x.owner(s).DeclName().Text)
	}
	return nil
}

// sent reports whether a parameter is one of several of a workflow or function: their names are
// those of fields in JSON.
func (x *Index) sent(s *Symbol) bool {
	switch d := x.owner(s).(type) {
	case *dsl.WorkflowDecl:
		return len(d.Params) > 1
	case *dsl.FunctionDecl:
		return len(d.Params) > 1
	default: // names its parameters for itself alone
		return false
	}
}

// owner gives the declaration that a symbol stands in.
func (x *Index) owner(s *Symbol) dsl.Decl {
	for _, f := range x.Files {
		for _, d := range f.Decls {
			if r := d.Range(); r.Start <= s.At.Start && s.At.End <= r.End {
				return d
			}
		}
	}
	return nil
}

// Rename gives the edits that give a symbol another name. What a name is the identity of keeps
// it: operations by `was`, fields and values of enums, which are on record as JSON, by `as`.
// Whether the result is right, and whether executions go on, is to be found out of it.
func (x *Index) Rename(s *Symbol, name string) ([]dsl.Edit, error) {
	if err := x.Renamable(s); err != nil {
		return nil, err
	}
	if err := legal(s.Kind, name); err != nil || name == s.Name {
		return nil, err
	}
	if other := x.byName[name]; other != nil && s.Decl != nil && s.Kind != Field && s.Kind != EnumValue {
		return nil, fmt.Errorf("`%s` is the name of a %s already", name, other.Kind)
	}
	var edits []dsl.Edit
	for _, u := range x.Uses(s) {
		edits = append(edits, dsl.Edit{Span: u.At, New: name})
	}
	r := &renamer{Index: x, symbol: s}
	for _, f := range x.Files {
		for _, d := range f.Decls {
			dsl.Inspect(d, r.node)
		}
	}
	edits = append(edits, r.edits...)
	slices.SortStableFunc(edits, func(a, b dsl.Edit) int { return int(a.Span.Start) - int(b.Span.Start) })
	return edits, nil
}

var identifier = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// legal reports what is wrong with a name for a kind of symbol.
func legal(kind Kind, name string) error {
	first, _ := utf8.DecodeRuneInString(name)
	capital := kind == Type || kind == Enum || kind == Error
	switch {
	case !identifier.MatchString(name) || first == '_':
		return fmt.Errorf("`%s` is no name: a name is a letter, and letters, digits and `_` behind it", name)
	case capital && !unicode.IsUpper(first):
		return fmt.Errorf("the name of %s begins with a capital, unlike `%s`", kind.withArticle(), name)
	case !capital && unicode.IsUpper(first) && kind != Field && kind != EnumValue:
		return fmt.Errorf("the name of %s begins with a small letter, unlike `%s`", kind.withArticle(), name)
	}
	src := new(dsl.SourceSet).Add("", []byte(name))
	if tokens := dsl.Tokens(src); len(tokens) != 1 || tokens[0].Kind != dsl.WordToken {
		return errors.New("`" + name + "` is a keyword")
	}
	return nil
}

func (k Kind) withArticle() string {
	if strings.ContainsRune("aeiou", rune(k.String()[0])) {
		return "an " + k.String()
	}
	return "a " + k.String()
}

// Harm gives the worst that a change of names does to executions under way; nil if they go on.
// What is decided and computed is the same under other names.
func Harm(old, renamed *dsl.Program) *changes.Change {
	var worst *changes.Change
	for _, w := range changes.Compare(old, renamed).Workflows {
		for _, c := range w.Changes {
			if c.Kind != changes.Logic && c.Kind != changes.Catches && c.Effect() > changes.Depends && (worst == nil || c.Effect() > worst.Effect()) {
				worst = c
			}
		}
	}
	return worst
}

// renamer finds what keeps the identities that a symbol gives.
type renamer struct {
	*Index
	symbol *Symbol
	edits  []dsl.Edit
}

// insert puts a text behind a place.
func (r *renamer) insert(at dsl.Pos, text string) {
	r.edits = append(r.edits, dsl.Edit{Span: dsl.Span{Start: at, End: at}, New: text})
}

func (r *renamer) node(n dsl.Node) bool {
	switch n := n.(type) {
	case *dsl.Field:
		if n.Name != nil && n.Name.Span == r.symbol.At && n.JSON == n.Name.Text && !r.named(n.Span) {
			r.insert(n.End, fmt.Sprintf(" as %q", n.JSON))
		}
	case *dsl.EnumMember:
		if n.Name != nil && n.Name.Span == r.symbol.At && n.JSON == n.Name.Text && !r.named(n.Span) {
			r.insert(n.End, fmt.Sprintf(" as %q", n.JSON))
		}
	case *dsl.AwaitOp: // has no identity
	case dsl.Operation:
		r.operation(n)
	}
	return true
}

var asText = regexp.MustCompile("\\sas\\s*([\"`])[^\"`]*[\"`]$")

// named reports whether a field or value says its name in JSON.
func (r *renamer) named(at dsl.Span) bool { return asText.MatchString(r.text(at)) }

// operation keeps the identity of an operation that has it, or a part of it, from the symbol.
func (r *renamer) operation(op dsl.Operation) {
	base := op.Base()
	if base.Callee == nil || base.Label != nil && base.Label.Was != nil {
		return
	}
	_, isGroup := op.(*dsl.GroupOp)
	if isGroup && (base.Callee.Span != r.symbol.At || base.Label != nil) {
		return
	}
	if use, ok := r.At(base.Callee.Start); !ok || use.Symbol != r.symbol {
		return
	}
	text := fmt.Sprintf(" was %q", base.Callee.Text)
	switch _, isOpen := op.(*dsl.OpenOp); {
	case base.Label != nil && base.Label.As != nil:
		r.insert(base.Label.As.End, text)
	case isGroup || isOpen:
		r.insert(base.Callee.End, text)
	default:
		r.insert(r.argsEnd(base.Callee.End), text)
	}
}
