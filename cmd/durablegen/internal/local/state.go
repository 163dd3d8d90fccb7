// Package local runs workflows on this machine: it keeps the state of runs in
// folders, starts the service for durable executions on loopback, gives it the
// functions of Lambda binaries, and runs the programs of the outside world.
package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/words"
)

// Data is the folder that keeps what runs of one package leave behind.
//
//	bin/                 the function and the programs, built
//	bin/code/SHA256/     what `dev` serves and has published, built
//	work/                where they run: files that they write stay here
//	executions/NAME/     one execution of `run`: its store and its log
//	durablegen.db        the executions of `dev`
//	values/              results that the executions of `dev` keep outside of the record
//	console              the name of the console of `dev`
//	packages             whose folder it is
type Data struct{ Dir string }

// DefaultData gives the folder for a package, or for several, in the user's state
// folder.
func DefaultData(packages ...string) (Data, error) {
	state, err := stateFolder()
	if err != nil {
		return Data{}, fmt.Errorf("there is no folder to keep the state of runs in (%w); name one with --data", err)
	}
	sum := sha256.Sum256([]byte(strings.Join(packages, "\x00")))
	name := "dev"
	if len(packages) == 1 {
		name = gobuild.Name(packages[0])
	}
	name = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`).ReplaceAllString(name, "-")
	return Data{filepath.Join(state, "durablegen", name+"-"+hex.EncodeToString(sum[:4]))}, nil
}

func stateFolder() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state"), nil
}

// Make makes the folders, readable by their owner only: they hold inputs and results.
func (d Data) Make() error {
	for _, dir := range []string{d.Dir, d.Bin(), d.Work()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("%s: the data folder can't be made: %w; name another with --data", dir, words.Cause(err))
		}
	}
	return nil
}

// Bin is where binaries are built.
func (d Data) Bin() string { return filepath.Join(d.Dir, "bin") }

// Work is the working folder of functions and programs.
func (d Data) Work() string { return filepath.Join(d.Dir, "work") }

// ConsoleName gives the host name of the console of `dev`, which is made up once: it
// stays, so that what a browser remembers does, and nobody else can guess it.
func (d Data) ConsoleName() (string, error) {
	path := filepath.Join(d.Dir, "console")
	if text, err := os.ReadFile(path); err == nil && consoleName.Match(text) {
		return string(text), nil
	}
	random := make([]byte, 10)
	rand.Read(random)
	name := hex.EncodeToString(random) + ".localhost"
	if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
		return "", fmt.Errorf("%s: can't be written: %w", path, words.Cause(err))
	}
	return name, nil
}

var consoleName = regexp.MustCompile(`^[0-9a-f]{20}\.localhost$`)

// Execution is the folder of an execution of `run`.
func (d Data) Execution(name string) string { return filepath.Join(d.Dir, "executions", name) }

// CheckExecutionName reports what the service would not take.
func CheckExecutionName(name string) error {
	if !arns.IsName(name) {
		return fmt.Errorf("%q can't be the name of an execution: 1 to 64 letters, digits, `-` and `_`", name)
	}
	return nil
}

// NewExecutionName makes a name that is easy to type again: the workflow's, the day
// and four letters.
func NewExecutionName(workflow string, now time.Time) string {
	const letters = "bcdfghjklmnpqrstvwxz"
	random := make([]byte, 4)
	rand.Read(random)
	for i, b := range random {
		random[i] = letters[int(b)%len(letters)]
	}
	suffix := now.Format("-0102-") + string(random)
	base := regexp.MustCompile(`[^a-zA-Z0-9_-]+`).ReplaceAllString(workflow, "-")
	return base[:min(len(base), 64-len(suffix))] + suffix
}
