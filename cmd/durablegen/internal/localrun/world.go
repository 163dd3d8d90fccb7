package localrun

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/engine/process"
)

// world is what stands around executions: the programs that answer callbacks, each behind a
// relay that keeps its address, and what they have been asked; and the programs that are functions.
type world struct {
	service   *local.Service
	planner   func() *local.Planner // what there is now
	show      shows
	giveUp    func(ended error) // is told of a program that does nothing but end
	running   []*running
	questions *local.Questions
	addresses *local.Addresses
}

// shows is told what programs do.
type shows interface {
	Say(text string) // something to people
	// Line takes what a program wrote; of a function, whoever takes the lines of all functions has it already.
	Line(program, line string, function bool)
	State(program, state string, ailing bool) // how it is
}

// running is a program at work.
type running struct {
	command
	tended  bool
	gone    atomic.Bool // given up
	program *local.Program
	relay   *local.Relay
	pool    *process.Pool // of a program that is a function
}

// command is what starts a program.
type command struct {
	answers.Program
	words []string
	dir   string
	from  string // the folder that the package of Go is relative to
	built string // where it was built, before it is moved to where it is started; empty: it wasn't built here
	stamp string // another one where the program is another one
}

// openWorld reads what an earlier run has kept in a folder.
func openWorld(dir string) (*world, error) {
	questions, err := local.OpenQuestions(filepath.Join(dir, "questions.jsonl"))
	return &world{questions: questions, addresses: local.OpenAddresses(dir)}, err
}

func (w *world) close() {
	for _, r := range w.running {
		r.close()
	}
	w.running = nil
}

func (r *running) close() {
	if r.relay != nil {
		r.relay.Close()
	}
	if r.program != nil {
		r.program.Close()
	}
	if r.pool != nil {
		r.pool.Close()
	}
}

// commandsOf finds out what starts the programs of answers. Paths are relative to dir. With beside, those
// that were built before may be running, and stay as they are until these are started.
func commandsOf(outside *answers.Answers, dir string, storage local.Data, beside bool) (commands []command) {
	for _, p := range outside.Programs {
		c := command{Program: p}
		switch {
		case p.Command == nil:
			binary := filepath.Join(storage.Bin(), "program-"+c.Name)
			c.words, c.dir = append([]string{binary}, c.Args...), storage.Work()
			if c.from = dir; beside {
				c.built = filepath.Join(storage.Bin(), "next", "program-"+c.Name)
			}
		default:
			c.words, c.dir = append([]string(nil), c.Command...), dir
			if c.Dir != "" {
				if c.dir = c.Dir; !filepath.IsAbs(c.Dir) {
					c.dir = filepath.Join(dir, c.Dir)
				}
			}
			if c.isFile() && !filepath.IsAbs(c.words[0]) {
				c.words[0] = filepath.Join(c.dir, c.words[0])
			}
		}
		commands = append(commands, c)
	}
	return commands
}

// buildPrograms builds the programs that are Go packages, and looks whether the others are there.
func buildPrograms(ctx context.Context, commands []command) error {
	for i := range commands {
		if err := commands[i].build(ctx); err != nil {
			return fmt.Errorf("program `%s` of the answers: %w", commands[i].Name, err)
		}
	}
	return nil
}

