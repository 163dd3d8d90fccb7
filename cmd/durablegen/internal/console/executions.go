package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// row is an execution in the list.
type row struct {
	ARN      string `json:"arn"`
	Name     string `json:"name"`
	Function string `json:"function"`
	Version  string `json:"version,omitempty"` // on which it ends; empty: $LATEST
	Status   string `json:"status"`
	Start    int64  `json:"start"`
	End      int64  `json:"end,omitempty"`
	// Stands says what it waits for, or how it failed; Whys is the kinds of what it waits for,
	// as in wait.Why, or "divergence" if it has strayed from its record.
	Stands string   `json:"stands,omitempty"`
	Whys   []string `json:"whys,omitempty"`
	// Lacks: a text that the page looks for in its data is not there.
	Lacks bool `json:"lacks,omitempty"`
}

func rowOf(s *engine.ExecutionSummary) row {
	r := row{ARN: s.ARN, Name: s.Name, Function: s.Function, Status: string(s.Status), Start: millis(s.Start), End: millis(s.End)}
	if s.Version != latest {
		r.Version = s.Version
	}
	return r
}

// row is rowOf with how the execution stands.
func (c *Console) row(ctx context.Context, s *engine.ExecutionSummary) row {
	r := rowOf(s)
	switch {
	case s.End.IsZero():
		r.Stands, r.Whys = c.standing(ctx, s.ARN)
	case s.Status != wire.ExecutionSucceeded:
		if r.Stands = c.failing(ctx, s.ARN); strings.HasPrefix(r.Stands, diverged) {
			r.Whys = []string{"divergence"}
		}
	}
	return r
}

const latest = "$LATEST"

// diverged is the type of the error of an execution that strays from its record.
const diverged = "NonDeterministicExecutionError"

const (
	maxStands = 5   // operations that a row names
	maxWhy    = 300 // bytes of an error in a row
)

// trail makes what [execution.Operation.Trail] gives of the words of an ID.
var trail = strings.NewReplacer(" / [", "[", " / ", "/")

// standing says what an execution waits for.
func (c *Console) standing(ctx context.Context, arn string) (stands string, whys []string) {
	open, err := c.engine.Open(ctx, arn)
	if err != nil {
		return "", nil
	}
	outer := map[string]wire.Operation{} // by ID, operations around others
	for _, o := range open {
		outer[o.Id] = o
	}
	for _, o := range open {
		if parent := outer[o.ParentId]; parent.SubType != wire.SubTypeWaitForCallback {
			delete(outer, o.ParentId)
		}
	}
	var names []string
	for _, o := range open {
		whole := outer[o.ParentId] // a callback with what asks for its answer is one
		if o.Type == wire.TypeContext || whole.Id != "" && o.Type != wire.TypeCallback {
			continue
		}
		names = append(names, cmp.Or(trail.Replace(opid.Words(cmp.Or(whole.Id, o.Id))), whole.Name, o.Name))
		if why := whyOpen(&o); !slices.Contains(whys, why) {
			whys = append(whys, why)
		}
	}
	if n := len(names); n > maxStands {
		names = append(names[:maxStands], fmt.Sprintf("and %d more", n-maxStands))
	}
	return strings.Join(names, ", "), whys
}

// whyOpen is why an open operation is waited for, as whyWaiting says it.
func whyOpen(o *wire.Operation) string {
	switch {
	case o.Type == wire.TypeCallback:
		return "answer"
	case o.Type == wire.TypeWait:
		return "time"
	case o.Type == wire.TypeChainedInvoke:
		return "function"
	case o.Status == wire.StatusStarted:
		return "step"
	case o.SubType == wire.SubTypeWaitForCondition:
		return "check"
	}
	return "retry"
}

// failing says how an execution failed: its last event does.
func (c *Console) failing(ctx context.Context, arn string) string {
	events, err := c.engine.History(ctx, arn, engine.HistoryQuery{NewestFirst: true, MaxItems: 1})
	if err != nil || len(events) == 0 {
		return ""
	}
	cause := execution.ErrorOf(&events[0])
	if cause == nil {
		return ""
	}
	return cutBytes(execution.ErrorText(cause), maxWhy)
}

const (
	pageRows = 100
	maxScan  = 20_000 // executions that one request looks at
)

// wanted is what a page asks for of the list: a function, with its version behind a colon or without; a name, and what an execution waits for or how it
// failed, is found by any part of it.
type wanted struct {
	filter            engine.ExecutionFilter
	name, stands, why string
}

func wantedBy(r *http.Request) *wanted {
	q := r.URL.Query()
	w := &wanted{name: strings.ToLower(q.Get("name")), stands: strings.ToLower(q.Get("stands")), why: q.Get("why")}
	w.filter = engine.ExecutionFilter{Input: q.Get("input"), Result: q.Get("result"), Error: q.Get("error"), MaxItems: pageRows}
	w.filter.Function, w.filter.Version, _ = strings.Cut(q.Get("function"), ":")
	if s := q.Get("status"); s != "" {
		w.filter.Statuses = []wire.ExecutionStatus{wire.ExecutionStatus(s)}
	}
	return w
}

// texts reports whether something is looked for in the data of executions.
func (w *wanted) texts() bool {
	return w.filter.Input != "" || w.filter.Result != "" || w.filter.Error != ""
}

// lacks tells whether an execution does not have the texts that are looked for.
func (c *Console) lacks(ctx context.Context, w *wanted, s *engine.ExecutionSummary) bool {
	if !w.texts() {
		return false
	}
	f := engine.ExecutionFilter{Function: s.Function, Name: s.Name, Input: w.filter.Input, Result: w.filter.Result, Error: w.filter.Error, MaxItems: 1}
	page, err := c.engine.ListExecutions(ctx, f)
	return err == nil && len(page.Executions) == 0
}

