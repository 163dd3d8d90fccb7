package execution

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/runtime/wire"
)

// ParseHistory reads a saved history: the answer of GetDurableExecutionHistory, a list of
// events, or one event a line.
func ParseHistory(text []byte) ([]wire.Event, error) {
	trimmed := strings.TrimSpace(string(text))
	var page struct{ Events []wire.Event }
	var events []wire.Event
	switch {
	case strings.HasPrefix(trimmed, "["):
		if err := json.Unmarshal(text, &events); err != nil {
			return nil, fmt.Errorf("no history: %w", err)
		}
	case json.Unmarshal(text, &page) == nil && page.Events != nil:
		events = page.Events
	default:
		d := json.NewDecoder(strings.NewReader(trimmed))
		for d.More() {
			var e wire.Event
			if err := d.Decode(&e); err != nil {
				return nil, fmt.Errorf("no history: %w", err)
			}
			events = append(events, e)
		}
	}
	if len(events) == 0 || events[0].EventType == "" {
		return nil, errors.New("no history: it has no events of GetDurableExecutionHistory")
	}
	return events, nil
}
