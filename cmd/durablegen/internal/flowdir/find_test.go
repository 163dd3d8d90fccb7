package flowdir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func tree(t *testing.T, files ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFind(t *testing.T) {
	tree(t, "a/one.flow", "a/two.flow", "a/_draft.flow", "a/.#one.flow", "a/b/three.flow", "a/.git/x.flow", "a/testdata/y.flow",
		"a/_old/z.flow", "a/other/go.mod", "a/other/o.flow", "a/n.go", "empty/n.go",
		"work/m1/go.mod", "work/m1/x.flow", "work/m2/go.mod", "work/m2/in/x.flow", "work/m3/go.mod")
	for _, c := range []struct{ args, want, err string }{
		{"a", "a:one.flow,two.flow", ""},
		{"./a/", "a:one.flow,two.flow", ""},
		{"./...", "a:one.flow,two.flow a/b:three.flow", ""},
		{"a/b a/... ./a", "a:one.flow,two.flow a/b:three.flow", ""},
		{"a/two.flow", "a:two.flow", ""},
		{"a/two.flow a/one.flow", "a:two.flow,one.flow", ""},
		{"a/two.flow a", "a:one.flow,two.flow", ""},
		{"a/other", "a/other:o.flow", ""},
		{"empty", "", "empty: no .flow files in this folder; `empty/...` means all folders below"},
		{"empty/...", "", "empty/...: no .flow files in this folder or below it"},
		{"work/... a/b", "a/b:three.flow", "work/...: no .flow files in this folder or below it; " +
			"it does not reach into other modules, which are named by themselves: `work/m1/...`, `work/m2/...`"},
		{"a/n.go", "", "a/n.go: not a .flow file"},
		{"nowhere a/b", "a/b:three.flow", "nowhere: no such file or folder"},
	} {
		folders, err := Find(strings.Fields(c.args))
		var got []string
		for _, f := range folders {
			got = append(got, f.Dir+":"+strings.Join(f.Wanted(), ","))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.args, s, c.want)
		}
		if msg := errText(err); msg != c.err {
			t.Errorf("%s: error %q, want %q", c.args, msg, c.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
