package terminal

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// stuck is a writer whose reader reads when it is let go.
type stuck struct {
	bytes.Buffer
	free chan struct{}
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.free
	return s.Buffer.Write(b)
}

func TestPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{free: make(chan struct{})}
		p := NewPatient(w)
		for i := range patientQueue + 1 + 3 { // one is being written, three are too many
			fmt.Fprintln(p, "line", i)
			synctest.Wait()
		}
		close(w.free)
		p.Close()
		lines := strings.Split(strings.TrimSpace(w.String()), "\n")
		if len(lines) != patientQueue+1+1 || lines[0] != "line 0" || !strings.Contains(w.String(), "(3 lines are missing here: nobody read them)") {
			t.Errorf("%d lines, from %s on", len(lines), lines[0])
		}
	})
}

// Its end does not wait for a reader that never comes.
func TestPatientEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{free: make(chan struct{})}
		p := NewPatient(w)
		fmt.Fprintln(p, "line")
		p.Close()
		close(w.free)
	})
}

// What is written elsewhere after Flush comes after what was written before it, if somebody reads.
func TestPatientFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := NewPatient(&out)
		for i := range 100 {
			fmt.Fprintln(p, "line", i)
		}
		p.Flush()
		if n := strings.Count(out.String(), "\n"); n != 100 {
			t.Errorf("%d lines are written", n)
		}
		p.Close()
		w := &stuck{free: make(chan struct{})}
		p = NewPatient(w)
		fmt.Fprintln(p, "line")
		p.Flush()
		close(w.free)
		p.Close()
	})
}
