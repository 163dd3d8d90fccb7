package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/deployment"
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

// parseTemplate reads what a template says of its functions. What it takes from elsewhere says
// nothing here.
func parseTemplate(content []byte) (map[string]Deployed, error) {
	t, err := deployment.Read(content)
	if err != nil {
		return nil, err
	}
	functions := map[string]Deployed{}
	for _, f := range t.Functions {
		d := Deployed{Alias: f.Alias}
		if f.Unsaid {
			d.Timeout = samTimeout
		} else if f.Timeout != nil {
			d.Timeout = time.Duration(f.Timeout.Value) * time.Second
		}
		if f.Concurrency != nil {
			d.AtOnce = f.Concurrency.Value
		}
		for _, name := range []string{f.Name, f.Handler} {
			if name != "" {
				functions[name] = d
			}
		}
	}
	return functions, nil
}
