package httpguard

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serve serves h with little patience, and gives a connection to it.
func serve(t *testing.T, h http.HandlerFunc) *net.TCPConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server(h, 50*time.Millisecond)
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

func TestReaderThatDoesNotRead(t *testing.T) {
	failed := make(chan error)
	conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				failed <- err
				return
			}
		}
	})
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if err := <-failed; !strings.Contains(err.Error(), "timeout") {
		t.Error(err)
	}
}

func TestBodyThatDoesNotCome(t *testing.T) {
	failed := make(chan error)
	conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		failed <- err
	})
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
	if err := <-failed; err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Error(err)
	}
}

// An answer may take its time, and so may the next request: neither is cut off by the
// deadlines of what was before.
func TestSlowAnswers(t *testing.T) {
	conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.ReadAll(r.Body)
		select {
		case <-r.Context().Done():
			t.Error("the request was cut off")
		case <-time.After(150 * time.Millisecond):
		}
		w.WriteHeader(http.StatusAccepted)
	})
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
	}
}
