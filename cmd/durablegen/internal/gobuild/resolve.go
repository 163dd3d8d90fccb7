// Package gobuild finds the Lambda main that an argument means, builds it as it
// is deployed, and explains what the compiler says of it in the words of the
// .flow file.
package gobuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/gomodule"
	"github.com/durablegen/durablegen/internal/words"
)

// durablePath is what every Lambda main imports to start its workflows.
const durablePath = "github.com/durablegen/durablegen/runtime/durable"

// Target is the Lambda main that is to be run.
type Target struct {
	Dir  string   // the folder that was named
	Main string   // the folder of the main package; empty: there is none yet
	Flow []string // folders with .flow files that go into it
}

// ErrNoGo means that there is no Go command.
var ErrNoGo = errors.New("the `go` command was not found in PATH: it builds the function; see https://go.dev/dl")

// Resolve finds out what an argument means: the folder or import path of a Lambda
// main, or a folder that has one below. With .flow files in the folder, a main may
// still be missing.
func Resolve(ctx context.Context, arg string) (*Target, error) {
	dir, err := folder(ctx, arg)
	if err != nil {
		return nil, err
	}
	mains, err := lambdaMains(dir)
	if err != nil {
		return nil, err
	}
	t := &Target{Dir: dir}
	switch {
	case slices.Contains(mains, dir):
		t.Main = dir
	case len(mains) == 1:
		t.Main = mains[0]
	case len(mains) > 1:
		return nil, fmt.Errorf("%s: there are several Lambda mains of this folder; name one of them: %s", arg, strings.Join(relative(mains), ", "))
	}
	if hasFlow(dir) {
		t.Flow = []string{dir}
	}
	if t.Main != "" {
		for _, d := range flowFolders(t.Main) {
			if !slices.Contains(t.Flow, d) {
				t.Flow = append(t.Flow, d)
			}
		}
	}
	if t.Main == "" && len(t.Flow) == 0 {
		return nil, fmt.Errorf("%s: neither .flow files nor a Lambda main (a main package that calls durable.Start) is in this folder, nor a main below it", arg)
	}
	return t, nil
}

// folder gives the absolute path of the folder that an argument means.
func folder(ctx context.Context, arg string) (string, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
	case err == nil && (filepath.Ext(arg) == ".flow" || filepath.Ext(arg) == ".go"):
		arg = filepath.Dir(arg)
	case err == nil:
		return "", fmt.Errorf("%s: not a folder", arg)
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s: %w", arg, words.Cause(err))
	case strings.HasSuffix(arg, "/..."):
		return "", fmt.Errorf("%s: these may be several packages; name one", arg)
	case build.IsLocalImport(arg) || filepath.IsAbs(arg):
		return "", fmt.Errorf("%s: no such folder", arg)
	default:
		cmd := exec.CommandContext(ctx, "go", "list", "-e", "-f", "{{.Dir}}", "--", arg)
		out, err := cmd.Output()
		dir := strings.TrimSpace(string(out))
		switch {
		case errors.Is(err, exec.ErrNotFound):
			return "", ErrNoGo
		case err != nil || dir == "" || strings.Contains(dir, "\n"):
			return "", fmt.Errorf("%s: neither a folder nor the import path of a Go package that is known here", arg)
		}
		return dir, nil
	}
	abs, err := filepath.Abs(arg)
	if err != nil {
		return "", fmt.Errorf("%s: %w", arg, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	return abs, nil
}

// lambdaMains lists the folders at and below dir that hold a Lambda main. If there are
// .flow files in dir it is the mains of those that count, not the ones of packages below,
// and if there is none, those elsewhere in the module.
func lambdaMains(dir string) ([]string, error) {
	mains, err := MainsBelow(dir)
	if err != nil || !hasFlow(dir) {
		return mains, err
	}
	of := func(mains []string) []string {
		return slices.DeleteFunc(mains, func(main string) bool { return !slices.Contains(flowFolders(main), dir) })
	}
	mains = of(mains)
	if root := gomodule.Of(dir).Root; len(mains) == 0 && root != "" {
		mains, err = MainsBelow(root)
		mains = of(mains)
	}
	return mains, err
}

// Name is what people call a Lambda main: the name of its folder, or, where that is called
// bootstrap, of the folder around it.
func Name(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if filepath.Base(dir) == "bootstrap" {
		dir = filepath.Dir(dir)
	}
	return filepath.Base(dir)
}

// MainsBelow lists the Lambda mains at and below a folder, as far as they belong to its module.
func MainsBelow(dir string) ([]string, error) {
	var mains []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if path == dir {
				return fmt.Errorf("%s: can't be read: %w", path, words.Cause(err))
			}
			return fs.SkipDir
		}
		if !e.IsDir() {
			return nil
		}
		if name := e.Name(); path != dir && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
			name == "testdata" || name == "vendor" || name == "node_modules" || exists(filepath.Join(path, "go.mod"))) {
			return fs.SkipDir
		}
		pkg, _ := build.Default.ImportDir(path, 0)
		if pkg != nil && pkg.Name == "main" && slices.Contains(pkg.Imports, durablePath) {
			mains = append(mains, path)
		}
		return nil
	})
	return mains, err
}

