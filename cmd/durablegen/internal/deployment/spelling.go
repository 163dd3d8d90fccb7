package deployment

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/durablegen/durablegen/internal/near"
)

// misspelling is a name in a template that is nearly one that is read.
type misspelling struct {
	key         *yaml.Node
	of, written string // what has no such name
	meant       string
}

// names are those that a mapping may have.
type names struct {
	read   string // here
	others string // and those that are meant, however near to the first they are
}

const (
	functionRead   = "FunctionName Handler Runtime PackageType Timeout DurableConfig RecursiveLoop Role Environment ReservedConcurrentExecutions ImageConfig TenancyConfig "
	functionOthers = "Architectures CapacityProviderConfig CodeSigningConfigArn Description EphemeralStorage FileSystemConfigs FunctionScalingConfig KmsKeyArn Layers LoggingConfig MemorySize PublishToLatestPublished RuntimeManagementConfig SnapStart Tags VpcConfig "
	policyOthers   = "PolicyName ManagedPolicyName Description Groups Users Path"
)

// spelled has the names that mappings may have, by what they are called: of properties, the type
// of their resource.
var spelled = map[string]names{
	"a template":                {"Resources Parameters Globals", "AWSTemplateFormatVersion Description Metadata Mappings Conditions Transform Outputs Rules Hooks"},
	"`Globals`":                 {"Function", "Api HttpApi WebSocketApi SimpleTable StateMachine LayerVersion CapacityProvider"},
	"a resource":                {"Type Properties", "DependsOn Metadata Condition DeletionPolicy UpdateReplacePolicy CreationPolicy UpdatePolicy Connectors IgnoreGlobals"},
	"AWS::Serverless::Function": {functionRead + "AutoPublishAlias Events Policies ImageUri", functionOthers + "AutoPublishAliasAllProperties AutoPublishCodeSha256 AssumeRolePolicyDocument CodeUri InlineCode DeadLetterQueue DeploymentPreference EventInvokeConfig FunctionUrlConfig PermissionsBoundary PropagateTags ProvisionedConcurrencyConfig RolePath SourceKMSKeyArn Tracing VersionDeletionPolicy VersionDescription"},
	"AWS::Lambda::Function":     {functionRead + "Code", functionOthers + "DeadLetterConfig TracingConfig"},
	"AWS::Lambda::Alias":        {"FunctionName Name", "FunctionVersion Description ProvisionedConcurrencyConfig RoutingConfig"},
	"AWS::IAM::Role":            {"ManagedPolicyArns Policies", "AssumeRolePolicyDocument Description MaxSessionDuration Path PermissionsBoundary RoleName Tags"},
	"AWS::IAM::Policy":          {"PolicyDocument Roles", policyOthers},
	"AWS::IAM::ManagedPolicy":   {"PolicyDocument Roles", policyOthers},
	"AWS::IAM::RolePolicy":      {"PolicyDocument RoleName", policyOthers},
	"a policy":                  {"PolicyDocument", "PolicyName"},
	"a policy's document":       {"Statement", "Version Id"},
	"a statement":               {"Effect Action Resource NotAction NotResource", "Sid Condition Principal NotPrincipal"},
	"`DurableConfig`":           {"ExecutionTimeout RetentionPeriodInDays", ""},
	"`Environment`":             {"Variables", ""},
	"`ImageConfig`":             {"Command", "EntryPoint WorkingDirectory"},
}

// maxGuesses bounds the work for names that nobody knows.
const maxGuesses = 1 << 20

// spell goes through the names of a template. One that is nearly one that is read is entered, and
// is read as that: so it is reported alone, without all that would follow from its absence.
func (t *Template) spell() {
	t.guesses = maxGuesses
	t.spellNames("a template", t.root)
	globals := lookup(t.root, "Globals")
	t.spellNames("`Globals`", globals)
	t.spellProperties("AWS::Serverless::Function", lookup(globals, "Function"))
	for _, r := range entries(lookup(t.root, "Resources")) {
		t.spellNames("a resource", r)
		kind, _ := t.text(lookup(r, "Type"))
		t.spellProperties(kind, lookup(r, "Properties"))
	}
}

// spellProperties goes through the properties of a resource of a type.
func (t *Template) spellProperties(kind string, properties *yaml.Node) {
	t.spellNames(kind, properties)
	switch kind {
	case "AWS::Serverless::Function", "AWS::Lambda::Function":
		for _, name := range []string{"DurableConfig", "Environment", "ImageConfig"} {
			t.spellNames("`"+name+"`", lookup(properties, name))
		}
		for _, p := range items(lookup(properties, "Policies")) {
			if lookup(p, "Statement") != nil {
				t.spellStatements(p)
			}
		}
	case "AWS::IAM::Role":
		for _, p := range items(lookup(properties, "Policies")) {
			t.spellNames("a policy", p)
			t.spellStatements(lookup(p, "PolicyDocument"))
		}
	default:
		t.spellStatements(lookup(properties, "PolicyDocument"))
	}
}

func (t *Template) spellStatements(document *yaml.Node) {
	t.spellNames("a policy's document", document)
	for _, s := range items(lookup(document, "Statement")) {
		t.spellNames("a statement", s)
	}
}

// spellNames goes through the names of one mapping.
func (t *Template) spellNames(of string, mapping *yaml.Node) {
	names, ok := spelled[of]
	if name, _ := intrinsic(mapping); !ok || name != "" {
		return
	}
	read := strings.Fields(names.read)
	known := append(strings.Fields(names.others), read...)
	for key, value := range entries(mapping) {
		if slices.Contains(known, key.Value) || strings.Contains(key.Value, "::") {
			continue
		}
		meant := near.Within(&t.guesses, key.Value, known)
		if !slices.Contains(read, meant) || meant == "Resources" && !areResources(value) {
			continue
		}
		t.misspelt = append(t.misspelt, misspelling{key, of, key.Value, meant})
		if lookup(mapping, meant) == nil {
			key.Value = meant
		}
	}
}

// areResources reports whether something in a mapping has a type, as resources have.
func areResources(mapping *yaml.Node) bool {
	for _, r := range entries(mapping) {
		if lookup(r, "Type") != nil {
			return true
		}
	}
	return false
}

// Foreign tells why a text that can be read is no template; nil if it is one.
func (t *Template) Foreign() error {
	if t.resourcesKey == nil {
		return errors.New("no `Resources` here; this is no template of CloudFormation or SAM")
	}
	return nil
}
