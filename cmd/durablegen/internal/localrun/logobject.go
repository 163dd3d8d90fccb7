package localrun

import (
	"encoding/json"
	"strings"

	"github.com/durablegen/durablegen/runtime/engine"
)

// logObject gives a line that a function wrote as a line of JSON: as it is if it is
// an object already, else as the message of one. It is empty for a blank line.
func logObject(l engine.LogLine) string {
	text := strings.TrimSpace(l.Text)
	if text == "" {
		return ""
	}
	if text[0] == '{' && json.Valid([]byte(text)) {
		return text
	}
	object, err := json.Marshal(struct {
		Timestamp string `json:"timestamp"`
		Message   string `json:"message"`
		Function  string `json:"function"`
		RequestID string `json:"requestId,omitempty"`
	}{l.Time.UTC().Format("2006-01-02T15:04:05.000Z"), l.Text, l.Function, l.RequestID})
	if err != nil {
		return "" // strings only: never
	}
	return string(object)
}
