package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// describe gives what does not change while an execution goes on: its diagrams.
func (c *Console) describe(r *http.Request) (any, error) {
	q := r.URL.Query()
	x, err := c.engine.Execution(r.Context(), q.Get("arn"), false)
	if err != nil {
		return nil, err
	}
	detail, ok := visualize.ParseDetail(q.Get("detail"))
	if !ok {
		detail = visualize.Normal
	}
	var editor Editor
	if fromHere(r) {
		editor = c.opts.Editor
	}
	return map[string]any{"row": rowOf(&x.ExecutionSummary), "detail": detail.String(), "drawings": c.build.catalog().drawings(x.Function, detail, editor)}, nil
}

// head is how an execution stands.
type head struct {
	row
	Activity string     `json:"activity,omitempty"` // what it is doing, beyond what its operations say
	Input    *text      `json:"input,omitempty"`
	Result   *text      `json:"result,omitempty"`
	Error    *errorBox  `json:"error,omitempty"`
	Before   *neighbour `json:"before,omitempty"`  // the execution whose workflow goes on in this one
	After    *neighbour `json:"after,omitempty"`   // the one in which it goes on
	Parent   *neighbour `json:"parent,omitempty"`  // the one that has invoked it
	Undoes   *neighbour `json:"undoes,omitempty"`  // the one that it undoes
	Repeats  *neighbour `json:"repeats,omitempty"` // the one that it runs again from an operation on
	From     string     `json:"from,omitempty"`    // that operation, in words
}

// neighbour is another execution that one has to do with.
type neighbour struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
}

func neighbourOf(arn string) *neighbour {
	a, _ := arns.Parse(arn)
	return &neighbour{ARN: arn, Name: a.Name}
}

// chained tells which executions stand before and after another one, and gives its own input.
func (c *Console) chained(ctx context.Context, x *engine.Execution) (before, after *neighbour, input *string) {
	link, input, ok := chain.FromInput(x.Input)
	if ok && link.To == x.Name {
		before = neighbourOf(link.From)
	}
	if next, err := local.After(ctx, c.engine, x); err == nil && next != nil {
		after = &neighbour{ARN: next.ARN, Name: next.Name}
	}
	return before, after, input
}

type errorBox struct {
	Type    string `json:"type"`
	Message *text  `json:"message,omitempty"`
	Data    *text  `json:"data,omitempty"`
	Stack   *text  `json:"stack,omitempty"`
	Place   *place `json:"place,omitempty"`
}

func errorOf(e *wire.ErrorObject, reference string) *errorBox {
	if e == nil {
		return nil
	}
	box := &errorBox{Type: cutBytes(e.ErrorType, 200), Message: shown(&e.ErrorMessage, reference+"/message")}
	if e.ErrorData != "" {
		box.Data = shown(&e.ErrorData, reference+"/data")
	}
	if len(e.StackTrace) > 0 {
		stack := strings.Join(e.StackTrace, "\n")
		box.Stack = shown(&stack, reference+"/stack")
	}
	return box
}

// update is a message of an execution's stream. Rows of operations replace those of the
// same ID; events and lines of the log are further ones.
type update struct {
	Now        int64       `json:"now"`
	Head       *head       `json:"head,omitempty"`
	Events     []eventRow  `json:"events,omitempty"`
	Operations []operation `json:"operations,omitempty"`
	Overlay    *overlay    `json:"overlay,omitempty"`
	Waits      *[]wait     `json:"waits,omitempty"`
	MoreWaits  int         `json:"moreWaits,omitempty"`
	Logs       []logLine   `json:"logs,omitempty"`
	More       bool        `json:"more,omitempty"` // the next message comes at once
}

const (
	chunkEvents = 2_000 // in one message
	pageEvents  = 500   // read at a time
	maxWaits    = 50
)

// executionStream tells everything about an execution: what has happened so far, then
// what happens. A message's ID is the number of the last event in it and that of
// the last line of the log.
func (c *Console) executionStream(w http.ResponseWriter, r *http.Request) {
	arn := r.URL.Query().Get("arn")
	sub, err := c.engine.Subscribe(engine.SubscribeOptions{ExecutionARN: arn})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer sub.Close()
	x, err := c.engine.Execution(r.Context(), arn, false)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	s := newStream(c, w, r)
	ctx, batches := s.pump(sub)
	if !s.begin() {
		return
	}
	f := follower{console: c, stream: s, arn: arn, model: newModel(c.build.catalog(), x.Function)}
	if ids := s.lastID(2); ids != nil {
		f.told, f.log = ids[0], ids[1]
	}
	for first := true; ; first = false {
		if !f.tell(ctx, first) {
			return
		}
		if !f.await(ctx, batches) {
			return
		}
	}
}

