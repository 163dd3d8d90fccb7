package foodorder

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/durablegen/durablegen/examples/internal/store"
	"github.com/durablegen/durablegen/runtime/durable"
)

// cardLimit is the most that one payment may take, in cents.
const cardLimit = 250_00

const schema = `
CREATE TABLE IF NOT EXISTS orders   (id TEXT PRIMARY KEY, customer TEXT NOT NULL, total INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS board    (order_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS payments (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, amount INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refunds  (payment_id INTEGER PRIMARY KEY REFERENCES payments, amount INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS labels   (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS couriers (name TEXT PRIMARY KEY, away INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS trips    (order_id TEXT PRIMARY KEY, courier TEXT NOT NULL REFERENCES couriers);
CREATE TABLE IF NOT EXISTS recalls  (order_id TEXT PRIMARY KEY REFERENCES trips);
CREATE TABLE IF NOT EXISTS messages (key TEXT PRIMARY KEY, recipient TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tickets  (key TEXT PRIMARY KEY, order_id TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transfers (id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, amount INTEGER NOT NULL);
INSERT INTO couriers (name, away) VALUES ('Bruno', 5), ('Carla', 12), ('Dario', 25) ON CONFLICT DO NOTHING;
`

// Shop does what the workflow's steps say, in a database of its own and over
// HTTP. Every step may be repeated after a crash; each finds in the database
// what it has done already.
type Shop struct {
	store      *store.Store
	restaurant string // base URL
	client     *http.Client
}

var _ Steps = (*Shop)(nil)

// NewShop makes a shop that keeps its books in the SQLite file at path and sends
// its orders to the restaurant at baseURL. The file is made at first use.
func NewShop(path, baseURL string) *Shop {
	return &Shop{store: store.New(path, schema), restaurant: strings.TrimSuffix(baseURL, "/"), client: &http.Client{Timeout: 10 * time.Second}}
}

// SaveOrder stores the order under its ID.
func (s *Shop) SaveOrder(ctx context.Context, order Order) (string, error) {
	body, err := json.Marshal(order)
	if err != nil {
		return "", err
	}
	err = s.store.Exec(ctx, `INSERT INTO orders (id, customer, total, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		order.ID, order.Customer, order.Total, string(body))
	return order.ID, err
}

// Announce puts the order on the board.
func (s *Shop) Announce(ctx context.Context, order Order) error {
	return s.store.Exec(ctx, `INSERT INTO board (order_id) VALUES (?) ON CONFLICT DO NOTHING`, order.ID)
}

// Charge takes the order's total. The idempotency key is the payment's key in
// the books, so that a repeated attempt finds the payment that it made.
func (s *Shop) Charge(ctx context.Context, order Order) (string, error) {
	if order.Total > cardLimit {
		return "", &CardDeclinedError{Reason: fmt.Sprintf("%s is over the card's limit of %s", euros(order.Total), euros(cardLimit))}
	}
	key := durable.IdempotencyKey(ctx)
	err := s.store.Exec(ctx, `INSERT INTO payments (key, order_id, amount) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		key, order.ID, order.Total)
	if err != nil {
		return "", err
	}
	var id int
	err = s.store.Row(ctx, []any{&id}, `SELECT id FROM payments WHERE key = ?`, key)
	return fmt.Sprintf("pay-%04d", id), err
}

// Refund gives the whole payment back, once.
func (s *Shop) Refund(ctx context.Context, paymentID string) error {
	return s.store.Exec(ctx, `INSERT INTO refunds (payment_id, amount)
		SELECT id, amount FROM payments WHERE printf('pay-%04d', id) = ? ON CONFLICT DO NOTHING`, paymentID)
}

// PrintLabel prints a label and gives its number.
func (s *Shop) PrintLabel(ctx context.Context, item Item) (string, error) {
	key := durable.IdempotencyKey(ctx)
	err := s.store.Exec(ctx, `INSERT INTO labels (key, text) VALUES (?, ?) ON CONFLICT DO NOTHING`,
		key, fmt.Sprintf("%d × %s", item.Quantity, item.SKU))
	if err != nil {
		return "", err
	}
	var number int
	err = s.store.Row(ctx, []any{&number}, `SELECT number FROM labels WHERE key = ?`, key)
	return fmt.Sprintf("L-%04d", number), err
}

// FindCourier gives the trip to the courier with the fewest trips among those
// who can be there when the food is ready.
func (s *Shop) FindCourier(ctx context.Context, order Order, minutes int) (string, error) {
	err := s.store.Exec(ctx, `INSERT INTO trips (order_id, courier)
		SELECT ?, name FROM couriers WHERE away <= ?
		ORDER BY (SELECT count(*) FROM trips WHERE courier = name), name LIMIT 1
		ON CONFLICT DO NOTHING`, order.ID, minutes)
	if err != nil {
		return "", err
	}
	var courier string
	err = s.store.Row(ctx, []any{&courier}, `SELECT courier FROM trips WHERE order_id = ?`, order.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", &NoCourierError{Minutes: minutes}
	}
	return courier, err
}

