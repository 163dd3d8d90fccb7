package starter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"golang.org/x/mod/module"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/internal/words"
)

// own is the module that this command belongs to.
const own = gobuild.Module

// Prepare makes the folder and, where there is none, its module, and has the module use
// durablegen: the published one, or a checkout of it. If it fails, all is as it was.
//
// tidy tells whether Tidy is called for in the end: what was not tidy before is left so.
func (p *Project) Prepare(ctx context.Context, checkout string) (tidy bool, err error) {
	made, err := makeFolder(p.Dir)
	if err != nil {
		return false, err
	}
	g := goCommand{ctx, p.Dir}
	root := p.Dir
	if p.Module == "" {
		root = gobuild.ModuleRoot(p.Dir)
	}
	before := snapshot(filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum"))
	defer func() {
		if err != nil {
			before.restore()
			if made != "" {
				_ = os.RemoveAll(made)
			}
		}
	}()
	if p.Module != "" {
		if err := g.run("mod", "init", p.Module); err != nil {
			return false, err
		}
		tidy = true
	} else {
		if p.Import == own || strings.HasPrefix(p.Import, own+"/") {
			return false, nil
		}
		tidy = g.run("mod", "tidy", "-diff") == nil
	}
	return tidy, p.require(g, checkout)
}

// require has the module use durablegen, and its command as a tool.
func (p *Project) require(g goCommand, checkout string) error {
	if g.run("list", "-m", own) == nil && checkout == "" { // it does
		return g.run("mod", "edit", "-tool", own+"/cmd/durablegen")
	}
	if checkout == "" {
		checkout = checkoutHere(g.ctx)
	}
	if checkout == "" {
		return g.run("get", "-tool", own+"/cmd/durablegen@"+version())
	}
	dir, err := filepath.Abs(checkout)
	if err != nil {
		return err
	}
	if path := gobuild.ImportPath(dir); path != own {
		return fmt.Errorf("%s: this is no checkout of %s", checkout, own)
	}
	return g.run("mod", "edit", "-replace", own+"="+dir, "-require", own+"@v0.0.0", "-tool", own+"/cmd/durablegen")
}

// version is that of this command if it was published, else the latest.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Path == own {
		if v := info.Main.Version; v != "" && v != "(devel)" && info.Main.Replace == nil && !module.IsPseudoVersion(v) {
			return v
		}
	}
	return "latest"
}

// checkoutHere gives the checkout that the current folder uses durablegen from; empty
// if it uses the published one, or none.
func checkoutHere(ctx context.Context) string {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{if .Main}}{{.Dir}}{{else if .Replace}}{{if not .Replace.Version}}{{.Dir}}{{end}}{{end}}", own)
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Tidy completes go.mod and go.sum.
func (p *Project) Tidy(ctx context.Context) error {
	return goCommand{ctx, p.Dir}.run("mod", "tidy")
}

// Workspace gives the go.work file that the folder is below and that does not know a new
// module; empty if there is none.
func (p *Project) Workspace(ctx context.Context) string {
	if p.Module == "" {
		return ""
	}
	cmd := exec.CommandContext(ctx, "go", "env", "GOWORK")
	cmd.Dir = p.Dir
	out, _ := cmd.Output()
	if file := strings.TrimSpace(string(out)); file != "off" {
		return file
	}
	return ""
}

// goCommand runs the Go command in a folder, outside of any workspace.
type goCommand struct {
	ctx context.Context
	dir string
}

func (g goCommand) run(args ...string) error {
	cmd := exec.CommandContext(g.ctx, "go", args...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	output, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case g.ctx.Err() != nil:
		return g.ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return gobuild.ErrNoGo
	}
	return fmt.Errorf("`go %s` in %s: %w\n%s", strings.Join(args, " "), g.dir, err, bytes.TrimSpace(output))
}

// makeFolder makes a folder, and gives the first one that was not there.
func makeFolder(dir string) (made string, err error) {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		made = d
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("%s: can't be made: %w", dir, words.Cause(err))
	}
	return made, nil
}

// kept is what files held; nil: they were not there.
type kept map[string][]byte

func snapshot(paths ...string) kept {
	k := kept{}
	for _, path := range paths {
		k[path], _ = os.ReadFile(path)
	}
	return k
}

func (k kept) restore() {
	for path, text := range k {
		if text == nil {
			_ = os.Remove(path)
		} else {
			_ = os.WriteFile(path, text, 0o644)
		}
	}
}

// checkImport refuses what the Go command would, before anything is written.
func checkImport(path string) error {
	err := module.CheckImportPath(path)
	if err == nil {
		return nil
	}
	if cause := errors.Unwrap(err); cause != nil {
		err = cause
	}
	return fmt.Errorf("%s: a Go package can't have this import path: %w; choose another name", path, err)
}
