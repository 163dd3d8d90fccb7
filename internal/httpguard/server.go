package httpguard

import (
	"io"
	"net/http"
	"time"
)

// Bounds on a client that does nothing: on sending the head of a request, the next
// part of its body, on taking the next part of an answer, and between two requests.
// There is none on how long an answer may be in coming.
const (
	headTimeout = 30 * time.Second
	stallTime   = 30 * time.Second
	idleTimeout = 3 * time.Minute
)

// Server returns a server that a client which stalls can't hold on to.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		ReadHeaderTimeout: headTimeout,
		IdleTimeout:       idleTimeout,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			// Deadlines are the connection's: the one that the request before has left is
			// moved before anything is written, the end of this answer included.
			moving := &movingWriter{ResponseWriter: w, control: control}
			defer moving.extend()
			if r.Body != nil && r.Body != http.NoBody {
				r.Body = &movingBody{ReadCloser: r.Body, control: control}
			}
			h.ServeHTTP(moving, r)
		}),
	}
}

// movingWriter gives each write a time of its own.
type movingWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *movingWriter) extend() { _ = w.control.SetWriteDeadline(time.Now().Add(stallTime)) }

func (w *movingWriter) Write(b []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(b)
}

// Flush implements [http.Flusher].
func (w *movingWriter) Flush() {
	w.extend()
	_ = w.control.Flush()
}

// Unwrap is for [http.ResponseController].
func (w *movingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// movingBody gives each read a time of its own.
type movingBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *movingBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(time.Now().Add(stallTime))
	n, err := b.ReadCloser.Read(p)
	// What the server reads from now on tells it that the client has gone.
	_ = b.control.SetReadDeadline(time.Time{})
	return n, err
}
