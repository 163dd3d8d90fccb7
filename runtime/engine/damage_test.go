package engine

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// spoil changes a store behind its back.
func spoil(t *testing.T, dir, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// An execution whose record is damaged does not go on, and says why; the others do.
func TestDamagedExecutionIsSetAside(t *testing.T) {
	for _, damage := range []string{
		"UPDATE log SET facts = replace(facts, 'CallbackStarted', 'CallbackSpoiled') WHERE execution = 2",
		"UPDATE log SET facts = replace(facts, 'CallbackStarted', 'CallbackSpoiled'), sum = NULL WHERE execution = 2",
		"UPDATE log SET facts = 'x' WHERE execution = 2",
		"DELETE FROM log WHERE execution = 2",
		"DELETE FROM log WHERE execution = 2 AND event = 1",
		"UPDATE executions SET input = x'00' WHERE key = 2",
	} {
		dir := t.TempDir()
		e := newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch)}, map[string]script{"orders": approval})
		var arns, callbacks []string
		for i := range 3 {
			arns = append(arns, start(t, e, StartInput{Function: "orders", Name: fmt.Sprintf("order-%d", i+1)}))
			e.Idle(t.Context())
			open, err := e.OpenCallbacks(t.Context(), arns[i])
			if err != nil || len(open) != 1 {
				t.Fatal(open, err)
			}
			callbacks = append(callbacks, open[0].CallbackID)
		}
		e.Close()
		spoil(t, dir, damage)

		var log bytes.Buffer
		e = newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch), Logger: slog.New(slog.NewTextHandler(&log, nil))}, map[string]script{"orders": approval})
		for _, i := range []int{0, 2} {
			if err := e.CallbackSucceed(t.Context(), callbacks[i], str("1")); err != nil {
				t.Fatal(err)
			}
			if x := wait(t, e, arns[i]); x.Status != wire.ExecutionSucceeded {
				t.Errorf("%s: %s", damage, toJSON(x))
			}
		}
		if page, err := e.ListExecutions(t.Context(), ExecutionFilter{}); err != nil || len(page.Executions) != 3 {
			t.Errorf("%s: %s, %v", damage, toJSON(page), err)
		}
		if a, err := e.Activity(t.Context(), arns[1]); err == nil && !strings.HasPrefix(a.String(), "is set aside (") {
			t.Errorf("%s: activity %q", damage, a)
		}
		for what, err := range map[string]error{
			"get":    func() error { _, err := e.Execution(t.Context(), arns[1], true); return err }(),
			"stop":   func() error { _, err := e.Stop(t.Context(), arns[1], nil); return err }(),
			"answer": e.CallbackSucceed(t.Context(), callbacks[1], nil),
		} {
			if api, ok := err.(*wire.APIError); !ok || api.HTTPStatus != 500 || !strings.Contains(api.Message, "The record of execution order-2 is damaged: ") {
				t.Errorf("%s: %s gave %v", damage, what, err)
			}
		}
		e.Close()
		if n := strings.Count(log.String(), "an execution is set aside"); n != 1 || !strings.Contains(log.String(), "order-2") {
			t.Errorf("%s: it is said %d times\n%s", damage, n, log.String())
		}
		report, err := CheckStore(t.Context(), dir)
		if err != nil || len(report.Problems) == 0 || !strings.Contains(fmt.Sprint(report.Problems), "orders/order-2") {
			t.Errorf("%s: %+v, %v", damage, report, err)
		}
	}
}

// Events of before that can't be read don't end a subscription.
func TestSubscriptionPassesOverDamage(t *testing.T) {
	dir := t.TempDir()
	s := map[string]script{"orders": func(*run) (wire.InvocationOutput, error) { return succeeded("1"), nil }}
	e := newEngine(t, Options{Dir: dir}, s)
	for range 3 {
		wait(t, e, start(t, e, StartInput{Function: "orders"}))
	}
	e.Close()
	spoil(t, dir, "UPDATE log SET facts = 'x' WHERE execution = 2")
	e = newEngine(t, Options{Dir: dir}, s)
	sub, err := e.Subscribe(SubscribeOptions{After: new(uint64)})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	ends := 0
	for ends < 2 {
		events, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range events {
			if ev.History != nil && ev.History.EventType == wire.EventExecutionSucceeded {
				ends++
			}
		}
	}
}

