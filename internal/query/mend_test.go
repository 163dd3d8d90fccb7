package query

import (
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// TestMends takes each way to put a mistake right: the mistake is gone, and the text is what it
// should be.
func TestMends(t *testing.T) {
	const head = `flow 1

package p

enum Size { small, medium, large }
error Lost { why string }
step take(id string) string  idempotent fails Lost

`
	for _, c := range []struct{ body, code, title, want string }{
		{"x := step find(id, 3)\n    log x", "unknown-name", "declare `step find(id string, arg2 int) string  idempotent`",
			"step find(id string, arg2 int) string  idempotent\n\n// Does it.\nworkflow w(id"},
		{"step find(id)", "unknown-name", "declare `step find(id string)  idempotent`", "step find(id string)  idempotent\n\n"},
		{"callback ask(size)", "unknown-name", "declare `callback ask(size Size)  timeout 1h`", "callback ask(size Size)  timeout 1h\n"},
		{"call other(id)", "unknown-name", "declare `workflow other(id string)`", "workflow other(id string) {\n}\n\n"},
		{"log far(id)", "unknown-name", "declare `func far(id string) string`", "func far(id string) string\n"},
		{"var x Thing?\n    x = none\n    if x != none { log \"\" }", "unknown-type", "declare `type Thing`", "type Thing {\n    id string\n}\n"},
		{"step take(id)", "uncaught", "catch Lost", "    step take(id)\n        catch Lost { }\n"},
		{"switch size {\n        case small { log \"\" }\n    }", "not-exhaustive", "handle the missing cases", "        case small { log \"\" }\n        case medium { }\n        case large { }\n    }\n"},
		{"switch size { case small, large { log \"\" } }", "not-exhaustive", "handle the missing cases", "log \"\" } \n        case medium { }\n    }\n"},
		{"wait 1s\n    wait 2s", "twin", "this one is new: label it \"wait 2\"", "wait 1s\n    wait 2s as \"wait 2\"\n"},
		{"wait 1s\n    wait 2s", "twin", "the first one is new: label that \"wait 2\"", "wait 1s as \"wait 2\"\n    wait 2s\n"},
	} {
		text := head + "// Does it.\nworkflow w(id string, size Size) {\n    " + c.body + "\n}\n"
		x, ds := check(map[string]string{"p.flow": text})
		done := false
		for _, d := range ds {
			if string(d.Code) != c.code {
				continue
			}
			var titles []string
			for _, m := range x.Mends(d) {
				titles = append(titles, m.Title)
				if m.Title != c.title {
					continue
				}
				done = true
				got := edited(x, m.Edits)["p.flow"]
				if !strings.Contains(got, c.want) {
					t.Errorf("%q: %s gives\n%s", c.body, c.title, got)
				}
				_, after := check(map[string]string{"p.flow": got})
				for _, a := range after {
					if a.Code == dsl.Code(c.code) {
						t.Errorf("%q: after %s: %s", c.body, c.title, a.Message)
					}
				}
			}
			if !done {
				t.Errorf("%q: no %q in %q", c.body, c.title, titles)
			}
		}
		if !done {
			t.Errorf("%q is not %s: %v", c.body, c.code, ds)
		}
	}
}
