package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/httpguard"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/engine/process"
	"github.com/durablegen/durablegen/runtime/store"
)

// Config says how a service runs.
type Config struct {
	Store     string                      // folder of the store
	Work      string                      // working folder of the functions
	Code      Data                        // where the binaries are that have a digest; its Dir empty: nothing can be published
	Settled   func(context.Context) error // see engine.Options.Publishing
	Address   string                      // to listen on
	Listener  net.Listener                // to serve instead of an address
	SkipTime  bool
	Callbacks func(engine.OpenCallback) engine.CallbackPlan // see engine.Options
	Invokes   func(engine.OpenInvoke) engine.InvokePlan     // see engine.Options
	Hosts     []string                                      // further names by which requests may call the API
	Limits    Limits                                        // of every function; they go before those of its template
	Faults    engine.Faults                                 // see engine.Options
	Failures  int                                           // see engine.Options.InvocationFailures
	Log       func(engine.LogLine)                          // gets every line that functions write; nil: nobody
	Logger    *slog.Logger                                  // for what the engine says of itself; nil: nobody
}

// Service is the engine with its HTTP API and the functions' processes.
type Service struct {
	Engine *engine.Engine
	URL    string

	config   Config
	listener net.Listener
	server   *http.Server
	served   map[string]*served // by function
	retired  []*process.Pool    // of functions that are served differently now
	versions versions
}

// served is a function as it is served.
type served struct {
	binary string
	env    []string
	atOnce int
	pool   *process.Pool
}

// Binary is a Lambda binary.
type Binary struct {
	Path      string
	Code      string // its digest, if it was kept by it (see [Data.Keep])
	Dir       string // the folder of its package
	Functions []gobuild.Function
	Env       []string // beside the user's
	Calls     []string // the functions that its workflows invoke, as NAME:QUALIFIER or ARN
}

// Open opens the store and listens. Nothing is served and nothing runs before Start.
func Open(c Config) (*Service, error) {
	listener, err := listen(c)
	if err != nil {
		return nil, err
	}
	s := &Service{URL: "http://" + Reachable(listener.Addr()), config: c, listener: listener}
	s.Engine, err = engine.New(engine.Options{
		Dir:                c.Store,
		Versions:           s.version,
		Publishing:         c.Settled,
		SkipTime:           c.SkipTime,
		Callbacks:          c.Callbacks,
		Invokes:            c.Invokes,
		InvocationFailures: c.Failures,
		Faults:             c.Faults,
		SpreadRetries:      true,
		AllowedHosts:       append(httpguard.Hosts(c.Address), c.Hosts...),
		Logger:             c.Logger,
	})
	if err != nil {
		listener.Close()
		return nil, err
	}
	return s, nil
}

func listen(c Config) (net.Listener, error) {
	if c.Listener != nil {
		return c.Listener, nil
	}
	listener, err := net.Listen("tcp", c.Address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: the address is in use; stop what listens there, or give another with --addr", c.Address)
	case err != nil:
		return nil, fmt.Errorf("%s: can't listen: %w", c.Address, err)
	}
	return listener, nil
}

// Reachable gives the address under which this machine reaches a listener.
func Reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}

// userEnvironment is what functions get of the environment of the command: all but
// what Lambda sets itself, so that a local function never acts with real credentials.
func userEnvironment(environ []string) []string {
	var kept []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LAMBDA_") || name == "_HANDLER" || name == "_X_AMZN_TRACE_ID" || name == "TZ" {
			continue
		}
		kept = append(kept, kv)
	}
	return kept
}

// Serve serves the functions of binaries, each in processes of its own within the limits that
// the deployment template has for it. Called again it serves these in place of the former ones:
// invocations that are under way come to their ends, all others run what there is now, be it
// another binary at the same path. Functions that are gone are taken away; their executions wait,
// but for those on published versions, which go on.
func (s *Service) Serve(binaries []Binary) error {
	if err := Distinct(binaries); err != nil {
		return err
	}
	now := map[string]bool{}
	for _, b := range binaries {
		for _, f := range b.Functions {
			now[f.Name] = true
		}
	}
	for name, f := range s.served {
		if !now[name] {
			s.Engine.Unregister(name)
			s.retire(f)
			delete(s.served, name)
		}
	}
	var calls []string
	for _, b := range binaries {
		calls = append(calls, b.Calls...)
	}
	for _, b := range binaries {
		template, _, err := Template(b.Dir)
		if err != nil && s.config.Logger != nil {
			s.config.Logger.Warn("the deployment template is not looked at", "error", err)
		}
		for _, f := range b.Functions {
			if err := s.serveFunction(b, f, template[f.Name], calls); err != nil {
				return fmt.Errorf("function `%s`: %w", f.Name, err)
			}
		}
	}
	return nil
}

