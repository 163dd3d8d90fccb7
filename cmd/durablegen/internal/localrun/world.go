package localrun

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
)

// world is what stands around a run: the programs that answer callbacks, each behind a
// relay that keeps its address, and what they have been asked.
type world struct {
	programs  []*local.Program
	relays    []*local.Relay
	questions *local.Questions
	addresses *local.Addresses
}

func openWorld(dir string) (world, error) {
	questions, err := local.OpenQuestions(filepath.Join(dir, "questions.jsonl"))
	return world{questions: questions, addresses: local.OpenAddresses(dir)}, err
}

func (w *world) close() {
	for _, relay := range w.relays {
		relay.Close()
	}
	for _, program := range w.programs {
		program.Close()
	}
}

// buildPrograms builds the programs that the answers name; it gives their binaries.
func buildPrograms(ctx context.Context, p *plan) ([]string, error) {
	var binaries []string
	for _, program := range p.outside.Programs {
		out := filepath.Join(p.storage.Bin(), "program-"+program.Name)
		if err := gobuild.Build(ctx, p.programs, program.Package, out); err != nil {
			return nil, fmt.Errorf("program `%s` of the answers: %w", program.Name, err)
		}
		binaries = append(binaries, out)
	}
	return binaries, nil
}

// startPrograms starts them; it gives the variables by which the function finds them.
func (x *session) startPrograms(binaries []string) (env []string, err error) {
	for i, p := range x.outside.Programs {
		program, err := local.StartProgram(x.ctx, p.Name, binaries[i], p.Args, append(local.ClientEnv(x.service.URL), p.Env...), x.storage.Work(), func(line string) {
			fmt.Fprintf(x.log, "%s %s\n", p.Name, line)
		})
		if err != nil {
			return nil, err
		}
		x.world.programs = append(x.world.programs, program)
		relay, err := local.NewRelay(program, x.world.questions, x.world.addresses)
		if err != nil {
			return nil, err
		}
		x.world.relays = append(x.world.relays, relay)
		env = append(env, p.EnvName()+"="+relay.URL)
	}
	return env, nil
}

// tend starts a program again whenever it has ended, and asks it again for what it has
// not answered. The run gives up on one that does nothing but end.
func (x *session) tend(p *local.Program, giveUp context.CancelCauseFunc) {
	for quick := 0; ; {
		begun := time.Now()
		<-p.Done()
		if x.closing.Load() || x.ctx.Err() != nil {
			return
		}
		if quick++; time.Since(begun) > 10*time.Second {
			quick = 1
		}
		if quick > 3 {
			giveUp(fmt.Errorf("%w\n    it ends again and again; to go on with it mended: the same command with --name %s", p.Ended(), x.Name))
			return
		}
		x.printer.Say(p.Ended().Error() + "\n    it is started again")
		if err := p.Restart(x.ctx); err == nil {
			x.askAgain(p)
		}
	}
}

// askAgain asks programs for what they had not answered when they ended.
func (x *session) askAgain(programs ...*local.Program) {
	open, err := x.service.Engine.OpenCallbacks(x.ctx, "")
	if err != nil {
		return
	}
	for _, cb := range open {
		if answer, ok := x.planner.Answer(cb); !ok || answer.Program == "" {
			continue
		}
		if _, err := x.world.questions.Repeat(x.ctx, cb.CallbackID, programs); err != nil {
			x.printer.Say(err.Error())
		}
	}
}
