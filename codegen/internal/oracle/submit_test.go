package oracle

import (
	"testing"
	"time"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/runtime/wire"
)

// A callback may be answered while its submitter waits to be tried again. Where the
// delay leaves open which came first, the record tells; nothing else does.
func TestAnswersBesideSubmitters(t *testing.T) {
	const path = "select-ask"
	call := calls{name: "ask", args: "[]"}
	seed := uint64(1)
	for world.Step(seed, "ask", "", nil, false, false, "[]", 1).Error == "" || world.Step(seed, "ask", "", nil, false, false, "[]", 2).Error == "" {
		seed++
	}
	failure := raised(world.Step(seed, "ask", "", nil, false, false, "[]", 2), nil)
	answered := &wire.Operation{Status: wire.StatusSucceeded}
	broken := &wire.Operation{Status: wire.StatusFailed, ContextDetails: &wire.ContextDetails{Error: &wire.ErrorObject{ErrorType: "Error"}}}
	for _, test := range []struct {
		name  string
		at    time.Duration // the second attempt is after 1s to 5s
		rec   *wire.Operation
		fails bool
	}{
		{"before it, as recorded", 3 * time.Second, answered, false},
		{"behind it, as recorded", 3 * time.Second, broken, true},
		{"surely before it", 500 * time.Millisecond, broken, false},
		{"surely behind it", 6 * time.Second, answered, true},
		{"in a case that has lost", 3 * time.Second, &wire.Operation{Status: wire.StatusStarted}, true},
	} {
		x := &interpreter{seed: seed, records: map[string]*wire.Operation{path: test.rec}, seen: map[string]bool{}}
		c := &scope{x: x, path: path, id: path, dry: true, clock: &span{}, log: &order{}}
		out := c.submit(nil, span{test.at, test.at}, path, policy{times: 1, every: 5 * time.Second, backoff: 2, jitter: "full"}, call, nil)
		if (out.kind == fails) != test.fails {
			t.Errorf("%s: %d, of %s", test.name, out.kind, failure)
		}
	}
}
