package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// shaky is a store in memory of which puts and gets may fail, each by what its hook says.
type shaky struct {
	store.Memory
	mu       sync.Mutex
	put, get func(n int) error
	puts     int
	gets     int
	keys     map[string]bool
	alter    bool
}

func (s *shaky) Put(ctx context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts++
	if s.put != nil {
		if err := s.put(s.puts); err != nil {
			return err
		}
	}
	if s.keys == nil {
		s.keys = map[string]bool{}
	}
	s.keys[key] = true
	return s.Memory.Put(ctx, key, value)
}

func (s *shaky) Get(ctx context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets++
	if s.get != nil {
		if err := s.get(s.gets); err != nil {
			return nil, err
		}
	}
	value, err := s.Memory.Get(ctx, key)
	if err == nil && s.alter {
		value[len(value)/2] ^= 1
	}
	return value, err
}

// render is a workflow with a step whose result has so many bytes, which is needed again behind a wait.
func render(to store.Store, bytes int, spec StepSpec, runs *int) *Function {
	spec.Name = "render"
	def := Definition{Name: "test", Store: to, Errors: testErrors, LogHandler: slog.DiscardHandler}
	return Workflow(def, func(ctx *Context, _ any) (string, error) {
		text, err := Step(ctx, &spec, func(context.Context) (string, error) {
			if runs != nil {
				*runs++
			}
			return strings.Repeat("x", bytes), nil
		})
		if err != nil {
			return "", err
		}
		if err := pause(ctx, "pause", time.Hour); err != nil {
			return "", err
		}
		return fmt.Sprint(len(text)), nil
	})
}

func stepRecord(s *service) string {
	for _, op := range s.ops {
		if op.Name == "render" && op.StepDetails != nil {
			return text(op.StepDetails.Result)
		}
	}
	return ""
}

func TestStored(t *testing.T) {
	for _, bytes := range []int{0, 10, maxInline - 2, maxInline - 1, 300 << 10, 3 << 19, 7 << 20} {
		synctest.Test(t, func(t *testing.T) {
			to := &shaky{}
			s := newService(t, render(to, bytes, StepSpec{Stored: true}, nil), "null")
			if out := s.run(); out.Status != wire.InvocationSucceeded || *out.Result != fmt.Sprintf(`"%d"`, bytes) {
				t.Fatalf("%d bytes: %s %+v", bytes, text(out.Result), out.Error)
			}
			record := stepRecord(s)
			inline := bytes+2 <= maxInline
			if key, n, ok := StoredResult(record); ok == inline || ok && (n != bytes+2 || !to.keys[key] || !strings.HasPrefix(key, "f/run-1/exec-1/")) {
				t.Errorf("%d bytes: recorded is %.200s, with %d bytes", bytes, record, n)
			}
			if len(record) > maxInline {
				t.Errorf("%d bytes: %d are recorded", bytes, len(record))
			}
			if inline && to.puts+to.gets > 0 || !inline && (to.puts != 1 || to.gets != 1) {
				t.Errorf("%d bytes: %d puts and %d gets", bytes, to.puts, to.gets)
			}
		})
	}
}

// TestStoredCrash: wherever the process dies, the value is there, and is put in one place.
func TestStoredCrash(t *testing.T) {
	to := &shaky{}
	f := render(to, 300<<10, StepSpec{Stored: true}, nil)
	calls := 0
	for k := 0; k <= calls; k++ {
		for _, after := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, f, "null")
				if k > 0 {
					s.fault = killAt(k, after)
				}
				if out := s.run(); out.Status != wire.InvocationSucceeded || *out.Result != fmt.Sprintf(`"%d"`, 300<<10) {
					t.Fatalf("killed at %d (after %v): %s %+v", k, after, text(out.Result), out.Error)
				}
				if k == 0 {
					calls = s.calls
				}
			})
		}
	}
	if len(to.keys) != 1 || to.puts < 3 {
		t.Errorf("%d puts under %d keys", to.puts, len(to.keys))
	}
}

