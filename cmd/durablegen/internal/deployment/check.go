package deployment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/runtime/durable"
)

// Finding is something in a template that would break a workflow.
type Finding struct {
	Line, Column  int // from 1
	Message, Help string
	Open          bool // it may be right: the template does not say it all
}

// Check finds in a template what would break workflows that are deployed as functions. former is
// the template as it is deployed; nil: nobody knows.
func Check(t *Template, functions []*Function, former *Template) []Finding {
	c := checker{t: t, former: former}
	for _, m := range t.misspelt {
		c.report(m.key, "did you mean `"+m.meant+"`?", "%s has no `%s`", m.of, m.written)
	}
	for _, f := range functions {
		if d := c.find(f); d != nil {
			c.function(f, d)
		}
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return c.found
}

type checker struct {
	t, former *Template
	found     []Finding
}

// report enters a finding at a node.
func (c *checker) report(n *yaml.Node, help, format string, args ...any) *Finding {
	f := Finding{Message: fmt.Sprintf(format, args...), Help: help}
	if n != nil {
		f.Line, f.Column = n.Line, n.Column
	}
	c.found = append(c.found, f)
	return &c.found[len(c.found)-1]
}

// invokedAs is a function that is invoked, as the template names it.
type invokedAs struct {
	Target
	open bool // it is named elsewhere: the parts that nobody knows are "elsewhere"
}

// targets gives the functions that a workflow invokes, as the environment that the template gives it names
// them.
func (c *checker) targets(f *Function, d *Declared) (list []invokedAs) {
	for _, t := range f.Invokes {
		node := d.property("Environment", "Variables", t.Env)
		switch {
		case t.Env == "":
			list = append(list, invokedAs{t, false})
		case node == nil:
			c.misnamed(f, d, t)
			list = append(list, invokedAs{t, false})
		case c.t.elsewhere(node):
			named := targetOf(strings.ReplaceAll(c.t.pattern(node), "*", "elsewhere"))
			named.Env = t.Env
			list = append(list, invokedAs{named, true})
		default:
			text, _ := c.t.said(node)
			name, err := durable.BoundFunction{Env: t.Env, Function: t.Text()}.Name(func(string) (string, bool) { return text, true })
			if err != nil {
				c.report(node, "", "`%s` can't be started: %v", f.Workflow, err)
				continue
			}
			named := targetOf(name)
			named.Env = t.Env
			list = append(list, invokedAs{named, false})
		}
	}
	return list
}

// misnamed looks for a variable of the environment that is nearly the one that names a function.
func (c *checker) misnamed(f *Function, d *Declared, t Target) {
	for key := range entries(d.property("Environment", "Variables")) {
		known := slices.ContainsFunc(f.Invokes, func(other Target) bool { return other.Env == key.Value })
		if !known && near.Name(key.Value, []string{t.Env}) != "" {
			c.report(key, "did you mean `"+t.Env+"`?", "`%s` invokes `%s`, as no %s names another function: nothing reads `%s`", f.Workflow, t.Text(), t.Env, key.Value).Open = true
		}
	}
}

// permissions checks what the function's role allows.
func (c *checker) permissions(f *Function, d *Declared, targets []invokedAs) {
	p := c.t.permissionsOf(d)
	name := cmp.Or(d.Name, f.Workflow)
	if given := lookup(d.resource.properties, "FunctionName"); c.t.elsewhere(given) {
		name = strings.ReplaceAll(c.t.pattern(given), "*", "elsewhere") // which stands for any
		p.open = true
	}
	need := func(action string, on arns.ARN, why string) {
		here := on
		here.Partition, here.Region, here.Account = "", region, account
		if p.allows(action, here.String()) {
			return
		}
		shown := arns.ARN{Partition: "*", Region: "*", Account: "*", Function: on.Function, Version: on.Version}
		if on.Name != "" {
			shown.Version = "*"
		}
		finding := c.report(p.place, "allow it on "+shown.String(), "the role of `%s` may not %s: %s", f.Workflow, action, why)
		if p.open {
			finding.Message = fmt.Sprintf("nothing here allows the role of `%s` to %s: %s", f.Workflow, action, why)
			finding.Open = true
		}
	}
	for _, action := range []string{"lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"} {
		need(action, arns.ARN{Function: name, Version: "7", Name: "one", ID: "of-its-own"}, "no execution can go on")
	}
	for _, target := range targets {
		on, ok := arns.Parse(target.ARN)
		if !ok {
			on = arns.ARN{Function: target.Name, Version: target.Qualifier}
		}
		why := "the workflow invokes this function"
		if target.Env != "" {
			why = "the workflow invokes this function by its " + target.Env
		}
		p.open = p.open || target.open
		need("lambda:InvokeFunction", on, why)
	}
	if f.Again {
		qualifier, known := c.t.said(d.property("Environment", "Variables", againQualifier))
		if !known {
			qualifier = cmp.Or(d.Alias, "live")
		}
		need("lambda:InvokeFunction", arns.ARN{Function: name, Version: qualifier}, "it goes on by `again`")
	}
}

// invoked checks that the functions of the template that a workflow invokes have the aliases by
// which it does.
func (c *checker) invoked(f *Function, targets []invokedAs) {
	for _, target := range targets {
		for _, d := range c.t.Functions {
			if d.Name == "" || d.Name != target.Name {
				continue
			}
			switch q := target.Qualifier; {
			case q == "" && d.property("DurableConfig") != nil:
				c.report(d.resource.key, "name it with an alias in the .flow file, such as `"+d.Name+":live`",
					"`%s` invokes `%s` without a version or alias, which a durable function wants", f.Workflow, d.Name)
			case !d.has(q):
				help := "call the alias `" + q + "`, or name the other in the .flow file"
				if !d.aliased {
					help = "give it the alias `" + q + "`"
				}
				c.report(d.resource.key, help, "`%s` invokes `%s`, and the function has %s", f.Workflow, target.Qualified(), d.aliasesShown())
			}
		}
	}
}

// replaced checks what an edit of the template does to a function that is deployed.
func (c *checker) replaced(f *Function, d *Declared) {
	const lost = "its executions end with it"
	var was *Declared
	for _, old := range c.former.Functions {
		if old.ID == d.ID {
			was = old
		}
	}
	if was == nil {
		for _, old := range c.former.Functions {
			if old.Handler == d.Handler && (old.Name == d.Name || d.Name == "") {
				c.report(d.resource.key, "keep the name `"+old.ID+"`", "the function of `%s` was the resource `%s`: the change replaces it, and %s", f.Workflow, old.ID, lost)
			}
		}
		return
	}
	if was.Name != d.Name {
		c.report(cmp.Or(lookup(d.resource.properties, "FunctionName"), d.resource.key), "keep it", "the FunctionName of `%s` was %s: the change replaces the function, and %s", f.Workflow, quoted(was.Name), lost)
	}
	if had, has := was.property("DurableConfig"), d.property("DurableConfig"); (had == nil) != (has == nil) {
		c.report(cmp.Or(has, d.resource.key), "only a new function becomes durable", "the function of `%s` was %s: the change replaces it", f.Workflow, map[bool]string{true: "not durable", false: "durable"}[had == nil])
	}
	for _, property := range []string{"PackageType", "TenancyConfig"} {
		if had, has := was.property(property), d.property(property); c.former.pattern(had) != c.t.pattern(has) || (had == nil) != (has == nil) {
			c.report(cmp.Or(has, d.resource.key), "keep it", "the %s of `%s` was another one: the change replaces the function, and %s", property, f.Workflow, lost)
		}
	}
}

func quoted(name string) string {
	if name == "" {
		return "not said"
	}
	return "`" + name + "`"
}
