package lsp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// long is an example with its main workflow so often, under other names, that it has some
// 10,000 lines.
func long(b *testing.B) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "examples", "foodorder", "order.flow"))
	if err != nil {
		b.Fatal(err)
	}
	_, workflow, _ := strings.Cut(string(text), "\nworkflow fulfilOrder")
	workflow, _, _ = strings.Cut(workflow, "\n}\n")
	var all strings.Builder
	all.Write(text)
	for i := range 10_000 / strings.Count(workflow, "\n") {
		fmt.Fprintf(&all, "\nworkflow fulfilOrder%d%s\n}\n", i, workflow)
	}
	return all.String()
}

// BenchmarkKeystroke measures, in a file of 10,000 lines, what reading the next message waits
// for, and what is done beside that: once for all who ask, if nothing more is typed.
func BenchmarkKeystroke(b *testing.B) {
	text := long(b)
	w := newWorkspace(false, func(*folder) {})
	w.open("file:///p/a.flow", 0, text)
	at := w.docs["file:///p/a.flow"].position(strings.Index(text, "at := step now()") + 3)
	key := contentChange{&span{at, at}, " "}
	back := contentChange{&span{at, position{at.Line, at.Character + 1}}, ""}
	b.Run("change", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			w.change("file:///p/a.flow", int32(i), []contentChange{[2]contentChange{key, back}[i%2]})
		}
	})
	b.Run("analysis", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			w.change("file:///p/a.flow", int32(i), []contentChange{key, back})
			snapshot, _ := w.snapshotOf("file:///p/a.flow")
			if a, err := snapshot.analyse(context.Background()); err != nil || len(a.Diagnostics) > 0 {
				b.Fatal(err, a.Diagnostics)
			}
		}
	})
	b.Run("completion", func(b *testing.B) {
		at := w.docs["file:///p/a.flow"].position(strings.LastIndex(text, "    return Receipt"))
		for i := 0; b.Loop(); i++ {
			w.change("file:///p/a.flow", int32(i), []contentChange{[2]contentChange{key, back}[i%2]})
			snapshot, doc := w.snapshotOf("file:///p/a.flow")
			v := &view{&server{}, snapshot, doc}
			if list, err := v.completion(context.Background(), &positionParams{documentParams{}, at}); err != nil || len(list.Items) < 20 {
				b.Fatal(err, list)
			}
		}
	})
}
