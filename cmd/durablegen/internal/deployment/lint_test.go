package deployment

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
)

// python gives a Python that has modules, or skips the test.
func python(t *testing.T, modules string) string {
	t.Helper()
	path := os.Getenv("DURABLEGEN_PYTHON")
	if path == "" {
		t.Skip("DURABLEGEN_PYTHON names no Python")
	}
	if err := exec.Command(path, "-c", "import "+modules).Run(); err != nil {
		t.Skipf("%s has no %s", path, modules)
	}
	return path
}

// AWS's own tools have nothing to say of what is written, nor of what they make of it.
func TestTemplatesAreClean(t *testing.T) {
	python := python(t, "cfnlint, samtranslator")
	dir := t.TempDir()
	var files []string
	keep := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
		return path
	}
	functions, sam := written(t, "sam")
	path := keep("sam.yaml", sam)
	_, cloudformation := written(t, "cloudformation")
	keep("cloudformation.yaml", cloudformation)

	translated, err := exec.Command(python, filepath.Join("testdata", "translate.py"), path).Output()
	if err != nil {
		t.Fatalf("SAM does not translate it: %v%s", err, complaint(err))
	}
	keep("translated.json", string(translated))
	if said := checked(t, string(translated), functions, ""); said != "" {
		t.Errorf("of what SAM makes of it: %s", said)
	}
	if out, err := exec.Command(python, append([]string{"-c", "import sys; from cfnlint.runner import main; sys.exit(main())"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}

// Terraform has nothing to lay out otherwise, where it is at hand.
func TestTerraformIsFormatted(t *testing.T) {
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("there is no terraform")
	}
	_, text := written(t, "terraform")
	cmd := exec.Command("terraform", "fmt", "-check", "-diff", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.Output(); err != nil {
		t.Errorf("terraform fmt: %v%s\n%s", err, complaint(err), out)
	}
}

var (
	terraformResource = regexp.MustCompile(`^resource "(\w+)" "[A-Za-z]\w*" {$`)
	terraformName     = regexp.MustCompile(`^(\w+)(?: = | +{$| += )`)
)

// Each resource and each of its arguments is one that the provider knows. The file has those
// of its documentation at version 6.25; inside of a value, which is JSON, there are others.
func TestTerraformArgumentsAreThere(t *testing.T) {
	list, err := os.ReadFile(filepath.Join("testdata", "terraform.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{}
	for line := range strings.Lines(string(list)) {
		resource, arguments, _ := strings.Cut(line, ":")
		known[resource] = strings.Fields(arguments)
	}
	_, text := written(t, "terraform")
	resource, value, n := "", 0, 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := terraformResource.FindStringSubmatch(line); m != nil {
			if resource = m[1]; known[resource] == nil {
				t.Errorf("the provider has no %s", resource)
			}
			continue
		}
		m := terraformName.FindStringSubmatch(line)
		if resource != "" && value == 0 && m != nil && m[1] != "lifecycle" && m[1] != "prevent_destroy" && m[1] != "create_before_destroy" && m[1] != "depends_on" {
			if n++; !slices.Contains(known[resource], m[1]) {
				t.Errorf("%s has no %s", resource, m[1])
			}
		}
		if opened := strings.Count(line, "(") - strings.Count(line, ")"); opened > 0 || value > 0 {
			value += opened
		}
	}
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:resource|data) "(\w+)" "(\w+)"`).FindAllStringSubmatch(text, -1) {
		defined[m[1]+"."+m[2]] = true
	}
	for _, name := range regexp.MustCompile(`\baws_\w+\.\w+`).FindAllString(text, -1) {
		if !defined[name] {
			t.Errorf("%s is named and is not there", name)
		}
	}
	if n < 100 {
		t.Errorf("only %d arguments were looked at", n)
	}
}

// cdk is a folder with a module that requires CDK, and what is needed to build it.
func cdk(t *testing.T) string {
	t.Helper()
	module := os.Getenv("DURABLEGEN_CDK")
	if module == "" {
		t.Skip("DURABLEGEN_CDK names no module that has github.com/aws/aws-cdk-go/awscdk/v2")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node, on which CDK runs")
	}
	return module
}

// What is written for CDK is built, synthesized, and right.
func TestCDKSynthesizes(t *testing.T) {
	module, dir := cdk(t), t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(module, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	functions, text := written(t, "cdk")
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := gobuild.Archive(program, filepath.Join(dir, "function.zip")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CDK_OUTDIR="+filepath.Join(dir, "cdk.out"), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	synthesized, err := os.ReadFile(filepath.Join(dir, "cdk.out", "Workflows.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	if said := checked(t, string(synthesized), functions, ""); said != "" {
		t.Errorf("of what CDK makes of it: %s", said)
	}
	longer := *functions[0]
	longer.Steps = []StepLimit{{"slow", 10 * time.Minute}}
	if said := checked(t, string(synthesized), []*Function{&longer, functions[1]}, ""); said != "an invocation of `fulfil` ends after 5m10s, and an attempt of the step `slow` may take 10m\n" {
		t.Errorf("with a longer step: %s", said)
	}
}

func complaint(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return "\n" + string(exit.Stderr)
	}
	return ""
}
