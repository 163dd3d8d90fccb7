package cost

import (
	"regexp"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// TestReaches holds what is said of limits under assumptions.
func TestReaches(t *testing.T) {
	for _, test := range []struct {
		body   string
		assume []string
		want   string
	}{
		{`step pay(1)`, nil, ""},
		{`for i in items { step pay(i) }`, nil, "operations: nothing keeps it below 3,000; it fails with `Unexpected` there, and takes back what it did|written: nothing keeps it below 100 MB"},
		{`for i in items { step pay(i) }`, []string{"items<=3000"}, "written: 100 MB come together if each payload has 32.6 KB"},
		{`for i in items { step pay(i) }`, []string{"items<=3001"}, "operations: as many as 3,001, of 3,000|written: 100 MB come together if each payload has 32.5 KB"},
		{`for i in items[:10] { wait 1d }`, nil, ""},
		{`for i in range(90) { step pay(i) }`, []string{"pay=11s"}, "time: its steps are expected to run for 16m30s in 1 invocation, each of which lasts 15 minutes at most"},
		{`a := callback ask() timeout 299d catch Timeout { return }
			log a
			wait 2d`, []string{"ask=299d"}, "time: it is expected to wait for 301d, and lasts 300d at most"},
	} {
		got := strings.Join(estimateOf(t, test.body, test.assume...).Reaches(), "|")
		if got != test.want {
			t.Errorf("%s\ngot  %q\nwant %q", test.body, got, test.want)
		}
	}
}

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
		{`for i in range(len(items)) { step pay(i) }`, ""},
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