func (c *command) build(ctx context.Context) error {
	file := cmp.Or(c.built, c.words[0])
	if c.Command == nil {
		if err := gobuild.Build(ctx, c.from, c.Package, file); err != nil {
			return err
		}
	} else if _, err := exec.LookPath(file); err != nil {
		var cause *exec.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return fmt.Errorf("%s can't be started: %w", gobuild.ShownFile(file), words.Cause(err))
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q %q\n", c.words, c.dir, c.Env, c.Function)
	if c.isFile() {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := io.Copy(sum, f); err != nil {
			return fmt.Errorf("%s: can't be read: %w", gobuild.ShownFile(file), words.Cause(err))
		}
	}
	c.stamp = string(sum.Sum(nil))
	return nil
}

// isFile tells whether the command begins with the path of a file, and not with a name in PATH.
func (c *command) isFile() bool { return strings.ContainsRune(c.words[0], filepath.Separator) }

// start starts programs in the place of those that run. One that is what it was goes on. It gives the
// variables by which functions find those that answer callbacks, and the programs that are functions.
func (w *world) start(ctx context.Context, commands []command) (env []string, functions map[string]engine.Invoker, err error) {
	before := map[string]*running{}
	for _, r := range w.running {
		before[r.Name] = r
	}
	w.running = nil
	functions = map[string]engine.Invoker{}
	for _, c := range commands {
		r := before[c.Name]
		delete(before, c.Name)
		if r == nil || r.stamp != c.stamp || r.gone.Load() {
			if r != nil {
				r.close()
			}
			if r, err = w.startOne(ctx, c); err != nil {
				w.show.State(c.Name, err.Error(), true)
				for _, r := range before { // stay as they are
					w.running = append(w.running, r)
				}
				return nil, nil, err
			}
		}
		w.running = append(w.running, r)
		if r.pool != nil {
			functions[c.Name] = r.pool
		} else {
			env = append(env, r.EnvName()+"="+r.relay.URL)
		}
	}
	for _, r := range before {
		r.close()
	}
	return env, functions, nil
}

func (w *world) startOne(ctx context.Context, c command) (*running, error) {
	if c.built != "" {
		if err := os.Rename(c.built, c.words[0]); err != nil {
			return nil, fmt.Errorf("%s: can't be written: %w", c.words[0], words.Cause(err))
		}
	}
	r := &running{command: c}
	var err error
	if c.Function != "" {
		r.pool, err = w.service.Command(functionName(c.Function), c.words, c.dir, c.Env, func(l engine.LogLine) { w.show.Line(c.Name, l.Text, true) })
		if err != nil {
			return nil, fmt.Errorf("program `%s`: %w", c.Name, err)
		}
		w.show.State(c.Name, "is started when it is needed", false)
		return r, nil
	}
	r.program, err = local.StartProgram(ctx, c.Name, c.words[0], c.words[1:], append(local.ClientEnv(w.service.URL), c.Env...), c.dir, func(line string) {
		w.show.Line(c.Name, line, false)
	})
	if err != nil {
		return nil, err
	}
	if r.relay, err = local.NewRelay(r.program, w.questions, w.addresses); err != nil {
		r.close()
		return nil, err
	}
	w.show.State(c.Name, "runs", false)
	return r, nil
}

// tend looks after the programs that are not looked after yet.
func (w *world) tend(ctx context.Context) {
	for _, r := range w.running {
		if r.program != nil && !r.tended {
			r.tended = true
			go w.tendOne(ctx, r)
		}
	}
}

// tendOne starts a program again whenever it has ended, and asks it again for what it has not
// answered.
func (w *world) tendOne(ctx context.Context, r *running) {
	p := r.program
	for quick := 0; ; {
		begun := time.Now()
		<-p.Done()
		if p.Closed() || ctx.Err() != nil {
			return
		}
		if quick++; time.Since(begun) > 10*time.Second {
			quick = 1
		}
		if quick > 3 {
			r.gone.Store(true)
			w.show.State(p.Name, p.Ended().Error()+"\nit ends again and again", true)
			w.giveUp(p.Ended())
			return
		}
		w.show.Say(p.Ended().Error() + "\n    it is started again")
		w.show.State(p.Name, "is started again, having ended", true)
		if err := p.Restart(ctx); err == nil {
			w.show.State(p.Name, "runs again", false)
			w.askAgain(ctx, p)
		}
	}
}

// askAgain asks programs for what they had not answered when they ended; none given: all of them.
func (w *world) askAgain(ctx context.Context, programs ...*local.Program) {
	if programs == nil {
		for _, r := range w.running {
			if r.program != nil {
				programs = append(programs, r.program)
			}
		}
	}
	open, err := w.service.Engine.OpenCallbacks(ctx, "")
	if err != nil {
		return
	}
	planner := w.planner()
	for _, cb := range open {
		if answer, ok := planner.Answer(cb); !ok || answer.Program == "" {
			continue
		}
		if _, err := w.questions.Repeat(ctx, cb.CallbackID, programs); err != nil {
			w.show.Say(err.Error())
		}
	}
}

// functionName gives the name of a function without its qualifier, region and account.
func functionName(target string) string {
	name, _ := arns.FunctionOf(target)
	return name
}
