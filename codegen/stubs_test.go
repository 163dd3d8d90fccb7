package codegen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen"
)

const stubFlow = `flow 1

package shop

type Item { name string }

// Takes the money.
step charge(a Item, items []Item) string  idempotent
step ping()  reads
callback ask(a Item) Item  timeout 1h
func worth(item Item) float

workflow sell(item Item) string {
    log "{worth(item)}"
    answer := callback ask(item)
        catch Timeout { return "late" }
    step ping()
    paid := step charge(answer, [])
    return paid
}
`

func stubs(t *testing.T, own ...string) *codegen.StubFiles {
	t.Helper()
	var files []*ast.File
	for _, text := range own {
		file, err := parser.ParseFile(token.NewFileSet(), "own.go", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	out, err := codegen.Stubs(check(t, map[string]string{"shop.flow": stubFlow}, "shop.flow"), codegen.ScanFiles(files), "example.com/shop")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStubsOfEverything(t *testing.T) {
	out := stubs(t)
	const want = `package shop

import (
	"context"
	"errors"
)

// App does what the steps of the workflows say. Put what they need into its fields:
// clients, a database.
type App struct{}

var _ Steps = (*App)(nil)

// NewApp makes an App.
func NewApp() *App {
	return &App{}
}

// Takes the money.
func (app *App) Charge(ctx context.Context, a Item, items []Item) (string, error) {
	return "", errors.New("step charge is not written yet: App.Charge in steps.go")
}

func (app *App) Ping(ctx context.Context) error {
	return errors.New("step ping is not written yet: App.Ping in steps.go")
}

func (app *App) Ask(ctx context.Context, callbackID string, a Item) error {
	return errors.New("callback ask is not written yet: App.Ask in steps.go")
}

func worth(item Item) float64 {
	panic("func worth is not written yet: see steps.go")
}
`
	if got := string(out.Steps); got != want {
		t.Errorf("got\n%s", got)
	}
	const main = `// Command bootstrap is the Lambda function of sell.
package main

import (
	"example.com/shop"

	"github.com/durablegen/durablegen/runtime/durable"
)

func main() {
	durable.Start(shop.Workflows(shop.NewApp())...)
}
`
	if got := string(out.Main); strings.ReplaceAll(got, "\n\n\t\"git", "\n\t\"git") != strings.ReplaceAll(main, "\n\n\t\"git", "\n\t\"git") {
		t.Errorf("got\n%s", got)
	}
}

func TestStubsOfWhatIsMissing(t *testing.T) {
	out := stubs(t, `package shop
import "context"
type Shop struct{ db int }
func Open() *Shop { return nil }
func (s *Shop) Charge(ctx context.Context, a Item, items []Item) (string, error) { return "", nil }
func worth(item Item) float64 { return 1 }
`)
	if got, want := strings.Join(out.Missing, ", "), "step Ping, callback Ask"; got != want {
		t.Errorf("missing: %s, want %s", got, want)
	}
	if got := string(out.Steps); !strings.Contains(got, "func (shop *Shop) Ping(") || strings.Contains(got, "type ") {
		t.Errorf("got\n%s", got)
	}
	if got := string(out.Main); !strings.Contains(got, "shop.Workflows(shop.Open())") {
		t.Errorf("got\n%s", got)
	}
}

func TestStubsOfNothing(t *testing.T) {
	out := stubs(t, `package shop
import "context"
type Shop struct{}
func (Shop) Charge(ctx context.Context, a Item, items []Item) (string, error) { return "", nil }
func (Shop) Ping(ctx context.Context) error { return nil }
func (Shop) Ask(ctx context.Context, id string, a Item) error { return nil }
func worth(item Item) float64 { return 1 }
`)
	if out.Steps != nil {
		t.Errorf("got\n%s", out.Steps)
	}
	if got := string(out.Main); !strings.Contains(got, "shop.Workflows(shop.Shop{})") {
		t.Errorf("got\n%s", got)
	}
}
