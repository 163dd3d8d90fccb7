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
	calls = `SELECT count(*) FROM calls`
)

func TestOutcomes(t *testing.T) {
	const day = 24 * time.Hour
	said := func(wishes ...Wish) (answers []durabletest.Answer) {
		for _, w := range wishes {
			answers = append(answers, durabletest.Succeed(w).After(day))
		}
		return append(answers, durabletest.Silence())
	}
	link := func(after time.Duration) durabletest.Answer { return durabletest.Succeed(nil).After(after) }
	for name, test := range map[string]struct {
		link      durabletest.Answer
		said      []durabletest.Answer
		outcome   Outcome
		reminders int
		state     string
		mails     string
		calls     string
	}{
		"at once":               {link(0), said(), OutcomeConfirmed, 0, "active", "2", "0"},
		"reminded twice":        {link(5 * day), said(), OutcomeConfirmed, 2, "active", "4", "0"},
		"called":                {durabletest.Silence(), said(WishKeep), OutcomeCalledAndKept, 3, "active", "5", "1"},
		"called twice":          {durabletest.Silence(), said(WishLater, WishKeep), OutcomeCalledAndKept, 3, "active", "5", "2"},
		"not wanted":            {durabletest.Silence(), said(WishDrop), OutcomeExpired, 3, "expired", "5", "1"},
		"put off":               {durabletest.Silence(), said(WishLater, WishLater, WishLater), OutcomeExpired, 3, "expired", "5", "3"},
		"not at home, the link": {link(13 * day), said(), OutcomeConfirmed, 3, "active", "5", "1"},
		"put off, the link":     {link(12 * day), said(WishLater), OutcomeConfirmed, 3, "active", "5", "2"},
		"never":                 {durabletest.Silence(), said(), OutcomeExpired, 3, "expired", "5", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Answer("confirm", test.link)
			w.Answer("personalCall", test.said...)
			var got Result
			run := w.Run(grace)
			run.MustSucceed(&got)
			if want := (Result{Account: "acc-0001", Outcome: test.outcome, Reminders: test.reminders}); got != want {
				t.Errorf("got %+v, want %+v\n%s", got, want, run.History())
			}
			if s, n, c := w.text(t, state), w.text(t, mails), w.text(t, calls); s != test.state || n != test.mails || c != test.calls {
				t.Errorf("the account is %s after %s mails and %s calls, want %s after %s and %s", s, n, c, test.state, test.mails, test.calls)
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

// TestCrashes kills the process at every checkpoint of the longest way.
func TestCrashes(t *testing.T) {
	var w *world
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		w = newWorld(t)
		return w.Answer("personalCall", durabletest.Succeed(WishLater).After(time.Hour), durabletest.Succeed(WishKeep).After(time.Hour))
	}, grace, func(t testing.TB, _ *durabletest.Run) {
		if s, n, c := w.text(t, state), w.text(t, mails), w.text(t, calls); s != "active" || n != "5" || c != "2" {
			t.Errorf("the account is %s after %s mails and %s calls", s, n, c)
		}
		if n := w.text(t, `SELECT count(*) FROM accounts`); n != "1" {
			t.Errorf("%s accounts", n)
		}
		if n := w.text(t, `SELECT count(DISTINCT link) FROM mails WHERE link <> ''`); n != "1" {
			t.Errorf("%s different links", n)
		}
	})
}
