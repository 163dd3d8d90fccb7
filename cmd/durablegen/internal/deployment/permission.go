package deployment

import (
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// permissions are what a role may do, as far as its template says it.
type permissions struct {
	allowed []allowance
	place   *yaml.Node // where more is to be said
	open    bool       // more is said elsewhere
}

// allowance allows actions on resources. Both are patterns, with * for what is not known.
type allowance struct{ actions, resources []string }

// account is one that stands for all, and region likewise.
const region, account = "eu-west-1", "111122223333"

// allows reports whether an action on a resource is allowed.
func (p *permissions) allows(action, resource string) bool {
	for _, a := range p.allowed {
		if anyFits(a.actions, action, true) && anyFits(a.resources, resource, false) {
			return true
		}
	}
	return false
}

func anyFits(patterns []string, text string, fold bool) bool {
	for _, pattern := range patterns {
		if fold {
			pattern, text = strings.ToLower(pattern), strings.ToLower(text)
		}
		if fits(pattern, text) {
			return true
		}
	}
	return false
}

// fits matches a text with a pattern of IAM: * is any text, ? one letter.
func fits(pattern, text string) bool {
	// To path.Match a slash is not any letter; ours have another one for it.
	hide := strings.NewReplacer("/", "\x00", `\`, `\\`, "[", `\[`)
	ok, err := path.Match(hide.Replace(pattern), strings.ReplaceAll(text, "/", "\x00"))
	return ok && err == nil
}

// permissionsOf gives what the role of a function may do.
func (t *Template) permissionsOf(f *Declared) *permissions {
	role := f.property("Role")
	if role == nil {
		p := &permissions{place: f.resource.key}
		if f.serverless { // which makes one
			if f.property("DurableConfig") != nil {
				p.managed("AWSLambdaBasicDurableExecutionRolePolicy")
			}
			for _, policy := range items(f.property("Policies")) {
				t.policy(p, policy)
			}
		}
		return p
	}
	id, attribute, ok := t.reference(role)
	if !ok || attribute != "Arn" || t.resources[id].Type != "AWS::IAM::Role" {
		return &permissions{place: role, open: true}
	}
	r := t.resources[id]
	p := &permissions{place: r.key}
	for _, managed := range items(lookup(r.properties, "ManagedPolicyArns")) {
		t.policy(p, managed)
	}
	for _, policy := range items(lookup(r.properties, "Policies")) {
		t.statements(p, lookup(policy, "PolicyDocument"))
	}
	t.attached(p, id)
	return p
}

// attached adds the policies of the template that name a role.
func (t *Template) attached(p *permissions, role string) {
	for _, r := range t.resources {
		switch r.Type {
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy":
		default:
			continue
		}
		for _, n := range append(items(lookup(r.properties, "Roles")), items(lookup(r.properties, "RoleName"))...) {
			if id, _, ok := t.reference(n); ok && id == role {
				t.statements(p, lookup(r.properties, "PolicyDocument"))
			}
		}
	}
}

// policy adds a managed policy by its name, one of the template, statements, or one of SAM's
// policies with a name.
func (t *Template) policy(p *permissions, n *yaml.Node) {
	if id, _, ok := t.reference(n); ok {
		t.statements(p, lookup(t.resources[id].properties, "PolicyDocument"))
		return
	}
	if invoke := lookup(n, "LambdaInvokePolicy"); invoke != nil {
		name := t.pattern(lookup(invoke, "FunctionName"))
		p.allowed = append(p.allowed, allowance{[]string{"lambda:InvokeFunction"}, []string{"arn:*:lambda:*:*:function:" + name + "*"}})
		return
	}
	if lookup(n, "Statement") != nil {
		t.statements(p, n)
		return
	}
	arn := t.pattern(n)
	p.managed(arn[strings.LastIndex(arn, "/")+1:])
}

// managed adds a policy of AWS by its name.
func (p *permissions) managed(name string) {
	var actions []string
	switch name {
	case "AWSLambdaBasicDurableExecutionRolePolicy":
		actions = []string{"lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"}
	case "AWSLambdaRole":
		actions = []string{"lambda:InvokeFunction"}
	case "AWSLambda_FullAccess", "AdministratorAccess", "PowerUserAccess":
		actions = []string{"lambda:*"}
	case "AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess":
		return
	default: // nobody here knows what it allows
		p.open = true
		return
	}
	p.allowed = append(p.allowed, allowance{actions, []string{"*"}})
}

// statements adds what a document allows.
func (t *Template) statements(p *permissions, document *yaml.Node) {
	for _, s := range items(lookup(document, "Statement")) {
		if effect, _ := t.text(lookup(s, "Effect")); effect != "Allow" {
			continue
		}
		if lookup(s, "NotAction") != nil || lookup(s, "NotResource") != nil {
			p.open = true
			continue
		}
		var a allowance
		for _, n := range items(lookup(s, "Action")) {
			a.actions = append(a.actions, t.pattern(n))
		}
		for _, n := range items(lookup(s, "Resource")) {
			a.resources = append(a.resources, anywhere(t.pattern(n)))
		}
		p.allowed = append(p.allowed, a)
	}
}

// anywhere lets a pattern of ARNs hold for every partition, region and account: of these a
// template that is read knows nothing.
func anywhere(pattern string) string {
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" {
		parts[1], parts[3], parts[4] = "*", "*", "*"
	}
	return strings.Join(parts, ":")
}

var substitution = regexp.MustCompile(`\$\{([^}]*)\}`)

// pattern is a text of the template with * for what it does not tell.
func (t *Template) pattern(n *yaml.Node) string {
	n = followed(n)
	if text, ok := t.text(n); ok {
		return text
	}
	if id, attribute, ok := t.reference(n); ok {
		return t.value(id, attribute)
	}
	switch name, argument := intrinsic(n); name {
	case "Sub":
		return t.substituted(argument)
	case "Join":
		if parts := argument.Content; len(parts) == 2 && parts[0].Kind == yaml.ScalarNode && parts[1].Kind == yaml.SequenceNode {
			var texts []string
			for _, part := range parts[1].Content {
				texts = append(texts, t.pattern(part))
			}
			return strings.Join(texts, parts[0].Value)
		}
	}
	return "*"
}

// substituted is the text of a Sub: a scalar, or a list of a text and a mapping.
func (t *Template) substituted(argument *yaml.Node) string {
	text, own := argument, (*yaml.Node)(nil)
	if argument.Kind == yaml.SequenceNode && len(argument.Content) > 0 {
		text = argument.Content[0]
		if len(argument.Content) > 1 {
			own = argument.Content[1]
		}
	}
	return substitution.ReplaceAllStringFunc(text.Value, func(s string) string {
		name := s[2 : len(s)-1]
		if strings.HasPrefix(name, "!") {
			return "${" + name[1:] + "}"
		}
		if n := lookup(own, name); n != nil {
			return t.pattern(n)
		}
		if standard := t.parameters[name]; standard != nil && standard.Kind == yaml.ScalarNode {
			return standard.Value
		}
		id, attribute, _ := strings.Cut(name, ".")
		if t.resources[id] == nil {
			return "*"
		}
		return t.value(id, attribute)
	})
}

// value is what a reference to a resource gives.
func (t *Template) value(id, attribute string) string {
	r := t.resources[id]
	switch r.Type {
	case "AWS::Serverless::Function", "AWS::Lambda::Function":
		name, ok := t.text(lookup(r.properties, "FunctionName"))
		if !ok {
			name = "*"
		}
		arn := "arn:*:lambda:*:*:function:" + name
		switch attribute {
		case "":
			return name
		case "Arn":
			return arn
		case "Alias":
			alias, _ := t.text(lookup(r.properties, "AutoPublishAlias"))
			return arn + ":" + alias
		}
		return arn + ":*"
	case "AWS::Lambda::Alias", "AWS::Lambda::Version":
		name := "*"
		if function, _, ok := t.reference(lookup(r.properties, "FunctionName")); ok {
			name = t.value(function, "")
		}
		qualifier, ok := t.text(lookup(r.properties, "Name"))
		if !ok {
			qualifier = "*"
		}
		return "arn:*:lambda:*:*:function:" + name + ":" + qualifier
	}
	return "*"
}
