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
	b := bank.New(filepath.Join(t.TempDir(), "bank.db"))
	b.Unavailable = 1
	server := httptest.NewServer(b)
	ledger := NewLedger(filepath.Join(t.TempDir(), "payment.db"), server.URL)
	t.Cleanup(func() {
		server.Close()
		b.Close()
		ledger.store.Close()
	})
	env := durabletest.New(t, Workflows(ledger)[0])
	env.Answer("changeCard", durabletest.Silence())
	return &world{Env: env, ledger: ledger, bank: b}
}

const (
	goodCard = "4242-4242-4242-4242"
	poorCard = "4000-0000-0000-0002"
)

func invoice(id, card string) Invoice {
	return Invoice{ID: id, Customer: "ada@example.com", Cents: 4900, Card: card, Due: time.Date(2025, 6, 2, 8, 0, 0, 0, time.UTC)}
}

// balances is what the ledger says, in cents.
type balances struct{ receivable, bank, losses, revenue int }

// check requires these balances, which add up to zero, and as much money at the bank
// as the ledger says.
func (w *world) check(t testing.TB, want balances) {
	t.Helper()
	balance := func(account string) (cents int) {
		if err := w.ledger.store.Row(context.Background(), []any{&cents}, `SELECT ifnull(sum(cents), 0) FROM entries WHERE account = ?`, account); err != nil {
			t.Fatal(err)
		}
		return cents
	}
	got := balances{balance("receivable"), balance("bank"), balance("losses"), balance("revenue")}
	if got != want {
		t.Errorf("the ledger says %+v, want %+v", got, want)
	}
	if all := got.receivable + got.bank + got.losses + got.revenue; all != 0 {
		t.Errorf("the ledger is off by %d cents", all)
	}
	if _, cents, err := w.bank.Payments(context.Background()); cents != got.bank || err != nil {
		t.Errorf("the bank has %d cents, %v", cents, err)
	}
}

var (
	paid       = balances{bank: 4900, revenue: -4900}
	writtenOff = balances{losses: 4900, revenue: -4900}
	owed       = balances{receivable: 4900, revenue: -4900}
)

func TestOutcomes(t *testing.T) {
	const day = 24 * time.Hour
	silence, good := durabletest.Silence(), durabletest.Succeed(goodCard)
	for name, test := range map[string]struct {
		card     string
		changes  []durabletest.Answer
		outcome  Outcome
		refusals int
		balances balances
	}{
		"paid":                  {goodCard, nil, OutcomePaid, 0, paid},
		"card changed":          {poorCard, []durabletest.Answer{good.After(day)}, OutcomePaid, 1, paid},
		"card changed late":     {poorCard, []durabletest.Answer{silence, silence, good.After(12 * day)}, OutcomePaid, 3, paid},
		"too late for the link": {poorCard, []durabletest.Answer{good.After(4 * day), silence}, OutcomeWrittenOff, 4, writtenOff},
		"changed for a worse":   {poorCard, []durabletest.Answer{durabletest.Succeed(poorCard)}, OutcomeWrittenOff, 4, writtenOff},
		"never paid":            {poorCard, []durabletest.Answer{silence}, OutcomeWrittenOff, 4, writtenOff},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if test.changes != nil {
				w.Answer("changeCard", test.changes...)
			}
			var got Result
			run := w.Run(invoice("inv-1", test.card))
			run.MustSucceed(&got)
			if got.Outcome != test.outcome || got.Refusals != test.refusals {
				t.Errorf("%s after %d refusals, want %s after %d\n%s", got.Outcome, got.Refusals, test.outcome, test.refusals, run.History())
			}
			w.check(t, test.balances)
		})
	}
}

// TestUnavailable keeps the bank out of reach for some attempts, for all of a charge,
// and for good.
func TestUnavailable(t *testing.T) {
	for name, test := range map[string]struct {
		requests int
		outcome  Outcome
		balances balances
	}{
		"a while":  {6, OutcomePaid, paid},
		"an hour":  {12, OutcomePaid, paid},
		"for good": {1000, OutcomeOpen, owed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.bank.Unavailable = test.requests
			var got Result
			w.Run(invoice("inv-1", goodCard)).MustSucceed(&got)
			if got.Outcome != test.outcome || got.Refusals != 0 {
				t.Errorf("got %+v", got)
			}
			w.check(t, test.balances)
		})
	}
}

// TestBroken loses the bank's answer to a payment that was made.
func TestBroken(t *testing.T) {
	w := newWorld(t)
	w.bank.Breaks = true
	w.Run(invoice("inv-1", goodCard)).MustSucceed(nil)
	w.check(t, paid)
}

// TestTwice collects an invoice twice, and another one.
func TestTwice(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"inv-1", "inv-1", "inv-2"} {
		w.Run(invoice(id, goodCard)).MustSucceed(nil)
	}
	w.check(t, balances{bank: 9800, revenue: -9800})
	if n, _, err := w.bank.Payments(context.Background()); n != 2 || err != nil {
		t.Errorf("%d payments, %v", n, err)
	}
}

// TestGivenBack lets the ledger refuse the payment.
func TestGivenBack(t *testing.T) {
	w := newWorld(t)
	err := w.ledger.store.Exec(context.Background(), `CREATE TRIGGER closed BEFORE INSERT ON entries
		WHEN NEW.account = 'bank' BEGIN SELECT raise(ABORT, 'the books are closed'); END`)
	if err != nil {
		t.Fatal(err)
	}
	w.Run(invoice("inv-1", goodCard)).MustFail("Error", nil)
	w.check(t, owed)
}

func TestCrashes(t *testing.T) {
	var w *world
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		w = newWorld(t)
		return w.Answer("changeCard", durabletest.Silence(), durabletest.Succeed(goodCard).After(time.Hour))
	}, invoice("inv-1", poorCard), func(t testing.TB, _ *durabletest.Run) {
		w.check(t, paid)
		mails, err := w.ledger.store.Strings(context.Background(), `SELECT text FROM mails ORDER BY text`)
		if len(mails) != 3 || err != nil {
			t.Errorf("mails %q, %v", mails, err)
		}
	})
}
