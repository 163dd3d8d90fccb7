package durable

import (
	"fmt"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// An item of a flat batch that had begun when another one failed undoes itself, also if the next
// invocation knows of the failure before it comes to the item. One that had not begun does nothing.
func TestFlatItemsUndoThemselves(t *testing.T) {
	for name, atOnce := range map[string]*int{"all": nil, "two": ptr(2)} {
		t.Run(name, func(t *testing.T) {
			undoCase(t, "CardDeclined", "+b -b", func(ctx *Context, j *journal) error {
				_, err := Map(ctx, &BatchSpec{Flat: true, MaxConcurrency: atOnce}, []int{0, 1, 2}, func(c *Context, i, _ int) (int, error) {
					switch i {
					case 0:
						if err := pause(c, "short", time.Second); err != nil {
							return 0, err
						}
						return 0, &CardDeclined{"0"}
					case 1:
						if err := j.do(c, "b"); err != nil {
							return 0, err
						}
						return 1, pause(c, "long", time.Hour)
					}
					return 2, pause(c, "idle", time.Hour)
				})
				return err
			})
		})
	}
}

// The item that had not begun is told as such, and the one that had as begun, wherever the process
// dies.
func TestFlatItemsTellWhetherTheyBegan(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				out, err := MapBatch(ctx, &BatchSpec{Flat: true, MaxConcurrency: ptr(2)}, []int{0, 1, 2}, func(c *Context, i, _ int) (int, error) {
					if err := pause(c, "w", time.Duration(1+10*i)*time.Second); err != nil {
						return 0, err
					}
					return 0, &CardDeclined{"0"}
				})
				if err != nil {
					return nil, err
				}
				return fmt.Sprintf("%s %s %s", out.Items[0].Status, out.Items[1].Status, out.Items[2].Status), nil
			}, func(s *service, out wire.InvocationOutput) {
				if got := text(out.Result); got != `"FAILED STARTED "` {
					s.t.Errorf("got %s %+v", got, out.Error)
				}
			}
	})
}
