package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// variable is a name that a program can use, and its type.
type variable struct{ name, typ string }

// writer writes a program that is mostly right: what the checker refuses is left out
// by the caller.
type writer struct {
	*rand.Rand
	b      strings.Builder
	n      int // for names
	indent int
	vars   []variable
	frame  int      // variables below are outside of the innermost body that may not assign them
	bodies int      // around
	loops  int      // around, in the innermost body
	gives  string   // the type that the innermost body gives
	undo   bool     // in an undo
	storm  bool     // mostly batches and groups with undos
	undone bool     // an undo may have been registered in the innermost body since its last commit
	calls  []string // workflows that may be called
	opened []string // callbacks, by the names under which they are answered
	again  string   // the workflow, if it may go on as a new execution
}

func (w *writer) name(prefix string) string {
	w.n++
	return prefix + strconv.Itoa(w.n)
}

func (w *writer) line(format string, args ...any) {
	w.b.WriteString(strings.Repeat("    ", w.indent))
	fmt.Fprintf(&w.b, format+"\n", args...)
}

func (w *writer) pick(list ...string) string { return list[w.IntN(len(list))] }

func (w *writer) chance(percent int) bool { return w.IntN(100) < percent }

// workflow writes a workflow of about size statements.
func (w *writer) workflow(name string, size int) {
	w.vars = []variable{{"item", "Item"}, {"n", "int"}, {"words", "[]string"}, {"items", "[]Item"}, {"prices", "map[string]int"}, {"maybe", "string?"}}
	w.gives, w.storm = "[]string", w.chance(30)
	w.line("workflow %s(%s) []string", name, parameters)
	w.line("    fails Bad, Worse, Timeout, HeartbeatTimeout, Exhausted")
	w.line("    timeout 300d")
	w.line("{")
	w.indent++
	w.line("var trail []string = []")
	w.line("if n == 424242 {")
	w.line(`    callback tell(item) as "tell never"`)
	w.line(`    it := step load("never") as "never load"`)
	w.line(`    s := poll read(it.name) as "never poll" every 1m at most 1 times until s == ""`)
	w.line("}")
	w.block(size)
	if w.again != "" && w.chance(30) {
		w.line("log \"{len(trail)}\"")
		w.line(w.goOn())
	} else {
		w.line("return trail")
	}
	w.indent--
	w.line("}")
}

// block writes statements; what they declare is read at its end.
func (w *writer) block(n int) {
	from := len(w.vars)
	for range n {
		w.stmt()
		if w.undone && !w.undo && w.chance(15) {
			w.line("commit")
			w.undone = false
		}
	}
	for _, v := range w.vars[from:] {
		w.use(v)
	}
	w.vars = w.vars[:from]
}

func (w *writer) use(v variable) {
	text := ""
	switch v.typ {
	case "int", "string", "float", "bool", "Kind", "time", "duration":
		text = "{" + v.name + "}"
	case "string?":
		text = "{" + v.name + " ?? \"none\"}"
	case "Kind?":
		text = "{" + v.name + " ?? Kind.small}"
	case "Item":
		text = fmt.Sprintf("{%[1]s.n} {%[1]s.name} {%[1]s.kind} {len(%[1]s.parts)}", v.name)
	default:
		text = fmt.Sprintf("{len(%s)}", v.name)
	}
	if w.bodies == 0 && !w.undo {
		w.line("trail = append(trail, \"%s\")", v.name+" "+text)
		return
	}
	w.line("log \"%s\"", text)
}

// nested writes a block below a header.
func (w *writer) nested(header string, n int, before func()) {
	w.line("%s {", header)
	w.indent++
	undone := w.undone
	defer func() { w.undone = w.undone || undone }()
	from := len(w.vars)
	if before != nil {
		before()
	}
	w.block(n)
	w.vars = w.vars[:from]
	w.indent--
}

func (w *writer) declare(name, typ string) { w.vars = append(w.vars, variable{name, typ}) }

