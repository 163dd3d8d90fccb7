package codegen_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
)

// What every random program declares.
const randomPrelude = `flow 1

package random

enum Kind { small, large, huge }
type Item { name string, n int, tag string?, kind Kind, at time, wait duration, parts []Part }
type Part { id string, price float, next Item? }
error Bad { code int }
error Worse
const limit = 7
const rate = 1.5
func score(item Item, n int) float
func twice(n int) int = n * 2
func title(item Item) string = item.tag ?? "no {item.name}"
step act(n int) int  fails Bad  idempotent
step text(s string) string  reads
step load(s string) Item  fails Bad, Worse  idempotent by s
step list(item Item, n int) []string  reads
step quiet(s string)  idempotent
callback ask(s string) Kind  timeout 1h
callback tell(item Item)  timeout 1h  fails Worse
function remote(n int, s string) Item = "remote:live"  fails Bad
`

// randomProgram writes a program that is mostly right: what the checker refuses is
// left out by the caller.
type randomProgram struct {
	*rand.Rand
	b      strings.Builder
	n      int // for names
	indent int
	vars   []randomVar
	batch  int // depth of bodies that may not assign what is outside
	frame  int // variables below this index are outside of the innermost of them
	loops  int
}

type randomVar struct{ name, typ string }

func (r *randomProgram) name(prefix string) string {
	r.n++
	return prefix + strconv.Itoa(r.n)
}

func (r *randomProgram) line(format string, args ...any) {
	r.b.WriteString(strings.Repeat("    ", r.indent))
	fmt.Fprintf(&r.b, format+"\n", args...)
}

func (r *randomProgram) pick(list ...string) string { return list[r.IntN(len(list))] }

func (r *randomProgram) workflow(name string) {
	r.vars = []randomVar{{"item", "Item"}, {"n", "int"}, {"words", "[]string"}, {"items", "[]Item"}, {"prices", "map[string]int"}, {"maybe", "string?"}}
	r.line("workflow %s(item Item, n int, words []string, items []Item, prices map[string]int, maybe string?) int fails Bad, Worse {", name)
	r.indent++
	r.block(2 + r.IntN(5))
	r.line("last := step act(%s) as %q", r.expr("int", 1), r.name("last"))
	r.line("end := step load(%s) as %q", r.expr("string", 1), r.name("end"))
	r.line("return last + end.n")
	r.indent--
	r.line("}")
}

// block writes statements; what they declare is read at its end.
func (r *randomProgram) block(n int) {
	from := len(r.vars)
	for range n {
		r.stmt()
	}
	for _, v := range r.vars[from:] {
		r.use(v)
	}
	r.vars = r.vars[:from]
}

func (r *randomProgram) use(v randomVar) {
	switch v.typ {
	case "int", "string", "float", "bool", "Kind", "time", "duration":
		r.line(`log "{%s}"`, v.name)
	case "Item":
		r.line(`log "{%s.n}"`, v.name)
	case "string?", "Item?", "int?":
		r.line(`if %s != none { log "there" }`, v.name)
	default:
		r.line(`log "{len(%s)}"`, v.name)
	}
}

// inner writes a block of its own.
func (r *randomProgram) inner(header string, n int, before func()) {
	r.line("%s {", header)
	r.indent++
	from := len(r.vars)
	if before != nil {
		before()
	}
	r.block(n)
	r.vars = r.vars[:from]
	r.indent--
}

func (r *randomProgram) declare(typ string) string {
	name := r.name("v")
	r.vars = append(r.vars, randomVar{name, typ})
	return name
}

