package engine

import (
	"maps"
	"testing"
)

func TestParseFaults(t *testing.T) {
	got, err := ParseFaults("429=5%, 500=0.5%,KMS=0%")
	if want := (Faults{FaultThrottled: 0.05, FaultInternal: 0.005, FaultKey: 0}); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
	for text, want := range map[string]string{
		"":                `"" is no fault: there are 429, 500, 502 and kms`,
		"404=1%":          `"404" is no fault: there are 429, 500, 502 and kms`,
		"429":             "429=: must be a share of all calls, such as 5%",
		"429=5":           "429=5: must be a share of all calls, such as 5%",
		"429=-1%":         "429=-1%: must be a share of all calls, such as 5%",
		"429=NaN%":        "429=NaN%: must be a share of all calls, such as 5%",
		"429=60%,500=60%": "429=60%,500=60%: is more than all calls",
	} {
		if _, err := ParseFaults(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// Each fault comes where it is asked for, and only what may have been applied is applied.
func TestFaultsAreDrawn(t *testing.T) {
	if fault, _ := (Faults)(nil).draw(); fault != "" {
		t.Errorf("got %s of none", fault)
	}
	for _, f := range AllFaults {
		applied := map[bool]int{}
		for range 200 {
			fault, after := (Faults{f: 1}).draw()
			if fault != f {
				t.Fatalf("got %q, want %s", fault, f)
			}
			applied[after]++
		}
		if (applied[true] > 0) != f.MayApply() || applied[false] == 0 {
			t.Errorf("%s: %v", f, applied)
		}
	}
}
