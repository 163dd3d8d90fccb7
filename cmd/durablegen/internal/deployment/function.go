package deployment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/durable"
)

// function checks one function.
func (c *checker) function(f *Function, d *Declared) {
	c.runtime(f, d)
	c.durable(f, d)
	c.timeout(f, d)
	if !d.aliased {
		help := "add an AWS::Lambda::Version and an AWS::Lambda::Alias"
		if d.serverless {
			help = "add `AutoPublishAlias: live`"
		}
		c.report(d.resource.key, help, "the function of `%s` has no alias: a deployment changes the code of executions that are under way", f.Workflow)
	}
	if f.Again {
		c.again(f, d)
	}
	targets := c.targets(f, d)
	c.permissions(f, d, targets)
	c.invoked(f, targets)
	c.sources(f, d)
	if c.former != nil {
		c.replaced(f, d)
	}
}

// runtimes are those in which a program runs that is no script, the newest first.
var runtimes = []string{"provided.al2023", "provided.al2"}

// runtime checks what the bootstrap runs in.
func (c *checker) runtime(f *Function, d *Declared) {
	node := d.property("Runtime")
	help := "set it to `" + runtimes[0] + "`"
	switch text, known := c.t.said(node); {
	case d.image():
		if own := lookup(d.resource.properties, "Runtime"); own != nil {
			c.report(own, "remove it, or the image", "the function of `%s` has an image, and so no Runtime", f.Workflow)
		}
	case node == nil && c.t.elsewhere(d.property("PackageType")):
		c.open(d.property("PackageType"), "the template takes the PackageType of `%s` from elsewhere, and has no Runtime", f.Workflow)
	case node == nil:
		c.report(d.resource.key, "add `Runtime: "+runtimes[0]+"`", "the function of `%s` has no Runtime", f.Workflow)
	case c.t.elsewhere(node):
		c.open(node, "the template takes the Runtime of `%s` from elsewhere", f.Workflow)
	case !known || !slices.Contains(runtimes, text):
		c.report(node, help, "the Runtime of `%s` must be `%s`, in which the bootstrap runs, and is %s", f.Workflow, strings.Join(runtimes, "` or `"), c.t.shown(node))
	}
}

// again checks what a workflow needs that goes on as a new execution.
func (c *checker) again(f *Function, d *Declared) {
	loop := d.property("RecursiveLoop")
	const stops = "`%s` goes on by `again`, which Lambda stops after some rounds"
	switch text, _ := c.t.said(loop); {
	case loop == nil:
		c.report(d.resource.key, "add `RecursiveLoop: Allow`", stops, f.Workflow)
	case c.t.elsewhere(loop):
		c.open(loop, "the template takes the RecursiveLoop of `%s` from elsewhere", f.Workflow)
	case text != "Allow":
		c.report(loop, "set it to `Allow`", stops, f.Workflow)
	}
	node := d.property("Environment", "Variables", againQualifier)
	if node == nil {
		c.variable(f, d)
		return
	}
	if c.t.elsewhere(node) {
		c.open(node, "the template takes the %s of `%s` from elsewhere", againQualifier, f.Workflow)
		return
	}
	qualifier, known := c.t.said(node)
	switch {
	case !known:
		c.report(node, "name the alias `"+d.Alias+"`", "the %s of `%s` must name a version or an alias, and is %s", againQualifier, f.Workflow, c.t.shown(node))
	case !d.has(qualifier):
		c.report(node, "name an alias that it has, or call that one `"+qualifier+"`", "`%s` goes on by `again` with the alias `%s`, and the function has %s", f.Workflow, qualifier, d.aliasesShown())
	}
}

// durable checks the configuration of executions.
func (c *checker) durable(f *Function, d *Declared) {
	config := d.property("DurableConfig")
	if config == nil {
		c.report(d.resource.key, fmt.Sprintf("add `DurableConfig: {ExecutionTimeout: %d}`; of a function that is deployed this makes another one, since only a new one becomes durable", f.ExecutionTimeout),
			"the function of `%s` is not durable", f.Workflow)
		return
	}
	if c.t.elsewhere(config) {
		c.open(config, "the template takes the DurableConfig of `%s` from elsewhere", f.Workflow)
		return
	}
	if config.Kind != yaml.MappingNode {
		c.report(config, fmt.Sprintf("set it to `{ExecutionTimeout: %d}`", f.ExecutionTimeout), "the DurableConfig of `%s` must be a mapping, and is %s", f.Workflow, c.t.shown(config))
		return
	}
	if node := lookup(config, "ExecutionTimeout"); node == nil {
		c.report(config, fmt.Sprintf("add `ExecutionTimeout: %d`", f.ExecutionTimeout), "`%s` has no ExecutionTimeout", f.Workflow)
	} else if n := c.number(f, node, executionTimeout, f.ExecutionTimeout); n != nil && n.Value != f.ExecutionTimeout {
		c.report(node, fmt.Sprintf("set it to %d, or change the workflow's `timeout`", f.ExecutionTimeout),
			"an execution of `%s` may take %s, and here it ends after %s", f.Workflow, seconds(f.ExecutionTimeout), seconds(n.Value))
	}
	c.retention(f, config)
}