func (r *randomProgram) stmt() {
	if r.indent > 6 {
		r.line(`log "deep"`)
		return
	}
	switch r.IntN(22) {
	case 0, 1:
		typ := r.pick("int", "string", "float", "bool", "[]string", "Item", "Kind", "duration", "time", "string?")
		e := r.expr(typ, 3)
		r.line("var %s %s = %s", r.declare(typ), typ, e)
	case 2:
		e := r.expr("int", 2)
		r.line("%s := step act(%s) as %q", r.declare("int"), e, r.name("act"))
	case 3:
		e := r.expr("string", 2)
		name := r.name("v")
		r.line("%s := step load(%s) as %q", name, e, r.name("load"))
		r.line("    undo step quiet(%s.name) as %q", name, r.name("undo"))
		r.line("    catch Bad as e { %s = %s }", name, r.pick("Item { name: \"{e.code}\", n: 1, kind: Kind.huge, at: item.at, wait: 2m, parts: item.parts }", "Item { name: \"{e.code}\", n: e.code, kind: Kind.small, at: item.at, wait: 1m, parts: [] }"))
		r.line("    catch Worse { fail Bad { code: %s } }", r.expr("int", 1))
		r.vars = append(r.vars, randomVar{name, "Item"})
	case 4:
		e := r.expr("string", 2)
		name := r.name("v")
		r.line("%s := callback ask(%s) as %q", name, e, r.name("ask"))
		r.line("    catch Timeout { %s }", r.pick(name+" = Kind.huge", "fail Worse"))
		r.vars = append(r.vars, randomVar{name, "Kind"})
	case 5:
		r.line("wait %s as %q", r.pick("1m", "seconds(n)", "item.wait", "until item.at", "until item.at + 1h"), r.name("wait"))
	case 6, 7:
		r.inner("if "+r.expr("bool", 3), 1+r.IntN(3), nil)
		if r.IntN(2) == 0 {
			r.inner("} else", 1+r.IntN(2), nil)
		}
		r.line("}")
	case 8:
		i, x := r.name("i"), r.name("x")
		list, typ := r.pick("words", "items", "prices"), ""
		key := "int"
		switch list {
		case "words":
			typ = "string"
		case "items":
			typ = "Item"
		case "prices":
			typ, key = "int", "string"
		}
		r.loops++
		r.inner(fmt.Sprintf("for %s, %s in %s", i, x, list), 1+r.IntN(3), func() {
			r.vars = append(r.vars, randomVar{i, key}, randomVar{x, typ})
			r.use(randomVar{i, key})
			if r.IntN(3) == 0 {
				r.line("if %s { %s }", r.expr("bool", 2), r.pick("break", "continue"))
			}
		})
		r.loops--
		r.line("}")
	case 9:
		r.inner(fmt.Sprintf("while %s at most %d times", r.expr("bool", 2), 1+r.IntN(5)), 1+r.IntN(2), nil)
		r.line("}")
	case 10:
		r.inner("switch "+r.expr("Kind", 1), 0, nil)
		r.indent++
		r.inner("case small, large", 1+r.IntN(2), nil)
		r.line("}")
		r.inner(r.pick("case huge", "else"), 1, nil)
		r.line("}")
		r.indent--
		r.line("}")
	case 11, 12:
		r.inner("try", 1+r.IntN(3), func() {
			r.line("step act(%s) as %q", r.expr("int", 2), r.name("tried"))
			if r.batch == 0 && r.IntN(3) == 0 {
				r.line("if %s { return n }", r.expr("bool", 2))
			}
			if r.batch == 0 && r.loops > 0 && r.IntN(3) == 0 {
				r.line("if %s { %s }", r.expr("bool", 1), r.pick("break", "continue"))
			}
		})
		r.line("} catch Bad as e { log \"{e.code}\"")
		if r.IntN(3) == 0 {
			r.line("    fail e")
		}
		r.line("}")
		if r.IntN(2) == 0 {
			r.line("catch e { log \"{e.message}\" }")
		}
	case 13:
		for i := len(r.vars) - 1; i >= r.frame; i-- {
			v := r.vars[i]
			if strings.HasPrefix(v.name, "v") && (v.typ == "int" || v.typ == "string" || v.typ == "Item") {
				switch {
				case v.typ == "Item":
					r.line("%s.%s", v.name, r.pick("n = "+r.expr("int", 2), "tag = "+r.expr("string?", 2), "parts = []"))
				case v.typ == "int" && r.IntN(2) == 0:
					r.line("%s = step act(%s) as %q", v.name, r.expr("int", 2), r.name("again"))
				default:
					r.line("%s = %s", v.name, r.expr(v.typ, 3))
				}
				return
			}
		}
	case 14, 15:
		r.parallel()
	case 16, 17:
		r.mapping()
	case 18:
		name, typ := r.name("v"), r.pick("int", "string", "Item")
		label := r.name("g")
		r.body(fmt.Sprintf("%s := group %s", name, label), typ)
		r.line("}%s", r.pick("", " undo step quiet(\"x\") as \""+r.name("undo")+"\""))
		r.vars = append(r.vars, randomVar{name, typ})
	case 19:
		s := r.expr("string", 1)
		name := r.name("v")
		r.line("%s := poll text(%s) as %q every 1m backoff 2 at most 5 times until %s == %s || %s", name, s, r.name("poll"), name, r.expr("string", 1), r.expr("bool", 2))
		r.line("    catch Exhausted { %s = \"\" }", name)
		r.vars = append(r.vars, randomVar{name, "string"})
	case 20:
		r.line("var %s string = \"\"", r.declare("string"))
		v := r.vars[len(r.vars)-1].name
		x := r.name("k")
		r.line("select as %q {", r.name("select"))
		r.line("    case %s := callback ask(\"a\") { %s = \"{%s}\" }", x, v, x)
		r.line("    case wait minutes(n) { %s = %s }", v, r.expr("string", 2))
		r.line("    case %s := poll text(%q) every 1m at most 3 times until %s == \"x\" { %s = %s }", x+"p", "p", x+"p", v, x+"p")
		r.line("} catch Timeout { log \"late\" }")
		r.line("catch Exhausted { %s = \"e\" }", v)
	case 21:
		n, s := r.expr("int", 2), r.expr("string", 2)
		r.line("%s := invoke remote(%s, %s) as %q", r.declare("Item"), n, s, r.name("remote"))
	}
}

