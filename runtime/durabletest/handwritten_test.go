package durabletest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// What stands between the two marks is the program of docs/without-flow.md.

// begin

// Trip is what the workflow is started with.
type Trip struct {
	City   string   `json:"city"`
	Guests []string `json:"guests"`
}

// NoRoom is a declared error: type, message and data are recorded, and errors.As finds it
// after any number of replays.
type NoRoom struct {
	City string `json:"city"`
}

func (e *NoRoom) Error() string     { return "no room in " + e.City }
func (e *NoRoom) ErrorType() string { return "NoRoom" }

// Agency is what the workflow does to the world. What may run twice takes a key.
type Agency struct{ Booked, Cancelled atomic.Int32 }

func (a *Agency) Book(ctx context.Context, city string) (string, error) {
	if city == "Atlantis" {
		return "", &NoRoom{City: city}
	}
	a.Booked.Add(1)
	return "hotel-" + city, nil // a real one hands durable.IdempotencyKey(ctx) on
}

func (a *Agency) Cancel(ctx context.Context, hotel string) error {
	a.Cancelled.Add(1)
	return nil
}

func (a *Agency) Ask(ctx context.Context, callbackID string) error { return nil }

func (a *Agency) Invite(ctx context.Context, guest string) (string, error) {
	return "invited " + guest, nil
}

// A step that carries an undo says so.
var bookHotel = &durable.StepSpec{Name: "book", Undoable: true, Fails: []string{"NoRoom"}, Timeout: 20 * time.Second}

// Book books a hotel, lets a person confirm within a day and invites the guests.
func Book(agency *Agency) *durable.Function {
	def := durable.Definition{Name: "book", Timeout: 7 * 24 * time.Hour, Errors: durable.Errors(&NoRoom{})}
	return durable.Workflow(def, func(ctx *durable.Context, trip Trip) (string, error) {
		hotel, err := durable.Step(ctx, bookHotel, func(ctx context.Context) (string, error) {
			return agency.Book(ctx, trip.City)
		})
		var full *NoRoom
		if errors.As(err, &full) {
			return "stay at home: " + full.City + " is full", nil
		}
		if err != nil {
			return "", err // also what only says that the workflow can't go on now
		}
		durable.Undo(ctx, &durable.UndoSpec{Of: "book"}, func(ctx *durable.Context) error {
			return durable.Do(ctx, durable.Named("cancel"), func(ctx context.Context) error {
				return agency.Cancel(ctx, hotel)
			})
		})

		confirm := &durable.CallbackSpec{Name: "confirm", Timeout: 24 * time.Hour}
		confirmed, err := durable.WaitForCallback[bool](ctx, confirm, agency.Ask)
		if err != nil {
			return "", err // the hotel is cancelled
		}
		if !confirmed {
			return "", errors.New("not confirmed")
		}

		invited, err := durable.Map(ctx, &durable.BatchSpec{Name: "guests", MaxConcurrency: new(5)}, trip.Guests,
			func(ctx *durable.Context, _ int, guest string) (string, error) {
				return durable.Step(ctx, durable.Named("invite"), func(ctx context.Context) (string, error) {
					return agency.Invite(ctx, guest)
				})
			})
		if err != nil {
			return "", err
		}
		for day := range 2 {
			// Each turn of a loop has operations of its own.
			if err := durable.Wait(ctx.Turn(day), nil, 24*time.Hour); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("%s, %s", hotel, strings.Join(invited, ", ")), nil
	})
}

// end

func TestHandWrittenWorkflow(t *testing.T) {
	for _, test := range []struct {
		city              string
		answer            durabletest.Answer
		want, fails       string
		booked, cancelled int32
	}{
		{"Rome", durabletest.Succeed(true), "hotel-Rome, invited Ada, invited Bob", "", 1, 0},
		{"Rome", durabletest.Succeed(false), "", "Error", 1, 1},
		{"Rome", durabletest.Silence(), "", "Timeout", 1, 1},
		{"Rome", durabletest.Succeed(nil), "", "Unexpected", 1, 1},
		{"Atlantis", durabletest.Silence(), "stay at home: Atlantis is full", "", 0, 0},
	} {
		var agency *Agency
		durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
			agency = &Agency{}
			return durabletest.New(t, Book(agency)).Answer("confirm", test.answer)
		}, Trip{City: test.city, Guests: []string{"Ada", "Bob"}}, func(t testing.TB, run *durabletest.Run) {
			var got string
			if test.fails != "" {
				run.MustFail(test.fails, nil)
			} else if run.MustSucceed(&got); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if agency.Booked.Load() < test.booked || agency.Cancelled.Load() < test.cancelled || test.cancelled == 0 && agency.Cancelled.Load() > 0 {
				t.Errorf("%d booked, %d cancelled", agency.Booked.Load(), agency.Cancelled.Load())
			}
		})
	}
}

// The page shows this program, and no other.
func TestPageShowsTheProgram(t *testing.T) {
	source, err := os.ReadFile("handwritten_test.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/without-flow.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(source), "// begin\n")
	program, _, _ := strings.Cut(rest, "// end\n")
	if !strings.Contains(string(page), strings.TrimSpace(program)) {
		t.Error("docs/without-flow.md does not show the program of handwritten_test.go: copy what stands between the marks")
	}
}

// TestEveryBoundaryOfWhatIsConcurrent: operations that run at once share checkpoints as it
// comes, another time otherwise. The process is killed in every run but the first all the same.
func TestEveryBoundaryOfWhatIsConcurrent(t *testing.T) {
	runs, killed := 0, 0
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		return durabletest.New(t, Book(new(Agency))).Answer("confirm", durabletest.Succeed(true))
	}, Trip{City: "Rome", Guests: strings.Fields("a b c d e f g h")}, func(t testing.TB, run *durabletest.Run) {
		if runs++; run.Killed() {
			killed++
		}
	})
	if runs < 20 || killed != runs-1 {
		t.Errorf("%d of %d runs were killed", killed, runs)
	}
}

func TestSource(t *testing.T) {
	renamed := Book(new(Agency)).With(func(def *durable.Definition) { def.Name = "other" })
	pkg, name := renamed.Source()
	if pkg != "github.com/durablegen/durablegen/runtime/durabletest_test" || name != "book" {
		t.Errorf("it comes from %s, %s", pkg, name)
	}
}
