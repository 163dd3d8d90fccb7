package payment

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/durablegen/durablegen/examples/payment/bank"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// world is a ledger and its bank; the customer never changes the card unless a
// test says so.
type world struct {
	*durabletest.Env
	ledger *Ledger
	bank   *bank.Bank
}

func newWorld(t testing.TB) *world {
	b := &bank.Bank{Unavailable: 1}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	ledger := NewLedger(filepath.Join(t.TempDir(), "payment.db"), server.URL)
	t.Cleanup(func() { ledger.store.Close() })
	env := durabletest.New(t, Workflows(ledger)[0])
	env.Answer("changeCard", durabletest.Silence())
	return &world{Env: env, ledger: ledger, bank: b}
}

const (
	goodCard = "4242-4242-4242-4242"
	poorCard = "4000-0000-0000-0002"
)

func invoice(card string) Invoice {
	return Invoice{ID: "inv-1", Customer: "ada@example.com", Cents: 4900, Card: card}
}

// check requires an exactly balanced ledger, with the invoice in one account.
func (w *world) check(t testing.TB, account string) {
	t.Helper()
	balance := func(where string) (cents int) {
		if err := w.ledger.store.Row(context.Background(), []any{&cents}, `SELECT ifnull(sum(cents), 0) FROM entries`+where); err != nil {
			t.Fatal(err)
		}
		return cents
	}
	if all := balance(""); all != 0 {
		t.Errorf("the ledger is off by %d cents", all)
	}
	if open := balance(` WHERE account = 'receivable'`); open != 0 {
		t.Errorf("%d cents are still owed", open)
	}
	if got := balance(` WHERE account = '` + account + `'`); got != 4900 {
		t.Errorf("%d cents in %s", got, account)
	}
	taken := 0
	if account == "bank" {
		taken = 4900
	}
	if w.bank.Taken() != taken {
		t.Errorf("the bank took %d cents, want %d", w.bank.Taken(), taken)
	}
}

func TestOutcomes(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		card     string
		changes  []durabletest.Answer
		outcome  Outcome
		attempts int
		account  string
	}{
		"paid":                {goodCard, nil, OutcomePaid, 1, "bank"},
		"card changed":        {poorCard, []durabletest.Answer{durabletest.Succeed(goodCard).After(day)}, OutcomePaid, 2, "bank"},
		"card changed late":   {poorCard, []durabletest.Answer{durabletest.Silence(), durabletest.Silence(), durabletest.Succeed(goodCard).After(12 * day)}, OutcomePaid, 4, "bank"},
		"changed for a worse": {poorCard, []durabletest.Answer{durabletest.Succeed(poorCard)}, OutcomeWrittenOff, 4, "losses"},
		"never paid":          {poorCard, []durabletest.Answer{durabletest.Silence()}, OutcomeWrittenOff, 4, "losses"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if test.changes != nil {
				w.Answer("changeCard", test.changes...)
			}
			var got Result
			run := w.Run(invoice(test.card))
			run.MustSucceed(&got)
			if got.Outcome != test.outcome || got.Attempts != test.attempts {
				t.Errorf("%s after %d attempts, want %s after %d\n%s", got.Outcome, got.Attempts, test.outcome, test.attempts, run.History())
			}
			w.check(t, test.account)
		})
	}
}

// TestUnavailable keeps the bank out of reach for longer than one attempt.
func TestUnavailable(t *testing.T) {
	w := newWorld(t)
	w.bank.Unavailable = 6
	w.Run(invoice(goodCard)).MustSucceed(nil)
	w.check(t, "bank")
}

func TestCrashes(t *testing.T) {
	var w *world
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		w = newWorld(t)
		return w.Answer("changeCard", durabletest.Silence(), durabletest.Succeed(goodCard).After(time.Hour))
	}, invoice(poorCard), func(t testing.TB, _ *durabletest.Run) { w.check(t, "bank") })
}
