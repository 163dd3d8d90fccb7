// Package lsp answers editors: it speaks the Language Server Protocol over a pair of streams.
// What a text means is found out by dsl and internal/query; this package knows which texts
// there are, where a place is in the protocol's terms, and who has to be told what.
//
// Messages are read one after the other. Those that change something are carried out at once,
// which takes no longer than copying a text; those that ask take a snapshot and are answered
// beside the reading, so that nothing waits for them.
package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// Options says how [Serve] works.
type Options struct {
	Version string // of the command, for the client's log
	Strict  bool   // report also what is allowed but unwise
	Log     io.Writer
}

// ErrNoShutdown is the error of a client that goes without having asked for a shutdown.
var ErrNoShutdown = errors.New("the client has gone without a shutdown")

// Serve answers a client until it says exit or its stream ends.
func Serve(ctx context.Context, in io.Reader, out io.Writer, opts Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{ctx: ctx, opts: opts, log: log.New(opts.Log, "durablegen lsp: ", 0), running: map[jsonrpc2.ID]context.CancelFunc{}, ready: make(chan struct{})}
	s.w = newWorkspace(opts.Strict, s.later)
	s.conn = jsonrpc2.NewConn(ctx, newStream(in, out), s, jsonrpc2.SetLogger(s.log))
	close(s.ready)
	select {
	case <-s.conn.DisconnectNotify():
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stopping && ctx.Err() == nil {
		return ErrNoShutdown
	}
	return nil
}

type server struct {
	ctx   context.Context
	opts  Options
	log   *log.Logger
	w     *workspace
	conn  *jsonrpc2.Conn
	ready chan struct{} // closed when conn is set

	histories histories

	mu      sync.Mutex
	state   state
	watches bool // the client can be asked to watch files
	// snippets: the client knows them. Set before anything is asked.
	snippets bool
	running  map[jsonrpc2.ID]context.CancelFunc
}

type state int

const (
	starting state = iota
	working
	stopping
)

// The protocol's own codes of errors.
const (
	codeNotInitialized = -32002
	codeCancelled      = -32800
	codeModified       = -32801
	codeRequestFailed  = -32803
)

var errModified = &jsonrpc2.Error{Code: codeModified, Message: "the text has changed since"}

func unknownCommand(name string) error {
	return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: "there is no command `" + name + "`, or not with these arguments"}
}

// Handle implements jsonrpc2.Handler. The connection reads nothing while it runs.
func (s *server) Handle(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) {
	<-s.ready
	if req.Notif {
		s.notified(req)
		return
	}
	answer, err := s.prepare(req)
	if err != nil {
		go s.reply(req.ID, nil, err) // to write may have to wait for a client that does not read
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.Lock()
	s.running[req.ID] = cancel
	s.mu.Unlock()
	go func() {
		defer cancel()
		result, err := s.carefully(req.Method, func() (any, error) { return answer(ctx) })
		if ctx.Err() != nil {
			result, err = nil, &jsonrpc2.Error{Code: codeCancelled, Message: "cancelled"}
		}
		s.mu.Lock()
		delete(s.running, req.ID)
		s.mu.Unlock()
		s.reply(req.ID, result, err)
	}()
}

// answering is the part of a request's work that needs no order.
type answering func(ctx context.Context) (any, error)

// prepare takes of the present state what an answer needs.
func (s *server) prepare(req *jsonrpc2.Request) (answering, error) {
	s.mu.Lock()
	state := s.state
	s.mu.Unlock()
	switch {
	case req.Method == "initialize" && state == starting:
		return s.initialize(params(req))
	case req.Method == "initialize" || state == stopping:
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "`" + req.Method + "` can't come now"}
	case state == starting:
		return nil, &jsonrpc2.Error{Code: codeNotInitialized, Message: "the first request is `initialize`"}
	case req.Method == "shutdown":
		s.setState(stopping)
		return func(context.Context) (any, error) { return nil, nil }, nil
	}
	prepare := requests[req.Method]
	if prepare == nil {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeMethodNotFound, Message: "there is no `" + req.Method + "` here"}
	}
	return prepare(s, params(req))
}

func (s *server) setState(to state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = to
}

// carefully does a piece of work that must not take the server down.
func (s *server) carefully(what string, work func() (any, error)) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Printf("%s has failed: %v\n%s", what, r, debug.Stack())
			err = &jsonrpc2.Error{Code: jsonrpc2.CodeInternalError, Message: fmt.Sprintf("%s has failed: %v", what, r)}
		}
	}()
	return work()
}

func (s *server) reply(id jsonrpc2.ID, result any, err error) {
	if err == nil {
		s.complain(s.conn.Reply(s.ctx, id, result))
		return
	}
	var e *jsonrpc2.Error
	if !errors.As(err, &e) {
		e = &jsonrpc2.Error{Code: codeRequestFailed, Message: err.Error()}
	}
	s.complain(s.conn.ReplyWithError(s.ctx, id, e))
}

func (s *server) notify(method string, message any) {
	s.complain(s.conn.Notify(s.ctx, method, message))
}

func params(req *jsonrpc2.Request) json.RawMessage {
	if req.Params == nil {
		return json.RawMessage("null")
	}
	return *req.Params
}

func decode(raw json.RawMessage, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: err.Error()}
	}
	return nil
}

// notified carries out what the client says without wanting an answer.
func (s *server) notified(req *jsonrpc2.Request) {
	_, err := s.carefully(req.Method, func() (any, error) {
		if req.Method == "exit" {
			go s.conn.Close()
			return nil, nil
		}
		s.mu.Lock()
		state := s.state
		s.mu.Unlock()
		if handle := notifications[req.Method]; handle != nil && state == working {
			return nil, handle(s, params(req))
		}
		return nil, nil
	})
	if err != nil {
		s.log.Printf("%s: %v", req.Method, err)
	}
}

// notifications is what the client tells. Others are passed over, as the protocol wants.
var notifications = map[string]func(*server, json.RawMessage) error{
	"initialized": (*server).initialized,
	"textDocument/didOpen": told(func(s *server, p *didOpenParams) {
		s.w.open(p.TextDocument.URI, p.TextDocument.Version, p.TextDocument.Text)
	}),
	"textDocument/didChange": told(func(s *server, p *didChangeParams) {
		s.w.change(p.TextDocument.URI, p.TextDocument.Version, p.ContentChanges)
	}),
	"textDocument/didClose": told(func(s *server, p *documentParams) { s.w.close(p.uri()) }),
	"textDocument/didSave":  told(func(s *server, p *documentParams) { s.w.filesChanged([]string{p.uri()}) }),
	"workspace/didChangeWatchedFiles": told(func(s *server, p *didChangeWatchedFilesParams) {
		var uris []string
		for _, c := range p.Changes {
			uris = append(uris, c.URI)
		}
		s.w.filesChanged(uris)
	}),
	"workspace/didChangeWorkspaceFolders": told(func(s *server, p *didChangeWorkspaceFoldersParams) {
		s.w.setRoots(p.Event.Added, p.Event.Removed, "")
	}),
	"$/cancelRequest": told(func(s *server, p *cancelParams) {
		var id jsonrpc2.ID
		if json.Unmarshal(p.ID, &id) != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.running[id]; cancel != nil {
			cancel()
		}
	}),
}

// told makes a handler of a function on the decoded parameters.
func told[P any](f func(*server, *P)) func(*server, json.RawMessage) error {
	return func(s *server, raw json.RawMessage) error {
		p := new(P)
		if err := decode(raw, p); err != nil {
			return err
		}
		f(s, p)
		return nil
	}
}
