package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver
)

// FileName is the name of the store's file in its folder.
const FileName = "durablegen.db"

// sqlite is a Store in one SQLite file. All writes go through one connection.
// While one commit is on its way to the disk, further ones gather and then go
// together.
type sqlite struct {
	path   string
	lock   *os.File
	files  []file // that are written to
	lost   error  // why nothing can be stored any more; only touched by the writing goroutine
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

// Open opens the store in a folder, and makes both if they don't exist. Only one process
// can have it open.
func Open(dir string) (Store, error) {
	path := filepath.Join(dir, FileName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, named(path, err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	if err := ensure(path, lock.used()); err != nil {
		lock.Close()
		return nil, named(path, err)
	}
	s, err := open(path)
	if err != nil {
		lock.Close()
		return nil, err
	}
	s.lock = lock.File
	lock.mark()
	return s, nil
}

// file is one that is open.
type file struct {
	path string
	info os.FileInfo
}

// source gives the name by which SQLite opens a file. Pragmas stand in it so that every
// connection has them; each writes what it commits to the disk before it says so.
func source(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append(pragmas, "synchronous(FULL)")}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// named gives an error that names the file.
func named(path string, err error) error {
	var empty *EmptyError
	var file *FileError
	if err = explain(path, err); errors.As(err, &empty) || errors.As(err, &file) {
		return err
	}
	return fmt.Errorf("the store %s: %w", path, err)
}

func open(path string) (s *sqlite, err error) {
	s = &sqlite{path: path}
	defer func() {
		if err != nil {
			s.closeFiles()
			err = named(path, err)
		}
	}()
	always := func(pragmas ...string) string {
		return source(path, append(pragmas, "journal_mode(WAL)", "busy_timeout(10000)")...)
	}
	if s.opened, err = sql.Open("sqlite", always("wal_autocheckpoint(2000)", fmt.Sprintf("journal_size_limit(%d)", maxWAL), "cache_size(-8000)")); err != nil {
		return s, err
	}
	ctx := context.Background()
	if s.writer, err = s.opened.Conn(ctx); err != nil {
		return s, err
	}
	if err = s.migrate(ctx); err != nil {
		return s, err
	}
	if s.reader, err = sql.Open("sqlite", always("query_only(1)", "cache_size(-2000)")); err != nil {
		return s, err
	}
	s.reader.SetMaxOpenConns(4)
	if err = s.prepare(ctx); err != nil {
		return s, err
	}
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return s, err
		}
		s.files = append(s.files, file{name, info})
	}
	return s, s.loadInfo()
}

// maxRows is the largest number of log rows that one statement inserts, each with logFields.
const (
	maxRows   = 32
	logFields = 6
)

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
		s.inserts = append(s.inserts, prepare("INSERT INTO log (seq, execution, at, event, facts, sum) VALUES (?, ?, ?, ?, ?, ?)"+strings.Repeat(", (?, ?, ?, ?, ?, ?)", n-1)))
	}
	s.upsert = prepare(`INSERT INTO executions (key, function, name, id, region, account, version, status, start, end, expires, input, sum)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET status = excluded.status, end = excluded.end, expires = excluded.expires, sum = excluded.sum`)
	s.setMeta = prepare("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
	return err
}

func (s *sqlite) loadInfo() error {
	return s.reader.QueryRow(`SELECT
		max(coalesce((SELECT max(seq) FROM log), 0), coalesce((SELECT value FROM meta WHERE name = 'seq'), 0)),
		max(coalesce((SELECT max(key) FROM executions), 0), coalesce((SELECT value FROM meta WHERE name = 'key'), 0)),
		coalesce((SELECT at FROM log WHERE seq > coalesce((SELECT value FROM meta WHERE name = 'rewound'), 0) ORDER BY seq DESC LIMIT 1), 0),
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

func (s *sqlite) Rewind() error {
	s.mu.Lock()
	s.info.Offset, s.info.LastTime, s.offset = 0, 0, nil
	last := s.info.LastSeq
	s.mu.Unlock()
	return s.do(&job{also: func() error {
		for name, value := range map[string]int64{"offset": 0, "rewound": last} {
			if _, err := s.setMeta.Exec(name, value); err != nil {
				return err
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

// closeFiles closes what is open. The file is whole then: of the write-ahead log nothing is left,
// unless another process still reads.
func (s *sqlite) closeFiles() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	// A connection with statements that are open does not close.
	for _, st := range append(s.inserts, s.begin, s.commit, s.rollback, s.upsert, s.setMeta) {
		if st != nil {
			errs = append(errs, st.Close())
		}
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
