package generate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
)

// Plan finds out what files folders should hold. It is for one use.
type Plan struct {
	// Stubs adds what is missing for a first build, which is written once.
	Stubs bool
	// Report is told of each package about which there is something to say; nil: nobody is.
	Report func(*flowdir.Package)
	// Notes are what the author has to know of the stubs.
	Notes []string

	folders []flowdir.Folder
	loaded  map[string]*flowdir.Package // by folder, as it was named
	overlay Overlay
}

// ErrBroken is the error of Changes where nothing but errors in .flow files, which Report was
// told, keeps something from being generated.
var ErrBroken = errors.New("there are errors in .flow files")

// Changes gives what has to change in the folders that are named and in the Markdown files
// around them, also where there is an error.
func (pl *Plan) Changes(args []string) ([]Change, error) {
	pl.overlay, pl.loaded = Overlay{}, map[string]*flowdir.Package{}
	var err error
	pl.folders, err = flowdir.FindWith(args, func(dir string) bool { return len(Orphans(dir)) > 0 })
	errs := []error{err}
	broken := false
	var files []File
	for _, folder := range Order(pl.folders) {
		generated, err := pl.folder(folder)
		if errors.Is(err, ErrBroken) {
			broken = true
			continue
		}
		errs = append(errs, err)
		if folder.Imported {
			pl.overlay.Add(generated)
		}
		files = append(files, generated...)
	}
	regions, err := Regions(markdownFolders(args, pl.folders), pl.loadDir)
	changes, compareErr := Changes(append(files, regions...))
	if err := errors.Join(append(errs, err, compareErr)...); err != nil {
		return changes, err
	}
	if broken {
		return changes, ErrBroken
	}
	return changes, nil
}

// Apply carries changes out and tells each. It removes what a killed command has left, too.
func (pl *Plan) Apply(changes []Change, told io.Writer) error {
	Sweep(pl.folders)
	return Apply(changes, told)
}

// folder gives the files of one package.
func (pl *Plan) folder(folder flowdir.Folder) ([]File, error) {
	orphans := Orphans(folder.Dir)
	if len(folder.Files) == 0 {
		return orphans, nil
	}
	p, err := pl.load(folder)
	if err != nil {
		return nil, err
	}
	if len(p.Diagnostics) > 0 && pl.Report != nil {
		pl.Report(p)
	}
	if p.Program == nil {
		return nil, ErrBroken
	}
	files, err := Files(p)
	files = append(files, orphans...)
	if err != nil || !pl.Stubs {
		return files, err
	}
	stubs, notes, err := Stubs(p)
	pl.Notes = append(pl.Notes, notes...)
	return append(files, stubs...), err
}

func (pl *Plan) load(folder flowdir.Folder) (*flowdir.Package, error) {
	if p := pl.loaded[folder.Dir]; p != nil {
		return p, nil
	}
	p, err := flowdir.Load(folder, dsl.CheckOptions{Importer: flowdir.NewImporter(folder.Dir, pl.overlay)})
	if err != nil {
		return nil, err
	}
	pl.loaded[folder.Dir] = p
	return p, nil
}

// loadDir is load for a folder that a Markdown file names.
func (pl *Plan) loadDir(dir string) (*flowdir.Package, error) {
	folders, err := flowdir.Find([]string{dir})
	if err != nil {
		return nil, err
	}
	return pl.load(folders[0])
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

// Prepare brings what is generated for a target up to date, tells what it wrote, and gives
// the packages of the target. What is wrong with them has been told where the error is
// [terminal.Cannot]. arg is the target as it was named.
func Prepare(ctx context.Context, t *gobuild.Target, arg string, stderr io.Writer) ([]*flowdir.Package, error) {
	if len(t.Flow) == 0 {
		return nil, nil
	}
	var dirs []string
	for _, dir := range t.Flow {
		dirs = append(dirs, gobuild.Shown(dir))
	}
	plan := Plan{Stubs: true}
	changes, err := plan.Changes(dirs)
	if applyErr := plan.Apply(changes, stderr); applyErr != nil {
		return nil, applyErr
	}
	var packages []*flowdir.Package
	for _, dir := range dirs {
		if p := plan.loaded[filepath.Clean(dir)]; p != nil {
			packages = append(packages, p)
		}
	}
	if err != nil {
		for _, p := range packages {
			if p.Program == nil {
				terminal.Diagnostics(stderr, p.Shown, p.Diagnostics)
			}
		}
		if errors.Is(err, ErrBroken) {
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
	switch {
	case t.Main != "":
		return packages, nil
	case !gobuild.InModule(t.Dir):
		return nil, fmt.Errorf("%s: this folder is in no Go module; make one with `go mod init example.com/name`, then `go get -tool github.com/durablegen/durablegen/cmd/durablegen`", arg)
	}
	return nil, fmt.Errorf("%s: there is no Lambda main of it in this module; write one, for example %s with `func main() { durable.Start(%s.Workflows(…)...) }`",
		arg, filepath.Join(arg, "bootstrap", "main.go"), packages[0].Program.Package)
}
