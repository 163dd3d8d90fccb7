package dsl

import (
	"fmt"
	"strings"
	"testing"
)

const certainGo = `package dom
type Level uint8
const ( Zero Level = 0; One Level = 1; High Level = 200; Full Level = 255 )
type Cents int64
const ( Most Cents = 1<<63 - 1; Least Cents = -1 << 63 )
type Rate float32
const Big Rate = 3e38
`

func checkCertain(t *testing.T, expression string) Diagnostics {
	t.Helper()
	text := "flow 1\n\npackage a\n\nimport \"dom\"\n\ntype Level = dom.Level\ntype Cents = dom.Cents\ntype Rate = dom.Rate\n\nstep use()  reads\n\nworkflow w(n int) {\n    step use()\n" +
		"    x := " + expression + "\n    log \"{x} {n} {Level.One} {Cents.Most} {Rate.Big}\"\n}\n"
	var set SourceSet
	file, ds := Parse(set.Add("a.flow", []byte(text)))
	_, more := Check(&set, []*File{file}, CheckOptions{Importer: fakeGo{"dom": certainGo}})
	return append(ds, more...)
}

// Every operation on every two constants of a Go type is accepted if, and only if, its
// result is one of the type.
func TestArithmeticOfGoConstants(t *testing.T) {
	values := map[string]int{"Zero": 0, "One": 1, "High": 200, "Full": 255}
	for a, x := range values {
		for b, y := range values {
			for _, op := range []string{"+", "-", "*", "/", "%"} {
				result, want := 0, Code("")
				switch {
				case y == 0 && (op == "/" || op == "%"):
					want = codeDivisionByZero
				case op == "+":
					result = x + y
				case op == "-":
					result = x - y
				case op == "*":
					result = x * y
				case op == "/":
					result = x / y
				default:
					result = x % y
				}
				if result < 0 || result > 255 {
					want = codeOverflow
				}
				expression := fmt.Sprintf("Level.%s %s Level.%s", a, op, b)
				if ds := checkCertain(t, expression); want == "" && len(ds) > 0 || want != "" && (len(ds) != 1 || ds[0].Code != want) {
					t.Errorf("%s: %v, want %q", expression, ds, want)
				}
			}
		}
	}
}

func TestCertainExpressions(t *testing.T) {
	for expression, want := range map[string]string{
		"-Level.High":                          "this is -200, which does not fit into `Level`",
		"-Level.Zero":                          "",
		"Level.High + 55":                      "",
		"Level.High + 56":                      "this is 256, which does not fit into `Level`",
		"(Level.High - 200) - (Level.One)":     "this is -1, which does not fit into `Level`",
		"Cents.Most + 1":                       "this is 9223372036854775808, which does not fit into `Cents`",
		"Cents.Least / -1":                     "this is 9223372036854775808, which does not fit into `Cents`",
		"-Cents.Least":                         "this is 9223372036854775808, which does not fit into `Cents`",
		"int(Cents.Most) + n":                  "",
		"int(Cents.Most) + 1":                  "this is 9223372036854775808, which does not fit into `int`",
		"int(Level.High) * 2":                  "",
		"Rate.Big * 2.0":                       "this number does not fit into `Rate`",
		"Rate.Big / 2.0 * 2.0":                 "",
		"float(Rate.Big) * 2.0":                "",
		"float(Rate.Big) * 1e300 * 1e300":      "this number does not fit into `float`",
		"n / (int(Level.One) - 1)":             "division by zero",
		"Level.High * Level.Full / Level.Full": "this is 51000, which does not fit into `Level`",
	} {
		ds := checkCertain(t, expression)
		if want == "" && len(ds) > 0 || want != "" && (len(ds) != 1 || !strings.Contains(ds[0].Message, want)) {
			t.Errorf("%s: %v, want %q", expression, ds, want)
		}
	}
}
