// Package forge is the world outside of the episoder workflow: it holds the
// transcripts that podwhisperer has published, and keeps the pull requests of a git
// repository, which its people merge or close.
//
//	GET  /objects/{name}             → a transcript
//	POST /pulls                      {"branch": ..., "title": ...} → a Pull
//	GET  /pulls/{number}             → a Pull
//	GET  /owners                     → who reviews, by name
//	POST /pulls/{number}/reviewers   {"name": ...} → 204; 422 if that can't be asked of them
//
// A branch has one open pull request; a commit that was decided on isn't asked
// about again.
package forge

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/durablegen/durablegen/examples/episoder/git"
	"github.com/durablegen/durablegen/examples/internal/store"
)

//go:embed objects
var objects embed.FS

const schema = `
CREATE TABLE IF NOT EXISTS pulls (number INTEGER PRIMARY KEY, branch TEXT NOT NULL, head TEXT NOT NULL, title TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'open', looks INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS reviewers (pull INTEGER NOT NULL REFERENCES pulls, name TEXT NOT NULL, PRIMARY KEY (pull, name));
`

// Pull is a pull request.
type Pull struct {
	Number int    `json:"number"`
	Branch string `json:"branch"`
	Head   string `json:"head"`
	Title  string `json:"title"`
	State  string `json:"state"` // open, merged or closed
}

// owners are those who review; whether they can be asked is the value.
var owners = map[string]bool{"nora": true, "pete": true, "zoe": false}

// looksUntilDecided is how often somebody asks before a pull request is decided.
const looksUntilDecided = 4

// Forge serves the HTTP API of the package comment.
type Forge struct {
	// Closes lets its people close pull requests instead of merging them.
	Closes bool

	store *store.Store
	repo  git.Repository
	mux   *http.ServeMux
}

// New makes a forge for a repository, with its pull requests in the SQLite file at
// path.
func New(path string, repo git.Repository) *Forge {
	f := &Forge{store: store.New(path, schema), repo: repo, mux: http.NewServeMux()}
	f.mux.Handle("GET /objects/", http.FileServerFS(objects))
	f.mux.HandleFunc("POST /pulls", f.open)
	f.mux.HandleFunc("GET /pulls/{number}", f.show)
	f.mux.HandleFunc("GET /owners", f.owners)
	f.mux.HandleFunc("POST /pulls/{number}/reviewers", f.review)
	return f
}

// ServeHTTP implements http.Handler.
func (f *Forge) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// Close closes the database.
func (f *Forge) Close() error { return f.store.Close() }

// Count gives how many pull requests there are, and how often somebody was asked
// for a review.
func (f *Forge) Count(ctx context.Context) (pulls, reviews int, err error) {
	err = f.store.Row(ctx, []any{&pulls, &reviews}, `SELECT (SELECT count(*) FROM pulls), (SELECT count(*) FROM reviewers)`)
	return pulls, reviews, err
}

func (f *Forge) open(w http.ResponseWriter, r *http.Request) {
	var wanted Pull
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil || wanted.Branch == "" {
		http.Error(w, "a pull request has a branch and a title", http.StatusBadRequest)
		return
	}
	head, err := f.repo.Head(r.Context(), wanted.Branch)
	if err == nil && head == "" {
		http.Error(w, "there is no such branch", http.StatusUnprocessableEntity)
		return
	}
	if err == nil {
		err = f.store.Exec(r.Context(), `INSERT INTO pulls (branch, head, title) SELECT ?1, ?2, ?3
			WHERE NOT EXISTS (SELECT * FROM pulls WHERE branch = ?1 AND (head = ?2 OR state = 'open'))`, wanted.Branch, head, wanted.Title)
	}
	if err == nil {
		err = f.store.Exec(r.Context(), `UPDATE pulls SET head = ? WHERE branch = ? AND state = 'open'`, head, wanted.Branch)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	f.answer(w, r, `branch = ? AND head = ?`, wanted.Branch, head)
}

func (f *Forge) show(w http.ResponseWriter, r *http.Request) {
	number := r.PathValue("number")
	if err := f.look(r.Context(), number); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	f.answer(w, r, `number = ?`, number)
}

// look brings a pull request nearer to its decision.
func (f *Forge) look(ctx context.Context, number string) error {
	if err := f.store.Exec(ctx, `UPDATE pulls SET looks = looks + 1 WHERE number = ? AND state = 'open'`, number); err != nil {
		return err
	}
	var p Pull
	err := f.store.Row(ctx, []any{&p.Number, &p.Head}, `SELECT number, head FROM pulls WHERE number = ? AND state = 'open' AND looks >= ?`, number, looksUntilDecided)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	decision := "closed"
	if !f.Closes {
		decision = "merged"
		if err := f.repo.Merge(ctx, p.Head, fmt.Sprintf("Merge pull request #%d", p.Number)); err != nil {
			return err
		}
	}
	return f.store.Exec(ctx, `UPDATE pulls SET state = ? WHERE number = ?`, decision, p.Number)
}

// answer shows the newest pull request of which the condition holds.
func (f *Forge) answer(w http.ResponseWriter, r *http.Request, condition string, args ...any) {
	var p Pull
	err := f.store.Row(r.Context(), []any{&p.Number, &p.Branch, &p.Head, &p.Title, &p.State},
		`SELECT number, branch, head, title, state FROM pulls WHERE `+condition+` ORDER BY number DESC LIMIT 1`, args...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p)
	}
}

func (f *Forge) owners(w http.ResponseWriter, _ *http.Request) {
	names := slices.Sorted(maps.Keys(owners))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(names)
}

func (f *Forge) review(w http.ResponseWriter, r *http.Request) {
	var reviewer struct{ Name string }
	if err := json.NewDecoder(r.Body).Decode(&reviewer); err != nil || !owners[reviewer.Name] {
		http.Error(w, "this can't be asked of "+reviewer.Name, http.StatusUnprocessableEntity)
		return
	}
	err := f.store.Exec(r.Context(), `INSERT INTO reviewers (pull, name) VALUES (?, ?) ON CONFLICT DO NOTHING`, r.PathValue("number"), reviewer.Name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
