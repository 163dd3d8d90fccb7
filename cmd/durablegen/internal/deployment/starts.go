package deployment

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSynchronous is the longest that an execution may take of which somebody awaits the end, in
// seconds.
const maxSynchronous = 15 * 60

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
		c.starts(f, d, r)
		if r.Type == "AWS::Lambda::EventSourceMapping" && long && c.leadsTo(lookup(r.properties, "FunctionName"), d) {
			c.awaits(r.key, f)
		}
	}
}

// starts checks that a resource names a version or an alias of a function, and one that there is.
func (c *checker) starts(f *Function, d *Declared, r *resourceNode) {
	beside := lookup(r.properties, "Qualifier")
	told := false
	c.walk(r.properties, func(n *yaml.Node) {
		if told {
			return
		}
		qualifier, known := c.t.qualifier(n, d)
		at := n
		if c.t.means(n, d) {
			if beside == nil {
				told = true
				c.report(n, unqualified(d), "`%s` starts `%s` without an alias: durable functions are invoked by a version or alias", r.ID, f.Workflow)
				return
			}
			at = beside
			qualifier, known = c.t.said(beside)
		}
		if known && d.aliased && !d.has(qualifier) {
			told = true
			c.report(at, unqualified(d), "`%s` starts `%s` with the alias `%s`, and the function has %s", r.ID, f.Workflow, qualifier, d.aliasesShown())
		}
	})
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
