package payment

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/durablegen/durablegen/examples/internal/store"
	"github.com/durablegen/durablegen/examples/payment/bank"
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
	return &Ledger{store: store.New(path, schema), bank: strings.TrimSuffix(baseURL, "/"), client: &http.Client{Timeout: 10 * time.Second}}
}

// book moves cents from one account to another, once for each reference.
func (l *Ledger) book(ctx context.Context, reference, from, to string, cents int) error {
	return l.store.Exec(ctx, `INSERT INTO entries (reference, account, cents) VALUES (?, ?, ?), (?, ?, ?) ON CONFLICT DO NOTHING`,
		reference, from, -cents, reference, to, cents)
}

// Owe books the invoice as owed by the customer.
func (l *Ledger) Owe(ctx context.Context, invoice Invoice) error {
	return l.book(ctx, "invoice "+invoice.ID, "revenue", "receivable", invoice.Cents)
}

// Settle books a payment against what is owed.
func (l *Ledger) Settle(ctx context.Context, invoice Invoice, payment bank.Payment) error {
	return l.book(ctx, "payment "+payment.ID, "receivable", "bank", payment.Cents)
}

// WriteOff books what is owed as lost.
func (l *Ledger) WriteOff(ctx context.Context, invoice Invoice) error {
	return l.book(ctx, "loss "+invoice.ID, "receivable", "losses", invoice.Cents)
}

// Charge asks the bank for the money, under this step's idempotency key.
func (l *Ledger) Charge(ctx context.Context, invoice Invoice, card string) (bank.Payment, error) {
	body, err := json.Marshal(map[string]any{"card": card, "cents": invoice.Cents})
	if err != nil {
		return bank.Payment{}, err
	}
	resp, err := l.ask(ctx, http.MethodPost, "/payments", body)
	if err != nil {
		return bank.Payment{}, err // whether it was paid is not known: the step is tried again
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusCreated:
		var payment bank.Payment
		err := json.NewDecoder(resp.Body).Decode(&payment)
		return payment, err
	case resp.StatusCode == http.StatusPaymentRequired:
		var refusal struct{ Reason string }
		if err := json.NewDecoder(resp.Body).Decode(&refusal); err != nil {
			return bank.Payment{}, err
		}
		return bank.Payment{}, &DeclinedError{Reason: refusal.Reason}
	case resp.StatusCode >= 500:
		return bank.Payment{}, &UnavailableError{Status: resp.StatusCode}
	}
	return bank.Payment{}, fmt.Errorf("the bank answers %s", resp.Status)
}

// GiveBack has the bank give a payment back.
func (l *Ledger) GiveBack(ctx context.Context, payment bank.Payment) error {
	resp, err := l.ask(ctx, http.MethodDelete, "/payments/"+url.PathEscape(payment.ID), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the bank answers %s", resp.Status)
	}
	return nil
}

func (l *Ledger) ask(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, l.bank+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Idempotency-Key", durable.IdempotencyKey(ctx))
	return l.client.Do(req)
}

// Remind tells the customer what is wrong, and how to change the card.
func (l *Ledger) Remind(ctx context.Context, invoice Invoice, level int, reason, changeID string) error {
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
