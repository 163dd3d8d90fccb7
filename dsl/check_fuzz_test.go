package dsl

import (
	"fmt"
	"strings"
	"testing"
)

// FuzzCheck checks whatever parses to anything, in one file and in two, and looks
// that every problem has a place in the text and that fixes can be applied. Run it with
// -fuzzminimizetime 10x: its inputs are whole files, and making one of them small takes
// up to a minute in which nothing else is tried.
func FuzzCheck(f *testing.F) {
	for _, text := range wholeFiles(f) {
		f.Add(text, "")
	}
	for _, code := range Codes() {
		f.Add(exampleOf(code).bad, exampleOf(code).good)
	}
	for _, text := range checkFixtures(f) {
		f.Add(text, "")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		set, p, ds := checkText(CheckOptions{Importer: someGo, Strict: true}, []string{"one.flow", "two.flow"}, one, two)
		if (p == nil) != ds.HasErrors() && p == nil {
			t.Error("no program, though nothing is wrong")
		}
		for _, d := range ds {
			if d.Message == "" || d.Span.End < d.Span.Start || set.Source(d.Span.Start) == nil {
				t.Errorf("%s at %v: %q", d.Code, d.Span, d.Message)
			}
		}
		for _, src := range set.Sources() {
			ApplyFixes(src, ds)
		}
	})
}

// TestMutilatedFiles checks files of which a line, or everything from some line
// on, is missing: nothing may crash.
func TestMutilatedFiles(t *testing.T) {
	texts := checkFixtures(t)
	for _, text := range wholeFiles(t) {
		texts = append(texts, text)
	}
	for _, text := range texts {
		lines := strings.SplitAfter(text, "\n")
		for i := 0; i < len(lines); i += 2 {
			without := strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
			checkText(CheckOptions{}, []string{"without.flow"}, without)
			checkText(CheckOptions{}, []string{"until.flow"}, strings.Join(lines[:i], ""))
		}
	}
}

// TestDeepNesting checks trees as deep as the parser lets them be, and deeper text.
func TestDeepNesting(t *testing.T) {
	const n = 5000
	repeat := strings.Repeat
	head := "flow 1\n\npackage deep\n\nstep s(x string) string  idempotent\n\n"
	for name, body := range map[string]string{
		"parentheses": "x := " + repeat("(", n) + "1" + repeat(")", n) + "\nlog \"{x}\"",
		"sum":         "x := 1" + repeat(" + 1", n) + "\nlog \"{x}\"",
		"and":         "x := true" + repeat(" && true", n) + "\nlog \"{x}\"",
		"or else":     "var y int?\ny = none\nx := y" + repeat(" ?? y", n) + "\nlog \"{x ?? 1}\"",
		"if":          repeat("if true {\n", n) + "log \"x\"\n" + repeat("}\n", n),
		"else if":     repeat("if true {\n} else ", n) + "{ }",
		"group":       repeat("group g {\n", n) + "log \"x\"\n" + repeat("}\n", n),
		"parallel":    repeat("parallel { a: ", n) + "step s(\"\")" + repeat("}\n", n),
		"selectors":   "x := \"\"" + repeat(".a", n) + "\nlog x",
		"lists":       "x := " + repeat("[", n) + "1" + repeat("]", n) + "\nlog \"{len(x)}\"",
		"types":       "var x " + repeat("[]", n) + "int\nx = []\nlog \"{len(x)}\"",
		"texts":       "x := " + repeat("\"{", n) + "1" + repeat("}\"", n) + "\nlog x",
		"try":         repeat("try {\n", n) + "wait 1s\n" + repeat("} catch e { log e.type }\n", n),
		"catch":       "step s(\"\")\n" + repeat("catch e { step s(\"\")\n", n) + repeat("}", n),
		"not":         "x := " + repeat("!", n) + "true\nlog \"{x}\"",
		"undo":        repeat("step s(\"\")\n undo {\n", n) + repeat("}\n", n),
	} {
		checkText(CheckOptions{}, []string{name}, head+"workflow w()\n{\n"+body+"\n}\n")
	}
	var b strings.Builder
	b.WriteString("flow 1\n\npackage chains\n\n")
	for i := range n {
		fmt.Fprintf(&b, "const c%d = c%d + 1\n", i, i+1)
		fmt.Fprintf(&b, "func f%d(a int) int = f%d(a)\n", i, i+1)
		fmt.Fprintf(&b, "workflow w%d() { call w%d() }\n", i, i+1)
		fmt.Fprintf(&b, "type T%d { a T%d }\n", i, i+1)
		fmt.Fprintf(&b, "const s%d = s%d + s%d\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "const c%d = 1\nfunc f%d(a int) int = a\nworkflow w%d() { }\ntype T%d { a int }\nconst s%d = \"xx\"\n", n, n, n, n, n)
	checkText(CheckOptions{}, []string{"chains.flow"}, b.String())
}

// generated makes a right file of about that many lines, with a bit of everything.
func generated(lines int) string {
	var b strings.Builder
	b.WriteString("flow 1\n\npackage large\n\nerror Lost { why string }\nenum Size { small, large }\n")
	for i := 0; i*28 < lines; i++ {
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

// TestCheckIsLinear counts what is allocated for a file and for one four times as
// long: it must be about four times as much.
func TestCheckIsLinear(t *testing.T) {
	measure := func(lines int) float64 {
		set := &SourceSet{}
		f, _ := Parse(set.Add("large.flow", []byte(generated(lines))))
		if _, ds := Check(set, []*File{f}, CheckOptions{}); len(ds) > 0 {
			t.Fatal(messages(set, ds[:1]))
		}
		return testing.AllocsPerRun(1, func() { Check(set, []*File{f}, CheckOptions{}) })
	}
	small, large := measure(5_000), measure(20_000)
	if large > 4.4*small {
		t.Errorf("%.0f allocations for 5,000 lines, %.0f for 20,000: %.2f times as many", small, large, large/small)
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, lines := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%d lines", lines), func(b *testing.B) {
			text := generated(lines)
			set := &SourceSet{}
			f, _ := Parse(set.Add("large.flow", []byte(text)))
			n := strings.Count(text, "\n")
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if _, ds := Check(set, []*File{f}, CheckOptions{}); len(ds) > 0 {
					b.Fatal(messages(set, ds[:1]))
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
