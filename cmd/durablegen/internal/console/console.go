package console

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/playground"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/playground/compile"
	"github.com/durablegen/durablegen/internal/httpguard"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

//go:embed assets
var assets embed.FS

// Options say what a console shows.
type Options struct {
	Engine   *engine.Engine
	Packages []*flowdir.Package  // of the functions, as far as they have .flow files
	Endpoint string              // URL of the Lambda API beside it, for commands that people copy
	Address  string              // HOST:PORT by which it is opened; empty: that of the listener
	Name     string              // by which browsers of this machine find it, such as "k3x9.localhost"; empty: by the address
	Hosts    []string            // names and addresses, beside the loopback ones, that requests may name; "*" for all addresses
	Programs *Programs           // of the outside world; nil: there are none
	Advance  func(time.Duration) // moves the engine's time, so that waits can be skipped; nil: they can't be
	Editor   Editor              // that opens .flow files from the page, where that is on this machine
	Logger   *slog.Logger        // nil: nobody
}

// Console is the page and its API.
type Console struct {
	opts   Options
	engine *engine.Engine
	build  builds
	guard  *guard
	logs   *logs
	log    *slog.Logger
	ctx    context.Context // ends when it is closed
	cancel context.CancelFunc
	sub    *engine.Subscription
	server *http.Server
}

// Serve makes a console, which begins to collect what functions write, and serves it at a
// listener until it is closed.
func Serve(l net.Listener, o Options) (*Console, error) {
	if o.Address == "" {
		o.Address = local.Reachable(l.Addr())
	}
	c := &Console{
		opts: o, engine: o.Engine, guard: newGuard(o.Address, o.Hosts), logs: newLogs(o.Engine.Now), log: o.Logger,
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.build.set(newCatalog(o.Packages), "", "")
	var err error
	if c.sub, err = o.Engine.Subscribe(engine.SubscribeOptions{Logs: true}); err != nil {
		return nil, err
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.logs.collect(c.ctx, c.sub)
	c.server = httpguard.Server(c.guard.protect(c.routes()))
	c.server.ErrorLog = slog.NewLogLogger(c.log.Handler(), slog.LevelDebug)
	go c.server.Serve(l)
	return c, nil
}

// Close ends the streams of all pages, and serving them.
func (c *Console) Close() {
	c.cancel()
	c.sub.Close()
	c.server.Close()
}

// Link is the address that opens the console: the one that carries the token. It has the
// console's own name where only this machine gets at it, since browsers send a cookie to
// all ports of a host, whoever listens there.
func (c *Console) Link() string {
	address := c.opts.Address
	if host, port, err := net.SplitHostPort(address); err == nil && c.opts.Name != "" && httpguard.IsLoopback(host) {
		address = net.JoinHostPort(c.opts.Name, port)
	}
	return "http://" + address + "/?token=" + c.guard.token
}

func isPage(path string) bool {
	return path == "/" || path == "/start" || path == "/execution" || path == "/numbers" || path == "/compare" || path == "/programs" || path == "/playground/"
}

func (c *Console) routes() http.Handler {
	files := Assets()
	mux := http.NewServeMux()
	page := func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "page.html") }
	mux.HandleFunc("GET /{$}", page)
	mux.HandleFunc("GET /start", page)
	mux.HandleFunc("GET /execution", page)
	mux.HandleFunc("GET /numbers", page)
	mux.HandleFunc("GET /compare", page)
	mux.HandleFunc("GET /programs", page)
	static := http.StripPrefix("/assets/", http.FileServerFS(files))
	mux.HandleFunc("GET /assets/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		if strings.HasSuffix(r.URL.Path, ".mjs") || strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8") // the machine's table of types may say otherwise
		}
		static.ServeHTTP(w, r)
	})
	mux.Handle("GET /playground/", http.StripPrefix("/playground", playground.Handler(files)))
	get := func(path string, f func(*http.Request) (any, error)) {
		mux.HandleFunc("GET /api/"+path, func(w http.ResponseWriter, r *http.Request) { c.answer(w, r, f) })
	}
	post := func(path string, f func(*http.Request) (any, error)) {
		mux.HandleFunc("POST /api/"+path, func(w http.ResponseWriter, r *http.Request) { c.answer(w, r, f) })
	}
	get("session", c.session)
	get("executions", c.list)
	get("execution", c.describe)
	get("operation", c.operation)
	get("due", c.dueBefore)
	get("compare", c.compare)
	get("numbers", c.numbers)
	get("numbers/operations", c.operations)
	get("text", c.text)
	mux.HandleFunc("GET /api/history", c.history)
	mux.HandleFunc("GET /api/build/stream", c.buildStream)
	if c.opts.Programs != nil {
		mux.HandleFunc("GET /api/programs/stream", c.programStream)
	}
	mux.HandleFunc("GET /api/executions/stream", c.listStream)
	mux.HandleFunc("GET /api/execution/stream", c.executionStream)
	post("check", c.check)
	post("start", c.start)
	post("rerun", c.rerun)
	post("stop", c.stop)
	post("pause", c.pause)
	post("resume", c.resume)
	post("delete", c.delete)
	post("callback", c.callback)
	post("skip", c.skip)
	post("playground", compileText)
	return mux
}