// An execution that has ended is found damaged by whoever looks at it: it is named, and what helps.
func TestDamageOfWhatHasEnded(t *testing.T) {
	dir := t.TempDir()
	s := map[string]script{"orders": func(*run) (wire.InvocationOutput, error) { return succeeded("1"), nil }}
	e := newEngine(t, Options{Dir: dir}, s)
	var arns []string
	for i := range 3 {
		arns = append(arns, start(t, e, StartInput{Function: "orders", Name: fmt.Sprintf("order-%d", i+1)}))
		wait(t, e, arns[i])
	}
	e.Close()
	spoil(t, dir, "UPDATE log SET facts = replace(facts, 'Completed', 'Spoiled') WHERE execution = 2")
	spoil(t, dir, "UPDATE executions SET status = 'FAILED' WHERE key = 3")
	var log bytes.Buffer
	e = newEngine(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))}, s)
	for what, err := range map[string]error{
		"get":     func() error { _, err := e.Execution(t.Context(), arns[1], true); return err }(),
		"history": func() error { _, err := e.History(t.Context(), arns[1], HistoryQuery{}); return err }(),
		"undo":    func() error { _, err := e.Undo(t.Context(), arns[1]); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), "The record of execution order-2 is damaged: row ") || !strings.Contains(err.Error(), "`durablegen store check` tells more, and the way back is a backup") {
			t.Errorf("%s gave %v", what, err)
		}
	}
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+listPath+"orders/durable-executions", nil))
	if got := w.Header().Get(DamagedHeader); w.Code != http.StatusOK || got != "order-3" {
		t.Errorf("the list, %d, names %q", w.Code, got)
	}
	if log.Len() > 0 {
		t.Errorf("the start says %s", log.String())
	}
}

func TestCheckOfASoundStore(t *testing.T) {
	dir := t.TempDir()
	e := newEngine(t, Options{Dir: dir}, map[string]script{"orders": approval, "quick": func(*run) (wire.InvocationOutput, error) { return succeeded("1"), nil }})
	start(t, e, StartInput{Function: "orders"})
	wait(t, e, start(t, e, StartInput{Function: "quick"}))
	e.Idle(t.Context())
	for _, inUse := range []bool{true, false} {
		if !inUse {
			e.Close()
		}
		report, err := CheckStore(t.Context(), dir)
		if err != nil || len(report.Problems) != 0 || report.Executions != 2 {
			t.Errorf("in use %v: %+v, %v", inUse, report, err)
		}
	}
	spoil(t, dir, "UPDATE executions SET status = 'RUNNING', sum = NULL WHERE function = 'quick'")
	if report, err := CheckStore(t.Context(), dir); err != nil || len(report.Problems) != 1 || !strings.Contains(report.Problems[0].What, "it is listed as RUNNING, and its record says SUCCEEDED") {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := CheckStore(t.Context(), t.TempDir()); err == nil {
		t.Error("no store is in order")
	}
}

// A folder that is removed while the engine runs is told without a request, and what
// could not be kept is not acknowledged.
func TestFolderIsRemoved(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	told := make(chan string, 10)
	e := newEngine(t, Options{Dir: dir, Clock: clock, Logger: slog.New(slog.NewTextHandler(lineWriter(told), &slog.HandlerOptions{Level: slog.LevelError}))}, map[string]script{"orders": approval})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	clock.Advance(tendEvery)
	if s := <-told; !strings.Contains(s, "nothing can be stored: requests are refused") || !strings.Contains(s, "removed or replaced") {
		t.Error(s)
	}
	_, err := e.StartExecution(t.Context(), StartInput{Function: "orders:$LATEST"})
	if api, ok := err.(*wire.APIError); !ok || api.HTTPStatus != 500 || !strings.Contains(api.Message, "removed or replaced") {
		t.Error(err)
	}
}

type lineWriter chan string

func (w lineWriter) Write(b []byte) (int, error) {
	w <- string(b)
	return len(b), nil
}

// A jump of the clock is told with both times; what has expired goes without a start.
func TestTending(t *testing.T) {
	clock := NewManualClock(epoch)
	told := make(chan string, 10)
	e := newEngine(t, Options{Dir: t.TempDir(), Clock: clock, Logger: slog.New(slog.NewTextHandler(lineWriter(told), nil))}, nil)
	e.Register(Function{Name: "orders", RetentionDays: 1, Invoker: DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) {
		return succeeded("1"), nil
	})})
	wait(t, e, start(t, e, StartInput{Function: "orders"}))
	clock.Advance(25 * time.Hour)
	if s := <-told; !strings.Contains(s, "the clock has made a jump") || !strings.Contains(s, "from=2026-01-01T00:00:00") || !strings.Contains(s, "to=2026-01-02T01:00:00") {
		t.Error(s)
	}
	for left := 1; left > 0; {
		list, err := e.store.List(store.Query{})
		if err != nil {
			t.Fatal(err)
		}
		left = len(list)
	}
}
