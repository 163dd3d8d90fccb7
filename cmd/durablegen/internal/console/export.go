package console

import (
	"encoding/json"
	"mime"
	"net/http"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
)

// history is the file with all events of an execution, one a line, as `durablegen history
// --json` prints them and `show --file` and `rehearse --file` read them. The IDs of callbacks
// that can still be answered are left out.
func (c *Console) history(w http.ResponseWriter, r *http.Request) {
	arn := r.URL.Query().Get("arn")
	x, err := c.engine.Execution(r.Context(), arn, false)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	var model execution.Execution
	err = c.events(r.Context(), arn, 0, func(e *wire.Event) { model.Apply(e) })
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": x.Name + ".jsonl"}))
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	err = c.events(r.Context(), arn, 0, func(e *wire.Event) {
		if o := model.Operation(e.Id); o != nil && !o.Over() && !model.Ended() {
			e = withoutID(e)
		}
		_ = lines.Encode(e)
	})
	if err != nil {
		c.log.Warn("a history can't be read to its end", "execution", arn, "error", err)
		panic(http.ErrAbortHandler) // or else the file looks whole
	}
}

const hiddenID = "(hidden: whoever has it may answer)"

// withoutID gives an event without the ID by which a callback is answered.
func withoutID(e *wire.Event) *wire.Event {
	d := e.CallbackStartedDetails
	if d == nil {
		return e
	}
	copied, details := *e, *d
	details.CallbackId = hiddenID
	copied.CallbackStartedDetails = &details
	return &copied
}
