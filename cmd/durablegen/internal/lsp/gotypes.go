package lsp

import (
	"errors"
	"go/token"
	"go/types"
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
)

// goTypes holds the Go packages that folders import. The Go command reads them, which takes
// its time, so it is always asked in the background: an analysis takes what is known.
type goTypes struct {
	// changed is told of a folder one of whose packages has been read.
	changed func(dir string)
	// unwritten gives the Go that a package will have when it is generated anew, by path.
	unwritten func(importer, path string) map[string][]byte

	mu    sync.Mutex
	known map[goImport]*goPackage
	turn  chan struct{} // one Go command at a time
}

type goImport struct{ dir, path string }

type goPackage struct {
	pkg     *types.Package
	err     error
	from    *flowdir.Importer
	read    bool
	reading bool
	stale   bool // it changed while it was being read
}

func newGoTypes(changed func(dir string), unwritten func(importer, path string) map[string][]byte) *goTypes {
	return &goTypes{changed: changed, unwritten: unwritten, known: map[goImport]*goPackage{}, turn: make(chan struct{}, 1)}
}

// importer gives one for an analysis of a folder.
func (g *goTypes) importer(dir string) *importer { return &importer{types: g, dir: dir} }

// importer implements dsl.Importer with what has been read so far.
type importer struct {
	types   *goTypes
	dir     string
	pending bool // something has not been read yet
}

var errBeingRead = errors.New("it is being read")

// Import implements dsl.Importer.
func (i *importer) Import(path string) (*types.Package, error) {
	g := i.types
	g.mu.Lock()
	defer g.mu.Unlock()
	key := goImport{i.dir, path}
	p := g.known[key]
	if p == nil {
		p = &goPackage{}
		g.known[key] = p
		g.start(key, p)
	}
	if !p.read {
		i.pending = true
		return nil, errBeingRead
	}
	return p.pkg, p.err
}

// position gives where a Go package declares a name, or where the package begins; false if that
// is not known, or not yet.
func (g *goTypes) position(dir, path, name string) (token.Position, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.known[goImport{dir, path}]
	if p == nil || p.from == nil {
		return token.Position{}, false
	}
	return p.from.Position(path, name)
}

// refresh reads anew what a change of a Go file may have changed: all packages of the folders
// that are still in use. The others are forgotten.
func (g *goTypes) refresh(used func(dir string) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, p := range g.known {
		if used(key.dir) {
			g.start(key, p)
		} else {
			delete(g.known, key)
		}
	}
}

// start has a package read; g.mu is held.
func (g *goTypes) start(key goImport, p *goPackage) {
	if p.reading {
		p.stale = true
		return
	}
	p.reading = true
	go func() {
		for again := true; again; {
			g.turn <- struct{}{}
			from := flowdir.NewImporter(key.dir, g.unwritten(key.dir, key.path))
			pkg, err := from.Import(key.path)
			<-g.turn
			g.mu.Lock()
			p.pkg, p.err, p.from, p.read = pkg, err, from, true
			again, p.stale = p.stale, false
			p.reading = again
			g.mu.Unlock()
			g.changed(key.dir)
		}
	}()
}
