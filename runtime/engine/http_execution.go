package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// maxCheckpoint bounds the body of a checkpoint. Handlers keep theirs below 750 KB unless a
// single update is larger.
const maxCheckpoint = 16 << 20

// readBody reads a request's body, at most limit bytes of it.
func readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	if n := r.ContentLength; n > int64(limit) {
		return nil, errTooLarge(limit)
	} else if n >= 0 {
		b := make([]byte, n)
		_, err := io.ReadFull(r.Body, b)
		return b, bodyError(err, limit)
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	return b, bodyError(err, limit)
}

func bodyError(err error, limit int) error {
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return errTooLarge(limit)
	}
	return &wire.APIError{Code: "InvalidRequestContentException", HTTPStatus: 400, Message: "The request's body could not be read: " + err.Error()}
}

func errTooLarge(limit int) error {
	return &wire.APIError{Code: core.CodeTooLarge, HTTPStatus: 413, Message: fmt.Sprintf("Request must be smaller than %d bytes", limit)}
}

// decodeBody reads a JSON body into v; an empty one leaves it as it is.
func decodeBody(b []byte, v any) error {
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return &wire.APIError{Code: "SerializationException", HTTPStatus: 400, Message: "The request's body is not what the operation takes: " + err.Error()}
	}
	return nil
}

func (e *Engine) serveCheckpoint(w http.ResponseWriter, r *http.Request, arn string) error {
	b, err := readBody(w, r, maxCheckpoint)
	if err != nil {
		return err
	}
	var in wire.CheckpointInput
	if err := decodeBody(b, &in); err != nil {
		return err
	}
	out, err := e.Checkpoint(r.Context(), arn, in)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, appendCheckpointOutput(make([]byte, 0, 1024), out))
	return nil
}

func (e *Engine) serveState(w http.ResponseWriter, r *http.Request, arn string) error {
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	n := q.number("MaxItems")
	if err := q.err(); err != nil {
		return err
	}
	page, err := e.State(r.Context(), arn, q.text("CheckpointToken"), q.text("Marker"), n)
	if err != nil {
		return err
	}
	// A handler asks for pages of the execution that it runs, one at a time, so that no more of them are
	// on their way than handlers run. It is not written out as a whole.
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriterSize(w, 16<<10)
	out.WriteString(`{"Operations":[`)
	var b []byte
	for i := range page.Operations {
		b = b[:0]
		if i > 0 {
			b = append(b, ',')
		}
		if _, err := out.Write(appendOperation(b, &page.Operations[i])); err != nil {
			return errCut
		}
	}
	out.WriteByte(']')
	if page.NextMarker != "" {
		out.WriteString(`,"NextMarker":`)
		out.Write(appendText(nil, page.NextMarker))
	}
	out.WriteByte('}')
	if out.Flush() != nil {
		return errCut
	}
	return nil
}

// getBody is the response of GetDurableExecution.
type getBody struct {
	DurableExecutionArn   string            `json:"DurableExecutionArn"`
	DurableExecutionName  string            `json:"DurableExecutionName"`
	FunctionArn           string            `json:"FunctionArn"`
	Status                string            `json:"Status"`
	StartTimestamp        wire.Seconds      `json:"StartTimestamp"`
	EndTimestamp          wire.Seconds      `json:"EndTimestamp,omitzero"`
	ExpectedTimeout       wire.Seconds      `json:"ExpectedExecutionTimeoutTimestamp,omitzero"`
	PauseDetails          *pauseDetails     `json:"PauseDetails,omitempty"`
	InputPayload          *string           `json:"InputPayload,omitempty"`
	Result                *string           `json:"Result,omitempty"`
	Error                 *wire.ErrorObject `json:"Error,omitempty"`
	Version               string            `json:"Version"`
	DurableConfig         durableConfig     `json:"DurableConfig"`
	ExecutionDataIncluded bool              `json:"ExecutionDataIncluded"`
	TraceHeader           *traceHeader      `json:"TraceHeader,omitempty"`
}

type pauseDetails struct {
	PauseRequestTimestamp  wire.Seconds `json:"PauseRequestTimestamp"`
	Reason                 string       `json:"Reason,omitempty"`
	ExecutionTimeoutPaused bool         `json:"ExecutionTimeoutPaused"`
}

type durableConfig struct {
	ExecutionTimeout      int `json:"ExecutionTimeout"`
	RetentionPeriodInDays int `json:"RetentionPeriodInDays"`
}

type traceHeader struct {
	XAmznTraceId string `json:"XAmznTraceId"`
}

// ActivityHeader is the header in which GetDurableExecution tells what an execution is doing beyond
// what its operations say: [Activity.String], escaped as in a query.
const ActivityHeader = "X-Durablegen-Activity"

// DamagedHeader is the header in which ListDurableExecutionsByFunction names executions, the first ten,
// whose entries are not as they were written, escaped as in a query.
const DamagedHeader = "X-Durablegen-Damaged"