// body writes a block that yields.
func (r *randomProgram) body(header, typ string) {
	frame := r.frame
	r.frame = len(r.vars)
	r.batch++
	loops := r.loops
	r.loops = 0
	r.line("%s {", header)
	r.indent++
	from := len(r.vars)
	r.block(1 + r.IntN(3))
	if r.IntN(3) == 0 {
		r.line("if %s { yield %s }", r.expr("bool", 2), r.expr(typ, 2))
	}
	r.line("yield %s", r.expr(typ, 3))
	r.indent--
	r.vars = r.vars[:from]
	r.frame, r.loops = frame, loops
	r.batch--
}

func (r *randomProgram) parallel() {
	name := r.name("v")
	limits := r.pick("", " max 2", " min 1 tolerate 1")
	if strings.Contains(limits, "min") {
		r.line("%s := parallel as %q%s { a: step text(%s); b: { yield %s } }", name, r.name("parallel"), limits, r.expr("string", 2), r.expr("int", 2))
		r.line(`log "{%s.a ?? %s} {%s.b ?? %s}"`, name, r.expr("string", 1), name, r.expr("int", 2))
		return
	}
	settled := r.pick("", "settled ")
	r.line("%s := %sparallel as %q%s {", name, settled, r.name("parallel"), limits)
	r.indent++
	r.body("a:", "int")
	r.line("}")
	r.body("b:", "string")
	r.line("}")
	r.line("c: step text(%s)", r.expr("string", 2))
	r.indent--
	r.line("}")
	if settled == "" {
		r.line(`log "{%s.a} {%s.b} {%s.c}"`, name, name, name)
	} else {
		r.line(`log "{%s.a.status} {%s.b.value ?? "none"} {%s.total}"`, name, name, name)
	}
}

func (r *randomProgram) mapping() {
	name, x := r.name("v"), r.name("x")
	list, typ := "words", "string"
	if r.IntN(2) == 0 {
		list, typ = "items", "Item"
	}
	settled, limits := r.pick("", "settled "), r.pick("", " max n", " tolerate 50 %")
	r.vars = append(r.vars, randomVar{x, typ})
	result := r.pick("string", "int", "Item")
	r.body(fmt.Sprintf("%s := %smap %s in %s as %q%s", name, settled, x, list, r.name("map"), limits), result)
	r.line("}")
	r.vars = r.vars[:len(r.vars)-1]
	if settled == "" {
		r.line(`log "{len(%s)}"`, name)
	} else {
		r.line(`log "{%s.succeeded} {len([i for i in %s.items if i.error == none])}"`, name, name)
	}
}

