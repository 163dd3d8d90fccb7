package durable

import (
	"fmt"
	"strings"
	"testing"
)

func TestPathID(t *testing.T) {
	for _, test := range []struct{ scope, name, marks, want string }{
		{"", "charge", "", "charge"},
		{"", "charge card", "", "charge_20card"},
		{"", "a_b", "", "a_5Fb"},
		{"", "a-b", "", "a_2Db"},
		{"group", "charge", "_i3", "group-charge_i3"},
		{"labels", "", "_i3", "labels-_i3"},
		{"", "é", "", "_C3_A9"},
		{"", "charge", "_i1_i2_u", "charge_i1_i2_u"},
		{"", strings.Repeat("x", 64), "", strings.Repeat("x", 64)},
		{"", strings.Repeat("x", 65), "", "_h"},
	} {
		got := pathID(joinPath(test.scope, test.name, test.marks))
		if test.want == "_h" {
			if !strings.HasPrefix(got, "_h") || len(got) != 45 {
				t.Errorf("%v gave %s", test, got)
			}
			continue
		}
		if got != test.want {
			t.Errorf("%v gave %s", test, got)
		}
	}
}

// A path has two segments here, each a name and a turn; different ones must have
// different IDs, legal for the service.
func FuzzPathID(f *testing.F) {
	f.Add("a", "b", "a-b", "", 0, 0, 0, 0)
	f.Add("a_i1", "b", "a", "b", 0, 0, 1, 0)
	f.Add("a", "b_u", "a", "b", 0, 1, 0, 1)
	f.Add(strings.Repeat("x", 80), "y", strings.Repeat("x", 80), "z", 0, 0, 0, 0)
	f.Fuzz(func(t *testing.T, a1, b1, a2, b2 string, i1, j1, i2, j2 int) {
		id := func(a, b string, i, j int) (string, string) {
			marks := func(i int) string {
				switch {
				case i == 0:
					return ""
				case i < 0:
					return markUndo
				}
				return indexMark(i)
			}
			path := joinPath("", a, marks(i))
			if b != "" {
				path = joinPath(path, b, marks(j))
			}
			return fmt.Sprintf("%q %s %q %s", a, marks(i), b, marks(j)), pathID(path)
		}
		if a1 == "" || a2 == "" || b1 == "" && j1 != 0 || b2 == "" && j2 != 0 {
			return // no such path
		}
		p1, id1 := id(a1, b1, i1, j1)
		p2, id2 := id(a2, b2, i2, j2)
		if (p1 == p2) != (id1 == id2) {
			t.Errorf("paths %s and %s have the IDs %s and %s", p1, p2, id1, id2)
		}
		if !legalID(id1) {
			t.Errorf("ID %s of %s is not legal", id1, p1)
		}
	})
}
