package main

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/durablegen/durablegen/"

// mayImport says, for each part of the module, which other parts it may import.
// A longer prefix decides before a shorter one. The arrows go one way: language,
// then generators, then the command; generated code and examples see the runtime
// only, and the runtime sees nothing of the language.
var mayImport = map[string][]string{
	"internal":            {}, // what several parts need; any may import it
	"dsl":                 {},
	"codegen":             {"dsl"},
	"codegen/internal":    {"dsl", "codegen", "runtime"}, // generated code, to be compiled and run
	"visualize":           {"dsl"},
	"runtime/wire":        {},
	"runtime/flow":        {"runtime/durable", "runtime/wire"},
	"runtime/durable":     {"runtime/wire"},
	"runtime/engine":      {"runtime/wire"},
	"runtime/durabletest": {"runtime/durable", "runtime/engine", "runtime/wire"},
	"conformance":         {"runtime/durable", "runtime/engine", "runtime/flow", "runtime/wire"},
	"examples":            {"runtime"},
	"cmd":                 {"dsl", "codegen", "visualize", "runtime"},
}

// part gives the entry of mayImport that a package belongs to, "" for none.
func part(pkg string) string {
	best := ""
	for p := range mayImport {
		if (pkg == p || strings.HasPrefix(pkg, p+"/")) && len(p) > len(best) {
			best = p
		}
	}
	return best
}

func within(pkg, part string) bool { return pkg == part || strings.HasPrefix(pkg, part+"/") }

func TestImportsGoOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 8 {
		t.Fatalf("go list names %d packages only:\n%s", len(lines), out)
	}
	for _, line := range lines {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], module)
		from := part(pkg)
		if from == "" {
			t.Errorf("%s belongs to no part of the module: add it to mayImport", pkg)
			continue
		}
		for _, path := range words[1:] {
			imported, ours := strings.CutPrefix(path, module)
			if !ours || within(imported, from) || pkg == "cmd/durablegen" {
				continue
			}
			allowed := within(imported, "internal")
			for _, p := range mayImport[from] {
				allowed = allowed || within(imported, p)
			}
			if !allowed {
				t.Errorf("%s imports %s, which %s may not", pkg, imported, from)
			}
		}
	}
}
