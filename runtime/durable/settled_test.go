package durable

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// What the last step of an item has done counts, though the batch was decided while it ran:
// directly, in scopes inside of the item, and where that step has failed. What has more to
// do, or waits, is undone.
func TestSettledItemsKeepTheirEnd(t *testing.T) {
	for _, flat := range []bool{false, true} {
		t.Run(fmt.Sprint("flat ", flat), func(t *testing.T) {
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				var mu sync.Mutex
				undone := map[string]bool{}
				work := func(c *Context, name string, err error) error {
					spec := &StepSpec{Name: name, Retry: NoRetry, Undoable: true}
					if err := Do(c, spec, func(context.Context) error { time.Sleep(30 * time.Second); return err }); err != nil {
						return err
					}
					Undo(c, &UndoSpec{Of: name}, func(c *Context) error {
						return Do(c, &StepSpec{Name: "undo " + name}, func(context.Context) error {
							mu.Lock()
							defer mu.Unlock()
							undone[name] = true
							return nil
						})
					})
					return nil
				}
				kinds := map[string]func(c *Context) error{
					"direct": func(c *Context) error { return work(c, "w", nil) },
					"group": func(c *Context) error {
						_, err := RunInChildContext(c, &ContextSpec{Name: "g"}, func(c *Context) (int, error) { return 0, work(c, "w", nil) })
						return err
					},
					"batch": func(c *Context) error {
						_, err := Map(c, &BatchSpec{}, []int{1, 2}, func(c *Context, i, _ int) (int, error) { return i, work(c, "w", nil) })
						return err
					},
					"refused": func(c *Context) error { return work(c, "w", &CardDeclined{"late"}) },
					"more": func(c *Context) error {
						if err := work(c, "more", nil); err != nil {
							return err
						}
						_, err := named(c, "never")
						return err
					},
					"waits": func(c *Context) error {
						if err := work(c, "waits", nil); err != nil {
							return err
						}
						return pause(c, "long", time.Hour)
					},
					"fails": func(c *Context) error {
						if err := pause(c, "short", 10*time.Second); err != nil {
							return err
						}
						return &Silent{}
					},
				}
				names := []string{"direct", "group", "batch", "refused", "more", "waits", "fails"}
				return func(ctx *Context) (any, error) {
						out, err := MapBatch(ctx, &BatchSpec{Flat: flat}, names, func(c *Context, _ int, kind string) (string, error) {
							return kind, kinds[kind](c)
						})
						if err != nil {
							return nil, err
						}
						var said strings.Builder
						for i, it := range out.Items {
							fmt.Fprintf(&said, "%s %s, ", names[i], it.Status)
						}
						fmt.Fprint(&said, out.Reason)
						if err := pause(ctx, "later", time.Second); err != nil {
							return nil, err
						}
						return said.String(), nil
					}, func(s *service, out wire.InvocationOutput) {
						want := `"direct SUCCEEDED, group SUCCEEDED, batch SUCCEEDED, refused FAILED, more STARTED, waits STARTED, fails FAILED, FAILURE_TOLERANCE_EXCEEDED"`
						if got := text(out.Result); got != want {
							s.t.Errorf("got  %s\nwant %s", got, want)
						}
						mu.Lock()
						defer mu.Unlock()
						for name := range undone {
							if name == "w" {
								s.t.Error("what counts has been undone")
							}
						}
						if !undone["more"] || !undone["waits"] {
							s.t.Errorf("undone is %v", undone)
						}
					}
			})
		})
	}
}

// An item that has begun to undo itself does so to the end, though at a replay what it had
// waited for is there.
func TestSettledItemsThatHaveBegunToUndoGoOn(t *testing.T) {
	for kind, item := range map[string]func(c *Context, pay func(*Context) error) error{
		"direct": func(c *Context, pay func(*Context) error) error {
			return inOrder(func() error { return pay(c) }, func() error { return pause(c, "w", 20*time.Second) })
		},
		"group": func(c *Context, pay func(*Context) error) error {
			return inGroup(c, "g", func(c *Context) error {
				return inOrder(func() error { return pay(c) }, func() error { return pause(c, "w", 20*time.Second) })
			})
		},
		"batch": func(c *Context, pay func(*Context) error) error {
			_, err := Map(c, &BatchSpec{}, []int{1, 2}, func(c *Context, i, _ int) (int, error) {
				if i == 0 {
					return 0, pay(c)
				}
				return 0, pause(c, "w", 20*time.Second)
			})
			return err
		},
		"commit": func(c *Context, pay func(*Context) error) error {
			return inOrder(func() error { return pay(c) }, func() error { return pause(c, "w", 20*time.Second) }, func() error { c.Commit(); return nil })
		},
	} {
		t.Run(kind, func(t *testing.T) {
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				j := &journal{}
				pay := func(c *Context) error {
					if err := j.do(c, "pay"); err != nil {
						return err
					}
					Undo(c, &UndoSpec{Of: "pay"}, func(c *Context) error {
						return Do(c, &StepSpec{Name: "undo"}, func(context.Context) error {
							j.add("undo begins")
							time.Sleep(30 * time.Second)
							j.add("undone")
							return nil
						})
					})
					return nil
				}
				return func(ctx *Context) (any, error) {
						out, err := MapBatch(ctx, &BatchSpec{}, []int{0, 1}, func(c *Context, i, _ int) (int, error) {
							if i == 0 {
								return 0, item(c, pay)
							}
							if err := pause(c, "short", 10*time.Second); err != nil {
								return 0, err
							}
							return 0, &Silent{}
						})
						if err != nil {
							return nil, err
						}
						return out.Items[0].Status, nil
					}, func(s *service, out wire.InvocationOutput) {
						if got := text(out.Result); got != `"STARTED"` || j.String() != "+pay undo begins undone" {
							s.t.Errorf("%s, %s %+v", j, got, out.Error)
						}
					}
			})
		})
	}
}
