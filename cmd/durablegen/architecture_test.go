package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/durablegen/durablegen/"

// parts says, for each part of the module, which other parts it may import, and why no
// more. A longer prefix decides before a shorter one. What stands in internal itself may
// be imported by all.
var parts = map[string]struct {
	may []string
	why string
}{
	"internal":                         {nil, "all parts may import it, so it imports none"},
	"internal/execution":               {[]string{"runtime/wire"}, "it is made of the protocol's events alone; what they mean in a workflow and how they are shown is for others"},
	"internal/profile":                 {[]string{"runtime/wire"}, "it keeps events; what they mean for a workflow is for those who count"},
	"dsl":                              {nil, "the language knows neither Go nor the runtime nor who uses it; editors and other generators build on it"},
	"internal/changes":                 {[]string{"dsl"}, "it compares two programs; where their text comes from is for others"},
	"internal/query":                   {[]string{"dsl", "internal/changes"}, "it says what names of a program mean; who asks, and in which protocol, is for others"},
	"internal/cost":                    {[]string{"dsl", "internal/execution", "runtime/wire"}, "it reckons with programs and histories; where they come from is for others"},
	"codegen":                          {[]string{"dsl"}, "it is a function from a checked program to text; what it writes imports the runtime, not it"},
	"codegen/internal":                 {[]string{"dsl", "codegen", "internal/changes", "runtime"}, "it compiles and runs what codegen writes, and nothing else"},
	"codegen/internal/oracle":          {[]string{"dsl", "codegen", "internal/changes", "internal/cost", "runtime", "visualize", "internal/execution"}, "it compares what a program does, and the picture of that, with what the language says"},
	"visualize":                        {[]string{"dsl", "internal/execution", "runtime/wire"}, "it draws a program and a model of a run; whoever has the history makes the model"},
	"runtime/wire":                     {nil, "the protocol is what all sides agree on"},
	"runtime/store":                    {nil, "it keeps bytes under keys; whose they are is for others"},
	"runtime/flow":                     {[]string{"runtime/durable", "runtime/wire", "internal/execution"}, "it is what generated code calls, and is linked into each handler"},
	"runtime/durable":                  {[]string{"runtime/wire", "runtime/store"}, "it is linked into each handler: no part of the compiler and no engine may come along"},
	"runtime/engine":                   {[]string{"runtime/wire"}, "it serves any program that speaks the protocol, so it knows none of them"},
	"runtime/durabletest":              {[]string{"runtime/durable", "runtime/engine", "runtime/store", "runtime/wire", "internal/execution", "internal/profile"}, "it is what users' tests import"},
	"runtime/durableotel":              {[]string{"runtime/durable", "runtime/wire"}, "it is a plugin of the runtime, and nothing but its users may bring OpenTelemetry along"},
	"conformance":                      {[]string{"runtime/durable", "runtime/durableotel", "runtime/engine", "runtime/flow", "runtime/store", "runtime/wire"}, "it tests the runtime alone"},
	"examples":                         {[]string{"runtime"}, "they are what users write, who have the runtime only"},
	"cmd/durablegen/internal/payload":  {[]string{"dsl"}, "it compares texts with types, whoever asks: console, answers, terminal"},
	"cmd/durablegen/internal/terminal": {[]string{"dsl", "internal/execution", "runtime/wire", "cmd/durablegen/internal/payload"}, "it shows what it is given; what runs, and where, is for others"},
	"docs":                             {nil, "it is text"},
	"cmd":                              {[]string{"docs", "examples", "dsl", "codegen", "internal/changes", "internal/cost", "internal/query", "visualize", "runtime", "internal/execution", "internal/profile"}, "it puts all together, and nothing may import it"},
}

// part gives the entry of parts that a package belongs to, "" for none.
func part(pkg string) string {
	best := ""
	for p := range parts {
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
			t.Errorf("%s belongs to no part of the module: add it to parts", pkg)
			continue
		}
		for _, path := range words[1:] {
			imported, ours := strings.CutPrefix(path, module)
			if !ours || within(imported, from) || part(imported) == "internal" {
				continue
			}
			allowed := slices.ContainsFunc(parts[from].may, func(p string) bool { return within(imported, p) })
			if !allowed {
				t.Errorf("%s imports %s, which %s may not: %s", pkg, imported, from, parts[from].why)
			}
		}
	}
}

// TestPackagesAreExplained: a newcomer finds each internal package in the architecture,
// by the question that it answers.
func TestPackagesAreExplained(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"../../internal", "internal"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() && !strings.Contains(string(text), "\n| `"+e.Name()+"` | ") {
				t.Errorf("docs/architecture.md does not say which question %s/%s answers", dir, e.Name())
			}
		}
	}
}
