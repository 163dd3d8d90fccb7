package near

import "testing"

func TestName(t *testing.T) {
	known := []string{"askRestaurant", "customerConfirms", "id"}
	for name, want := range map[string]string{
		"askRestaurnat":   "askRestaurant",
		"AskRestaurant":   "askRestaurant",
		"customerConfirm": "customerConfirms",
		"ib":              "id",
		"somethingElse":   "",
		"":                "",
	} {
		if got := Name(name, known); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
}
