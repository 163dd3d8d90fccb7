package payload

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// Check gives what is wrong with a value of a type. what names the value in
// messages, such as "the input".
func Check(v *Value, t dsl.Type, what string) []Problem {
	var c checker
	c.value(v, t, what)
	return c.problems
}

// CheckEvent checks the event of a workflow: its one parameter itself, or an object
// with a member for each of several.
func CheckEvent(v *Value, params []*dsl.Param) []Problem {
	var c checker
	switch len(params) {
	case 0:
	case 1:
		if params[0].Var != nil {
			c.value(v, params[0].Var.Type, "the input")
		}
	default:
		var fields []*dsl.FieldEntry
		for _, p := range params {
			if p.Var != nil {
				fields = append(fields, &dsl.FieldEntry{Name: p.Name.Text, JSON: p.Name.Text, Type: p.Var.Type})
			}
		}
		c.object(v, fields, "the input", "the workflow's input")
	}
	return c.problems
}

// MayLack reports whether a value of a type may be left out: then it is null.
func MayLack(t dsl.Type) bool { return len(Check(&Value{Kind: Null}, t, "")) == 0 }

type checker struct{ problems []Problem }

func (c *checker) fail(v *Value, help, format string, args ...any) {
	c.problems = append(c.problems, Problem{Start: v.Start, End: v.End, Message: fmt.Sprintf(format, args...), Help: help})
}

func (c *checker) value(v *Value, t dsl.Type, what string) {
	switch t := t.(type) {
	case nil:
	case *dsl.Optional:
		if v.Kind != Null {
			c.value(v, t.Elem, what)
		}
	case dsl.Basic:
		c.basic(v, t, what)
	case *dsl.List:
		if !c.kind(v, Array, t, what) {
			return
		}
		for i, item := range v.Items {
			c.value(item, t.Elem, fmt.Sprintf("%s[%d]", what, i))
		}
	case *dsl.Map:
		if !c.kind(v, Object, t, what) {
			return
		}
		for _, m := range v.Members {
			if e, ok := t.Key.(*dsl.Enum); ok {
				c.enum(&Value{Start: m.KeyStart, End: m.KeyEnd, Kind: String, Text: m.Key}, e, "the key")
			}
			c.value(m.Value, t.Elem, fmt.Sprintf("%s[%q]", what, m.Key))
		}
	case *dsl.Enum:
		if c.kind(v, String, t, what) {
			c.enum(v, t, what)
		}
	case *dsl.Record:
		c.object(v, t.Fields, what, "`"+t.String()+"`")
	case *dsl.ErrorType:
		c.object(v, t.Fields, what, "`"+t.String()+"`")
	case *dsl.GoType:
		c.goType(v, t, what)
	case *dsl.Handle, *dsl.Outcome, *dsl.ItemOutcome, *dsl.FailureType: // are never in JSON
	}
}

// goType checks no unknown members: a Go type may read more than its fields tell. What
// is missing or null in it is the zero value.
func (c *checker) goType(v *Value, t *dsl.GoType, what string) {
	r, ok := t.Under.(*dsl.Record)
	switch {
	case t.Opaque():
		return
	case !ok:
		c.goParts(v, t.Under, what)
		return
	}
	if !c.kind(v, Object, t, what) {
		return
	}
	for _, f := range r.Fields {
		if m := v.Get(f.JSON); m != nil && m.Kind != Null {
			c.goParts(m, f.OnWire(), "`"+f.JSON+"`")
		}
	}
}

// goParts checks a value in a Go type, whose elements may be null, too: that is how Go
// writes a list or a map that is nil.
func (c *checker) goParts(v *Value, t dsl.Type, what string) {
	switch t := t.(type) {
	case *dsl.Optional:
		if v.Kind != Null {
			c.goParts(v, t.Elem, what)
		}
	case *dsl.List:
		if !c.kind(v, Array, t, what) {
			return
		}
		for i, item := range v.Items {
			if item.Kind != Null {
				c.goParts(item, t.Elem, fmt.Sprintf("%s[%d]", what, i))
			}
		}
	case *dsl.Map:
		if !c.kind(v, Object, t, what) {
			return
		}
		for _, m := range v.Members {
			if m.Value.Kind != Null {
				c.goParts(m.Value, t.Elem, fmt.Sprintf("%s[%q]", what, m.Key))
			}
		}
	default:
		c.value(v, t, what)
	}
}