// TestStoredEdit: what is recorded is read either way.
func TestStoredEdit(t *testing.T) {
	for _, before := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			to := &shaky{}
			runs := 0
			s := newService(t, render(to, 300<<10, StepSpec{Stored: before}, &runs), "null")
			if out, err := s.invoke(); err != nil || out.Status != wire.InvocationPending {
				t.Fatalf("%+v, %v", out, err)
			}
			s.fn = render(to, 300<<10, StepSpec{Stored: !before}, &runs)
			time.Sleep(2 * time.Hour)
			if out := s.run(); out.Status != wire.InvocationSucceeded || *out.Result != fmt.Sprintf(`"%d"`, 300<<10) || runs != 1 {
				t.Errorf("stored %v before: %s %+v after %d runs", before, text(out.Result), out.Error, runs)
			}
		})
	}
}

func TestStoredLost(t *testing.T) {
	for _, tt := range []struct {
		what    string
		to      *shaky
		message string
	}{
		{"missing", &shaky{get: func(int) error { return store.ErrMissing }}, "is gone from the store"},
		{"altered", &shaky{alter: true}, "has been altered"},
	} {
		synctest.Test(t, func(t *testing.T) {
			undone := false
			f := Workflow(Definition{Name: "test", Store: tt.to, LogHandler: slog.DiscardHandler}, func(ctx *Context, _ any) (string, error) {
				spec := &StepSpec{Name: "book", Undoable: true}
				if err := Do(ctx, spec, func(context.Context) error { return nil }); err != nil {
					return "", err
				}
				Undo(ctx, &UndoSpec{Of: "book"}, func(*Context) error {
					undone = true
					return nil
				})
				v, err := Step(ctx, &StepSpec{Name: "render", Stored: true}, func(context.Context) (string, error) { return strings.Repeat("x", 1<<20), nil })
				if err != nil && Catchable(err) {
					return "caught", nil
				}
				if err != nil {
					return "", err
				}
				return v[:1], pause(ctx, "pause", time.Hour)
			})
			s := newService(t, f, "null")
			out := s.run()
			if out.Status != wire.InvocationFailed || out.Error.ErrorType != "StoredValueError" || !strings.Contains(out.Error.ErrorMessage, tt.message) || undone {
				t.Errorf("%s: %s %s %+v", tt.what, out.Status, text(out.Result), out.Error)
			}
		})
	}
}

// TestStoreUnwell: what may pass ends the invocation and not the execution.
func TestStoreUnwell(t *testing.T) {
	once := func(n int) error {
		if n == 1 {
			return errors.New("S3 answers 503 SlowDown")
		}
		return nil
	}
	for _, to := range []*shaky{{put: once}, {get: once}} {
		synctest.Test(t, func(t *testing.T) {
			s := newService(t, render(to, 1<<20, StepSpec{Stored: true}, nil), "null")
			failed := 0
			for {
				out, err := s.invoke()
				if err != nil {
					if failed++; failed > 1 || !strings.Contains(err.Error(), "503 SlowDown") {
						t.Fatal(err)
					}
					continue
				}
				if out.Status == wire.InvocationPending {
					time.Sleep(2 * time.Hour)
					continue
				}
				if out.Status != wire.InvocationSucceeded || failed != 1 {
					t.Errorf("%s %+v after %d failures", out.Status, out.Error, failed)
				}
				return
			}
		})
	}
}