// flowFolders lists the folders with .flow files among the packages of the same
// module that a package is made of.
func flowFolders(dir string) []string {
	var found []string
	walkPackages(dir, func(dir string) {
		if hasFlow(dir) {
			found = append(found, dir)
		}
	})
	return found
}

// walkPackages visits the folders of the packages of the same module that a package is made
// of, its own first, each once.
func walkPackages(dir string, visit func(dir string)) {
	seen := map[string]bool{}
	var walk func(dir string)
	walk = func(dir string) {
		if seen[dir] {
			return
		}
		seen[dir] = true
		visit(dir)
		for _, path := range Imports(dir) {
			if below := FolderOf(dir, path); below != "" {
				walk(below)
			}
		}
	}
	walk(dir)
}

// Imports lists what the Go and .flow files of a folder import, as far as they can
// be read.
func Imports(dir string) []string {
	paths := FlowImports(dir)
	if pkg, _ := build.Default.ImportDir(dir, 0); pkg != nil {
		paths = append(paths, pkg.Imports...)
	}
	return paths
}

// FlowImports lists what the .flow files of a folder import.
func FlowImports(dir string) []string {
	var paths []string
	files, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*.flow"))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(text, []byte("import")) {
			continue
		}
		file, _ := dsl.Parse(new(dsl.SourceSet).Add(name, text))
		for _, i := range file.Imports {
			paths = append(paths, i.Path)
		}
	}
	return paths
}

// FolderOf gives the folder of a package that belongs to the same module as another
// folder; empty if it belongs to none or another one.
func FolderOf(dir, path string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	return gomodule.Of(abs).Dir(path)
}

// InModule reports whether a folder is in a Go module.
func InModule(dir string) bool { return ModuleRoot(dir) != "" }

// ModuleRoot gives the root of the module that a folder is in; empty if it is in none.
func ModuleRoot(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	return gomodule.Of(abs).Root
}

func hasFlow(dir string) bool {
	found, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*.flow"))
	return len(found) > 0
}

func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// relative gives paths as they look from the current folder, where that is shorter.
func relative(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = Shown(p)
	}
	return out
}

// Shown gives a path as it looks from the current folder, if it is below it.
func Shown(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(wd); err == nil {
		wd = real
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return path
	}
	if rel == "." {
		return rel
	}
	return "." + string(filepath.Separator) + rel
}

// ShownFile is Shown for a file, without the `./` that folders have.
func ShownFile(path string) string {
	return strings.TrimPrefix(Shown(path), "."+string(filepath.Separator))
}

// Above lists the folders around a folder up to the root of its module, as they look
// from the current folder; none if it is in no module.
func Above(dir string) []string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	root := gomodule.Of(abs).Root
	if root == "" {
		return nil
	}
	var dirs []string
	for up := ".."; abs != root; abs, up = filepath.Dir(abs), filepath.Join(up, "..") {
		dirs = append(dirs, filepath.Join(dir, up))
	}
	return dirs
}

// ImportPath gives the path under which Go code imports a folder; empty if it is in
// no module.
func ImportPath(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	return gomodule.Of(abs).ImportPath(abs)
}

// HasMain reports whether there is a Lambda main of a folder in its module.
func HasMain(dir string) bool {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	mains, _ := lambdaMains(dir)
	return len(mains) > 0
}
