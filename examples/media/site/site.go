// Package site is the world outside of the media workflow: it holds the uploaded
// pictures, and it publishes.
//
//	GET  /uploads/{name}      → the picture
//	POST /submissions         {"id": ..., "files": [...]}  → {"submission": ...}; the same id gives the same submission
//	GET  /submissions/{id}    → {"stage": "queued"} at first, then {"stage": "live", "url": ...}
package site

import (
	"embed"
	"encoding/json"
	"net/http"
	"sync"
)

//go:embed landscape.jpg
var uploads embed.FS

// Site serves the HTTP API of the package comment.
type Site struct {
	// Rejects lets it refuse everything that is submitted.
	Rejects bool

	mu    sync.Mutex
	looks map[string]int // how often somebody has asked, by submission
}

// looksUntilLive is how many times a submission is seen queued.
const looksUntilLive = 3

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.Handle("GET /uploads/", http.StripPrefix("/uploads/", http.FileServerFS(uploads)))
	mux.HandleFunc("POST /submissions", s.submit)
	mux.HandleFunc("GET /submissions/{id}", s.show)
	mux.ServeHTTP(w, r)
}

func (s *Site) submit(w http.ResponseWriter, r *http.Request) {
	var submission struct {
		ID    string   `json:"id"`
		Files []string `json:"files"`
	}
	if err := json.NewDecoder(r.Body).Decode(&submission); err != nil || submission.ID == "" || len(submission.Files) == 0 {
		http.Error(w, "a submission has an id and files", http.StatusBadRequest)
		return
	}
	answer(w, map[string]string{"submission": submission.ID})
}

func (s *Site) show(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	if s.looks == nil {
		s.looks = map[string]int{}
	}
	s.looks[id]++
	looks := s.looks[id]
	s.mu.Unlock()
	switch {
	case looks < looksUntilLive:
		answer(w, map[string]string{"stage": "queued"})
	case s.Rejects:
		answer(w, map[string]string{"stage": "rejected"})
	default:
		answer(w, map[string]string{"stage": "live", "url": "https://pictures.example/" + id})
	}
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
