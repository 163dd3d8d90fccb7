package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
)

// Inspection reads a store without changing anything, in use or not.
type Inspection struct {
	db *sql.DB
	s  *sqlite // with a reader only
}

// Inspect opens the store in a folder for reading.
func Inspect(ctx context.Context, dir string) (*Inspection, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", source(path, "query_only(1)", "busy_timeout(10000)"))
	if err != nil {
		return nil, err
	}
	in := &Inspection{db: db, s: &sqlite{path: path, reader: db}}
	conn, err := db.Conn(ctx)
	if err == nil {
		var version int
		version, err = schemaOf(ctx, conn, path)
		conn.Close()
		if err == nil && version < schemaVersion {
			err = fmt.Errorf("it was written by an older durablegen (its schema has version %d): start the service once, so that it is brought to version %d", version, schemaVersion)
		}
	}
	if err != nil {
		db.Close()
		return nil, named(path, err)
	}
	return in, nil
}

// Close ends the inspection.
func (in *Inspection) Close() error { return in.db.Close() }

// Structure looks whether the file is in order as SQLite's, and gives what is not.
func (in *Inspection) Structure(ctx context.Context) (problems []string, err error) {
	rows, err := in.db.QueryContext(ctx, "PRAGMA integrity_check(100)")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		if line != "ok" {
			problems = append(problems, line)
		}
	}
	return problems, rows.Err()
}

// Executions gives all executions, a page at a time, the oldest first.
func (in *Inspection) Executions(after int64) ([]Execution, error) {
	return in.s.List(Query{OldestFirst: true, From: after, Limit: 1000})
}

// Facts is [Store.Facts].
func (in *Inspection) Facts(key int64) ([]core.Fact, error) { return in.s.Facts(key) }

// Functions is [Store.Functions].
func (in *Inspection) Functions() ([]Function, error) { return in.s.Functions() }

// Orphans counts rows of the log that belong to no execution.
func (in *Inspection) Orphans(ctx context.Context) (n int, err error) {
	err = in.db.QueryRowContext(ctx, "SELECT count(*) FROM log WHERE execution NOT IN (SELECT key FROM executions)").Scan(&n)
	return n, err
}

// Backup writes the store to a new file, whole, as it stands at this moment.
func (in *Inspection) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	db, err := sql.Open("sqlite", source(in.s.path, "busy_timeout(10000)"))
	if err == nil {
		_, err = db.ExecContext(ctx, "VACUUM INTO ?", path) // takes a file that is there if it is empty
		err = errors.Join(explain(path, err), db.Close())
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}
