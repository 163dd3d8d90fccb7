package cost

import (
	"fmt"
	"strings"
	"testing"
)

// large is a workflow of so many lines.
func large(lines int) string {
	var b strings.Builder
	for i := range lines / 5 {
		fmt.Fprintf(&b, "if n == %d {\n    step pay(n) as \"pay %d\"\n        undo step quiet()\n    wait 1m as \"wait %d\"\n}\n", i, i, i)
	}
	return b.String()
}

// BenchmarkCheck is what an editor waits for at each keystroke, besides the language's own
// checks.
func BenchmarkCheck(b *testing.B) {
	p := programOf(b, large(10_000))
	for b.Loop() {
		Check(p)
	}
}

// BenchmarkOf is an estimate of 10,000 lines.
func BenchmarkOf(b *testing.B) {
	p := programOf(b, large(10_000))
	for b.Loop() {
		if _, err := Of(p, Default()); err != nil {
			b.Fatal(err)
		}
	}
}