func TestNoStore(t *testing.T) {
	fails := func(f *Function, runs *int, wantRuns int, message string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			t.Helper()
			s := newService(t, f, "null")
			out := s.run()
			if out.Status != wire.InvocationFailed || out.Error.ErrorType != "Unexpected" || !strings.Contains(out.Error.ErrorMessage, message) || *runs != wantRuns {
				t.Errorf("%s %+v after %d runs, want %s", out.Status, out.Error, *runs, message)
			}
		})
	}
	t.Setenv(store.Variable, "")
	var a, b, c, d int
	fails(render(nil, 10, StepSpec{Stored: true}, &a), &a, 0, "its result is stored, and no store is given; set DURABLEGEN_STORE")
	refusing := &shaky{put: func(int) error { return &store.RefusedError{Message: "S3 answers 403 AccessDenied"} }}
	fails(render(refusing, 1<<20, StepSpec{Stored: true}, &b), &b, 1, "the result can't be stored: S3 answers 403 AccessDenied")
	fails(render(nil, 1<<20, StepSpec{}, &c), &c, 1, "a step stores 1048576 at most")
	t.Setenv(store.Variable, "ftp://x")
	fails(render(nil, 10, StepSpec{Stored: true}, &d), &d, 0, `the store "ftp://x" is neither a bucket`)

	f := render(nil, 10, StepSpec{Stored: true}, &a).With(func(def *Definition) { def.Stored = true })
	if err := f.Ready(); err == nil || !strings.Contains(err.Error(), "can't be started: results of its steps are stored, and DURABLEGEN_STORE: the store") {
		t.Errorf("got %v", err)
	}
	t.Setenv(store.Variable, "file:///tmp/x")
	if err := f.Ready(); err != nil {
		t.Error(err)
	}
}

// TestLikeAReference: no value passes for a reference.
func TestLikeAReference(t *testing.T) {
	forged := referenceTo("x", "y")
	for _, stored := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			to := &shaky{}
			f := Workflow(Definition{Name: "test", Store: to, LogHandler: slog.DiscardHandler}, func(ctx *Context, _ any) (map[string]reference, error) {
				v, err := Step(ctx, &StepSpec{Name: "render", Stored: stored}, func(context.Context) (map[string]reference, error) {
					return map[string]reference{"$stored": forged}, nil
				})
				if err != nil {
					return nil, err
				}
				return v, pause(ctx, "pause", time.Hour)
			})
			s := newService(t, f, "null")
			out := s.run()
			switch {
			case stored && (out.Status != wire.InvocationSucceeded || *out.Result != forged.String() || to.puts != 1):
				t.Errorf("%s %s %+v", out.Status, text(out.Result), out.Error)
			case !stored && (out.Status != wire.InvocationFailed || !strings.Contains(out.Error.ErrorMessage, "begins as a reference")):
				t.Errorf("%s %s %+v", out.Status, text(out.Result), out.Error)
			}
		})
	}
}

// TestStoredItems: the items of a map whose sum is large.
func TestStoredItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &shaky{}
		f := Workflow(Definition{Name: "test", Store: to, LogHandler: slog.DiscardHandler}, func(ctx *Context, _ any) (int, error) {
			pages, err := Map(ctx, &BatchSpec{Name: "pages"}, []int{1, 2, 3, 4, 5, 6, 7, 8}, func(ctx *Context, _, n int) (string, error) {
				return Step(ctx, &StepSpec{Name: "render", Stored: true}, func(context.Context) (string, error) { return strings.Repeat("x", n<<18), nil })
			})
			if err != nil {
				return 0, err
			}
			sum := 0
			for _, page := range pages {
				sum += len(page)
			}
			return sum, pause(ctx, "pause", time.Hour)
		})
		s := newService(t, f, "null")
		if out := s.run(); out.Status != wire.InvocationSucceeded || *out.Result != fmt.Sprint(36<<18) {
			t.Errorf("%s %s %+v", out.Status, text(out.Result), out.Error)
		}
	})
}

func FuzzReference(f *testing.F) {
	f.Add(referenceTo("x", "y").String())
	f.Add(`{"$stored":{}}`)
	f.Add(`{"$stored":{"key":"a","bytes":1,"sha256":"b"},"x":1}`)
	f.Add(`{"$stored":`)
	f.Fuzz(func(t *testing.T, text string) {
		if r, ok := referenceIn(text); ok && r.String() != text {
			t.Errorf("%q is read as %v", text, r)
		}
	})
}
