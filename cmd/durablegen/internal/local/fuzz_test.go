package local

import (
	"bytes"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzQuestions: a file that was torn anywhere, or damaged, is refused or keeps the
// questions that it has; what is asked afterwards is read again, too.
func FuzzQuestions(f *testing.F) {
	const line = `{"callback":"one","program":"desk","method":"POST","target":"/ask?x=1","header":{"A":["b"]},"body":"b25l"}` + "\n"
	for _, text := range []string{"", line, line + line[:30], line + "\n", "null\n", "{}\n", line[:40] + "\n" + line, "\x00\x00", `{"callback":"one","target":"@elsewhere/"}` + "\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "questions.jsonl")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		q, err := OpenQuestions(path)
		if err != nil {
			if !strings.HasPrefix(err.Error(), path+":") {
				t.Error(err)
			}
			return
		}
		if lines := bytes.Count(text, []byte("\n")); lines > 0 && len(q.last) == 0 {
			t.Errorf("%d lines and no question", lines)
		}
		q.Expect("secret")
		if err := q.note("desk", httptest.NewRequest("POST", "/ask", nil), []byte("answer secret")); err != nil {
			t.Fatal(err)
		}
		again, err := OpenQuestions(path)
		if err != nil || len(again.last) != len(q.last) || string(again.last["secret"].Body) != "answer secret" {
			t.Errorf("%v\nthere were %q\nthere are %q", err, q.last, again.last)
		}
	})
}

// FuzzAddresses: whatever is in the file, a server gets an address of this machine, and
// keeps it.
func FuzzAddresses(f *testing.F) {
	for _, text := range []string{"", "null", "[]", `{"desk": 1}`, `{"desk": "127.0.0.1:0"}`, `{"desk": "nowhere"}`, `{"desk": "0.0.0.0:0"}`, `{"desk": ":0"}`, `{"other": "127.0.0.1:1"}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "addresses.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := OpenAddresses(dir).Listen("desk")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		address := l.Addr().(*net.TCPAddr)
		if known := OpenAddresses(dir).known["desk"]; !address.IP.IsLoopback() || known != address.String() {
			t.Errorf("it listens at %s; later it will at %q", address, known)
		}
	})
}
