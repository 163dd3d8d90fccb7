package opid

import (
	"strings"
	"testing"
)

func TestLeadsTo(t *testing.T) {
	long := strings.Repeat("a very long name ", 5)
	for _, c := range []struct{ shown, path string }{
		{"ask", Join("", "ask", "")},
		{"ask", Join("", "ask", Callback)},
		{"ask[2]", Join("", "ask", Turn(2))},
		{"labels[2]/ask", Join(Join(Join("", "labels", ""), "", Turn(2)), "ask", Callback)},
		{"labels / [2] / ask", Join(Join(Join("", "labels", ""), "", Turn(2)), "ask", "")},
		{"all/labels[1][2]/ask[0]", Join(Join(Join(Join("", "all", ""), "labels", Turn(1)), "", Turn(2)), "ask", Turn(0)+Callback)},
		{"undo of charge/ask", Join(Join("", "charge", Undo), "ask", "")},
	} {
		if !LeadsTo(c.shown, Of(c.path)) {
			t.Errorf("%s does not lead to %s", c.shown, c.path)
		}
		deep := Join(Join("", long, ""), "", Turn(7)) + "-" + c.path
		if shown := long + "[7]/" + c.shown; !LeadsTo(shown, Of(deep)) {
			t.Errorf("%s does not lead to %s", shown, deep)
		}
		for _, other := range []string{"", "asks", "labels[3]/ask", "x/ask", strings.Repeat("a[0]/", 100)} {
			if LeadsTo(other, Of(c.path)) || LeadsTo(long+"[7]/"+other, Of(deep)) {
				t.Errorf("%s leads to %s", other, c.path)
			}
		}
	}
}
