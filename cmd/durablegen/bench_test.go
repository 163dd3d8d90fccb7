package main

import (
	"go/format"
	"os"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/visualize"
)

// order is the largest example, and the Go and the page that are made of it.
func order(b *testing.B) (source, goSource []byte) {
	b.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "examples", "foodorder", "order.flow"))
	if err != nil {
		b.Fatal(err)
	}
	return source, wholeGenerate(b, source)
}

// wholeGenerate does what `durablegen generate` does, but for reading and writing
// files, and gives the Go.
func wholeGenerate(b *testing.B, source []byte) []byte {
	var set dsl.SourceSet
	file, problems := dsl.Parse(set.Add("order.flow", source))
	program, more := dsl.Check(&set, []*dsl.File{file}, dsl.CheckOptions{})
	if problems.HasErrors() || more.HasErrors() {
		b.Fatal("order.flow has errors")
	}
	out, err := codegen.Generate(program, codegen.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if len(visualize.Document(program, file)) == 0 {
		b.Fatal("there is no page")
	}
	return out.Files["order_flow.go"]
}

// BenchmarkWholeGenerate is to be held against BenchmarkFormatOutput: gofmt on what
// it makes is the floor of everything that generates Go.
func BenchmarkWholeGenerate(b *testing.B) {
	source, _ := order(b)
	b.ReportAllocs()
	for b.Loop() {
		wholeGenerate(b, source)
	}
}

func BenchmarkFormatOutput(b *testing.B) {
	_, out := order(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := format.Source(out); err != nil {
			b.Fatal(err)
		}
	}
}
