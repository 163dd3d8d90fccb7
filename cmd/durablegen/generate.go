package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

func newGenerateCommand() *cobra.Command {
	var g generator
	cmd := &cobra.Command{
		Use:   "generate [PATH...]",
		Short: "Write the Go code and the diagrams of .flow files",
		Long: `Generate compiles the .flow files of each folder named, as one package a folder, and
writes beside order.flow:

    order_flow.go    the Go code: types, errors, the Steps interface, the handlers
    order.flow.md    a diagram of each workflow

What is missing for a first build is written once, for you to go on with: steps.go
with a method for each step, and bootstrap/main.go, the Lambda main. Regions of
Markdown files that are marked are kept current, in the folder, below and above it:

    <!-- durablegen: diagram fulfilOrder from order.flow -->
    <!-- /durablegen -->

Only generated files are ever replaced, and only if they change. Without a path it
takes the current folder.

    durablegen generate ./...             all folders below this one
    durablegen generate --check ./...     change nothing; list what is stale: status 1
    durablegen generate --diff            change nothing; show what would change

In a Go file of the package:

    //go:generate.go tool durablegen generate`,
		RunE: func(cmd *cobra.Command, args []string) error {
			defer collectSeldom()()
			g.stdout, g.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return g.run(args)
		},
	}
	cmd.Flags().BoolVar(&g.check, "check", false, "change nothing; list what is stale, with status 1 if anything is")
	cmd.Flags().BoolVar(&g.diff, "diff", false, "change nothing; show what would change")
	return cmd
}

// collectSeldom suits a command that ends soon and keeps little: it saves a fifth of its
// CPU. again restores what was.
func collectSeldom() (again func()) {
	before := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(before) }
}

type generator struct {
	check, diff    bool
	stdout, stderr io.Writer

	loaded  map[string]*flowdir.Package // by folder, as it was named
	overlay generate.Overlay
	notes   []string
	failed  bool // some package has errors
}

func (g *generator) run(args []string) error {
	g.overlay = generate.Overlay{}
	folders, findErr := flowdir.FindWith(args, func(dir string) bool { return len(generate.Orphans(dir)) > 0 })
	files, planErr := g.plan(args, folders)
	changes, compareErr := generate.Changes(files)
	if g.check || g.diff {
		for _, c := range changes {
			if err := g.show(c); err != nil {
				return err
			}
		}
	} else {
		generate.Sweep(folders)
		if err := generate.Apply(changes); err != nil {
			return err
		}
		for _, c := range changes {
			fmt.Fprintf(g.stdout, "%s %s\n", c.Verb(), c.Path)
		}
		for _, n := range g.notes {
			fmt.Fprintln(g.stderr, n)
		}
	}
	if err := errors.Join(findErr, planErr, compareErr); err != nil {
		return err
	}
	if g.failed {
		return terminal.No
	}
	if g.check && len(changes) > 0 {
		fmt.Fprintf(g.stderr, "durablegen: %s stale; `durablegen generate` makes them current\n", are(len(changes), "file"))
		return terminal.No
	}
	return nil
}

func are(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return words.Count(n, noun) + " are"
}

// show prints what a change would be.
func (g *generator) show(c generate.Change) error {
	if !g.diff {
		_, err := fmt.Fprintln(g.stdout, c.Path)
		return err
	}
	before := c.Path
	if !c.Exists {
		before = os.DevNull
	}
	_, err := g.stdout.Write(diff.Diff(before, c.Old, c.Path+" (generated)", c.Data))
	return err
}

// plan gives the files that the folders should have.
func (g *generator) plan(args []string, folders []flowdir.Folder) ([]generate.File, error) {
	var files []generate.File
	var errs []error
	for _, folder := range generate.Order(folders) {
		generated, err := g.folder(folder)
		errs = append(errs, err)
		if folder.Imported {
			g.overlay.Add(generated)
		}
		files = append(files, generated...)
	}
	regions, err := generate.Regions(markdownFolders(args, folders), g.loadDir)
	return append(files, regions...), errors.Join(append(errs, err)...)
}