// operation is an operation to be written.
type operation struct {
	text   string
	typ    string // empty: no value
	raises []string
	must   string // what has to be caught
	undo   bool   // it may have one
	leave  bool   // what it defines can't be assigned: catches leave
}

func (w *writer) anOperation(bound string) operation {
	label := func(name string) string { return fmt.Sprintf(" as %q", w.name(name+" ")) }
	retry := ""
	if w.chance(15) {
		retry = " " + w.pick(append(computed, policies[3:]...)...)
	}
	callback := func(name string) string {
		l := w.name(name + " ")
		w.opened = append(w.opened, l)
		return fmt.Sprintf(" as %q", l)
	}
	kind := w.IntN(18)
	if w.storm && w.chance(20) {
		kind = 10 // a batch that fails while the outcome of a step is not known
	}
	switch kind {
	case 0, 1, 2:
		return operation{text: fmt.Sprintf("step act(%s)%s%s", w.expr("int", 2), label("act"), retry), typ: "int", raises: []string{"Bad"}, undo: true}
	case 3:
		return operation{text: fmt.Sprintf("step read(%s)%s%s", w.expr("string", 2), label("read"), retry), typ: "string"}
	case 4, 5:
		return operation{text: fmt.Sprintf("step load(%s)%s", w.expr("string", 1), label("load")), typ: "Item", raises: []string{"Bad", "Worse"}, undo: true}
	case 6:
		return operation{text: fmt.Sprintf("step list(%s, %s)%s", w.expr("Item", 1), w.expr("int", 2), label("list")), typ: "[]string"}
	case 7:
		return operation{text: fmt.Sprintf("step weigh(%s)%s", w.expr("Item", 2), label("weigh")), typ: "float"}
	case 8:
		return operation{text: fmt.Sprintf("step pick(%s)%s", w.expr("Kind", 2), label("pick")), typ: "Kind?"}
	case 9:
		return operation{text: fmt.Sprintf("step slow(%s)%s%s", w.expr("int", 1), label("slow"), retry), typ: "int", raises: []string{"Timeout"}, undo: true}
	case 10:
		return operation{text: fmt.Sprintf("step once(%s)%s", w.expr("string", 1), label("once")), typ: "int", raises: []string{"Bad"}, must: "Interrupted", undo: true}
	case 11:
		return operation{text: fmt.Sprintf("callback ask(%s)%s%s%s", w.expr("string", 1), callback("ask"), w.pick("", "", "", " timeout item.pause"), retry), typ: "Kind", raises: []string{"Timeout"}}
	case 12:
		return operation{text: fmt.Sprintf("callback tell(%s)%s", w.expr("Item", 1), callback("tell")), raises: []string{"Worse", "Timeout", "HeartbeatTimeout"}}
	case 13:
		return operation{text: fmt.Sprintf("invoke remote(%s, %s)%s", w.expr("int", 1), w.expr("string", 1), label("remote")), typ: "Item", raises: []string{"Bad"}, undo: true}
	case 14:
		until := w.expr("bool", 2)
		if bound != "" {
			until = w.pick(bound+" == "+w.expr("string", 1), fmt.Sprintf("len(%s) > %s", bound, w.expr("int", 1)), bound+" == \"\" || "+until)
		}
		return operation{text: fmt.Sprintf("poll read(%s)%s every %s at most %s times until %s", w.expr("string", 1), label("poll"),
			w.pick("1m", "20s backoff 2", "1m backoff 1.5 max 2m", "item.pause"), w.pick("1", "2", "3", "4", "5", "(n % 5)"), until), typ: "string", raises: []string{"Exhausted"}}
	case 15:
		until := w.expr("bool", 2)
		if w.chance(50) {
			if bound != "" {
				until = w.pick(bound+".n > 4", bound+".kind == Kind.huge && "+until, "contains("+bound+".name, \"a\")")
			}
			return operation{text: fmt.Sprintf("poll track(%s)%s from %s every 30s at most %d times until %s", w.expr("string", 1), label("track"), w.pick("none", "item"), 1+w.IntN(4), until),
				typ: "Item", raises: []string{"Bad", "Exhausted"}}
		}
		if bound != "" {
			until = w.pick(bound+" > 5", bound+" / n > 1", bound+" == 3 || "+until)
		}
		return operation{text: fmt.Sprintf("poll count(%s)%s from %s every 2m at most %d times until %s", w.expr("string", 1), label("count"), w.expr("int", 1), 1+w.IntN(4), until),
			typ: "int", raises: []string{"Exhausted"}}
	case 16:
		if len(w.calls) > 0 {
			return operation{text: fmt.Sprintf("call %s(%s, %s, %s, items, prices, %s)%s", w.pick(w.calls...), w.expr("Item", 1), w.expr("int", 1), w.expr("[]string", 1), w.expr("string?", 1), label("call")),
				typ: "[]string", raises: []string{"Bad", "Worse", "Timeout", "HeartbeatTimeout", "Exhausted"}, undo: true}
		}
		fallthrough
	default:
		return operation{text: fmt.Sprintf("call waiter(%s)%s", w.expr("int", 1), label("waiter")), typ: "int", raises: []string{"Timeout"}, undo: true}
	}
}

