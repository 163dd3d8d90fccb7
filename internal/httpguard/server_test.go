package httpguard

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipe is a listener to which one connection is made, in this process: a synctest bubble has its
// own time then, which a loaded machine does not shorten.
type pipe struct {
	conn   chan net.Conn
	closed chan struct{}
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conn:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error   { close(p.closed); return nil }
func (p *pipe) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// serving calls the client that setup gives with a connection to a server of the handler, in a bubble.
func serving(t *testing.T, setup func(t *testing.T) (h http.HandlerFunc, client func(conn net.Conn))) {
	synctest.Test(t, func(t *testing.T) {
		h, client := setup(t)
		listener := &pipe{make(chan net.Conn), make(chan struct{})}
		s := Server(h)
		go s.Serve(listener)
		defer s.Close()
		conn, other := net.Pipe()
		defer conn.Close()
		listener.conn <- other
		client(conn)
	})
}

func TestReaderThatDoesNotRead(t *testing.T) {
	serving(t, func(t *testing.T) (http.HandlerFunc, func(net.Conn)) {
		failed := make(chan error, 1)
		return func(w http.ResponseWriter, r *http.Request) {
				for {
					if _, err := w.Write(make([]byte, 1<<20)); err != nil {
						failed <- err
						return
					}
				}
			}, func(conn net.Conn) {
				fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
				began := time.Now()
				if err := <-failed; !strings.Contains(err.Error(), "timeout") || time.Since(began) != stallTime {
					t.Error(err, time.Since(began))
				}
			}
	})
}

func TestBodyThatDoesNotCome(t *testing.T) {
	serving(t, func(t *testing.T) (http.HandlerFunc, func(net.Conn)) {
		failed := make(chan error, 1)
		return func(w http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				failed <- err
			}, func(conn net.Conn) {
				fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
				if err := <-failed; err == nil || !strings.Contains(err.Error(), "timeout") {
					t.Error(err)
				}
			}
	})
}

// An answer may take its time, and so may the next request: neither is cut off by the
// deadlines of what was before.
func TestSlowAnswers(t *testing.T) {
	serving(t, func(t *testing.T) (http.HandlerFunc, func(net.Conn)) {
		return func(w http.ResponseWriter, r *http.Request) {
				io.ReadAll(r.Body)
				select {
				case <-r.Context().Done():
					t.Error("the request was cut off")
				case <-time.After(3 * stallTime):
				}
				w.WriteHeader(http.StatusAccepted)
			}, func(conn net.Conn) {
				answers := bufio.NewReader(conn)
				for range 2 {
					fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody")
					response, err := http.ReadResponse(answers, nil)
					if err != nil {
						t.Fatal(err)
					}
					if response.Body.Close(); response.StatusCode != http.StatusAccepted {
						t.Error(response.Status)
					}
					time.Sleep(2 * stallTime)
				}
			}
	})
}
