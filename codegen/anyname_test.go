package codegen_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/flow"
)

// anyNames are names of every habit: Go's own, those that generated code uses, and what
// letters, digits and underscores make.
var anyNames = strings.Fields(`append any bool byte cap clear close comparable complex error false float64 int int64 len make max min new nil
	panic print real recover rune string true uint iota
	init main package func go chan range type interface struct default defer select const goto fallthrough
	context errors fmt math slices strconv strings time utf8 durable flow made
	ctx err ok w steps flows workflows in out result winner failed caught loop turn list key more yes pause previous callbackID
	errorTypes wInput runNoneInput x x1 _1 __1 _ __ a_ _a a_b aB A AB ID Id id uRL héllo ß ñ 日本 x_y_z e i v errorValue valueOf
	stepSpec wNameSpec Steps Workflows New Valid Error ErrorType App Timeout`)

const callsNumber = "step act(n int)  idempotent\n\ncallback tell(n int)  timeout 1h\n\n"

// uses of a NAME, one for each thing that can have one.
var uses = map[string]string{
	"package":   "flow 1\n\npackage NAME\n\nworkflow runs() int { return 1 }\n",
	"import":    "flow 1\n\npackage p\n\nimport NAME \"example.com/made\"\n\ntype M = NAME.Money\n\nworkflow runs(m M) int { return m.Cents }\n",
	"type":      "type NAME { a int, s string }\n\nstep give() NAME  reads\n\nworkflow runs(x NAME) NAME {\n    y := step give()\n    if x.a == 1 { return NAME { a: 1, s: \"\" } }\n    return y\n}\n",
	"field":     "type T { NAME int, other string? }\n\nerror Bad { NAME int, other string }\n\nworkflow runs(x T) int\n    fails Bad\n{\n    if x.NAME == 1 { fail Bad { NAME: 1, other: \"\" } }\n    return x.NAME\n}\n",
	"enum":      "enum NAME { one, two }\n\nworkflow runs(x NAME) NAME {\n    switch x {\n        case one { return NAME.two }\n        case two { return x }\n    }\n}\n",
	"member":    "enum E { NAME, two }\n\nworkflow runs(x E) E {\n    if x == E.NAME { return E.two }\n    return E.NAME\n}\n",
	"error":     "error NAME { code int }\n\nstep act()  fails NAME idempotent\n\nworkflow runs()\n    fails NAME\n{\n    step act()\n        catch NAME as e { fail NAME { code: e.code } }\n}\n",
	"const":     "const NAME = 5\n\n" + callsNumber + "workflow runs(n int) int\n    fails Timeout\n{\n    step act(1)\n    callback tell(NAME)\n    return n + NAME\n}\n",
	"func":      "func NAME(n int) int = if n > 1 { 1 } else { 2 }\n\n" + callsNumber + "workflow runs(n int) int\n    fails Timeout\n{\n    step act(1)\n    callback tell(NAME(n))\n    return NAME(n) + 1\n}\n",
	"Go func":   "func NAME(n int) int\n\n" + callsNumber + "workflow runs(n int) int\n    fails Timeout\n{\n    step act(1)\n    callback tell(NAME(n))\n    return NAME(n) + 1\n}\n",
	"parameter": "func twice(NAME int) int = NAME * 2\n\nfunc native(NAME int) int\n\nstep act(NAME int)  idempotent by NAME\n\ncallback ask(NAME int) int  timeout 1h\n\nworkflow runs(NAME int, other int) int\n    fails Timeout\n{\n    step act(NAME)\n    y := callback ask(twice(NAME))\n    return native(y) + other\n}\n",
	"step":      "step NAME(n int) int  reads\n\nworkflow runs(n int) int {\n    x := step NAME(n)\n    return x\n}\n",
	"callback":  "callback NAME(n int) int  timeout 1h\n\nworkflow runs(n int) int\n    fails Timeout\n{\n    x := callback NAME(n)\n    return x\n}\n",
	"function":  "function NAME(n int, m int) int = \"f:live\"\n\nworkflow runs(n int) int {\n    x := invoke NAME(n, 1)\n    return x\n}\n",
	"workflow":  "workflow NAME(n int, m int) int {\n    wait 1s\n    return n + m\n}\n\nworkflow runs(n int) int {\n    x := call NAME(n, 1)\n    return x\n}\n",
	"group":     "step act() int  idempotent\n\nworkflow runs() int {\n    x := group NAME { yield step act() }\n    return x\n}\n",
	"branch":    "step act() int  idempotent\n\nworkflow runs() int {\n    p := parallel {\n        NAME: step act()\n        other: { yield \"\" }\n    }\n    log p.other\n    q := settled parallel as \"second\" {\n        NAME: step act()\n    }\n    return p.NAME + q.NAME.index\n}\n",
	"variable": `step act(n int) int  idempotent

step look(n int) int  reads

step count(n int, last string) string  reads

callback ask() int  timeout 1h

callback tell(n int)  timeout 1h

workflow runs(list []int, m map[string]int) int
    fails Timeout, Exhausted
{
    NAME := step act(1)
        undo step act(NAME) as "back"
    for i, n in list { log "{NAME} {n / (i + 1)}" }
    for k, n in m { log "{k}{n}" }
    while NAME < 3 at most list[0] times { wait seconds(NAME) as "pause" }
    callback tell(NAME)
    told := poll count(NAME) from "a" every 1m at most 3 times until told == "{NAME}"
    log told
    try { if list[0] > 1 { return list[NAME] } } catch e { log e.message }
    handle := open ask
    select {
        case got := await handle { return got + NAME }
        case wait 1h as "late" { log "{NAME}" }
    }
    p := parallel {
        a: step act(NAME) as "a"
        b: map j in list max NAME { yield step act(j) as "b" }
    }
    q := poll look(NAME) every 1m at most NAME + list[0] times until q > list[NAME]
        catch e { q = NAME }
    return p.a + len(p.b) + q
}
`,
	"loop variable": "step act(n int) int  idempotent\n\nworkflow runs(list []int, m map[string]int) int {\n    for i, NAME in list { step act(NAME / i) }\n    for NAME, v in m { log \"{NAME}{v}\" }\n    x := map NAME in list { yield step act(NAME) }\n    y := [NAME * 2 for NAME in list if NAME > 1]\n    return len(x) + len(y)\n}\n",
	"caught":        "error Bad { code int }\n\nstep act() int  fails Bad idempotent\n\nworkflow runs() int {\n    x := step act()\n        catch Bad as NAME { return NAME.code }\n        catch NAME { return len(NAME.message) }\n    return x\n}\n",
	"case":          "callback ask() int  timeout 1h\n\nworkflow runs() int\n    fails Timeout\n{\n    select {\n        case NAME := callback ask() { return NAME }\n        case wait 1h { return 0 }\n    }\n}\n",
}

