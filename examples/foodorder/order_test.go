package foodorder

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/examples/foodorder/restaurant"
	"github.com/durablegen/durablegen/examples/internal/answering"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// world is a shop, the restaurant that it asks, and everybody else.
type world struct {
	*durabletest.Env
	shop       *Shop
	restaurant *restaurant.Restaurant
	broken     string // path of the restaurant's API that is out of order
}

func fulfilOrderOf(shop Steps) *durable.Function {
	for _, f := range Workflows(shop) {
		if f.Definition().Name == "fulfilOrder" {
			return f
		}
	}
	panic("there is no workflow fulfilOrder")
}

// newWorld makes a world in which all goes well.
func newWorld(t testing.TB) *world {
	var kitchen *restaurant.Restaurant
	w := &world{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == w.broken {
			http.Error(rw, "out of order", http.StatusInternalServerError)
			return
		}
		kitchen.ServeHTTP(rw, r)
	}))
	shop := NewShop(filepath.Join(t.TempDir(), "foodorder.db"), server.URL)
	env := durabletest.New(t, fulfilOrderOf(shop))
	kitchen = restaurant.New(filepath.Join(t.TempDir(), "restaurant.db"), answering.Client(t, env), slog.New(slog.DiscardHandler))
	kitchen.Rings = time.Millisecond
	t.Cleanup(func() {
		server.Close()
		kitchen.Close()
		shop.store.Close()
	})
	env.Answer("restaurant", durabletest.Later())
	env.Answer("approve", durabletest.Succeed(Approval{Granted: true, By: "Olga"}).After(5*time.Minute))
	env.Answer("cancellation", durabletest.Silence())
	env.Answer("handOver", durabletest.Later())
	env.Answer("rate", durabletest.Succeed(5).After(2*time.Hour))
	w.Env, w.shop, w.restaurant = env, shop, kitchen
	return w
}

// close lets the restaurant never answer.
func (w *world) close() {
	w.restaurant.Closed = true
	w.Answer("restaurant", durabletest.Silence())
}

