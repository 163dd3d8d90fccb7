package codegen

import (
	"regexp"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

const wrongNames = `flow 1

package chan // ERROR "` + "`chan` is a keyword of Go and can't be the name of a package" + `"

type Wrong {
    orderId string
    orderID string // ERROR "may become one name in Go"
    orderID string
}
type Steps { a int } // ERROR "` + "`Steps` is a name that the generated Go needs itself" + `"
enum Colour { dark_red, darkRed } // ERROR "may become one name in Go"
error New { a_b int, aB int } // ERROR "needs itself" "may become one name in Go"

func range(a int) int // ERROR "` + "`range` is a keyword of Go and can't be the name of a func" + `"
func init(a int) int // ERROR "` + "`init` has a meaning of its own in Go" + `"
func append2(type int) int = type // ERROR "` + "`type` is a keyword of Go and can't be the name of a parameter" + `"
func ctx(a int) int // ERROR "` + "`ctx` is a name that the generated Go needs itself" + `"
func context(a int) int // ERROR "` + "`context` is a name that the generated Go needs itself" + `"
func any(a int) int // ERROR "` + "`any` has a meaning of its own in Go, which the generated code needs" + `"
const default = 1 // ERROR "` + "`default` is a keyword of Go and can't be the name of a constant" + `"
const main = 1 // ERROR "` + "`main` has a meaning of its own in Go" + `"

step saveIt(go int)  reads // ERROR "` + "`go` is a keyword of Go" + `"
step save_it(a int)  reads // ERROR "` + "`save_it` and `saveIt` may become one name in Go" + `"
callback SaveIt2(a int) string  timeout 1h
callback save_it_2(a int) string  timeout 1h // ERROR "may become one name in Go"
function render(page_size int, pageSize int) string = "render:live" // ERROR "may become one name in Go"
function one(interface int) string = "render:live" // ERROR "` + "`interface` is a keyword of Go" + `"

workflow goto(a_b int, aB int) string // ERROR "` + "`goto` is a keyword of Go" + `" "may become one name in Go"
{
    func := 1 // ERROR "` + "`func` is a keyword of Go and can't be the name of a variable" + `"
    var struct int = 1 // ERROR "` + "`struct` is a keyword of Go" + `"
    for chan, defer in [func] { log "{chan} {defer} {unknown}" } // ERROR "` + "`chan` is a keyword of Go" + `" "` + "`defer` is a keyword of Go" + `"
    p := parallel {
        a_b: step save_it(1)
        aB: { // ERROR "may become one name in Go"
            x := [package for package in [1]] // ERROR "` + "`package` is a keyword of Go" + `"
            yield len(x)
        }
    } catch Bad as chan { return "" } // ERROR "` + "`chan` is a keyword of Go" + `"
    select {
        case import := call goto(1) { } // ERROR "` + "`import` is a keyword of Go" + `"
    }
    map interface in [1] { log "" } // ERROR "` + "`interface` is a keyword of Go" + `"
    return "{p} {struct}"
}
`

// TestNamesThatGoCannotHave compares what Check reports with the comments in a file that
// is wrong in other ways as well.
func TestNamesThatGoCannotHave(t *testing.T) {
	set := &dsl.SourceSet{}
	file, _ := dsl.Parse(set.Add("names.flow", []byte(wrongNames)))
	got := map[int][]string{}
	for _, d := range Check([]*dsl.File{file}) {
		line := set.Position(d.Span.Start).Line
		got[line] = append(got[line], d.Message)
		if d.Code != dsl.ReservedName || d.Help == "" || d.Severity != dsl.Error {
			t.Errorf("%+v", d)
		}
	}
	for i, line := range strings.Split(wrongNames, "\n") {
		_, comment, _ := strings.Cut(line, "// ERROR ")
		want := regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(comment, -1)
		if len(want) != len(got[i+1]) {
			t.Errorf("line %d, %s\n%q", i+1, line, got[i+1])
			continue
		}
		for k, m := range want {
			if !strings.Contains(got[i+1][k], m[1]) {
				t.Errorf("line %d: %q, want %q", i+1, got[i+1][k], m[1])
			}
		}
	}
}

// TestReservedNamePage runs the example of the code's page.
func TestReservedNamePage(t *testing.T) {
	page, _ := dsl.Explain(dsl.ReservedName)
	examples := regexp.MustCompile("(?s)```flow\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(examples) != 2 {
		t.Fatalf("%d examples", len(examples))
	}
	for i, want := range []int{1, 0} {
		set := &dsl.SourceSet{}
		file, _ := dsl.Parse(set.Add("example.flow", []byte(examples[i][1])))
		if ds := Check([]*dsl.File{file}); len(ds) != want {
			t.Errorf("example %d: %v", i, ds)
		}
	}
}