// goOn gives a statement by which the workflow goes on as a new execution. Where something
// that nobody sees here has to be committed, the program is refused, and is none of those
// that run.
func (w *writer) goOn() string {
	if w.undone {
		w.line("commit")
	}
	return fmt.Sprintf("again %s(%s, %s, %s, items, prices, %s)", w.again, w.expr("Item", 1), w.expr("int", 1), w.expr("[]string", 1), w.expr("string?", 1))
}

// leave writes a statement that leaves where it stands.
func (w *writer) leave() string {
	options := []string{fmt.Sprintf("fail Bad { code: %s }", w.expr("int", 1)), "fail Worse"}
	if w.loops > 0 {
		options = append(options, "break", "continue", "continue")
	}
	if w.again != "" && w.bodies == 0 && !w.undo && w.chance(40) {
		return w.goOn()
	}
	if !w.undo {
		word := "return"
		if w.bodies > 0 {
			word = "yield"
		}
		if w.gives == "" {
			options = append(options, "fail Worse")
		} else {
			options = append(options, word+" "+w.expr(w.gives, 1))
		}
	}
	return w.pick(options...)
}

// tail writes the undo and the catches of an operation; what it defines goes by the
// name of v.
func (w *writer) tail(op operation, v string) {
	if op.undo && !w.undo && (w.storm || w.chance(45)) {
		w.undone = true
		shown := `"u"`
		switch {
		case v == "" || op.typ == "":
		case op.typ == "Item":
			shown = fmt.Sprintf("\"u {%s.n}\"", v)
		case strings.HasPrefix(op.typ, "[]"):
			shown = fmt.Sprintf("\"u {len(%s)}\"", v)
		default:
			shown = fmt.Sprintf("\"u {%s}\"", v)
		}
		switch w.IntN(5) {
		case 0, 1:
			w.line("    undo step quiet(%s)%s", shown, w.pick("", " retry 1 every 3s"))
		case 2:
			w.line("    undo step note(%s, %s) as %q", w.of("Item"), w.of("int"), w.name("undone "))
		default:
			w.undo = true
			frame, loops := w.frame, w.loops
			w.frame, w.loops = len(w.vars), 0
			w.indent++
			w.line("undo {")
			w.indent++
			w.line("step quiet(%s)", shown)
			w.block(1 + w.IntN(2))
			w.indent--
			w.line("}")
			w.indent--
			w.frame, w.loops, w.undo = frame, loops, false
		}
	}
	if op.must != "" {
		w.aCatch("catch "+op.must, "", op, v)
	}
	for _, t := range op.raises {
		if w.chance(35) {
			bind := ""
			if t == "Bad" && w.chance(60) {
				bind = w.name("e")
			}
			w.aCatch("catch "+t, bind, op, v)
		}
	}
	if w.chance(12) {
		w.aCatch(w.pick(`catch "Error"`, `catch "Panic"`, `catch "Panic", "Error"`), "", op, v)
	}
	switch {
	case w.chance(12):
		w.aCatch("catch Unexpected", "", op, v)
	case w.chance(15):
		w.aCatch("catch", w.name("e"), op, v)
	}
}

