package engine

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

const (
	durablePath  = "/2025-12-01/durable-executions/"
	callbackPath = "/2025-12-01/durable-execution-callbacks/"
	listPath     = "/2025-12-01/functions/"
	functionPath = "/2015-03-31/functions"
)

// Handler serves the Lambda API: the durable-execution actions, Invoke, and the
// listings of functions. Signatures are accepted unread. A Host that isn't a
// loopback name, or one of Options.AllowedHosts, is refused, and so is what a page of
// another origin has caused.
func (e *Engine) Handler() http.Handler { return http.HandlerFunc(e.serve) }

func (e *Engine) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amzn-Requestid", core.FormatID(random16()))
	// By the engine's own clock, which may run ahead: handlers take the time from it.
	w.Header().Set("Date", e.Now().UTC().Format(http.TimeFormat))
	// The answers are for programs: no page may embed them.
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	if message := e.guard.Refusal(r); message != "" {
		writeError(w, &wire.APIError{Code: "AccessDeniedException", HTTPStatus: 403, Message: message})
		return
	}
	if err := e.route(w, r); errors.Is(err, errCut) {
		panic(http.ErrAbortHandler) // the connection is closed: the caller sees that something is missing
	} else if err != nil {
		writeError(w, err)
	}
}

// route finds the action. Labels are escaped by clients; the path is split before it is
// unescaped, because an ARN holds slashes. Some clients send ARNs as they are:
// a label may then span segments, up to the action's name.
func (e *Engine) route(w http.ResponseWriter, r *http.Request) error {
	path := r.URL.EscapedPath()
	switch {
	case strings.HasPrefix(path, durablePath):
		return e.routeExecution(w, r, path[len(durablePath):])
	case strings.HasPrefix(path, callbackPath):
		return e.routeCallback(w, r, path[len(callbackPath):])
	case strings.HasPrefix(path, listPath):
		if label, ok := strings.CutSuffix(path[len(listPath):], "/durable-executions"); ok && r.Method == http.MethodGet {
			return withLabel(label, func(name string) error {
				return e.takingTurns(r, func() error { return e.serveList(w, r, name) })
			})
		}
	case path == functionPath || path == functionPath+"/":
		if r.Method == http.MethodGet {
			return e.serveFunctions(w, r)
		}
	case strings.HasPrefix(path, functionPath+"/"):
		return e.routeFunction(w, r, path[len(functionPath)+1:])
	}
	return errNoRoute(r)
}

func errNoRoute(r *http.Request) error {
	return &wire.APIError{Code: core.CodeNotFound, HTTPStatus: 404, Message: "There is no " + r.Method + " " + r.URL.EscapedPath() + " in this API."}
}

func withLabel(label string, f func(string) error) error {
	s, err := url.PathUnescape(label)
	if err != nil || s == "" {
		return core.Validation("1 validation error detected: Value '" + label + "' in the path failed to satisfy constraint: Member must not be null")
	}
	return f(s)
}

func (e *Engine) routeExecution(w http.ResponseWriter, r *http.Request, rest string) error {
	label, action := rest, ""
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		switch rest[i+1:] {
		case "checkpoint", "state", "history", "stop", "undo", "rerun", "pause", "resume":
			// An ARN sent as it is ends in an execution ID, which is none of these words.
			label, action = rest[:i], rest[i+1:]
		}
	}
	return withLabel(label, func(arn string) error {
		if err := core.CheckARN(arn); err != nil {
			return err
		}
		switch {
		case action == "checkpoint" && r.Method == http.MethodPost:
			return e.serveCheckpoint(w, r, arn)
		case action == "state" && r.Method == http.MethodGet:
			return e.serveState(w, r, arn)
		case action == "history" && r.Method == http.MethodGet:
			return e.takingTurns(r, func() error { return e.serveHistory(w, r, arn) })
		case action == "stop" && r.Method == http.MethodPost:
			return e.serveStop(w, r, arn)
		case action == "undo" && r.Method == http.MethodPost:
			return e.serveUndo(w, r, arn)
		case action == "rerun" && r.Method == http.MethodPost:
			return e.serveRerun(w, r, arn)
		case action == "pause" && r.Method == http.MethodPost:
			return e.servePause(w, r, arn)
		case action == "resume" && r.Method == http.MethodPost:
			return e.serveResume(w, r, arn)
		case action == "" && r.Method == http.MethodGet:
			return e.takingTurns(r, func() error { return e.serveGet(w, r, arn) })
		case action == "" && r.Method == http.MethodDelete:
			return e.serveDelete(w, r, arn)
		}
		return errNoRoute(r)
	})
}

