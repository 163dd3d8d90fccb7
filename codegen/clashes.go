package codegen

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Clashes reports the names of a program that Go of the user declares beside its files,
// and that the generated Go has to declare, too, since people read and write them there.
// own gives the place of each such declaration by its name, such as "shop.go:12:6"; funcs
// that the user is to write are none.
func Clashes(p *dsl.Program, own map[string]string) dsl.Diagnostics {
	if len(own) == 0 {
		return nil
	}
	c := clashing{names: newNames(p, nil, nil), own: own}
	for _, t := range p.Records {
		c.look(c.names.types[t], t.Decl.Name)
	}
	for _, t := range p.GoTypes {
		if t.Decl != nil {
			c.look(c.names.types[t], t.Decl.Name)
		}
	}
	for _, t := range p.Errors {
		c.look(c.names.types[t], t.Decl.Name)
	}
	for _, t := range p.Enums {
		c.look(c.names.types[t], t.Decl.Name)
		for i, v := range t.Values {
			c.look(c.names.members[v], t.Decl.Values[i].Name)
		}
	}
	for _, d := range p.Funcs {
		if !d.InGo() {
			c.look(c.names.funcs[d], d.Name)
		}
	}
	for _, d := range p.Consts {
		c.look(c.names.consts[d], d.Name)
	}
	c.lookAtOwn(p)
	c.ds.Sort()
	return c.ds
}

// lookAtOwn reports the names that come from no name in the files.
func (c *clashing) lookAtOwn(p *dsl.Program) {
	if len(p.Files) == 0 || p.Files[0].Package == nil {
		return
	}
	var taken []string
	for _, name := range []string{c.names.steps, c.names.workflows} {
		needed := len(p.Workflows) > 0
		if name == c.names.steps {
			needed = len(p.Steps)+len(p.Callbacks) > 0
		}
		if place, ok := c.own[name]; ok && needed {
			taken = append(taken, fmt.Sprintf("`%s` (%s)", name, place))
		}
	}
	if len(taken) > 0 {
		c.ds = append(c.ds, dsl.Diagnostic{
			Code: dsl.ReservedName, Span: p.Files[0].Package.Span,
			Message: fmt.Sprintf("the Go of this package declares %s, which the generated Go declares", strings.Join(taken, " and ")),
			Help:    "give that another name",
		})
	}
}

// clashing is one run of Clashes.
type clashing struct {
	names *names
	own   map[string]string
	ds    dsl.Diagnostics
}

// look reports a name in Go that is declared twice. at is the name in the .flow file from
// which it comes.
func (c *clashing) look(name string, at *dsl.Name) {
	place, taken := c.own[name]
	if !taken || at == nil {
		return
	}
	d := dsl.Diagnostic{
		Code: dsl.ReservedName, Span: at.Span,
		Message: fmt.Sprintf("`%s` is declared in the Go beside it, too (%s), and the generated Go declares it", name, place),
		Help:    "give one of them another name, or take that Go away and use what is generated",
	}
	if name != at.Text {
		d.Message = fmt.Sprintf("`%s` becomes `%s` in Go, which is declared there already (%s)", at.Text, name, place)
	}
	c.ds = append(c.ds, d)
}
