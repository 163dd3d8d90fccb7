package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// filled opens a store with one execution of three rows.
func filled(t *testing.T, dir string) *sqlite {
	t.Helper()
	st, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	for i, x := range []*Execution{execution(1, "orders", "a"), nil, nil} {
		w := write(1, x, wire.EventStepStarted)
		w.LastEvent = i + 1
		if _, err := st.Commit([]Write{w}); err != nil {
			t.Fatal(err)
		}
	}
	return st.(*sqlite)
}

func (s *sqlite) mustExec(t *testing.T, text string, args ...any) {
	t.Helper()
	if _, err := s.writer.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

// After a clean end one file is the whole store.
func TestOneFileAfterAnEnd(t *testing.T) {
	dir := t.TempDir()
	if err := filled(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if s := strings.Join(names, " "); s != "durablegen.db durablegen.lock" {
		t.Errorf("there are %s", s)
	}
	text, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, FileName), text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if facts, err := s.Facts(1); err != nil || len(facts) != 3 {
		t.Errorf("%d facts, %v", len(facts), err)
	}
}

// Where a store was, or a part of one is, none is begun anew in silence.
func TestTracesOfAStore(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, dir string)
		want   string
	}{
		"the file removed": {func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, FileName)) },
			"is gone, though its folder was in use; put the file back, or remove "},
		"the file emptied": {func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, FileName), 0) },
			"holds no table: it is not the whole of a store; copy it again"},
		"the log without the file": {func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, FileName))
			os.Remove(filepath.Join(dir, "durablegen.lock"))
			os.WriteFile(filepath.Join(dir, FileName+"-wal"), []byte("something"), 0o600)
		}, "is gone, and only its -wal is there"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			filled(t, dir).Close()
			test.change(t, dir)
			_, err := Open(dir)
			var empty *EmptyError
			if !errors.As(err, &empty) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want ... %s", err, test.want)
			}
		})
	}
	// A start that was killed before the store was made leaves no such trace.
	dir := t.TempDir()
	lock, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	lock.Close()
	os.WriteFile(filepath.Join(dir, FileName+".new"), []byte("half"), 0o600)
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// A store whose folder goes away, or is replaced by another, takes nothing more, and says so.
func TestFolderGoesAway(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"removed":      os.RemoveAll,
		"file removed": func(dir string) error { return os.Remove(filepath.Join(dir, FileName)) },
		"log removed":  func(dir string) error { return os.Remove(filepath.Join(dir, FileName+"-wal")) },
		"replaced": func(dir string) error {
			if err := os.Rename(dir, dir+".away"); err != nil {
				return err
			}
			s, err := Open(dir)
			if err != nil {
				return err
			}
			return s.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			s := filled(t, dir)
			if err := s.Tend(); err != nil {
				t.Fatal(err)
			}
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			const want = "was removed or replaced while it was in use"
			if _, err := s.Commit([]Write{write(1, nil, wire.EventStepSucceeded)}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("a commit gave %v", err)
			}
			if err := s.Tend(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("nobody is told: %v", err)
			}
		})
	}
}

// What was changed behind the store's back is noticed, and named.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := filled(t, dir)
	if _, err := s.Commit([]Write{write(2, execution(2, "orders", "b"), wire.EventExecutionStarted)}); err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]string{
		"UPDATE log SET facts = replace(facts, 'text', 'txet') WHERE seq = 2": "row 2 of the log is not as it was written: its checksum is wrong",
		"UPDATE log SET facts = substr(facts, 3), sum = NULL WHERE seq = 2":   "row 2 of the log can't be read: ",
		"UPDATE log SET at = at + 1 WHERE seq = 3":                            "row 3 of the log is not",
		"UPDATE log SET event = 1 WHERE seq = 3":                              "row 3 of the log is not",
		"UPDATE log SET seq = 20 WHERE seq = 3":                               "row 20 of the log is not",
		"UPDATE log SET execution = 1 WHERE seq = 4":                          "row 4 of the log is not",
	} {
		s.mustExec(t, "SAVEPOINT before")
		s.mustExec(t, change)
		s.mustExec(t, "RELEASE before")
		_, err := s.Facts(1)
		var damage *DamageError
		if !errors.As(err, &damage) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", change, err, want)
		}
		if _, err := s.Events(1, 0, false, 0, 0); err == nil {
			t.Errorf("%s: events are given", change)
		}
		rows, err := s.Rows(0, 10)
		if err != nil || len(rows) != 4 {
			t.Errorf("%s: %d rows, %v", change, len(rows), err)
		}
		damaged := 0
		for _, r := range rows {
			if r.Damage != nil {
				damaged++
			}
		}
		if damaged != 1 {
			t.Errorf("%s: %d damaged rows", change, damaged)
		}
		// Another one is not touched by it.
		if facts, err := s.Facts(2); !strings.Contains(change, "seq = 4") && (err != nil || len(facts) != 1) {
			t.Errorf("%s: the other execution has %d facts, %v", change, len(facts), err)
		}
		s.Close()
		dir = t.TempDir()
		s = filled(t, dir)
		s.Commit([]Write{write(2, execution(2, "orders", "b"), wire.EventExecutionStarted)})
	}
	s.mustExec(t, "UPDATE executions SET version = '7' WHERE key = 1")
	running, err := s.Running()
	if err != nil || len(running) != 2 || running[0].Damage == nil || running[1].Damage != nil {
		t.Errorf("%+v, %v", running, err)
	}
}

