package foodorder

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"sync"

	_ "modernc.org/sqlite"
)

const schema = `
CREATE TABLE IF NOT EXISTS orders   (id TEXT PRIMARY KEY, customer TEXT NOT NULL, total INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS board    (order_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS payments (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, amount INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refunds  (payment_id INTEGER PRIMARY KEY REFERENCES payments, amount INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS labels   (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS couriers (name TEXT PRIMARY KEY, away INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS trips    (order_id TEXT PRIMARY KEY, courier TEXT NOT NULL REFERENCES couriers);
CREATE TABLE IF NOT EXISTS messages (key TEXT PRIMARY KEY, customer TEXT NOT NULL, text TEXT NOT NULL);
INSERT INTO couriers (name, away) VALUES ('Bruno', 5), ('Carla', 12), ('Dario', 25) ON CONFLICT DO NOTHING;
`

// store is the shop's SQLite file, opened and laid out at first use.
type store struct {
	path string
	mu   sync.Mutex
	db   *sql.DB
}

func newStore(path string) *store { return &store{path: path} }

// open gives the database. What failed to open is tried again by the next call,
// since the step that called is retried too.
func (s *store) open(ctx context.Context) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		return s.db, nil
	}
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: s.path}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.db = db
	return db, nil
}

func (s *store) exec(ctx context.Context, query string, args ...any) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, query, args...)
	return err
}

// row reads the one row of a query into dest; sql.ErrNoRows if there is none.
func (s *store) row(ctx context.Context, dest []any, query string, args ...any) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	return db.QueryRowContext(ctx, query, args...).Scan(dest...)
}
