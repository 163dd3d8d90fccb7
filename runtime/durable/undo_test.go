package durable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// journal is what steps and undos did, in order, each once however often it was
// repeated after a crash.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range j.lines {
		if l == line {
			return
		}
	}
	j.lines = append(j.lines, line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines, " ")
}

// do is a step with an undo.
func (j *journal) do(ctx *Context, name string) error {
	if err := Do(ctx, &StepSpec{Name: name, Undoable: true}, func(context.Context) error { j.add("+" + name); return nil }); err != nil {
		return err
	}
	Undo(ctx, &UndoSpec{Of: name}, func(c *Context) error { return j.undo(c, name) })
	return nil
}

func (j *journal) undo(ctx *Context, name string) error {
	return Do(ctx, &StepSpec{Name: "undo " + name}, func(context.Context) error { j.add("-" + name); return nil })
}

func inGroup(ctx *Context, name string, f func(c *Context) error) error {
	_, err := RunInChildContext(ctx, &ContextSpec{Name: name}, func(c *Context) (string, error) { return name, f(c) })
	return err
}

// undoCase runs a workflow with every crash; it ends with errorType, and the journal
// reads want.
func undoCase(t *testing.T, errorType, want string, f func(ctx *Context, j *journal) error) {
	t.Helper()
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		j := &journal{}
		return func(ctx *Context) (any, error) { return nil, f(ctx, j) },
			func(s *service, out wire.InvocationOutput) {
				got := ""
				if out.Error != nil {
					got = out.Error.ErrorType
				}
				// The two of a batch may run in either order; their undos may not.
				journal := strings.Replace(j.String(), "+b1 +b0", "+b0 +b1", 1)
				if got != errorType || journal != want {
					s.t.Errorf("error %q %+v, journal %s\nwant %q, %s", got, out.Error, j, errorType, want)
				}
			}
	})
}