// of gives a variable of a type, or a literal.
func (r *randomProgram) of(typ string) string {
	var fit []string
	for _, v := range r.vars {
		if v.typ == typ {
			fit = append(fit, v.name)
		}
	}
	if len(fit) > 0 && r.IntN(4) > 0 {
		return r.pick(fit...)
	}
	switch typ {
	case "int":
		return r.pick("1", "n", "limit", "item.n", "len(words)")
	case "string":
		return r.pick(`"a"`, `item.name`, `"x{n}y"`, "`raw`")
	case "float":
		return r.pick("1.5", "rate", "float(n)")
	case "bool":
		return r.pick("true", "n > 3", "maybe == none")
	case "Kind":
		return r.pick("Kind.small", "item.kind")
	case "[]string":
		return r.pick("words", `["a", item.name]`, "keys(prices)")
	case "Item":
		return "item"
	case "duration":
		return r.pick("10m", "item.wait")
	case "time":
		return "item.at"
	case "string?":
		return r.pick("maybe", "none", "item.tag", `"present"`)
	}
	panic(typ)
}

func (r *randomProgram) expr(typ string, depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return r.of(typ)
	}
	e := func(typ string) string { return r.expr(typ, depth-1) }
	if r.IntN(6) == 0 && typ != "string?" {
		return fmt.Sprintf("(if %s { %s } else { %s })", e("bool"), e(typ), e(typ))
	}
	switch typ {
	case "int":
		switch r.IntN(11) {
		case 0, 1:
			return fmt.Sprintf("(%s %s %s)", e("int"), r.pick("+", "-", "*"), e("int"))
		case 2:
			return fmt.Sprintf("%s / n %% item.n", "("+e("int")+")")
		case 3:
			return "-(" + e("int") + ")"
		case 4:
			return "twice(" + e("int") + ")"
		case 5:
			return "len(" + e("[]string") + ")"
		case 6:
			return "int(" + e("float") + ")"
		case 7:
			return fmt.Sprintf("(prices[%s] ?? %s)", e("string"), e("int"))
		case 8:
			return fmt.Sprintf("sum([x.n + %s for x in items if %s])", e("int"), e("bool"))
		case 9:
			return fmt.Sprintf("max(%s, %s, %s)", e("int"), e("int"), e("int"))
		}
		return "abs(" + e("int") + ")"
	case "string":
		switch r.IntN(8) {
		case 0, 1:
			return fmt.Sprintf(`"a{%s} 100%% {%s}{%s}"`, e("int"), e("string"), e("Kind"))
		case 2:
			return fmt.Sprintf("(%s + %s)", e("string"), e("string"))
		case 3:
			return fmt.Sprintf("(%s ?? %s)", r.pick("maybe", "item.tag", "first(words)"), e("string"))
		case 4:
			return "title(" + e("Item") + ")"
		case 5:
			return "join(" + e("[]string") + `, ",")`
		case 6:
			return fmt.Sprintf("%s[%s]", r.of("[]string"), e("int"))
		}
		return fmt.Sprintf(`string(%s)`, e(r.pick("float", "int", "time", "duration", "bool")))
	case "float":
		switch r.IntN(4) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", e("float"), r.pick("+", "-", "*", "/"), e("float"))
		case 1:
			return fmt.Sprintf("score(%s, %s)", e("Item"), e("int"))
		case 2:
			return "float(" + e("int") + ")"
		}
		return "round(" + e("float") + ")"
	case "bool":
		switch r.IntN(8) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", e("bool"), r.pick("&&", "||"), e("bool"))
		case 1:
			return fmt.Sprintf("%s %s %s", r.of("int"), r.pick("<", "<=", "==", "!=", ">="), e("int"))
		case 2:
			return "!(" + e("bool") + ")"
		case 3:
			return fmt.Sprintf("(maybe != none && maybe == %s)", e("string"))
		case 4:
			return fmt.Sprintf("(item.tag == none || item.tag != %s)", e("string"))
		case 5:
			return fmt.Sprintf("(%s %s %s)", e("time"), r.pick("<", "==", ">=", "!="), e("time"))
		case 6:
			return fmt.Sprintf("contains(%s, %s)", e("[]string"), e("string"))
		}
		return fmt.Sprintf("(%s == %s)", e("Kind"), e("Kind"))
	case "[]string":
		switch r.IntN(5) {
		case 0:
			return fmt.Sprintf("[%s for x in %s if %s]", r.pick("x", `"{x}!"`), e("[]string"), e("bool"))
		case 1:
			return fmt.Sprintf("append(%s, %s)", e("[]string"), e("string"))
		case 2:
			return fmt.Sprintf("(%s + %s)", e("[]string"), e("[]string"))
		case 3:
			return fmt.Sprintf("%s[1:%s]", r.of("[]string"), e("int"))
		}
		return "sort(" + e("[]string") + ")"
	case "Item":
		return fmt.Sprintf("Item { name: %s, n: %s, tag: %s, kind: %s, at: %s, wait: %s, parts: item.parts }",
			e("string"), e("int"), e("string?"), e("Kind"), e("time"), e("duration"))
	case "duration":
		return fmt.Sprintf("(%s %s)", e("duration"), r.pick("+ 1m", "* 2", "/ 2", "* 1.5", "- item.wait"))
	case "time":
		return fmt.Sprintf("(%s + %s)", e("time"), e("duration"))
	}
	return r.of(typ)
}

