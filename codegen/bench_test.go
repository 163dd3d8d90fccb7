package codegen_test

import (
	"fmt"
	"go/format"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
)

// large repeats the workflow of an example under other names.
func large(t testing.TB, n int) string {
	archive, err := txtar.ParseFile("testdata/foodorder.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text := string(archive.Files[0].Data)
	at := strings.LastIndex(text, "// Takes the money, asks")
	var b strings.Builder
	b.WriteString(text)
	for i := 1; i < n; i++ {
		b.WriteString(strings.Replace(text[at:], "workflow fulfilOrder", fmt.Sprintf("workflow fulfilOrder%d", i), 1))
	}
	return b.String()
}

func parseAndCheck(t testing.TB, text string) *dsl.Program {
	set := &dsl.SourceSet{}
	tree, diags := dsl.Parse(set.Add("order.flow", []byte(text)))
	p, more := dsl.Check(set, []*dsl.File{tree}, dsl.CheckOptions{})
	if p == nil || diags.HasErrors() || more.HasErrors() {
		t.Fatalf("%v %v", diags, more)
	}
	return p
}

func generate(t testing.TB, p *dsl.Program) []byte {
	out, err := codegen.Generate(p, codegen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out.Files["order_flow.go"]
}

func BenchmarkGenerate(b *testing.B) {
	p := parseAndCheck(b, large(b, 50))
	out := generate(b, p)
	b.SetBytes(int64(len(out)))
	b.ReportAllocs()
	for b.Loop() {
		generate(b, p)
	}
}

// BenchmarkFormatSource is what BenchmarkParseCheckGenerate is measured against.
func BenchmarkFormatSource(b *testing.B) {
	out := generate(b, parseAndCheck(b, large(b, 50)))
	b.SetBytes(int64(len(out)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := format.Source(out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCheckGenerate(b *testing.B) {
	text := large(b, 50)
	b.SetBytes(int64(len(generate(b, parseAndCheck(b, text)))))
	b.ReportAllocs()
	for b.Loop() {
		generate(b, parseAndCheck(b, text))
	}
}

// Equal input gives equal bytes, and gofmt has nothing to change.
func TestOutputIsReproducible(t *testing.T) {
	text := large(t, 3)
	first := generate(t, parseAndCheck(t, text))
	second := generate(t, parseAndCheck(t, text))
	if string(first) != string(second) {
		t.Error("two runs differ")
	}
	formatted, err := format.Source(first)
	if err != nil || string(formatted) != string(first) {
		t.Errorf("gofmt changes the output: %v", err)
	}
}
