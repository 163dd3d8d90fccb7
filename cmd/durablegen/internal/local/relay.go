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
	"net/netip"
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
// there. A last line that was torn was never sent on: it is cut off, so that the next
// one does not become a part of it.
func OpenQuestions(path string) (*Questions, error) {
	q := &Questions{path: path, ids: map[string]bool{}, last: map[string]question{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return q, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: can't be read: %w", path, err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	n := 0
	for line := range bytes.Lines(whole) {
		n++
		var entry question
		err := json.Unmarshal(line, &entry)
		if err == nil && (entry.Callback == "" || !strings.HasPrefix(entry.Target, "/")) {
			err = errors.New("it names no callback and path")
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: the line is damaged (%w); without it, a program is not asked again: delete it to go on like that", path, n, err)
		}
		q.last[entry.Callback] = entry
	}
	if len(whole) < len(text) {
		if err := os.Truncate(path, int64(len(whole))); err != nil {
			return nil, fmt.Errorf("%s: can't be written: %w", path, err)
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
	target := r.URL.RequestURI()
	for id := range q.ids {
		if !bytes.Contains(body, []byte(id)) && !strings.Contains(target, url.QueryEscape(id)) {
			continue
		}
		if !strings.HasPrefix(target, "/") {
			return fmt.Errorf("%s is no path by which a program can be asked again", target)
		}
		entry := question{id, program, r.Method, target, r.Header.Clone(), body}
		line, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		if err := appendLine(q.path, line); err != nil {
			return err
		}
		q.last[id] = entry
	}
	return nil
}

// appendLine adds a whole line to a file, or nothing.
func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	before, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return errors.Join(err, f.Truncate(before)) // a full disk takes a part of it
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
	a := &Addresses{path: filepath.Join(dir, "addresses.json")}
	if text, err := os.ReadFile(a.path); err == nil {
		_ = json.Unmarshal(text, &a.known)
	}
	if a.known == nil {
		a.known = map[string]string{}
	}
	return a
}

// Listen listens where the server of that name did before, or on a free port of
// loopback.
func (a *Addresses) Listen(name string) (net.Listener, error) {
	before, err := netip.ParseAddrPort(a.known[name])
	if err == nil && before.Addr().IsLoopback() && before.Port() != 0 {
		if l, err := net.Listen("tcp", before.String()); err == nil {
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
