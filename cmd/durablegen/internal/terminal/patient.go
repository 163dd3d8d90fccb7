package terminal

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Patient is a writer that nobody has to wait for: what it is given is written by and by. When its
// reader has stopped reading, it loses what does not fit any more, and says how much as soon as it
// can. Each Write is to be a whole line, or several.
type Patient struct {
	w     io.Writer
	queue chan text
	lost  atomic.Int64
	end   chan struct{} // closed by Close
	done  chan struct{} // closed when all is written
}

// text is some lines, or asks for a word once all before it is written.
type text struct {
	lines   []byte
	written chan<- struct{}
}

const (
	patientQueue = 4096                   // lines that may wait
	patientPause = 100 * time.Millisecond // for the next of them to go, before one is lost
	patientEnd   = time.Second            // for all of them to go, where that matters
)

// NewPatient returns a writer to w.
func NewPatient(w io.Writer) *Patient {
	p := &Patient{w: w, queue: make(chan text, patientQueue), end: make(chan struct{}), done: make(chan struct{})}
	go p.write()
	return p
}

func (p *Patient) write() {
	defer close(p.done)
	for ended := false; ; {
		var next text
		if ended {
			select {
			case next = <-p.queue:
			default:
				return
			}
		} else {
			select {
			case next = <-p.queue:
			case <-p.end:
				ended = true
				continue
			}
		}
		if next.written != nil {
			close(next.written)
			continue
		}
		p.w.Write(next.lines)
		if n := p.lost.Swap(0); n > 0 {
			fmt.Fprintf(p.w, "(%d lines are missing here: nobody read them)\n", n)
		}
	}
}

// Write implements io.Writer. It never fails.
func (p *Patient) Write(b []byte) (int, error) {
	line := text{lines: append([]byte(nil), b...)}
	select {
	case p.queue <- line:
		return len(b), nil
	default:
	}
	pause := time.NewTimer(patientPause)
	defer pause.Stop()
	select {
	case p.queue <- line:
	case <-pause.C:
		p.lost.Add(1)
	}
	return len(b), nil
}

// Flush waits until all that was given so far is written, but not long.
func (p *Patient) Flush() {
	written := make(chan struct{})
	late := time.NewTimer(patientEnd)
	defer late.Stop()
	select {
	case p.queue <- text{written: written}:
	case <-late.C:
		return
	}
	select {
	case <-written:
	case <-late.C:
	}
}

// Close waits until all is written, but not long. What is written after it is lost.
func (p *Patient) Close() {
	close(p.end)
	select {
	case <-p.done:
	case <-time.After(patientEnd):
	}
}
