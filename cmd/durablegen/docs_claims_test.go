package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
)

// What the documentation says and no command shows: numbers, flags, names of Go, messages,
// links and tables. Each is held against what it speaks of.

// numbers are the claims with a number: the words of a page, and what stands in the code
// as long as they are true.
var numbers = []struct{ page, words, file, code string }{
	{"docs/running.md", "here five times without progress at most", "cmd/durablegen/internal/localrun/session.go", `maxFailures = 5\b`},
	{"docs/running.md", "steps that are running get ten seconds for their ends", "cmd/durablegen/internal/local/service.go", `Grace = 10 \* time\.Second`},
	{"docs/running.md", "or else 15 minutes and 100", "runtime/engine/function.go", `f\.Timeout = 15 \* time\.Minute`},
	{"docs/console.md", "the latest 2,000 lines of an execution", "cmd/durablegen/internal/console/logs.go", `maxLogLines +=\s*2_000\b`},
	{"docs/diagrams.md", "900 by 1,100 pixels", "visualize/layout.go", `screenWidth +=\s*900\.0.*\s+screenHeight +=\s*1100\.0`},
	{"docs/diagrams.md", "50,000 characters, 500 edges", "visualize/document.go", `maxCharacters +=\s*50_000\s+maxEdges +=\s*500\b`},
	{"docs/reference/files.md", "lines of at most 100 columns", "dsl/format_print.go", `maxLine = 100\b`},
	{"docs/reference/expressions.md", "a million at most", "runtime/flow/list.go", `longest = 1_000_000\b`},
	{"docs/reference/identity.md", "1 to 256 printable ASCII characters", "runtime/durable/limits.go", `maxName = 256\b`},
	{"docs/reference/waiting.md", "At most a year", "runtime/durable/limits.go", `maxDelay = 366 \* 24 \* 60 \* 60`},
	{"docs/reference/batches.md", "An execution may have 3,000 operations", "runtime/durable/limits.go", `maxOperations = 3000\b`},
	{"docs/reference/errors.md", "the 3,000 that the service allows", "runtime/durable/limits.go", `maxOperations = 3000\b`},
	{"docs/reference/steps.md", "A result within five more seconds still counts", "runtime/durable/attempt.go", `graceAttempt = 5 \* time\.Second`},
	{"docs/reference/steps.md", "5 min if nothing is written, or `every` if that is longer", "docs/reference/defaults.md", "5 s / 2 / 5 min, or `every` if that is longer / full"},
	{"docs/reference/defaults.md", "5 more attempts, first delay 5 s, doubled each time up to 60 s", "runtime/durable/retry.go", `Attempts: 5, Every: 5 \* time\.Second, Backoff: 2, Max: time\.Minute`},
	{"docs/reference/defaults.md", "15 min at most, as an attempt ends with its invocation", "dsl/check_clauses.go", `maxInvocation = int64\(15 \* time\.Minute\)`},
}

func TestDocumentedNumbers(t *testing.T) {
	root := repository(t)
	for _, n := range numbers {
		page, err := os.ReadFile(filepath.Join(root, n.page))
		if err != nil {
			t.Fatal(err)
		}
		code, err := os.ReadFile(filepath.Join(root, n.file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(strings.Fields(string(page)), " "), n.words) {
			t.Errorf("%s no longer says %q: look at what it says now", n.page, n.words)
		}
		if !regexp.MustCompile(n.code).Match(code) {
			t.Errorf("%s says %q; %s no longer has %s", n.page, n.words, n.file, n.code)
		}
	}
}

// eachPage calls f with each page of the documentation, without its blocks of code unless
// blocks is set.
func eachPage(t *testing.T, blocks bool, f func(page, text string)) {
	t.Helper()
	fenced := regexp.MustCompile("(?ms)^```.*?^```$")
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if !blocks {
			text = fenced.ReplaceAll(text, nil)
		}
		f(page, string(text))
	}
}

