package deployment

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
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

func complaint(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return "\n" + string(exit.Stderr)
	}
	return ""
}
