package flowdir

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// Package is a folder's files, read and checked.
type Package struct {
	Folder
	// Sources names the files as they are called in generated text: by base name.
	Sources *dsl.SourceSet
	// Shown is the same texts at the same positions, under the names that people
	// see: with the folder.
	Shown *dsl.SourceSet
	Files []*dsl.File
	// Unreadable is what Parse alone has found, which no Go type has a part in.
	Unreadable dsl.Diagnostics
	// Program is nil if the diagnostics have errors: of Parse, dsl.Check,
	// codegen.Check and codegen.Clashes. cost.Check adds warnings.
	Program     *dsl.Program
	Diagnostics dsl.Diagnostics
}

// Load reads and checks a folder. An error means that it could not be read; what
// is wrong with the text are diagnostics. Without an importer in the options, Go
// packages are read as they are on the disk.
func Load(f Folder, opts dsl.CheckOptions) (*Package, error) { return LoadUnsaved(f, nil, opts) }

// LoadUnsaved is [Load] with texts that count instead of those on the disk, by the names of
// their files.
func LoadUnsaved(f Folder, unsaved map[string][]byte, opts dsl.CheckOptions) (*Package, error) {
	texts := make([][]byte, len(f.Files))
	size := 0
	for i, name := range f.Files {
		text, ok := unsaved[name]
		if !ok {
			var err error
			path := filepath.Join(f.Dir, name)
			if text, err = os.ReadFile(path); err != nil {
				return nil, fmt.Errorf("%s: can't be read: %w", path, words.Cause(err))
			}
		}
		texts[i] = text
		size += len(text) + 1
	}
	if size > math.MaxInt32/2 {
		return nil, fmt.Errorf("%s: %d MB of %s files are more than can be compiled as one package", f.Dir, size>>20, Ext)
	}
	if opts.Importer == nil {
		opts.Importer = NewImporter(f.Dir, nil)
	}
	return check(f, texts, opts), nil
}

// LoadDir is Load for a folder by its name.
func LoadDir(dir string) (*Package, error) {
	folders, err := Find([]string{dir})
	if err != nil {
		return nil, err
	}
	return Load(folders[0], dsl.CheckOptions{})
}

// Workflow gives the workflow of a name, or, without one, the only one among the files that
// were asked for.
func (p *Package) Workflow(name string) (*dsl.WorkflowDecl, error) {
	var names []string
	var found []*dsl.WorkflowDecl
	for _, w := range p.Program.Workflows {
		names = append(names, w.Name.Text)
		if w.Name.Text == name {
			return w, nil
		}
		file := p.Program.Position(w.Start).File
		for _, wanted := range p.Wanted() {
			if file == wanted {
				found = append(found, w)
			}
		}
	}
	switch {
	case name != "":
		help := near.Help(name, names)
		return nil, fmt.Errorf("%s: no workflow has the name `%s`; %s", p.Dir, name, help)
	case len(found) == 0:
		return nil, fmt.Errorf("%s: there is no workflow here", p.Dir)
	case len(found) > 1:
		return nil, fmt.Errorf("%s: there are several workflows; choose one with --workflow: %s", p.Dir, words.List(names))
	}
	return found[0], nil
}

func check(f Folder, texts [][]byte, opts dsl.CheckOptions) *Package {
	p := &Package{Folder: f, Sources: new(dsl.SourceSet), Shown: new(dsl.SourceSet)}
	for i, name := range f.Files {
		src := p.Sources.Add(name, texts[i])
		p.Shown.Add(filepath.Join(f.Dir, name), texts[i])
		file, ds := dsl.Parse(src)
		p.Files = append(p.Files, file)
		p.Unreadable = append(p.Unreadable, ds...)
	}
	p.Diagnostics = append(p.Diagnostics, p.Unreadable...)
	program, ds := dsl.Check(p.Sources, p.Files, opts)
	p.Diagnostics = append(p.Diagnostics, ds...)
	p.Diagnostics = append(p.Diagnostics, codegen.Check(p.Files)...)
	p.Diagnostics = append(p.Diagnostics, p.goPackage()...)
	if !p.Diagnostics.HasErrors() {
		p.Diagnostics = append(p.Diagnostics, codegen.Clashes(program, p.goNames(program.Package))...)
		p.Diagnostics = append(p.Diagnostics, cost.Check(program)...)
	}
	p.Diagnostics.Sort()
	if !p.Diagnostics.HasErrors() {
		p.Program = program
	}
	return p
}

// LF gives a text with the line ends of Unix: those of Windows are a matter of the
// checkout, and say nothing.
func LF(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// LinesAs gives a text with the line ends that another one has, going by its first.
func LinesAs(model, text []byte) []byte {
	text = LF(text)
	if i := bytes.IndexByte(model, '\n'); i > 0 && model[i-1] == '\r' {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return text
}
