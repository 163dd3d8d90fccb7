package opid_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/internal/opid"
)

func TestOf(t *testing.T) {
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
		{"", strings.Repeat("x", 65), "", "_hlTfF_fEgSC99WNJentWD9SwCtOME6oFNsWM61WWu1-k"},
	} {
		if got := opid.Of(opid.Join(test.scope, test.name, test.marks)); got != test.want {
			t.Errorf("%v gave %s", test, got)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		path, bare string
		want       []opid.Segment
	}{
		{"charge", "charge", []opid.Segment{{Name: "charge"}}},
		{"charge_20card_i3_i10", "charge_20card", []opid.Segment{{Name: "charge card", Turns: []int{3, 10}}}},
		{"labels_i1-_i3-print_u", "labels-print_u", []opid.Segment{{Name: "labels", Turns: []int{1}}, {Turns: []int{3}}, {Name: "print", Part: opid.Undo}}},
		{"ask_i2_c", "ask", []opid.Segment{{Name: "ask", Turns: []int{2}, Part: opid.Callback}}},
		{"ask_s", "ask", []opid.Segment{{Name: "ask", Part: opid.Submitter}}},
		{"ask_u_s", "ask_u", []opid.Segment{{Name: "ask", Part: opid.Submitter}}},
		{"_C3_A9", "_C3_A9", []opid.Segment{{Name: "é"}}},
	} {
		got, ok := opid.Parse(test.path)
		if !ok || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s gave %+v, %v", test.path, got, ok)
		}
		if bare := opid.Bare(test.path); bare != test.bare {
			t.Errorf("%s is bare %s, want %s", test.path, bare, test.bare)
		}
	}
	// IDs of other SDKs, and of nobody.
	for _, path := range []string{"", "-", "a--b", "_", "a_", "a_2", "a_2d", "_41", "a_i", "a_ix", "a_x", "a_c_u", "a_u_", "a_ub", "_u", "_hAAAA", "1.2", "é", "a_i99999999999999999999"} {
		if s, ok := opid.Parse(path); ok {
			t.Errorf("%q was read as %+v", path, s)
		}
	}
}

// A path has two segments here, each a name and marks; different ones must have
// different IDs, legal for the service, and what can be read from an ID is what it was
// made of.
func FuzzPaths(f *testing.F) {
	f.Add("a", "b", "a-b", "", 0, 0, 0, 0)
	f.Add("a_i1", "b", "a", "b", 0, 0, 1, 0)
	f.Add("a", "b_u", "a", "b", 0, 1, 0, 1)
	f.Add(strings.Repeat("x", 80), "y", strings.Repeat("x", 80), "z", 0, 0, 0, 0)
	f.Fuzz(func(t *testing.T, a1, b1, a2, b2 string, i1, j1, i2, j2 int) {
		if a1 == "" || a2 == "" || b1 == "" && j1 != 0 || b2 == "" && j2 != 0 {
			return // no such path
		}
		s1, id1 := fuzzed(a1, b1, i1, j1)
		s2, id2 := fuzzed(a2, b2, i2, j2)
		if same := reflect.DeepEqual(s1, s2); same != (id1 == id2) {
			t.Errorf("%+v and %+v have the IDs %s and %s", s1, s2, id1, id2)
		}
		if len(id1) == 0 || len(id1) > 64 || strings.Trim(id1, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Errorf("ID %s of %+v is not legal", id1, s1)
		}
		if back, ok := opid.Parse(id1); !opid.Hashed(id1) && (!ok || !reflect.DeepEqual(back, s1)) {
			t.Errorf("%+v has the ID %s, which is read as %+v, %v", s1, id1, back, ok)
		}
		opid.Parse(a1)
		opid.Bare(a1)
	})
}

// fuzzed makes a path of names and numbers, and its ID.
func fuzzed(a, b string, i, j int) (segments []opid.Segment, id string) {
	for k, name := range []string{a, b} {
		n := []int{i, j}[k]
		if name == "" && n == 0 {
			continue
		}
		s := opid.Segment{Name: name}
		switch {
		case n > 0:
			s.Turns = []int{n}
			id = opid.Join(id, name, opid.Turn(n))
		case n < 0 && name != "":
			s.Part = opid.Undo
			id = opid.Join(id, name, opid.Undo)
		default:
			id = opid.Join(id, name, "")
		}
		segments = append(segments, s)
	}
	return segments, opid.Of(id)
}

func BenchmarkJoin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		opid.Join("group-items-_i3", "charge", "")
	}
}

func TestWords(t *testing.T) {
	for path, want := range map[string]string{
		"charge":                         "charge",
		"labels-_i3-print_20it_i0_i12":   "labels / [3] / print it[0][12]",
		"charge_u":                       "undo of charge",
		"a_i1_u-b_c":                     "undo of a[1] / b",
		opid.Of(strings.Repeat("a", 65)): "",
		"of-another-SDK-#1":              "of-another-SDK-#1",
	} {
		if got := opid.Words(path); got != want {
			t.Errorf("Words(%q) = %q, want %q", path, got, want)
		}
	}
}

// What an operation calls stands behind the ID of its path, whatever fits.
func TestCalling(t *testing.T) {
	long, name := strings.Repeat("p", 62), strings.Repeat("n", 40)
	for _, test := range []struct{ path, callee, id string }{
		{"pay", "charge", "pay_kcharge"},
		{"pay_i3_u", "take_back", "pay_i3_u_ktake_5Fback"},
		{long, "charge", opid.Of(long + "xxx")[:2] + opid.Bases(long)[1][2:] + "_kcharge"},
		{long, name, ""},
		{"pay", strings.Repeat(name, 3), ""},
	} {
		id := opid.Calling(test.path, test.callee)
		if test.id != "" && id != test.id {
			t.Errorf("%q calling %q is %q, want %q", test.path, test.callee, id, test.id)
		}
		base, callee, ok := opid.Callee(id)
		bases := opid.Bases(test.path)
		if !ok || base != bases[0] && base != bases[1] || callee != test.callee && callee != "" || len(id) > 64 {
			t.Errorf("%q calling %q is %q, of which is read %q, %q, %v", test.path, test.callee, id, base, callee, ok)
		}
		if other := opid.Calling(test.path, test.callee+"2"); other == id {
			t.Errorf("two callees have the ID %q", id)
		}
		if undo := strings.Contains(test.path, "_u"); opid.IsUndo(id) != undo {
			t.Errorf("%q is an undo: %v", id, !undo)
		}
	}
	for _, id := range []string{"pay", "pay_u", "pay_i3", "_kx", opid.Of(long + long), "a_k", "a_k_", "a_x123"} {
		if _, callee, ok := opid.Callee(id); ok && callee != "x" {
			t.Errorf("%q calls %q", id, callee)
		}
	}
	if s, ok := opid.ParseSegment("pay_i3_kcharge"); !ok || s.Name != "pay" || s.Calls != "charge" || opid.Bare("pay_i3_kcharge") != "pay" || opid.Words("pay_i3_kcharge") != "pay[3]" {
		t.Errorf("pay_i3_kcharge was read as %+v, %v", s, ok)
	}
}
