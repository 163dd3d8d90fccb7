package dsl

import "testing"

// TestDefaultJSON: a default is in JSON what a value of its type is there, also where the list or
// map that it stands in may hold nothing.
func TestDefaultJSON(t *testing.T) {
	var set SourceSet
	file, problems := Parse(set.Add("x.flow", []byte(`flow 1

package x

enum Size { small, large as "L" }
const days = 3d
const sizes = [Size.small, Size.large]

type Defaults {
    text   string = "a\"<é>"
    n      int = (9007199254740993)
    x      float = 1
    b      bool = true
    wait   duration = days
    size   Size = Size.large
    sizes  []Size = sizes
    waits  []duration? = [1h, none, days]
    floats map[string]float? = map[string]float? { "a": 1.5, "b": none }
    nested [][]float = [[1, 0.25], []]
    keyed  map[Size]duration = map[Size]duration { Size.large: 1s }
    none   string
}
`)))
	program, more := Check(&set, []*File{file}, CheckOptions{})
	if program == nil {
		t.Fatal(problems, more)
	}
	want := map[string]string{
		"text": `"a\"<é>"`, "n": "9007199254740993", "x": "1", "b": "true", "wait": `"72h0m0s"`, "size": `"L"`, "sizes": `["small","L"]`,
		"waits": `["1h0m0s",null,"72h0m0s"]`, "floats": `{"a":1.5,"b":null}`, "nested": `[[1,0.25],[]]`, "keyed": `{"L":"1s"}`, "none": "",
	}
	for _, f := range file.Decls[3].(*TypeDecl).Type.(*Record).Fields {
		if got := f.DefaultJSON(); got != want[f.Name] {
			t.Errorf("%s: %s, want %s", f.Name, got, want[f.Name])
		}
	}
}
