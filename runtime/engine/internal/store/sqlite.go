package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// FileName is the name of the store's file in its folder.
const FileName = "durablegen.db"

const (
	applicationID = 0x6467656e // "dgen"
	schemaVersion = 1
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
	input    BLOB NOT NULL     -- SHA-256 of the input
);
CREATE UNIQUE INDEX executions_by_name ON executions (function, name);
CREATE INDEX executions_running ON executions (key) WHERE status = 'RUNNING';
CREATE TABLE log (
	seq       INTEGER PRIMARY KEY,
	execution INTEGER NOT NULL,
	at        INTEGER NOT NULL,
	event     INTEGER NOT NULL, -- number of the last event in it, or before it if there is none
	facts     TEXT NOT NULL     -- JSON, a list
);
CREATE INDEX log_by_execution ON log (execution, event);
`

// sqlite is a Store in one SQLite file. All writes go through one connection.
// While one commit is on its way to the disk, further ones gather and then go
// together.
type sqlite struct {
	lock   *os.File
	writer *sql.Conn
	reader *sql.DB
	opened *sql.DB // owns the writer

	begin, commit, rollback *sql.Stmt
	inserts                 []*sql.Stmt // of 1, 2, 4, 8 ... rows into the log
	upsert, setMeta         *sql.Stmt

	mu      sync.Mutex
	info    Info
	offset  *int64 // to be stored with the next commit
	queue   []*job
	writing bool // writeAll runs
	closed  bool
}

// job is what one caller wants to have stored.
type job struct {
	writes []Write
	facts  []string     // JSON, one for each write
	also   func() error // instead of writes
	seq    int64
	done   chan error
}

// Open opens the store in a folder, and makes both if they don't exist. Only one process
// can have it open.
func Open(dir string) (Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s, err := open(filepath.Join(dir, FileName))
	if err != nil {
		lock.Close()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

func open(path string) (s *sqlite, err error) {
	// SQLite gives its other files the permissions of this one.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	s = &sqlite{}
	defer func() {
		if err != nil {
			s.closeFiles()
			err = fmt.Errorf("the store %s: %w", path, err)
		}
	}()
	// Pragmas stand in the connection string so that every connection has them.
	source := func(pragmas ...string) string {
		q := url.Values{"_pragma": append(pragmas, "journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)")}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
	}
	if s.opened, err = sql.Open("sqlite", source("wal_autocheckpoint(2000)", "cache_size(-8000)")); err != nil {
		return s, err
	}
	ctx := context.Background()
	if s.writer, err = s.opened.Conn(ctx); err != nil {
		return s, err
	}
	if err = s.migrate(ctx); err != nil {
		return s, err
	}
	if s.reader, err = sql.Open("sqlite", source("query_only(1)", "cache_size(-2000)")); err != nil {
		return s, err
	}
	s.reader.SetMaxOpenConns(4)
	if err = s.prepare(ctx); err != nil {
		return s, err
	}
	return s, s.loadInfo()
}

// migrate makes the tables, or checks that they are ours.
func (s *sqlite) migrate(ctx context.Context) error {
	var app, version, tables int
	if err := s.writer.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)").Scan(&app, &version, &tables); err != nil {
		return err
	}
	switch {
	case tables == 0:
		_, err := s.writer.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;", schema, applicationID, schemaVersion))
		return err
	case app != applicationID:
		return errors.New("this SQLite file holds something else")
	case version != schemaVersion:
		return fmt.Errorf("it was written by another version of this program: its schema has version %d, this program knows version %d", version, schemaVersion)
	}
	return nil
}

// maxRows is the largest number of log rows that one statement inserts.
const maxRows = 32

func (s *sqlite) prepare(ctx context.Context) error {
	var err error
	prepare := func(text string) *sql.Stmt {
		var st *sql.Stmt
		if err == nil {
			st, err = s.writer.PrepareContext(ctx, text)
		}
		return st
	}
	s.begin, s.commit, s.rollback = prepare("BEGIN IMMEDIATE"), prepare("COMMIT"), prepare("ROLLBACK")
	for n := 1; n <= maxRows; n *= 2 {
		s.inserts = append(s.inserts, prepare("INSERT INTO log (seq, execution, at, event, facts) VALUES (?, ?, ?, ?, ?)"+strings.Repeat(", (?, ?, ?, ?, ?)", n-1)))
	}
	s.upsert = prepare(`INSERT INTO executions (key, function, name, id, region, account, version, status, start, end, expires, input)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET status = excluded.status, end = excluded.end, expires = excluded.expires`)
	s.setMeta = prepare("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
	return err
}

func (s *sqlite) loadInfo() error {
	return s.reader.QueryRow(`SELECT
		max(coalesce((SELECT max(seq) FROM log), 0), coalesce((SELECT value FROM meta WHERE name = 'seq'), 0)),
		max(coalesce((SELECT max(key) FROM executions), 0), coalesce((SELECT value FROM meta WHERE name = 'key'), 0)),
		coalesce((SELECT at FROM log ORDER BY seq DESC LIMIT 1), 0),
		coalesce((SELECT value FROM meta WHERE name = 'offset'), 0)`).
		Scan(&s.info.LastSeq, &s.info.LastKey, &s.info.LastTime, &s.info.Offset)
}

func (s *sqlite) Info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *sqlite) SetOffset(ms int64) {
	s.mu.Lock()
	s.info.Offset = ms
	s.offset = &ms
	s.mu.Unlock()
}

func (s *sqlite) Commit(ws []Write) (int64, error) {
	j := &job{writes: ws, facts: make([]string, len(ws))}
	for i := range ws {
		b, err := json.Marshal(ws[i].Facts)
		if err != nil {
			return 0, err
		}
		j.facts[i] = string(b)
	}
	err := s.do(j)
	return j.seq, err
}

// errClosed answers those who come too late.
var errClosed = errors.New("the store is closed")

// do has a job done, together with those that wait at the same time.
func (s *sqlite) do(j *job) error {
	j.done = make(chan error, 1)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errClosed
	}
	s.queue = append(s.queue, j)
	if !s.writing {
		s.writing = true
		go s.writeAll()
	}
	s.mu.Unlock()
	return <-j.done
}

// writeAll writes until nobody waits any more.
func (s *sqlite) writeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for several := false; len(s.queue) > 0; {
		if several {
			// Those whom the last commit has let go on join this one, if they are quick.
			s.mu.Unlock()
			runtime.Gosched()
			s.mu.Lock()
		}
		several = len(s.queue) > 1
		batch, offset, seq := s.queue, s.offset, s.info.LastSeq
		s.queue, s.offset = nil, nil
		s.mu.Unlock()
		errs := s.write(batch, seq, offset)
		s.mu.Lock()
		for i, j := range batch {
			if errs[i] == nil {
				s.info.LastSeq += int64(len(j.writes))
				for k := range j.writes {
					if x := j.writes[k].Execution; x != nil {
						s.info.LastKey = max(s.info.LastKey, x.Key)
					}
				}
			}
			j.done <- errs[i]
		}
	}
	s.writing = false
}

// write stores a batch in one transaction, or each job in its own if that fails, so that
// one bad job doesn't spoil the others.
func (s *sqlite) write(batch []*job, seq int64, offset *int64) []error {
	errs := make([]error, len(batch))
	err := s.transaction(batch, seq, offset)
	if err == nil {
		return errs
	}
	if len(batch) == 1 {
		errs[0] = err
		return errs
	}
	for i, j := range batch {
		if errs[i] = s.transaction([]*job{j}, seq, offset); errs[i] == nil {
			seq += int64(len(j.writes))
		}
	}
	return errs
}

func (s *sqlite) transaction(batch []*job, seq int64, offset *int64) (err error) {
	if _, err := s.begin.Exec(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.rollback.Exec()
		}
	}()
	args := make([]any, 0, 5*len(batch))
	for _, j := range batch {
		j.seq = seq + 1
		if j.also != nil {
			if err := j.also(); err != nil {
				return err
			}
		}
		for i := range j.writes {
			w := &j.writes[i]
			seq++
			args = append(args, seq, w.Key, int64(w.Facts[len(w.Facts)-1].At), w.LastEvent, j.facts[i])
			if x := w.Execution; x != nil {
				if _, err := s.upsert.Exec(x.Key, x.ARN.Function, x.ARN.Name, x.ARN.ID, x.ARN.Region, x.ARN.Account, x.ARN.Version,
					string(x.Status), int64(x.Start), int64(x.End), int64(x.Expires), x.InputHash[:]); err != nil {
					return err
				}
			}
		}
	}
	for k := len(s.inserts) - 1; k >= 0; k-- {
		for n := 5 << k; len(args) >= n; args = args[n:] {
			if _, err := s.inserts[k].Exec(args[:n]...); err != nil {
				return err
			}
		}
	}
	if offset != nil {
		if _, err := s.setMeta.Exec("offset", *offset); err != nil {
			return err
		}
	}
	_, err = s.commit.Exec()
	return err
}

func (s *sqlite) Facts(key int64) ([]core.Fact, error) {
	rows, err := s.reader.Query("SELECT facts FROM log WHERE execution = ? ORDER BY seq", key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []core.Fact
	var text sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		var facts []core.Fact
		if err := json.Unmarshal(text, &facts); err != nil {
			return nil, fmt.Errorf("the facts of execution %d can't be read: %w", key, err)
		}
		out = append(out, facts...)
	}
	return out, rows.Err()
}

func (s *sqlite) Events(key int64, after int, newestFirst bool, limit int) ([]core.Fact, error) {
	text := "SELECT facts FROM log WHERE execution = ? AND event > ? ORDER BY event, seq"
	if newestFirst {
		// The row with the event before may reach beyond it.
		text = "SELECT facts FROM log WHERE execution = ? AND event <= coalesce((SELECT min(event) FROM log WHERE execution = ?1 AND event >= ?2), ?2) ORDER BY event DESC, seq DESC"
	}
	rows, err := s.reader.Query(text, key, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []core.Fact
	var raw sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		var facts []core.Fact
		if err := json.Unmarshal(raw, &facts); err != nil {
			return nil, fmt.Errorf("the facts of execution %d can't be read: %w", key, err)
		}
		out = pickEvents(out, facts, after, newestFirst)
		if limit > 0 && len(out) >= limit {
			break
		}
	}
	return out, rows.Err()
}

const executionColumns = "x.key, x.function, x.name, x.id, x.region, x.account, x.version, x.status, x.start, x.end, x.expires, x.input"

// scanExecution reads the executionColumns, and what comes after them into more.
func scanExecution(scan func(...any) error, x *Execution, more ...any) error {
	var hash []byte
	err := scan(append([]any{
		&x.Key, &x.ARN.Function, &x.ARN.Name, &x.ARN.ID, &x.ARN.Region, &x.ARN.Account, &x.ARN.Version,
		&x.Status, &x.Start, &x.End, &x.Expires, &hash,
	}, more...)...)
	copy(x.InputHash[:], hash)
	return err
}

func (s *sqlite) Rows(seq int64, limit int) ([]Row, error) {
	rows, err := s.reader.Query("SELECT "+executionColumns+", l.seq, l.facts FROM log l JOIN executions x ON x.key = l.execution WHERE l.seq > ? ORDER BY l.seq LIMIT ?", seq, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Row
	for rows.Next() {
		var r Row
		var text []byte
		if err := scanExecution(rows.Scan, &r.Execution, &r.Seq, &text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &r.Facts); err != nil {
			return nil, fmt.Errorf("row %d of the log can't be read: %w", r.Seq, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (s *sqlite) ByName(function, name string) (*Execution, error) {
	var x Execution
	err := scanExecution(s.reader.QueryRow("SELECT "+executionColumns+" FROM executions x WHERE x.function = ? AND x.name = ?", function, name).Scan, &x)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &x, nil
}

func (s *sqlite) List(q Query) ([]Execution, error) {
	text := "SELECT " + executionColumns + " FROM executions x WHERE 1"
	var args []any
	and := func(ok bool, condition string, values ...any) {
		if ok {
			text += " AND " + condition
			args = append(args, values...)
		}
	}
	and(q.Function != "", "x.function = ?", q.Function)
	and(q.Version != "", "x.version = ?", q.Version)
	and(q.Name != "", "x.name = ?", q.Name)
	and(q.After != 0, "x.start > ?", int64(q.After))
	and(q.Before != 0, "x.start < ?", int64(q.Before))
	and(q.ExpiresAfter != 0, "(x.expires = 0 OR x.expires > ?)", int64(q.ExpiresAfter))
	if n := len(q.Statuses); n > 0 {
		values := make([]any, n)
		for i, st := range q.Statuses {
			values[i] = string(st)
		}
		and(true, "x.status IN (?"+strings.Repeat(", ?", n-1)+")", values...)
	}
	if q.OldestFirst {
		and(q.From != 0, "x.key > ?", q.From)
		text += " ORDER BY x.key"
	} else {
		and(q.From != 0, "x.key < ?", q.From)
		text += " ORDER BY x.key DESC"
	}
	if q.Limit > 0 {
		text += " LIMIT ?"
		args = append(args, q.Limit)
	}
	return s.executions(text, args...)
}

func (s *sqlite) Running() ([]Execution, error) {
	return s.executions("SELECT " + executionColumns + " FROM executions x WHERE x.status = 'RUNNING' ORDER BY x.key")
}

func (s *sqlite) executions(text string, args ...any) ([]Execution, error) {
	rows, err := s.reader.Query(text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Execution
	for rows.Next() {
		var x Execution
		if err := scanExecution(rows.Scan, &x); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

func (s *sqlite) Forget(now wire.Time) error {
	expired, err := s.executions("SELECT "+executionColumns+" FROM executions x WHERE x.expires > 0 AND x.expires <= ?", int64(now))
	if err != nil || len(expired) == 0 {
		return err
	}
	info := s.Info()
	return s.do(&job{also: func() error {
		// Numbers aren't given out twice, even if the last ones are deleted.
		if _, err := s.setMeta.Exec("seq", info.LastSeq); err != nil {
			return err
		}
		if _, err := s.setMeta.Exec("key", info.LastKey); err != nil {
			return err
		}
		for _, x := range expired {
			for _, text := range []string{"DELETE FROM log WHERE execution = ?", "DELETE FROM executions WHERE key = ?"} {
				if _, err := s.writer.ExecContext(context.Background(), text, x.Key); err != nil {
					return err
				}
			}
		}
		return nil
	}})
}

func (s *sqlite) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	// What is under way ends first.
	s.do(&job{also: func() error { return nil }})
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.closeFiles()
}

func (s *sqlite) closeFiles() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.opened != nil {
		errs = append(errs, s.opened.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
