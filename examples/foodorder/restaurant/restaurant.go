// Package restaurant is the world outside of the food-order workflow: an HTTP server
// that receives orders and answers their callbacks through the Lambda API, as a
// service of another team would, with the phones of the couriers who bring them.
//
//	POST /orders          {"callbackId": ..., "order": {...}}  → 202; the answer follows through the callback
//	GET  /couriers/{id}   → where the order is: {"status": ..., "position": ...}
//	POST /deliveries      {"callbackId": ..., "orderId": ...}  → 202; signs of life and the answer follow
//
// What was received is in a database until it is answered, so that a restaurant
// that was killed answers when it is back. The same may be received twice: the
// sender repeats what it isn't sure of.
package restaurant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/examples/internal/store"
)

// Menu is what the kitchen can make, with the minutes that one portion takes.
var Menu = map[string]int{
	"margherita": 6,
	"carbonara":  9,
	"lasagne":    12,
	"tiramisu":   2,
}

// maxPortions is how many portions the kitchen takes on in one order.
const maxPortions = 40

const schema = `
CREATE TABLE IF NOT EXISTS received (callback_id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, answered INTEGER NOT NULL DEFAULT 0);
`

// Answerer is the part of the Lambda API by which callbacks are answered here.
// *lambda.Client has it.
type Answerer interface {
	SendDurableExecutionCallbackSuccess(context.Context, *lambda.SendDurableExecutionCallbackSuccessInput, ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackSuccessOutput, error)
	SendDurableExecutionCallbackHeartbeat(context.Context, *lambda.SendDurableExecutionCallbackHeartbeatInput, ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackHeartbeatOutput, error)
}

// Restaurant serves the HTTP API of the package comment.
type Restaurant struct {
	Closed bool          // it takes everything in and never answers
	Loses  bool          // its couriers lose the food
	Stops  bool          // its couriers stop on their way
	Mute   bool          // its couriers' phones fall silent at the door
	Rings  time.Duration // how long a courier waits at the door between two signs of life

	store   *store.Store
	answers Answerer
	log     *slog.Logger
	mux     *http.ServeMux

	mu      sync.Mutex
	streets map[string]int // how far the courier of an order has come
}

// New makes a restaurant that keeps what it receives in the SQLite file at path, and
// answers callbacks through answers.
func New(path string, answers Answerer, log *slog.Logger) *Restaurant {
	r := &Restaurant{
		Rings:   50 * time.Millisecond,
		store:   store.New(path, schema),
		answers: answers,
		log:     log,
		mux:     http.NewServeMux(),
		streets: map[string]int{},
	}
	r.mux.HandleFunc("POST /orders", r.receive(kindOrder))
	r.mux.HandleFunc("POST /deliveries", r.receive(kindDelivery))
	r.mux.HandleFunc("GET /couriers/{id}", r.locate)
	return r
}

// ServeHTTP implements http.Handler.
func (r *Restaurant) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.mux.ServeHTTP(w, req) }

// Close closes the database.
func (r *Restaurant) Close() error { return r.store.Close() }

// Resume answers what was received and is not answered, as after a crash.
func (r *Restaurant) Resume(ctx context.Context) error {
	open, err := r.store.Strings(ctx, `SELECT callback_id FROM received WHERE NOT answered`)
	if err != nil {
		return err
	}
	for _, id := range open {
		go r.answer(ctx, id)
	}
	return nil
}

// What is received.
const (
	kindOrder    = "order"
	kindDelivery = "delivery"
)

type order struct {
	ID    string `json:"id"`
	Items []struct {
		SKU      string `json:"sku"`
		Quantity int    `json:"quantity"`
	} `json:"items"`
}

type reply struct {
	Accepted bool   `json:"accepted"`
	Minutes  int    `json:"minutes"`
	Reason   string `json:"reason,omitempty"`
}