func (e *Engine) routeCallback(w http.ResponseWriter, r *http.Request, rest string) error {
	i := strings.LastIndexByte(rest, '/')
	if i < 0 || r.Method != http.MethodPost {
		return errNoRoute(r)
	}
	return withLabel(rest[:i], func(id string) error {
		if !callbackLike(id) {
			return core.Validation("1 validation error detected: Value '" + id + "' at 'callbackId' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9+/]+={0,2}")
		}
		switch rest[i+1:] {
		case "succeed":
			return e.serveCallbackSucceed(w, r, id)
		case "fail":
			return e.serveCallbackFail(w, r, id)
		case "heartbeat":
			if err := e.CallbackHeartbeat(r.Context(), id); err != nil {
				return err
			}
			writeJSON(w, http.StatusOK, []byte("{}"))
			return nil
		}
		return errNoRoute(r)
	})
}

func callbackLike(id string) bool {
	t := strings.TrimRight(id, "=")
	return t != "" && len(id) <= 1024 && len(id)-len(t) <= 2 && strings.IndexFunc(t, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '+' || r == '/')
	}) < 0
}

// writeJSON writes a response.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// writeError writes a refusal so that every client finds the code: in the header and
// in __type.
func writeError(w http.ResponseWriter, err error) {
	var refused *wire.APIError
	if !errors.As(err, &refused) {
		refused = &wire.APIError{Code: "ServiceException", Message: err.Error(), HTTPStatus: 500}
	}
	kind := "User"
	if refused.HTTPStatus >= 500 {
		kind = "Service"
	}
	w.Header().Set("X-Amzn-Errortype", refused.Code)
	body, _ := json.Marshal(map[string]string{"__type": refused.Code, "Type": kind, "message": refused.Message, "Message": refused.Message})
	writeJSON(w, refused.HTTPStatus, body)
}

// query reads the parameters of a request's URL.
type query struct {
	values url.Values
	wrong  error // a value that isn't of its parameter's type
	c      core.Constraints
}

func parseQuery(r *http.Request) (*query, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, core.Validation("The query string can't be read: " + err.Error())
	}
	return &query{values: v}, nil
}

func (q *query) text(name string) string { return q.values.Get(name) }

func (q *query) number(name string) int {
	s := q.values.Get(name)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	q.typed(err == nil, s, "Integer")
	return n
}

// flag reads a boolean; other is what it means when it is left out.
func (q *query) flag(name string, other bool) bool {
	switch s := q.values.Get(name); strings.ToLower(s) {
	case "":
		return other
	case "true":
		return true
	case "false":
		return false
	default:
		q.typed(false, s, "Boolean")
		return other
	}
}

// moment reads a time: RFC 3339, a date, or seconds since the epoch.
func (q *query) moment(name string) time.Time {
	s := q.values.Get(name)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	ok := err == nil && f >= 0 && f < 1e12
	q.typed(ok, s, "Date")
	if !ok {
		return time.Time{}
	}
	return time.UnixMilli(int64(f * 1000)).UTC()
}

// typed notes a value that isn't of its parameter's type; the first one is told.
func (q *query) typed(ok bool, value, kind string) {
	if !ok && q.wrong == nil {
		q.wrong = &wire.APIError{Code: "SerializationException", HTTPStatus: 400, Message: "'" + value + "' can not be converted to " + kind}
	}
}

// err refuses a query: for the types of its values before all else, then for what the API's model
// demands.
func (q *query) err() error {
	if q.wrong != nil {
		return q.wrong
	}
	return q.c.Err()
}
