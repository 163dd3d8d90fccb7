package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

const (
	// maxPageBytes bounds a page of history, which clients read whole.
	maxPageBytes = 6 << 20
	// pageStep and pageStepBytes are how much of it is read at a time: who does not take it
	// off our hands holds no more.
	pageStep      = 50
	pageStepBytes = 256 << 10
)

// errCut is the end of an answer of which a part has been sent.
var errCut = errors.New("engine: an answer was cut off")

func (e *Engine) serveHistory(w http.ResponseWriter, r *http.Request, arn string) error {
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	n := q.number("MaxItems")
	hq := HistoryQuery{NewestFirst: q.flag("ReverseOrder", false), OmitData: !q.flag("IncludeExecutionData", true)}
	checkMaxItems(&q.c, n)
	if err := q.err(); err != nil {
		return err
	}
	if n == 0 {
		n = defaultPage
	}
	after, err := parseMarker(q.text("Marker"))
	if err != nil {
		return err
	}
	hq.After = int(after)
	hq.MaxItems, hq.MaxBytes = pageStep, pageStepBytes
	page := historyPage{out: bufio.NewWriterSize(w, 16<<10), left: n}
	for more := true; more && !page.full; {
		events, err := e.History(r.Context(), arn, hq)
		switch {
		case err != nil && page.begun:
			e.log.Error("a history could not be told to its end", "execution", arn, "error", err)
			return errCut
		case err != nil:
			return err
		}
		if !page.begun {
			w.Header().Set("Content-Type", "application/json")
		}
		more = len(events) > 0
		if hq.After, err = page.write(events, hq.After); err != nil {
			return errCut // nobody listens
		}
	}
	return page.end(hq.After)
}

// historyPage is a page of history on its way.
type historyPage struct {
	out   *bufio.Writer
	begun bool
	size  int
	left  int // events that it may still have
	full  bool
}

// write writes events, as many as the page takes, and gives the number of the last one.
func (p *historyPage) write(events []wire.Event, last int) (int, error) {
	if !p.begun {
		p.begun = true
		p.out.WriteString(`{"Events":[`)
	}
	for i := range events {
		b, err := json.Marshal(&events[i])
		if err != nil {
			return last, err
		}
		if p.left == 0 || p.size > 0 && p.size+len(b) > maxPageBytes {
			p.full = true
			return last, nil
		}
		if p.size > 0 {
			p.out.WriteByte(',')
		}
		if _, err := p.out.Write(b); err != nil {
			return last, err
		}
		p.left--
		p.size += len(b)
		last = events[i].EventId
	}
	return last, nil
}

func (p *historyPage) end(last int) error {
	if p.full {
		p.out.WriteString(`],"NextMarker":"` + formatMarker(int64(last)) + `"}`)
	} else {
		p.out.WriteString(`]}`)
	}
	if err := p.out.Flush(); err != nil {
		return errCut
	}
	return nil
}

// An answer may be large, and whoever asked for it may not read it: so many are made at a time. Who comes
// then waits a little and is refused, as AWS refuses who asks too often.
const (
	readersAtOnce  = 12
	readerPatience = 5 * time.Second
)

// reader is a turn to make an answer that may be large; it ends with release.
func (e *Engine) reader(ctx context.Context) (release func(), err error) {
	late := make(chan struct{})
	defer e.opts.Clock.AfterFunc(readerPatience, func() { close(late) })()
	select {
	case e.readers <- struct{}{}:
		return func() { <-e.readers }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late:
		return nil, &wire.APIError{Code: "TooManyRequestsException", HTTPStatus: 429, Message: "Rate exceeded: other answers are still being read; try again"}
	}
}

// takingTurns lets a request be answered when it has a turn.
func (e *Engine) takingTurns(r *http.Request, answer func() error) error {
	release, err := e.reader(r.Context())
	if err != nil {
		return err
	}
	defer release()
	return answer()
}