func (w *writer) aCatch(header, bind string, op operation, v string) {
	all := header == "catch"
	switch {
	case all:
		header += " " + bind
	case bind != "":
		header += " as " + bind
	}
	w.indent++
	w.line("%s {", header)
	w.indent++
	switch {
	case all:
		w.line("log \"{%s.type}\"", bind)
	case bind != "":
		w.line("log \"{%s.code}\"", bind)
	}
	switch {
	case w.undo:
	case header == "catch Interrupted" && w.chance(40):
		w.body("group "+w.name("settles"), "int")
		w.line("}")
	case w.chance(30):
		w.line("step quiet(%q) as %q", "in a catch", w.name("caught "))
	}
	assigns := v != "" && op.typ != ""
	switch {
	case bind != "" && w.chance(15):
		w.line("fail %s", bind)
	case assigns && w.chance(75):
		e := w.literal(op.typ)
		if bind != "" && !all && op.typ == "int" {
			e = bind + ".code"
		}
		w.line("%s = %s", v, e)
	case assigns || op.leave || w.chance(20):
		w.line("%s", w.leave())
	}
	w.indent--
	w.line("}")
	w.indent--
}

func (w *writer) stmt() {
	if w.indent > 7 {
		w.line(`step quiet("deep") as %q`, w.name("deep "))
		return
	}
	form := w.IntN(31)
	if w.storm && w.chance(70) {
		form = []int{2, 2, 2, 10, 20, 22, 24}[w.IntN(7)]
	}
	switch form {
	case 30:
		name := w.name("v")
		typ := w.pick("int", "string", "Item")
		w.line("var %s %s", name, typ)
		w.line("if %s {", w.expr("bool", 2))
		w.line("    %s = %s", name, w.expr(typ, 2))
		if typ == "int" && w.chance(50) {
			w.line("} else { %s = step act(%s) as %q }", name, w.expr("int", 1), w.name("act "))
		} else {
			w.line("} else { %s = %s }", name, w.expr(typ, 1))
		}
		w.declare(name, typ)
	case 0, 1:
		typ := w.pick("int", "string", "float", "bool", "[]string", "Item", "Kind", "duration", "time", "string?", "map")
		e := w.expr(typ, 3)
		name := w.name("v")
		w.line("var %s %s = %s", name, strings.Replace(typ, "map", "map[string]int", 1), e)
		w.declare(name, typ)
	case 2, 3, 4, 5, 6, 7, 8, 9:
		name := w.name("v")
		op := w.anOperation(name)
		if op.typ == "" || w.chance(15) {
			op = w.anOperation("")
			w.line("%s", op.text)
			w.tail(op, "")
			return
		}
		w.line("%s := %s", name, op.text)
		w.tail(op, name)
		w.declare(name, op.typ)
	case 10:
		w.line("wait %s as %q", w.pick("1m", "90s", "seconds(n % 97)", "item.pause", "until item.at", "until item.at + 1h", "10ms"), w.name("wait "))
	case 11, 12:
		w.nested("if "+w.expr("bool", 3), 1+w.IntN(2), nil)
		if w.chance(50) {
			w.nested("} else", 1+w.IntN(2), nil)
		}
		w.line("}")
	case 13, 14:
		i, x := w.name("i"), w.name("x")
		list := w.pick("words", "items", "prices")
		key, typ := "int", map[string]string{"words": "string", "items": "Item", "prices": "int"}[list]
		if list == "prices" {
			key = "string"
		}
		if list == "words" && w.chance(40) {
			list = w.expr("[]string", 2)
		}
		w.loops++
		w.nested(fmt.Sprintf("for %s, %s in %s", i, x, list), 1+w.IntN(2), func() {
			w.declare(i, key)
			w.declare(x, typ)
			w.use(variable{i, key})
			w.use(variable{x, typ})
			if w.chance(25) {
				w.line("if %s { %s }", w.expr("bool", 2), w.pick("break", "continue"))
			}
		})
		w.loops--
		w.line("}")
	case 15:
		w.loops++
		w.nested(fmt.Sprintf("while %s at most %s times", w.expr("bool", 2), w.pick("1", "2", "3", "min(n, 4)", "len(words)")), 1+w.IntN(2), nil)
		w.loops--
		w.line("}")
	case 16:
		w.nested("switch "+w.expr("Kind", 1), 0, nil)
		w.indent++
		w.nested("case small, large", 1+w.IntN(2), nil)
		w.line("}")
		w.nested(w.pick("case huge", "else"), 1, nil)
		w.line("}")
		w.indent--
		w.line("}")
	case 17, 18:
		w.nested("try", 1+w.IntN(2), func() {
			w.line("step act(%s) as %q", w.expr("int", 2), w.name("tried "))
			if w.chance(40) && !w.undo {
				w.line("if %s { %s }", w.expr("bool", 2), w.leave())
			}
		})
		w.line("}")
		e := w.name("e")
		w.line("catch Bad as %s { log \"{%s.code}\"", e, e)
		if w.chance(40) {
			w.line("    %s", w.pick("fail "+e, "fail Worse", fmt.Sprintf("step quiet(\"%s\") as %q", "bad", w.name("caught "))))
		}
		w.line("}")
		if w.chance(50) {
			w.line("catch %s { log \"{%s.type}\" }", e, e)
		}
	case 19:
		w.assign()
	case 20, 21:
		w.parallel()
	case 22, 23:
		w.mapping()
	case 24, 25:
		if w.undo {
			return
		}
		w.group()
	case 26, 27:
		w.race("")
	case 28:
		if w.undo {
			return
		}
		l, h := w.name("ask "), w.name("h")
		w.opened = append(w.opened, l)
		w.line("%s := open ask as %q", h, l)
		if w.chance(50) {
			w.line("step quiet(%s.id) as %q", h, w.name("send "))
		}
		w.block(w.IntN(2))
		switch {
		case w.chance(40):
			w.race(h)
		case w.chance(50):
			w.look(h)
		}
		name := w.name("v")
		w.line("%s := await %s", name, h)
		w.tail(operation{typ: "Kind", raises: []string{"Timeout"}}, name)
		w.declare(name, "Kind")
	case 29:
		name, word := w.name("v"), w.pick("now", "uuid", "random")
		w.line("%s := step %s() as %q", name, word, w.name(word+" "))
		w.declare(name, map[string]string{"now": "time", "uuid": "string", "random": "float"}[word])
	}
}