// follower is one page that looks at an execution.
type follower struct {
	console *Console
	stream  *stream
	arn     string
	model   *model
	told    int // number of the last event that the page knows
	log     int // number of the last line that it knows
	status  wire.ExecutionStatus
	doing   string // the activity that the page knows
	more    <-chan struct{}
}

// await waits until something may have happened, and then a little for more of it.
func (f *follower) await(ctx context.Context, batches <-chan []engine.Event) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-f.stream.alive.C:
			if !f.stream.comment() {
				return false
			}
			if f.activity(ctx) != f.doing { // of which there is no event
				return true
			}
			continue
		case <-f.more:
			var lines []logLine
			if lines, f.more = f.console.logs.after(f.arn, f.log); len(lines) == 0 {
				continue // another execution's
			}
		case _, ok := <-batches:
			if !ok {
				return false
			}
		}
		break
	}
	for pause := time.After(f.stream.pause()); ; {
		select {
		case _, ok := <-batches:
			if !ok {
				return false
			}
		case <-pause:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// activity tells what the execution is doing, as far as its operations don't tell.
func (f *follower) activity(ctx context.Context) string {
	a, err := f.console.engine.Activity(ctx, f.arn)
	if err != nil {
		return ""
	}
	return a.String()
}

// tell sends what the page does not know yet.
func (f *follower) tell(ctx context.Context, first bool) bool {
	c := f.console
	x, err := c.engine.Execution(ctx, f.arn, true)
	if err != nil {
		return false
	}
	var rows []eventRow
	before := f.model.Last
	err = c.events(ctx, f.arn, before, func(e *wire.Event) {
		if row := f.model.apply(e); row.N > f.told {
			rows = append(rows, row)
		}
	})
	if err != nil {
		return false
	}
	operations := f.model.take()
	var lines []logLine
	lines, f.more = c.logs.after(f.arn, f.log)
	for len(rows) > chunkEvents {
		f.told = rows[chunkEvents-1].N
		if !f.stream.send(update{Now: millis(c.engine.Now()), Events: rows[:chunkEvents], More: true}, f.told, f.log) {
			return false
		}
		rows = rows[chunkEvents:]
	}
	if len(rows) > 0 {
		f.told = rows[len(rows)-1].N
	}
	if len(lines) > 0 {
		f.log = lines[len(lines)-1].Seq
	}
	u := update{Now: millis(c.engine.Now()), Events: rows, Operations: operations, Logs: lines}
	// An execution may end after it was asked how it stands, and before its events were
	// read: then there is no further event with which to tell it.
	doing := f.activity(ctx)
	if first || f.model.Last > before || x.Status != f.status || doing != f.doing {
		f.status, f.doing = x.Status, doing
		u.Head = f.head(ctx, x)
		u.Head.Activity = doing
		o := f.model.overlay(c.engine.Now())
		u.Overlay = &o
	}
	waits, more := c.waits(ctx, f.arn, f.model)
	u.Waits, u.MoreWaits = &waits, more
	return f.stream.send(u, f.told, f.log)
}

// events visits the events of an execution after a number, a page at a time, because
// payloads may be large.
func (c *Console) events(ctx context.Context, arn string, after int, visit func(*wire.Event)) error {
	for {
		page, err := c.engine.History(ctx, arn, engine.HistoryQuery{After: after, MaxItems: pageEvents})
		if err != nil {
			return err
		}
		for i := range page {
			visit(&page[i])
		}
		if len(page) < pageEvents {
			return nil
		}
		after = page[len(page)-1].EventId
	}
}

func (f *follower) head(ctx context.Context, x *engine.Execution) *head {
	before, after, input := f.console.chained(ctx, x)
	h := &head{row: rowOf(&x.ExecutionSummary), Input: shown(input, "input"), Error: errorOf(x.Error, "error"), Before: before, After: after}
	if x.Parent != "" {
		h.Parent = neighbourOf(x.Parent)
	}
	if x.Undoes != "" {
		h.Undoes = neighbourOf(x.Undoes)
	}
	if x.Repeats != nil {
		h.Repeats, h.From = neighbourOf(x.Repeats.ARN), wordsOf(x.Repeats.From, x.Repeats.From)
		if o := f.model.Operation(x.Repeats.From); o != nil {
			h.From = o.Trail()
		}
	}
	if after == nil {
		h.Result = shown(x.Result, "result")
	}
	if h.Error != nil {
		h.Error.Place = f.model.errorPlace(x.Error)
	}
	return h
}

// operation gives all that is on record of an operation, when it is looked at.
func (c *Console) operation(r *http.Request) (any, error) {
	q := r.URL.Query()
	type item struct {
		N      int       `json:"n"`
		Type   string    `json:"type"`
		Time   int64     `json:"time"`
		Input  *text     `json:"input,omitempty"`
		Result *text     `json:"result,omitempty"`
		Error  *errorBox `json:"error,omitempty"`
	}
	out := []item{}
	err := c.events(r.Context(), q.Get("arn"), 0, func(e *wire.Event) {
		if e.Id != q.Get("id") && !(e.ParentId == q.Get("id") && e.CallbackStartedDetails == nil && strings.HasPrefix(string(e.EventType), "Callback")) {
			return
		}
		reference := fmt.Sprintf("event/%d", e.EventId)
		it := item{N: e.EventId, Type: string(e.EventType), Time: millis(e.EventTimestamp.Go())}
		input, result := execution.Payloads(e)
		it.Input, it.Result = shown(input, reference+"/input"), shown(result, reference+"/result")
		it.Error = errorOf(execution.ErrorOf(e), reference)
		out = append(out, it)
	})
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"events": out}
	if child, err := c.engine.Child(r.Context(), q.Get("arn"), q.Get("id")); err == nil && child != "" {
		if _, err := c.engine.Execution(r.Context(), child, false); err == nil {
			answer["child"] = neighbourOf(child)
		}
	}
	return answer, nil
}

// text gives all of a text that was cut, or the JSON of an event: "input", "result",
// "error/message", "event/12", "event/12/result".
func (c *Console) text(r *http.Request) (any, error) {
	q := r.URL.Query()
	parts := strings.Split(q.Get("ref"), "/")
	answer := func(s *string) (any, error) {
		if s == nil {
			return nil, &refused{http.StatusNotFound, "There is no such text."}
		}
		return map[string]string{"text": *s}, nil
	}
	if parts[0] == "event" && len(parts) >= 2 {
		n, err := strconv.Atoi(parts[1])
		if err != nil || n < 1 {
			return nil, bad("That is no number of an event.")
		}
		events, err := c.engine.History(r.Context(), q.Get("arn"), engine.HistoryQuery{After: n - 1, MaxItems: 1})
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			return answer(nil)
		}
		e := &events[0]
		if len(parts) == 2 {
			return answer(rawEvent(e))
		}
		input, result := execution.Payloads(e)
		switch parts[2] {
		case "input":
			return answer(input)
		case "result":
			return answer(result)
		}
		return answer(partOf(execution.ErrorOf(e), parts[2]))
	}
	x, err := c.engine.Execution(r.Context(), q.Get("arn"), true)
	if err != nil {
		return nil, err
	}
	switch parts[0] {
	case "input":
		_, input, _ := chain.FromInput(x.Input)
		return answer(input)
	case "result":
		return answer(x.Result)
	case "error":
		if len(parts) == 2 {
			return answer(partOf(x.Error, parts[1]))
		}
	}
	return answer(nil)
}

func partOf(e *wire.ErrorObject, part string) *string {
	if e == nil {
		return nil
	}
	switch part {
	case "message":
		return &e.ErrorMessage
	case "data":
		return &e.ErrorData
	case "stack":
		stack := strings.Join(e.StackTrace, "\n")
		return &stack
	}
	return nil
}

// rawEvent gives an event as the API gives it, but for the ID of a callback, which is
// asked for by itself.
func rawEvent(e *wire.Event) *string {
	b, err := json.MarshalIndent(withoutID(e), "", "  ")
	if err != nil {
		return nil
	}
	s := string(b)
	return &s
}
