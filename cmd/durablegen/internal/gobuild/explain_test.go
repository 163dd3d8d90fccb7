package gobuild

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

func TestHintsNameEveryMissingMethod(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("order_flow.go", `package shop

type Steps interface {
	Charge(ctx context.Context, orderID string) (string, error)
	Refund(ctx context.Context, paymentID string) error
	AskRestaurant(ctx context.Context, callbackID string, order Order) error
}
`)
	write("steps.go", "package shop\n\ntype Shop struct{}\n\nfunc (s *Shop) Charge(ctx context.Context, orderID string) (string, error) { return \"\", nil }\n")

	var set dsl.SourceSet
	src := set.Add("order.flow", []byte("flow 1\n\npackage shop\n\nstep charge(orderId string) string\ncallback ask_restaurant(order Order) bool\nstep refund(paymentId string)\nfunc score(order Order) float\n"))
	file, _ := dsl.Parse(src)
	program := &dsl.Program{Sources: &set, Files: []*dsl.File{file}}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *dsl.StepDecl:
			program.Steps = append(program.Steps, d)
		case *dsl.CallbackDecl:
			program.Callbacks = append(program.Callbacks, d)
		case *dsl.FuncDecl:
			program.Funcs = append(program.Funcs, d)
		}
	}
	output := `# example.com/shop
./order_flow.go:99:8: undefined: score
./order_flow.go:104:8: undefined: score
bootstrap/main.go:9:40: cannot use shop.New() (value of type *shop.Shop) as shop.Steps value in argument to shop.Workflows: *shop.Shop does not implement shop.Steps (missing method AskRestaurant)`
	hints := Hints(output, dir, program)
	want := []struct {
		line          int
		message, code string
	}{
		{6, "callback `ask_restaurant` needs the method `AskRestaurant`", "func (s *Shop) AskRestaurant(ctx context.Context, callbackID string, order Order) error"},
		{7, "step `refund` needs the method `Refund`", "func (s *Shop) Refund(ctx context.Context, paymentID string) error"},
		{8, "func `score` is to be written in Go: the function `score` is missing", ""},
	}
	if len(hints) != len(want) {
		t.Fatalf("hints %+v", hints)
	}
	for i, w := range want {
		if h := hints[i]; h.Position.Line != w.line || h.Message != w.message || h.Code != w.code {
			t.Errorf("hint %+v\nwant %+v", h, w)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const main = "package main\n\nimport (\n\t_ \"example.com/m/shop\"\n\t_ \"github.com/durablegen/durablegen/runtime/durable\"\n)\n"
	write("go.mod", "module example.com/m\n")
	write("shop/order.flow", "")
	write("shop/cmd/restaurant/main.go", "package main\n")
	write("lambda/main.go", main)
	write("solo/x.flow", "")
	write("cmd/solo/main.go", strings.ReplaceAll(main, "shop", "solo"))
	write("two/a/main.go", main)
	write("two/b/main.go", main)
	write("fresh/x.flow", "")
	write("outer/x.flow", "")
	write("outer/inner/x.flow", "")
	write("outer/inner/bootstrap/main.go", strings.ReplaceAll(main, "shop", "outer/inner"))
	write("both/x.flow", "")
	write("both/bootstrap/main.go", strings.ReplaceAll(main, "shop", "both"))
	write("both/inner/bootstrap/main.go", main)
	write("nothing/x.txt", "")
	for arg, want := range map[string]string{
		"shop":          "shop: there are several Lambda mains of this folder; name one of them: ./both/inner/bootstrap, ./lambda, ./two/a, ./two/b",
		"solo":          "main cmd/solo, flow solo",
		"lambda":        "main lambda, flow shop",
		"./lambda/":     "main lambda, flow shop",
		"two/b":         "main two/b, flow shop",
		"fresh":         "main , flow fresh",
		"fresh/x.flow":  "main , flow fresh",
		"two":           "two: there are several Lambda mains of this folder; name one of them: ./two/a, ./two/b",
		"outer":         "main , flow outer",
		"outer/inner":   "main outer/inner/bootstrap, flow outer/inner",
		"both":          "main both/bootstrap, flow both",
		"nothing":       "nothing: neither .flow files nor a Lambda main (a main package that calls durable.Start) is in this folder, nor a main below it",
		"./nowhere":     "./nowhere: no such folder",
		"nothing/x.txt": "nothing/x.txt: not a folder",
	} {
		target, err := Resolve(t.Context(), arg)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			wd, _ := os.Getwd()
			rel := func(path string) string {
				if path == "" {
					return ""
				}
				r, _ := filepath.Rel(wd, path)
				return r
			}
			got = "main " + rel(target.Main) + ", flow "
			for _, f := range target.Flow {
				got += rel(f)
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", arg, got, want)
		}
	}
}

// A runtime of another version is told as that, once, and not as a missing function.
func TestHintsTellOtherVersion(t *testing.T) {
	output := "# example.com/shop\nshop/order_flow.go:40:16: undefined: flow.SupportsGenerated1\nshop/order_flow.go:99:8: undefined: flow.New"
	hints := Hints(output, t.TempDir(), &dsl.Program{Sources: &dsl.SourceSet{}})
	want := "`order_flow.go` was generated for another version of the runtime than the one that `go.mod` names: generate it with that version, by `go tool durablegen` or `go generate`, or move the runtime to this command's, by `go get github.com/durablegen/durablegen@latest`"
	if len(hints) != 1 || hints[0].Message != want {
		t.Errorf("hints %+v", hints)
	}
}
