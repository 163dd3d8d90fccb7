package codegen

import (
	"go/format"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// Go that has a mistake leads back to the line of the .flow file.
func TestMistakesInGoLeadToTheFlowFile(t *testing.T) {
	set := &dsl.SourceSet{}
	file, _ := dsl.Parse(set.Add("shop/a.flow", []byte("flow 1\n\npackage p\n")))
	for text, want := range map[string]string{
		"package p\n\nfunc f() {\n\t// a.flow:7\n\tx := )\n\t// a.flow:9\n}\n": "shop/a.flow:7",
		"package p\n\nfunc 1f() {}\n":                                          "shop/a.flow:1",
	} {
		_, err := format.Source([]byte(text))
		if err == nil {
			t.Fatalf("%q is right", text)
		}
		if got := placeOf(file, []byte(text), err); got != want {
			t.Errorf("%q: %s, want %s (%v)", text, got, want, err)
		}
	}
}
