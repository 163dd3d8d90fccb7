package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A program of the outside world dies with the service, and with it every question
// that it was asked and has not answered yet. The workflow does not ask again: that
// it has asked is on record. So what the function sends to a program passes a relay,
// which writes down requests that carry the ID of a callback, and sends those that
// are still open again when the execution goes on. A submitter runs at least once:
// who answers callbacks must bear to be asked twice anyway.

// Questions remembers the requests by which programs were asked.
type Questions struct {
	mu   sync.Mutex
	path string
	ids  map[string]bool     // callbacks that programs answer
	last map[string]question // by callback
}

type question struct {
	Callback string      `json:"callback"`
	Program  string      `json:"program"`
	Method   string      `json:"method"`
	Target   string      `json:"target"` // path and query
	Header   http.Header `json:"header"`
	Body     []byte      `json:"body"`
}

// OpenQuestions reads what an earlier run has written to a file; none if it is not
// there.
func OpenQuestions(path string) (*Questions, error) {
	q := &Questions{path: path, ids: map[string]bool{}, last: map[string]question{}}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: can't be read: %w", path, err)
	}
	for line := range bytes.Lines(text) {
		var entry question
		if json.Unmarshal(line, &entry) == nil { // a torn last line was never sent on
			q.last[entry.Callback] = entry
		}
	}
	return q, nil
}

// Expect tells that a program answers a callback: requests with its ID matter.
func (q *Questions) Expect(callbackID string) {
	q.mu.Lock()
	q.ids[callbackID] = true
	q.mu.Unlock()
}

// note writes a request down if it carries the ID of a callback.
func (q *Questions) note(program string, r *http.Request, body []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for id := range q.ids {
		if !bytes.Contains(body, []byte(id)) && !strings.Contains(r.URL.RequestURI(), url.QueryEscape(id)) {
			continue
		}
		entry := question{id, program, r.Method, r.URL.RequestURI(), r.Header.Clone(), body}
		line, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(q.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(append(line, '\n'))
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		q.last[id] = entry
	}
	return nil
}

// Repeat sends the request again by which a program was asked for a callback. asked
// is false if it has not been asked yet: then the workflow will do so.
func (q *Questions) Repeat(ctx context.Context, callbackID string, programs []*Program) (asked bool, err error) {
	q.mu.Lock()
	entry, ok := q.last[callbackID]
	q.mu.Unlock()
	if !ok {
		return false, nil
	}
	for _, p := range programs {
		if p.Name != entry.Program {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, entry.Method, "http://"+p.Address+entry.Target, bytes.NewReader(entry.Body))
		if err != nil {
			return true, err
		}
		r.Header = entry.Header
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return true, fmt.Errorf("program `%s` can't be asked again: %w", p.Name, err)
		}
		response.Body.Close()
		if response.StatusCode >= 400 {
			return true, fmt.Errorf("program `%s` was asked again and said: %s", p.Name, response.Status)
		}
	}
	return true, nil
}

// Relay passes requests on to a program.
type Relay struct {
	URL    string
	server *http.Server
}

// maxQuestion is how large a request may be to be written down.
const maxQuestion = 8 << 20

// NewRelay begins to pass requests on. It listens where it did when the execution
// ran before, if that is free: a workflow may have kept the URL.
func NewRelay(program *Program, questions *Questions, addresses *Addresses) (*Relay, error) {
	listener, err := addresses.Listen(program.Name)
	if err != nil {
		return nil, err
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: program.Address})
	proxy.Transport = &http.Transport{DialContext: program.dial}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, fmt.Sprintf("program `%s` does not answer: %v", program.Name, err), http.StatusBadGateway)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxQuestion))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := questions.note(program.Name, r, body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
		proxy.ServeHTTP(w, r)
	})
	relay := &Relay{URL: "http://" + listener.Addr().String(), server: &http.Server{Handler: handler, ReadHeaderTimeout: 30 * time.Second}}
	go relay.server.Serve(listener)
	return relay, nil
}

// Close ends the relay.
func (r *Relay) Close() { r.server.Close() }

// Addresses remembers where an execution's servers listened, in a file.
type Addresses struct {
	path  string
	known map[string]string
}

// OpenAddresses reads the file; it need not be there.
func OpenAddresses(dir string) *Addresses {
	a := &Addresses{path: filepath.Join(dir, "addresses.json"), known: map[string]string{}}
	if text, err := os.ReadFile(a.path); err == nil {
		_ = json.Unmarshal(text, &a.known)
	}
	return a
}

// Listen listens where the server of that name did before, or on a free port of
// loopback.
func (a *Addresses) Listen(name string) (net.Listener, error) {
	if before := a.known[name]; before != "" {
		if l, err := net.Listen("tcp", before); err == nil {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("there is no free port: %w", err)
	}
	a.known[name] = l.Addr().String()
	text, err := json.Marshal(a.known)
	if err == nil {
		err = os.WriteFile(a.path, text, 0o600)
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("%s: can't be written: %w", a.path, err)
	}
	return l, nil
}
