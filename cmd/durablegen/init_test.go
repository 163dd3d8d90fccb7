package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What init writes is formatted, clean to every check, and does what it says.
func TestInitMakesAProjectThatWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	root := repository(t)
	dir := filepath.Join(t.TempDir(), "2-Hello_World")
	if err := initProject(root, dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, args := range [][]string{
		{"fmt", "--check"}, {"check"}, {"generate", "--check"}, {"vet"},
	} {
		if status, out := durablegen(args...); status != 0 {
			t.Errorf("durablegen %s: status %d\n%s", strings.Join(args, " "), status, out)
		}
	}
	t.Setenv("DURABLETEST_COVERAGE", filepath.Join(dir, "build", "covered"))
	for _, args := range [][]string{{"gofmt", "-s", "-l", "."}, {"go", "vet", "./..."}, {"go", "test", "./..."}} {
		cmd := exec.Command(args[0], args[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil || args[0] == "gofmt" && len(out) > 0 {
			t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if status, out := durablegen("coverage", "--profile", "build/covered", "--min", "100", "./..."); status != 0 {
		t.Errorf("coverage: status %d\n%s", status, out)
	}

	// docs/how-it-works.md tells what an execution of it leaves.
	page, err := os.ReadFile(filepath.Join(root, "docs", "how-it-works.md"))
	if err != nil {
		t.Fatal(err)
	}
	flow, err := os.ReadFile("greet.flow")
	if err != nil {
		t.Fatal(err)
	}
	if _, workflow, _ := strings.Cut(string(flow), "\nworkflow"); !strings.Contains(string(page), "```flow\nworkflow"+workflow+"```") {
		t.Error("docs/how-it-works.md shows another workflow than init writes")
	}
	if status, out := durablegen("run", ".", "--name", "one", "--data", "data"); status != 0 || !strings.HasSuffix(out, "\"greeted Ada\"\n") {
		t.Errorf("run: status %d\n%s", status, out)
	}
	_, events := durablegen("history", "one", "--data", "data")
	var told strings.Builder // without numbers and times
	for line := range strings.Lines(events) {
		told.WriteString(strings.TrimRight(line[min(len(line), len("10  21:36:00.597  ")):], " \n") + "\n")
	}
	if !strings.Contains(string(page), "```\n"+told.String()+"```") {
		t.Errorf("docs/how-it-works.md shows another history than\n%s", told.String())
	}

	// Nothing that is there is touched.
	before := content(t, ".")
	if status, out := durablegen("init"); status != 2 || !strings.Contains(out, "there is code here already (AGENTS.md, bootstrap/main.go, doc.go") {
		t.Errorf("init where something is: status %d\n%s", status, out)
	}
	if status, out := durablegen("init", "sub", "--module", "example.com/x"); status != 2 || !strings.Contains(out, "is in a Go module already, as example.com/helloworld/sub; leave --module away") {
		t.Errorf("init of a module inside of one: status %d\n%s", status, out)
	}
	if after := content(t, "."); after != before {
		t.Errorf("init that is refused has changed files:\nbefore %s\nafter  %s", before, after)
	}

	// A second package in the module.
	if status, out := durablegen("init", "internal/billing"); status != 0 && !strings.Contains(out, "all is written, but") {
		t.Errorf("init in a module: status %d\n%s", status, out)
	}
	if out, err := exec.Command("go", "vet", "./...").CombinedOutput(); err != nil {
		t.Errorf("with a second package: %v\n%s", err, out)
	}
	if strings.Contains(content(t, "internal"), ".gitignore") {
		t.Error("a package in a module has a .gitignore of its own")
	}
}

// Names that make no package, and folders that can't be, are refused before anything is made.
func TestInitRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ dir, want string }{
		{"42", "42: this name does not make a name for a Go package; name another folder, for example 42/hello"},
		{"type", "does not make a name for a Go package"},
		{"main", "does not make a name for a Go package"},
		{"日本", "does not make a name for a Go package"},
		{"file", "file: there is a file of this name"},
		{"file/hello", "file/hello: can't be made: not a directory"},
	} {
		if status, out := durablegen("init", test.dir); status != 2 || !strings.Contains(out, test.want) {
			t.Errorf("init %s: status %d, %s, want %s", test.dir, status, out, test.want)
		}
	}
	// A checkout that is none leaves nothing behind.
	if status, out := durablegen("init", "a/hello", "--checkout", "."); status != 2 || !strings.Contains(out, ".: this is no checkout of github.com/durablegen/durablegen") {
		t.Errorf("status %d, %s", status, out)
	}
	if got := content(t, "."); got != "file:" {
		t.Errorf("left behind: %s", got)
	}
}

func durablegen(args ...string) (status int, out string) {
	var text strings.Builder
	status = run(args, strings.NewReader(""), &text, &text)
	return status, text.String()
}

// content gives all files below a folder, with their texts.
func content(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all.WriteString(path + ":" + string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
