// Package store keeps what the steps of an example write: a SQLite file of the
// example's own, opened and laid out at first use.
package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"sync"

	_ "modernc.org/sqlite" // the driver
)

// Store is a SQLite file with a schema. It may be used by many goroutines.
type Store struct {
	path, schema string

	mu     sync.Mutex
	db     *sql.DB
	closed bool
}

// New gives the store in the file at path. Nothing is opened yet. The schema must
// bear repetition: it runs whenever the file is opened.
func New(path, schema string) *Store { return &Store{path: path, schema: schema} }

// open gives the database. What failed to open is tried again by the next call,
// since the step that called is retried too.
func (s *Store) open(ctx context.Context) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed { // whoever comes late must not make the file anew
		return nil, errors.New(s.path + " is closed")
	}
	if s.db != nil {
		return s.db, nil
	}
	pragmas := url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"},
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: s.path}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer
	if _, err := db.ExecContext(ctx, s.schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.db = db
	return db, nil
}

// Exec runs a statement.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, query, args...)
	return err
}

// Row reads the one row of a query into dest; sql.ErrNoRows if there is none.
func (s *Store) Row(ctx context.Context, dest []any, query string, args ...any) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	return db.QueryRowContext(ctx, query, args...).Scan(dest...)
}

// Tx runs fn in a transaction, which is rolled back if fn fails.
func (s *Store) Tx(ctx context.Context, fn func(*sql.Tx) error) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Strings gives the first column of a query's rows as text.
func (s *Store) Strings(ctx context.Context, query string, args ...any) ([]string, error) {
	db, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		found = append(found, text)
	}
	return found, rows.Err()
}

// Close closes the file for good.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.db == nil {
		return nil
	}
	err := s.db.Close()
	s.db = nil
	return err
}
