package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/visualize"
)

// orders is the largest example, with its main workflow n times under other names.
func orders(b *testing.B, n int) []byte {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "foodorder", "order.flow"))
	if err != nil {
		b.Fatal(err)
	}
	from := bytes.Index(text, []byte("workflow fulfilOrder"))
	workflow := text[from : from+bytes.Index(text[from:], []byte("\n}\n"))+3]
	for i := 1; i < n; i++ {
		text = append(text, '\n')
		text = append(text, bytes.Replace(workflow, []byte("fulfilOrder"), fmt.Appendf(nil, "fulfilOrder%d", i), 1)...)
	}
	return text
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
// it makes is the floor of everything that generates Go. Garbage is collected as the
// command does it.
func BenchmarkWholeGenerate(b *testing.B) {
	defer collectSeldom()()
	for _, n := range []int{1, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			source := orders(b, n)
			b.ReportAllocs()
			for b.Loop() {
				wholeGenerate(b, source)
			}
		})
	}
}

func BenchmarkFormatOutput(b *testing.B) {
	for _, n := range []int{1, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			out := wholeGenerate(b, orders(b, n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := format.Source(out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
