package localrun

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// openWorld takes in what an earlier start has left: what programs were asked, and which of the answers
// the executions that are under way have had.
func (s *server) openWorld(ctx context.Context) (err error) {
	if s.world, err = openWorld(s.storage.Dir); err != nil {
		return err
	}
	s.world.service, s.world.planner, s.world.show = s.service, s.planner.Load, s
	s.world.giveUp = func(ended error) {
		s.Say(ended.Error() + "\n    it ends again and again, and is started again with the next build")
	}
	return nil
}

// recall has a planner count on from where executions that are under way are.
func (s *server) recall(ctx context.Context, planner *local.Planner) error {
	filter := engine.ExecutionFilter{Statuses: []wire.ExecutionStatus{wire.ExecutionRunning, wire.ExecutionPausing, wire.ExecutionPaused}, MaxItems: 1000}
	for {
		page, err := s.service.Engine.ListExecutions(ctx, filter)
		if err != nil {
			return err
		}
		for _, e := range page.Executions {
			history, err := s.service.Engine.History(ctx, e.ARN, engine.HistoryQuery{})
			if err != nil {
				return err
			}
			planner.Recall(e.ARN, e.Function, history)
		}
		if filter.Marker = page.NextMarker; filter.Marker == "" {
			return nil
		}
	}
}

// workflows lists those of what was built.
func (b *built) workflows() (list []*dsl.WorkflowDecl) {
	for _, p := range b.flows {
		list = append(list, p.Program.Workflows...)
	}
	return list
}

// served lists the functions that are.
func (b *built) served() (names []string) {
	names = servedBy(b.flows, nil)
	return append(names, b.functions()...)
}

// buildWorld reads the answers, if some were given, and builds their programs.
func (s *server) buildWorld(ctx context.Context, b *built, out io.Writer) error {
	b.outside = new(answers.Answers)
	if s.Answers == nil {
		return nil
	}
	var known []answers.Asked
	if workflows := b.workflows(); len(workflows) > 0 {
		known = askedOf(b.flows, b.served(), workflows...)
	}
	if path, err := filepath.Abs(*s.Answers); err == nil {
		s.watchAlso(func() { s.sources.AddFile(path) }) // JSON is the name of no file
	}
	outside, file, err := parseAnswers(out, *s.Answers, known)
	if err != nil {
		return err
	}
	dir := b.binaries[0].Dir
	if file != "" {
		dir = filepath.Dir(file)
	}
	b.outside, b.commands = outside, commandsOf(outside, dir, s.storage, true)
	s.watchAlso(func() {
		for _, c := range b.commands {
			switch {
			case c.Command == nil:
				s.sources.AddPackage(ctx, c.from, c.Package)
			case c.isFile():
				s.sources.AddFile(c.words[0])
			}
		}
	})
	return buildPrograms(ctx, b.commands)
}

// watchAlso enters further sources, before they are read.
func (s *server) watchAlso(add func()) {
	known := !s.sources.Grown() && s.sources.State() == s.state
	add()
	switch {
	case !known:
		s.state = "" // nobody knows whether what was there before was the same all the time
	case s.sources.Grown():
		s.state = s.sources.State()
	}
}

// startWorld starts the programs of what was built, and has its answers hold from now on.
func (s *server) startWorld(ctx context.Context, b *built) (env []string, err error) {
	var names []string
	for _, c := range b.commands {
		names = append(names, c.Name)
	}
	s.programs.Keep(names)
	env, functions, err := s.world.start(ctx, b.commands)
	if err != nil {
		return nil, err
	}
	planner := s.planner.Load().Renewed(b.outside, func(a local.Asked) []string { return namesOf(b.flows, b.outside, a) }, functions)
	planner.Program = func(cb engine.OpenCallback) { s.world.questions.Expect(cb.CallbackID) }
	if s.serving == nil { // the first
		if err := s.recall(ctx, planner); err != nil {
			return nil, err
		}
	}
	s.planner.Store(planner)
	s.world.tend(ctx)
	return env, nil
}

// tellMissing says which functions are invoked and are not here, unless it has been said.
func (s *server) tellMissing(b *built) {
	var text strings.Builder
	tellMissing(&text, b.flows, b.served(), b.outside, b.workflows()...)
	if text.String() != s.missing {
		s.missing = text.String()
		fmt.Fprint(s.stderr, s.missing)
	}
}

// Say tells people what becomes of a program.
func (s *server) Say(text string) { fmt.Fprintln(s.stderr, text) }

// Line shows what a program wrote, and keeps it where the lines of functions are kept.
func (s *server) Line(program, line string, function bool) {
	s.programs.Line(program, line)
	if !function && s.log != nil {
		s.log(engine.LogLine{Time: time.Now(), Function: program, Text: line})
	}
}

// State shows how a program is.
func (s *server) State(program, state string, ailing bool) { s.programs.State(program, state, ailing) }
