package payment

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/durablegen/durablegen/examples/internal/store"
	"github.com/durablegen/durablegen/runtime/durable"
)

// The ledger is kept by double entry: what is booked under one reference adds up
// to zero, and a reference is booked once.
const schema = `
CREATE TABLE IF NOT EXISTS entries (reference TEXT NOT NULL, account TEXT NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY (reference, account));
CREATE TABLE IF NOT EXISTS mails (key TEXT PRIMARY KEY, customer TEXT NOT NULL, text TEXT NOT NULL, change_id TEXT NOT NULL DEFAULT '');
`

// Ledger does what the workflow's steps say: books in a database of its own, and
// payments through a bank's HTTP API.
type Ledger struct {
	store  *store.Store
	bank   string // base URL
	client *http.Client
}

var _ Steps = (*Ledger)(nil)

// NewLedger keeps its books in the SQLite file at path and asks the bank at baseURL.
func NewLedger(path, baseURL string) *Ledger {
	return &Ledger{store: store.New(path, schema), bank: strings.TrimSuffix(baseURL, "/"), client: http.DefaultClient}
}

// book moves cents from one account to another, once for each reference.
func (l *Ledger) book(ctx context.Context, reference, from, to string, cents int) error {
	return l.store.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO entries (reference, account, cents) VALUES (?, ?, ?), (?, ?, ?) ON CONFLICT DO NOTHING`,
			reference, from, -cents, reference, to, cents)
		return err
	})
}

// Owe books the invoice as owed by the customer.
func (l *Ledger) Owe(ctx context.Context, invoice Invoice) error {
	return l.book(ctx, "invoice "+invoice.ID, "revenue", "receivable", invoice.Cents)
}

// Settle books a payment against what is owed.
func (l *Ledger) Settle(ctx context.Context, invoice Invoice, paymentID string) error {
	return l.book(ctx, "payment "+paymentID, "receivable", "bank", invoice.Cents)
}

// WriteOff books what is owed as lost.
func (l *Ledger) WriteOff(ctx context.Context, invoice Invoice) error {
	return l.book(ctx, "loss "+invoice.ID, "receivable", "losses", invoice.Cents)
}

// Charge asks the bank for the money, under this step's idempotency key.
func (l *Ledger) Charge(ctx context.Context, invoice Invoice, card string) (string, error) {
	body, err := json.Marshal(map[string]any{"card": card, "cents": invoice.Cents})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.bank+"/payments", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Idempotency-Key", durable.IdempotencyKey(ctx))
	resp, err := l.client.Do(req)
	if err != nil {
		return "", err // not reached: the step is tried again
	}
	defer resp.Body.Close()
	var answer struct{ ID, Reason string }
	switch resp.StatusCode {
	case http.StatusCreated, http.StatusPaymentRequired:
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return "", err
		}
	default:
		return "", fmt.Errorf("the bank answers %s", resp.Status)
	}
	if resp.StatusCode == http.StatusPaymentRequired {
		return "", &DeclinedError{Reason: answer.Reason}
	}
	return answer.ID, nil
}

// Dun tells the customer what is wrong, and how to change the card.
func (l *Ledger) Dun(ctx context.Context, invoice Invoice, level int, reason, changeID string) error {
	return l.mail(ctx, invoice, fmt.Sprintf("Reminder %d for %s: %s", level, invoice.ID, reason), changeID)
}

// Thank thanks for the payment.
func (l *Ledger) Thank(ctx context.Context, invoice Invoice) error {
	return l.mail(ctx, invoice, "Thank you for paying "+invoice.ID, "")
}

func (l *Ledger) mail(ctx context.Context, invoice Invoice, text, changeID string) error {
	return l.store.Exec(ctx, `INSERT INTO mails (key, customer, text, change_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		durable.IdempotencyKey(ctx), invoice.Customer, text, changeID)
}
