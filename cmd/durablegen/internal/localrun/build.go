package localrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
)

// callsOf lists the functions that workflows of packages invoke.
func callsOf(packages []*flowdir.Package) (targets []string) {
	for _, p := range packages {
		for _, f := range p.Program.Functions {
			targets = append(targets, targetOf(f))
		}
	}
	return targets
}

// targetOf gives the name of a function that workflows invoke, as the environment of the command, which
// is that of the functions, binds it.
func targetOf(d *dsl.FunctionDecl) string {
	if d.Env != nil {
		if name := os.Getenv(d.Env.Text); name != "" {
			return name
		}
	}
	return d.Target
}

// checkBound finds environment variables that name no function, which would keep the workflows from being
// started.
func checkBound(functions []gobuild.Function) error {
	for _, f := range functions {
		for _, b := range f.Bound {
			if _, err := b.Name(os.LookupEnv); err != nil {
				return fmt.Errorf("workflow `%s` can't be started: %w", f.Name, err)
			}
		}
	}
	return nil
}

// Build builds a Lambda main and lists its workflows. What the compiler
// complains of is explained in terms of the .flow files where it concerns them.
func Build(ctx context.Context, t *gobuild.Target, data local.Data, binary string, packages []*flowdir.Package, stderr io.Writer) ([]gobuild.Function, error) {
	if err := Compile(ctx, t, gobuild.Here, binary, packages, stderr); err != nil {
		return nil, err
	}
	functions, err := gobuild.Functions(ctx, binary, data.Work(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", gobuild.Shown(t.Main), err)
	}
	return functions, nil
}

// Compile builds a Lambda main for a platform. An error that was told already is a
// [terminal.Exit].
func Compile(ctx context.Context, t *gobuild.Target, platform gobuild.Platform, binary string, packages []*flowdir.Package, stderr io.Writer) error {
	tellIfSlow := time.AfterFunc(time.Second, func() {
		if terminal.IsTerminal(stderr) {
			fmt.Fprintf(stderr, "building %s; the first time takes longest\n", gobuild.Shown(t.Main))
		}
	})
	err := gobuild.BuildFor(ctx, platform, t.Main, ".", binary)
	tellIfSlow.Stop()
	var failure *gobuild.Failure
	if errors.As(err, &failure) {
		explainBuild(stderr, failure, packages)
		return terminal.Cannot
	}
	return err
}

// explainBuild prints what is missing, with the place in the .flow file that wants
// it, and below it what the compiler said.
func explainBuild(w io.Writer, failure *gobuild.Failure, packages []*flowdir.Package) {
	hinted := false
	for _, p := range packages {
		var ds dsl.Diagnostics
		var missing []string
		for _, h := range gobuild.Hints(failure.Output, p.Dir, p.Program) {
			d := dsl.Diagnostic{Message: h.Message}
			for _, src := range p.Shown.Sources() {
				if filepath.Base(src.Name) == h.Position.File {
					d.Span, _ = local.SpanAt(src, h.Position)
				}
			}
			if h.Code != "" {
				missing = append(missing, h.Code)
			}
			ds = append(ds, d)
		}
		if len(ds) == 0 {
			continue
		}
		hinted = true
		terminal.Diagnostics(w, p.Shown, ds)
		if len(missing) > 0 {
			fmt.Fprintf(w, "\nto be added in %s:\n", p.Dir)
			for _, m := range missing {
				fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(m, "\n", "\n    "))
			}
		}
	}
	if hinted {
		fmt.Fprintln(w, "\nthe compiler says:")
		fmt.Fprintln(w, "    "+strings.ReplaceAll(failure.Output, "\n", "\n    "))
		return
	}
	terminal.Complain(w, failure)
}