// TestRandomProgramsCompile writes programs at random; those that the checker
// accepts have to give Go that compiles. RANDOM_PROGRAMS sets their number,
// RANDOM_SEED the first seed.
func TestRandomProgramsCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	count, seed := 2, 1
	if n, err := strconv.Atoi(os.Getenv("RANDOM_PROGRAMS")); err == nil {
		count = n
	}
	if n, err := strconv.Atoi(os.Getenv("RANDOM_SEED")); err == nil {
		seed = n
	}
	root, err := os.MkdirTemp("testdata", "random")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			os.RemoveAll(root)
		}
	})
	accepted, written := 0, 0
	reasons := map[dsl.Code]int{}
	for i := range count {
		text := randomPrelude
		workflows := 0
		for w := range 10 {
			r := &randomProgram{Rand: rand.New(rand.NewPCG(uint64(seed+i), uint64(w)))}
			r.n = w * 1000
			r.workflow(fmt.Sprintf("flow%d", w))
			written++
			if !right(text+r.b.String(), reasons) {
				continue
			}
			text += r.b.String()
			workflows++
		}
		accepted += workflows
		if workflows > 0 {
			writeRandom(t, text, filepath.Join(root, "p"+strconv.Itoa(seed+i)))
		}
	}
	t.Logf("%d of %d workflows are right; the others have %v", accepted, written, reasons)
	if out, err := exec.Command("go", "vet", "-printf", "./"+root+"/...").CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// right reports whether the checker accepts a program, and counts why not.
func right(text string, reasons map[dsl.Code]int) bool {
	set := &dsl.SourceSet{}
	tree, diags := dsl.Parse(set.Add("random.flow", []byte(text)))
	p, more := dsl.Check(set, []*dsl.File{tree}, dsl.CheckOptions{})
	diags = append(diags, more...)
	for _, d := range diags {
		if d.Severity == dsl.Error {
			reasons[d.Code]++
			if os.Getenv("RANDOM_SHOW") == string(d.Code) {
				var b bytes.Buffer
				dsl.WriteText(&b, set, dsl.Diagnostics{d}, false)
				fmt.Println(b.String())
			}
		}
	}
	return p != nil && !diags.HasErrors()
}

func writeRandom(t *testing.T, text, dir string) {
	p := check(t, map[string]string{"random.flow": text}, "random.flow")
	out, err := codegen.Generate(p, codegen.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	stubs, err := codegen.Stubs(p, codegen.Existing{}, "example.com/random")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"random.flow": []byte(text), "random_flow.go": out.Files["random_flow.go"], "steps.go": stubs.Steps} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
