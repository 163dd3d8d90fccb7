package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expectations of the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"durablegen": func() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// The scripts are the specification of the command: what is typed, what it prints,
// its exit status, and what it leaves on the disk.
func TestScripts(t *testing.T) {
	params := scripts(t, "testdata/script")
	params.UpdateScripts = *update
	testscript.Run(t, params)
}

// scripts says how the scripts of a folder are run.
func scripts(t *testing.T, dir string) testscript.Params {
	root := repository(t)
	goEnv := goEnvironment(t)
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(8 * time.Minute), // first builds may take long
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, goEnv...)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			env.Setenv("NO_COLOR", "1")
			env.Setenv("ARCH", runtime.GOARCH)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" { // whom no permission stops
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"module": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(writeModule(root, ts.MkAbs("."), args[0]))
			},
			"status": expectStatus,
			"aged": func(ts *testscript.TestScript, _ bool, args []string) { // an hour old
				then := time.Now().Add(-time.Hour)
				ts.Check(os.Chtimes(ts.MkAbs(args[0]), then, then))
			},
			"crlf": func(ts *testscript.TestScript, _ bool, args []string) { // as Git may check text files out on Windows
				for _, name := range args {
					ts.Check(os.WriteFile(ts.MkAbs(name), bytes.ReplaceAll([]byte(ts.ReadFile(name)), []byte("\n"), []byte("\r\n")), 0o644))
				}
			},
			"archived": archived,
			"serving":  awaitServer,
			"says":     awaitLine,
			"waiting":  awaitCallback,
			"until":    awaitOutput,
		},
	}
}

// expectStatus runs a command and wants an exit status: `status 2 durablegen run`.
func expectStatus(ts *testscript.TestScript, neg bool, args []string) {
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if exit, ok := err.(*exec.ExitError); ok {
		got = fmt.Sprint(exit.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %s, want %s", got, want)
	}
}

// awaitServer waits until `durablegen dev` has written its URL to a file, and puts it
// into AWS_ENDPOINT_URL_LAMBDA: `serving dev.out`.
func awaitServer(ts *testscript.TestScript, _ bool, args []string) {
	m := awaitText(ts, args[0], `listening on (\S+)\n`)
	ts.Setenv("AWS_ENDPOINT_URL_LAMBDA", m[1])
}

// awaitCallback waits until `durablegen run` has written to a file how a callback is
// answered, and puts its ID into CALLBACK and the URL into ENDPOINT: `waiting run.err`.
func awaitCallback(ts *testscript.TestScript, _ bool, args []string) {
	m := awaitText(ts, args[0], `callback succeed (\S+) .*--endpoint (\S+)\n`)
	ts.Setenv("CALLBACK", m[1])
	ts.Setenv("ENDPOINT", m[2])
}

// awaitLine waits until a file holds a text, and puts a part of it into a variable if one is
// named: `says dev.err 'built anew'`, `says id '(.+)' CALLBACK`.
func awaitLine(ts *testscript.TestScript, _ bool, args []string) {
	if m := awaitText(ts, args[0], args[1]); len(args) > 2 {
		ts.Setenv(args[2], m[1])
	}
}

// awaitOutput runs a command until what it prints has a line that fits:
// `until '^one +greet +succeeded' durablegen list`.
func awaitOutput(ts *testscript.TestScript, _ bool, args []string) {
	line := regexp.MustCompile("(?m)" + args[0])
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ts.Exec(args[1], args[2:]...) == nil && line.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("it does not come to %q", args[0])
}

func awaitText(ts *testscript.TestScript, file, pattern string) []string {
	var text []byte
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, _ = os.ReadFile(ts.MkAbs(file))
		if m := regexp.MustCompile(pattern).FindStringSubmatch(string(text)); m != nil {
			return m
		}
	}
	said, _ := os.ReadFile(ts.MkAbs(strings.TrimSuffix(file, ".out") + ".err")) // why it ended, perhaps
	ts.Fatalf("%s does not get %q:\n%s%s", file, pattern, text, said)
	return nil
}

// repository gives the root of this module.
func repository(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// goEnvironment gives what the Go command needs in an environment that has a home of
// its own, and keeps it from the network.
func goEnvironment(t testing.TB) []string {
	t.Helper()
	var env []string
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOROOT", "GOPATH"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatalf("go env: %v", err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(out)))
	}
	return append(env, "GOPROXY=off", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local")
}

// writeModule makes a folder a module that uses this one, with the same versions of
// everything else.
func writeModule(root, dir, path string) error {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	mod := regexp.MustCompile(`(?m)^module .*$`).ReplaceAllString(string(text), "module "+path)
	mod = regexp.MustCompile(`(?ms)^tool (\(.*?^\)|[^\n]*)\n`).ReplaceAllString(mod, "")
	mod += fmt.Sprintf("\nrequire github.com/durablegen/durablegen v0.0.0\n\nreplace github.com/durablegen/durablegen => %s\n", root)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644)
}
