package semantics

import (
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// A name in an inner block is another variable, though Go declares some of them before
// what computes their values.
func TestIdentity1NamesOfVariablesNeverMatter(t *testing.T) {
	s := scenario{workflow: "shadows", input: object{"x": 4, "xs": []int{1, 3}, "s": "outer"}, answers: answers{
		"ask":  {durabletest.Succeed("yes").After(time.Minute)},
		"sign": {durabletest.Succeed("S").After(2 * time.Minute)},
	}}
	s.everywhere(t, `" 14 2 14 1! 3! pa qa yes yes S 10 reply 4 outer 8 32"`, nil)
}
