package lsp

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
)

// workspace is what the client has open. Messages change it in the order in which they come;
// whoever works on it takes a snapshot first, which stays as it is.
type workspace struct {
	enc    encoding
	strict bool
	types  *goTypes
	// changed is told of a folder that has a new snapshot.
	changed func(*folder)

	mu      sync.Mutex
	roots   []string             // of the client's folders
	docs    map[string]*document // by URI
	folders map[string]*folder   // by directory; a text that is no file of a package by its URI
}

// folder is a package with an open file.
type folder struct {
	dir     string // absolute; empty for a text on its own
	latest  *snapshot
	working chan struct{} // held by who analyses; two at once would do the same work
	// finished is what was found out last, of whatever state of the texts.
	finished atomic.Pointer[analysis]

	publishing publishing
}

func newFolder(dir string) *folder { return &folder{dir: dir, working: make(chan struct{}, 1)} }

func newWorkspace(strict bool, changed func(*folder)) *workspace {
	w := &workspace{enc: utf16Units, strict: strict, changed: changed, docs: map[string]*document{}, folders: map[string]*folder{}}
	w.types = newGoTypes(w.typesChanged, w.unwritten)
	return w
}

// open enters a text, or another version of one that is open.
func (w *workspace) open(uri string, version int32, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put(&document{uri, pathOf(uri), version, newLines([]byte(text), w.enc)})
}

// change applies edits to an open text; those of another one are passed over.
func (w *workspace) change(uri string, version int32, changes []contentChange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if doc := w.docs[uri]; doc != nil {
		w.put(doc.changed(version, changes))
	}
}

func (w *workspace) put(doc *document) {
	w.docs[doc.uri] = doc
	if key, dir := folderOf(doc); key != "" {
		f := w.folders[key]
		if f == nil {
			f = newFolder(dir)
			w.folders[key] = f
		}
		w.renew(f)
	}
}

// close forgets a text: the file on the disk counts again.
func (w *workspace) close(uri string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	doc := w.docs[uri]
	if doc == nil {
		return
	}
	delete(w.docs, uri)
	key, _ := folderOf(doc)
	f := w.folders[key]
	if f == nil {
		return
	}
	w.renew(f) // the folder stays, so that what is told of it stays in order
	if len(f.latest.docs) == 0 {
		f.finished.Store(nil)
	}
}

// folderOf gives the key and the directory of the folder that a text belongs to; no key if it
// is not Flow.
func folderOf(doc *document) (key, dir string) {
	switch {
	case doc.path != "" && filepath.Ext(doc.path) != flowdir.Ext:
		return "", ""
	case doc.path != "" && flowdir.IsSource(filepath.Base(doc.path)):
		dir := filepath.Dir(doc.path)
		return dir, dir
	}
	return doc.uri, ""
}

// renew gives a folder a new snapshot; w.mu is held.
func (w *workspace) renew(f *folder) {
	docs := map[string]*document{}
	for _, doc := range w.docs {
		key, dir := folderOf(doc)
		if w.folders[key] == f && key != "" && dir == f.dir {
			docs[doc.name()] = doc
		}
	}
	before := f.latest
	f.latest = &snapshot{all: w, folder: f, docs: docs}
	if before != nil {
		f.latest.edits = before.edits
		if !maps.Equal(before.docs, docs) {
			f.latest.edits++
		}
	}
	w.changed(f)
}

// typesChanged renews the folder of a directory, whose texts are the same.
func (w *workspace) typesChanged(dir string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.folders[dir]; f != nil {
		w.renew(f)
	}
}

// unwritten gives the Go of a package that a folder imports as it is to be generated of its .flow
// files; nil if it has none, or none that are right.
func (w *workspace) unwritten(importer, path string) map[string][]byte {
	dir := gobuild.FolderOf(importer, path)
	if dir == "" || dir == importer {
		return nil
	}
	s := w.snapshotOfFolder(dir)
	if s == nil {
		return nil
	}
	a, err := s.analyse(context.Background())
	if err != nil || a.Program == nil {
		return nil // what is on the disk has to do
	}
	overlay := generate.Overlay{}
	if err := overlay.Package(a.Package); err != nil {
		return nil
	}
	return overlay
}

// filesChanged takes note that files on the disk are others than before.
func (w *workspace) filesChanged(uris []string) {
	w.mu.Lock()
	goChanged := false
	for _, uri := range uris {
		path := pathOf(uri)
		switch {
		case filepath.Ext(path) == flowdir.Ext:
			goChanged = true // for those that import what is generated of it
			if f := w.folders[filepath.Dir(path)]; f != nil {
				w.renew(f)
			}
		case filepath.Ext(path) == ".go":
			goChanged = true
			if f := w.folders[filepath.Dir(path)]; f != nil {
				w.renew(f) // which names the user's Go has is checked too
			}
		default: // go.mod and the like
			goChanged = true
		}
	}
	used := map[string]bool{}
	for key, f := range w.folders {
		used[key] = len(f.latest.docs) > 0
	}
	w.mu.Unlock()
	if goChanged {
		w.types.refresh(func(dir string) bool { return used[dir] })
	}
}

// snapshotOf gives the present state of the package that a text belongs to, and the text; nil
// if it is not open.
func (w *workspace) snapshotOf(uri string) (*snapshot, *document) {
	w.mu.Lock()
	defer w.mu.Unlock()
	doc := w.docs[uri]
	if doc == nil {
		return nil, nil
	}
	key, _ := folderOf(doc)
	f := w.folders[key]
	if key == "" || f == nil {
		return nil, doc
	}
	return f.latest, doc
}

// snapshotOfFolder gives the present state of the package of a directory, which need not have an
// open file; nil if there is no .flow file.
func (w *workspace) snapshotOfFolder(dir string) *snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.folders[dir]; f != nil {
		return f.latest
	}
	if len(flowdir.With(dir).Files) == 0 {
		return nil
	}
	f := newFolder(dir)
	f.latest = &snapshot{all: w, folder: f, docs: map[string]*document{}}
	return f.latest
}

// setRoots takes note of the client's folders.
func (w *workspace) setRoots(add, remove []workspaceFolder, root string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range remove {
		gone := pathOf(r.URI)
		w.roots = slices.DeleteFunc(w.roots, func(path string) bool { return path == gone })
	}
	for _, r := range add {
		if path := pathOf(r.URI); path != "" && !slices.Contains(w.roots, path) {
			w.roots = append(w.roots, path)
		}
	}
	if path := pathOf(root); len(w.roots) == 0 && path != "" {
		w.roots = append(w.roots, path)
	}
}
