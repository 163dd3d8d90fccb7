package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/starter"
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
	commands := slices.Concat(slices.Concat(shellBlocks(t, readme)[1:]...), slices.Concat(shellBlocks(t, deploy)...))
	for _, c := range commands {
		fmt.Fprintf(&script, "# %s\n%s\n", c.place, typed(t, c))
	}
	script.WriteString("archived function.zip bootstrap\n")
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
			"init": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(initProject(root, ts.MkAbs(args[0])))
			},
			"archived": archived,
		},
	})
}

// typed gives the lines of a script for a command. What can't be done here is named,
// so that what the docs say anew is either done or looked at.
func typed(t *testing.T, c shownCommand) string {
	switch c.text {
	case "go run github.com/durablegen/durablegen/cmd/durablegen@latest init hello":
		return "init hello"
	case "cd hello":
		return c.text
	}
	switch first, rest, _ := strings.Cut(c.text, " "); {
	case first == "sam": // takes an account; TestTemplatesAreClean holds the template to what SAM makes of it
		return ""
	case first == "aws": // TestDeployStartsAnExecution
		return ""
	case strings.HasPrefix(rest, "tool durablegen package "):
		// For the processor of this machine, for which the tests build all.
		return "exec " + strings.TrimPrefix(c.text, "go tool ") + " --arch " + runtime.GOARCH
	case first == "go":
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

// initProject runs `durablegen init` with this checkout. Where the network is missing, all
// but the last of it works: go.sum is made of ours then.
func initProject(root, dir string) error {
	var out, complaints strings.Builder
	if run([]string{"init", dir, "--checkout", root}, strings.NewReader(""), &out, &complaints) == 0 {
		return nil
	}
	if !strings.Contains(complaints.String(), "all is written, but `go mod tidy`") {
		return errors.New(out.String() + complaints.String())
	}
	return writeModule(root, dir, "example.com/"+filepath.Base(dir))
}

// TestReadmeShowsWhatInitWrites holds the workflow of the README to the one that is written.
func TestReadmeShowsWhatInitWrites(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := starter.Plan(filepath.Join(t.TempDir(), "hello"), "")
	if err != nil {
		t.Fatal(err)
	}
	files, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if filepath.Base(f.Path) == "greet.flow" && !strings.Contains(string(readme), "```flow\n"+string(f.Data)+"```") {
			t.Errorf("README.md does not show what init writes:\n%s", f.Data)
		}
	}
}
