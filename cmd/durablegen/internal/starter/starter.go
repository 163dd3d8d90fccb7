// Package starter knows what a workflow of one's own begins with: a small package that
// runs and tests at once, in a module that is there or in a new one.
package starter

import (
	"embed"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
)

//go:embed files
var texts embed.FS

// Project is a package to begin with.
type Project struct {
	Dir     string // as it was named
	Package string // its name in Go
	Import  string // its import path
	Module  string // the module to be made; empty: Dir is in one
}

// Plan says what would be made in a folder, which need not be there. The module is the
// path for a new one, by default example.com and the folder's name.
func Plan(dir, module string) (*Project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p := &Project{Dir: filepath.Clean(dir), Package: packageName(filepath.Base(abs))}
	if p.Package == "" {
		return nil, fmt.Errorf("%s: this name does not make a name for a Go package; name another folder, for example %s", dir, filepath.Join(dir, "hello"))
	}
	switch p.Import = gobuild.ImportPath(abs); {
	case p.Import != "" && module != "":
		return nil, fmt.Errorf("%s: this folder is in a Go module already, as %s; leave --module away", dir, p.Import)
	case p.Import == "":
		p.Module = module
		if p.Module == "" {
			p.Module = "example.com/" + p.Package
		}
		p.Import = p.Module
	}
	if err := checkImport(p.Import); err != nil {
		return nil, err
	}
	return p, p.free()
}

// packageName makes a package's name of a folder's; empty if that can't be.
func packageName(folder string) string {
	name := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return -1
	}, folder)
	name = strings.TrimLeft(name, "0123456789")
	if token.IsKeyword(name) || slices.Contains([]string{"main", "documentation", "init", "context", "slog", "durable", "durabletest", "testing"}, name) {
		return ""
	}
	return name
}

// free reports files that are in the way.
func (p *Project) free() error {
	info, err := os.Stat(p.Dir)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s: there is a file of this name", p.Dir)
	}
	var there []string
	for _, f := range p.files() {
		if _, err := os.Lstat(f.path); err == nil && !f.optional {
			there = append(there, f.path)
		}
	}
	for _, pattern := range []string{"*.go", "*.flow"} {
		found, _ := filepath.Glob(filepath.Join(p.Dir, pattern))
		there = append(there, found...)
	}
	if len(there) == 0 {
		return nil
	}
	slices.Sort(there)
	return fmt.Errorf("%s: there is code here already (%s), and nothing of yours is touched; name a folder without, for example %s",
		p.Dir, strings.Join(slices.Compact(there), ", "), filepath.Join(p.Dir, "hello"))
}

// file is one to be written, and the name of its text.
type file struct {
	path, text string
	optional   bool // one that is there is as good
}

func (p *Project) files() []file {
	at := func(name, text string) file {
		return file{path: filepath.Join(p.Dir, filepath.FromSlash(name)), text: text}
	}
	files := []file{
		at("doc.go", "doc.go.txt"),
		at("greet.flow", "greet.flow.txt"),
		at("steps.go", "steps.go.txt"),
		at("greet_test.go", "greet_test.go.txt"),
		at("bootstrap/main.go", "main.go.txt"),
		at("input.json", "input.json"),
		at("AGENTS.md", "AGENTS.md"),
	}
	if p.Module != "" {
		for _, f := range []file{at(".gitignore", "gitignore"), at(".github/workflows/durablegen.yml", "ci.yml")} {
			f.optional = true
			files = append(files, f)
		}
	}
	return files
}

// Files gives what is to be written, each file once.
func (p *Project) Files() ([]generate.File, error) {
	var files []generate.File
	for _, f := range p.files() {
		text, err := texts.ReadFile("files/" + f.text)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(f.text, ".txt") {
			if text, err = p.fill(string(text)); err != nil {
				return nil, fmt.Errorf("%s: %w", f.text, err)
			}
		}
		files = append(files, generate.File{Path: f.path, Kind: generate.Once, Data: text})
	}
	return files, nil
}

func (p *Project) fill(text string) ([]byte, error) {
	t, err := template.New("").Parse(text)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	err = t.Execute(&out, p)
	return []byte(out.String()), err
}
