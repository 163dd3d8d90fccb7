package process

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/engine"
)

// fixed is a process with an event for whoever asks.
func fixed() *process {
	p := &process{pool: &Pool{}, next: make(chan *event, 1), exited: make(chan struct{})}
	p.next <- &event{inv: &engine.Invocation{RequestID: "request-1"}, payload: []byte("{}"), result: make(chan result, 1)}
	return p
}

// A web page takes no event and answers none, however a browser sends what it causes.
func TestRuntimeAPIRefusesPages(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"another name":           func(r *http.Request) { r.Host = "evil.example" },
		"another name of ours":   func(r *http.Request) { r.Host = "localhost:9001" },
		"a page":                 func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a page of this machine": func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:9001") },
		"a file":                 func(r *http.Request) { r.Header.Set("Origin", "null") },
		"an image":               func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "no-cors") },
		"a link":                 func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "navigate") },
	} {
		p := fixed()
		for _, request := range []string{"GET next", "POST request-1/response", "POST request-1/error"} {
			method, action, _ := strings.Cut(request, " ")
			r := httptest.NewRequest(method, "http://127.0.0.1:9001"+invocationPath+action, strings.NewReader("{}"))
			change(r)
			w := httptest.NewRecorder()
			p.serve(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s: %s got %d", name, request, w.Code)
			}
		}
		if len(p.next) != 1 {
			t.Errorf("%s took the event", name)
		}
	}
	w := httptest.NewRecorder()
	fixed().serve(w, httptest.NewRequest("GET", "http://127.0.0.1:9001"+invocationPath+"next", nil))
	if w.Code != http.StatusOK || w.Body.String() != "{}" {
		t.Errorf("the process got %d %s", w.Code, w.Body)
	}
}

// An answer that is too large ends its event, and only once.
func TestAnswerThatIsTooLarge(t *testing.T) {
	p := fixed()
	p.serve(httptest.NewRecorder(), httptest.NewRequest("GET", "http://127.0.0.1:9001"+invocationPath+"next", nil))
	ev := p.current
	for range 2 {
		w := httptest.NewRecorder()
		p.serve(w, httptest.NewRequest("POST", "http://127.0.0.1:9001"+invocationPath+"request-1/response", strings.NewReader(strings.Repeat("x", maxAnswer+1))))
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("status %d", w.Code)
		}
	}
	if len(ev.result) != 1 || p.current != nil {
		t.Errorf("%d results, open: %v", len(ev.result), p.current != nil)
	}
}

// FuzzRuntimeAPI sends the API what a broken runtime may send: it answers, and the event
// that is open has one result at most.
func FuzzRuntimeAPI(f *testing.F) {
	f.Add("POST", "request-1/response", `{"Status":"SUCCEEDED"}`, "")
	f.Add("POST", "request-1/error", `{"errorMessage":"no","errorType":"E","stackTrace":["a",{"path":"p","line":1,"label":"f"}]}`, "E")
	f.Add("POST", "request-1/error", `{"stackTrace":[null,1,[],{"line":"x"}]}`, "")
	f.Add("POST", "request-2/response", `x`, "")
	f.Add("POST", "request-1/error", "\xff", "Runtime.Unknown\n")
	f.Add("GET", "next", "", "")
	f.Add("PUT", "request-1/%2f/response", "", "")
	f.Fuzz(func(t *testing.T, method, action, body, kind string) {
		p := fixed()
		next := httptest.NewRecorder()
		p.serve(next, httptest.NewRequest("GET", "http://127.0.0.1:9001"+invocationPath+"next", nil))
		ev := p.current
		r, err := http.NewRequest(method, "http://127.0.0.1:9001"+invocationPath+action, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Lambda-Runtime-Function-Error-Type", kind)
		for range 2 { // the second time it is answered already
			if r.URL.Path == invocationPath+"next" && p.current == nil {
				return // waits for an event that doesn't come
			}
			r.Body = io.NopCloser(strings.NewReader(body))
			w := httptest.NewRecorder()
			p.serve(w, r)
			if w.Code < 200 || w.Code > 599 {
				t.Errorf("status %d", w.Code)
			}
		}
		if n := len(ev.result); n > 1 || n == 1 && p.current != nil {
			t.Errorf("%d results, and the event is open: %v", n, p.current != nil)
		}
	})
}
