package deployment

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// Finding is something in a template that would break a workflow.
type Finding struct {
	Line, Column  int // from 1; 0: of the whole template
	Message, Help string
	Open          bool // it may be right: the template does not say it all
}

// maxSynchronous is the longest that an execution may take of which somebody awaits the end.
const maxSynchronous = 15 * 60

// Check finds in a template what would break workflows that are deployed as functions. former is
// the template as it is deployed; nil: nobody knows.
func Check(t *Template, functions []*Function, former *Template) []Finding {
	c := checker{t: t, former: former}
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

// report enters a finding at a node; nil stands for the whole template.
func (c *checker) report(n *yaml.Node, help, format string, args ...any) *Finding {
	f := Finding{Message: fmt.Sprintf(format, args...), Help: help}
	if n != nil {
		f.Line, f.Column = n.Line, n.Column
	}
	c.found = append(c.found, f)
	return &c.found[len(c.found)-1]
}

// find gives the function of the template that serves a workflow: by its handler, or by its name.
func (c *checker) find(f *Function) *Declared {
	var handlers []string
	unknown := false
	for _, d := range c.t.Functions {
		if d.Handler == f.Workflow {
			return d
		}
		handlers = append(handlers, d.Handler)
		unknown = unknown || d.Handler == "" && d.property("Handler") != nil
	}
	for _, d := range c.t.Functions {
		if d.Name == f.Workflow || f.only && len(c.t.Functions) == 1 {
			if !f.only {
				c.report(d.property("Handler"), "the handler names the workflow: `Handler: "+f.Workflow+"`",
					"the function `%s` has the handler `%s`, which is not this workflow", f.Workflow, d.Handler)
			}
			return d
		}
	}
	help := "`durablegen template` writes one; or leave the workflow out with --workflow"
	if name := near.DidYouMean(f.Workflow, handlers); name != "" {
		help = name
	}
	c.report(nil, help, "no function here has the handler `%s`: the workflow is not deployed", f.Workflow).Open = unknown
	return nil
}

// function checks one function.
func (c *checker) function(f *Function, d *Declared) {
	c.durable(f, d)
	c.timeout(f, d)
	if !d.aliased {
		help := "add an AWS::Lambda::Version and an AWS::Lambda::Alias"
		if d.serverless {
			help = "add `AutoPublishAlias: live`"
		}
		c.report(d.resource.key, help, "the function of `%s` has no alias: a deployment changes the code of executions that are under way", f.Workflow)
	}
	loop := d.property("RecursiveLoop")
	if text, known := c.t.text(loop); f.Again && text != "Allow" && (known || loop == nil) {
		c.report(d.resource.key, "add `RecursiveLoop: Allow`", "`%s` goes on by `again`, which Lambda stops after some rounds", f.Workflow)
	}
	c.permissions(f, d)
	c.invoked(f)
	c.sources(f, d)
	if c.former != nil {
		c.replaced(f, d)
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
	if name, _ := intrinsic(config); name != "" {
		c.open(config, "the template takes the DurableConfig of `%s` from elsewhere", f.Workflow)
		return
	}
	node := lookup(config, "ExecutionTimeout")
	switch n := c.t.number(node); {
	case node == nil:
		c.report(config, fmt.Sprintf("add `ExecutionTimeout: %d`", f.ExecutionTimeout), "`%s` has no ExecutionTimeout", f.Workflow)
	case n == nil:
		c.open(node, "the template takes the ExecutionTimeout of `%s` from elsewhere", f.Workflow)
	case n.Value != f.ExecutionTimeout:
		c.report(node, fmt.Sprintf("set it to %d, or change the workflow's `timeout`", f.ExecutionTimeout),
			"an execution of `%s` may take %s, and here it ends after %s", f.Workflow, seconds(f.ExecutionTimeout), seconds(n.Value))
	}
	if f.Retention == 0 {
		return
	}
	node = lookup(config, "RetentionPeriodInDays")
	switch n := c.t.number(node); {
	case node == nil:
		if f.Retention != 14 {
			c.report(config, fmt.Sprintf("add `RetentionPeriodInDays: %d`", f.Retention), "the history of `%s` is kept for %s, and here for 14", f.Workflow, words.Count(f.Retention, "day"))
		}
	case n == nil:
		c.open(node, "the template takes the RetentionPeriodInDays of `%s` from elsewhere", f.Workflow)
	case n.Value != f.Retention:
		c.report(node, fmt.Sprintf("set it to %d, or change the workflow's `retention`", f.Retention),
			"the history of `%s` is kept for %s, and here for %d", f.Workflow, words.Count(f.Retention, "day"), n.Value)
	}
}

func seconds(n int) string { return words.Duration(time.Duration(n) * time.Second) }

// open reports what the template does not say.
func (c *checker) open(n *yaml.Node, format string, args ...any) {
	c.report(n, "", format, args...).Open = true
}

// defaultTimeout is what a function gets that says nothing, in seconds.
const defaultTimeout = 3

// timeout checks the time of an invocation.
func (c *checker) timeout(f *Function, d *Declared) {
	at, has := d.resource.key, defaultTimeout
	if !d.Unsaid {
		at = d.property("Timeout")
		if d.Timeout == nil {
			c.open(at, "the template takes the Timeout of `%s` from elsewhere", f.Workflow)
			return
		}
		has = d.Timeout.Value
	}
	for _, s := range f.Steps {
		if time.Duration(has)*time.Second < s.Timeout {
			c.report(at, fmt.Sprintf("set Timeout to %d", f.Timeout()),
				"an invocation of `%s` ends after %s, and an attempt of the step `%s` may take %s", f.Workflow, seconds(has), s.Step, words.Duration(s.Timeout))
			return
		}
	}
}

// permissions checks what the function's role allows.
func (c *checker) permissions(f *Function, d *Declared) {
	p := c.t.permissionsOf(d)
	name := f.Workflow
	if d.Name != "" {
		name = d.Name
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
	for _, target := range f.Invokes {
		on, ok := arns.Parse(target.ARN)
		if !ok {
			on = arns.ARN{Function: target.Name, Version: target.Qualifier}
		}
		need("lambda:InvokeFunction", on, "the workflow invokes this function")
	}
	if f.Again {
		need("lambda:InvokeFunction", arns.ARN{Function: name, Version: "live"}, "it goes on by `again`")
	}
}

// invoked checks that the functions of the template that a workflow invokes have the aliases by
// which it does.
func (c *checker) invoked(f *Function) {
	for _, target := range f.Invokes {
		for _, d := range c.t.Functions {
			if d.Name == "" || d.Name != target.Name {
				continue
			}
			switch q := target.Qualifier; {
			case q == "" && d.property("DurableConfig") != nil:
				c.report(d.resource.key, "name it with an alias in the .flow file, such as `"+d.Name+":live`",
					"`%s` invokes `%s` without a version or alias, which a durable function wants", f.Workflow, d.Name)
			case q == "" || q[0] == '$' || q[0] >= '0' && q[0] <= '9' || slices.Contains(d.aliases, q) || slices.Contains(d.aliases, ""):
			case !d.aliased:
				c.report(d.resource.key, "give it the alias `"+q+"`", "`%s` invokes `%s`, and the function has no alias", f.Workflow, target.Qualified())
			default:
				c.report(d.resource.key, "call the alias `"+q+"`, or name the other in the .flow file", "`%s` invokes `%s`, and the function has the alias `%s`", f.Workflow, target.Qualified(), d.Alias)
			}
		}
	}
}

// invokers are the types of resources that start executions, and must name a version or alias.
var invokers = []string{
	"AWS::ApiGateway::Method", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Integration",
	"AWS::Cognito::UserPool", "AWS::Events::Rule", "AWS::IoT::TopicRule", "AWS::Lambda::EventInvokeConfig",
	"AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::Lambda::Url", "AWS::Logs::SubscriptionFilter",
	"AWS::Pipes::Pipe", "AWS::S3::Bucket", "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::Scheduler::Schedule",
	"AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine",
}

// awaiting are the events of SAM that await the end of an execution.
var awaiting = []string{"Api", "HttpApi", "SQS", "Kinesis", "DynamoDB", "MSK", "MQ", "SelfManagedKafka", "DocumentDB"}

// sources checks what starts executions.
func (c *checker) sources(f *Function, d *Declared) {
	long := f.ExecutionTimeout > maxSynchronous
	for key, event := range entries(d.property("Events")) {
		kind, _ := c.t.text(lookup(event, "Type"))
		if !d.aliased {
			c.report(key, "with AutoPublishAlias the event leads to the alias", "the event `%s` starts `%s` without an alias", key.Value, f.Workflow)
		}
		if long && slices.Contains(awaiting, kind) {
			c.awaits(key, f)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.t.resources)) {
		r := c.t.resources[id]
		if !slices.Contains(invokers, r.Type) {
			continue
		}
		qualified := lookup(r.properties, "Qualifier") != nil
		told := false
		c.walk(r.properties, func(n *yaml.Node) {
			if c.t.means(n, d) && !qualified && !told {
				told = true
				c.report(n, unqualified(d), "`%s` starts `%s` without an alias: durable functions are invoked by a version or alias", id, f.Workflow)
			}
		})
		if r.Type == "AWS::Lambda::EventSourceMapping" && long && c.leadsTo(lookup(r.properties, "FunctionName"), d) {
			c.awaits(r.key, f)
		}
	}
}

func (c *checker) awaits(at *yaml.Node, f *Function) {
	c.report(at, "start executions without waiting, as `durablegen template --on` does", "`%s` awaits the end of executions, for 15 minutes at most; those of `%s` may take %s", at.Value, f.Workflow, seconds(f.ExecutionTimeout))
}

// unqualified says how a function is named with its alias.
func unqualified(d *Declared) string {
	switch {
	case d.serverless && d.aliased:
		return "name the alias: `!Ref " + d.ID + ".Alias`"
	case d.Alias != "":
		return "name the alias `" + d.Alias + "`"
	}
	return "give the function an alias, and name that"
}

// leadsTo reports whether a node stands for a function, qualified or not.
func (c *checker) leadsTo(n *yaml.Node, d *Declared) bool {
	if c.t.means(n, d) {
		return true
	}
	if id, _, ok := c.t.reference(n); ok {
		return id == d.ID || c.t.means(lookup(c.t.resources[id].properties, "FunctionName"), d)
	}
	return false
}

// walk visits the nodes below one that are values, functions of CloudFormation as a whole.
func (c *checker) walk(n *yaml.Node, visit func(*yaml.Node)) {
	n = followed(n)
	if n == nil {
		return
	}
	switch name, argument := intrinsic(n); name {
	case "":
	case "Sub":
		c.substituted(argument, visit)
		return
	case "Join":
		c.joined(n, argument, visit)
		return
	case "If":
		for _, choice := range argument.Content {
			c.walk(choice, visit)
		}
		return
	default:
		visit(n)
		return
	}
	for key, value := range entries(n) {
		if value.Kind == yaml.ScalarNode && (key.Value == "FunctionName" || key.Value == "TargetFunctionArn") {
			visit(value) // a name; elsewhere it may be anything's
			continue
		}
		c.walk(value, visit)
	}
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(n.Value, "arn:") {
		visit(n)
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			c.walk(item, visit)
		}
	}
}

// substituted visits what a Sub puts into its text, but for what stands before a qualifier there.
func (c *checker) substituted(argument *yaml.Node, visit func(*yaml.Node)) {
	text := argument
	if argument.Kind == yaml.SequenceNode && len(argument.Content) > 1 {
		text = argument.Content[0]
		c.walk(argument.Content[1], visit)
	}
	for _, at := range substitution.FindAllStringSubmatchIndex(text.Value, -1) {
		name, after := text.Value[at[2]:at[3]], text.Value[at[1]:]
		if strings.HasSuffix(name, ".Arn") && !strings.HasPrefix(after, ":") {
			visit(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!GetAtt", Value: name, Line: text.Line, Column: text.Column})
		}
	}
	visit(&yaml.Node{Kind: yaml.ScalarNode, Value: c.t.substituted(argument), Line: text.Line, Column: text.Column})
}

// joined visits the parts of a Join, but for those that stand before a qualifier.
func (c *checker) joined(n, argument *yaml.Node, visit func(*yaml.Node)) {
	if argument.Kind != yaml.SequenceNode || len(argument.Content) != 2 {
		return
	}
	parts := items(argument.Content[1])
	for i, part := range parts {
		last := i+1 == len(parts)
		if name, _ := intrinsic(part); name != "" && (last || !strings.HasPrefix(argument.Content[0].Value+c.t.pattern(parts[i+1]), ":")) {
			c.walk(part, visit)
		}
	}
	visit(&yaml.Node{Kind: yaml.ScalarNode, Value: c.t.pattern(n), Line: n.Line, Column: n.Column})
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
