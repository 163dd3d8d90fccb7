package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// stuck is an answer that nobody reads.
type stuck struct {
	header http.Header
	begun  sync.Once
	at     chan struct{} // gets one when something is written
	free   chan struct{}
}

func (s *stuck) Header() http.Header { return s.header }
func (s *stuck) WriteHeader(int)     {}
func (s *stuck) Write(b []byte) (int, error) {
	s.begun.Do(func() { s.at <- struct{}{} })
	<-s.free
	return len(b), nil
}

// Those who ask for a history and do not read it hold little, however many they are; who comes after
// them is told to come again.
func TestReadersThatDoNotRead(t *testing.T) {
	const size, steps, readers = 200 << 10, 40, 60
	clock := NewManualClock(epoch)
	e := newEngine(t, Options{Dir: t.TempDir(), Clock: clock}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		for i := range steps {
			if err := r.checkpoint(stepUpdates(fmt.Sprint("s", i), `"`+strings.Repeat("x", size)+`"`)...); err != nil {
				return wire.InvocationOutput{}, err
			}
		}
		return succeeded("1"), nil
	}})
	arn := start(t, e, StartInput{Function: "orders"})
	wait(t, e, arn)
	path := durablePath + pathEscape(arn) + "/history?IncludeExecutionData=true&MaxItems=1000"
	request := func() *http.Request {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil)
		return r
	}
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	at, free := make(chan struct{}, readers), make(chan struct{})
	var all sync.WaitGroup
	refused := make(chan *httptest.ResponseRecorder, readers)
	for range readers {
		all.Go(func() {
			w := &stuck{header: http.Header{}, at: at, free: free}
			e.Handler().ServeHTTP(w, request())
			if w.header.Get("X-Amzn-Errortype") == "TooManyRequestsException" {
				refused <- nil
			}
		})
	}
	for range readersAtOnce {
		<-at
	}
	held := heap() - before
	t.Logf("%d readers hold %d KB", readers, held>>10)
	if held > readersAtOnce*(4*size+1<<20) {
		t.Errorf("%d readers hold %d bytes", readers, held)
	}
	// The others wait a little and are refused; they are told by the same channel, since
	// their answers are not read either.
	for done := readersAtOnce; done < readers; {
		clock.Advance(readerPatience)
		select {
		case <-at:
			done++
		default:
			runtime.Gosched()
		}
	}
	close(free)
	all.Wait()
	if n := len(refused); n != readers-readersAtOnce {
		t.Errorf("%d were refused", n)
	}
	// Whoever comes then is served: pages that are whole, and lead to one another.
	count, pages := 0, 0
	for marker := ""; ; {
		r := request()
		if marker != "" {
			r.URL.RawQuery += "&Marker=" + marker
		}
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, r)
		var page struct {
			Events     []wire.Event
			NextMarker string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Body.Len() > maxPageBytes+1000 {
			t.Fatalf("a page of %d bytes: %v", w.Body.Len(), err)
		}
		for _, ev := range page.Events {
			if count++; ev.EventId != count {
				t.Fatalf("event %d comes as number %d", ev.EventId, count)
			}
		}
		pages++
		if marker = page.NextMarker; marker == "" {
			break
		}
	}
	if count != 2*steps+3 || pages != 2 {
		t.Errorf("%d events on %d pages", count, pages)
	}
}
