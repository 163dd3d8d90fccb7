package localrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

// server serves what was built last, until something better is.
type server struct {
	*ServeOptions
	storage local.Data
	service *local.Service
	console *console.Console // nil: switched off
	stderr  io.Writer
	serving []string // names of functions
	flows   []*flowdir.Package
	sources gobuild.Sources
	state   string // of the sources when the last build began

	world    *world
	planner  atomic.Pointer[local.Planner]
	programs *console.Programs
	log      func(engine.LogLine) // takes what functions and programs write; nil: nobody does
	missing  string               // what was told of functions that are not here

	ended  <-chan struct{}
	asked  chan chan error // by those who want to know when what is served is what the sources say
	broken bool            // the sources can't be built as they are
}

// built is what came of a build that went well.
type built struct {
	binaries []local.Binary // beside those that are served
	flows    []*flowdir.Package
	outside  *answers.Answers
	commands []command
}

func (b *built) functions() []string {
	var names []string
	for _, p := range b.binaries {
		for _, f := range p.Functions {
			names = append(names, f.Name)
		}
	}
	return names
}

// resolve finds what is to be built for each package.
func (d *ServeOptions) resolve(ctx context.Context) ([]*gobuild.Target, error) {
	targets := make([]*gobuild.Target, len(d.Packages))
	for i, arg := range d.Packages {
		var err error
		if targets[i], err = gobuild.Resolve(ctx, arg); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// build brings the Go of all packages up to date and builds them. What is wrong goes to out.
func (s *server) build(ctx context.Context, targets []*gobuild.Target, out io.Writer) (*built, error) {
	for _, t := range targets {
		s.sources.Add(t)
	}
	s.state = s.sources.State()
	s.sources.Grown()
	b := &built{}
	for i, t := range targets {
		packages, err := generate.Prepare(ctx, t, s.Packages[i], out)
		if err != nil {
			return nil, err
		}
		binary := filepath.Join(s.storage.Bin(), "next", fmt.Sprintf("bootstrap-%d", i))
		functions, err := Build(ctx, t, s.storage, binary, packages, out)
		if err != nil {
			return nil, err
		}
		if err := checkBound(functions); err != nil {
			return nil, err
		}
		b.binaries = append(b.binaries, local.Binary{Path: binary, Dir: t.Dir, Functions: functions, Calls: callsOf(packages)})
		b.flows = append(b.flows, packages...)
		s.sources.Add(t) // what is generated may import more
	}
	if err := s.buildWorld(ctx, b, out); err != nil {
		return nil, err
	}
	if s.sources.Grown() {
		s.state = "" // nobody knows whether that was the same all the time
	}
	return b, nil
}

// install serves what was built, beside the programs of the answers.
func (s *server) install(ctx context.Context, b *built) error {
	if err := local.Distinct(b.binaries); err != nil {
		return err
	}
	env, err := s.startWorld(ctx, b)
	if err != nil {
		return err
	}
	var code []string
	for i := range b.binaries {
		p := &b.binaries[i]
		if p.Code, err = s.storage.Keep(p.Path); err != nil {
			return err
		}
		p.Path, p.Env = s.storage.Kept(p.Code), env
		code = append(code, p.Code)
	}
	if err := s.service.Serve(b.binaries); err != nil {
		return err
	}
	s.storage.Sweep(append(code, s.service.Engine.PublishedCode()...))
	s.serving, s.flows = b.functions(), b.flows
	return nil
}

// lookAgain is how often the sources are looked at.
const lookAgain = 300 * time.Millisecond

// watch builds anew whenever a source has changed, until ctx ends.
func (s *server) watch(ctx context.Context) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	pause := func() bool {
		select {
		case <-tick.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for {
		var answer chan error // to whoever has asked
		select {
		case <-tick.C:
		case answer = <-s.asked:
		case <-ctx.Done():
			return
		}
		for now := s.sources.State(); now != s.state; now = s.sources.State() {
			for again := ""; again != now; { // whoever writes several files is let finish
				if again = now; !pause() {
					return
				}
				now = s.sources.State()
			}
			s.state = now
			s.reload(ctx)
		}
		switch {
		case answer == nil:
		case s.broken:
			answer <- errors.New("the sources can't be built as they are, and the last build goes on serving")
		default:
			answer <- nil
		}
	}
}

// settled waits until what is served is what the sources say. An error tells that it is not.
func (s *server) settled(ctx context.Context) error {
	if !s.Reload {
		return nil
	}
	answer := make(chan error, 1)
	select {
	case s.asked <- answer:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		return errors.New("the service is being stopped")
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		return errors.New("the service is being stopped")
	}
}

// reload builds and serves what there is now. If that fails, what is served stays.
func (s *server) reload(ctx context.Context) {
	var said bytes.Buffer
	before, flows := s.serving, s.flows
	b, err := s.rebuild(ctx, io.MultiWriter(s.stderr, &said))
	s.broken = err != nil
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		if !errors.As(err, new(terminal.Exit)) { // not told yet
			terminal.Complain(io.MultiWriter(s.stderr, &said), err)
		}
		fmt.Fprintf(s.stderr, "the last build goes on serving\n")
		if s.console != nil {
			s.console.BuildFailed(said.String())
		}
		return
	}
	for _, name := range before {
		if !slices.Contains(s.serving, name) {
			fmt.Fprintf(s.stderr, "%s is gone: its executions wait until it is back\n", name)
		}
	}
	fmt.Fprintf(s.stderr, "built anew: %s\n", words.List(s.serving))
	s.tellMissing(b)
	verdict := verdict(flows, b.flows)
	_, _ = io.WriteString(s.stderr, verdict)
	if s.console != nil {
		s.console.Built(b.flows, verdict)
	}
}

// rebuild builds and installs what there is now.
func (s *server) rebuild(ctx context.Context, out io.Writer) (*built, error) {
	targets, err := s.resolve(ctx)
	if err != nil {
		return nil, err
	}
	b, err := s.build(ctx, targets, out)
	if err != nil {
		return nil, err
	}
	return b, s.install(ctx, b)
}

// verdict says what the edits that made new of old do to executions that are under way; nothing
// if there are none.
func verdict(old, new []*flowdir.Package) string {
	var out strings.Builder
	for _, now := range new {
		for _, was := range old {
			if was.Dir != now.Dir || was.Program == nil || now.Program == nil {
				continue
			}
			if r := changes.Compare(was.Program, now.Program); len(r.Workflows) > 0 {
				changes.WriteText(&out, r, changes.Places{Old: was.Shown, New: now.Shown})
			}
		}
	}
	return out.String()
}
