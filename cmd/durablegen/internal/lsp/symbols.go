package lsp

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
)

// symbolKinds are the protocol's kinds of symbols.
var symbolKinds = map[query.Kind]int{
	query.Type: 23, query.Enum: 10, query.EnumValue: 22, query.Error: 24, query.Const: 14, query.Func: 12, query.Step: 6, query.Callback: 24,
	query.Function: 11, query.Workflow: 12, query.Field: 8, query.Branch: 3,
}

func (v *view) documentSymbols(ctx context.Context, _ *documentParams) ([]documentSymbol, error) {
	src := new(dsl.SourceSet).Add(v.doc.name(), v.doc.text)
	f, _ := dsl.Parse(src) // says enough, and is quicker than the checks
	return v.doc.outline(src, query.Outline(f)), ctx.Err()
}

func (d *document) outline(src *dsl.Source, entries []*query.Entry) []documentSymbol {
	out := []documentSymbol{}
	for _, e := range entries {
		kind := symbolKinds[e.Kind]
		if e.Op != nil {
			kind = 24 // an event
			if len(e.Children) > 0 {
				kind = 3 // a namespace
			}
		}
		out = append(out, documentSymbol{
			Name: e.Name, Detail: e.Detail, Kind: kind, Range: d.place(src, e.At), SelectionRange: d.place(src, e.NameAt), Children: d.outline(src, e.Children),
		})
	}
	return out
}

// place translates a place in a source of the document's text.
func (d *document) place(src *dsl.Source, at dsl.Span) span {
	return d.span(src.Offset(at.Start), src.Offset(at.End))
}

// workspaceSymbols finds declarations in all folders of the client, by letters of their names
// in order.
func (s *server) workspaceSymbols(ctx context.Context, letters string) (any, error) {
	const most = 200
	out := []symbolInformation{}
	for _, doc := range s.w.sources() {
		if len(out) >= most || ctx.Err() != nil {
			break
		}
		src := new(dsl.SourceSet).Add(doc.name(), doc.text)
		f, _ := dsl.Parse(src)
		for _, d := range f.Decls {
			if n := d.DeclName(); n != nil && n.Text != "" && matches(letters, n.Text) {
				container := ""
				if f.Package != nil {
					container = f.Package.Text
				}
				out = append(out, symbolInformation{n.Text, symbolKinds[query.KindOf(d)], location{doc.uri, doc.place(src, n.Span)}, container})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b symbolInformation) int { return len(a.Name) - len(b.Name) })
	return out[:min(most, len(out))], ctx.Err()
}

// matches reports whether the letters stand in a name, in order.
func matches(letters, name string) bool {
	name = strings.ToLower(name)
	for _, r := range strings.ToLower(letters) {
		i := strings.IndexRune(name, r)
		if i < 0 {
			return false
		}
		name = name[i+len(string(r)):]
	}
	return true
}

// sources gives all .flow files below the client's folders, as they are open or on the disk.
func (w *workspace) sources() []*document {
	w.mu.Lock()
	roots := slices.Clone(w.roots)
	open := map[string]*document{}
	var out []*document
	for _, doc := range w.docs {
		if key, _ := folderOf(doc); key != "" {
			open[doc.path] = doc
			out = append(out, doc)
		}
	}
	w.mu.Unlock()
	for _, root := range roots {
		for _, dir := range flowdir.Below(root) {
			for _, name := range flowdir.With(dir).Files {
				path := filepath.Join(dir, name)
				if open[path] != nil {
					continue
				}
				if text, err := os.ReadFile(path); err == nil {
					open[path] = &document{uri: uriOf(path), path: path, lines: newLines(text, w.enc)}
					out = append(out, open[path])
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b *document) int { return strings.Compare(a.uri, b.uri) })
	return out
}
