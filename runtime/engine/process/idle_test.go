//go:build unix

package process

import (
	"testing"
	"time"
)

func TestIdleProcessesEnd(t *testing.T) {
	p, _ := newPool(t, Options{})
	p.keep = 50 * time.Millisecond
	first := echo(t, p)["pid"]
	for range 100 {
		time.Sleep(20 * time.Millisecond)
		p.mu.Lock()
		left := len(p.all)
		p.mu.Unlock()
		if left == 0 {
			if again := echo(t, p)["pid"]; again == first {
				t.Error("the process came back")
			}
			return
		}
	}
	t.Error("the process stays")
}
