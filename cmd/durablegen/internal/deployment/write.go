package deployment

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/durablegen/durablegen/internal/words"
)

// Formats are the tools that templates are written for.
var Formats = []string{"sam", "cloudformation", "cdk", "terraform"}

// templates are the files of the formats.
var templates = map[string]string{"sam": "sam.yaml.tmpl", "cloudformation": "cloudformation.yaml.tmpl", "cdk": "cdk.go.tmpl", "terraform": "terraform.tf.tmpl"}

// Options say what is written beside the functions.
type Options struct {
	Format  string // one of [Formats]
	Package string // of the bootstrap, as it was named
	Arch    string // arm64 or amd64
}

//go:embed templates
var files embed.FS

// Write gives a template of functions, for the user to own: what they need and nothing more.
func Write(functions []*Function, o Options) ([]byte, error) {
	d := document{Options: o, Architecture: o.Arch}
	t, err := template.New("").Funcs(template.FuncMap{"sub": d.substituted, "yaml": scalar, "quote": quote, "hcl": configured, "snake": snake}).ParseFS(files, "templates/*.tmpl")
	if err != nil {
		return nil, err
	}
	if o.Arch == "amd64" {
		d.Architecture = "x86_64"
	}
	ids := logicalIDs(functions)
	for i, f := range functions {
		r := &resource{Function: f, ID: ids[i], Architecture: d.Architecture, document: &d}
		r.Alias = r.ID + "Alias"
		if o.Format == "sam" {
			r.Alias = r.ID + ".Alias" // which SAM makes
		}
		d.Functions = append(d.Functions, r)
	}
	d.bind()
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, templates[o.Format], &d); err != nil {
		return nil, err
	}
	if o.Format == "cdk" {
		return format.Source(tidy(b.String()))
	}
	return tidy(b.String()), nil
}

// document is what a template is made of.
type document struct {
	Options
	Architecture string // in the words of AWS
	Functions    []*resource
	Parameters   []*parameter
}

// parameter names a function that is invoked, where the file has the environment do so.
type parameter struct {
	Target
	ID       string
	Workflow string // that invokes it
}

// bind makes the parameters.
func (d *document) bind() {
	taken := map[string]bool{}
	for _, f := range d.Functions {
		for _, t := range f.Invokes {
			if t.Env == "" {
				continue
			}
			i := slices.IndexFunc(d.Parameters, func(p *parameter) bool { return p.Target == t })
			if i < 0 {
				i = len(d.Parameters)
				id := unique(pascal(strings.ToLower(t.Env))+"Name", taken)
				d.Parameters = append(d.Parameters, &parameter{t, id, f.Workflow})
			}
			f.Bound = append(f.Bound, d.Parameters[i])
		}
	}
}

// Pattern is what the function may be named.
func (p *parameter) Pattern() string {
	switch {
	case p.ARN != "":
		return "arn:.+"
	case p.Qualifier == "":
		return "[a-zA-Z0-9_-]+(:[a-zA-Z0-9$_.-]+)?"
	}
	return "[a-zA-Z0-9_-]+:[a-zA-Z0-9$_.-]+"
}

// Description says what the parameter is for.
func (p *parameter) Description() string {
	return "the function that " + p.Workflow + " invokes by its " + p.Env
}

// Snake is the ID in Terraform.
func (p *parameter) Snake() string { return snake(p.ID) }

// Var is the ID as the name of a variable in Go.
func (p *parameter) Var() string { return strings.ToLower(p.ID[:1]) + p.ID[1:] }

// Parameter gives the one of a function that is invoked; nil if it has none.
func (d *document) Parameter(t Target) *parameter {
	for _, p := range d.Parameters {
		if p.Target == t {
			return p
		}
	}
	return nil
}

// Description says in a line whose functions these are.
func (d *document) Description() string {
	var names []string
	for _, f := range d.Functions {
		names = append(names, f.Workflow)
	}
	return "durable workflows: " + strings.Join(names, ", ")
}

// Has reports whether a kind of source starts one of the functions.
func (d *document) Has(kind string) bool {
	return slices.ContainsFunc(d.Functions, func(f *resource) bool {
		return slices.ContainsFunc(f.Sources, func(s Source) bool { return s.Kind == kind })
	})
}

// resource is a function with the names that it and what is around it have in a template.
type resource struct {
	*Function
	ID           string
	Alias        string
	Architecture string // in the words of AWS
	Bound        []*parameter
	document     *document
}

// invocation is a function that is invoked, and the parameter that names it, if one does.
type invocation struct {
	Target
	Parameter *parameter
}

// Invoked lists what the function may invoke.
func (r *resource) Invoked() (list []invocation) {
	for _, t := range r.Invokes {
		list = append(list, invocation{t, r.document.Parameter(t)})
	}
	return list
}

// Longest says which step the time of an invocation is made for.
func (r *resource) Longest() string {
	if len(r.Steps) == 0 {
		return ""
	}
	return fmt.Sprintf("an attempt of %s may take %s", r.Steps[0].Step, words.Duration(r.Steps[0].Timeout))
}