func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func TestUndo(t *testing.T) {
	fail := error(&Silent{})
	t.Run("reverse order", func(t *testing.T) {
		undoCase(t, "Silent", "+a +b -b -a", func(ctx *Context, j *journal) error {
			return inOrder(
				func() error { return j.do(ctx, "a") },
				func() error { return pause(ctx, "w", time.Second) },
				func() error { return j.do(ctx, "b") },
				func() error { return fail })
		})
	})
	t.Run("committed", func(t *testing.T) {
		undoCase(t, "Silent", "+a +b +c +d +e -e -a", func(ctx *Context, j *journal) error {
			return inOrder(
				func() error { return j.do(ctx, "a") },
				func() error {
					return inGroup(ctx, "g", func(c *Context) error {
						err := inOrder(
							func() error { return j.do(c, "b") },
							func() error { return inGroup(c, "h", func(c *Context) error { return j.do(c, "c") }) },
							func() error { return pause(c, "w", time.Second) },
							func() error { return j.do(c.Turn(1), "d") })
						c.Turn(2).Commit()
						return inOrder(func() error { return err }, func() error { return j.do(c, "e") })
					})
				},
				func() error { return pause(ctx, "w", time.Second) },
				func() error { return fail })
		})
	})
	t.Run("committed below a wait that ends while a stopped item is undone", func(t *testing.T) {
		undoCase(t, "Silent", "+b0 -b0", func(ctx *Context, j *journal) error {
			_, err := Map(ctx, &BatchSpec{}, []int{0, 1}, func(c *Context, i, _ int) (string, error) {
				if i == 1 {
					return "", inOrder(func() error { return pause(c, "w", time.Second) }, func() error { return fail })
				}
				if err := Do(c, &StepSpec{Name: "b0", Undoable: true}, func(context.Context) error { j.add("+b0"); return nil }); err != nil {
					return "", err
				}
				Undo(c, &UndoSpec{Of: "b0", Name: "take b0 back", Block: true}, func(c *Context) error {
					return inOrder(func() error { return pause(c, "later", time.Hour) }, func() error { return j.undo(c, "b0") })
				})
				err := pause(c, "w", time.Minute)
				if err == nil {
					c.Commit()
				}
				return "", err
			})
			return err
		})
	})
	t.Run("dropped at the end", func(t *testing.T) {
		undoCase(t, "", "+a", func(ctx *Context, j *journal) error { return j.do(ctx, "a") })
	})
	t.Run("turns of a loop", func(t *testing.T) {
		undoCase(t, "Silent", "+a0 +a1 -a1 -a0", func(ctx *Context, j *journal) error {
			for i := range 2 {
				c := ctx.Turn(i)
				if err := Do(c, &StepSpec{Name: "a"}, func(context.Context) error { j.add(fmt.Sprint("+a", i)); return nil }); err != nil {
					return err
				}
				Undo(c, &UndoSpec{Of: "a"}, func(c *Context) error {
					return Do(c, &StepSpec{Name: "u"}, func(context.Context) error { j.add(fmt.Sprint("-a", i)); return nil })
				})
			}
			return fail
		})
	})
	t.Run("a group that fails undoes itself, and is caught", func(t *testing.T) {
		undoCase(t, "", "+a +b -b +c", func(ctx *Context, j *journal) error {
			return inOrder(
				func() error { return j.do(ctx, "a") },
				func() error {
					err := inGroup(ctx, "g", func(c *Context) error {
						return inOrder(func() error { return j.do(c, "b") }, func() error { return pause(c, "w", time.Second) }, func() error { return fail })
					})
					if !errors.As(err, new(*Silent)) {
						return err
					}
					return nil
				},
				func() error { return j.do(ctx, "c") })
		})
	})
	t.Run("a group hands over", func(t *testing.T) {
		undoCase(t, "Silent", "+a +b +c +d -d -c -b -a", func(ctx *Context, j *journal) error {
			return inOrder(
				func() error { return j.do(ctx, "a") },
				func() error {
					return inGroup(ctx, "g", func(c *Context) error {
						return inOrder(
							func() error { return j.do(c, "b") },
							func() error { return inGroup(c, "h", func(c *Context) error { return j.do(c, "c") }) })
					})
				},
				func() error { return pause(ctx, "w", time.Second) },
				func() error { return j.do(ctx, "d") },
				func() error { return fail })
		})
	})
	t.Run("a whole replaces what is inside", func(t *testing.T) {
		undoCase(t, "Silent", "+a -g1 -g2", func(ctx *Context, j *journal) error {
			if err := inGroup(ctx, "g", func(c *Context) error { return j.do(c, "a") }); err != nil {
				return err
			}
			Undo(ctx, &UndoSpec{Of: "g", Block: true, Name: "undo g"}, func(c *Context) error {
				return inOrder(
					func() error { return j.undo(c, "g1") },
					func() error { return pause(c, "w", time.Second) },
					func() error { return j.undo(c, "g2") })
			})
			return fail
		})
	})
	t.Run("a failing undo", func(t *testing.T) {
		undoCase(t, "UndoFailed", "+a +b +c -c -a", func(ctx *Context, j *journal) error {
			if err := inOrder(func() error { return j.do(ctx, "a") }, func() error { return j.do(ctx, "b") }, func() error { return j.do(ctx, "c") }); err != nil {
				return err
			}
			Undo(ctx, &UndoSpec{Of: "b"}, func(c *Context) error { return failing(c, "undo b", errBoom) })
			return fail
		})
	})
	t.Run("retried", func(t *testing.T) {
		undoCase(t, "Silent", "+a -a", func(ctx *Context, j *journal) error {
			if err := Do(ctx, &StepSpec{Name: "a"}, func(context.Context) error { j.add("+a"); return nil }); err != nil {
				return err
			}
			Undo(ctx, &UndoSpec{Of: "a"}, func(c *Context) error {
				return Do(c, &StepSpec{Name: "u"}, func(ctx context.Context) error {
					if Attempt(ctx) < 3 {
						return errBoom
					}
					j.add("-a")
					return nil
				})
			})
			return fail
		})
	})
	t.Run("panics", func(t *testing.T) {
		undoCase(t, "Panic", "+a -a", func(ctx *Context, j *journal) error {
			if err := j.do(ctx, "a"); err != nil {
				return err
			}
			panic("oh")
		})
	})
	t.Run("a batch that fails", func(t *testing.T) {
		undoCase(t, "Silent", "+a +b0 +b1 -b0 -b1 -a", func(ctx *Context, j *journal) error {
			if err := j.do(ctx, "a"); err != nil {
				return err
			}
			// Item 0 is stopped at its wait and undoes itself; item 1 has succeeded and is
			// undone by the batch; item 2 fails.
			_, err := Map(ctx, &BatchSpec{}, []int{0, 1, 2}, func(c *Context, i, _ int) (string, error) {
				switch i {
				case 0:
					return "", inOrder(func() error { return j.do(c, "b0") }, func() error { return pause(c, "w", time.Hour) })
				case 1:
					return "", j.do(c, "b1")
				}
				return "", inOrder(func() error { return pause(c, "w", time.Second) }, func() error { return fail })
			})
			return err
		})
	})
	t.Run("a stopped item that can't undo itself", func(t *testing.T) {
		undoCase(t, "UndoFailed", "+b0", func(ctx *Context, j *journal) error {
			_, err := Map(ctx, &BatchSpec{}, []int{0, 1}, func(c *Context, i, _ int) (string, error) {
				if i == 1 {
					return "", inOrder(func() error { return pause(c, "w", time.Second) }, func() error { return fail })
				}
				if err := j.do(c, "b0"); err != nil {
					return "", err
				}
				Undo(c, &UndoSpec{Of: "b0"}, func(c *Context) error { return failing(c, "undo b0", errBoom) })
				return "", pause(c, "w", time.Hour)
			})
			return err
		})
	})
	t.Run("a stopped batch with items of an earlier invocation", func(t *testing.T) {
		undoCase(t, "Silent", "+b0 -b0", func(ctx *Context, j *journal) error {
			_, err := Map(ctx, &BatchSpec{}, []int{0, 1}, func(c *Context, i, _ int) (string, error) {
				if i == 1 {
					return "", inOrder(func() error { return pause(c, "w", 2*time.Second) }, func() error { return fail })
				}
				_, err := Map(c, &BatchSpec{}, []int{0, 1}, func(c *Context, i, _ int) (string, error) {
					if i == 0 {
						return "", j.do(c, "b0")
					}
					return "", inOrder(func() error { return pause(c, "w", time.Second) }, func() error { return pause(c, "long", time.Hour) })
				})
				return "", err
			})
			return err
		})
	})
	t.Run("a batch hands over", func(t *testing.T) {
		undoCase(t, "Silent", "+b0 +b1 +b2 -b2 -b1 -b0", func(ctx *Context, j *journal) error {
			_, err := Map(ctx, &BatchSpec{MaxConcurrency: ptr(1)}, []int{0, 1, 2}, func(c *Context, i, _ int) (string, error) {
				return "", j.do(c, fmt.Sprint("b", i))
			})
			return inOrder(
				func() error { return err },
				func() error { return pause(ctx, "w", time.Second) },
				func() error { return fail })
		})
	})
	t.Run("a settled batch keeps what succeeded", func(t *testing.T) {
		undoCase(t, "Silent", "+b0 -b0", func(ctx *Context, j *journal) error {
			out, err := MapBatch(ctx, &BatchSpec{MaxConcurrency: ptr(1)}, []int{0, 1}, func(c *Context, i, _ int) (string, error) {
				if i == 1 {
					return "", errBoom
				}
				return "", j.do(c, "b0")
			})
			return inOrder(
				func() error { return err },
				func() error { return pause(ctx, "w", time.Second) },
				func() error {
					if out.Count(ItemFailed) != 1 {
						return errBoom
					}
					return fail
				})
		})
	})
	t.Run("large results", func(t *testing.T) {
		undoCase(t, "Silent", "+a -a", func(ctx *Context, j *journal) error {
			text, err := RunInChildContext(ctx, &ContextSpec{Name: "g"}, func(c *Context) (string, error) {
				return strings.Repeat("x", 300_000), j.do(c, "a")
			})
			return inOrder(
				func() error { return err },
				func() error { return pause(ctx, "w", time.Second) },
				func() error {
					if len(text) != 300_000 {
						return errBoom
					}
					return fail
				})
		})
	})
}