// assign gives a variable another value.
func (w *writer) assign() {
	for i := len(w.vars) - 1; i >= w.frame; i-- {
		v := w.vars[i]
		if !strings.HasPrefix(v.name, "v") || !slices.Contains([]string{"int", "string", "Item", "[]string", "map"}, v.typ) {
			continue
		}
		switch {
		case v.typ == "Item":
			w.line("%s.%s", v.name, w.pick("n = "+w.expr("int", 2), "tag = "+w.expr("string?", 2), "parts = []", fmt.Sprintf("n = step act(%s) as %q", w.expr("int", 1), w.name("again "))))
		case v.typ == "map":
			w.line("%s[%s] = %s", v.name, w.expr("string", 2), w.pick(w.expr("int", 2), fmt.Sprintf("step act(%s) as %q", w.expr("int", 1), w.name("again "))))
		case v.typ == "int" && w.chance(60):
			w.line("%s = step act(%s) as %q", v.name, w.expr("int", 2), w.name("again "))
			op := operation{typ: "int", raises: []string{"Bad"}, undo: true}
			w.tail(op, w.pick("", v.name))
		default:
			w.line("%s = %s", v.name, w.expr(v.typ, 3))
		}
		return
	}
}

// body writes a block that yields.
func (w *writer) body(header, typ string) {
	frame, loops, gives, undone := w.frame, w.loops, w.gives, w.undone
	w.frame, w.loops, w.gives, w.undone = len(w.vars), 0, typ, false
	defer func() { w.undone = w.undone || undone }()
	w.bodies++
	w.line("%s {", header)
	w.indent++
	from := len(w.vars)
	w.block(1 + w.IntN(2))
	if w.chance(30) {
		w.line("if %s { %s }", w.expr("bool", 2), w.leave())
	}
	if typ == "int" && w.chance(30) {
		w.line("yield step act(%s) as %q", w.expr("int", 1), w.name("act "))
	} else {
		w.line("yield %s", w.expr(typ, 2))
	}
	w.indent--
	w.vars = w.vars[:from]
	w.frame, w.loops, w.gives = frame, loops, gives
	w.bodies--
}