// ExecutionWords is the time of an execution as the language writes it.
func (r *resource) ExecutionWords() string {
	return words.Duration(time.Duration(r.ExecutionTimeout) * time.Second)
}

// LogDays is for how long logs are kept: CloudWatch takes some numbers of days only.
func (r *resource) LogDays() int {
	for _, days := range []int{14, 30, 60} {
		if days >= r.Retention {
			return days
		}
	}
	return 90
}

// LogRetention is LogDays in the words of CDK.
func (r *resource) LogRetention() string {
	return map[int]string{14: "TWO_WEEKS", 30: "ONE_MONTH", 60: "TWO_MONTHS", 90: "THREE_MONTHS"}[r.LogDays()]
}

// CallbackNames are those of the callbacks that the workflow waits for.
func (r *resource) CallbackNames() string { return strings.Join(r.Callbacks, ", ") }

// alarm watches a metric of Lambda.
type alarm struct {
	ID, Metric, Description string
	Periods                 int // of five minutes, one after the other
}

// Alarms are those of a function: executions that have failed, and such as do not go on.
func (r *resource) Alarms() []alarm {
	return []alarm{
		{"FailedAlarm", "DurableExecutionFailed", "an execution of " + r.Workflow + " has failed", 1},
		{"TimedOutAlarm", "DurableExecutionTimedOut", "an execution of " + r.Workflow + " did not end in time", 1},
		{"StuckAlarm", "Errors", "invocations of " + r.Workflow + " keep failing, so that executions do not go on", 3},
	}
}

// start is a source with the names that it has in a template.
type start struct {
	Source
	ID string
}

// Var is the ID as the name of a variable.
func (s start) Var() string { return strings.ToLower(s.ID[:1]) + s.ID[1:] }

// Starts are the sources of a function.
func (r *resource) Starts() (list []start) {
	names := map[string]string{"s3": "Bucket", "sqs": "Queue", "schedule": "Schedule", "eventbridge": "Rule", "http": "Api"}
	taken := map[string]bool{}
	for _, s := range r.Sources {
		list = append(list, start{s, unique(r.ID+names[s.Kind], taken)})
	}
	return list
}

// logicalIDs gives workflows names as resources have them: letters and digits. What stands around
// a function has its name, with more behind it, so that none may begin with another one.
func logicalIDs(functions []*Function) []string {
	taken := map[string]bool{}
	var ids []string
	for _, f := range functions {
		ids = append(ids, unique(pascal(f.Workflow), taken))
	}
	for i, id := range ids {
		if slices.ContainsFunc(ids, func(other string) bool { return other != id && strings.HasPrefix(id, other) }) {
			ids[i] = unique(id+"Workflow", taken)
		}
	}
	return ids
}

// pascal writes the name of a workflow as those of resources are written: FulfilOrder.
func pascal(workflow string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(workflow, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	if id := b.String(); id != "" && id[0] >= 'A' {
		return id
	}
	return "W" + b.String()
}

// snake writes such a name as Terraform's are: fulfil_order. Different ones stay different.
func snake(id string) string {
	var b strings.Builder
	for i, r := range id {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Snake is the ID in Terraform.
func (r *resource) Snake() string { return snake(r.ID) }

// Snake is the ID in Terraform.
func (s start) Snake() string { return snake(s.ID) }

// unique gives a name, or, where it is taken, one with a number.
func unique(name string, taken map[string]bool) string {
	id := name
	for n := 2; taken[id]; n++ {
		id = fmt.Sprint(name, n)
	}
	taken[id] = true
	return id
}

// quote writes what texts make together as a text of Go.
func quote(texts ...string) string { return strconv.Quote(strings.Join(texts, "")) }

// configured writes a text for Terraform, which reads ${ and %{ in it otherwise.
func configured(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(text))
}

// Prefix begins the names of roles and policies in Terraform, which makes the rest; it has 38
// characters at most.
func (r *resource) Prefix() string { return r.Workflow[:min(len(r.Workflow), 37)] + "-" }

// substituted writes the ARN of a function that is invoked for CloudFormation.
func (d *document) substituted(t Target) string {
	p := d.Parameter(t)
	switch {
	case p != nil && t.ARN != "":
		return "!Ref " + p.ID
	case p != nil:
		return "!Sub 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${" + p.ID + "}'"
	case t.ARN != "":
		return "'" + strings.ReplaceAll(t.ARN, "'", "''") + "'"
	}
	return "!Sub 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + t.Qualified() + "'"
}

// plain is a text that YAML, of whichever version, takes for itself, but for words of its own.
var plain = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9/_.-]*$`)

// yamlWords are what some version of YAML takes for a truth value, or for nothing.
var yamlWords = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// scalar writes a text for YAML, in quotes where it needs them.
func scalar(text string) string {
	if plain.MatchString(text) && !slices.Contains(yamlWords, strings.ToLower(text)) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// tidy takes away spaces at the ends of lines, blank lines that follow others, and those at the
// end: what is left out of a template leaves them.
func tidy(text string) []byte {
	var b strings.Builder
	blank := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		if line == "" {
			blank = true
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte('\n')
		}
		blank = false
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}
