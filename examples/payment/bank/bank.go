// Package bank is the world outside of the payment workflow: a bank with an HTTP
// API that takes money from cards, and books of its own.
//
//	POST   /payments       {"card": ..., "cents": ...}, header Idempotency-Key
//	                       → 201 a Payment · 402 {"reason": ...} the card is declined · 503 try again
//	DELETE /payments/{id}  → 204; the money is given back
//
// A key pays once: asked again, the bank answers with the payment that was made. A
// declined one may be tried again under the same key.
package bank

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/durablegen/durablegen/examples/internal/store"
)

// Payment is money taken from a card.
type Payment struct {
	ID    string `json:"id"`
	Cents int    `json:"cents"`
}

const schema = `
CREATE TABLE IF NOT EXISTS payments (number INTEGER PRIMARY KEY, key TEXT NOT NULL, cents INTEGER NOT NULL, returned INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS kept ON payments (key) WHERE NOT returned;
`

// Bank serves the HTTP API of the package comment.
type Bank struct {
	// Unavailable is how many requests for each payment meet a bank in maintenance
	// before it answers.
	Unavailable int
	// Breaks lets the connection break when the money has been taken, before the
	// first answer about a payment.
	Breaks bool

	store *store.Store
	mux   *http.ServeMux

	mu      sync.Mutex
	refused map[string]int // 503s so far, by idempotency key
}

// New makes a bank that keeps its books in the SQLite file at path.
func New(path string) *Bank {
	b := &Bank{store: store.New(path, schema), mux: http.NewServeMux(), refused: map[string]int{}}
	b.mux.HandleFunc("POST /payments", b.pay)
	b.mux.HandleFunc("DELETE /payments/{id}", b.giveBack)
	return b
}

// Close closes the books.
func (b *Bank) Close() error { return b.store.Close() }

// Payments gives how many payments the bank has made and not given back, and how
// many cents they are.
func (b *Bank) Payments(ctx context.Context) (n, cents int, err error) {
	err = b.store.Row(ctx, []any{&n, &cents}, `SELECT count(*), ifnull(sum(cents), 0) FROM payments WHERE NOT returned`)
	return n, cents, err
}

// ServeHTTP implements http.Handler.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.mux.ServeHTTP(w, r) }

func (b *Bank) pay(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Card  string `json:"card"`
		Cents int    `json:"cents"`
	}
	key := r.Header.Get("Idempotency-Key")
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil || key == "" {
		http.Error(w, "a payment is a JSON object with card and cents, under an Idempotency-Key", http.StatusBadRequest)
		return
	}
	if b.inMaintenance(key) {
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
		return
	}
	payment, err := b.find(r.Context(), key)
	if errors.Is(err, sql.ErrNoRows) {
		if reason := declines(order.Card); reason != "" {
			answer(w, http.StatusPaymentRequired, map[string]string{"reason": reason})
			return
		}
		err = b.store.Exec(r.Context(), `INSERT INTO payments (key, cents) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, order.Cents)
		if err == nil && b.Breaks {
			panic(http.ErrAbortHandler)
		}
		if err == nil {
			payment, err = b.find(r.Context(), key)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusCreated, payment)
}

func (b *Bank) inMaintenance(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refused[key] == b.Unavailable {
		return false
	}
	b.refused[key]++
	return true
}

func (b *Bank) find(ctx context.Context, key string) (p Payment, err error) {
	err = b.store.Row(ctx, []any{&p.ID, &p.Cents}, `SELECT printf('pm-%04d', number), cents FROM payments WHERE key = ? AND NOT returned`, key)
	return p, err
}

func (b *Bank) giveBack(w http.ResponseWriter, r *http.Request) {
	err := b.store.Exec(r.Context(), `UPDATE payments SET returned = 1 WHERE printf('pm-%04d', number) = ?`, r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// declines tells why a card is declined, "" if it isn't; as with the test cards of
// other providers, its last digits say so.
func declines(card string) string {
	switch {
	case strings.HasSuffix(card, "0002"):
		return "insufficient funds"
	case strings.HasSuffix(card, "0069"):
		return "expired card"
	}
	return ""
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