// kind reports a value that is not what the type needs.
func (c *checker) kind(v *Value, want Kind, t dsl.Type, what string) bool {
	if v.Kind == want {
		return true
	}
	help := ""
	if want == String && v.Kind == Number {
		help = fmt.Sprintf("write it in quotes: %q", v.Text)
	}
	c.fail(v, help, "%s must be %s (`%s`), not %s", what, want, t, v.Kind)
	return false
}

func (c *checker) basic(v *Value, t dsl.Basic, what string) {
	wrong := func(format string, args ...any) { c.fail(v, "", "%s "+format, append([]any{what}, args...)...) }
	switch t {
	case dsl.String:
		c.kind(v, String, t, what)
	case dsl.Bool:
		c.kind(v, Bool, t, what)
	case dsl.Int:
		if !c.kind(v, Number, t, what) {
			return
		}
		if _, err := strconv.ParseInt(v.Text, 10, 64); err != nil {
			wrong("must be a whole number of 64 bits (`int`), not %s", v.Text)
		}
	case dsl.Float:
		if !c.kind(v, Number, t, what) {
			return
		}
		if _, err := strconv.ParseFloat(v.Text, 64); err != nil {
			wrong("is too large for a `float`")
		}
	case dsl.Bytes:
		if !c.kind(v, String, t, what) {
			return
		}
		if _, err := base64.StdEncoding.DecodeString(v.Text); err != nil {
			wrong("must be bytes in base64 (`bytes`)")
		}
	case dsl.Time:
		if !c.kind(v, String, t, what) {
			return
		}
		if _, err := time.Parse(time.RFC3339Nano, v.Text); err != nil {
			wrong("must be a time such as \"2026-01-31T08:30:00Z\" (`time`)")
		}
	case dsl.Duration:
		if !c.kind(v, String, t, what) {
			return
		}
		if _, err := time.ParseDuration(v.Text); err != nil {
			wrong("must be a duration such as \"1h30m\" (`duration`)")
		}
	}
}

func (c *checker) enum(v *Value, t *dsl.Enum, what string) {
	var names []string
	help := ""
	for _, e := range t.Values {
		if e.JSON == v.Text {
			return
		}
		names = append(names, e.JSON)
		if e.Name == v.Text {
			help = fmt.Sprintf("`%s` is written %q in JSON", e.Name, e.JSON)
		}
	}
	c.fail(v, cmp.Or(help, near.DidYouMean(v.Text, names)), "%s must be one of `%s`: %s", what, t.Name, strings.Join(names, ", "))
}

func (c *checker) object(v *Value, fields []*dsl.FieldEntry, what, of string) {
	if v.Kind != Object {
		c.fail(v, "", "%s must be an object with the fields of %s, not %s", what, of, v.Kind)
		return
	}
	byName := map[string]*dsl.FieldEntry{}
	var missing, all []string
	for _, f := range fields {
		byName[f.JSON] = f
		all = append(all, f.JSON)
		if _, optional := f.Type.(*dsl.Optional); !optional && f.Default == nil && v.Get(f.JSON) == nil {
			missing = append(missing, f.JSON)
		}
	}
	unknown := false
	for _, m := range v.Members {
		if f := byName[m.Key]; f != nil {
			if f.Default != nil && m.Value.Kind == Null {
				continue
			}
			c.value(m.Value, f.Type, "`"+m.Key+"`")
			continue
		}
		unknown = true
		// A missing field is what an unknown one was most likely meant to be.
		help := near.DidYouMean(m.Key, missing)
		if help == "" {
			help = near.DidYouMean(m.Key, all)
		}
		if help == "" {
			help = "there are " + words.List(all)
		}
		c.problems = append(c.problems, Problem{
			Start: m.KeyStart, End: m.KeyEnd, Help: help,
			Message: fmt.Sprintf("%s has no field `%s`", of, m.Key),
		})
	}
	if len(missing) > 0 && (!unknown || len(c.problems) == 0 || !suggests(c.problems, missing)) {
		c.problems = append(c.problems, Problem{
			Start: v.Start, End: v.Start + 1,
			Message: fmt.Sprintf("%s lacks %s of %s", what, words.List(missing), of),
		})
	}
}

// suggests reports whether the problems found offer each of the names: then it
// needs no telling that they are missing.
func suggests(problems []Problem, names []string) bool {
	for _, n := range names {
		found := false
		for _, p := range problems {
			found = found || p.Help == fmt.Sprintf("did you mean `%s`?", n)
		}
		if !found {
			return false
		}
	}
	return true
}
