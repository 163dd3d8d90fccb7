package codegen

import (
	"strings"
	"testing"
)

// TestHolesHaveNoNeedlessParentheses: only a text can be an operand of +.
func TestHolesHaveNoNeedlessParentheses(t *testing.T) {
	text, ds := generateText(t, `flow 1

package p

workflow w(n int, s string) []string {
    return ["{n > 3}", "{n} {s == "x"}"]
}
`)
	if ds != nil {
		t.Fatal(ds)
	}
	for _, want := range []string{"strconv.FormatBool(n > 3)", `fmt.Sprintf("%d %v", n, s == "x")`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}
