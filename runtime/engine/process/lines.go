package process

import (
	"bytes"
	"os"
	"sync/atomic"
	"time"
)

// maxLine is the longest line that is passed on whole; a longer one is cut into
// pieces.
const maxLine = 256 << 10

// lines reads what a process writes, line by line.
type lines struct {
	file    *os.File
	stderr  bool
	working atomic.Bool // something was read and not yet passed on
}

func (l *lines) read(emit func(text string, stderr bool)) {
	var rest []byte
	buf := make([]byte, 32<<10)
	for {
		n, err := l.file.Read(buf)
		l.working.Store(true)
		rest = append(rest, buf[:n]...)
		for {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 && len(rest) < maxLine {
				break
			}
			line := rest
			if i >= 0 {
				line = rest[:i]
			}
			emit(string(bytes.TrimSuffix(line, []byte("\r"))), l.stderr)
			rest = rest[min(len(line)+1, len(rest)):]
		}
		if err != nil {
			if len(rest) > 0 {
				emit(string(rest), l.stderr)
			}
			return
		}
		rest = append([]byte(nil), rest...)
		l.working.Store(false)
	}
}

// drainLogs waits, not long, until what the process has written so far was passed on.
func (p *process) drainLogs() {
	for range 40 {
		empty := true
		for _, l := range p.logs {
			if l.working.Load() || unread(l.file) > 0 {
				empty = false
			}
		}
		if empty {
			return
		}
		time.Sleep(50 * time.Microsecond)
	}
}
