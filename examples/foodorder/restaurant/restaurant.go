// Package restaurant is the world outside of the food-order workflow: a small
// HTTP server that receives orders and answers their callbacks through the
// Lambda API, as a service of another team would, and the phone of the courier
// who brings them.
//
//	POST /orders          {"callbackId": ..., "order": {...}}  → 202; the answer follows through the callback
//	GET  /couriers/{id}   → where the order is: {"status": ..., "position": ...}
package restaurant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
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

// Answerer is the part of the Lambda API by which a callback is answered.
// *lambda.Client has it.
type Answerer interface {
	SendDurableExecutionCallbackSuccess(context.Context, *lambda.SendDurableExecutionCallbackSuccessInput, ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackSuccessOutput, error)
}

// Restaurant serves the HTTP API of the package comment.
type Restaurant struct {
	Answers Answerer
	Closed  bool // it takes orders in and never answers
	Loses   bool // its couriers lose the food
	Log     *slog.Logger

	mu      sync.Mutex
	orders  map[string]bool // callback IDs answered or being answered
	streets map[string]int  // how far the courier of an order has come
}

type item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

type order struct {
	ID    string `json:"id"`
	Items []item `json:"items"`
}

type ticket struct {
	CallbackID string `json:"callbackId"`
	Order      order  `json:"order"`
}

type reply struct {
	Accepted bool   `json:"accepted"`
	Minutes  int    `json:"minutes"`
	Reason   string `json:"reason,omitempty"`
}

// ServeHTTP implements http.Handler.
func (r *Restaurant) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", r.receive)
	mux.HandleFunc("GET /couriers/{id}", r.locate)
	mux.ServeHTTP(w, req)
}

// receive takes an order in and answers its callback afterwards. The same
// callback may arrive twice: the sender repeats what it isn't sure of.
func (r *Restaurant) receive(w http.ResponseWriter, req *http.Request) {
	var t ticket
	if err := json.NewDecoder(req.Body).Decode(&t); err != nil || t.CallbackID == "" {
		http.Error(w, "an order is a JSON object with callbackId and order", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	known := r.orders[t.CallbackID]
	if r.orders == nil {
		r.orders = map[string]bool{}
	}
	r.orders[t.CallbackID] = true
	r.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
	if known || r.Closed {
		return
	}
	go r.answer(t)
}

func (r *Restaurant) answer(t ticket) {
	text, err := json.Marshal(decide(t.Order))
	if err == nil {
		_, err = r.Answers.SendDurableExecutionCallbackSuccess(context.Background(),
			&lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: &t.CallbackID, Result: text})
	}
	var late *types.CallbackTimeoutException
	switch {
	case errors.As(err, &late):
		r.Log.Warn("answered too late", "order", t.Order.ID)
	case err != nil:
		r.Log.Error("could not answer", "order", t.Order.ID, "error", err)
		r.mu.Lock()
		delete(r.orders, t.CallbackID) // the sender may try again
		r.mu.Unlock()
	default:
		r.Log.Info("answered", "order", t.Order.ID, "reply", string(text))
	}
}

// decide is the kitchen's word on an order.
func decide(o order) reply {
	minutes, portions := 5, 0
	for _, it := range o.Items {
		perPortion, ok := Menu[it.SKU]
		if !ok {
			return reply{Reason: fmt.Sprintf("%s is not on the menu", it.SKU)}
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
	{"onTheWay", "Via Roma"},
	{"onTheWay", "Piazza Grande"},
	{"delivered", "at the door"},
}

func (r *Restaurant) locate(w http.ResponseWriter, req *http.Request) {
	id := req.PathValue("id")
	r.mu.Lock()
	at := route[min(r.streets[id], len(route)-1)]
	if r.Loses && at.status == "delivered" {
		at.status, at.position = "lost", "in the canal"
	}
	if r.streets == nil {
		r.streets = map[string]int{}
	}
	r.streets[id]++
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": at.status, "position": at.position})
}
