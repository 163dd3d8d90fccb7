package lsp

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/durablegen/durablegen/dsl"
)

// quiet is how long nothing must have been typed before the checks run.
const quiet = 60 * time.Millisecond

// publishing is what a client has been told of a folder.
type publishing struct {
	mu    sync.Mutex
	timer *time.Timer
	told  map[string]bool // URIs of files with problems
}

// later has the problems of a folder published when nothing more comes for a moment. The
// workspace calls it while it is changed, so it does not wait.
func (s *server) later(f *folder) {
	if f.publishing.timer == nil {
		f.publishing.timer = time.AfterFunc(quiet, func() { s.publish(f) })
		return
	}
	f.publishing.timer.Reset(quiet)
}

// publish tells the client what is wrong with the files of a folder, unless that is out of
// date by then: whoever has changed it asks again.
func (s *server) publish(f *folder) {
	s.w.mu.Lock()
	snapshot := f.latest
	s.w.mu.Unlock()
	a := &analysis{}
	if len(snapshot.docs) > 0 {
		var err error
		if a, err = snapshot.analyse(s.ctx); err != nil {
			s.complain(err)
			return
		}
	}
	f.publishing.mu.Lock()
	defer f.publishing.mu.Unlock()
	s.w.mu.Lock()
	current := f.latest == snapshot
	s.w.mu.Unlock()
	if !current {
		return
	}
	before := f.publishing.told
	f.publishing.told = map[string]bool{}
	for uri, ds := range a.published() {
		message := publishDiagnosticsParams{URI: uri, Diagnostics: ds}
		for _, doc := range snapshot.docs {
			if doc.uri == uri {
				message.Version = &doc.version
			}
		}
		if message.Version != nil || len(ds) > 0 || before[uri] {
			s.notify("textDocument/publishDiagnostics", message)
		}
		f.publishing.told[uri] = len(ds) > 0
	}
	for uri, some := range before {
		if _, again := f.publishing.told[uri]; some && !again {
			s.notify("textDocument/publishDiagnostics", publishDiagnosticsParams{URI: uri, Diagnostics: []diagnostic{}})
		}
	}
}

// found gives what is known for sure to be wrong.
func (a *analysis) found() dsl.Diagnostics {
	if a.pending {
		return a.Unreadable
	}
	return a.Diagnostics
}

// published gives the problems of each file of the package, by URI; those of no file are told
// at the start of the first one.
func (a *analysis) published() map[string][]diagnostic {
	all := map[string][]diagnostic{}
	if a.Package == nil {
		return all
	}
	for _, src := range a.Sources.Sources() {
		all[a.uri(src)] = []diagnostic{}
	}
	for _, d := range a.found() {
		if src := a.Sources.Source(d.Span.Start); src != nil {
			uri := a.uri(src)
			all[uri] = append(all[uri], a.diagnostic(d))
		}
	}
	return all
}

// unnecessary are the codes of what could be left out, which editors show in grey.
var unnecessary = map[dsl.Code]bool{"unused-import": true, "unused-variable": true, "unreachable": true}

func (a *analysis) diagnostic(d dsl.Diagnostic) diagnostic {
	out := diagnostic{Range: a.span(d.Span), Severity: 1, Code: string(d.Code), Source: "durablegen", Message: d.Message}
	if d.Severity == dsl.Warning {
		out.Severity = 2
	}
	if unnecessary[d.Code] {
		out.Tags = []int{1}
	}
	for _, n := range d.Notes {
		if at, ok := a.location(n.Span); ok {
			out.RelatedInformation = append(out.RelatedInformation, diagnosticRelated{at, n.Message})
		} else {
			out.Message += "\n" + n.Message
		}
	}
	if d.Help != "" {
		out.Message += "\n" + d.Help
	}
	out.Message = strings.ToValidUTF8(out.Message, "\uFFFD")
	return out
}

// span translates a place; the start of the file for one that is in none.
func (a *analysis) span(at dsl.Span) span {
	src := a.Sources.Source(at.Start)
	if src == nil {
		return span{}
	}
	return a.lines[src].span(src.Offset(at.Start), src.Offset(max(at.Start, at.End)))
}

// location translates a place; false for one that is in no file.
func (a *analysis) location(at dsl.Span) (location, bool) {
	src := a.Sources.Source(at.Start)
	if src == nil {
		return location{}, false
	}
	return location{a.uri(src), a.span(at)}, true
}

// complain tells of an error of ours, in the log of the client's server.
func (s *server) complain(err error) {
	if err != nil && s.ctx.Err() == nil && err != errModified && err != context.Canceled {
		s.log.Print(err)
	}
}
