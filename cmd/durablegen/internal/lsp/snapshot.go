package lsp

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/internal/query"
)

// snapshot is the open texts of a folder at one moment. What they mean is found out once, by
// the first who asks.
type snapshot struct {
	all    *workspace
	folder *folder
	docs   map[string]*document // by name
	edits  int                  // how many times they have changed; the Go around them may have in between
	result *analysis            // held by folder.working
}

// analysis is a package with its unsaved texts, read and checked as `check` does it.
type analysis struct {
	*flowdir.Package
	dir     string // absolute
	docs    map[string]*document
	pending bool // some Go package has not been read yet, so only Unreadable counts
	lines   map[*dsl.Source]*lines
	index   func() *query.Index
	// committed compares the program with that of the last commit; see compare.
	committed func() (*changes.Report, changes.Places)
	costs     func() []*cost.Estimate // see estimate
}

// analyse gives what the texts mean. It ends early if the context does, or if the texts have
// changed since, so that nobody waits for what is out of date.
func (s *snapshot) analyse(ctx context.Context) (*analysis, error) {
	select {
	case s.folder.working <- struct{}{}:
		defer func() { <-s.folder.working }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.all.mu.Lock()
	latest := s.folder.latest
	s.all.mu.Unlock()
	switch {
	case s.result != nil:
		return s.result, nil
	case latest.edits != s.edits:
		return nil, errModified
	case latest.result != nil:
		return latest.result, nil
	}
	result, err := latest.load()
	latest.result = result
	if err == nil {
		s.folder.finished.Store(result)
	}
	return result, err
}

// small is how many bytes of open texts are read and checked in a few milliseconds.
const small = 64 << 10

// recent gives what is known of the texts without waiting for long: of large ones what was found
// out last, though they may have changed since.
func (s *snapshot) recent(ctx context.Context) (*analysis, error) {
	size := 0
	for _, doc := range s.docs {
		size += len(doc.text)
	}
	if last := s.folder.finished.Load(); last != nil && size > small {
		return last, nil
	}
	return s.analyse(ctx)
}

// with gives what the package would mean with other texts of some files, by name.
func (s *snapshot) with(texts map[string][]byte) (*analysis, error) {
	docs := maps.Clone(s.docs)
	for name, text := range texts {
		doc := &document{lines: newLines(text, s.all.enc), uri: name}
		if before := docs[name]; before != nil {
			doc.uri, doc.path, doc.version = before.uri, before.path, before.version
		}
		docs[name] = doc
	}
	return (&snapshot{all: s.all, folder: s.folder, docs: docs}).load()
}

// load reads and checks. Whatever the text is, the server goes on.
func (s *snapshot) load() (result *analysis, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: the compiler has failed: %v\n%s", s.folder.dir, r, debug.Stack())
		}
	}()
	unsaved := map[string][]byte{}
	var names []string
	for name, doc := range s.docs {
		unsaved[name] = doc.text
		names = append(names, name)
	}
	slices.Sort(names)
	f := flowdir.Folder{Files: names}
	imports := s.all.types.importer(s.folder.dir)
	opts := dsl.CheckOptions{Strict: s.all.strict, Importer: imports}
	if s.folder.dir != "" {
		f = flowdir.With(fromHere(s.folder.dir), names...)
	}
	p, err := flowdir.LoadUnsaved(f, unsaved, opts)
	if err != nil {
		return nil, err
	}
	a := &analysis{Package: p, dir: s.folder.dir, docs: s.docs, pending: imports.pending, lines: map[*dsl.Source]*lines{}}
	for _, src := range p.Sources.Sources() {
		if doc := s.docs[src.Name]; doc != nil {
			a.lines[src] = doc.lines
		} else {
			a.lines[src] = newLines(src.Text, s.all.enc)
		}
	}
	a.committed = sync.OnceValues(a.compare)
	a.costs = sync.OnceValue(a.estimate)
	a.index = sync.OnceValue(func() *query.Index { return query.New(p.Sources, p.Files) })
	return a, nil
}

// indexed gives the analysis of the package that a text belongs to, the index of its names, and
// the text's source.
func (v *view) indexed(ctx context.Context) (*analysis, *query.Index, *dsl.Source, error) {
	a, err := v.analyse(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	return a, a.index(), a.source(v.doc), nil
}

// named gives the name at a position of the text: a use without a symbol if there is none.
func (v *view) named(ctx context.Context, p position) (*analysis, *query.Index, query.Use, error) {
	a, x, src, err := v.indexed(ctx)
	if err != nil {
		return nil, nil, query.Use{}, err
	}
	use, _ := x.At(src.Pos(v.doc.offset(p)))
	return a, x, use, nil
}

// file gives the tree of a source.
func (a *analysis) file(src *dsl.Source) *dsl.File {
	for _, f := range a.Files {
		if f.Source == src {
			return f
		}
	}
	return nil
}

// fromHere gives a directory as a command names it that is run in the server's: messages have
// the names of files in them.
func fromHere(dir string) string {
	here, err := os.Getwd()
	if err != nil {
		return dir
	}
	rel, err := filepath.Rel(here, dir)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return dir
	}
	return rel
}

// source gives the source of an open text; nil if there is none.
func (a *analysis) source(doc *document) *dsl.Source {
	for _, src := range a.Sources.Sources() {
		if src.Name == doc.name() {
			return src
		}
	}
	return nil
}

// uri gives that of a source: as the client writes it, if it has it open.
func (a *analysis) uri(src *dsl.Source) string {
	if doc := a.docs[src.Name]; doc != nil {
		return doc.uri
	}
	return uriOf(filepath.Join(a.dir, src.Name))
}
