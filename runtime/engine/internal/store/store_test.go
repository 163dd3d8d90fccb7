package store

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

const base wire.Time = 1_767_225_600_000

// both runs a test on each kind of store.
func both(t *testing.T, f func(t *testing.T, s Store)) {
	t.Run("memory", func(t *testing.T) { f(t, Memory()) })
	t.Run("sqlite", func(t *testing.T) {
		s, err := Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f(t, s)
	})
}

func execution(key int64, function, name string) *Execution {
	return &Execution{
		Key: key, Status: wire.ExecutionRunning, Start: wire.Time(1000 * key), InputHash: [32]byte{byte(key)},
		ARN: core.ARN{Region: "us-east-1", Account: "000000000000", Function: function, Version: "$LATEST", Name: name, ID: fmt.Sprintf("id-%d", key)},
	}
}

func write(key int64, x *Execution, kinds ...core.Kind) Write {
	w := Write{Key: key, Execution: x}
	for i, k := range kinds {
		text := `quoted "text", ünïcode and <html>`
		w.LastEvent = i + 1
		w.Facts = append(w.Facts, core.Fact{Kind: k, Event: i + 1, At: base + wire.Time(1000*key+int64(i)), Op: "op", Payload: &text})
	}
	return w
}

func TestFactsComeBackInOrder(t *testing.T) {
	both(t, func(t *testing.T, s Store) {
		x := execution(1, "orders", "a")
		first, err := s.Commit([]Write{write(1, x, wire.EventExecutionStarted)})
		if err != nil || first != 1 {
			t.Fatalf("first commit got number %d, %v", first, err)
		}
		second, err := s.Commit([]Write{write(1, nil, wire.EventStepStarted, wire.EventStepSucceeded), write(2, execution(2, "orders", "b"), wire.EventExecutionStarted)})
		if err != nil || second != 2 {
			t.Fatalf("second commit got number %d, %v", second, err)
		}
		facts, err := s.Facts(1)
		if err != nil {
			t.Fatal(err)
		}
		want := append(write(1, x, wire.EventExecutionStarted).Facts, write(1, nil, wire.EventStepStarted, wire.EventStepSucceeded).Facts...)
		if !reflect.DeepEqual(facts, want) {
			t.Errorf("facts %v, want %v", facts, want)
		}
		rows, err := s.Rows(1, 10)
		if err != nil || len(rows) != 2 || rows[0].Seq != 2 || rows[0].Execution.Key != 1 || rows[1].Seq != 3 || rows[1].Execution.ARN.Name != "b" {
			t.Errorf("rows %+v, %v", rows, err)
		}
	})
}

func TestEventsInPages(t *testing.T) {
	both(t, func(t *testing.T, s Store) {
		// Rows with several events, with one, and with none.
		event := 0
		for row, n := range []int{1, 3, 0, 2, 0, 1} {
			w := Write{Key: 1}
			if row == 0 {
				w.Execution = execution(1, "orders", "a")
			}
			for range n {
				event++
				w.Facts = append(w.Facts, core.Fact{Kind: wire.EventStepStarted, Event: event, At: base})
			}
			if n == 0 {
				w.Facts = append(w.Facts, core.Fact{Kind: core.FactCallbackHeartbeat, At: base})
			}
			w.LastEvent = event
			if _, err := s.Commit([]Write{w}); err != nil {
				t.Fatal(err)
			}
		}
		for after := range 9 {
			for _, newest := range []bool{false, true} {
				for _, limit := range []int{0, 1, 2, 3} {
					facts, err := s.Events(1, after, newest, limit, 0)
					if err != nil {
						t.Fatal(err)
					}
					want, step := after+1, 1
					if newest {
						want, step = min(after-1, event), -1
					}
					left := event - after
					if newest {
						left = min(max(after-1, 0), event)
					}
					if len(facts) > max(left, 0) || len(facts) < left && (limit == 0 || len(facts) < limit) {
						t.Fatalf("after %d, newest first %v, limit %d: %d events of %d", after, newest, limit, len(facts), left)
					}
					for _, f := range facts {
						if f.Event != want {
							t.Fatalf("after %d, newest first %v, limit %d: event %d instead of %d", after, newest, limit, f.Event, want)
						}
						want += step
					}
				}
			}
		}
	})
}

