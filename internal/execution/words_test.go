package execution

import (
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

func TestAPayloadStaysOnItsLine(t *testing.T) {
	for payload, want := range map[string]string{
		"{\n  \"city\": \"Köln\"\n}\n":       `{"city":"Köln"}`,
		"no JSON,\n\x1b[2Jbut two lines":     "no JSON, �[2Jbut two lines",
		`"` + strings.Repeat("ö", 100) + `"`: `"` + strings.Repeat("ö", 79) + "…",
	} {
		e := wire.Event{ExecutionStartedDetails: &wire.ExecutionStartedDetails{Input: &wire.EventPayload{Payload: &payload}}}
		if got := EventText(&e); got != want {
			t.Errorf("%q: %q, want %q", payload, got, want)
		}
	}
}