func (w *world) number(t testing.TB, query string) int {
	t.Helper()
	var n int
	if err := w.shop.store.Row(context.Background(), []any{&n}, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// books is what the shop's database says of one order.
type books struct{ orders, payments, refunds, labels, trips, recalls, transfers, tickets int }

// anyLabels stands for any number of labels.
const anyLabels = -1

func (w *world) books(t testing.TB) books {
	t.Helper()
	count := func(table string) int { return w.number(t, "SELECT count(*) FROM "+table) }
	return books{
		orders: count("orders"), payments: count("payments"), refunds: count("refunds"), labels: count("labels"),
		trips: count("trips"), recalls: count("recalls"), transfers: count("transfers"), tickets: count("tickets"),
	}
}

func order() Order {
	return Order{
		ID: "order-1", Customer: "Ada", Total: 2950, Note: new("ring twice"),
		Items: []Item{{SKU: "margherita", Quantity: 2}, {SKU: "tiramisu", Quantity: 1}},
	}
}

func large() Order {
	o := order()
	o.Total = 180_00
	return o
}

func TestFulfilled(t *testing.T) {
	w := newWorld(t)
	run := w.Run(large())
	var got Receipt
	run.MustSucceed(&got)
	if got.DeliveredAt.IsZero() {
		t.Error("the receipt does not say when")
	}
	want := Receipt{OrderID: "order-1", PaymentID: "pay-0001", Courier: "Bruno", TransferID: new("tr-0001"), Stars: new(5)}
	if got.OrderID != want.OrderID || got.PaymentID != want.PaymentID || got.Courier != want.Courier ||
		got.TransferID == nil || *got.TransferID != *want.TransferID || got.Stars == nil || *got.Stars != *want.Stars {
		t.Errorf("got %+v", got)
	}
	if got, want := w.books(t), (books{orders: 1, payments: 1, labels: 2, trips: 1, transfers: 1}); got != want {
		t.Errorf("the books say %+v, want %+v", got, want)
	}
	if n := w.number(t, `SELECT amount FROM transfers`); n != 126_00 {
		t.Errorf("the restaurant got %d cents", n)
	}
}

// TestGivenBack fails the workflow in every way that is left after money has moved.
func TestGivenBack(t *testing.T) {
	for name, test := range map[string]struct {
		order  Order
		change func(*world, *Order)
		want   string
		books  books
	}{
		"card declined": {
			change: func(_ *world, o *Order) { o.Total = 999_00 },
			want:   "CardDeclined", books: books{orders: 1},
		},
		"operator refuses": {
			change: func(w *world, o *Order) {
				o.Total = 180_00
				w.Answer("approve", durabletest.Succeed(Approval{By: "Olga"}))
			},
			want: "NotApproved", books: books{orders: 1, payments: 1, refunds: 1},
		},
		"operator asleep": {
			change: func(w *world, o *Order) {
				o.Total = 180_00
				w.Answer("approve", durabletest.Silence())
			},
			want: "NotApproved", books: books{orders: 1, payments: 1, refunds: 1},
		},
		"restaurant silent": {
			change: func(w *world, _ *Order) { w.close() },
			want:   "RestaurantSilent", books: books{orders: 1, payments: 1, refunds: 1},
		},
		"restaurant refuses": {
			change: func(_ *world, o *Order) { o.Items[0].SKU = "unicorn" },
			want:   "OrderRejected", books: books{orders: 1, payments: 1, refunds: 1},
		},
		"no courier": {
			change: func(w *world, _ *Order) {
				if err := w.shop.store.Exec(context.Background(), `DELETE FROM couriers`); err != nil {
					panic(err)
				}
			},
			want: "NoCourier", books: books{orders: 1, payments: 1, refunds: 1, labels: anyLabels, tickets: 1},
		},
		"customer cancels": {
			change: func(w *world, _ *Order) {
				w.Answer("cancellation", durabletest.Succeed("not hungry any more").After(90*time.Second))
			},
			want: "OrderCancelled", books: books{orders: 1, payments: 1, refunds: 1, labels: 2, trips: 1, recalls: 1},
		},
		"food lost": {
			change: func(w *world, _ *Order) { w.restaurant.Loses = true },
			want:   "DeliveryLost", books: books{orders: 1, payments: 1, refunds: 1, labels: 2, trips: 1, recalls: 1},
		},
		"courier stops": {
			change: func(w *world, _ *Order) { w.restaurant.Stops = true },
			want:   "DeliveryLost", books: books{orders: 1, payments: 1, refunds: 1, labels: 2, trips: 1, recalls: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, o := newWorld(t), order()
			test.change(w, &o)
			run := w.Run(o)
			run.MustFail(test.want, nil)
			got := w.books(t)
			if test.books.labels == anyLabels { // how many were printed when the other branch failed
				got.labels = anyLabels
			}
			if got != test.books {
				t.Errorf("the books say %+v, want %+v\n%s", got, test.books, run.History())
			}
			if taken := w.number(t, `SELECT (SELECT ifnull(sum(amount), 0) FROM payments) - (SELECT ifnull(sum(amount), 0) FROM refunds)`); taken != 0 {
				t.Errorf("the shop still has %d cents", taken)
			}
			if n := w.number(t, `SELECT count(*) FROM messages WHERE text LIKE 'You have your money back%'`); n != test.books.refunds {
				t.Errorf("%d apologies for %d refunds", n, test.books.refunds)
			}
		})
	}
}

// TestLate answers in the minutes after the reminder, and after these.
func TestLate(t *testing.T) {
	for minutes, want := range map[time.Duration]string{11: "", 14: "", 16: "RestaurantSilent"} {
		w := newWorld(t)
		w.restaurant.Closed = true
		w.Answer("handOver", durabletest.Succeed(nil).After(4*time.Minute))
		w.Answer("restaurant", durabletest.Succeed(Reply{Accepted: true, Minutes: 20}).After(minutes*time.Minute))
		run := w.Run(order())
		if want == "" {
			run.MustSucceed(nil)
		} else {
			run.MustFail(want, nil)
		}
		if !strings.Contains(run.History(), "askRestaurant-remind") {
			t.Errorf("after %d minutes, and nobody has reminded", minutes)
		}
	}
}

func TestSilentCourierAndCustomer(t *testing.T) {
	w := newWorld(t)
	w.restaurant.Mute = true
	w.Answer("handOver", durabletest.Silence())
	w.Answer("rate", durabletest.Silence())
	var got Receipt
	w.Run(order()).MustSucceed(&got)
	if got.Stars != nil {
		t.Errorf("%d stars from nobody", *got.Stars)
	}
	if n := w.number(t, `SELECT count(*) FROM tickets`); n != 1 {
		t.Errorf("%d tickets, want 1", n)
	}
}

// TestNothingIsGivenBackAfterDelivery lets the shop's affairs go wrong when the food
// is eaten: somebody has to look, and the payment stands.
func TestNothingIsGivenBackAfterDelivery(t *testing.T) {
	for name, test := range map[string]struct {
		trigger string
		want    books
	}{
		"the bank refuses":   {`BEFORE INSERT ON transfers`, books{orders: 1, payments: 1, labels: 2, trips: 1, tickets: 1}},
		"no word is written": {`BEFORE INSERT ON messages WHEN NEW.text LIKE 'Delivered%'`, books{orders: 1, payments: 1, labels: 2, trips: 1, tickets: 1}},
		"no stars are asked": {`BEFORE INSERT ON messages WHEN NEW.text LIKE 'How was%'`, books{orders: 1, payments: 1, labels: 2, trips: 1, tickets: 1, transfers: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.shop.store.Exec(context.Background(), `CREATE TRIGGER broken `+test.trigger+` BEGIN SELECT raise(ABORT, 'out of order'); END`); err != nil {
				t.Fatal(err)
			}
			run := w.Run(order())
			run.MustSucceed(nil)
			if got := w.books(t); got != test.want {
				t.Errorf("the books say %+v, want %+v\n%s", got, test.want, run.History())
			}
		})
	}
}

// TestNoApp has a courier whose app can't be reached.
func TestNoApp(t *testing.T) {
	w := newWorld(t)
	w.broken = "/deliveries"
	w.Answer("handOver", durabletest.Silence())
	w.Run(order()).MustSucceed(nil)
	if got, want := w.books(t), (books{orders: 1, payments: 1, labels: 2, trips: 1, transfers: 1, tickets: 1}); got != want {
		t.Errorf("the books say %+v, want %+v", got, want)
	}
}

// TestAnswerLost lets the bank's answer to a transfer get lost: the restaurant is paid,
// and found to be.
func TestAnswerLost(t *testing.T) {
	w := newWorld(t)
	w.restaurant.Closed = true
	env := durabletest.New(t, fulfilOrderOf(&lostAnswer{w.shop}))
	env.Answer("restaurant", durabletest.Succeed(Reply{Accepted: true, Minutes: 20}))
	env.Answer("cancellation", durabletest.Silence())
	env.Answer("handOver", durabletest.Succeed(nil))
	env.Answer("rate", durabletest.Silence())
	var got Receipt
	env.Run(order()).MustSucceed(&got)
	if got.TransferID == nil || *got.TransferID != "tr-0001" {
		t.Errorf("got %+v", got)
	}
	if got, want := w.books(t), (books{orders: 1, payments: 1, labels: 2, trips: 1, transfers: 1}); got != want {
		t.Errorf("the books say %+v, want %+v", got, want)
	}
}

type lostAnswer struct{ *Shop }

func (s *lostAnswer) PayRestaurant(ctx context.Context, order Order) (string, error) {
	if _, err := s.Shop.PayRestaurant(ctx, order); err != nil {
		return "", err
	}
	return "", errors.New("connection reset")
}

// TestCrashes kills the process before and after every checkpoint. What can be
// repeated happened once in the books, and the restaurant was paid at most once.
func TestCrashes(t *testing.T) {
	for name, test := range map[string]struct {
		order  Order
		change func(*world)
		books  books
	}{
		"fulfilled": {order: large(), change: func(w *world) {
			w.restaurant.Mute = true
			w.Answer("handOver", durabletest.Silence())
		}, books: books{orders: 1, payments: 1, labels: 2, trips: 1, transfers: 1, tickets: 1}},
		"given back": {order: order(), change: func(w *world) {
			w.Answer("cancellation", durabletest.Succeed("no").After(time.Minute))
		}, books: books{orders: 1, payments: 1, refunds: 1, labels: 2, trips: 1, recalls: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var w *world
			durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
				w = newWorld(t)
				test.change(w)
				return w.ResultVaries()
			}, test.order, func(t testing.TB, run *durabletest.Run) {
				got, want := w.books(t), test.books
				if want.transfers == 1 && got.tickets == 2 {
					// It died as the transfer was to begin, and somebody has to look.
					want.transfers, want.tickets = 0, 2
				}
				if got != want {
					t.Errorf("the books say %+v, want %+v", got, want)
				}
			})
		})
	}
}

// TestUndoneAfterAStop stops an order that is paid for, and has the money given back afterwards.
func TestUndoneAfterAStop(t *testing.T) {
	w := newWorld(t)
	w.Answer("approve", durabletest.Later())
	run := w.Start(large())
	run.AwaitCallback("approve", 0)
	run.Stop()
	if got, want := w.books(t), (books{orders: 1, payments: 1}); got != want {
		t.Errorf("the books say %+v, want %+v", got, want)
	}
	var got struct{ Undone []string }
	run.Undo().MustSucceed(&got)
	if strings.Join(got.Undone, ", ") != "charge" {
		t.Errorf("undone is %v", got.Undone)
	}
	if got, want := w.books(t), (books{orders: 1, payments: 1, refunds: 1}); got != want {
		t.Errorf("the books say %+v, want %+v", got, want)
	}
}
