package engine

import "net/http"

// Handler serves the Lambda API: the durable-execution actions, Invoke, and the
// listings of functions.
func (e *Engine) Handler() http.Handler { panic("not yet") }