// values says where functions keep results that are not for the record, unless their environment says
// otherwise: beside the store.
func (s *Service) values() []string {
	dir, err := filepath.Abs(filepath.Join(s.config.Store, "values"))
	if s.config.Store == "" || err != nil {
		return nil // a function that needs it tells
	}
	return []string{store.Variable + "=" + store.Folder(dir).Address()}
}

// Distinct reports functions of one name.
func Distinct(binaries []Binary) error {
	seen := map[string]bool{}
	for _, b := range binaries {
		for _, f := range b.Functions {
			if seen[f.Name] {
				return fmt.Errorf("two workflows are called `%s`; an engine needs different names", f.Name)
			}
			seen[f.Name] = true
		}
	}
	return nil
}

func (s *Service) serveFunction(b Binary, f gobuild.Function, limits Deployed, calls []string) error {
	atOnce := cmp.Or(s.config.Limits.AtOnce, limits.AtOnce)
	env := append(append(s.values(), userEnvironment(os.Environ())...), b.Env...)
	was := s.served[f.Name]
	switch {
	case was == nil || was.atOnce != atOnce:
		pool, err := process.NewPool(process.Options{
			Function:     f.Name,
			Command:      []string{b.Path},
			Dir:          s.config.Work,
			Env:          env,
			Endpoint:     s.URL,
			MaxProcesses: atOnce,
			Log:          s.log,
		})
		if err != nil {
			return err
		}
		if was != nil {
			was.pool.Replace([]string{b.Path}, env) // for whoever still waits for a process
			s.retire(was)
		}
		if s.served == nil {
			s.served = map[string]*served{}
		}
		s.served[f.Name] = &served{b.Path, b.Env, atOnce, pool}
	case was.binary != b.Path || !slices.Equal(was.env, b.Env):
		was.pool.Replace([]string{b.Path}, env)
		was.binary, was.env = b.Path, b.Env
	case b.Code == "":
		was.pool.Renew() // the program may be another one
	}
	s.versions.serve(f.Name, atOnce, env)
	numbers, aliases := qualifiers(f.Name, limits.Alias, calls)
	return s.Engine.Register(engine.Function{
		Name:             f.Name,
		Invoker:          s.served[f.Name].pool,
		Code:             b.Code,
		Timeout:          cmp.Or(s.config.Limits.Timeout, limits.Timeout),
		ExecutionTimeout: time.Duration(f.ExecutionTimeout) * time.Second,
		RetentionDays:    f.RetentionDays,
		Versions:         numbers,
		Aliases:          aliases,
	})
}

// Command makes a function of a command, any program that speaks the Lambda Runtime API. log gets what
// it writes, beside those who get that of all functions. It is the caller's to close.
func (s *Service) Command(function string, words []string, dir string, env []string, log func(engine.LogLine)) (*process.Pool, error) {
	return process.NewPool(process.Options{
		Function: function,
		Command:  words,
		Dir:      dir,
		Env:      append(append(userEnvironment(os.Environ()), "LAMBDA_TASK_ROOT="+dir), env...),
		Endpoint: s.URL,
		Log: func(l engine.LogLine) {
			log(l)
			s.log(l)
		},
	})
}

// qualifiers are the versions and aliases of a function that lead to what is served: that which
// its template publishes, and those by which it is called here.
func qualifiers(name, published string, calls []string) (versions []string, aliases map[string]string) {
	aliases = map[string]string{}
	if published != "" {
		aliases[published] = "$LATEST"
	}
	for _, call := range calls {
		parts := strings.Split(call, ":")
		if len(parts) < 2 || parts[len(parts)-2] != name {
			continue
		}
		switch q := parts[len(parts)-1]; {
		case q == "$LATEST":
		case strings.Trim(q, "0123456789") == "":
			versions = append(versions, q)
		default:
			aliases[q] = "$LATEST"
		}
	}
	return versions, aliases
}

// retire lets go of processes that have nothing to do.
func (s *Service) retire(f *served) {
	f.pool.Renew()
	s.retired = append(s.retired, f.pool)
}

func (s *Service) log(l engine.LogLine) {
	s.Engine.LogLine(l)
	if s.config.Log != nil {
		s.config.Log(l)
	}
}

