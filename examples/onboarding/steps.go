package onboarding

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/durablegen/durablegen/examples/internal/store"
	"github.com/durablegen/durablegen/runtime/durable"
)

const schema = `
CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'new');
CREATE TABLE IF NOT EXISTS mails (key TEXT PRIMARY KEY, recipient TEXT NOT NULL, subject TEXT NOT NULL, link TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS calls (callback_id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL);
`

// Desk does what the workflow's steps say, in a database of its own.
type Desk struct {
	store *store.Store
	site  string // where the links of mails lead
}

var _ Steps = (*Desk)(nil)

// NewDesk makes a desk that keeps its books in the SQLite file at path, and whose
// mails link to the site at baseURL.
func NewDesk(path, baseURL string) *Desk {
	return &Desk{store: store.New(path, schema), site: baseURL}
}

// CreateAccount creates the account, or finds the one that an earlier attempt made.
func (d *Desk) CreateAccount(ctx context.Context, signUp SignUp) (Account, error) {
	key := durable.IdempotencyKey(ctx)
	err := d.store.Exec(ctx, `INSERT INTO accounts (key, email, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		key, signUp.Email, signUp.Name)
	if err != nil {
		return Account{}, err
	}
	var id int
	err = d.store.Row(ctx, []any{&id}, `SELECT id FROM accounts WHERE key = ?`, key)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, &AddressTakenError{Email: signUp.Email}
	}
	return Account{ID: fmt.Sprintf("acc-%04d", id), Email: signUp.Email, Name: signUp.Name}, err
}

// MailLink writes a mail with a link that answers the callback.
func (d *Desk) MailLink(ctx context.Context, account Account, subject, callbackID string) error {
	return d.send(ctx, account, subject, d.site+"/confirm?callback="+url.QueryEscape(callbackID))
}

// Mail writes a mail.
func (d *Desk) Mail(ctx context.Context, account Account, subject string) error {
	return d.send(ctx, account, subject, "")
}

func (d *Desk) send(ctx context.Context, account Account, subject, link string) error {
	return d.store.Exec(ctx, `INSERT INTO mails (key, recipient, subject, link) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		durable.IdempotencyKey(ctx), account.Email, subject, link)
}

// Activate lets the account be used.
func (d *Desk) Activate(ctx context.Context, account Account) error {
	return d.enter(ctx, account, "active")
}

// Expire closes the account.
func (d *Desk) Expire(ctx context.Context, account Account) error {
	return d.enter(ctx, account, "expired")
}

func (d *Desk) enter(ctx context.Context, account Account, state string) error {
	return d.store.Exec(ctx, `UPDATE accounts SET state = ? WHERE printf('acc-%04d', id) = ?`, state, account.ID)
}

// PersonalCall puts the customer on the list of those to be called.
func (d *Desk) PersonalCall(ctx context.Context, callbackID string, account Account) error {
	return d.store.Exec(ctx, `INSERT INTO calls (callback_id, account, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		callbackID, account.ID, account.Name)
}
