package onboarding

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// world is a desk and its customer, who does nothing unless a test says so.
type world struct {
	*durabletest.Env
	desk *Desk
}

func newWorld(t testing.TB) *world {
	desk := NewDesk(filepath.Join(t.TempDir(), "onboarding.db"), "https://shop.example")
	t.Cleanup(func() { desk.store.Close() })
	env := durabletest.New(t, Workflows(desk)[0])
	env.Answer("confirm", durabletest.Silence())
	env.Answer("personalCall", durabletest.Silence())
	return &world{Env: env, desk: desk}
}

var grace = SignUp{Email: "grace@example.com", Name: "Grace"}

func (w *world) text(t testing.TB, query string) string {
	t.Helper()
	var text string
	if err := w.desk.store.Row(context.Background(), []any{&text}, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

const (
	state = `SELECT state FROM accounts`
	mails = `SELECT count(*) FROM mails`
)

func TestOutcomes(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		answer       string
		with         durabletest.Answer
		want         Result
		state, mails string
	}{
		"at once":        {"confirm", durabletest.Succeed(nil), Result{Outcome: OutcomeConfirmed}, "active", "2"},
		"reminded twice": {"confirm", durabletest.Succeed(nil).After(5 * day), Result{Outcome: OutcomeConfirmed, Reminders: 2}, "active", "4"},
		"called":         {"personalCall", durabletest.Succeed(true).After(day), Result{Outcome: OutcomeCalledAndKept, Reminders: 3}, "active", "4"},
		"not wanted":     {"personalCall", durabletest.Succeed(false).After(day), Result{Outcome: OutcomeExpired, Reminders: 3}, "expired", "5"},
		"never":          {"confirm", durabletest.Silence(), Result{Outcome: OutcomeExpired, Reminders: 3}, "expired", "5"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Answer(test.answer, test.with)
			var got Result
			run := w.Run(grace)
			run.MustSucceed(&got)
			test.want.Account = "acc-0001"
			if got != test.want {
				t.Errorf("got %+v, want %+v\n%s", got, test.want, run.History())
			}
			if s := w.text(t, state); s != test.state {
				t.Errorf("the account is %s, want %s", s, test.state)
			}
			if n := w.text(t, mails); n != test.mails {
				t.Errorf("%s mails, want %s", n, test.mails)
			}
		})
	}
}

func TestAddressTaken(t *testing.T) {
	w := newWorld(t)
	w.Run(grace).MustSucceed(nil)
	var taken AddressTakenError
	w.Run(grace).MustFail("AddressTaken", &taken)
	if taken.Email != grace.Email {
		t.Errorf("the error names %q", taken.Email)
	}
}

func TestCrashes(t *testing.T) {
	var w *world
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		w = newWorld(t)
		return w.Answer("confirm", durabletest.Succeed(nil).After(30*time.Hour))
	}, grace, func(t testing.TB, _ *durabletest.Run) {
		if s, n := w.text(t, state), w.text(t, mails); s != "active" || n != "3" {
			t.Errorf("the account is %s after %s mails", s, n)
		}
	})
}