// A store of before there were checksums is read, and gets them from then on; and its file can
// shrink.
func TestUpgrade(t *testing.T) {
	dir := t.TempDir()
	s := filled(t, dir)
	s.mustExec(t, "ALTER TABLE log DROP COLUMN sum; ALTER TABLE executions DROP COLUMN sum; DROP TABLE functions; PRAGMA user_version = 1; PRAGMA auto_vacuum = NONE; VACUUM;")
	s.Close()
	s = filled2(t, dir)
	if facts, err := s.Facts(1); err != nil || len(facts) != 3 {
		t.Errorf("%d facts, %v", len(facts), err)
	}
	if _, err := s.Commit([]Write{write(1, nil, wire.EventStepSucceeded)}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetFunction("orders", []byte("1")); err != nil {
		t.Error(err)
	}
	s.mustExec(t, "UPDATE log SET at = 0 WHERE seq = 4")
	if _, err := s.Facts(1); err == nil {
		t.Error("a new row has no checksum")
	}
	var vacuum int
	if err := s.reader.QueryRow("PRAGMA auto_vacuum").Scan(&vacuum); err != nil || vacuum != 2 {
		t.Errorf("auto_vacuum is %d, %v", vacuum, err)
	}
}

func filled2(t *testing.T, dir string) *sqlite {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.(*sqlite)
}

// What is deleted is given back, and the log doesn't stay as large as it once was.
func TestFilesShrink(t *testing.T) {
	dir := t.TempDir()
	s := filled2(t, dir)
	large := strings.Repeat("x", 1<<18)
	for i := int64(1); i <= 80; i++ {
		x := execution(i, "orders", fmt.Sprint(i))
		x.Status, x.Expires = wire.ExecutionSucceeded, 5000
		w := Write{Key: i, Execution: x, Facts: []core.Fact{{Kind: wire.EventStepSucceeded, At: base, Payload: &large}}}
		if _, err := s.Commit([]Write{w}); err != nil {
			t.Fatal(err)
		}
	}
	size := func(name string) int64 {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if err := s.Forget(5000); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(Query{}); err != nil || len(list) != 0 {
		t.Fatalf("%d are left, %v", len(list), err)
	}
	for range 20 {
		if err := s.Tend(); err != nil {
			t.Fatal(err)
		}
	}
	if n := size(FileName + "-wal"); n > maxWAL+1<<20 {
		t.Errorf("the log has %d bytes", n)
	}
	s.Close()
	if n := size(FileName); n > maxFree+1<<20 {
		t.Errorf("the file has %d bytes", n)
	}
}

// What was acknowledged is on its way to nowhere else: another connection finds it.
func TestAcknowledgedMeansCommitted(t *testing.T) {
	dir := t.TempDir()
	s := filled(t, dir)
	other, err := sql.Open("sqlite", source(filepath.Join(dir, FileName)))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for i := range 50 {
		seq, err := s.Commit([]Write{write(1, nil, wire.EventStepSucceeded)})
		if err != nil {
			t.Fatal(err)
		}
		var last int64
		if err := other.QueryRow("SELECT max(seq) FROM log").Scan(&last); err != nil || last != seq {
			t.Fatalf("commit %d: %d is there, not %d, %v", i, last, seq, err)
		}
	}
	for name, db := range map[string]interface {
		QueryRow(string, ...any) *sql.Row
	}{"reader": s.reader, "writer": rowser{t, s.writer}} {
		var level int
		if err := db.QueryRow("PRAGMA synchronous").Scan(&level); err != nil || level != 2 {
			t.Errorf("%s: synchronous is %d, not FULL, %v", name, level, err)
		}
	}
}

type rowser struct {
	t *testing.T
	c *sql.Conn
}

func (r rowser) QueryRow(text string, args ...any) *sql.Row {
	return r.c.QueryRowContext(r.t.Context(), text, args...)
}

// A statement that fails, whichever it is, fails the commit, and leaves no trace.
func TestEachStatementFails(t *testing.T) {
	for name, statement := range map[string]func(s *sqlite) **sql.Stmt{
		"begin":  func(s *sqlite) **sql.Stmt { return &s.begin },
		"insert": func(s *sqlite) **sql.Stmt { return &s.inserts[0] },
		"upsert": func(s *sqlite) **sql.Stmt { return &s.upsert },
		"meta":   func(s *sqlite) **sql.Stmt { return &s.setMeta },
		"commit": func(s *sqlite) **sql.Stmt { return &s.commit },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := filled(t, dir)
			broken, err := s.writer.PrepareContext(t.Context(), "INSERT INTO meta (name, value) VALUES (NULL, NULL)")
			if err != nil {
				t.Fatal(err)
			}
			place := statement(s)
			good := *place
			*place = broken
			s.SetOffset(7)
			w := write(2, execution(2, "orders", "b"), wire.EventExecutionStarted)
			if _, err := s.Commit([]Write{w}); err == nil {
				t.Error("it was acknowledged")
			}
			if x, err := s.ByName("orders", "b"); x != nil || err != nil {
				t.Errorf("it left %+v, %v", x, err)
			}
			*place = good
			broken.Close()
			if seq, err := s.Commit([]Write{w}); err != nil || seq != 4 {
				t.Errorf("the next one got %d, %v", seq, err)
			}
			if s.Close(); filled2(t, dir).Info().Offset != 7 {
				t.Error("the offset was lost")
			}
		})
	}
}