// plainBody writes a block that may be abandoned.
func (w *writer) plainBody(header string) {
	w.line("%s {", header)
	w.indent++
	if w.chance(50) {
		w.line("wait %s as %q", w.pick("1m", "item.pause", "seconds(n % 97)"), w.name("wait "))
	}
	v := w.name("v")
	w.line("%s := step read(%s) as %q", v, w.expr("string", 1), w.name("read "))
	w.line("yield %s", w.pick(v, v+" + "+v, `"{len(`+v+`)}"`))
	w.indent--
	w.line("}")
}

func (w *writer) parallel() {
	if w.undo {
		return
	}
	name, label := w.name("v"), w.name("parallel ")
	if w.chance(20) {
		w.line("%s := parallel as %q %s {", name, label, w.pick("min 1", "min 1 tolerate 1", "min 2", "min 1 max 1"))
		w.indent++
		w.plainBody("a:")
		w.plainBody("b:")
		w.plainBody("c:")
		w.indent--
		w.line("}")
		w.tail(operation{leave: true}, "")
		w.show(fmt.Sprintf("{%[1]s.a ?? \"-\"} {%[1]s.b ?? \"-\"} {%[1]s.c ?? \"-\"}", name))
		return
	}
	settled, limits := w.pick("", "", "settled "), w.pick("", "", " max 2", " max 1", " tolerate 1", " tolerate 34 %")
	w.line("%s := %sparallel as %q%s {", name, settled, label, limits)
	w.indent++
	w.body("a:", "int")
	w.line("}")
	w.body("b:", "string")
	w.line("}")
	if w.chance(50) {
		w.line("c: step read(%s)", w.expr("string", 2))
	} else {
		w.line("c: step load(%s)", w.expr("string", 1))
	}
	w.indent--
	w.line("}")
	undo := settled == "" || w.chance(50)
	w.tail(operation{undo: undo, leave: true}, "")
	if settled != "" {
		w.show(fmt.Sprintf("{%[1]s.a.status} {%[1]s.a.value ?? 0} {%[1]s.b.value ?? \"none\"} "+countsOf, name))
		if w.chance(40) {
			w.failed(name + ".c")
		}
	} else if strings.Contains(limits, "tolerate") {
		w.show(fmt.Sprintf("{%[1]s.a ?? 0} {%[1]s.b ?? \"none\"}", name))
	} else {
		w.show(fmt.Sprintf("{%[1]s.a} {%[1]s.b}", name))
	}
}

// countsOf is what the outcome of a batch tells of all.
const countsOf = "{%[1]s.reason} {%[1]s.succeeded} {%[1]s.failed} {%[1]s.started} {%[1]s.total} {%[1]s.count} {%[1]s.begun} {%[1]s.notStarted}"