// receive takes in what is to be answered, and has it answered afterwards.
func (r *Restaurant) receive(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		var in struct {
			CallbackID string `json:"callbackId"`
			Order      order  `json:"order"`
		}
		if err := json.NewDecoder(req.Body).Decode(&in); err != nil || in.CallbackID == "" {
			http.Error(w, "an order or a delivery is a JSON object with callbackId and order", http.StatusBadRequest)
			return
		}
		body, err := json.Marshal(in.Order)
		if err == nil {
			err = r.store.Exec(req.Context(), `INSERT INTO received (callback_id, kind, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
				in.CallbackID, kind, string(body))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		go r.answer(context.WithoutCancel(req.Context()), in.CallbackID)
	}
}

// answer answers one callback, unless that is done.
func (r *Restaurant) answer(ctx context.Context, callbackID string) {
	if r.Closed {
		return
	}
	log := r.log.With("callback", callbackID)
	if err := r.tryAnswer(ctx, callbackID); over(err) {
		log.Warn("answered too late")
	} else if err != nil {
		log.Error("could not answer", "error", err)
		return // it stays open for the next time
	} else {
		log.Info("answered")
	}
	if err := r.store.Exec(ctx, `UPDATE received SET answered = 1 WHERE callback_id = ?`, callbackID); err != nil {
		log.Error("answered, and could not write that down", "error", err)
	}
}

func (r *Restaurant) tryAnswer(ctx context.Context, callbackID string) error {
	var kind, body string
	err := r.store.Row(ctx, []any{&kind, &body}, `SELECT kind, body FROM received WHERE callback_id = ?`, callbackID)
	if err != nil {
		return err
	}
	if kind == kindDelivery {
		return r.handOver(ctx, callbackID)
	}
	var o order
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		return err
	}
	text, err := json.Marshal(decide(o))
	if err != nil {
		return err
	}
	return r.succeed(ctx, callbackID, text)
}

var errSilent = errors.New("the courier's phone is silent")

// handOver is the courier's app at the customer's door: it says now and then that
// the courier is still there, until somebody opens.
func (r *Restaurant) handOver(ctx context.Context, callbackID string) error {
	for range 3 {
		_, err := r.answers.SendDurableExecutionCallbackHeartbeat(ctx, &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: &callbackID})
		if err != nil {
			return err
		}
		if r.Mute {
			return errSilent
		}
		time.Sleep(r.Rings)
	}
	return r.succeed(ctx, callbackID, []byte("null"))
}

func (r *Restaurant) succeed(ctx context.Context, callbackID string, result []byte) error {
	_, err := r.answers.SendDurableExecutionCallbackSuccess(ctx,
		&lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: &callbackID, Result: result})
	return err
}

// over reports whether a callback takes no more answers.
func over(err error) bool {
	var late *types.CallbackTimeoutException
	return errors.As(err, &late)
}

// decide is the kitchen's word on an order.
func decide(o order) reply {
	minutes, portions := 5, 0
	for _, it := range o.Items {
		perPortion, ok := Menu[it.SKU]
		if !ok {
			return reply{Reason: fmt.Sprintf("%s is not on the menu", it.SKU)}
		}
		if it.Quantity < 1 || it.Quantity > maxPortions {
			return reply{Reason: fmt.Sprintf("%d × %s can't be made", it.Quantity, it.SKU)}
		}
		minutes += perPortion * it.Quantity
		portions += it.Quantity
	}
	if portions == 0 {
		return reply{Reason: "nothing was ordered"}
	}
	if portions > maxPortions {
		return reply{Reason: fmt.Sprintf("%d portions are more than the %d we can make", portions, maxPortions)}
	}
	return reply{Accepted: true, Minutes: minutes}
}

// route is where the courier is each time that somebody looks.
var route = []struct{ status, position string }{
	{"preparing", "at the pass"},
	{"on-the-way", "Via Roma"},
	{"on-the-way", "Piazza Grande"},
	{"delivered", "at the door"},
}

func (r *Restaurant) locate(w http.ResponseWriter, req *http.Request) {
	id := req.PathValue("id")
	r.mu.Lock()
	at := route[min(r.streets[id], len(route)-1)]
	if !r.Stops || at.status == "preparing" {
		r.streets[id]++
	}
	r.mu.Unlock()
	if r.Loses && at.status == "delivered" {
		at.status, at.position = "lost", "in the canal"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": at.status, "position": at.position})
}