// usualRetention is for how long the service keeps histories if nothing is said, in days.
const usualRetention = 14

func (c *checker) retention(f *Function, config *yaml.Node) {
	node, kept := lookup(config, "RetentionPeriodInDays"), usualRetention
	at, help := config, fmt.Sprintf("add `RetentionPeriodInDays: %d`", f.Retention)
	if node != nil {
		if c.t.elsewhere(node) && f.Retention == 0 {
			return
		}
		want := f.Retention
		if want == 0 {
			want = usualRetention
		}
		n := c.number(f, node, retentionPeriod, want)
		if n == nil {
			return
		}
		at, kept, help = node, n.Value, fmt.Sprintf("set it to %d, or change the workflow's `retention`", f.Retention)
	}
	if f.Retention != 0 && kept != f.Retention {
		c.report(at, help, "the history of `%s` is kept for %s, and here for %d", f.Workflow, words.Count(f.Retention, "day"), kept)
	}
}

// timeout checks the time of an invocation.
func (c *checker) timeout(f *Function, d *Declared) {
	at, has := d.resource.key, defaultTimeout
	if !d.Unsaid {
		at = d.property("Timeout")
		n := c.number(f, at, invocationTimeout, f.Timeout())
		if n == nil {
			return
		}
		has = n.Value
	}
	for _, s := range f.Steps {
		if time.Duration(has)*time.Second < s.Timeout {
			c.report(at, fmt.Sprintf("set Timeout to %d", f.Timeout()),
				"an invocation of `%s` ends after %s, and an attempt of the step `%s` may take %s", f.Workflow, seconds(has), s.Step, words.Duration(s.Timeout))
			return
		}
	}
}

// defaultTimeout is what a function gets that says nothing, in seconds.
const defaultTimeout = 3

// quantity is a property that is a whole number, from 1.
type quantity struct {
	property, unit string
	most           int
}

var (
	invocationTimeout = quantity{"Timeout", "seconds", int(maxInvocation / time.Second)}
	executionTimeout  = quantity{"ExecutionTimeout", "seconds", 366 * 24 * 60 * 60}
	retentionPeriod   = quantity{"RetentionPeriodInDays", "days", 90}
)

// number gives a quantity of a function's; nil after a report that the template does not say it,
// or that it can't be what is written. right is what it should be.
func (c *checker) number(f *Function, node *yaml.Node, q quantity, right int) *Number {
	if c.t.elsewhere(node) {
		c.open(node, "the template takes the %s of `%s` from elsewhere", q.property, f.Workflow)
		return nil
	}
	n := c.t.number(node)
	if n == nil || n.Value > q.most {
		c.report(node, "set it to "+strconv.Itoa(right), "the %s of `%s` must be a whole number of %s, from 1 to %d, and is %s", q.property, f.Workflow, q.unit, q.most, c.t.shown(node))
		return nil
	}
	return n
}

func seconds(n int) string { return words.Duration(time.Duration(n) * time.Second) }

// open reports what the template does not say.
func (c *checker) open(n *yaml.Node, format string, args ...any) {
	c.report(n, "", format, args...).Open = true
}

// againQualifier is the variable of the environment that names what `again` goes on with.
const againQualifier = durable.AgainQualifier

// variable looks for a variable of the environment that is nearly the one that `again` reads.
func (c *checker) variable(f *Function, d *Declared) {
	for key := range entries(d.property("Environment", "Variables")) {
		if near.Name(key.Value, []string{againQualifier}) != "" {
			c.report(key, "did you mean `"+againQualifier+"`?", "`%s` goes on by `again` on the version that it runs: nothing reads `%s`", f.Workflow, key.Value).Open = true
		}
	}
}
