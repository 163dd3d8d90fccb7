// Package gomodule tells in which Go module a folder is, and by which path its code is
// imported.
package gomodule

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// Module is a Go module. The zero value is none.
type Module struct {
	Root string // the folder of its go.mod
	Path string // empty if the go.mod does not say it
}

// Of gives the module that a folder is in. dir is absolute.
func Of(dir string) Module {
	for d := dir; ; d = filepath.Dir(d) {
		f, err := os.Open(filepath.Join(d, "go.mod"))
		if err != nil {
			if d == filepath.Dir(d) {
				return Module{}
			}
			continue
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if words := strings.Fields(lines.Text()); len(words) >= 2 && words[0] == "module" {
				return Module{d, strings.Trim(words[1], "\"`")}
			}
		}
		return Module{Root: d}
	}
}

// ImportPath gives the path under which Go code imports a folder of the module; empty if
// there is none.
func (m Module) ImportPath(dir string) string {
	if m.Path == "" {
		return ""
	}
	rel, err := filepath.Rel(m.Root, dir)
	if err != nil || rel == "." {
		return m.Path
	}
	return m.Path + "/" + filepath.ToSlash(rel)
}

// Dir gives the folder that is imported by a path; empty if that is none of the module's.
func (m Module) Dir(importPath string) string {
	rest, ok := strings.CutPrefix(importPath, m.Path)
	if !ok || m.Path == "" || rest != "" && rest[0] != '/' {
		return ""
	}
	return filepath.Join(m.Root, filepath.FromSlash(rest))
}