func TestUndoIDs(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		j := &journal{}
		if err := inGroup(ctx, "g", func(c *Context) error { return j.do(c.Turn(2), "a") }); err != nil {
			return nil, err
		}
		return nil, &Silent{}
	}, func(s *service, run func() wire.InvocationOutput) {
		run()
		if op := s.byID["g-a_u"]; op != nil || s.byID["g-a_i2_u"] == nil || s.byID["g-a_i2_u"].ParentId != "" {
			s.t.Error("the undo has another identity or parent")
		}
	})
}

// As many operations as undos are registered are kept for them; the execution itself
// does not count.
func TestUndoReserve(t *testing.T) {
	j := &journal{}
	bubble(t, nil, func(s *service, run func() wire.InvocationOutput) {
		s.fn = workflow(func(ctx *Context) (any, error) {
			if err := inOrder(func() error { return j.do(ctx, "a") }, func() error { return j.do(ctx, "b") }); err != nil {
				return nil, err
			}
			for i := range 5 {
				if _, err := named(ctx.Turn(i), "more"); err != nil {
					return nil, err
				}
			}
			return nil, j.do(ctx, "c") // there is room for it, but not for its undo
		}).With(func(def *Definition) { def.MaxOperations = 10 })
		out := run()
		if out.Error == nil || out.Error.ErrorType != "Unexpected" || len(s.ops) != 9+1 || j.String() != "+a +b -b -a" {
			s.t.Errorf("%+v, %d operations, %s", out.Error, len(s.ops), j)
		}
	})
}