func TestFolderIsForItsOwner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "store")
	filled(t, dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A store is inspected and copied while it is in use.
func TestInspectAndBackup(t *testing.T) {
	dir := t.TempDir()
	s := filled(t, dir)
	in, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if problems, err := in.Structure(t.Context()); err != nil || len(problems) != 0 {
		t.Errorf("%v, %v", problems, err)
	}
	if list, err := in.Executions(0); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	copied := filepath.Join(t.TempDir(), FileName)
	if err := in.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := in.Backup(t.Context(), copied); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	again := filled2(t, filepath.Dir(copied))
	if facts, err := again.Facts(1); err != nil || len(facts) != 3 {
		t.Errorf("%d facts, %v", len(facts), err)
	}
	s.mustExec(t, "DELETE FROM executions")
	if n, err := in.Orphans(t.Context()); n != 3 || err != nil {
		t.Errorf("%d orphans, %v", n, err)
	}
}

// Numbers are given out once, also if what had the last ones has been forgotten before a restart.
func TestNumbersOutliveWhatIsForgotten(t *testing.T) {
	dir := t.TempDir()
	s := filled(t, dir)
	x := execution(2, "orders", "b")
	x.Status, x.Expires = wire.ExecutionSucceeded, 5000
	if seq, err := s.Commit([]Write{write(2, x, wire.EventExecutionStarted)}); err != nil || seq != 4 {
		t.Fatal(seq, err)
	}
	if err := s.Forget(5000); err != nil {
		t.Fatal(err)
	}
	s.Close()
	again := filled2(t, dir)
	if info := again.Info(); info.LastSeq != 4 || info.LastKey != 2 {
		t.Errorf("it knows of %+v", info)
	}
	if seq, err := again.Commit([]Write{write(3, execution(3, "orders", "c"), wire.EventExecutionStarted)}); err != nil || seq != 5 {
		t.Errorf("the next one is %d, %v", seq, err)
	}
}
