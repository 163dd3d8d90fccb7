package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

type CardDeclined struct {
	Reason string `json:"reason"`
}

func (e *CardDeclined) Error() string     { return "card declined: " + e.Reason }
func (e *CardDeclined) ErrorType() string { return "CardDeclined" }

type Silent struct{}

func (e *Silent) Error() string     { return "restaurant silent" }
func (e *Silent) ErrorType() string { return "Silent" }

var testErrors = Errors(&CardDeclined{}, &Silent{})

// effects counts what steps did.
type effects struct {
	mu    sync.Mutex
	count map[string]int
}

func (e *effects) add(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.count == nil {
		e.count = map[string]int{}
	}
	e.count[name]++
}

func (e *effects) get(name string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.count[name]
}

type order struct {
	ID    string   `json:"id"`
	Card  string   `json:"card"`
	Items []string `json:"items"`
}

type reply struct {
	Accepted bool `json:"accepted"`
	Minutes  int  `json:"minutes"`
}

// foodOrder is the language's own example, by hand.
func foodOrder(e *effects) *Function {
	step := func(name string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			e.add(name)
			return name + "!", nil
		}
	}
	ten := 10
	return Workflow(Definition{Name: "fulfilOrder", LogHandler: slog.DiscardHandler, Errors: testErrors}, func(ctx *Context, in order) (string, error) {
		saved, err := Step(ctx, &StepSpec{Name: "saveOrder"}, func(context.Context) (string, error) {
			e.add("saveOrder")
			return in.ID, nil
		})
		if err != nil {
			return "", err
		}
		payment, err := Step(ctx, &StepSpec{Name: "charge", Undoable: true, Fails: []string{"CardDeclined"}, Retry: &RetryPolicy{Attempts: 5, Every: time.Second}}, func(c context.Context) (string, error) {
			e.add("charge")
			if in.Card == "bad" {
				return "", fmt.Errorf("charging: %w", &CardDeclined{"no money"})
			}
			if in.Card == "flaky" && Attempt(c) < 3 {
				return "", errors.New("timeout")
			}
			return "pay-" + in.ID, nil
		})
		if err != nil {
			return "", err
		}
		Undo(ctx, &UndoSpec{Of: "charge"}, func(ctx *Context) error {
			return Do(ctx, &StepSpec{Name: "refund"}, func(context.Context) error {
				e.add("refund " + payment)
				return nil
			})
		})
		answer, err := WaitForCallback[reply](ctx, &CallbackSpec{Name: "askRestaurant", Timeout: 10 * time.Minute}, func(c context.Context, id string) error {
			e.add("ask " + id)
			return nil
		})
		if err != nil {
			var timeout *TimeoutError
			if Catchable(err) && errors.As(err, &timeout) {
				return "", &Silent{}
			}
			return "", err
		}
		var labels []string
		var courier string
		err = Parallel(ctx, &BatchSpec{},
			Branch("labels", func(ctx *Context) ([]string, error) {
				return Map(ctx, &BatchSpec{MaxConcurrency: &ten}, in.Items, func(ctx *Context, i int, item string) (string, error) {
					return Step(ctx, &StepSpec{Name: "printLabel"}, step("print "+item))
				})
			}, &labels),
			Branch("courier", func(ctx *Context) (string, error) {
				return Step(ctx, &StepSpec{Name: "findCourier"}, step("findCourier"))
			}, &courier))
		if err != nil {
			return "", err
		}
		if err := Wait(ctx, &WaitSpec{}, time.Duration(answer.Minutes)*time.Minute); err != nil {
			return "", err
		}
		at, err := WaitForCondition(ctx, &ConditionSpec{Name: "locate", Every: time.Minute, Backoff: 1.5, Max: 10 * time.Minute, AtMost: 60, RetryFailedChecks: true}, 0,
			func(ctx context.Context, previous int) (int, error) {
				e.add("locate")
				return previous + 1, nil
			}, func(n int) (bool, error) { return n == 3, nil })
		if err != nil {
			return "", err
		}
		now, err := Now(ctx, &StepSpec{})
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s %s %v %s %d %v", saved, payment, labels, courier, at, now.Sub(ctx.StartTime()).Truncate(time.Second)), nil
	})
}

func result(t *testing.T, out wire.InvocationOutput) string {
	t.Helper()
	if out.Status != wire.InvocationSucceeded {
		t.Fatalf("status %s, error %+v", out.Status, out.Error)
	}
	return *out.Result
}

const goodOrder = `{"id":"o1","card":"good","items":["soup","bread"]}`

func foodService(t *testing.T, e *effects, input string) *service {
	s := newService(t, foodOrder(e), input)
	s.answers["askRestaurant"] = answered(90*time.Second, `{"accepted":true,"minutes":5}`)
	return s
}

func TestFoodOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &effects{}
		s := foodService(t, e, goodOrder)
		got := result(t, s.run())
		if want := `"o1 pay-o1 [print soup! print bread!] findCourier! 3 9m0s"`; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		for _, name := range []string{"saveOrder", "charge", "ask cb-askRestaurant_c", "print soup", "print bread", "findCourier"} {
			if e.get(name) != 1 {
				t.Errorf("%s ran %d times", name, e.get(name))
			}
		}
		t.Logf("%d calls, %d invocations\n%s", s.calls, s.invocations, s.history())
	})
}

func TestFoodOrderFails(t *testing.T) {
	for _, test := range []struct {
		name, input string
		silent      bool
		errType     string
		refunds     int
	}{
		{"declined", `{"id":"o1","card":"bad","items":[]}`, false, "CardDeclined", 0},
		{"silent", goodOrder, true, "Silent", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &effects{}
				s := foodService(t, e, test.input)
				if test.silent {
					delete(s.answers, "askRestaurant")
				}
				out := s.run()
				if out.Status != wire.InvocationFailed || out.Error.ErrorType != test.errType {
					t.Errorf("got %s %+v", out.Status, out.Error)
				}
				if got := e.get("refund pay-o1"); got != test.refunds {
					t.Errorf("%d refunds, want %d\n%s", got, test.refunds, s.history())
				}
			})
		})
	}
}

// Killed before or after any checkpoint, the food order ends alike.
func TestFoodOrderSurvivesAnyCrash(t *testing.T) {
	for _, silent := range []bool{false, true} {
		var calls int
		var want wire.InvocationOutput
		synctest.Test(t, func(t *testing.T) {
			s := foodService(t, &effects{}, goodOrder)
			if silent {
				delete(s.answers, "askRestaurant")
			}
			want = s.run()
			calls = s.calls
		})
		for k := 1; k <= calls; k++ {
			for _, after := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					e := &effects{}
					s := foodService(t, e, goodOrder)
					if silent {
						delete(s.answers, "askRestaurant")
					}
					s.fault = func(call int, a bool) error {
						if call == k && a == after {
							return errKilled
						}
						return nil
					}
					out := s.run()
					if out.Status != want.Status || out.Error == nil && *out.Result != *want.Result {
						t.Errorf("crash at %d (after %v): %+v %v", k, after, out, out.Result)
					}
					if silent && e.get("refund pay-o1") == 0 {
						t.Errorf("crash at %d: no refund", k)
					}
				})
			}
		}
	}
}
