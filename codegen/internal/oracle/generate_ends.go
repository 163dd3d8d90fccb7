package oracle

import (
	"fmt"
	"slices"
)

// group writes a group, which a timer or an answer may end.
func (w *writer) group() {
	name, typ := w.name("v"), w.pick("int", "string", "Item", "[]string")
	op, ends := operation{typ: typ, undo: true}, ""
	if w.chance(25) {
		l, h := w.name("ask "), w.name("h")
		w.opened = append(w.opened, l)
		w.line("%s := open ask as %q", h, l)
		op.must, ends = "Stopped", " until await "+h
	}
	if w.chance(35) {
		op.raises, ends = []string{"Timeout"}, ends+w.pick(" timeout 1m", " timeout 7m", " timeout 20m", " timeout 3h", " timeout (item.pause - 20m)")
	}
	w.body(fmt.Sprintf("%s := group %s%s", name, w.name("g"), ends), typ)
	w.line("}")
	w.tail(op, name)
	w.declare(name, typ)
}

// race writes a select, with a case that awaits h if that is given.
func (w *writer) race(h string) {
	out := w.name("v")
	w.line("var %s string = \"\"", out)
	w.declare(out, "string")
	w.line("select as %q {", w.name("select "))
	w.indent++
	cases := []string{"wait", "ask", "poll", "call", "pause", "read", "map"}
	w.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	cases = cases[:2+w.IntN(2)]
	if h != "" {
		cases = append([]string{"await"}, cases...)
	}
	raises := []string{}
	bounded := slices.Contains(cases, "wait") || slices.Contains(cases, "pause")
	for _, c := range cases {
		k := w.name("k")
		header, typ, raised := "", "", ""
		switch c {
		case "wait":
			header = fmt.Sprintf("wait %s as %q", w.pick("3m", "11m", "41m", "minutes(n)"), w.name("wait "))
		case "pause":
			header = fmt.Sprintf("wait item.pause as %q", w.name("wait "))
		case "ask":
			l := w.name("ask ")
			w.opened = append(w.opened, l)
			header, typ, raised = fmt.Sprintf("%s := callback ask(%s) as %q", k, w.expr("string", 1), l), "Kind", "Timeout"
		case "await":
			header, typ, raised = fmt.Sprintf("%s := await %s", k, h), "Kind", "Timeout"
		case "poll":
			bound := " at most 3 times"
			raised = "Exhausted"
			if bounded && w.chance(50) {
				bound, raised = "", "Unexpected"
			}
			header, typ = fmt.Sprintf("%s := poll read(%s) as %q every 4m%s until %s == %s", k, w.expr("string", 1), w.name("poll "), bound, k, w.expr("string", 1)), "string"
		case "call":
			header, typ, raised = fmt.Sprintf("%s := call waiter(%s) as %q", k, w.expr("int", 1), w.name("waiter ")), "int", "Timeout"
		case "read":
			header, typ, raised = fmt.Sprintf("%s := step read(%s) as %q", k, w.expr("string", 1), w.name("read ")), "string", "Unexpected"
		case "map":
			header, raised = fmt.Sprintf("map m%s in %s as %q { wait 1m as %q\nstep read(m%s) as %q }", k, w.expr("[]string", 1), w.name("map "), w.name("wait "), k, w.name("read ")), "Unexpected"
		}
		w.nested("case "+header, w.IntN(2), func() {
			if typ != "" {
				w.line("%s = \"%s {%s}\"", out, c, k)
			} else {
				w.line("%s = %q", out, c)
			}
			if w.chance(12) && !w.undo {
				w.line("if %s { %s }", w.expr("bool", 1), w.leave())
			}
		})
		switch {
		case raised == "":
			w.line("}")
		case w.chance(40):
			w.line("} catch %s { %s }", raised, w.pick("", `log "dropped"`, fmt.Sprintf("wait 2m as %q", w.name("wait ")), fmt.Sprintf("step read(\"dropped\") as %q", w.name("read "))))
		default:
			w.line("}")
			raises = append(raises, raised)
		}
	}
	if len(raises) == 0 && !bounded {
		raises = append(raises, "Exhausted")
	}
	raises = slices.DeleteFunc(raises, func(t string) bool { return t == "Unexpected" })
	w.indent--
	w.line("}")
	slices.Sort(raises)
	w.tail(operation{typ: "string", raises: slices.Compact(raises)}, out)
}

// look writes a select that looks whether h is answered.
func (w *writer) look(h string) {
	out, k := w.name("v"), w.name("k")
	w.line("var %s string = \"\"", out)
	w.declare(out, "string")
	w.line("select as %q {", w.name("look "))
	w.indent++
	w.nested(fmt.Sprintf("case %s := await %s", k, h), w.IntN(2), func() { w.line("%s = \"answered {%s}\"", out, k) })
	op := operation{typ: "string"}
	if w.chance(50) {
		w.line("} catch Timeout { %s }", w.pick("", `log "silent"`, fmt.Sprintf("step read(\"silent\") as %q", w.name("read "))))
	} else {
		w.line("}")
		op.raises = []string{"Timeout"}
	}
	w.nested("else", w.IntN(3), func() {
		w.line("%s = \"not yet\"", out)
		if w.chance(12) && !w.undo {
			w.line("if %s { %s }", w.expr("bool", 1), w.leave())
		}
	})
	w.line("}")
	w.indent--
	w.line("}")
	w.tail(op, out)
}