// UndoesHeader is the header in which GetDurableExecution tells which execution, by its ARN, escaped as
// in a query, an execution undoes.
const UndoesHeader = "X-Durablegen-Undoes"

// RepeatsHeader is the header in which GetDurableExecution tells which execution an execution runs again,
// and from which operation on: the members arn and from of a query.
const RepeatsHeader = "X-Durablegen-Repeats"

func (e *Engine) serveGet(w http.ResponseWriter, r *http.Request, arn string) error {
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	data := q.flag("IncludeExecutionData", true)
	if err := q.err(); err != nil {
		return err
	}
	x, err := e.Execution(r.Context(), arn, data)
	if err != nil {
		return err
	}
	if a, err := e.Activity(r.Context(), arn); err == nil && a.String() != "" {
		w.Header().Set(ActivityHeader, url.QueryEscape(a.String()))
	}
	if x.Undoes != "" {
		w.Header().Set(UndoesHeader, url.QueryEscape(x.Undoes))
	}
	if o := x.Repeats; o != nil {
		w.Header().Set(RepeatsHeader, url.Values{"arn": {o.ARN}, "from": {o.From}}.Encode())
	}
	body := getBody{
		DurableExecutionArn: x.ARN, DurableExecutionName: x.Name, FunctionArn: x.FunctionARN, Version: x.Version,
		Status: string(x.Status), StartTimestamp: wire.Seconds(wire.TimeOf(x.Start)), EndTimestamp: wire.Seconds(wire.TimeOf(x.End)),
		InputPayload: x.Input, Result: x.Result, Error: x.Error,
		DurableConfig:         durableConfig{int(x.ExecutionTimeout.Seconds()), x.RetentionDays},
		ExecutionDataIncluded: data,
		ExpectedTimeout:       wire.Seconds(wire.TimeOf(x.TimesOut)),
	}
	if p := x.Pause; p != nil {
		body.PauseDetails = &pauseDetails{wire.Seconds(wire.TimeOf(p.Requested)), p.Reason, !p.TimeoutRunsOn}
	}
	if x.TraceHeader != "" {
		body.TraceHeader = &traceHeader{x.TraceHeader}
	}
	return writeValue(w, body)
}

func writeValue(w http.ResponseWriter, v any) error { return writeStatus(w, http.StatusOK, v) }

func writeStatus(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	writeJSON(w, status, b)
	return nil
}

func (e *Engine) serveStop(w http.ResponseWriter, r *http.Request, arn string) error {
	b, err := readBody(w, r, e.limits.ErrorObject+64<<10)
	if err != nil {
		return err
	}
	var cause wire.ErrorObject
	if err := decodeBody(b, &cause); err != nil {
		return err
	}
	end, err := e.Stop(r.Context(), arn, &cause)
	if err != nil {
		return err
	}
	body := append([]byte(nil), `{"StopTimestamp":`...)
	body = wire.Seconds(wire.TimeOf(end)).AppendJSON(body)
	writeJSON(w, http.StatusOK, append(body, '}'))
	return nil
}

// UndoOutput is the body of the answer to a POST of an execution's ARN with the action "undo", which is
// [Engine.Undo].
type UndoOutput struct {
	DurableExecutionArn string // of the execution that undoes
	Existed             bool   // it had been started before
}

func (e *Engine) serveUndo(w http.ResponseWriter, r *http.Request, arn string) error {
	out, err := e.Undo(r.Context(), arn)
	if err != nil {
		return err
	}
	return writeValue(w, UndoOutput{out.ARN, out.Existed})
}

// serveRerun answers a POST of an execution's ARN with the action "rerun", which is [Engine.Rerun]: the
// bodies of request and answer are [RerunInput] and [RerunOutput].
func (e *Engine) serveRerun(w http.ResponseWriter, r *http.Request, arn string) error {
	b, err := readBody(w, r, 64<<10)
	if err != nil {
		return err
	}
	var in RerunInput
	if err := decodeBody(b, &in); err != nil {
		return err
	}
	out, err := e.Rerun(r.Context(), arn, in)
	if err != nil {
		return err
	}
	return writeValue(w, out)
}

// pauseBody is the request of PauseDurableExecution and, but for its last member, ResumeDurableExecution.
type pauseBody struct {
	ClientToken            string
	Reason                 string
	ExecutionTimeoutPaused *bool
}

func (e *Engine) servePause(w http.ResponseWriter, r *http.Request, arn string) error {
	return servePauseChange(w, r, arn, e.Pause)
}

func (e *Engine) serveResume(w http.ResponseWriter, r *http.Request, arn string) error {
	return servePauseChange(w, r, arn, e.Resume)
}

