package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Limits bound the invocations of a function. A field that is zero says nothing.
type Limits struct {
	Timeout time.Duration // of one invocation
	AtOnce  int           // how many may run at once
}

// Deployed is what a deployment template says of a function.
type Deployed struct {
	Limits
	Alias string // that each deployment publishes a version for; empty: none
}

// samTimeout is what a function gets whose template says nothing.
const samTimeout = 3 * time.Second

// Template gives what a deployment template (template.yaml of the Serverless Application Model or
// of CloudFormation) says of functions, by their handler or their name. The template is looked
// for in a folder and in those above it, as far as its Go module goes. path is empty if there is
// none.
func Template(dir string) (functions map[string]Deployed, path string, err error) {
	for {
		for _, name := range []string{"template.yaml", "template.yml"} {
			path := filepath.Join(dir, name)
			content, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				functions, err = parseTemplate(content)
			}
			if err != nil {
				return nil, path, fmt.Errorf("%s: can't be read: %w", path, err)
			}
			return functions, path, nil
		}
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		above := filepath.Dir(dir)
		if err == nil || above == dir {
			return nil, "", nil
		}
		dir = above
	}
}

// properties are those of a function that matter here. Nodes, because any of them may be a
// function of CloudFormation: that one says nothing here.
type properties struct {
	Handler                      yaml.Node `yaml:"Handler"`
	FunctionName                 yaml.Node `yaml:"FunctionName"`
	Timeout                      yaml.Node `yaml:"Timeout"`
	ReservedConcurrentExecutions yaml.Node `yaml:"ReservedConcurrentExecutions"`
	AutoPublishAlias             yaml.Node `yaml:"AutoPublishAlias"`
}

func parseTemplate(content []byte) (map[string]Deployed, error) {
	var t struct {
		Globals struct {
			Function yaml.Node `yaml:"Function"`
		} `yaml:"Globals"`
		Resources map[string]struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(content, &t); err != nil {
		return nil, err
	}
	var global properties
	_ = t.Globals.Function.Decode(&global) // what is no mapping says nothing
	functions := map[string]Deployed{}
	for _, r := range t.Resources {
		var p properties
		if r.Type != "AWS::Serverless::Function" && r.Type != "AWS::Lambda::Function" || r.Properties.Decode(&p) != nil {
			continue
		}
		l := Deployed{Limits: Limits{Timeout: samTimeout}}
		for _, from := range []properties{global, p} {
			if n, ok := number(&from.Timeout); ok {
				l.Timeout = time.Duration(n) * time.Second
			} else if !from.Timeout.IsZero() {
				l.Timeout = 0
			}
			if n, ok := number(&from.ReservedConcurrentExecutions); ok {
				l.AtOnce = n
			}
			if name, ok := text(&from.AutoPublishAlias); ok {
				l.Alias = name
			}
		}
		for _, name := range []*yaml.Node{&p.FunctionName, &p.Handler} {
			if name, ok := text(name); ok {
				functions[name] = l
			}
		}
	}
	return functions, nil
}

func text(n *yaml.Node) (string, bool) {
	return n.Value, n.Kind == yaml.ScalarNode && n.Tag == "!!str"
}

// number reads a positive whole number.
func number(n *yaml.Node) (int, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" {
		return 0, false
	}
	v, err := strconv.Atoi(n.Value)
	return v, err == nil && v > 0
}
