package console

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/runtime/engine"
)

const (
	maxLogLines     = 2_000  // kept of one execution
	maxAllLogLines  = 50_000 // kept of all of them
	maxLogLineBytes = 4_000
)

// logLine is a line that a function wrote.
type logLine struct {
	Seq       int    `json:"seq"`
	Time      int64  `json:"time"`
	Level     string `json:"level,omitempty"`
	Text      string `json:"text"`
	Operation string `json:"operation,omitempty"`
	Attempt   int    `json:"attempt,omitempty"`
	Request   string `json:"request,omitempty"`
	Stderr    bool   `json:"stderr,omitempty"`
}

// logs keeps the latest lines of each execution, in memory.
type logs struct {
	now func() time.Time // the engine's time: it may be ahead of the clock that stamped a line

	mu      sync.Mutex
	seq     int // of the last line; it begins with the time, so that a page of an earlier start misses none
	total   int
	of      map[string][]logLine // by ARN
	order   []string             // ARNs, the one that began to write first first
	changed chan struct{}        // closed when a line comes
}

func newLogs(now func() time.Time) *logs {
	return &logs{now: now, seq: int(now().UnixMilli()), of: map[string][]logLine{}, changed: make(chan struct{})}
}

// collect takes in what functions write until ctx ends.
func (l *logs) collect(ctx context.Context, s *engine.Subscription) {
	for {
		events, err := s.Next(ctx)
		if err != nil {
			return
		}
		for i := range events {
			if e := &events[i]; e.Kind == engine.KindLog && e.ExecutionARN != "" {
				l.add(e.ExecutionARN, e.Log)
			}
		}
	}
}

func (l *logs) add(arn string, line *engine.LogLine) {
	text := strings.TrimSpace(line.Text)
	if text == "" {
		return
	}
	var record struct {
		OperationName string `json:"operationName"`
		Operation     string `json:"operation"`
		Attempt       int    `json:"attempt"`
	}
	if text[0] == '{' {
		_ = json.Unmarshal([]byte(text), &record) // what is no record has no such fields
	}
	message, level := terminal.LogText(text)
	if record.OperationName == "" {
		record.OperationName = record.Operation
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	kept := l.of[arn]
	if kept == nil {
		l.order = append(l.order, arn)
	}
	if len(kept) >= maxLogLines {
		n := maxLogLines / 10
		kept = append([]logLine(nil), kept[n:]...)
		l.total -= n
	}
	l.of[arn] = append(kept, logLine{
		Seq: l.seq, Time: millis(l.now()), Level: level, Text: cutBytes(message, maxLogLineBytes),
		Operation: record.OperationName, Attempt: record.Attempt, Request: line.RequestID, Stderr: line.Stderr,
	})
	for l.total++; l.total > maxAllLogLines && len(l.order) > 1; {
		l.total -= len(l.of[l.order[0]])
		delete(l.of, l.order[0])
		l.order = l.order[1:]
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// after gives the lines of an execution behind a number, and a channel that is closed
// when there are more, of whichever execution.
func (l *logs) after(arn string, seq int) ([]logLine, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.of[arn]
	i := len(kept)
	for i > 0 && kept[i-1].Seq > seq {
		i--
	}
	return append([]logLine(nil), kept[i:]...), l.changed
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// cutBytes gives at most n bytes of a text, whole characters.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
