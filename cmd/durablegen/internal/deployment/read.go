package deployment

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/durablegen/durablegen/internal/words"
)

// Template is a template of CloudFormation or of the Serverless Application Model, in YAML or
// JSON.
type Template struct {
	Functions  []*Declared // by name of the resource
	misspelt   []misspelling
	guesses    int // what may still be done to find what misspelt names mean
	root       *yaml.Node
	resources  map[string]*resourceNode
	parameters map[string]*yaml.Node // their defaults

	resourcesKey *yaml.Node // where their section begins; nil: there is none
}

// resourceNode is a resource as a template has it.
type resourceNode struct {
	ID         string
	Type       string
	key        *yaml.Node // its name, where it stands
	properties *yaml.Node // nil: it has none
}

// Declared is a function of a template. A property that is not said, or comes from elsewhere,
// is nil.
type Declared struct {
	ID          string
	Name        string // of the function; empty: not known
	Handler     string
	Timeout     *Number // of an invocation, in seconds
	Unsaid      bool    // the template says nothing of Timeout: it is 3 seconds
	Concurrency *Number // how many invocations may run at once
	Alias       string  // that gets a version at each deployment; empty: none, or not known
	aliased     bool    // there is one
	aliases     []string
	serverless  bool // of the Serverless Application Model
	resource    *resourceNode
	globals     *yaml.Node
}

// Number is a whole number with its place.
type Number struct {
	Value int
	node  *yaml.Node
}

// Read reads a template.
func Read(text []byte) (*Template, error) {
	var whole any // which refuses what holds itself
	if err := yaml.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	t := &Template{resources: map[string]*resourceNode{}, parameters: map[string]*yaml.Node{}}
	if len(doc.Content) == 0 {
		return t, nil
	}
	t.root = doc.Content[0]
	t.spell()
	for name, p := range entries(lookup(t.root, "Parameters")) {
		t.parameters[name.Value] = lookup(p, "Default")
	}
	resources := lookup(t.root, "Resources")
	if resources != nil && resources.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: the resources must be a mapping", resources.Line)
	}
	for key := range entries(t.root) {
		if key.Value == "Resources" {
			t.resourcesKey = key
		}
	}
	for key, r := range entries(resources) {
		kind, _ := t.text(lookup(r, "Type"))
		t.resources[key.Value] = &resourceNode{key.Value, kind, key, lookup(r, "Properties")}
	}
	globals := lookup(lookup(t.root, "Globals"), "Function")
	for _, id := range slices.Sorted(maps.Keys(t.resources)) {
		switch r := t.resources[id]; r.Type {
		case "AWS::Serverless::Function":
			t.function(r, globals)
		case "AWS::Lambda::Function":
			t.function(r, nil)
		}
	}
	return t, nil
}

// function enters a function.
func (t *Template) function(r *resourceNode, globals *yaml.Node) {
	f := &Declared{ID: r.ID, serverless: r.Type == "AWS::Serverless::Function", resource: r, globals: globals}
	f.Name, _ = t.said(lookup(r.properties, "FunctionName"))
	f.Handler, _ = t.said(f.handler())
	timeout := f.property("Timeout")
	f.Timeout, f.Unsaid = t.number(timeout), timeout == nil
	f.Concurrency = t.number(f.property("ReservedConcurrentExecutions"))
	if alias := f.property("AutoPublishAlias"); f.serverless && alias != nil {
		f.addAlias(t.said(alias))
	}
	for _, id := range slices.Sorted(maps.Keys(t.resources)) {
		alias := t.resources[id]
		if alias.Type == "AWS::Lambda::Alias" && t.means(lookup(alias.properties, "FunctionName"), f) {
			f.addAlias(t.said(lookup(alias.properties, "Name")))
		}
	}
	t.Functions = append(t.Functions, f)
}

// addAlias enters an alias, whose name may not be known.
func (f *Declared) addAlias(name string, known bool) {
	f.aliased = true
	if !known {
		name = ""
	}
	if len(f.aliases) == 0 {
		f.Alias = name
	}
	f.aliases = append(f.aliases, name)
}

// has reports whether a function may have a qualifier: a version, or an alias unless the template
// names all of them and this one is not there.
func (f *Declared) has(qualifier string) bool {
	return qualifier == "" || qualifier[0] == '$' || qualifier[0] >= '0' && qualifier[0] <= '9' ||
		slices.Contains(f.aliases, qualifier) || slices.Contains(f.aliases, "")
}

// aliasesShown names the aliases of a function, as what it has.
func (f *Declared) aliasesShown() string {
	switch len(f.aliases) {
	case 0:
		return "no alias"
	case 1:
		return "the alias " + words.List(f.aliases)
	}
	return "the aliases " + words.List(f.aliases)
}

// property is that of a function, or of all functions of the template; nil if nothing is said.
func (f *Declared) property(path ...string) *yaml.Node {
	for _, from := range []*yaml.Node{f.resource.properties, f.globals} {
		n := from
		for _, name := range path {
			n = lookup(n, name)
		}
		if n != nil {
			return n
		}
	}
	return nil
}

