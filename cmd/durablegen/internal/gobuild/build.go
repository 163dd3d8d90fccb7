package gobuild

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/durable"
)

// Flags are those with which a function is built to be deployed.
var Flags = []string{"-trimpath", "-tags=lambda.norpc", "-ldflags=-s -w"}

// Failure is what the Go command had to say about a package that it could not build.
type Failure struct {
	Package string
	Output  string
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s: the Go code can't be built:\n%s", f.Package, indent(f.Output))
}

// Platform is what a program is built for, in the words of Go: "linux" and "arm64".
type Platform struct{ OS, Arch string }

// Here is the platform of this machine.
var Here = Platform{runtime.GOOS, runtime.GOARCH}

// Build builds a main package to a file, with the flags of a deployed function but
// for this machine. dir is a folder; pkg a package as seen from there. A build that
// has nothing to do is quick.
func Build(ctx context.Context, dir, pkg, out string) error {
	return BuildFor(ctx, Here, dir, pkg, out)
}

// BuildFor is [Build] for another platform. The same sources give the same bytes, in whichever
// folder they are.
func BuildFor(ctx context.Context, platform Platform, dir, pkg, out string) error {
	tmp := filepath.Join(filepath.Dir(out), "tmp") // on the same disk, so that the binary is moved, not copied
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return fmt.Errorf("%s: can't be made: %w", tmp, words.Cause(err))
	}
	args := append([]string{"build", "-buildvcs=false", "-o", out}, Flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "--", pkg)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+platform.OS, "GOARCH="+platform.Arch, "GOTMPDIR="+tmp)
	output, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return ErrNoGo
	}
	text := fromHere(strings.TrimSpace(string(output)), dir)
	if text == "" {
		text = err.Error()
	}
	return &Failure{Package: Shown(filepath.Join(dir, pkg)), Output: text}
}

var goPlace = regexp.MustCompile(`(?m)^([^\s#/][^\n:]*\.go):(\d+:\d+: )`)

// fromHere rewrites the compiler's places, which are relative to the folder that it
// ran in, to what they are from the current folder.
func fromHere(output, dir string) string {
	return goPlace.ReplaceAllStringFunc(output, func(place string) string {
		m := goPlace.FindStringSubmatch(place)
		return ShownFile(filepath.Join(dir, m[1])) + ":" + m[2]
	})
}

// Function is one workflow of a Lambda binary, as the binary lists it.
type Function struct {
	Name             string `json:"name"`
	ExecutionTimeout int    `json:"executionTimeoutSeconds"`
	RetentionDays    int    `json:"retentionDays"`
	// Bound are the functions that it invokes whose names the environment may say.
	Bound []durable.BoundFunction `json:"bound"`
}

// Functions asks a built Lambda main which workflows it serves.
func Functions(ctx context.Context, binary, dir string, env []string) ([]Function, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-functions")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var functions []Function
	if err == nil {
		if err = json.Unmarshal(stdout.Bytes(), &functions); err != nil {
			err = fmt.Errorf("%w: %.200q", err, stdout.String())
		}
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, errors.New("the function does not list its workflows: it ran for 20 s; its main must call durable.Start")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		message := fmt.Sprintf("the function does not list its workflows (`bootstrap -functions`: %v); its main must call durable.Start", err)
		if text := strings.TrimSpace(stderr.String()); text != "" {
			message += ", and before that it said:\n" + indent(text)
		}
		return nil, errors.New(message)
	case len(functions) == 0:
		return nil, errors.New("the function serves no workflow: durable.Start was called without any")
	}
	return functions, nil
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