// refused is an answer that says why not.
type refused struct {
	status  int
	message string
}

func (e *refused) Error() string { return e.message }

func bad(message string) error { return &refused{http.StatusBadRequest, message} }

// answer writes what f gives as JSON.
func (c *Console) answer(w http.ResponseWriter, r *http.Request, f func(*http.Request) (any, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	v, err := f(r)
	if err != nil {
		status, message := http.StatusInternalServerError, err.Error()
		var no *refused
		var api *wire.APIError
		switch {
		case errors.As(err, &no):
			status = no.status
		case errors.As(err, &api):
			status, message = max(api.HTTPStatus, 400), api.Message
		case r.Context().Err() != nil:
			return // nobody waits for it any more
		default:
			c.log.Warn("the console can't answer", "path", r.URL.Path, "error", err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// maxBody is more than the largest input.
const maxBody = 16 << 20

func decode(r *http.Request, v any) error {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		return bad("The request can't be read: " + err.Error())
	}
	return nil
}

// session tells a page what it needs from the beginning.
func (c *Console) session(*http.Request) (any, error) {
	functions := []functionInfo{}
	for _, f := range c.engine.Functions() {
		if !f.Plain {
			info := c.build.catalog().info(f.Name)
			info.Versions, info.Aliases = c.published(&f)
			functions = append(functions, info)
		}
	}
	// Workflows that others call come last.
	slices.SortStableFunc(functions, func(a, b functionInfo) int {
		return cmp.Compare(c.build.catalog().calls(a.Name), c.build.catalog().calls(b.Name))
	})
	return map[string]any{
		"csrf": c.guard.csrf(), "functions": functions, "canSkip": c.opts.Advance != nil, "endpoint": c.opts.Endpoint, "programs": c.opts.Programs != nil, "now": millis(c.engine.Now()),
	}, nil
}

// published tells what is published of a function.
func (c *Console) published(f *engine.Function) (versions []versionInfo, aliases []aliasInfo) {
	for _, v := range slices.Backward(c.engine.Versions(f.Name)) {
		if !v.Deleting {
			versions = append(versions, versionInfo{v.Version, v.Description, millis(v.Published), f.Code != "" && v.Code == f.Code})
		}
	}
	for _, a := range c.engine.Aliases(f.Name) {
		version := a.Version
		for other, weight := range a.Weights {
			version += fmt.Sprintf(", %g%% %s", weight*100, other)
		}
		aliases = append(aliases, aliasInfo{a.Name, version})
	}
	return versions, aliases
}

// compileText compiles the text of the playground's page.
func compileText(r *http.Request) (any, error) {
	var in struct{ Text, Detail string }
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	detail, ok := visualize.ParseDetail(in.Detail)
	if !ok {
		return nil, bad("There is no level of detail `" + in.Detail + "`.")
	}
	return compile.Text(in.Text, detail), nil
}

// Assets is the files of the console's page, some of which other pages share.
func Assets() fs.FS {
	sub, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// Mermaid is the module by which the console draws, with its chunks.
func Mermaid() fs.FS {
	sub, err := fs.Sub(assets, "assets/mermaid")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}
