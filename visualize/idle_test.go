package visualize

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/dsl"
)

// idleHead begins a workflow that opens a callback if a body awaits it.
const idleHead = `flow 1

package p

callback stop(order string) string  timeout 1h
step good(x string)                 idempotent

error None

workflow w(order string) int timeout 40d`

func headOf(body string) string {
	head := idleHead
	if strings.Contains(body, "fail None") {
		head += " fails None"
	}
	if head += " {\n"; strings.Contains(body, "await") {
		head += "t := open stop\nstep good(t.id)\n"
	}
	return head
}

func idleProgram(t *testing.T, body string) (*dsl.Program, *dsl.WorkflowDecl) {
	p := checked(t, &txtar.Archive{Files: []txtar.File{{Name: "p.flow", Data: []byte(headOf(body) + body + "\n}\n")}}})
	return p, p.Workflows[0]
}

// TestWaysWithoutNodesAreTold: what only logs is folded away, and the way to it is not.
func TestWaysWithoutNodesAreTold(t *testing.T) {
	const look = `select { case y := await t { log y }
		else { log "no" } } catch Timeout { return 3 }
	return 1`
	const late = `select { case y := await t { step good(y) as "b" }
		else { step good(order) as "c" } } catch Timeout { log "late" }
	return 1`
	for _, c := range []struct {
		name, body    string
		detail        Detail
		text, mermaid string
	}{
		{"a look that logs", look, Normal, "else: goes on", `-->|"await t, else"|`},
		{"a look that logs, overview", look, Overview, "else: goes on", `-->|"await t, else"|`},
		{"a look that logs, full", look, Full, "├ else\n", `-->|"else"|`},
		{"a look that fails, overview", "select { case y := await t { step good(y) as \"b\" }\n else { fail None } } catch Timeout {}\nreturn 1", Overview,
			"else: fails", "<small>else#58; fails</small>"},
		{"a look at the end of a turn", "for x in [order] { step good(x) as \"b\"\nselect { case await t { return 2 }\nelse {} } catch Timeout { return 3 } }\nreturn 1", Normal,
			"else → next turn", `-->|"else"|`},
		{"a caught error of a select", late, Normal, "Timeout: goes on", `-.->|"Timeout"|`},
		{"a caught error of a try that always leaves", "try { step good(order) as \"b\"\nreturn 2 } catch e { log e.message }\nreturn 1", Normal,
			"any error: goes on", `-.->|"any error"|`},
		{"a turn that ends", "for x in [order] { if x == order { step good(x) as \"b\" } }\nreturn 1", Normal, "no → next turn", `-->|"no"|`},
		{"an item that ends", "map x in [order] { if x == order { step good(x) as \"b\" } }\nreturn 1", Normal, "no → end of the item", `-->|"no"|`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, w := idleProgram(t, c.body)
			if text := Text(p, w, c.detail, 100); !strings.Contains(text, c.text) {
				t.Errorf("the outline does not say %q:\n%s", c.text, text)
			}
			if text := Mermaid(p, w, c.detail); !strings.Contains(text, c.mermaid) {
				t.Errorf("the diagram does not have %s:\n%s", c.mermaid, text)
			}
		})
	}
}

// TestEveryWayIsInTheOutline: each edge of a random program's diagram that is the way of an
// error or the `else` of a look is told in the outline, too; and with nothing covered, so is
// each that counts, with the mark of what was not taken.
func TestEveryWayIsInTheOutline(t *testing.T) {
	told := map[string]int{}
	for seed := int64(1); seed <= 300; seed++ {
		p, w := randomProgram(seed, 2+int(seed%16))
		c := NewSuite(p).Of(w)
		for _, detail := range Details {
			plain, covered := newDrawing(NewGraph(p, w), detail), c.drawing(detail)
			for _, d := range []*drawing{plain, covered} {
				entries := entriesOf(d, w)
				walk(d.view.nodes, func(n *Node) {
					if of := entries[n]; of != nil && twice(of.notes) {
						t.Errorf("program %d, %v: %s says something twice: %q", seed, detail, n.ID, of.notes)
					}
					for _, e := range d.view.out(n.ID) {
						if e.Kind == TakeBack || uncaught(d.view.node(e.To)) {
							continue
						}
						for _, way := range e.of {
							label := way.edge.Label
							switch {
							case d.over != nil && !c.counts(way.edge):
							case d.over != nil || e.Kind == Error && label != "" || isElse(way.edge, n):
								told[label]++
								if !tells(entries[n], n, label, d.over != nil) {
									t.Errorf("program %d, %v: nothing tells of %q of %s", seed, detail, label, n.ID)
								}
							}
						}
					}
					if elseOf(n) != nil && !looksDrawn(d, n) {
						t.Errorf("program %d, %v: the diagram hides the else of %s", seed, detail, n.ID)
					}
				})
				if t.Failed() {
					t.Fatalf("%s\n%s", d.draw(), entries[d.view.nodes[0]].text(100))
				}
			}
		}
		looks := 0
		eachOperation(w.Body, func(op dsl.Operation) {
			if s, ok := op.(*dsl.SelectStmt); ok && s.Else != nil {
				looks++
			}
		})
		if got := strings.Count(Sequence(p, w), "else nothing is there\n"); got != looks {
			t.Fatalf("program %d: a sequence of %d looks has %d\n%s", seed, looks, got, Sequence(p, w))
		}
	}
	for _, label := range []string{"else", "any error", "yes", "no"} {
		if told[label] == 0 {
			t.Errorf("no program has a way %q", label)
		}
	}
}