// folder gives the files of one package.
func (g *generator) folder(folder flowdir.Folder) ([]generate.File, error) {
	orphans := generate.Orphans(folder.Dir)
	if len(folder.Files) == 0 {
		return orphans, nil
	}
	p, err := g.load(folder)
	if err != nil {
		return nil, err
	}
	if len(p.Diagnostics) > 0 {
		terminal.Diagnostics(g.stderr, p.Shown, p.Diagnostics)
	}
	if p.Program == nil {
		g.failed = true
		return nil, nil
	}
	files, err := generate.Files(p)
	files = append(files, orphans...)
	if err != nil || g.check || g.diff { // what is written once is never stale
		return files, err
	}
	stubs, notes, err := generate.Stubs(p)
	g.notes = append(g.notes, notes...)
	return append(files, stubs...), err
}

func (g *generator) load(folder flowdir.Folder) (*flowdir.Package, error) {
	if p := g.loaded[folder.Dir]; p != nil {
		return p, nil
	}
	if g.loaded == nil {
		g.loaded = map[string]*flowdir.Package{}
	}
	p, err := flowdir.Load(folder, dsl.CheckOptions{Importer: flowdir.NewImporter(folder.Dir, g.overlay)})
	if err != nil {
		return nil, err
	}
	g.loaded[folder.Dir] = p
	return p, nil
}

// loadDir is load for a folder that a Markdown file names.
func (g *generator) loadDir(dir string) (*flowdir.Package, error) {
	folders, err := flowdir.Find([]string{dir})
	if err != nil {
		return nil, err
	}
	return g.load(folders[0])
}

// markdownFolders lists where Markdown files may have regions: what was named with
// all folders below, and the folders above the packages in their module.
func markdownFolders(args []string, folders []flowdir.Folder) []string {
	var dirs []string
	for _, root := range flowdir.Roots(args) {
		dirs = append(dirs, flowdir.Below(root)...)
	}
	for _, f := range folders {
		dirs = append(dirs, gobuild.Above(f.Dir)...)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// prepare generates the packages of a target that is to be built. It tells what it
// wrote, and gives the packages.
func prepare(ctx context.Context, t *gobuild.Target, arg string, stderr io.Writer) ([]*flowdir.Package, error) {
	var dirs []string
	for _, dir := range t.Flow {
		dirs = append(dirs, gobuild.Shown(dir))
	}
	if len(dirs) > 0 {
		g := generator{stdout: stderr, stderr: io.Discard}
		if err := g.run(dirs); err != nil {
			for _, p := range g.packages(dirs) {
				if p.Program == nil {
					terminal.Diagnostics(stderr, p.Shown, p.Diagnostics)
				}
			}
			if errors.As(err, new(terminal.Exit)) {
				return nil, terminal.Cannot
			}
			return nil, err
		}
		if t.Main == "" { // it may have been written just now
			again, err := gobuild.Resolve(ctx, t.Dir)
			if err != nil {
				return nil, err
			}
			*t = *again
		}
		if t.Main == "" && !gobuild.InModule(t.Dir) {
			return nil, fmt.Errorf("%s: this folder is in no Go module; make one with `go mod init example.com/name`, then `go get -tool github.com/durablegen/durablegen/cmd/durablegen`", arg)
		}
		if t.Main == "" {
			return nil, fmt.Errorf("%s: there is no Lambda main of it in this module; write one, for example %s with `func main() { durable.Start(%s.Workflows(…)...) }`",
				arg, filepath.Join(arg, "bootstrap", "main.go"), g.packages(dirs)[0].Program.Package)
		}
		return g.packages(dirs), nil
	}
	return nil, nil
}

func (g *generator) packages(dirs []string) []*flowdir.Package {
	var packages []*flowdir.Package
	for _, dir := range dirs {
		if p := g.loaded[filepath.Clean(dir)]; p != nil {
			packages = append(packages, p)
		}
	}
	return packages
}

// loadAll reads packages for the sake of their positions; what can't be read is left out.
func loadAll(dirs []string) []*flowdir.Package {
	var g generator
	var packages []*flowdir.Package
	for _, dir := range dirs {
		if p, err := g.loadDir(gobuild.Shown(dir)); err == nil {
			packages = append(packages, p)
		}
	}
	return packages
}
