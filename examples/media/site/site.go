// Package site is the world outside of the media workflow: it holds the uploaded
// pictures, and it publishes, on three servers.
//
//	GET    /uploads/{name}               → the picture
//	POST   /submissions                  a Submission → {"submission": ...}; the same id is taken once
//	DELETE /submissions/{id}             → 204; what was submitted is gone
//	GET    /submissions/{id}/{edge}      → how far a server is: {"stage": "queued"} at first, then {"stage": "live", "public-url": ...}
//	GET    /pictures/{id}/{file}         → a published file
package site

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"image"
	_ "image/jpeg" // what is published
	"net/http"
	"net/url"
	"sync"

	"github.com/durablegen/durablegen/examples/internal/store"
)

//go:embed landscape.jpg sunset.png stamp.png
var uploads embed.FS

// Submission is what somebody wants to be published.
type Submission struct {
	ID     string            `json:"id"`
	Credit string            `json:"credit"`
	Alt    map[string]string `json:"alt"` // by language
	Files  []File            `json:"files"`
}

// File is a JPEG file of a submission.
type File struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

const schema = `
CREATE TABLE IF NOT EXISTS submissions (id TEXT PRIMARY KEY, credit TEXT NOT NULL, alt TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (submission TEXT NOT NULL REFERENCES submissions ON DELETE CASCADE, name TEXT NOT NULL, data BLOB NOT NULL,
	PRIMARY KEY (submission, name));
`

// Site serves the HTTP API of the package comment.
type Site struct {
	store *store.Store
	mux   *http.ServeMux

	mu      sync.Mutex
	rejects bool
	looks   map[string]int // how often somebody has asked, by submission and server
}

// Reject says whether everything that is submitted is refused from now on.
func (s *Site) Reject(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejects = all
}

// New makes a site that keeps what is submitted in the SQLite file at path.
func New(path string) *Site {
	s := &Site{store: store.New(path, schema), mux: http.NewServeMux(), looks: map[string]int{}}
	s.mux.Handle("GET /uploads/", http.StripPrefix("/uploads/", http.FileServerFS(uploads)))
	s.mux.HandleFunc("POST /submissions", s.submit)
	s.mux.HandleFunc("DELETE /submissions/{id}", s.withdraw)
	s.mux.HandleFunc("GET /submissions/{id}/{edge}", s.show)
	s.mux.HandleFunc("GET /pictures/{id}/{file}", s.picture)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close closes the database.
func (s *Site) Close() error { return s.store.Close() }

// Count gives how many submissions and files the site has.
func (s *Site) Count(ctx context.Context) (submissions, files int, err error) {
	err = s.store.Row(ctx, []any{&submissions, &files}, `SELECT (SELECT count(*) FROM submissions), (SELECT count(*) FROM files)`)
	return submissions, files, err
}

func (s *Site) submit(w http.ResponseWriter, r *http.Request) {
	var in Submission
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.ID == "" || len(in.Files) == 0 {
		http.Error(w, "a submission has an id and files", http.StatusBadRequest)
		return
	}
	for _, f := range in.Files {
		if _, _, err := image.DecodeConfig(bytes.NewReader(f.Data)); err != nil {
			http.Error(w, f.Name+": "+err.Error(), http.StatusUnprocessableEntity)
			return
		}
	}
	alt, err := json.Marshal(in.Alt)
	if err == nil {
		err = s.store.Tx(r.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(r.Context(), `INSERT INTO submissions (id, credit, alt) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, in.ID, in.Credit, string(alt))
			for i := 0; i < len(in.Files) && err == nil; i++ {
				_, err = tx.ExecContext(r.Context(), `INSERT INTO files (submission, name, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
					in.ID, in.Files[i].Name, in.Files[i].Data)
			}
			return err
		})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, map[string]string{"submission": in.ID})
}

func (s *Site) withdraw(w http.ResponseWriter, r *http.Request) {
	if err := s.store.Exec(r.Context(), `DELETE FROM submissions WHERE id = ?`, r.PathValue("id")); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// looksUntilLive is how many times a submission is seen queued on a server.
var looksUntilLive = map[string]int{"fra": 3, "iad": 5, "sin": 1000}

func (s *Site) show(w http.ResponseWriter, r *http.Request) {
	id, edge := r.PathValue("id"), r.PathValue("edge")
	var first string
	if !s.find(w, r, &first, `SELECT name FROM files WHERE submission = ? ORDER BY name LIMIT 1`, id) {
		return
	}
	s.mu.Lock()
	s.looks[id+"/"+edge]++
	looks, rejects := s.looks[id+"/"+edge], s.rejects
	s.mu.Unlock()
	switch {
	case rejects:
		answer(w, map[string]string{"stage": "rejected"})
	case looks < looksUntilLive[edge]:
		answer(w, map[string]string{"stage": "queued"})
	default:
		answer(w, map[string]string{"stage": "live", "public-url": "http://" + r.Host + "/pictures/" + url.PathEscape(id) + "/" + url.PathEscape(first) + "?" + edge})
	}
}

func (s *Site) picture(w http.ResponseWriter, r *http.Request) {
	var data []byte
	if !s.find(w, r, &data, `SELECT data FROM files WHERE submission = ? AND name = ?`, r.PathValue("id"), r.PathValue("file")) {
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(data)
}

// find reads one value; if there is none, it answers the request and gives false.
func (s *Site) find(w http.ResponseWriter, r *http.Request, value any, query string, args ...any) bool {
	switch err := s.store.Row(r.Context(), []any{value}, query, args...); {
	case errors.Is(err, sql.ErrNoRows):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		return true
	}
	return false
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
