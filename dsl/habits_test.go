package dsl

import (
	"strings"
	"testing"
)

// TestEveryHabitIsTold puts every word of the tables where it is used to stand: what is
// said about it is what the table says.
func TestEveryHabitIsTold(t *testing.T) {
	for _, place := range []struct {
		habits habits
		before string
		after  string
	}{
		{statementHabits, "workflow pay() {\n    ", " x\n}\n"},
		{useHabits, "workflow pay() {\n    step send() ", " 3\n}\n"},
		{policyHabits, "step send() ", " 3\n"},
		{declarationHabits, "", " x\n"},
		{valueHabits, "workflow pay() {\n    x := ", "\n}\n"},
		{typeHabits, "step send(x ", ")\n"},
	} {
		for word, row := range place.habits.byWord {
			text := "flow 1\n\npackage example\n\n" + place.before + word + place.after
			src := new(SourceSet).Add("in.flow", []byte(text))
			_, ds := Parse(src)
			want := strings.NewReplacer("%s", word, "%f", row.fix).Replace(row.message)
			if len(ds) == 0 || ds[0].Code != place.habits.code || ds[0].Message != want || row.help != "" && ds[0].Help != row.help {
				t.Errorf("%s%s%s: %+v, want %q", place.before, word, place.after, ds, want)
				continue
			}
			if fixed, _ := ApplyFixes(src, ds[:1]); row.fix != "" && !strings.Contains(string(fixed), place.before+row.fix+place.after) {
				t.Errorf("%s is fixed to\n%s", word, fixed)
			}
		}
	}
}
