package main

import (
	"os"
	"os/exec"
	"testing"
)

// TestClients drives the engine with boto3 and the AWS CLI, unmodified, by the
// Python that DURABLEGEN_PYTHON names: one where both are installed.
func TestClients(t *testing.T) {
	python := pythonWith(t, "boto3, awscli")
	t.Parallel()
	s := startService(t)
	script := exec.CommandContext(t.Context(), python, "testdata/clients.py")
	home := t.TempDir()
	script.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"AWS_ENDPOINT_URL_LAMBDA=" + s.url,
		"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=dummy", "AWS_SECRET_ACCESS_KEY=dummy",
		"AWS_EC2_METADATA_DISABLED=true",
		"PYTHONDONTWRITEBYTECODE=1",
	}
	out, err := script.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// pythonWith gives the Python that DURABLEGEN_PYTHON names, and skips the test if it
// lacks a module.
func pythonWith(t *testing.T, modules string) string {
	t.Helper()
	python := os.Getenv("DURABLEGEN_PYTHON")
	if python == "" {
		t.Skip("DURABLEGEN_PYTHON names no Python with " + modules)
	}
	if out, err := exec.Command(python, "-c", "import "+modules).CombinedOutput(); err != nil {
		t.Skipf("%s lacks one of %s: %s", python, modules, out)
	}
	return python
}
