package visualize

import (
	"regexp"
	"strings"
	"testing"
)

// TestNothingIsLostInADrawing: whatever a random program does, ends with or undoes is a
// node of the drawing or a line in one, and control crosses the border of no frame.
func TestNothingIsLostInADrawing(t *testing.T) {
	programs := 400
	if testing.Short() {
		programs = 100
	}
	for seed := int64(1); seed <= int64(programs); seed++ {
		p, w := randomProgram(seed, 2+int(seed%16))
		g := NewGraph(p, w)
		for _, detail := range []Detail{Normal, Full} {
			v := reduce(g, detail)
			shown, hosts := map[string]*Node{}, v.hosts()
			walk(v.nodes, func(n *Node) { shown[n.ID] = n })
			g.Walk(func(n *Node) {
				if n.Op == nil && n.Kind != Fail && n.Kind != Return && n.Kind != Undo && n.Kind != Jump && (detail == Normal || n.Kind != Plain) {
					return
				}
				host := shown[hosts[n.ID]]
				switch {
				case (shown[n.ID] == nil) == (host == nil):
					t.Errorf("program %d: %s is neither a node nor a line, or both", seed, n.ID)
				case host != nil && n.Name != "" && !saysName(host, n.Name):
					t.Errorf("program %d: the lines of %s don't say %q", seed, host.ID, n.Name)
				}
			})
			for _, e := range v.edges {
				from, to := shown[e.From], shown[e.To]
				if from == nil || to == nil || from.Parent != to.Parent {
					t.Errorf("program %d: the edge %s → %s leaves its frame", seed, e.From, e.To)
				}
			}
			if circle(v) {
				t.Errorf("program %d: the drawing has a circle", seed)
			}
		}
		if t.Failed() {
			t.Fatal(Mermaid(p, w, Full))
		}
	}
}

func saysName(host *Node, name string) bool {
	for _, l := range host.lines {
		if strings.Contains(l.text, name) {
			return true
		}
	}
	return false
}

// circle reports whether edges lead back to where they came from.
func circle(v *view) bool {
	state := map[string]int{} // 1 on the way, 2 done
	var visit func(id string) bool
	visit = func(id string) bool {
		switch state[id] {
		case 1:
			return true
		case 2:
			return false
		}
		state[id] = 1
		for _, e := range v.out(id) {
			if e.Kind != TakeBack && visit(e.To) {
				return true
			}
		}
		state[id] = 2
		return false
	}
	found := false
	walk(v.nodes, func(n *Node) { found = found || visit(n.ID) })
	return found
}

// TestTheOutlineLeavesNothingOut: each operation of a random program that is drawn is a
// line for the terminal, too.
func TestTheOutlineLeavesNothingOut(t *testing.T) {
	for seed := int64(1); seed <= 150; seed++ {
		p, w := randomProgram(seed, 2+int(seed%16))
		for _, detail := range []Detail{Overview, Normal, Full} {
			text := Text(p, w, detail, 100)
			walk(reduce(NewGraph(p, w), detail).nodes, func(n *Node) {
				if n.Op == nil || n.Kind == Undo || n.Kind == Wait {
					return
				}
				title := regexp.MustCompile(`(?m)\b` + regexp.QuoteMeta(n.Name) + `\b`)
				if n.Name != "" && !title.MatchString(text) {
					t.Errorf("program %d: no line says %q", seed, n.Name)
				}
			})
			if t.Failed() {
				t.Fatalf("%s\n%s", text, Mermaid(p, w, detail))
			}
		}
	}
}

// TestLegendsAreComplete: what a diagram uses is explained below it, and nothing else.
func TestLegendsAreComplete(t *testing.T) {
	explained := map[string]bool{"note": true, "column": true, "undo": true} // which have no look, or go with another
	for _, l := range legendTexts {
		explained[l.class] = true
	}
	for seed := int64(1); seed <= 150; seed++ {
		p, w := randomProgram(seed, 2+int(seed%16))
		for _, detail := range []Detail{Overview, Normal, Full} {
			d := newDrawing(NewGraph(p, w), detail)
			text := d.draw()
			legend := strings.Join(d.legend(), "\n")
			for class := range d.used {
				if !explained[class] {
					t.Errorf("program %d: nothing explains %s", seed, class)
				}
			}
			for _, sign := range []string{"✗", "↩", "↯"} {
				if strings.Contains(text, sign) != strings.Contains(legend, sign) {
					t.Errorf("program %d: %s is in the diagram or in its legend, not in both", seed, sign)
				}
			}
			if t.Failed() {
				t.Fatalf("%s\n%s", text, legend)
			}
		}
	}
}
