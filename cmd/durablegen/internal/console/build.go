package console

import (
	"net/http"
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
)

const maxFailure = 20_000 // bytes of what a compiler says

// builds is what is served now, and why not something newer.
type builds struct {
	mu      sync.Mutex
	now     *catalog
	n       int           // how often it was built well
	verdict string        // what the last edit does to executions under way; empty: nothing
	failure string        // what is wrong with what has been written since; empty: nothing
	changed chan struct{} // closed by the next change
}

// Built tells that other packages are served now, and what the edit does to executions that are
// under way. Pages draw them from then on.
func (c *Console) Built(packages []*flowdir.Package, verdict string) {
	c.build.set(newCatalog(packages), verdict, "")
}

// BuildFailed tells what keeps the latest sources from being served.
func (c *Console) BuildFailed(why string) { c.build.set(nil, "", why) }

// set takes in what is served from now on, or why it is not.
func (b *builds) set(now *catalog, verdict, failure string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now != nil {
		b.now, b.verdict = now, verdict
		b.n++
	}
	b.failure = failure
	if b.changed != nil {
		close(b.changed)
	}
	b.changed = make(chan struct{})
}

func (b *builds) catalog() *catalog {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *builds) state() (n int, verdict, failure string, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n, b.verdict, b.failure, b.changed
}

// buildStream tells of each build, the one that is served first.
func (c *Console) buildStream(w http.ResponseWriter, r *http.Request) {
	s := newStream(c, w, r)
	if !s.begin() {
		return
	}
	for {
		n, verdict, failure, changed := c.build.state()
		if !s.send(map[string]any{"build": n, "verdict": cutBytes(verdict, maxFailure), "failure": cutBytes(failure, maxFailure), "now": millis(c.engine.Now())}, n) {
			return
		}
		if !s.await(changed) {
			return
		}
	}
}
