package deployment

import (
	"go.yaml.in/yaml/v3"

	"github.com/durablegen/durablegen/internal/near"
)

// find gives the function of the template that serves a workflow: by its handler, or by its name.
func (c *checker) find(f *Function) *Declared {
	var handlers []string
	var unknown *yaml.Node // where a handler stands that may be it
	for _, d := range c.t.Functions {
		if d.Handler == f.Workflow {
			return d
		}
		handlers = append(handlers, d.Handler)
		if at := d.handler(); d.Handler == "" && c.t.mayBe(at, f.Workflow) {
			unknown = at
		} else if d.image() && at == nil {
			unknown = d.resource.key
		}
	}
	for _, d := range c.t.Functions {
		if d.Name == f.Workflow || f.only && len(c.t.Functions) == 1 {
			if !f.only {
				c.otherHandler(f, d)
			}
			return d
		}
	}
	help := "`durablegen template` writes one; or leave the workflow out with --workflow"
	if name := near.DidYouMean(f.Workflow, handlers); name != "" {
		help = name
	}
	if unknown != nil {
		c.open(unknown, "the template takes this handler from elsewhere, and no other is `%s`", f.Workflow)
		return nil
	}
	c.report(c.t.resourcesKey, help, "no function here has the handler `%s`: the workflow is not deployed", f.Workflow)
	return nil
}

// otherHandler reports what a function that has the name of a workflow has as its handler.
func (c *checker) otherHandler(f *Function, d *Declared) {
	help := "the handler names the workflow: `Handler: " + f.Workflow + "`"
	switch at := d.handler(); {
	case at == nil && d.image():
		c.open(d.resource.key, "the function `%s` has an image, which says what its handler is", f.Workflow)
	case at == nil:
		c.report(d.resource.key, help, "the function `%s` has no handler", f.Workflow)
	case d.Handler == "" && c.t.mayBe(at, f.Workflow):
		c.open(at, "the template takes the Handler of `%s` from elsewhere", f.Workflow)
	default:
		c.report(at, help, "the function `%s` has the handler `%s`, which is not this workflow", f.Workflow, c.t.pattern(at))
	}
}

// handler is what names the workflow; nil if nothing does.
func (f *Declared) handler() *yaml.Node {
	if n := f.property("Handler"); n != nil || !f.image() {
		return n
	}
	if command := items(f.property("ImageConfig", "Command")); len(command) > 0 {
		return command[0]
	}
	return nil
}

// image reports whether a function is made of an image of a container.
func (f *Declared) image() bool {
	kind := followed(f.property("PackageType"))
	return kind != nil && kind.Value == "Image" || f.property("ImageUri") != nil || f.property("Code", "ImageUri") != nil
}