// TestDocumentedFlagsAreThere: each flag that a page names is one of some command, or of
// the AWS CLI.
func TestDocumentedFlagsAreThere(t *testing.T) {
	known := map[string]bool{}
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		for _, word := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(c.UsageString(), -1) {
			known[word[1]] = true
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(newRootCommand())
	n := 0
	eachPage(t, false, func(page, text string) {
		for _, m := range regexp.MustCompile("`(?:durablegen [^`]*)?--([a-z][a-z-]*)[^`]*`").FindAllStringSubmatch(text, -1) {
			_, aws := reflect.TypeFor[lambda.InvokeInput]().FieldByName(pascal(m[1]))
			if n++; !known[m[1]] && !aws {
				t.Errorf("%s names --%s, which no command has", page, m[1])
			}
		}
	})
	if n < 15 {
		t.Errorf("only %d flags were found", n)
	}
}

// TestDocumentedGoIsThere: what pages name of the packages of the runtime is declared there.
func TestDocumentedGoIsThere(t *testing.T) {
	root := repository(t)
	declared := map[string]map[string]bool{}
	for _, pkg := range []string{"durable", "durableotel", "durabletest", "flow"} {
		declared[pkg] = exportedOf(t, filepath.Join(root, "runtime", pkg))
	}
	n := 0
	eachPage(t, true, func(page, text string) {
		for _, m := range regexp.MustCompile(`\b(durable|durableotel|durabletest|flow)\.([A-Z]\w*)`).FindAllStringSubmatch(text, -1) {
			if n++; !declared[m[1]][m[2]] {
				t.Errorf("%s names %s.%s, which is not there", page, m[1], m[2])
			}
		}
	})
	if n < 40 {
		t.Errorf("only %d names were found", n)
	}
}

// exportedOf gives the names that a package declares.
func exportedOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range codegen.Declared(f) {
			names[id.Name] = ast.IsExported(id.Name)
		}
	}
	return names
}

// TestDocumentedLinksLead: a link within the project leads to a file, and to a heading of it.
func TestDocumentedLinksLead(t *testing.T) {
	n := 0
	eachPage(t, false, func(page, text string) {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			target, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			n++
			path := page
			if target != "" {
				path = filepath.Join(filepath.Dir(page), target)
			}
			found, err := os.Stat(path)
			if err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
				continue
			}
			if heading == "" || found.IsDir() {
				continue
			}
			other, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !hasHeading(string(other), heading) {
				t.Errorf("%s links to %s, which has no such heading", page, m[1])
			}
		}
	})
	if n < 50 {
		t.Errorf("only %d links were found", n)
	}
}

func hasHeading(text, anchor string) bool {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		words := strings.ToLower(regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(m[1], ""))
		if strings.ReplaceAll(words, " ", "-") == anchor {
			return true
		}
	}
	return false
}

// TestDocumentedMessagesAreSaid: what a table gives as a message is in the code, piece by
// piece around what varies.
func TestDocumentedMessagesAreSaid(t *testing.T) {
	root := repository(t)
	var code strings.Builder
	for _, dir := range []string{"cmd", "runtime", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			code.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	eachPage(t, false, func(page, text string) {
		_, tables, _ := strings.Cut(text, "| message |")
		for _, m := range regexp.MustCompile("(?m)^\\| `([^`]*)` \\|").FindAllStringSubmatch(tables, -1) {
			for part := range strings.SplitSeq(m[1], "…") {
				if n++; !strings.Contains(code.String(), strings.TrimSpace(part)) {
					t.Errorf("%s has the message %q, of which %q is nowhere in the code", page, m[1], part)
				}
			}
		}
	})
	if n < 10 {
		t.Errorf("only %d messages were found", n)
	}
}

// TestDocumentedBuiltInErrors holds the table of the page on errors to the language's own.
func TestDocumentedBuiltInErrors(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository(t), "docs", "reference", "errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "**Built-in errors**")
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(table, -1) {
		listed[m[1]] = true
	}
	for _, e := range dsl.BuiltinErrors() {
		if !listed[e.Name] {
			t.Errorf("the page on errors does not list %s", e.Name)
		}
		delete(listed, e.Name)
	}
	if len(listed) > 0 {
		t.Errorf("the page on errors lists %v, which are no errors of the language", listed)
	}
}

// TestDocumentedDependencies: each module that go.mod asks for itself has its reason.
func TestDocumentedDependencies(t *testing.T) {
	root := repository(t)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^\s+(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1) {
		n++
		// A module beside one that is named is named by the end of its path.
		name := m[1]
		if short := regexp.MustCompile(`(service/lambda|smithy-go|credentials|pflag|cdproto|config)$`).FindString(name); short != "" {
			name = short
		}
		if !strings.Contains(string(page), name) {
			t.Errorf("docs/dependencies.md does not say why %s is there", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(string(mod), m[1]) && !strings.Contains(m[1], "golangci-lint") {
			t.Errorf("docs/dependencies.md names %s, which go.mod does not", m[1])
		}
	}
	if n < 10 {
		t.Errorf("only %d modules were found", n)
	}
}
