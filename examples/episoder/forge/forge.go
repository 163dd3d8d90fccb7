// Package forge is the world outside of the episoder workflow: it holds the
// transcripts that podwhisperer has published, and keeps pull requests.
//
//	GET  /objects/{name}  → a transcript
//	POST /pulls           {"branch": ..., "title": ...} → {"number": ...}; one pull request a branch
//	GET  /pulls           → all of them
//	GET  /pulls/{number}  → {"number": ..., "state": "open" | "merged" | "closed", ...}
package forge

import (
	"embed"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
)

//go:embed objects
var objects embed.FS

// Forge serves the HTTP API of the package comment. Its people merge a pull
// request when they have been asked for it a few times.
type Forge struct {
	// Closes lets its people close pull requests instead.
	Closes bool

	mu    sync.Mutex
	pulls []*Pull
}

// Pull is a pull request.
type Pull struct {
	Number int    `json:"number"`
	Branch string `json:"branch"`
	Title  string `json:"title"`
	State  string `json:"state"`

	looks int
}

// looksUntilDecided is how often somebody asks before a pull request is decided.
const looksUntilDecided = 4

// ServeHTTP implements http.Handler.
func (f *Forge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.Handle("GET /objects/", http.FileServerFS(objects))
	mux.HandleFunc("POST /pulls", f.open)
	mux.HandleFunc("GET /pulls", f.list)
	mux.HandleFunc("GET /pulls/{number}", f.show)
	mux.ServeHTTP(w, r)
}

func (f *Forge) open(w http.ResponseWriter, r *http.Request) {
	var wanted Pull
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil || wanted.Branch == "" {
		http.Error(w, "a pull request has a branch and a title", http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.pulls {
		if p.Branch == wanted.Branch {
			answer(w, p)
			return
		}
	}
	p := &Pull{Number: len(f.pulls) + 1, Branch: wanted.Branch, Title: wanted.Title, State: "open"}
	f.pulls = append(f.pulls, p)
	answer(w, p)
}

func (f *Forge) list(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer(w, f.pulls)
}

func (f *Forge) show(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("number"))
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || number < 1 || number > len(f.pulls) {
		http.NotFound(w, r)
		return
	}
	p := f.pulls[number-1]
	if p.looks++; p.looks >= looksUntilDecided {
		p.State = "merged"
		if f.Closes {
			p.State = "closed"
		}
	}
	answer(w, p)
}

// Pulls gives the pull requests.
func (f *Forge) Pulls() []Pull {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Pull, len(f.pulls))
	for i, p := range f.pulls {
		all[i] = *p
	}
	return all
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
