package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// row is an execution in the list.
type row struct {
	ARN      string `json:"arn"`
	Name     string `json:"name"`
	Function string `json:"function"`
	Status   string `json:"status"`
	Start    int64  `json:"start"`
	End      int64  `json:"end,omitempty"`
}

func rowOf(s *engine.ExecutionSummary) row {
	return row{s.ARN, s.Name, s.Function, string(s.Status), millis(s.Start), millis(s.End)}
}

const (
	pageRows = 100
	maxScan  = 20_000 // executions that one request looks at for a part of a name
)

// list gives a page of executions, the newest first. A name is found by any part of it.
func (c *Console) list(r *http.Request) (any, error) {
	q := r.URL.Query()
	f := engine.ExecutionFilter{Function: q.Get("function"), Marker: q.Get("marker"), MaxItems: pageRows}
	if s := q.Get("status"); s != "" {
		f.Statuses = []wire.ExecutionStatus{wire.ExecutionStatus(s)}
	}
	name := strings.ToLower(q.Get("name"))
	if name != "" {
		f.MaxItems = 5 * pageRows
	}
	rows := []row{}
	for scanned := 0; ; {
		page, err := c.engine.ListExecutions(r.Context(), f)
		if err != nil {
			return nil, err
		}
		for i := range page.Executions {
			if strings.Contains(strings.ToLower(page.Executions[i].Name), name) {
				rows = append(rows, rowOf(&page.Executions[i]))
			}
		}
		scanned += len(page.Executions)
		f.Marker = page.NextMarker
		if f.Marker == "" || len(rows) >= pageRows || scanned >= maxScan {
			break
		}
	}
	return map[string]any{"rows": rows, "next": f.Marker, "now": millis(c.engine.Now())}, nil
}

// maxChanges is how many changed executions a message tells of; if there are more, the
// page is told to ask again.
const maxChanges = 200

// listStream tells of executions that start and end. A message's ID is the number of
// the engine's last event in it, after which a page that was cut off goes on.
func (c *Console) listStream(w http.ResponseWriter, r *http.Request) {
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
			case e.Kind == engine.KindHistory && strings.HasPrefix(string(e.History.EventType), "Execution"):
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
					rows = append(rows, rowOf(&x.ExecutionSummary))
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