// Room for the undos of steps that are under way is kept before they are registered.
func TestUndoReserveOfConcurrentSteps(t *testing.T) {
	j := &journal{}
	bubble(t, nil, func(s *service, run func() wire.InvocationOutput) {
		s.fn = workflow(func(ctx *Context) (any, error) {
			var branches []*BranchSpec
			for _, name := range []string{"a", "b", "c"} {
				branches = append(branches, Branch(name, func(c *Context) (int, error) {
					if err := Do(c, &StepSpec{Name: "s", Undoable: true}, func(context.Context) error { time.Sleep(time.Second); return nil }); err != nil {
						return 0, err
					}
					Undo(c, &UndoSpec{Of: "s"}, func(c *Context) error { return j.undo(c, name) })
					return 0, nil
				}, nil))
			}
			// The batch, its branches and three steps would fit, but not three undos.
			return nil, Parallel(ctx, &BatchSpec{}, branches...)
		}).With(func(def *Definition) { def.MaxOperations = 1 + 3 + 3 + 2 })
		out := run()
		if out.Error == nil || out.Error.ErrorType != "Unexpected" || len(s.ops) > 10 || j.String() != "-b -a" && j.String() != "-a -b" {
			s.t.Errorf("%+v, %d operations, %s", out.Error, len(s.ops), j)
		}
	})
}

// What an undo did is not undone in its turn: what its operations registered is
// dropped when it has succeeded, and does not run with the undos of a scope around.
func TestUndoIsNotUndone(t *testing.T) {
	undoCase(t, "Unexpected", "+a +b0 -b0 +inverse -a", func(ctx *Context, j *journal) error {
		if err := j.do(ctx, "a"); err != nil {
			return err
		}
		_, err := Map(ctx, &BatchSpec{}, []int{0}, func(c *Context, _, _ int) (int, error) {
			if err := Do(c, &StepSpec{Name: "b0", Undoable: true}, func(context.Context) error { j.add("+b0"); return nil }); err != nil {
				return 0, err
			}
			Undo(c, &UndoSpec{Of: "b0", Name: "take b0 back", Block: true}, func(c *Context) error {
				if err := j.undo(c, "b0"); err != nil {
					return err
				}
				return j.do(c, "inverse")
			})
			return 0, &UnexpectedError{Message: "refused"}
		})
		if err == nil {
			return errors.New("the map should have failed")
		}
		return &UnexpectedError{Message: "after " + err.Error()}
	})
	undoCase(t, "Unexpected", "+a +b0 -b0 +inverse -a", func(ctx *Context, j *journal) error {
		if err := j.do(ctx, "a"); err != nil {
			return err
		}
		_, err := Map(ctx, &BatchSpec{MaxConcurrency: new(1)}, []int{0, 1}, func(c *Context, i, _ int) (int, error) {
			if i == 1 {
				return 0, &UnexpectedError{Message: "refused"}
			}
			if err := Do(c, &StepSpec{Name: "b0", Undoable: true}, func(context.Context) error { j.add("+b0"); return nil }); err != nil {
				return 0, err
			}
			Undo(c, &UndoSpec{Of: "b0", Name: "take b0 back", Block: true}, func(c *Context) error {
				if err := j.undo(c, "b0"); err != nil {
					return err
				}
				return j.do(c, "inverse")
			})
			return 0, nil
		})
		return err
	})
}

// TestStoppedBatchInABatch lets a batch fail while the items of one that it holds have
// something to undo. Wherever the process dies, each of them undoes itself: also one that
// would not have been started any more when the one before it was given up.
func TestStoppedBatchInABatch(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		j := &journal{}
		atOnce := 2
		f := func(ctx *Context) (any, error) {
			limit := atOnce
			atOnce = 1 // from the second invocation on
			return nil, Parallel(ctx, &BatchSpec{},
				Branch("fails", func(c *Context) (string, error) {
					return "", inOrder(func() error { return pause(c, "w", time.Second) }, func() error { return &Silent{} })
				}, nil),
				Branch("holds", func(c *Context) (string, error) {
					_, err := Map(c, &BatchSpec{MaxConcurrency: &limit}, []int{0, 1, 2}, func(c *Context, i, _ int) (string, error) {
						return "", inOrder(func() error { return j.do(c, fmt.Sprintf("b%d", i)) }, func() error { return pause(c, "w", time.Hour) })
					})
					return "", err
				}, nil))
		}
		return f, func(s *service, out wire.InvocationOutput) {
			lines := strings.Fields(j.String())
			slices.Sort(lines)
			done := 0
			for _, l := range lines {
				if strings.HasPrefix(l, "+") {
					done++
				}
			}
			if out.Error == nil || out.Error.ErrorType != "Silent" || done == 0 || len(lines) != 2*done {
				s.t.Errorf("%+v; it did %s", out.Error, j)
			}
		}
	})
}
