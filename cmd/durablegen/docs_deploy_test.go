package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestDeployShowsWhatTemplateWrites holds the template of docs/deploy.md to the one that is
// written. -update writes it into the page.
func TestDeployShowsWhatTemplateWrites(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	page := filepath.Join(repository(t), "docs", "deploy.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(repository(t))
	var out, complaint bytes.Buffer
	if status := run([]string{"template", "sam", "./examples/foodorder"}, nil, &out, &complaint); status != 0 {
		t.Fatal(complaint.String())
	}
	const fence = "```yaml\n"
	before, rest, ok := strings.Cut(string(text), fence)
	shown, after, closed := strings.Cut("\n"+rest, "\n```\n")
	switch {
	case !ok || !closed:
		t.Fatal("the page shows no template")
	case strings.TrimPrefix(shown, "\n")+"\n" == out.String():
	case *update:
		if err := os.WriteFile(page, []byte(before+fence+out.String()+"```\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/deploy.md shows another template than is written:\n%s", out.String())
	}
}

// TestDeployStartsAnExecution types what docs/deploy.md says of starting one, at a local service
// that knows the alias from the template.
func TestDeployStartsAnExecution(t *testing.T) {
	bin := filepath.Dir(os.Getenv("DURABLEGEN_PYTHON"))
	if _, err := os.Stat(filepath.Join(bin, "aws")); bin == "." || err != nil {
		t.Skip("DURABLEGEN_PYTHON names no Python with the AWS CLI")
	}
	start := ""
	for _, block := range shellBlocks(t, filepath.Join("..", "..", "docs", "deploy.md")) {
		for _, c := range block {
			if strings.HasPrefix(c.text, "aws ") {
				start += "# " + c.place + "\nexec sh -c '" + c.text + "'\n"
			}
		}
	}
	if start == "" {
		t.Fatal("the page starts nothing")
	}
	script := `module example.com/shop
exec durablegen template sam . -o template.yaml
exec sh -c 'exec durablegen dev . --addr 127.0.0.1:0 --console off --data data >dev.out 2>dev.err' &dev&
serving dev.out
` + start + `until '^order-1001 +fulfilOrder +succeeded' durablegen list
kill -INT dev
wait dev
-- shop.flow --
flow 1

package shop

type Order { id string }

step charge(order Order) string  idempotent

workflow fulfilOrder(order Order) string {
    return step charge(order)
}
-- steps.go --
package shop

import "context"

type Shop struct{}

func New() *Shop { return &Shop{} }

func (s *Shop) Charge(_ context.Context, order Order) (string, error) { return order.ID, nil }
-- input.json --
{"id": "1001"}
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "start.txtar"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	params := scripts(t, dir)
	setup := params.Setup
	params.Setup = func(env *testscript.Env) error {
		env.Setenv("PATH", env.Getenv("PATH")+string(filepath.ListSeparator)+bin)
		for name, value := range map[string]string{"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "dummy", "AWS_SECRET_ACCESS_KEY": "dummy", "AWS_EC2_METADATA_DISABLED": "true"} {
			env.Setenv(name, value)
		}
		return setup(env)
	}
	testscript.Run(t, params)
}
