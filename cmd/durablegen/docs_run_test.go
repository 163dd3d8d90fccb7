package main

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A command that a page of the documentation shows, with its place.
type shownCommand struct{ place, text string }

// shellBlocks gives the lines of the ```sh blocks of a page, by block; a line that
// ends in a backslash goes on in the next.
func shellBlocks(t *testing.T, page string) [][]shownCommand {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]shownCommand
	inside, joined := false, ""
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.TrimSpace(line) == "```sh":
			inside = true
			blocks = append(blocks, nil)
		case strings.TrimSpace(line) == "```":
			inside = false
		case inside && strings.HasSuffix(line, "\\"):
			joined += strings.TrimSuffix(line, "\\")
		case inside:
			line, _, _ = strings.Cut(joined+line, " #")
			joined = ""
			if line = strings.TrimSpace(line); line != "" {
				last := len(blocks) - 1
				blocks[last] = append(blocks[last], shownCommand{fmt.Sprintf("%s:%d", page, i+1), line})
			}
		}
	}
	return blocks
}

// TestDocumentedCommandsWork types what the README says of a workflow of one's own, and
// then what docs/deploy.md says of deploying it, as far as that goes without AWS.
func TestDocumentedCommandsWork(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	readme, deploy := filepath.Join("..", "..", "README.md"), filepath.Join("..", "..", "docs", "deploy.md")
	var script strings.Builder
	script.WriteString("module example.com/hello\n")
	commands := slices.Concat(slices.Concat(shellBlocks(t, readme)[1:]...), slices.Concat(shellBlocks(t, deploy)...))
	for _, c := range commands {
		fmt.Fprintf(&script, "# %s\n%s\n", c.place, typed(t, c))
	}
	script.WriteString("archived function.zip bootstrap\n-- hello.flow --\n" + helloOf(t, readme) + "-- written --\n" + helloSteps)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "docs.txtar"), []byte(script.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	root := repository(t)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(8 * time.Minute),
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, goEnvironment(t)...)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"module": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(writeModule(root, ts.MkAbs("."), args[0]))
			},
			"archived": archived,
		},
	})
}

// typed gives the lines of a script for a command. What can't be done here is named,
// so that what the docs say anew is either done or looked at.
func typed(t *testing.T, c shownCommand) string {
	switch c.text {
	case "mkdir hello && cd hello", "go mod init example.com/hello", "go get -tool github.com/durablegen/durablegen/cmd/durablegen":
		return "" // the module is there, and uses this checkout
	case "go mod tidy":
		return "" // looks at the tests of all dependencies, which needs the network
	case "$EDITOR steps.go":
		return "exists steps.go\ncp written steps.go"
	}
	switch first, rest, _ := strings.Cut(c.text, " "); {
	case first == "sam", first == "aws":
		return ""
	case first == "zip":
		return "[!exec:zip] skip\nexec " + c.text
	case strings.HasPrefix(first, "GOOS=linux"):
		// For this machine: what differs from `durablegen run` else is the processor.
		return "env GOOS=" + runtime.GOOS + "\nenv GOARCH=" + runtime.GOARCH + "\nenv CGO_ENABLED=0\nexec " + rest[strings.Index(rest, "go build"):]
	case first == "go", first == "build/bootstrap":
		return "exec " + strings.TrimPrefix(c.text, "go tool ")
	}
	t.Errorf("%s: nobody has said how to test `%s`", c.place, c.text)
	return ""
}

// archived wants an archive to hold just one program of a name: `archived x.zip bootstrap`.
func archived(ts *testscript.TestScript, _ bool, args []string) {
	r, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer r.Close()
	if len(r.File) != 1 || r.File[0].Name != args[1] || r.File[0].Mode().Perm()&0o100 == 0 || r.File[0].UncompressedSize64 < 1<<20 {
		ts.Fatalf("%s does not hold a program %s: %v", args[0], args[1], r.File)
	}
}

// helloOf gives the workflow that the README shows.
func helloOf(t *testing.T, readme string) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimLeft(flowExamples(string(text))[0], "\n")
}

const helloSteps = `package hello

import "context"

// App does what the steps of the workflows say.
type App struct{}

// NewApp makes an App.
func NewApp() *App { return &App{} }

// Address finds out where somebody lives.
func (a *App) Address(ctx context.Context, name string) (string, error) { return name + "'s", nil }

// Send sends a text.
func (a *App) Send(ctx context.Context, address, text string) error { return nil }
`
