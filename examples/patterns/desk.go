// Package patterns holds the workflows of the page of patterns, docs/patterns.md, so that
// they are compiled and run.
package patterns

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/durablegen/durablegen/runtime/durable"
)

// Desk does what the steps of all patterns say by noting it, each once, as a step that
// bears repetition does.
type Desk struct {
	// Refuse, if it is set, tells why something is not done; nil where it is. It is asked
	// with what would be noted.
	Refuse func(what string) error

	mu      sync.Mutex
	keys    map[string]bool
	done    []string
	letters []Letter // in the order of their numbers
}

// Write stores letters in the mailbox, each once.
func (d *Desk) Write(letters ...Letter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range letters {
		if l.Number == len(d.letters)+1 {
			d.letters = append(d.letters, l)
		}
	}
}

// Done is what was done, in its order.
func (d *Desk) Done() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string{}, d.done...)
}

func (d *Desk) do(ctx context.Context, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if d.Refuse != nil {
		if err := d.Refuse(what); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := durable.IdempotencyKey(ctx)
	if !d.keys[key] {
		d.done = append(d.done, what)
	}
	if d.keys == nil {
		d.keys = map[string]bool{}
	}
	d.keys[key] = true
	return nil
}

var _ Steps = (*Desk)(nil)

func (d *Desk) OfferCancel(ctx context.Context, trip Trip, callbackID string) error {
	return d.do(ctx, "offer to cancel %s", trip.ID)
}

func (d *Desk) BookRoom(ctx context.Context, trip Trip) (string, error) {
	return "room in " + trip.City, d.do(ctx, "book a room in %s", trip.City)
}

func (d *Desk) ReleaseRoom(ctx context.Context, room string) error {
	return d.do(ctx, "release the %s", room)
}

func (d *Desk) BookSeat(ctx context.Context, trip Trip) (string, error) {
	return "seat to " + trip.City, d.do(ctx, "book a seat to %s", trip.City)
}

func (d *Desk) ReleaseSeat(ctx context.Context, seat string) error {
	return d.do(ctx, "release the %s", seat)
}

func (d *Desk) Cancel(ctx context.Context, callbackID string) error {
	return nil // the customer has the ID already
}

func (d *Desk) Say(ctx context.Context, text, callbackID string) error {
	return d.do(ctx, "say %s", text)
}

func (d *Desk) AnswerTo(ctx context.Context, message string) (string, error) {
	return message + ", too", nil
}

// Listen has nobody to store the ID of the bell for.
func (d *Desk) Listen(ctx context.Context, room, bellID string, last int) ([]Letter, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Letter{}, d.letters[last:min(last+5, len(d.letters))]...), nil
}

func (d *Desk) Reply(ctx context.Context, room string, letter Letter) error {
	return d.do(ctx, "reply to %d", letter.Number)
}

func (d *Desk) Bell(ctx context.Context, callbackID string) error { return nil }

func (d *Desk) ChargeMonth(ctx context.Context, customer string, month int) (string, error) {
	return fmt.Sprintf("receipt %d", month), d.do(ctx, "charge month %d", month)
}

func (d *Desk) RefundMonth(ctx context.Context, receipt string) error {
	return d.do(ctx, "refund %s", receipt)
}

func (d *Desk) SendIssue(ctx context.Context, customer string, month int) error {
	return d.do(ctx, "send issue %d", month)
}

func (d *Desk) Bike(ctx context.Context, callbackID, address string) error { return nil }

func (d *Desk) Van(ctx context.Context, callbackID, address string) error { return nil }

func (d *Desk) Book(ctx context.Context, offer Offer) (string, error) {
	return offer.Courier, d.do(ctx, "book %s", offer.Courier)
}

func (d *Desk) Sign(ctx context.Context, callbackID, reviewer string, change Change) error {
	return nil
}

func (d *Desk) Merge(ctx context.Context, change Change) error {
	return d.do(ctx, "merge %s", change.ID)
}

func (d *Desk) SendInvoice(ctx context.Context, invoice Invoice, callbackID string) error {
	return d.do(ctx, "send %s", invoice.ID)
}

func (d *Desk) Remind(ctx context.Context, customer string, nth int) error {
	return d.do(ctx, "remind %s, %d", customer, nth)
}

func (d *Desk) Escalate(ctx context.Context, manager string, invoice Invoice) error {
	return d.do(ctx, "ask %s about %s", manager, invoice.ID)
}

func (d *Desk) SendText(ctx context.Context, number, text string) error {
	return d.do(ctx, "text %s to %s", text, number)
}

// chapterSize is more than the record of an operation takes.
const chapterSize = 3 << 19

func (d *Desk) RenderChapter(ctx context.Context, number int) (string, error) {
	return strings.Repeat(string(rune('a'+number)), chapterSize), nil
}

func (d *Desk) Bind(ctx context.Context, chapters []string) (string, error) {
	return strings.Join(chapters, ""), nil
}

func (d *Desk) Ship(ctx context.Context, book string) (int, error) {
	return len(book), d.do(ctx, "ship %d", len(book))
}

// Think looks for an order, pays it back, and answers with what it has seen.
func (d *Desk) Think(ctx context.Context, task string, seen []string) (Thought, error) {
	switch len(seen) {
	case 0:
		return Thought{Action: &Action{Tool: ToolSearch, Input: task}}, nil
	case 1:
		return Thought{Action: &Action{Tool: ToolRefund, Input: seen[0]}}, nil
	}
	return Thought{Answer: seen[1]}, nil
}

func (d *Desk) Search(ctx context.Context, query string) (string, error) {
	return "order-7", nil
}

func (d *Desk) PayBack(ctx context.Context, order string) (string, error) {
	return order + " is paid back", d.do(ctx, "pay back %s", order)
}

func (d *Desk) Approve(ctx context.Context, callbackID string, action Action) error { return nil }

func (d *Desk) LoadFile(ctx context.Context, file string) (int, error) {
	return 10, d.do(ctx, "load %s", file)
}

func (d *Desk) SetAside(ctx context.Context, file, reason string) error {
	return d.do(ctx, "set %s aside: %s", file, reason)
}

// CopyPage knows three pages.
func (d *Desk) CopyPage(ctx context.Context, table string, from *string) (Page, error) {
	next := map[string]string{"": "b", "b": "c"}
	at := ""
	if from != nil {
		at = *from
	}
	page := Page{Rows: 100}
	if place, more := next[at]; more {
		page.Next = &place
	}
	return page, d.do(ctx, "copy %s from %q", table, at)
}

func (d *Desk) StartCluster(ctx context.Context, job string) (string, error) {
	return "cluster of " + job, d.do(ctx, "rent a cluster for %s", job)
}

func (d *Desk) StopCluster(ctx context.Context, cluster string) error {
	return d.do(ctx, "give back the %s", cluster)
}

func (d *Desk) Train(ctx context.Context, cluster string, epoch int) (float64, error) {
	if cluster == "cluster of alchemy" { // of which nothing comes
		return 1, nil
	}
	return 1 / float64(1+4*epoch), d.do(ctx, "train %d", epoch)
}
