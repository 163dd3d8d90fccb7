package durable

import (
	"reflect"
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
	bound := []BoundFunction{{"RENDER_FUNCTION", "render:live"}}
	list = append(list, manifest([]*Function{Workflow(Definition{Name: "binds", Bound: bound}, body)})...)
	list = append(list, manifest([]*Function{Workflow(Definition{Name: "stores", Stored: true}, body)})...)
	want := []manifestEntry{{"silent", 86400, 0, nil, false}, {"says", 2, 3, nil, false}, {"binds", 86400, 0, bound, false}, {"stores", 86400, 0, nil, true}}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("%+v", list)
	}
}
