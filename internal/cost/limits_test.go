package cost

import (
	"regexp"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// TestReachesLimit runs the two files of the code's page, and workflows that come to a limit
// or just not.
func TestReachesLimit(t *testing.T) {
	page, _ := dsl.Explain(dsl.ReachesLimit)
	files := regexp.MustCompile("(?s)```flow\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(files) != 2 {
		t.Fatalf("the page has %d files", len(files))
	}
	for i, text := range []string{files[0][1], files[1][1]} {
		set := &dsl.SourceSet{}
		tree, _ := dsl.Parse(set.Add("page.flow", []byte(text)))
		p, ds := dsl.Check(set, []*dsl.File{tree}, dsl.CheckOptions{})
		if p == nil {
			t.Fatal(ds)
		}
		if got := Check(p); len(got) != 1-i {
			t.Errorf("file %d: %v", i, got)
		}
	}
	for _, test := range []struct{ body, want string }{
		{`map i in range(1499) { step pay(i) }`, ""},
		{`map i in range(1500) { step pay(i) }`, "`main` can come to 3,001 operations, and an execution may have 3,000"},
		{`for i in items { for j in range(3000) { step pay(j) } }`, ""},
		{`for i in items { for j in range(3001) { step pay(i + j) } }`, "`main` can come to 3,001 operations, and an execution may have 3,000"},
		{`map i in items { callback ask()
			catch Timeout { } }`, ""},
		{`for i in range(300) { wait 1d }`, ""},
		{`for i in range(301) { wait 1d }`, "`main` waits for 301d at least, and its `timeout` is 300d"},
		{`for i in range(301) { if on { wait 1d } else { wait 23h as "b" } }`, ""},
		{`parallel { a: { wait 200d }
			b: { wait 200d } }`, ""},
	} {
		ds := Check(programOf(t, test.body))
		got := ""
		for _, d := range ds {
			got += d.Message
		}
		if got != test.want {
			t.Errorf("%s\ngot  %q\nwant %q", test.body, got, test.want)
		}
	}
}
