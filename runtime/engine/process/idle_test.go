//go:build unix

package process

import (
	"testing"
	"time"
)

func TestIdleProcessesEnd(t *testing.T) {
	p, _ := newPool(t, Options{})
	first := echo(t, p)["pid"]
	proc := only(t, p)
	p.trimIdle()
	if again := echo(t, p)["pid"]; again != first {
		t.Error("the process ended at once")
	}
	p.mu.Lock()
	proc.idleSince = time.Now().Add(-keepTime)
	p.mu.Unlock()
	p.trimIdle()
	<-proc.exited
	if again := echo(t, p)["pid"]; again == first {
		t.Error("the process came back")
	}
}