// program checks one file; it gives nil and the problems if it is refused.
func program(t testing.TB, text string) (*dsl.Program, dsl.Diagnostics) {
	set := &dsl.SourceSet{}
	file, ds := dsl.Parse(set.Add("p.flow", []byte(text)))
	p, more := dsl.Check(set, []*dsl.File{file}, dsl.CheckOptions{Importer: imports(t)})
	ds = append(append(ds, more...), codegen.Check([]*dsl.File{file})...)
	if ds.HasErrors() {
		return nil, ds
	}
	return p, ds
}

// becomesGo says what is wrong with the Go of a program, beside Go files of the user and
// the stubs of what these don't have; empty if nothing is.
func becomesGo(t testing.TB, p *dsl.Program, own ...string) string {
	var trees []*ast.File
	var texts [][]byte
	for _, text := range own {
		tree, err := parser.ParseFile(token.NewFileSet(), "own.go", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
		texts = append(texts, []byte(text))
	}
	existing := codegen.ScanFiles(trees)
	out, err := codegen.Generate(p, codegen.Options{Own: existing.Names})
	if err != nil {
		return err.Error()
	}
	stubs, err := codegen.Stubs(p, existing, "example.com/p")
	if err != nil {
		return err.Error()
	}
	texts = append(texts, out.Files["p_flow.go"])
	if stubs.Steps != nil {
		texts = append(texts, stubs.Steps)
	}
	problems := typeErrors(t, texts...)
	for _, where := range slices.Sorted(maps.Keys(problems)) {
		return fmt.Sprintf("%s\n\n%s", problems[where], out.Files["p_flow.go"])
	}
	return ""
}

// TestAnyNameAnywhere gives every name to everything that has one.
func TestAnyNameAnywhere(t *testing.T) {
	accepted, total := 0, 0
	for _, what := range slices.Sorted(maps.Keys(uses)) {
		for _, name := range anyNames {
			text := strings.ReplaceAll(uses[what], "NAME", name)
			if !strings.HasPrefix(text, "flow 1") {
				text = "flow 1\n\npackage p\n\n" + text
			}
			total++
			p, _ := program(t, text)
			if p == nil {
				continue
			}
			accepted++
			if wrong := becomesGo(t, p); wrong != "" {
				t.Errorf("a %s named %s: %s", what, name, firstLines(wrong, 12))
			}
		}
	}
	t.Logf("%d programs, %d accepted", total, accepted)
	if accepted < 1000 {
		t.Errorf("only %d programs are accepted; the enumeration has gone blind", accepted)
	}
}

func firstLines(text string, n int) string {
	lines := strings.SplitN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

// anyTexts are labels and names in JSON.
func anyTexts() []string {
	list := []string{"#1", "-1", "(2) x", "1", "12a", "_", "__", "_1", "a b", "A", "type", "func", "error", "-", "-,", ",", "a,b", "x,omitempty", "omitempty",
		"it's", `a\"b`, "a`b", `a\\b`, "日本", "größer", "a.b", "a/b", "$a", "a:b", "%d", "{{x}}", "<&>", " a", "a ", "ID", "Id", "é1", "١"}
	for c := '!'; c <= '~'; c++ {
		if c != '"' && c != '\\' && c != '{' {
			list = append(list, string(c), string(c)+"1", "1"+string(c), string(c)+"b")
		}
	}
	return list
}

// TestAnyLabel puts every label on everything that has one.
func TestAnyLabel(t *testing.T) {
	const text = `flow 1

package p

step act() int  idempotent

callback ask() int  timeout 1h

workflow runs(n int) int
    fails Timeout
{
    x := step act() as "LABEL" retry n
        undo step act() as "back"
    y := GROUP { yield step act() as "in a group" }
    p := parallel as "2LABEL" {
        a: step act() as "LABEL"
        b: { yield y }
    }
    map i in [1] as "3LABEL" {
        wait 1s as "LABEL"
        yield i
    }
    h := open ask as "4LABEL"
    select as "LABEL5" {
        case v := await h { return v }
        case wait 1h as "6LABEL" { }
    }
    group named {
        z := parallel as "LABEL" {
            a: step act() as "LABEL"
        }
        whole := [z]
        yield len(whole)
    }
    return x + p.a + p.b
}
`
	accepted := 0
	for _, label := range anyTexts() {
		p, _ := program(t, strings.NewReplacer("LABEL", label, "GROUP", "group g").Replace(text))
		if p == nil {
			continue
		}
		accepted++
		if wrong := becomesGo(t, p); wrong != "" {
			t.Errorf("the label %q: %s", label, firstLines(wrong, 12))
		}
	}
	t.Logf("%d labels, %d accepted", len(anyTexts()), accepted)
	if accepted < 100 {
		t.Errorf("only %d labels are accepted", accepted)
	}
}

// habits are Go files of users, beside the generated ones.
var habits = []string{
	"package p\n\nfunc flow() {}\n", "package p\n\nvar flow, durable, context, errors, fmt, time int\n", "package p\n\ntype durable struct{}\n",
	"package p\n\nvar runsActSpec, runsActUndo, actSpec, errorTypes, runsInput, remoteInput, workflows int\n",
	"package p\n\nconst w, steps, ctx, err, x, n, in = 1, 2, 3, 4, 5, 6, 7\n", "package p\n\nfunc ok() bool { return true }\n\nfunc winner() {}\n",
	"package p\n\ntype App struct{}\n\ntype Service struct{}\n", "package p\n\nvar runsPResult, pResult, limitValue, twice2 int\n",
	"package p\n\nimport \"context\"\n\ntype shop struct{}\n\nfunc newShop() *shop { return nil }\n\nfunc (s *shop) Act(ctx context.Context, n int) (int, error) { return n, nil }\n",
}

// TestGoOfAnyHabit writes Go beside the generated files as people do.
func TestGoOfAnyHabit(t *testing.T) {
	p, ds := program(t, `flow 1

package p

error Bad

const limit = 3

func twice(n int) int = n * 2

step act(n int) int  fails Bad idempotent

function remote(n int, m int) int = "r:live"

workflow runs(x int, n int) int
    fails Bad
{
    y := step act(twice(x) + limit)
        undo step act(1) as "back"
    p := parallel {
        a: step act(n) as "a"
        b: invoke remote(1, 2)
    }
    whole := [p]
    return y + whole[0].a
}
`)
	if p == nil {
		t.Fatal(ds)
	}
	for _, own := range habits {
		if wrong := becomesGo(t, p, own); wrong != "" {
			t.Errorf("beside\n%s\n%s", own, firstLines(wrong, 12))
		}
	}
}

// TestOneFileDoesNotRenameAnother adds a file whose names are those of the first, and
// looks whether the Go of that stays as it is.
func TestOneFileDoesNotRenameAnother(t *testing.T) {
	const first = `flow 1

package p

step act(n int) int  idempotent

function remote(n int, m int) int = "r:live"

workflow runs(x int, total int) int {
    y := step act(x)
        undo step act(1) as "back"
    p := parallel {
        a: step act(y) as "a"
        b: invoke remote(total, 2)
    }
    w := 3
    whole := [p]
    return y + whole[0].a + w
}
`
	const second = `flow 1

package p

const total = 3

func y(p int) int = p

workflow another(x int, w int) int {
    y := step act(x + total)
        undo step act(1) as "back"
    p := parallel {
        a: step act(y) as "a"
        b: invoke remote(1, 2)
    }
    whole := [p]
    result := w
    return y + whole[0].a + result
}
`
	alone, err := codegen.Generate(check(t, map[string]string{"m.flow": first}, "m.flow"), codegen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := string(alone.Files["m_flow.go"])
	want = want[strings.Index(want, "\nfunc (flows"):] // its workflows; the package's own things stand in its first file
	for _, name := range []string{"a.flow", "z.flow"} {
		both, err := codegen.Generate(check(t, map[string]string{"m.flow": first, name: second}, "m.flow", name), codegen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(both.Files["m_flow.go"]); !strings.HasSuffix(got, want) {
			t.Errorf("beside %s:\n%s\nalone:\n%s", name, got, want)
		}
	}
}

// TestAnyNameInJSON gives fields every name in JSON: what is accepted is the name there,
// for the codec of the language and for encoding/json.
func TestAnyNameInJSON(t *testing.T) {
	accepted := 0
	for i, name := range slices.Repeat(anyTexts(), 2) {
		byDefault := []string{"", " = 7"}[i/len(anyTexts())]
		p, ds := program(t, "flow 1\n\npackage p\n\ntype T { other int, field int"+byDefault+" as \""+name+"\" }\n\nworkflow runs(x T) int { return x.field }\n")
		if p == nil {
			if strings.IndexFunc(name, func(r rune) bool { return strings.ContainsRune("`,'\"\\", r) || r == '}' }) < 0 {
				t.Errorf("%q is refused: %v", name, ds[0].Message)
			}
			continue
		}
		accepted++
		if wrong := becomesGo(t, p); wrong != "" {
			t.Errorf("%q: %s", name, firstLines(wrong, 12))
			continue
		}
		out, err := codegen.Generate(p, codegen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tags := regexp.MustCompile("(?m)^\tField +int +`(.*)`$").FindSubmatch(out.Files["p_flow.go"])
		if tags == nil {
			t.Fatalf("%s", out.Files["p_flow.go"])
		}
		v := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "Field", Type: reflect.TypeFor[int](), Tag: reflect.StructTag(tags[1])}})).Elem()
		v.Field(0).SetInt(7)
		codec, err := flow.Serdes{}.Serialize(v.Interface(), durable.SerdesInfo{})
		if err != nil {
			t.Error(err)
		}
		plain, err := json.Marshal(v.Interface())
		if err != nil {
			t.Error(err)
		}
		for _, text := range []string{codec, string(plain)} {
			var got map[string]int
			if err := json.Unmarshal([]byte(text), &got); err != nil || got[p.Records[0].Fields[1].JSON] != 7 || len(got) != 1 {
				t.Errorf("%q is in JSON %s (%v)", name, text, err)
			}
		}
	}
	t.Logf("%d names, %d accepted", 2*len(anyTexts()), accepted)
	if accepted < 100 {
		t.Errorf("only %d names are accepted", accepted)
	}
}
