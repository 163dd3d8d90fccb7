package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// maxSyncWait is how long a caller may wait for an execution.
const maxSyncWait = 15 * time.Minute

func (e *Engine) routeFunction(w http.ResponseWriter, r *http.Request, rest string) error {
	if name, alias, ok := strings.Cut(rest, "/aliases/"); ok {
		return withLabel(name, func(name string) error {
			return withLabel(alias, func(alias string) error { return e.routeAlias(w, r, name, alias) })
		})
	}
	label, action := rest, ""
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		label, action = rest[:i], rest[i+1:]
	}
	return withLabel(label, func(name string) error {
		switch r.Method + " " + action {
		case "POST invocations":
			return e.serveInvoke(w, r, name)
		case "GET ":
			return e.serveFunction(w, r, name)
		case "DELETE ":
			return e.serveDeleteFunction(w, r, name)
		case "GET configuration":
			return e.serveConfiguration(w, r, name)
		case "GET versions":
			return e.serveVersions(w, r, name)
		case "POST versions":
			return e.servePublish(w, r, name)
		case "GET aliases":
			return e.serveAliases(w, r, name)
		case "POST aliases":
			return e.serveCreateAlias(w, r, name)
		}
		return errNoRoute(r)
	})
}

func (e *Engine) serveInvoke(w http.ResponseWriter, r *http.Request, name string) error {
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	t := e.resolve(name, q.text("Qualifier"))
	if t.err != nil {
		return t.err
	}
	kind := orElse(r.Header.Get("X-Amz-Invocation-Type"), "RequestResponse")
	if kind != "RequestResponse" && kind != "Event" && kind != "DryRun" {
		var c core.Constraints
		c.Want(false, kind, "invocationType", "satisfy enum value set: [Event, RequestResponse, DryRun]")
		return c.Err()
	}
	logType := orElse(r.Header.Get("X-Amz-Log-Type"), "None")
	if logType != "None" && logType != "Tail" {
		var c core.Constraints
		c.Want(false, logType, "logType", "satisfy enum value set: [None, Tail]")
		return c.Err()
	}
	if !t.function.Plain && !t.qualified {
		return errUnqualified()
	}
	if kind == "RequestResponse" {
		if err := t.function.checkSync(); err != nil {
			return err
		}
	}
	clientContext, err := clientContext(r, kind)
	if err != nil {
		return err
	}
	limit := e.limits.SyncOutput
	if kind == "Event" {
		limit = e.limits.AsyncOutput
	}
	body, err := readBody(w, r, limit)
	if err != nil {
		return err
	}
	if len(body) > 0 && !(utf8.Valid(body) && json.Valid(body)) {
		return &wire.APIError{Code: "InvalidRequestContentException", HTTPStatus: 400, Message: "Could not parse request body into json: the body is no JSON text"}
	}
	if kind == "DryRun" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	tenant := r.Header.Get("X-Amz-Tenant-Id")
	if len(tenant) > 256 || !core.TenantLike(tenant) {
		return core.Validation("1 validation error detected: Value '" + tenant + "' at 'tenantId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9\\._:\\/=+\\-@ ]+")
	}
	if t.function.Plain {
		t.choose(core.FormatID(random16()))
		if err := t.open(); err != nil {
			return err
		}
		return e.serveInvokePlain(w, r, t, kind, &Invocation{
			Event: body, TraceHeader: r.Header.Get("X-Amzn-Trace-Id"), TenantID: tenant, ClientContext: clientContext,
		})
	}
	in := StartInput{
		Function: name, Qualifier: q.text("Qualifier"), Name: r.Header.Get("X-Amz-Durable-Execution-Name"),
		Sync: kind == "RequestResponse", TraceHeader: r.Header.Get("X-Amzn-Trace-Id"), TenantID: tenant,
		ClientContext: string(clientContext),
	}
	if len(body) > 0 {
		s := string(body)
		in.Input = &s
	}
	tail := e.tailLog(r, kind)
	defer tail.close()
	out, x, err := e.start(in)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("X-Amz-Durable-Execution-Arn", out.ARN)
	h.Set("X-Amz-Executed-Version", out.Version)
	if kind == "Event" {
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return e.answerSync(w, r, out.ARN, x, tail)
}

// maxClientContext is how long the header with a client context may be.
const maxClientContext = 3583

// clientContext reads what a caller who waits has to say to the function; others have nothing to say to
// it.
func clientContext(r *http.Request, kind string) (json.RawMessage, error) {
	text := r.Header.Get("X-Amz-Client-Context")
	if text == "" || kind != "RequestResponse" {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if b = bytes.TrimSpace(b); err != nil || len(text) > maxClientContext || !json.Valid(b) || b[0] != '{' {
		return nil, &wire.APIError{Code: "InvalidRequestContentException", HTTPStatus: 400,
			Message: fmt.Sprintf("Client context must be a valid Base64-encoded JSON object of at most %d bytes.", maxClientContext)}
	}
	return b, nil
}

// tailBytes is how much of a function's log comes with an answer.
const tailBytes = 4 << 10

// logTail collects the log of an invocation whose caller wants to see its end. A
// nil one does nothing.
type logTail struct{ sub *Subscription }

// tailLog begins to collect, if that is wanted.
func (e *Engine) tailLog(r *http.Request, kind string) *logTail {
	if kind != "RequestResponse" || r.Header.Get("X-Amz-Log-Type") != "Tail" {
		return nil
	}
	sub, err := e.Subscribe(SubscribeOptions{Logs: true})
	if err != nil {
		return nil
	}
	return &logTail{sub}
}

func (t *logTail) close() {
	if t != nil {
		t.sub.Close()
	}
}

// write puts the end of what wanted lines say into the answer's header.
func (t *logTail) write(h http.Header, wanted func(*Event) bool) {
	if t == nil {
		return
	}
	var text []byte
	for _, ev := range t.sub.take() {
		if ev.Kind == KindLog && wanted(&ev) {
			text = append(append(text, ev.Log.Text...), '\n')
		}
	}
	text = text[max(0, len(text)-tailBytes):]
	h.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(text))
}

// answerSync waits for an execution and answers with its outcome.
func (e *Engine) answerSync(w http.ResponseWriter, r *http.Request, arn string, x *execution, tail *logTail) error {
	if x != nil {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		// The limit is on the caller's patience: it goes by the clock, not by skipped time.
		defer e.opts.Clock.AfterFunc(maxSyncWait, cancel)()
		if err := x.wait(ctx); errors.Is(err, errClosed) {
			return err
		} else if err != nil {
			return writeFunctionError(w, &wire.ErrorObject{ErrorType: ErrorTypeTimeout, ErrorMessage: "The execution takes longer than a caller may wait; it goes on."})
		}
	}
	done, err := e.outcome(arn, x)
	if err != nil {
		return err
	}
	tail.write(w.Header(), func(ev *Event) bool { return ev.ExecutionARN == arn })
	if done.Status != wire.ExecutionSucceeded {
		return writeFunctionError(w, done.Error)
	}
	var body []byte
	if done.Result != nil {
		body = []byte(*done.Result)
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

func writeFunctionError(w http.ResponseWriter, o *wire.ErrorObject) error {
	w.Header().Set("X-Amz-Function-Error", "Unhandled")
	writeJSON(w, http.StatusOK, functionErrorBody(o))
	return nil
}

// serveInvokePlain answers for a function without durable executions.
func (e *Engine) serveInvokePlain(w http.ResponseWriter, r *http.Request, t target, kind string, inv *Invocation) error {
	if len(inv.Event) == 0 {
		inv.Event = []byte("{}")
	}
	w.Header().Set("X-Amz-Executed-Version", t.arn.Version)
	if kind == "Event" {
		e.run(func() {
			if _, err := e.invokePlain(e.ctx, t, inv); err != nil && e.ctx.Err() == nil {
				e.log.Warn("an asynchronous invocation failed", "function", t.function.Name, "error", err)
			}
		})
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	tail := e.tailLog(r, kind)
	defer tail.close()
	out, err := e.invokePlain(r.Context(), t, inv)
	tail.write(w.Header(), func(ev *Event) bool { return ev.RequestID == inv.RequestID })
	var unstarted *StartError
	switch {
	case errors.As(err, &unstarted):
		return &wire.APIError{Code: "ServiceException", HTTPStatus: 500, Message: "Function " + t.function.Name + " can't be started: " + err.Error()}
	case err != nil:
		return writeFunctionError(w, invocationFailure(err))
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
