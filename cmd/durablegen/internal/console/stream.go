package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
)

// stream is a response of server-sent events. Messages are coalesced: the first change
// after a quiet time is told almost at once, what follows at most a few times a second.
type stream struct {
	w     http.ResponseWriter
	r     *http.Request
	rc    *http.ResponseController
	ctx   context.Context
	sent  time.Time // when the last message was
	alive *time.Ticker
}

const (
	shortPause = 20 * time.Millisecond
	longPause  = 250 * time.Millisecond
)

func newStream(c *Console, w http.ResponseWriter, r *http.Request) *stream {
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(c.ctx, cancel)
	s := &stream{w: w, r: r, rc: http.NewResponseController(w), ctx: ctx, alive: time.NewTicker(20 * time.Second)}
	context.AfterFunc(ctx, s.alive.Stop)
	return s
}

// lastID reads the ID of the last message that the page got: n numbers. nil if it got
// none. A browser that takes a stream up again sends it in the header, a page that
// opens another one in its address.
func (s *stream) lastID(n int) []int {
	id := s.r.Header.Get("Last-Event-ID")
	if id == "" {
		id = s.r.URL.Query().Get("after")
	}
	parts := strings.Split(id, ".")
	if len(parts) != n {
		return nil
	}
	out := make([]int, n)
	for i, p := range parts {
		var err error
		if out[i], err = strconv.Atoi(p); err != nil || out[i] < 0 {
			return nil
		}
	}
	return out
}

// pump reads a subscription until the stream ends, so that it can be waited for together
// with other things. The context ends with the stream or the subscription.
func (s *stream) pump(sub *engine.Subscription) (context.Context, <-chan []engine.Event) {
	batches := make(chan []engine.Event)
	go func() {
		defer close(batches)
		for {
			events, err := sub.Next(s.ctx)
			if err != nil {
				return
			}
			select {
			case batches <- events:
			case <-s.ctx.Done():
				return
			}
		}
	}()
	return s.ctx, batches
}

// begin sends the head of the response.
func (s *stream) begin() bool {
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.WriteHeader(http.StatusOK)
	return s.write([]byte("retry: 1000\n\n"))
}

// pause is how long to wait for more before the next message.
func (s *stream) pause() time.Duration {
	if time.Since(s.sent) > longPause {
		return shortPause
	}
	return longPause
}

// send sends a message whose ID is made of numbers.
func (s *stream) send(v any, id ...int) bool {
	data, err := json.Marshal(v) // it has no line ends
	if err != nil {
		return false
	}
	var b bytes.Buffer
	b.WriteString("id: ")
	for i, n := range id {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.Itoa(n))
	}
	fmt.Fprintf(&b, "\ndata: %s\n\n", data)
	s.sent = time.Now()
	return s.write(b.Bytes())
}

// comment keeps a connection from looking dead, and notices when it is.
// await waits until something has changed, and keeps the connection alive meanwhile. It reports
// whether the reader is still there.
func (s *stream) await(changed <-chan struct{}) bool {
	for {
		select {
		case <-s.ctx.Done():
			return false
		case <-s.alive.C:
			if !s.comment() {
				return false
			}
		case <-changed:
			return true
		}
	}
}

func (s *stream) comment() bool { return s.write([]byte(":\n\n")) }

func (s *stream) write(b []byte) bool {
	if _, err := s.w.Write(b); err != nil {
		return false
	}
	return s.rc.Flush() == nil
}
