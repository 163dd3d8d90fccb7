// Package playground is a page that compiles a text as it is typed. It has two back ends: the
// console's server, and the compiler built for WebAssembly beside static files.
package playground

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/playground/compile"
	"github.com/durablegen/durablegen/examples"
	"github.com/durablegen/durablegen/internal/words"
)

//go:embed assets
var assets embed.FS

// own is the files of the page that are the same for both back ends.
var own = []string{"index.html", "playground.mjs", "playground.css"}

// shared says whether a file of the console's is part of the page.
func shared(name string) bool {
	return name == "diagram.mjs" || name == "diagram.css" || name == "dom.mjs" || name == "icon.svg" || strings.HasPrefix(name, "mermaid/")
}

// Handler serves the page below a path, with a back end that asks the console's server. console
// holds the files of the console.
func Handler(console fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := cmp.Or(strings.TrimPrefix(r.URL.Path, "/"), "index.html")
		text, err := read(console, name, "server.mjs")
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", contentType(name))
		_, _ = w.Write(text)
	})
}

// contentType gives that of a file; the machine's table of types may say otherwise.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".mjs", ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return "application/octet-stream"
}

// read gives a file of the page.
func read(console fs.FS, name, backEnd string) ([]byte, error) {
	switch {
	case name == "examples.json":
		return exampleList()
	case name == "backend.mjs":
		return assets.ReadFile("assets/" + backEnd)
	case slices.Contains(own, name):
		return assets.ReadFile("assets/" + name)
	case shared(name):
		return fs.ReadFile(console, name)
	}
	return nil, fs.ErrNotExist
}

// exampleList gives the examples that need no Go packages, as JSON: their names and texts.
func exampleList() ([]byte, error) {
	list := []compile.File{}
	err := fs.WalkDir(examples.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := examples.Files.ReadFile(name)
		if err != nil || strings.Contains("\n"+string(text), "\nimport ") {
			return err
		}
		title := path.Dir(name)
		if file := strings.TrimSuffix(path.Base(name), ".flow"); title == "patterns" {
			title = file
		}
		list = append(list, compile.File{Name: title, Text: string(text)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(list)
}

// compiler is the package that is built for WebAssembly.
const compiler = "github.com/durablegen/durablegen/cmd/durablegen/internal/playground/wasm"

// Export writes the page to a folder, for any server of static files. The compiler is built for
// WebAssembly by the Go command, out of the module in the present folder that has durablegen.
func Export(ctx context.Context, dir string, console fs.FS) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%s: %w", dir, words.Cause(err))
	}
	target, err := filepath.Abs(filepath.Join(dir, "durablegen.wasm"))
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", target, compiler)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("the compiler can't be built for WebAssembly: %w; run this in a module that has durablegen as a tool, or in its checkout\n%s", err, strings.TrimSpace(string(out)))
	}
	support, err := goSupport(ctx)
	if err != nil {
		return err
	}
	names := append([]string{"examples.json", "backend.mjs"}, own...)
	err = fs.WalkDir(console, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && shared(name) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	files := map[string][]byte{"wasm_exec.js": support}
	if files["worker.mjs"], err = assets.ReadFile("assets/worker.mjs"); err != nil {
		return err
	}
	for _, name := range names {
		if files[name], err = read(console, name, "wasm.mjs"); err != nil {
			return err
		}
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("%s: %w", file, words.Cause(err))
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return fmt.Errorf("%s: %w", file, words.Cause(err))
		}
	}
	return nil
}

// goSupport gives the script by which Go's programs run in a browser: that of the Go command that
// has built this one.
func goSupport(ctx context.Context) ([]byte, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	for _, place := range []string{"lib/wasm", "misc/wasm"} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), filepath.FromSlash(place), "wasm_exec.js"))
		if !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return nil, fmt.Errorf("%s: there is no lib/wasm/wasm_exec.js in it, which Go installs for WebAssembly", strings.TrimSpace(string(root)))
}
