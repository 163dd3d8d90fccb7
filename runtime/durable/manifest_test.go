package durable

import (
	"testing"
	"time"
)

// Tools are told of every function how long its executions may take.
func TestManifest(t *testing.T) {
	body := func(*Context, string) (string, error) { return "", nil }
	list := manifest([]*Function{
		Workflow(Definition{Name: "silent"}, body),
		Workflow(Definition{Name: "says", Timeout: 1500 * time.Millisecond, RetentionDays: 3}, body),
	})
	if list[0] != (manifestEntry{"silent", 86400, 0}) || list[1] != (manifestEntry{"says", 2, 3}) {
		t.Errorf("%+v", list)
	}
}
