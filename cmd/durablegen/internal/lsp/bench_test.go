package lsp

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// long makes a right file of about that many lines.
func long(lines int) string {
	var b strings.Builder
	b.WriteString("flow 1\n\npackage large\n\nerror Lost { why string }\nenum Size { small, large }\n")
	for i := 0; i*25 < lines; i++ {
		fmt.Fprintf(&b, `
type Item%[1]d { id string, count int, note string?, size Size }
step take%[1]d(item Item%[1]d) string  idempotent by item.id fails Lost
step give%[1]d(id string)  idempotent
callback ask%[1]d(item Item%[1]d) bool  timeout 1h

workflow run%[1]d(items []Item%[1]d, first Item%[1]d) int
    fails Lost
{
    total := 0
    for item in items {
        if item.note != none && len(item.note) > 3 { total = total + len(item.note) }
        id := step take%[1]d(item)
            undo step give%[1]d(id)
            catch Lost as e { id = e.why }
        switch item.size {
            case small { log "{id} {total}" }
            case large { total = total + max(item.count, 5) }
        }
    }
    p := parallel {
        a: map x in items max 5 { yield step take%[1]d(x) }
        b: callback ask%[1]d(first) catch Timeout { yield false }
    }
    if p.b { return total + len(p.a) }
    return 0
}
`, i)
	}
	return b.String()
}

// BenchmarkKeystroke measures, in a file of 10,000 lines, what reading the next message waits
// for, and what is done beside that: once for all who ask, if nothing more is typed.
func BenchmarkKeystroke(b *testing.B) {
	text := long(10_000)
	w := newWorkspace(false, func(*folder) {})
	w.open("file:///p/a.flow", 0, text)
	at := w.docs["file:///p/a.flow"].position(strings.Index(text, "total := 0\n    for") + 10)
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
		at := w.docs["file:///p/a.flow"].position(strings.LastIndex(text, "    return 0"))
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
