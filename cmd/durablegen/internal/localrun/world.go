package localrun

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/engine/process"
)

// world is what stands around executions: the programs that answer callbacks, each behind a
// relay that keeps its address, and what they have been asked; and the programs that are functions.
type world struct {
	outside   *answers.Answers
	planner   *local.Planner
	say       func(text string)          // tells people
	log       func(program, line string) // takes what programs write
	service   *local.Service
	commands  map[string]command // by program
	programs  []*local.Program
	relays    []*local.Relay
	functions []*process.Pool
	questions *local.Questions
	addresses *local.Addresses
	closing   atomic.Bool
}

// command is what starts a program.
type command struct {
	words []string
	dir   string
}

// openWorld reads what an earlier run has kept in a folder.
func openWorld(dir string) (*world, error) {
	questions, err := local.OpenQuestions(filepath.Join(dir, "questions.jsonl"))
	return &world{questions: questions, addresses: local.OpenAddresses(dir)}, err
}

func (w *world) close() {
	w.closing.Store(true)
	for _, relay := range w.relays {
		relay.Close()
	}
	for _, program := range w.programs {
		program.Close()
	}
	for _, f := range w.functions {
		f.Close()
	}
}

// buildPrograms builds the programs of answers that are Go packages, and finds the others. Paths are
// relative to dir.
func buildPrograms(ctx context.Context, outside *answers.Answers, dir string, storage local.Data) (map[string]command, error) {
	commands := map[string]command{}
	for _, p := range outside.Programs {
		c, err := findProgram(ctx, p, dir, storage)
		if err != nil {
			return nil, fmt.Errorf("program `%s` of the answers: %w", p.Name, err)
		}
		commands[p.Name] = c
	}
	return commands, nil
}

func findProgram(ctx context.Context, p answers.Program, dir string, storage local.Data) (command, error) {
	if p.Command == nil {
		out := filepath.Join(storage.Bin(), "program-"+p.Name)
		err := gobuild.Build(ctx, dir, p.Package, out)
		return command{append([]string{out}, p.Args...), storage.Work()}, err
	}
	c := command{append([]string(nil), p.Command...), dir}
	if p.Dir != "" {
		if c.dir = p.Dir; !filepath.IsAbs(p.Dir) {
			c.dir = filepath.Join(dir, p.Dir)
		}
	}
	if first := c.words[0]; strings.ContainsRune(first, filepath.Separator) && !filepath.IsAbs(first) {
		c.words[0] = filepath.Join(c.dir, first)
	}
	if _, err := exec.LookPath(c.words[0]); err != nil {
		var cause *exec.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return c, fmt.Errorf("%s can't be started: %w", gobuild.ShownFile(c.words[0]), words.Cause(err))
	}
	return c, nil
}

// start starts the programs; it gives the variables by which functions find those that answer
// callbacks.
func (w *world) start(ctx context.Context, work string) (env []string, err error) {
	for _, p := range w.outside.Programs {
		c := w.commands[p.Name]
		if p.Function != "" {
			if err := w.serve(p, c); err != nil {
				return nil, err
			}
			continue
		}
		program, err := local.StartProgram(ctx, p.Name, c.words[0], c.words[1:], append(local.ClientEnv(w.service.URL), p.Env...), c.dir, func(line string) {
			w.log(p.Name, line)
		})
		if err != nil {
			return nil, err
		}
		w.programs = append(w.programs, program)
		relay, err := local.NewRelay(program, w.questions, w.addresses)
		if err != nil {
			return nil, err
		}
		w.relays = append(w.relays, relay)
		env = append(env, p.EnvName()+"="+relay.URL)
	}
	return env, nil
}

// serve has a program be a function.
func (w *world) serve(p answers.Program, c command) error {
	pool, err := w.service.Command(functionName(p.Function), c.words, c.dir, p.Env)
	if err != nil {
		return fmt.Errorf("program `%s`: %w", p.Name, err)
	}
	w.functions = append(w.functions, pool)
	if w.planner.Functions == nil {
		w.planner.Functions = map[string]engine.Invoker{}
	}
	w.planner.Functions[p.Name] = pool
	return nil
}

// functionName gives the name of a function without its qualifier, region and account.
func functionName(target string) string {
	if strings.HasPrefix(target, "arn:") {
		if parts := strings.Split(target, ":"); len(parts) > 6 {
			return parts[6]
		}
	}
	name, _, _ := strings.Cut(target, ":")
	return name
}

// tend starts a program again whenever it has ended, and asks it again for what it has
// not answered. giveUp is told of one that does nothing but end.
func (w *world) tend(ctx context.Context, p *local.Program, giveUp func(error)) {
	for quick := 0; ; {
		begun := time.Now()
		<-p.Done()
		if w.closing.Load() || ctx.Err() != nil {
			return
		}
		if quick++; time.Since(begun) > 10*time.Second {
			quick = 1
		}
		if quick > 3 {
			giveUp(p.Ended())
			return
		}
		w.say(p.Ended().Error() + "\n    it is started again")
		if err := p.Restart(ctx); err == nil {
			w.askAgain(ctx, p)
		}
	}
}

// askAgain asks programs for what they had not answered when they ended.
func (w *world) askAgain(ctx context.Context, programs ...*local.Program) {
	open, err := w.service.Engine.OpenCallbacks(ctx, "")
	if err != nil {
		return
	}
	for _, cb := range open {
		if answer, ok := w.planner.Answer(cb); !ok || answer.Program == "" {
			continue
		}
		if _, err := w.questions.Repeat(ctx, cb.CallbackID, programs); err != nil {
			w.say(err.Error())
		}
	}
}
