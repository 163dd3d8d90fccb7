package parcel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// Office does the steps. Each run of one is a line in the file `journal` of the
// working folder, so that a test can count them.
type Office struct{}

var _ Steps = (*Office)(nil)

func NewOffice() *Office { return &Office{} }

// did writes a line and takes a moment, for kills to hit.
func (o *Office) did(format string, args ...any) error {
	f, err := os.OpenFile("journal", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, format+"\n", args...)
	time.Sleep(3 * time.Millisecond)
	return err
}

func (o *Office) Register(ctx context.Context, parcel Parcel) (string, error) {
	return "p-" + parcel.ID, o.did("register")
}

func (o *Office) Pay(ctx context.Context, parcel Parcel) (string, error) {
	return "paid", o.did("pay")
}

func (o *Office) FindPayment(ctx context.Context, parcel Parcel) (string, error) {
	text, err := os.ReadFile("journal")
	if err != nil || !strings.Contains(string(text), "pay\n") {
		return "owed", o.did("findPayment")
	}
	return "paid", o.did("findPayment")
}

func (o *Office) Weigh(ctx context.Context, weight int) (int, error) {
	if weight > 1000 {
		return 0, &TooHeavyError{Weight: weight}
	}
	return weight, o.did("weigh %d", weight)
}

func (o *Office) Progress(ctx context.Context, id string) (int, error) {
	if err := o.did("progress"); err != nil {
		return 0, err
	}
	text, err := os.ReadFile("journal")
	return min(strings.Count(string(text), "progress\n"), 3), err
}

func (o *Office) Tell(ctx context.Context, text string) error { return o.did("tell %s", text) }

func (o *Office) AskCarrier(ctx context.Context, callbackID string, parcel Parcel) error {
	if err := o.did("askCarrier"); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"callback": callbackID, "parcel": parcel})
	if err != nil {
		return err
	}
	response, err := http.Post(os.Getenv("CARRIER_URL"), "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (o *Office) Confirm(ctx context.Context, callbackID, id string) error { return o.did("confirm") }
