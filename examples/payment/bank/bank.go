// Package bank is the world outside of the payment workflow: a bank with an HTTP
// API that takes money from cards.
//
//	POST /payments  {"card": ..., "cents": ...}, header Idempotency-Key
//	→ 201 {"id": ...} · 402 {"reason": ...} the card is declined · 503 try again
//
// The same key gives the same answer, and takes the money once.
package bank

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Bank serves the HTTP API of the package comment.
type Bank struct {
	// Unavailable is how many requests in a row each payment's first attempts meet
	// before the bank answers.
	Unavailable int

	mu       sync.Mutex
	payments map[string]string // by idempotency key
	refused  map[string]int    // 503s so far, by idempotency key
	taken    int               // cents, of all payments
}

// Taken gives how many cents the bank has taken in all.
func (b *Bank) Taken() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken
}

// ServeHTTP implements http.Handler.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/payments" {
		http.NotFound(w, r)
		return
	}
	var order struct {
		Card  string `json:"card"`
		Cents int    `json:"cents"`
	}
	key := r.Header.Get("Idempotency-Key")
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil || key == "" {
		http.Error(w, "a payment is a JSON object with card and cents, under an Idempotency-Key", http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.payments == nil {
		b.payments, b.refused = map[string]string{}, map[string]int{}
	}
	id, paid := b.payments[key]
	switch {
	case paid:
	case b.refused[key] < b.Unavailable:
		b.refused[key]++
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
		return
	case declines(order.Card) != "":
		answer(w, http.StatusPaymentRequired, map[string]string{"reason": declines(order.Card)})
		return
	default:
		id = fmt.Sprintf("pm-%04d", len(b.payments)+1)
		b.payments[key] = id
		b.taken += order.Cents
	}
	answer(w, http.StatusCreated, map[string]string{"id": id})
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