func entriesOf(d *drawing, w *dsl.WorkflowDecl) map[*Node]*entry {
	o := newOutline(d)
	walk(d.view.nodes, func(n *Node) { o.enter(n, n) })
	entries := map[*Node]*entry{}
	o.root(d.view.nodes[0], w).each(func(e *entry) { entries[e.node] = e })
	return entries
}

func twice(notes []string) bool {
	sorted := slices.Sorted(slices.Values(notes))
	return len(slices.Compact(sorted)) < len(notes)
}

// tells reports whether an entry, or that of a case below it, says a label in a note or has
// a branch for it.
func tells(of *entry, n *Node, label string, missed bool) bool {
	if of == nil {
		return false
	}
	first, _, _ := strings.Cut(label, ", ")
	for _, note := range of.notes {
		if strings.Contains(note, first) && (!missed || strings.Contains(note, missedMark)) {
			return true
		}
	}
	items := of.items
	for _, item := range of.items {
		if n.Kind == Select && item.node != nil {
			items = append(slices.Clone(items), item.items...)
		}
	}
	return slices.ContainsFunc(items, func(item *entry) bool {
		named := strings.Contains(item.title, first) || n.Kind == Select && strings.HasPrefix(item.title, "if ")
		return item.node == nil && named && (!missed || strings.Contains(item.mark, missedMark))
	})
}

func looksDrawn(d *drawing, n *Node) bool {
	for _, e := range d.view.out(n.ID) {
		if slices.Contains(strings.Split(e.Label, ", "), "else") {
			return true
		}
	}
	return slices.ContainsFunc(d.linesOf(n), func(l line) bool { return strings.HasPrefix(l.text, "else") })
}

// TestLooksHaveALegend: a look waits for nothing, which the sentence of a select would hide.
func TestLooksHaveALegend(t *testing.T) {
	const waits, looks = "`select` takes the first of what", "`select` with `else` waits for nothing"
	for body, want := range map[string][2]bool{
		"select { case await t {}\nelse {} } catch Timeout {}":                                                                         {false, true},
		"select { case await t {}\ncase wait 30m {} } catch Timeout {}":                                                                {true, false},
		"select { case await t {}\nelse {} } catch Timeout {}\nselect as \"b\" { case await t {}\ncase wait 30m {} } catch Timeout {}": {true, true},
	} {
		p, w := idleProgram(t, body+"\nreturn 1")
		d := newDrawing(NewGraph(p, w), Normal)
		d.draw()
		legend := strings.Join(d.legend(), "\n")
		if got := [2]bool{strings.Contains(legend, waits), strings.Contains(legend, looks)}; got != want {
			t.Errorf("%s\nwaits, looks: %v, want %v\n%s", body, got, want, legend)
		}
	}
}

// TestMarksAreNotCut: the mark of a long text stands behind what is left of it.
func TestMarksAreNotCut(t *testing.T) {
	long := strings.Repeat("a long text ", 12)
	p, w := idleProgram(t, "step good(order) as \""+long+"\"\nif order == \""+long+"\" { step good(order) as \"b\" }\nreturn len(\""+long+"\")")
	c := NewSuite(p).Of(w)
	text := c.Text(Normal, 80)
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "…") && !strings.HasSuffix(line, "… "+missedMark) && !strings.Contains(line, "… ?") {
			t.Errorf("%s\nhas no mark", line)
		}
	}
	if strings.Count(text, "… "+missedMark) < 2 {
		t.Errorf("the long lines have no marks:\n%s", text)
	}
	d := c.drawing(Normal)
	d.over = missedLayer{c}
	if got := d.lineText(line{text: "✗ " + long}); !strings.HasSuffix(got, "… "+missedMark) || len(lines(got, smallColumns, 3)) > 3 || !strings.HasSuffix(strings.Join(lines(got, smallColumns, 3), " "), missedMark) {
		t.Errorf("got %q", got)
	}
}

// missedLayer has all lines not taken.
type missedLayer struct{ *Coverage }

func (missedLayer) lineMark(line) string { return " " + missedMark }