// Recall calls the courier back.
func (s *Shop) Recall(ctx context.Context, order Order) error {
	return s.store.Exec(ctx, `INSERT INTO recalls (order_id) VALUES (?) ON CONFLICT DO NOTHING`, order.ID)
}

// OpenTicket opens a ticket for the support.
func (s *Shop) OpenTicket(ctx context.Context, order Order, text string) error {
	return s.store.Exec(ctx, `INSERT INTO tickets (key, order_id, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		durable.IdempotencyKey(ctx), order.ID, text)
}

// Notify leaves a message for the customer in the outbox.
func (s *Shop) Notify(ctx context.Context, customer, text string) error {
	return s.message(ctx, durable.IdempotencyKey(ctx), customer, text)
}

// OfferCancellation tells the customer how to cancel.
func (s *Shop) OfferCancellation(ctx context.Context, order Order, callbackID string) error {
	return s.message(ctx, callbackID, order.Customer, order.ID+" is on its way. Cancel it in the app.")
}

// Approve asks an operator.
func (s *Shop) Approve(ctx context.Context, callbackID string, order Order) error {
	return s.message(ctx, callbackID, "operator", "Please look at "+order.ID+" over "+euros(order.Total)+".")
}

// HandOver shows the order in the courier's app, which answers the callback.
func (s *Shop) HandOver(ctx context.Context, callbackID string, order Order, courier string) error {
	return s.call(ctx, http.MethodPost, "/deliveries", map[string]any{"callbackId": callbackID, "order": order, "courier": courier}, nil)
}

// Rate asks the customer for stars.
func (s *Shop) Rate(ctx context.Context, callbackID string, order Order) error {
	return s.message(ctx, callbackID, order.Customer, "How was "+order.ID+"? One to five stars.")
}

func (s *Shop) message(ctx context.Context, key, recipient, text string) error {
	return s.store.Exec(ctx, `INSERT INTO messages (key, recipient, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, key, recipient, text)
}

// restaurantShare is the part of an order's total that the restaurant gets, in percent.
const restaurantShare = 70

// PayRestaurant transfers the restaurant's share. Doing it twice would pay twice:
// the workflow runs it at most once, and looks the transfer up if it can't know.
func (s *Shop) PayRestaurant(ctx context.Context, order Order) (string, error) {
	err := s.store.Exec(ctx, `INSERT INTO transfers (order_id, amount) VALUES (?, ?)`, order.ID, order.Total*restaurantShare/100)
	if err != nil {
		return "", err
	}
	id, err := s.FindTransfer(ctx, order)
	if err != nil || id == nil {
		return "", err
	}
	return *id, nil
}

// FindTransfer looks in the bank's statement for the transfer of an order.
func (s *Shop) FindTransfer(ctx context.Context, order Order) (*string, error) {
	var id int
	err := s.store.Row(ctx, []any{&id}, `SELECT id FROM transfers WHERE order_id = ? ORDER BY id DESC LIMIT 1`, order.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return new(fmt.Sprintf("tr-%04d", id)), nil
}

// Locate asks the courier's phone, and counts for how long it is where it was.
func (s *Shop) Locate(ctx context.Context, orderID string, last *Track) (Track, error) {
	var track Track
	if err := s.call(ctx, http.MethodGet, "/couriers/"+url.PathEscape(orderID), nil, &track); err != nil {
		return Track{}, err
	}
	if last != nil && track.Status == DeliveryOnTheWay && track.Position == last.Position {
		track.Still = last.Still + 1
	}
	return track, nil
}

// SendOrder sends the order to the restaurant, which answers the callback.
func (s *Shop) SendOrder(ctx context.Context, order Order, callbackID string) error {
	return s.call(ctx, http.MethodPost, "/orders", map[string]any{"callbackId": callbackID, "order": order}, nil)
}

// Remind sends the order once more; the restaurant knows it by its callback.
func (s *Shop) Remind(ctx context.Context, order Order, callbackID string) error {
	return s.SendOrder(ctx, order, callbackID)
}

// call sends a request to the restaurant, and decodes its answer into out.
func (s *Shop) call(ctx context.Context, method, path string, in, out any) error {
	if s.restaurant == "" {
		return fmt.Errorf("RESTAURANT_URL is not set: there is no restaurant to ask")
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.restaurant+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// euros renders an amount of cents.
func euros(cents int) string { return fmt.Sprintf("%d.%02d €", cents/100, cents%100) }
