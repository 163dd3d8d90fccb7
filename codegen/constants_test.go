package codegen_test

import (
	"fmt"
	"testing"
)

// TestConstantsOfSizedTypes puts numbers that just fit a Go type, and such that just do
// not, wherever a constant takes on the type of what is around it.
func TestConstantsOfSizedTypes(t *testing.T) {
	types := []struct {
		name         string
		fits, misfit []string
	}{
		{"Tiny", []string{"127", "-128", "100 + 27", "big - 173"}, []string{"128", "-129", "big", "100 * 2"}},
		{"Count", []string{"0", "65535"}, []string{"-1", "65536"}},
		{"Huge", []string{"0", "9223372036854775807"}, []string{"-1"}},
		{"Ratio", []string{"3.4e38", "-3.4e38", "1", "1e-60"}, []string{"3.5e38", "-1e300"}},
	}
	positions := map[string]string{
		"argument":          "step take%[1]s(%[2]s)",
		"value of a var":    "var v %[1]s = %[2]s\nstep take%[1]s(v)",
		"assigned":          "var v %[1]s = 1\nv = %[2]s\nstep take%[1]s(v)",
		"compared":          "if x == %[2]s { log \"same\" }",
		"compared, first":   "if %[2]s < x { log \"less\" }",
		"computed":          "step take%[1]s(x + (%[2]s))",
		"computed, first":   "step take%[1]s((%[2]s) - x)",
		"element":           "for y in [x, %[2]s] { step take%[1]s(y) }",
		"in a condition":    "step take%[1]s(if true { x } else { %[2]s })",
		"absent":            "var o %[1]s? = none\nstep take%[1]s(o ?? %[2]s)",
		"optional argument": "step maybe%[1]s(%[2]s)",
		"result":            "if x == x { log \"a\" } else { return %[2]s }",
	}
	prelude := "flow 1\n\npackage p\n\nimport \"example.com/made\"\n\nconst big = 300\n"
	for _, typ := range types {
		prelude += fmt.Sprintf("type %[1]s = made.%[1]s\nstep take%[1]s(x %[1]s)  idempotent\nstep maybe%[1]s(x %[1]s?)  idempotent\n", typ.name)
	}
	prelude += "type Money = made.Money\nstep pay(m Money)  idempotent\nstep due() time  reads\nstep raw() bytes  reads\n"

	var parts []string
	var names []string
	var wanted []bool
	add := func(what, typ, value, text string, fits bool) {
		names = append(names, fmt.Sprintf("%s %s as %s", typ, value, what))
		parts = append(parts, fmt.Sprintf("workflow w%d(x %s) %[2]s {\n%s\nreturn x\n}\n", len(parts), typ, text))
		wanted = append(wanted, fits)
	}
	for _, typ := range types {
		for what, text := range positions {
			for i, value := range append(append([]string(nil), typ.fits...), typ.misfit...) {
				add(what, typ.name, value, fmt.Sprintf(text+"\n// %[1]s", typ.name, value), i < len(typ.fits))
			}
		}
	}
	for value, fits := range map[string]bool{"127": true, "-128": true, "128": false, "-129": false} {
		add("field", "Tiny", value, fmt.Sprintf("d := step due()\nb := step raw()\nstep pay(Money { Cents: 1, Small: %s, Due: d, Wait: 1h, Level: 0, Raw: b })", value), fits)
	}
	for i, v := range judged(t, prelude, parts) {
		switch {
		case v.wrong != "":
			t.Errorf("%s is accepted, and is no Go: %s", names[i], v.wrong)
		case wanted[i] && v.refused != nil:
			t.Errorf("%s is refused: %s", names[i], v.refused[0].Message)
		case !wanted[i] && v.refused == nil:
			t.Errorf("%s is accepted", names[i])
		case !wanted[i] && v.refused[0].Code != "overflow":
			t.Errorf("%s is refused as %s: %s", names[i], v.refused[0].Code, v.refused[0].Message)
		}
	}
}
