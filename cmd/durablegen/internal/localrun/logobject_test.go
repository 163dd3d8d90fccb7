package localrun

import (
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
)

func TestLogObject(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	for text, want := range map[string]string{
		`{"message":"hi","n":1}`: `{"message":"hi","n":1}`,
		"  ":                     "",
		"panic: \"oh\"":          `{"timestamp":"2026-01-02T03:04:05.006Z","message":"panic: \"oh\"","function":"f","requestId":"r"}`,
		"{broken":                `{"timestamp":"2026-01-02T03:04:05.006Z","message":"{broken","function":"f","requestId":"r"}`,
	} {
		if got := logObject(engine.LogLine{Time: at, Function: "f", RequestID: "r", Text: text}); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}