// failed chooses by the status and the error of an item.
func (w *writer) failed(item string) {
	said := func(text string) {
		if w.chance(60) {
			w.show(text)
		}
	}
	w.line("switch %s.status {", item)
	w.nested("case succeeded, "+w.pick("failed", "notStarted"), 0, func() { said("done") })
	w.line("}")
	w.nested("else", 0, func() { said("{" + item + ".status}") })
	w.line("}")
	w.line("}")
	e := w.name("e")
	w.line("switch %s.error {", item)
	bad, other := "", w.pick("", ", none")
	if w.chance(50) {
		other = ""
		w.nested("case none", 0, func() { said("none") })
		w.line("}")
	}
	if w.chance(60) {
		bad = "Bad, "
		w.nested("case Bad as "+e, 0, func() {
			w.line("log \"{%s.code}\"", e)
			if w.chance(20) && !w.undo {
				w.line("fail %s", e)
			} else {
				said("{" + e + ".code}")
			}
		})
		w.line("}")
	}
	if w.chance(40) {
		w.nested("case Unexpected"+other, 0, func() { said("other") })
		w.line("}")
	}
	w.nested("else", 0, func() { said(w.pick("else", bad+"else")) })
	w.line("}")
	w.line("}")
}

// show makes a text part of the result where it can, else of a step.
func (w *writer) show(text string) {
	if w.bodies == 0 && !w.undo {
		w.line("trail = append(trail, \"%s\")", text)
		return
	}
	w.line("step quiet(\"%s\") as %q", text, w.name("shown "))
}

func (w *writer) mapping() {
	if w.undo {
		return
	}
	name, x := w.name("v"), w.name("x")
	list, typ := w.pick("words", w.expr("[]string", 2)), "string"
	if w.chance(40) {
		list, typ = "items", "Item"
	}
	label := w.name("map ")
	if w.chance(15) {
		w.line("%s := map %s in %s as %q %s {", name, x, list, label, w.pick("min 1", "min n % 3", "min 2 tolerate 1"))
		w.indent++
		w.vars = append(w.vars, variable{x, typ})
		w.line("log \"%s\"", map[string]string{"string": "{" + x + "}", "Item": "{" + x + ".n}"}[typ])
		w.line("wait %s as %q", w.pick("1m", "item.pause", "seconds(n % 97)"), w.name("wait "))
		v := w.name("v")
		w.line("%s := step read(%s) as %q", v, w.expr("string", 1), w.name("read "))
		w.line("yield %s", v)
		w.vars = w.vars[:len(w.vars)-1]
		w.indent--
		w.line("}")
		w.tail(operation{leave: true}, "")
		w.show("{len(" + name + ")}")
		return
	}
	settled, limits := w.pick("", "", "settled "), w.pick("", "", " max 2", " max n", " max 1", " tolerate 50 %", " tolerate 1", " max 2 tolerate n")
	result := w.pick("string", "int", "Item")
	w.vars = append(w.vars, variable{x, typ})
	w.body(fmt.Sprintf("%s := %smap %s in %s as %q%s", name, settled, x, list, label, limits), result)
	w.line("}")
	w.vars = w.vars[:len(w.vars)-1]
	w.tail(operation{undo: true, leave: true}, "")
	switch {
	case settled != "":
		w.show(fmt.Sprintf("{join([\"{i.index} {i.status} {i.name}\" for i in %[1]s.items], \"|\")} "+countsOf, name))
		if i := w.name("i"); w.chance(40) {
			w.line("for %s in %s.items {", i, name)
			w.indent++
			w.failed(i)
			w.indent--
			w.line("}")
		}
	case strings.Contains(limits, "tolerate"):
		w.show(fmt.Sprintf("{len([i for i in %s if i != none])}", name))
	case result == "Item":
		w.show(fmt.Sprintf("{join([i.name for i in %s], \"|\")}", name))
	default:
		w.show(fmt.Sprintf("{join([\"{i}\" for i in %s], \"|\")}", name))
	}
}