// means reports whether a node stands for a function itself, without a version or an alias.
func (t *Template) means(n *yaml.Node, f *Declared) bool {
	if id, attribute, ok := t.reference(n); ok {
		return id == f.ID && (attribute == "" || attribute == "Arn")
	}
	text, ok := t.text(n)
	if !ok {
		text = t.pattern(n)
	}
	if f.Name == "" {
		return false
	}
	if !strings.HasPrefix(text, "arn:") {
		return text == f.Name
	}
	return strings.HasSuffix(strings.TrimSuffix(text, "/invocations"), ":function:"+f.Name)
}

// qualifier is the one with which a node names a function.
func (t *Template) qualifier(n *yaml.Node, f *Declared) (string, bool) {
	if f.Name == "" {
		return "", false
	}
	text, ok := strings.CutPrefix(strings.TrimSuffix(t.pattern(n), "/invocations"), f.Name+":")
	if !ok {
		_, text, ok = strings.Cut(text, ":function:"+f.Name+":")
	}
	return text, ok && text != "" && !strings.ContainsAny(text, "*:/")
}

// lookup is what a mapping has under a name; nil if it has nothing, or is none.
func lookup(n *yaml.Node, name string) *yaml.Node {
	for key, value := range entries(n) {
		if key.Value == name {
			return value
		}
	}
	return nil
}

// entries are those of a mapping, in order, with aliases of YAML followed.
func entries(n *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		n := followed(n)
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], followed(n.Content[i+1])) {
				return
			}
		}
	}
}

// items are those of a list; of anything else, itself.
func items(n *yaml.Node) []*yaml.Node {
	n = followed(n)
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.SequenceNode && !strings.HasPrefix(n.Tag, "!") || n.Tag == "!!seq":
		return n.Content
	}
	return []*yaml.Node{n}
}

func followed(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// intrinsic takes a function of CloudFormation apart, in its short form or the long one.
func intrinsic(n *yaml.Node) (name string, argument *yaml.Node) {
	n = followed(n)
	if n == nil {
		return "", nil
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return n.Tag[1:], n
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		if key := n.Content[0].Value; key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return strings.TrimPrefix(key, "Fn::"), followed(n.Content[1])
		}
	}
	return "", nil
}

// reference is the resource that a node is made of, with the attribute that it takes of it.
func (t *Template) reference(n *yaml.Node) (id, attribute string, ok bool) {
	switch name, argument := intrinsic(n); {
	case name == "Ref":
		id = argument.Value
		if base, alias, ok := strings.Cut(id, "."); ok { // SAM's: F.Alias, F.Version
			id, attribute = base, alias
		}
	case name == "GetAtt" && argument.Kind == yaml.ScalarNode:
		id, attribute, _ = strings.Cut(argument.Value, ".")
	case name == "GetAtt" && len(argument.Content) == 2:
		id, attribute = argument.Content[0].Value, argument.Content[1].Value
	}
	return id, attribute, t.resources[id] != nil
}

// text is that of a node, if the template alone tells it.
func (t *Template) text(n *yaml.Node) (string, bool) {
	n = followed(n)
	if n == nil {
		return "", false
	}
	if name, argument := intrinsic(n); name != "" {
		if standard := t.parameters[argument.Value]; name == "Ref" && standard != nil && standard.Kind == yaml.ScalarNode {
			return standard.Value, true
		}
		return "", false
	}
	return n.Value, n.Kind == yaml.ScalarNode
}

// said is the text of a node, if the template alone tells it or the defaults of its parameters.
func (t *Template) said(n *yaml.Node) (string, bool) {
	if text, ok := t.text(n); ok {
		return text, true
	}
	if name, _ := intrinsic(n); name == "" {
		return "", false
	}
	text := t.pattern(n)
	if strings.Contains(text, "*") {
		return "", false
	}
	return text, true
}

// elsewhere reports whether it is from elsewhere that the template takes what a node stands for.
func (t *Template) elsewhere(n *yaml.Node) bool {
	name, _ := intrinsic(n)
	_, known := t.said(n)
	return name != "" && !known
}

// mayBe reports whether a node that is from elsewhere may come to a text.
func (t *Template) mayBe(n *yaml.Node, text string) bool {
	return t.elsewhere(n) && fits(t.pattern(n), text)
}

// shown says what a node is, in a sentence.
func (t *Template) shown(n *yaml.Node) string {
	switch text, known := t.said(n); {
	case known && text == "":
		return "empty"
	case known:
		return "`" + text + "`"
	case followed(n).Kind == yaml.SequenceNode:
		return "a list"
	}
	return "a mapping"
}

// number is a positive whole one, if the template alone tells it.
func (t *Template) number(n *yaml.Node) *Number {
	text, ok := t.said(n)
	if !ok {
		return nil
	}
	v, err := strconv.Atoi(text)
	if err != nil || v <= 0 {
		return nil
	}
	return &Number{v, n}
}
