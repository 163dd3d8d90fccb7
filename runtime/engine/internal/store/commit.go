package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/durablegen/durablegen/runtime/wire"
)

// job is what one caller wants to have stored.
type job struct {
	writes []Write
	facts  []rowText    // one for each write
	also   func() error // instead of writes
	seq    int64
	done   chan error
}

func (s *sqlite) Commit(ws []Write) (int64, error) {
	j := &job{writes: ws, facts: make([]rowText, len(ws))}
	for i := range ws {
		b, err := json.Marshal(ws[i].Facts)
		if err != nil {
			return 0, err
		}
		j.facts[i] = textOf(b)
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
	return explain(s.path, <-j.done)
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
		if stored := slices.Contains(errs, nil); !stored && s.offset == nil {
			s.offset = offset
		}
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
	if s.lost != nil {
		return s.lost
	}
	if _, err := s.begin.Exec(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.rollback.Exec()
		}
	}()
	args := make([]any, 0, logFields*len(batch))
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
			at := int64(w.Facts[len(w.Facts)-1].At)
			args = append(args, seq, w.Key, at, w.LastEvent, j.facts[i].text, j.facts[i].sum(seq, w.Key, at, int64(w.LastEvent)))
			if x := w.Execution; x != nil {
				if _, err := s.upsert.Exec(x.Key, x.ARN.Function, x.ARN.Name, x.ARN.ID, x.ARN.Region, x.ARN.Account, x.ARN.Version,
					string(x.Status), int64(x.Start), int64(x.End), int64(x.Expires), x.InputHash[:], x.sum()); err != nil {
					return err
				}
			}
		}
	}
	for k := len(s.inserts) - 1; k >= 0; k-- {
		for n := logFields << k; len(args) >= n; args = args[n:] {
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
	if _, err = s.commit.Exec(); err != nil {
		return err
	}
	if err := s.there(); err != nil {
		// What was written may be in a file that nobody will ever find. Nothing can follow it.
		s.lost = err
	}
	return s.lost
}

// there looks whether the files that are written to are still those that the next start will find.
func (s *sqlite) there() error {
	for _, f := range s.files {
		if now, err := os.Stat(f.path); err != nil || !os.SameFile(f.info, now) {
			return fmt.Errorf("the store %s was removed or replaced while it was in use: nothing is kept any more; stop this process, see to the folder, and start it again", f.path)
		}
	}
	return nil
}

// forgetAtOnce is how many executions are deleted in one transaction, so that others need not
// wait long for it.
const forgetAtOnce = 50

func (s *sqlite) Forget(now wire.Time) error {
	for {
		n, err := s.forgetSome(now)
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *sqlite) forgetSome(now wire.Time) (n int, err error) {
	var keys []int64
	rows, err := s.reader.Query("SELECT key FROM executions WHERE expires > 0 AND expires <= ? LIMIT ?", int64(now), forgetAtOnce)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		if err := rows.Scan(&key); err != nil {
			return 0, err
		}
		keys = append(keys, key)
	}
	if err := rows.Err(); err != nil || len(keys) == 0 {
		return 0, err
	}
	return len(keys), s.drop(keys...)
}

func (s *sqlite) Delete(key int64) error { return s.drop(key) }

// drop deletes executions.
func (s *sqlite) drop(keys ...int64) error {
	info := s.Info()
	return s.do(&job{also: func() error {
		// Numbers aren't given out twice, even if the last ones are deleted.
		if _, err := s.setMeta.Exec("seq", info.LastSeq); err != nil {
			return err
		}
		if _, err := s.setMeta.Exec("key", info.LastKey); err != nil {
			return err
		}
		for _, key := range keys {
			for _, text := range []string{"DELETE FROM log WHERE execution = ?", "DELETE FROM executions WHERE key = ?"} {
				if _, err := s.writer.ExecContext(context.Background(), text, key); err != nil {
					return err
				}
			}
		}
		return nil
	}})
}

// Bounds on what is kept for nothing, in bytes.
const (
	maxFree = 4 << 20  // of the file
	maxWAL  = 16 << 20 // of the write-ahead log, once all of it is in the file
)

func (s *sqlite) Tend() error {
	var free, size int64
	if err := s.reader.QueryRow("SELECT (SELECT freelist_count FROM pragma_freelist_count), (SELECT page_size FROM pragma_page_size)").Scan(&free, &size); err != nil {
		return explain(s.path, err)
	}
	return s.do(&job{also: func() error {
		if free*size <= maxFree {
			return nil
		}
		_, err := s.writer.ExecContext(context.Background(), "PRAGMA incremental_vacuum(2000)")
		return err
	}})
}