// scan visits pages of executions that are wanted, the newest first, until visit has enough or
// so many have been looked at that the page may ask again: then there is a marker.
func (c *Console) scan(ctx context.Context, w *wanted, visit func([]*engine.ExecutionSummary) (enough bool)) (marker string, err error) {
	for scanned := 0; ; {
		page, err := c.engine.ListExecutions(ctx, w.filter)
		if err != nil {
			return "", err
		}
		var found []*engine.ExecutionSummary
		for i := range page.Executions {
			if e := &page.Executions[i]; strings.Contains(strings.ToLower(e.Name), w.name) && (w.why == "" || e.End.IsZero() != (w.why == "divergence")) {
				found = append(found, e)
			}
		}
		enough := visit(found)
		scanned += page.Looked
		w.filter.Marker = page.NextMarker
		if w.filter.Marker == "" || enough || scanned >= maxScan {
			return w.filter.Marker, nil
		}
	}
}

// rows gives those of some executions that stand as it is wanted.
func (c *Console) rows(ctx context.Context, w *wanted, of []*engine.ExecutionSummary) []row {
	rows := []row{}
	for _, e := range of {
		if r := c.row(ctx, e); strings.Contains(strings.ToLower(r.Stands), w.stands) && (w.why == "" || slices.Contains(r.Whys, w.why)) {
			rows = append(rows, r)
		}
	}
	return rows
}

// list gives a page of executions, the newest first, or those that took longest or shortest.
func (c *Console) list(r *http.Request) (any, error) {
	w := wantedBy(r)
	if sort := r.URL.Query().Get("sort"); sort != "" {
		return c.sorted(r, w, sort == "shortest")
	}
	w.filter.Marker = r.URL.Query().Get("marker")
	if w.name != "" || w.stands != "" || w.why != "" || w.texts() {
		w.filter.MaxItems = 5 * pageRows
	}
	rows := []row{}
	next, err := c.scan(r.Context(), w, func(found []*engine.ExecutionSummary) bool {
		rows = append(rows, c.rows(r.Context(), w, found)...)
		return len(rows) >= pageRows
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"rows": rows, "next": next, "now": millis(c.engine.Now())}, nil
}

// sorted gives a page of executions by how long they took, or have taken so far. Its marker is
// the number of those before it.
func (c *Console) sorted(r *http.Request, w *wanted, shortest bool) (any, error) {
	at, _ := strconv.Atoi(r.URL.Query().Get("marker"))
	w.filter.MaxItems = 1000
	var all []*engine.ExecutionSummary
	if _, err := c.scan(r.Context(), w, func(found []*engine.ExecutionSummary) bool {
		all = append(all, found...)
		return false
	}); err != nil {
		return nil, err
	}
	now := c.engine.Now()
	slices.SortStableFunc(all, func(a, b *engine.ExecutionSummary) int {
		if shortest {
			a, b = b, a
		}
		return cmp.Compare(took(b, now), took(a, now))
	})
	rows, next := []row{}, ""
	for at = max(0, at); at < len(all); {
		if len(rows) >= pageRows {
			next = strconv.Itoa(at)
			break
		}
		more := min(pageRows, len(all)-at)
		rows = append(rows, c.rows(r.Context(), w, all[at:at+more])...)
		at += more
	}
	return map[string]any{"rows": rows, "next": next, "now": millis(now)}, nil
}

func took(s *engine.ExecutionSummary, now time.Time) time.Duration {
	if s.End.IsZero() {
		return now.Sub(s.Start)
	}
	return s.End.Sub(s.Start)
}

// maxChanges is how many changed executions a message tells of; if there are more, the
// page is told to ask again.
const maxChanges = 200

// listStream tells of executions that start, go on and end. A message's ID is the number of
// the engine's last event in it, after which a page that was cut off goes on. Of each it tells whether
// the texts that the page looks for are there.
func (c *Console) listStream(w http.ResponseWriter, r *http.Request) {
	wants := wantedBy(r)
	opts := engine.SubscribeOptions{}
	s := newStream(c, w, r)
	var last uint64
	if parts := s.lastID(1); parts != nil {
		last = uint64(parts[0])
		opts.After = &last
	}
	sub, err := c.engine.Subscribe(opts)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer sub.Close()
	ctx, batches := s.pump(sub)
	if !s.begin() {
		return
	}
	changed := map[string]bool{}
	refresh := false
	take := func(events []engine.Event) {
		for i := range events {
			e := &events[i]
			last = max(last, e.Number)
			switch {
			case e.Kind == engine.KindOverflow:
				refresh = true
			case e.Kind == engine.KindHistory:
				changed[e.ExecutionARN] = true
			}
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.alive.C:
			if !s.comment() {
				return
			}
			continue
		case events, ok := <-batches:
			if !ok {
				return
			}
			take(events)
		}
		for pause := time.After(s.pause()); pause != nil; {
			select {
			case events, ok := <-batches:
				if !ok {
					return
				}
				take(events)
			case <-pause:
				pause = nil
			case <-ctx.Done():
				return
			}
		}
		if len(changed) == 0 && !refresh {
			continue
		}
		message := map[string]any{"now": millis(c.engine.Now()), "refresh": refresh || len(changed) > maxChanges}
		if len(changed) <= maxChanges {
			rows := []row{}
			for arn := range changed {
				if x, err := c.engine.Execution(ctx, arn, false); err == nil {
					row := c.row(ctx, &x.ExecutionSummary)
					row.Lacks = c.lacks(ctx, wants, &x.ExecutionSummary)
					rows = append(rows, row)
				}
			}
			message["rows"] = rows
		}
		if !s.send(message, int(last)) {
			return
		}
		clear(changed)
		refresh = false
	}
}
