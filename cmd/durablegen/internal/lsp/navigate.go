package lsp

import (
	"context"
	"encoding/json"
	"go/token"
	"os"
	"path/filepath"
	"slices"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
)

// navigating makes a request that can come of a .flow file or of a Go file beside some.
func navigating[P any](ofFlow func(*view, context.Context, *P) ([]location, error), ofGo func(*goView, context.Context, *P) ([]location, error)) func(*server, json.RawMessage) (answering, error) {
	flow := about(ofFlow)
	return func(s *server, raw json.RawMessage) (answering, error) {
		p := new(P)
		if err := decode(raw, p); err != nil {
			return nil, err
		}
		uri := any(p).(positioned).uri()
		path := pathOf(uri)
		if filepath.Ext(path) != ".go" {
			return flow(s, raw)
		}
		_, doc := s.w.snapshotOf(uri)
		snapshot := s.w.snapshotOfFolder(filepath.Dir(path))
		return func(ctx context.Context) (any, error) {
			if snapshot == nil {
				return nil, nil
			}
			if doc == nil {
				text, err := os.ReadFile(path)
				if err != nil {
					return nil, nil
				}
				doc = &document{uri: uri, path: path, lines: newLines(text, s.w.enc)}
			}
			a, err := snapshot.analyse(ctx)
			if err != nil {
				return nil, err
			}
			return ofGo(&goView{snapshot, a, doc}, ctx, p)
		}, nil
	}
}

// definition gives where a name is declared; of a declaration that is carried out in Go, where.
func (v *view) definition(ctx context.Context, p *positionParams) ([]location, error) {
	a, _, use, err := v.named(ctx, p.Position)
	if err != nil || use.Symbol == nil {
		return []location{}, err
	}
	if use.Declares {
		if there := v.inGo(a, use.Symbol); len(there) > 0 {
			return there, nil
		}
	}
	if at, ok := a.location(use.Symbol.At); ok && use.Symbol.At != (dsl.Span{}) && use.Symbol.Kind != query.Package {
		return []location{at}, nil
	}
	return v.inGo(a, use.Symbol), nil
}

// implementation gives the Go that carries something out.
func (v *view) implementation(ctx context.Context, p *positionParams) ([]location, error) {
	a, _, use, err := v.named(ctx, p.Position)
	if err != nil || use.Symbol == nil {
		return []location{}, err
	}
	return v.inGo(a, use.Symbol), nil
}

// references gives all places of a name, in .flow files and in Go of the user.
func (v *view) references(ctx context.Context, p *referenceParams) ([]location, error) {
	a, x, use, err := v.named(ctx, p.Position)
	if err != nil || use.Symbol == nil {
		return []location{}, err
	}
	return append(a.uses(x, use.Symbol, p.Context.IncludeDeclaration), v.inGo(a, use.Symbol)...), nil
}

// uses gives the places of a symbol in .flow files.
func (a *analysis) uses(x *query.Index, s *query.Symbol, declaration bool) []location {
	out := []location{}
	for _, u := range x.Uses(s) {
		if at, ok := a.location(u.At); ok && (declaration || !u.Declares) {
			out = append(out, at)
		}
	}
	return out
}

// inGo gives where something is in Go: a step's method, the function of a func, a Go type, the
// first file of a package.
func (v *view) inGo(a *analysis, s *query.Symbol) []location {
	path, name := s.Path(), s.Name
	if d, ok := s.Decl.(*dsl.TypeDecl); ok {
		if t, ok := d.Type.(*dsl.GoType); ok && t != nil {
			path, name = t.Package, t.GoName
		}
	}
	if path == "" && s.Decl != nil {
		return v.all.written(a.dir, s.Decl)
	}
	if at, ok := v.all.types.position(a.dir, path, name); ok {
		return []location{goLocation(at, v.all.enc)}
	}
	return []location{}
}

// goLocation gives the place of a name in a Go file. Its column counts bytes, which are the
// characters of nearly all lines of Go up to a name.
func goLocation(at token.Position, enc encoding) location {
	p := position{uint32(max(at.Line, 1) - 1), uint32(max(at.Column, 1) - 1)}
	if text, err := os.ReadFile(at.Filename); err == nil {
		l := newLines(text, enc)
		if int(p.Line) < len(l.starts) {
			start, end := l.line(int(p.Line))
			p = l.position(min(start+max(at.Column, 1)-1, end))
		}
	}
	return location{uriOf(at.Filename), span{p, p}}
}

// sortLocations orders places, and leaves out what is there twice.
func sortLocations(list []location) []location {
	slices.SortFunc(list, func(a, b location) int {
		if a.URI != b.URI {
			if a.URI < b.URI {
				return -1
			}
			return 1
		}
		return int(a.Range.Start.Line) - int(b.Range.Start.Line)
	})
	return slices.Compact(list)
}