func servePauseChange(w http.ResponseWriter, r *http.Request, arn string, change func(context.Context, string, PauseInput) error) error {
	b, err := readBody(w, r, 64<<10)
	if err != nil {
		return err
	}
	var body pauseBody
	if err := decodeBody(b, &body); err != nil {
		return err
	}
	in := PauseInput{ClientToken: body.ClientToken, Reason: body.Reason, TimeoutRunsOn: body.ExecutionTimeoutPaused != nil && !*body.ExecutionTimeoutPaused}
	if err := checkPauseInput(&in); err != nil {
		return err
	}
	if err := change(r.Context(), arn, in); err != nil {
		return err
	}
	writeJSON(w, http.StatusAccepted, []byte("{}"))
	return nil
}

func (e *Engine) serveDelete(w http.ResponseWriter, r *http.Request, arn string) error {
	requested, err := e.Delete(r.Context(), arn)
	if err != nil {
		return err
	}
	body := append([]byte(nil), `{"DeletionRequestTimestamp":`...)
	body = wire.Seconds(wire.TimeOf(requested)).AppendJSON(body)
	writeJSON(w, http.StatusAccepted, append(body, '}'))
	return nil
}

func (e *Engine) serveCallbackSucceed(w http.ResponseWriter, r *http.Request, id string) error {
	b, err := readBody(w, r, e.limits.Payload+1)
	if err != nil {
		return err
	}
	var result *string
	if len(b) > 0 {
		s := string(b)
		result = &s
	}
	if err := e.CallbackSucceed(r.Context(), id, result); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, []byte("{}"))
	return nil
}

func (e *Engine) serveCallbackFail(w http.ResponseWriter, r *http.Request, id string) error {
	b, err := readBody(w, r, 2*e.limits.ErrorObject+64<<10)
	if err != nil {
		return err
	}
	var cause wire.ErrorObject
	if err := decodeBody(b, &cause); err != nil {
		return err
	}
	if err := e.CallbackFail(r.Context(), id, cause); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, []byte("{}"))
	return nil
}

var executionStatuses = []wire.ExecutionStatus{
	wire.ExecutionSucceeded, wire.ExecutionTimedOut, wire.ExecutionDeleting, wire.ExecutionStopped,
	wire.ExecutionPaused, wire.ExecutionPausing, wire.ExecutionFailed, wire.ExecutionRunning,
}

// listItem is an execution in the response of ListDurableExecutionsByFunction.
type listItem struct {
	DurableExecutionArn  string       `json:"DurableExecutionArn"`
	DurableExecutionName string       `json:"DurableExecutionName"`
	FunctionArn          string       `json:"FunctionArn"`
	Status               string       `json:"Status"`
	StartTimestamp       wire.Seconds `json:"StartTimestamp"`
	EndTimestamp         wire.Seconds `json:"EndTimestamp,omitzero"`
}

func (e *Engine) serveList(w http.ResponseWriter, r *http.Request, name string) error {
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	f := ExecutionFilter{
		Name: q.text("DurableExecutionName"), StartedAfter: q.moment("StartedAfter"), StartedBefore: q.moment("StartedBefore"),
		OldestFirst: q.flag("ReverseOrder", false), MaxItems: q.number("MaxItems"), Marker: q.text("Marker"),
	}
	for i, s := range q.values["Statuses"] {
		q.c.Want(slices.Contains(executionStatuses, wire.ExecutionStatus(s)), s, "statuses."+strconv.Itoa(i+1)+".member",
			"satisfy enum value set: [SUCCEEDED, TIMED_OUT, DELETING, STOPPED, PAUSED, PAUSING, FAILED, RUNNING]")
		f.Statuses = append(f.Statuses, wire.ExecutionStatus(s))
	}
	q.c.Want(len(f.Statuses) <= 10, fmt.Sprint(q.values["Statuses"]), "statuses", "have length less than or equal to 10")
	checkMaxItems(&q.c, f.MaxItems)
	if f.Name != "" {
		checkExecutionName(&q.c, f.Name)
	}
	if err := q.err(); err != nil {
		return err
	}
	if len(f.Statuses) > 1 {
		return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "Cannot filter by more than one status"}
	}
	t := e.resolve(name, q.text("Qualifier"))
	if t.err != nil {
		return t.err
	}
	f.Function = t.function.Name
	if t.qualified {
		f.Version = t.arn.Version
	}
	page, err := e.ListExecutions(r.Context(), f)
	if err != nil {
		return err
	}
	if len(page.Damaged) > 0 {
		w.Header().Set(DamagedHeader, url.QueryEscape(strings.Join(page.Damaged[:min(len(page.Damaged), 10)], ", ")))
	}
	body := struct {
		DurableExecutions []listItem
		NextMarker        string `json:",omitempty"`
	}{[]listItem{}, page.NextMarker}
	for _, x := range page.Executions {
		body.DurableExecutions = append(body.DurableExecutions, listItem{
			x.ARN, x.Name, x.FunctionARN, string(x.Status), wire.Seconds(wire.TimeOf(x.Start)), wire.Seconds(wire.TimeOf(x.End)),
		})
	}
	return writeValue(w, body)
}