// Start serves the API and lets the engine go on with what it has.
func (s *Service) Start() error {
	s.serve()
	return s.Engine.Start()
}

func (s *Service) serve() {
	s.server = httpguard.Server(s.Engine.Handler())
	go s.server.Serve(s.listener)
}

// Grace is how long running steps may take to come to their ends when a service is stopped.
const Grace = 10 * time.Second

// Drain lets running steps come to their ends, up to [Grace], and begins nothing more. say is told
// of the wait, if there is one.
func (s *Service) Drain(say func(string)) {
	if n := s.Engine.RunningSteps(); n > 0 {
		steps := "a step that is running"
		if n > 1 {
			steps = fmt.Sprintf("%d steps that are running", n)
		}
		say(fmt.Sprintf("waiting up to %v for %s; Ctrl-C again ends at once", Grace, steps))
	}
	ctx, cancel := context.WithTimeout(context.Background(), Grace)
	defer cancel()
	s.Engine.Drain(ctx)
}

// Close ends everything; what was acknowledged is kept. The engine goes first: an invocation that
// is cut off is lost then, and is repeated; it has not failed.
func (s *Service) Close() error {
	errs := []error{s.Engine.Close()}
	for _, f := range s.served {
		errs = append(errs, f.pool.Close())
	}
	for _, p := range s.retired {
		errs = append(errs, p.Close())
	}
	errs = append(errs, s.versions.close())
	if s.server != nil {
		errs = append(errs, s.server.Close())
	} else {
		s.listener.Close()
	}
	return errors.Join(errs...)
}

// OpenStored serves what lies in a data folder, of `run` or of a `dev` that has ended,
// and finds an execution there by its ARN, its name or FUNCTION/NAME. Nothing runs.
func OpenStored(ctx context.Context, data Data, execution string) (s *Service, arn string, err error) {
	filter := engine.ExecutionFilter{Name: path.Base(execution)}
	if a, ok := arns.Parse(execution); ok {
		filter.Function, filter.Name = a.Function, a.Name
	} else if function, _, ok := strings.Cut(execution, "/"); ok {
		filter.Function = function
	}
	for _, store := range []string{data.Execution(filter.Name), data.Dir} {
		if _, err := os.Stat(filepath.Join(store, "durablegen.db")); err != nil {
			continue
		}
		s, err := Open(Config{Store: store, Address: "127.0.0.1:0"})
		if err != nil {
			return nil, "", err
		}
		s.serve()
		page, err := s.Engine.ListExecutions(ctx, filter)
		if err == nil && len(page.Executions) > 0 {
			return s, page.Executions[0].ARN, nil
		}
		s.Close()
		if err != nil {
			return nil, "", err
		}
	}
	return nil, "", fmt.Errorf("%s: no execution `%s` is in this folder", data.Dir, filter.Name)
}

// Former gives the execution that a store holds under a name, and the last one in which its
// workflow has gone on, or itself, with their data; nil if there is none. The store must not be in
// use.
func Former(ctx context.Context, store, name string) (first, last *engine.Execution, err error) {
	e, err := engine.New(engine.Options{Dir: store})
	if err != nil {
		return nil, nil, fmt.Errorf("execution `%s`: %w", name, err)
	}
	defer e.Close()
	page, err := e.ListExecutions(ctx, engine.ExecutionFilter{Name: name})
	if err != nil || len(page.Executions) == 0 {
		return nil, nil, err
	}
	if first, err = e.Execution(ctx, page.Executions[0].ARN, true); err != nil {
		return nil, nil, err
	}
	last = first
	for next := last; next != nil; {
		last = next
		if next, err = After(ctx, e, last); err != nil {
			return nil, nil, err
		}
	}
	return first, last, nil
}

// After gives the execution as which the workflow of another one has gone on; nil if it has not.
func After(ctx context.Context, e *engine.Engine, x *engine.Execution) (*engine.Execution, error) {
	link, ok := chain.FromResult(x.Result)
	if !ok || link.From != x.ARN {
		return nil, nil
	}
	page, err := e.ListExecutions(ctx, engine.ExecutionFilter{Function: x.Function, Name: link.To})
	if err != nil {
		return nil, err
	}
	if len(page.Executions) == 0 {
		return nil, fmt.Errorf("%s has gone on as %s, which is no longer kept", x.Name, link.To)
	}
	return e.Execution(ctx, page.Executions[0].ARN, true)
}
