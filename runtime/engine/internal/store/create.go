package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	applicationID = 0x6467656e // "dgen"
	schemaVersion = 4
)

const schema = `
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE executions (
	key      INTEGER PRIMARY KEY,
	function TEXT NOT NULL,
	name     TEXT NOT NULL,
	id       TEXT NOT NULL,
	region   TEXT NOT NULL,
	account  TEXT NOT NULL,
	version  TEXT NOT NULL,
	status   TEXT NOT NULL,
	start    INTEGER NOT NULL, -- milliseconds since 1970, like all times here
	end      INTEGER NOT NULL,
	expires  INTEGER NOT NULL,
	input    BLOB NOT NULL,    -- SHA-256 of the input
	sum      INTEGER           -- of the row; NULL: written before there were sums
);
CREATE UNIQUE INDEX executions_by_name ON executions (function, name);
CREATE INDEX executions_open ON executions (key) WHERE end = 0;
CREATE TABLE log (
	seq       INTEGER PRIMARY KEY,
	execution INTEGER NOT NULL,
	at        INTEGER NOT NULL,
	event     INTEGER NOT NULL, -- number of the last event in it, or before it if there is none
	facts     TEXT NOT NULL,    -- JSON, a list
	sum       INTEGER
);
CREATE INDEX log_by_execution ON log (execution, event);
` + functionsTable

const functionsTable = `CREATE TABLE IF NOT EXISTS functions (
	name      TEXT PRIMARY KEY,
	published TEXT NOT NULL,    -- JSON: versions and aliases
	sum       INTEGER NOT NULL
) WITHOUT ROWID;
`

// upgrades lead from each version of the schema to the next, the first from version 1.
var upgrades = []string{
	"ALTER TABLE executions ADD COLUMN sum INTEGER; ALTER TABLE log ADD COLUMN sum INTEGER;",
	// One that is paused is none that runs, for a version that doesn't know of pauses.
	"DROP INDEX IF EXISTS executions_running; CREATE INDEX IF NOT EXISTS executions_open ON executions (key) WHERE end = 0;",
	functionsTable,
}

// EmptyError tells that a store has lost what was in it: there are traces of it, but no data.
type EmptyError struct{ Path, Why, Remedy string }

func (e *EmptyError) Error() string {
	return fmt.Sprintf("the store %s %s; %s", e.Path, e.Why, e.Remedy)
}

// ensure makes the file of a store if there is none. A store is made whole or not at all: what is
// found here and holds nothing is a part of one, or has lost what it held.
func ensure(path string, used bool) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	const remedy = "put the file back, or remove %s to begin with an empty store"
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return &EmptyError{path, "is gone, and only its -wal is there", fmt.Sprintf(remedy, path+"-wal")}
	}
	if used {
		return &EmptyError{path, "is gone, though its folder was in use", fmt.Sprintf(remedy, lockPath(filepath.Dir(path)))}
	}
	made := path + ".new"
	if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// SQLite gives its other files the permissions of this one.
	f, err := os.OpenFile(made, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	db, err := sql.Open("sqlite", source(made, "auto_vacuum(INCREMENTAL)"))
	if err != nil {
		return err
	}
	_, err = db.Exec(fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;", schema, applicationID, schemaVersion))
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(made, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name in a folder safe.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	_ = d.Sync() // not every system can
	return nil
}

// migrate checks that the tables are ours, and brings them to this version.
func (s *sqlite) migrate(ctx context.Context) error {
	version, err := schemaOf(ctx, s.writer, s.path)
	if err != nil {
		return err
	}
	for ; version < schemaVersion; version++ {
		if _, err := s.writer.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;", upgrades[version-1], version+1)); err != nil {
			return err
		}
	}
	var vacuum int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA auto_vacuum").Scan(&vacuum); err != nil || vacuum != 0 {
		return err
	}
	// Only a file that is written anew can shrink from then on.
	_, err = s.writer.ExecContext(ctx, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM;")
	return err
}

// schemaOf gives the version of a store's schema, if this program can work with it.
func schemaOf(ctx context.Context, db *sql.Conn, path string) (version int, err error) {
	var app, tables int
	err = db.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)").Scan(&app, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case tables == 0:
		return 0, &EmptyError{path, "holds no table: it is not the whole of a store", "copy it again, with its -wal or after the service was stopped, or remove it to begin with an empty store"}
	case app != applicationID || version < 1:
		return 0, errors.New("this SQLite file holds something else")
	case version > schemaVersion:
		return 0, fmt.Errorf("it was written by a newer durablegen: its schema has version %d, and this one knows versions up to %d; use that one, or a newer one", version, schemaVersion)
	}
	return version, nil
}
