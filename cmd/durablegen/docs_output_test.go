package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A page of the documentation may show what commands print: a block of `console`, whose
// lines that begin with "$ " are typed in a new module that has the whole .flow and Go
// files of the page. What follows such a line is all that the command prints, standard
// error and then the result as they come; "…" stands for anything within a line, alone on
// a line for any lines.

// blocksOf gives the blocks of a page that have a language, with the lines at which they
// begin.
func blocksOf(text, language string) (bodies []string, at []int) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "```") {
			continue
		}
		start := i + 1
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		if lines[start-1] == "```"+language {
			bodies, at = append(bodies, strings.Join(lines[start:i], "\n")+"\n"), append(at, start+1)
		}
	}
	return bodies, at
}

// typing is a command with what it prints.
type typing struct{ place, command, prints string }

func typingsOf(page, text string) (found []typing) {
	bodies, at := blocksOf(text, "console")
	for i, body := range bodies {
		for j, line := range strings.SplitAfter(strings.TrimSuffix(body, "\n"), "\n") {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				found = append(found, typing{fmt.Sprintf("%s:%d", page, at[i]+j), strings.TrimSpace(command), ""})
				continue
			}
			found[len(found)-1].prints += line
		}
	}
	return found
}

// shows reports whether a text is what a page shows.
func shows(shown, text string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(strings.TrimSuffix(shown, "\n") + "\n") {
		if line == "…\n" {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*"))
	}
	if shown == "" {
		return text == ""
	}
	return regexp.MustCompile("^(?:" + pattern.String() + ")$").MatchString(strings.TrimSuffix(text, "\n") + "\n")
}

// TestDocumentedOutput types what pages show with what it prints.
func TestDocumentedOutput(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	root := repository(t)
	dir := t.TempDir()
	shown := map[string]typing{}
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		typings := typingsOf(page, string(text))
		if len(typings) == 0 {
			continue
		}
		script, files := "module example.com/documented\n", ""
		for _, c := range typings {
			shown[c.place] = c
			script += "prints " + c.place + "\n"
		}
		for i, body := range flowExamples(string(text)) {
			files += fmt.Sprintf("-- %s.flow --\n%s", []string{packageOf(body), fmt.Sprint("more", i)}[min(i, 1)], strings.TrimLeft(body, "\n"))
		}
		sources, _ := blocksOf(string(text), "go")
		for _, body := range sources {
			if strings.HasPrefix(body, "package ") {
				files += "-- steps.go --\n" + body
			}
		}
		name := strings.TrimSuffix(filepath.Base(page), ".md") + ".txtar"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script+files), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if len(shown) < 2 {
		t.Fatalf("only %d commands with what they print were found", len(shown))
	}
	env := goEnvironment(t)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(8 * time.Minute),
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, ".state"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"module": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(writeModule(root, ts.MkAbs("."), args[0]))
			},
			"prints": func(ts *testscript.TestScript, _ bool, args []string) {
				c := shown[args[0]]
				_ = ts.Exec("sh", "-c", c.command+" 2>&1") // what a command that fails prints is shown, too
				got := ts.ReadFile("stdout")
				said, happened := apart(got)
				saidShown, happenedShown := apart(c.prints)
				if !shows(saidShown, said) || !shows(happenedShown, happened) {
					ts.Fatalf("%s: `%s` prints\n%s\nand the page shows\n%s", c.place, c.command, got, c.prints)
				}
			},
		},
	})
}

// apart takes what a run shows of logs from the rest: they come on ways of their own, so
// that their order is no promise.
func apart(text string) (said, happened string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "            | ") {
			said += line
		} else {
			happened += line
		}
	}
	return said, happened
}

// packageOf gives the name of the package that a .flow file is of.
func packageOf(flow string) string {
	m := regexp.MustCompile(`(?m)^package (\w+)$`).FindStringSubmatch(flow)
	return m[1]
}

func TestShows(t *testing.T) {
	for _, c := range []struct {
		shown, text string
		want        bool
	}{
		{"a\n", "a\n", true},
		{"a\n", "a\nb\n", false},
		{"a\n", "b\n", false},
		{"a…c\n", "abc\n", true},
		{"a…c\n", "ab\nc\n", false},
		{"…\nb\n", "a\na\nb\n", true},
		{"…\nb\n", "b\n", true},
		{"…\nb\n", "a\n", false},
		{"a.c\n", "abc\n", false},
		{"", "a\n", false},
	} {
		if got := shows(c.shown, c.text); got != c.want {
			t.Errorf("%q shows %q: %v", c.shown, c.text, got)
		}
	}
}

// TestDocumentedExcerpts holds what pages show of longer outputs to them.
func TestDocumentedExcerpts(t *testing.T) {
	root := repository(t)
	block := func(page, language string, i int) string {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		bodies, _ := blocksOf(string(text), language)
		return bodies[i]
	}
	var outline, stderr strings.Builder
	order := filepath.Join(root, "examples", "foodorder", "order.flow")
	if status := run([]string{"diagram", order, "--workflow", "fulfilOrder", "--format", "text"}, strings.NewReader(""), &outline, &stderr); status != 0 {
		t.Fatal(stderr.String())
	}
	if shown := block("docs/diagrams.md", "", 0); !strings.Contains(outline.String(), shown) {
		t.Errorf("docs/diagrams.md shows\n%s\nwhich is no part of\n%s", shown, outline.String())
	}
	script, err := os.ReadFile(filepath.Join("testdata", "script", "vet.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile(`(?m)^ *\d* \|.*\n`).ReplaceAllString(string(script), "") // without the lines of source
	if shown := block("docs/vet.md", "text", 0); !strings.Contains(told, shown) {
		t.Errorf("docs/vet.md shows\n%s\nwhich testdata/script/vet.txtar does not", shown)
	}
}
