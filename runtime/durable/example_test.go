package durable_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// CardDeclined is a declared error: it comes back from the record as itself.
type CardDeclined struct {
	Reason string `json:"reason"`
}

func (e *CardDeclined) Error() string     { return "card declined: " + e.Reason }
func (e *CardDeclined) ErrorType() string { return "CardDeclined" }

type Order struct {
	ID    string   `json:"id"`
	Items []string `json:"items"`
}

func charge(ctx context.Context, order Order) (string, error) {
	// The provider takes the money once for every key, however often it is asked.
	return "payment-" + durable.IdempotencyKey(ctx), nil
}

func refund(ctx context.Context, payment string) error { return nil }

func ask(ctx context.Context, order Order, callbackID string) error { return nil }

var (
	chargeStep = &durable.StepSpec{
		Name: "charge", Fails: []string{"CardDeclined"}, Undoable: true, Timeout: 20 * time.Second,
		Retry: &durable.RetryPolicy{Attempts: 5, Every: time.Second, Max: 30 * time.Second},
	}
	chargeUndo = &durable.UndoSpec{Of: "charge"}
	refundStep = &durable.StepSpec{Name: "refund"}
	askSpec    = &durable.CallbackSpec{Name: "askRestaurant", Timeout: 10 * time.Minute}
	labels     = &durable.BatchSpec{Name: "labels", MaxConcurrency: new(10)}
	labelStep  = &durable.StepSpec{Name: "printLabel"}
)

// A workflow is ordinary Go: what fails is an error, and what can't go on now is one
// that is handed upward.
func Example() {
	fulfil := durable.Workflow(durable.Definition{
		Name:    "fulfilOrder",
		Timeout: 48 * time.Hour,
		Errors:  durable.Errors(&CardDeclined{}),
	}, func(ctx *durable.Context, order Order) (string, error) {
		payment, err := durable.Step(ctx, chargeStep, func(ctx context.Context) (string, error) {
			return charge(ctx, order)
		})
		if err != nil {
			return "", err
		}
		durable.Undo(ctx, chargeUndo, func(ctx *durable.Context) error {
			return durable.Do(ctx, refundStep, func(ctx context.Context) error { return refund(ctx, payment) })
		})

		minutes, err := durable.WaitForCallback[int](ctx, askSpec, func(ctx context.Context, callbackID string) error {
			return ask(ctx, order, callbackID)
		})
		var silent *durable.TimeoutError
		if durable.Catchable(err) && errors.As(err, &silent) {
			minutes, err = 30, nil
		}
		if err != nil {
			return "", err // the charge is undone, unless this only says "not now"
		}

		printed, err := durable.Map(ctx, labels, order.Items, func(ctx *durable.Context, i int, item string) (string, error) {
			return durable.Step(ctx, labelStep, func(context.Context) (string, error) { return "label of " + item, nil })
		})
		if err != nil {
			return "", err
		}
		if err := durable.Wait(ctx, &durable.WaitSpec{}, time.Duration(minutes)*time.Minute); err != nil {
			return "", err
		}
		ctx.Logger().Info("delivered", "labels", len(printed))
		return payment, nil
	})
	fmt.Println(fulfil.Definition().Name)
	// In a Lambda bootstrap: durable.Start(fulfil)

	// Output: fulfilOrder
}

// The turns of a loop have identities of their own.
func ExampleContext_Turn() {
	check := &durable.StepSpec{Name: "check"}
	_ = durable.Workflow(durable.Definition{Name: "checks"}, func(ctx *durable.Context, n int) (int, error) {
		total := 0
		for i := range n {
			v, err := durable.Step(ctx.Turn(i), check, func(context.Context) (int, error) { return i, nil })
			if err != nil {
				return 0, err
			}
			total += v
		}
		return total, nil
	})
	// Output:
}

// A select takes what settles first, and records it.
func ExampleSelect() {
	_ = durable.Workflow(durable.Definition{Name: "approval"}, func(ctx *durable.Context, _ any) (string, error) {
		approval, err := durable.CreateCallback[bool](ctx, &durable.CallbackSpec{Name: "approval"})
		if err != nil {
			return "", err
		}
		// ... a step hands approval.ID() to a person ...
		var approved bool
		won, err := durable.Select(ctx, &durable.ContextSpec{},
			durable.Case("approval", func(ctx *durable.Context) (bool, error) { return approval.Await(ctx) }, &approved),
			durable.Case("day", func(ctx *durable.Context) (struct{}, error) {
				return struct{}{}, durable.Wait(ctx, &durable.WaitSpec{}, 24*time.Hour)
			}, nil))
		switch {
		case err != nil:
			return "", err
		case won == "day":
			return "too late", nil
		case approved:
			return "approved", nil
		}
		return "refused", nil
	})
	// Output:
}
