package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"
)

// TestMain is the server, too, when a test starts this program again.
func TestMain(m *testing.M) {
	if os.Getenv("DURABLEGEN_TEST_SERVER") == "" {
		os.Exit(m.Run())
	}
	if err := Serve(context.Background(), os.Stdin, os.Stdout, Options{Log: os.Stderr, Strict: os.Getenv("DURABLEGEN_TEST_SERVER") == "strict"}); err != nil {
		os.Exit(1)
	}
}

// client is an editor: it starts the server as a process and speaks to it over its standard
// streams, with the framing of a library that the server does not use.
type client struct {
	t    testing.TB
	cmd  *exec.Cmd
	in   io.Writer
	conn *jsonrpc2.Conn
	enc  encoding

	mu        sync.Mutex
	published map[string]publishDiagnosticsParams
	news      chan struct{} // something was published
	stderr    strings.Builder

	texts map[string]*document // as the client has them
}

type pipes struct {
	io.Reader
	io.WriteCloser
}

// start starts a server for a directory.
func start(t testing.TB, dir string, encodings ...string) *client {
	t.Helper()
	c := launch(t, dir, "plain")
	c.initialize(encodings...)
	return c
}

func launch(t testing.TB, dir, mode string) *client {
	t.Helper()
	c := &client{t: t, published: map[string]publishDiagnosticsParams{}, news: make(chan struct{}, 1), texts: map[string]*document{}, enc: utf16Units}
	c.cmd = exec.Command(os.Args[0])
	c.cmd.Dir = dir
	c.cmd.Env = append(os.Environ(), "DURABLEGEN_TEST_SERVER="+mode)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.cmd.Stderr = &lockedWriter{c: c}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.in = in
	c.conn = jsonrpc2.NewConn(context.Background(), jsonrpc2.NewBufferedStream(pipes{bufio.NewReader(out), in}, jsonrpc2.VSCodeObjectCodec{}), c, jsonrpc2.SetLogger(log.New(io.Discard, "", 0)))
	t.Cleanup(func() {
		in.Close()
		c.cmd.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		if log := c.stderr.String(); log != "" {
			t.Errorf("the server has complained:\n%s", log)
		}
	})
	return c
}

type lockedWriter struct{ c *client }

func (w *lockedWriter) Write(b []byte) (int, error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	return w.c.stderr.Write(b)
}

func (c *client) initialize(encodings ...string) {
	c.t.Helper()
	var result struct {
		Capabilities struct{ PositionEncoding encoding }
	}
	c.call("initialize", map[string]any{"capabilities": map[string]any{"general": map[string]any{"positionEncodings": encodings}}, "rootUri": uriOf(c.cmd.Dir)}, &result)
	c.enc = result.Capabilities.PositionEncoding
	c.tell("initialized", map[string]any{})
}

// Handle implements jsonrpc2.Handler.
func (c *client) Handle(_ context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	if req.Method == "textDocument/publishDiagnostics" {
		var p publishDiagnosticsParams
		if err := json.Unmarshal(*req.Params, &p); err != nil {
			c.t.Error(err)
		}
		c.mu.Lock()
		if before := c.published[p.URI]; before.Version != nil && p.Version != nil && *p.Version < *before.Version {
			c.t.Errorf("what is wrong with version %d of %s came after that of %d", *p.Version, p.URI, *before.Version)
		}
		c.published[p.URI] = p
		c.mu.Unlock()
		select {
		case c.news <- struct{}{}:
		default:
		}
	} else if !req.Notif {
		go conn.Reply(context.Background(), req.ID, nil)
	}
}

func (c *client) call(method string, params, result any) {
	c.t.Helper()
	if err := c.try(method, params, result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func (c *client) try(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.conn.Call(ctx, method, params, result)
}

func (c *client) tell(method string, params any) {
	c.t.Helper()
	if err := c.conn.Notify(context.Background(), method, params); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// uri gives that of a file of the client's directory.
func (c *client) uri(name string) string { return uriOf(filepath.Join(c.cmd.Dir, name)) }

func (c *client) open(name, text string) {
	c.t.Helper()
	c.texts[name] = &document{c.uri(name), "", 1, newLines([]byte(text), c.enc)}
	c.tell("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": c.uri(name), "languageId": "flow", "version": 1, "text": text}})
}

// replace puts a text in place of what is between two offsets.
func (c *client) replace(name string, from, to int, text string) {
	c.t.Helper()
	before := c.texts[name]
	change := contentChange{&span{before.position(from), before.position(to)}, text}
	whole := string(before.text[:from]) + text + string(before.text[to:])
	c.texts[name] = &document{before.uri, "", before.version + 1, newLines([]byte(whole), c.enc)}
	c.tell("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": c.uri(name), "version": before.version + 1}, "contentChanges": []any{change},
	})
}

// problems waits for what is wrong with the present version of a file.
func (c *client) problems(name string) []diagnostic {
	c.t.Helper()
	return c.await(name, func(p publishDiagnosticsParams) bool {
		return p.Version != nil && *p.Version == c.texts[name].version
	})
}

// await waits until what was published of a file is as wanted.
func (c *client) await(name string, wanted func(publishDiagnosticsParams) bool) []diagnostic {
	c.t.Helper()
	deadline := time.After(time.Minute)
	for {
		c.mu.Lock()
		p, some := c.published[c.uri(name)]
		c.mu.Unlock()
		if some && wanted(p) {
			return p.Diagnostics
		}
		select {
		case <-c.news:
		case <-c.conn.DisconnectNotify():
			c.t.Fatalf("the server has gone: %s", c.stderr.String())
		case <-deadline:
			c.t.Fatalf("what is wanted does not come of %s; the last was\n%s", name, messages(p.Diagnostics))
		}
	}
}

func document1(c *client, name string) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": c.uri(name)}}
}

// apply gives the text of a document after edits.
func apply(d *document, edits []textEdit) string {
	text := string(d.text)
	for i := len(edits) - 1; i >= 0; i-- {
		from, to := d.offset(edits[i].Range.Start), d.offset(edits[i].Range.End)
		text = text[:from] + edits[i].NewText + text[to:]
	}
	return text
}

func files(t testing.TB, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func messages(ds []diagnostic) string {
	var b strings.Builder
	for _, d := range ds {
		fmt.Fprintf(&b, "%d:%d-%d:%d %s %s\n", d.Range.Start.Line, d.Range.Start.Character, d.Range.End.Line, d.Range.End.Character, d.Code, d.Message)
	}
	return b.String()
}
