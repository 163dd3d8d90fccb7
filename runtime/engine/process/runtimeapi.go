package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
)

const (
	invocationPath = "/2018-06-01/runtime/invocation/"
	initErrorPath  = "/2018-06-01/runtime/init/error"
	registerPath   = "/2020-01-01/extension/register"
	extensionPath  = "/2020-01-01/extension/event/next"

	// maxAnswer is Lambda's limit of 6 MB and some room for the envelope's escapes.
	maxAnswer = 6<<20 + 6<<20/2
)

// serve is the process's Runtime API.
func (p *process) serve(w http.ResponseWriter, r *http.Request) {
	// A web page in a browser can reach this port too, and mustn't take events.
	if !strings.HasPrefix(r.Host, "127.0.0.1:") || r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Mode") != "" {
		reply(w, http.StatusForbidden, "Forbidden", "this API is for the function's process")
		return
	}
	if id, action, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, invocationPath), "/"); ok && r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, invocationPath) {
		switch action {
		case "response":
			p.serveResponse(w, r, id)
			return
		case "error":
			p.serveError(w, r, id)
			return
		}
	}
	switch r.Method + " " + r.URL.Path {
	case "GET " + invocationPath + "next":
		p.serveNext(w, r)
	case "POST " + initErrorPath:
		p.serveInitError(w, r)
	case "POST " + registerPath:
		w.Header().Set("Lambda-Extension-Identifier", "local")
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{}")
	case "GET " + extensionPath:
		select { // no event ever comes
		case <-r.Context().Done():
		case <-p.exited:
		}
	default:
		reply(w, http.StatusNotFound, "NotFound", r.Method+" "+r.URL.Path)
	}
}

func reply(w http.ResponseWriter, status int, kind, message string) {
	body, _ := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

func accepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`)
}

// serveNext gives the process its next event, whenever there is one.
func (p *process) serveNext(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	open := p.current != nil
	p.mu.Unlock()
	if open {
		reply(w, http.StatusForbidden, "InvalidStateTransition", "the last event has not been answered")
		return
	}
	p.freeze()
	select {
	case ev := <-p.next:
		p.thaw()
		p.drainLogs() // lines written so far belong to the request before
		ev.deadline = time.Now().Add(ev.inv.Timeout)
		p.mu.Lock()
		p.current, p.request = ev, ev.inv.RequestID
		p.mu.Unlock()
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", ev.inv.RequestID)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(ev.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", ev.inv.FunctionARN)
		set := func(name, value string) {
			if value != "" {
				h.Set(name, value)
			}
		}
		set("Lambda-Runtime-Trace-Id", ev.inv.TraceHeader)
		set("Lambda-Runtime-Client-Context", string(ev.inv.ClientContext))
		set("Lambda-Runtime-Aws-Tenant-Id", ev.inv.TenantID)
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(ev.payload)))
		w.Write(ev.payload)
		ev.payload = nil // it may be large, and is kept with the event while the function is at work
	case <-r.Context().Done():
	case <-p.exited:
	}
}

// answer passes on the answer to the event that the process works on.
func (p *process) answer(w http.ResponseWriter, id string, r result) {
	p.drainLogs()
	ev := p.close(id)
	if ev == nil {
		reply(w, http.StatusBadRequest, "InvalidRequestID", "there is no open event "+id)
		return
	}
	accepted(w)
	if f, ok := w.(http.Flusher); ok {
		f.Flush() // the process may ask for its next event while this one is dealt with
	}
	ev.result <- r
}

// close takes the event that the process works on; nil if it is not the one with that ID.
func (p *process) close(id string) *event {
	p.mu.Lock()
	defer p.mu.Unlock()
	ev := p.current
	if ev == nil || ev.inv.RequestID != id {
		return nil
	}
	p.current = nil
	return ev
}

func (p *process) serveResponse(w http.ResponseWriter, r *http.Request, id string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		if ev := p.close(id); ev != nil {
			ev.result <- result{err: &engine.InvocationError{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxAnswer)}}
		}
		reply(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the answer is too large")
		return
	}
	if err != nil {
		reply(w, http.StatusBadRequest, "InvalidBody", err.Error())
		return
	}
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		p.answer(w, id, result{err: &engine.InvocationError{Type: kind, Message: "the function failed while it streamed its answer"}})
		return
	}
	p.answer(w, id, result{out: body})
}

// reported is how a runtime describes an error.
type reported struct {
	ErrorMessage string            `json:"errorMessage"`
	ErrorType    string            `json:"errorType"`
	StackTrace   []json.RawMessage `json:"stackTrace"`
}

// readError reads an error as runtimes report it. Frames are objects or texts.
func readError(w http.ResponseWriter, r *http.Request) *engine.InvocationError {
	body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	var e reported
	if err := json.Unmarshal(body, &e); err != nil {
		e.ErrorMessage = string(body)
	}
	if e.ErrorType == "" {
		e.ErrorType = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	if e.ErrorType == "" {
		e.ErrorType = "Runtime.UnknownReason"
	}
	out := &engine.InvocationError{Type: e.ErrorType, Message: e.ErrorMessage}
	for _, raw := range e.StackTrace {
		var text string
		var frame struct {
			Path  string `json:"path"`
			Line  int    `json:"line"`
			Label string `json:"label"`
		}
		if json.Unmarshal(raw, &text) != nil {
			if json.Unmarshal(raw, &frame) != nil {
				continue
			}
			text = fmt.Sprintf("%s %s:%d", frame.Label, frame.Path, frame.Line)
		}
		out.StackTrace = append(out.StackTrace, text)
	}
	return out
}

func (p *process) serveError(w http.ResponseWriter, r *http.Request, id string) {
	p.answer(w, id, result{err: readError(w, r)})
}

func (p *process) serveInitError(w http.ResponseWriter, r *http.Request) {
	e := readError(w, r)
	p.mu.Lock()
	p.failure = e
	p.mu.Unlock()
	accepted(w)
}
