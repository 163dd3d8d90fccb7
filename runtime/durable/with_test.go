package durable

import "testing"

func TestWithChangesACopy(t *testing.T) {
	f := Workflow(Definition{Name: "a", RetentionDays: 3}, func(*Context, string) (string, error) { return "", nil })
	g := f.With(func(def *Definition) { def.Name = "b" })
	if f.Definition().Name != "a" || g.Definition().Name != "b" || g.Definition().RetentionDays != 3 {
		t.Errorf("%+v, %+v", f.Definition(), g.Definition())
	}
}