func TestListing(t *testing.T) {
	both(t, func(t *testing.T, s Store) {
		for i := int64(1); i <= 6; i++ {
			x := execution(i, []string{"orders", "mails"}[i%2], fmt.Sprintf("n%d", i))
			if i == 4 {
				x.Status = wire.ExecutionPaused
			}
			if i > 4 {
				x.Status, x.End, x.Expires = wire.ExecutionFailed, 9000, wire.Time(10000*i)
			}
			if _, err := s.Commit([]Write{write(i, x, wire.EventExecutionStarted)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			q    Query
			want string
		}{
			{Query{}, "6 5 4 3 2 1"},
			{Query{OldestFirst: true, Limit: 2}, "1 2"},
			{Query{OldestFirst: true, Limit: 2, From: 2}, "3 4"},
			{Query{Limit: 2, From: 5}, "4 3"},
			{Query{Function: "orders"}, "6 4 2"},
			{Query{Name: "n3"}, "3"},
			{Query{Version: "7"}, ""},
			{Query{Statuses: []wire.ExecutionStatus{wire.ExecutionFailed, wire.ExecutionStopped}}, "6 5"},
			{Query{After: 2000, Before: 5000}, "4 3"},
			{Query{ExpiresAfter: 50000}, "6 4 3 2 1"},
		} {
			xs, err := s.List(c.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range xs {
				got = append(got, fmt.Sprint(x.Key))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%+v: %v, want %s", c.q, got, c.want)
			}
		}
		running, err := s.Running()
		if err != nil || len(running) != 4 || running[0].Key != 1 {
			t.Errorf("running: %v, %v", running, err)
		}
		x, err := s.ByName("orders", "n2")
		if err != nil || !reflect.DeepEqual(x, execution(2, "orders", "n2")) {
			t.Errorf("by name: %+v, %v", x, err)
		}
		if x, err := s.ByName("orders", "n1"); x != nil || err != nil {
			t.Errorf("another function's execution was found: %+v, %v", x, err)
		}
	})
}

func TestDelete(t *testing.T) {
	both(t, func(t *testing.T, s Store) {
		for key, name := range map[int64]string{1: "a", 2: "b"} {
			if _, err := s.Commit([]Write{write(key, execution(key, "orders", name), wire.EventExecutionStarted)}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := s.Delete(2); err != nil {
				t.Fatal(err)
			}
		}
		gone, err := s.ByName("orders", "b")
		facts, err2 := s.Facts(2)
		if gone != nil || len(facts) != 0 || err != nil || err2 != nil {
			t.Errorf("left: %+v, %v, %v, %v", gone, facts, err, err2)
		}
		if x, err := s.ByName("orders", "a"); x == nil || err != nil {
			t.Errorf("the other one: %+v, %v", x, err)
		}
		if info := s.Info(); info.LastKey != 2 || info.LastSeq != 2 {
			t.Errorf("numbers would be given out twice: %+v", info)
		}
	})
}

func TestForget(t *testing.T) {
	both(t, func(t *testing.T, s Store) {
		x := execution(1, "orders", "a")
		x.Status, x.Expires = wire.ExecutionSucceeded, 5000
		s.Commit([]Write{write(1, x, wire.EventExecutionStarted)})
		s.Commit([]Write{write(2, execution(2, "orders", "b"), wire.EventExecutionStarted)})
		if err := s.Forget(4999); err != nil {
			t.Fatal(err)
		}
		if x, _ := s.ByName("orders", "a"); x == nil {
			t.Fatal("forgotten too early")
		}
		if err := s.Forget(5000); err != nil {
			t.Fatal(err)
		}
		if x, _ := s.ByName("orders", "a"); x != nil {
			t.Error("not forgotten")
		}
		if facts, _ := s.Facts(1); len(facts) != 0 {
			t.Error("its facts are still there")
		}
		if n, err := s.Commit([]Write{write(3, execution(3, "orders", "a"), wire.EventExecutionStarted)}); n != 3 || err != nil {
			t.Errorf("the name isn't free: %d, %v", n, err)
		}
	})
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d", os.Getpid())) {
		t.Errorf("a second opening gave %v", err)
	}
	s.SetOffset(1234)
	if _, err := s.Commit([]Write{write(7, execution(7, "orders", "a"), wire.EventExecutionStarted)}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{FileName, FileName + "-wal", "durablegen.lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit([]Write{write(7, nil, wire.EventStepStarted)}); err == nil {
		t.Error("a closed store took a commit")
	}
	if s, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, want := s.Info(), (Info{LastSeq: 1, LastKey: 7, LastTime: base + 7000, Offset: 1234}); got != want {
		t.Errorf("info %+v, want %+v", got, want)
	}
}

// The last holder of the lock may be a child of a killed process, on its way out.
func TestOpenWaitsForTheLastHolder(t *testing.T) {
	dir := t.TempDir()
	lock, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { lock.Close() })
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte("no database at all, but long enough to look like one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a file that is no database was opened")
	}
	dir = t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.(*sqlite).writer.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("a later schema gave %v", err)
	}
}

func TestConcurrentCommits(t *testing.T) {
	both(t, func(t *testing.T, s Store) {
		const lanes, each = 16, 20
		seen := make([]bool, lanes*each+1)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for lane := int64(1); lane <= lanes; lane++ {
			wg.Go(func() {
				for i := range each {
					var x *Execution
					if i == 0 {
						x = execution(lane, "orders", fmt.Sprint(lane))
					}
					n, err := s.Commit([]Write{write(lane, x, wire.EventStepStarted)})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if seen[n] {
						t.Errorf("number %d was given out twice", n)
					}
					seen[n] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for n, ok := range seen[1:] {
			if !ok {
				t.Errorf("number %d was not given out", n+1)
			}
		}
	})
}

// One bad write must not spoil those that are committed with it.
func TestBadWriteAlone(t *testing.T) {
	st, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	s := st.(*sqlite)
	good := &job{writes: []Write{write(1, execution(1, "orders", "a"), wire.EventExecutionStarted)}, facts: []rowText{textOf([]byte("[]"))}}
	bad := &job{writes: []Write{write(2, execution(2, "orders", "a"), wire.EventExecutionStarted)}, facts: []rowText{textOf([]byte("[]"))}}
	good2 := &job{writes: []Write{write(3, execution(3, "orders", "c"), wire.EventExecutionStarted)}, facts: []rowText{textOf([]byte("[]"))}}
	errs := s.write([]*job{good, bad, good2}, 0, nil)
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Fatalf("errors %v", errs)
	}
	if good.seq != 1 || good2.seq != 2 {
		t.Errorf("numbers %d and %d", good.seq, good2.seq)
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, lanes := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(lanes), func(b *testing.B) {
			s, err := Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for lane := range int64(lanes) {
				if _, err := s.Commit([]Write{write(lane+1, execution(lane+1, "orders", fmt.Sprint(lane)), wire.EventExecutionStarted)}); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			var wg sync.WaitGroup
			for lane := range int64(lanes) {
				wg.Go(func() {
					for range b.N/lanes + 1 {
						if _, err := s.Commit([]Write{write(lane+1, nil, wire.EventStepStarted, wire.EventStepSucceeded)}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}
