package durable

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// scripted is a parallel whose branches are added as a script says: S, F and digits are
// branches as in outcome, f fails after two seconds, ! awaits the one that was added last and # the first. What an
// await gave is told: the branch's result, its error, or ~ where it was decided without.
func scripted(spec BatchSpec, script string) body {
	return func(ctx *Context) (any, error) {
		var told []string
		var status strings.Builder
		count := 0
		out, err := ParallelFunc(ctx, &spec, func(p *Branches) error {
			var branches []*BranchSpec
			var results []*string
			for _, kind := range script {
				if kind != '!' && kind != '#' {
					results = append(results, new(string))
					branches = append(branches, scriptedBranch(kind, len(branches), results[len(results)-1]))
					p.Add(branches[len(branches)-1])
					continue
				}
				at := 0
				if kind == '!' {
					at = len(branches) - 1
				}
				err := p.Await(branches[at])
				switch {
				case err == nil:
					told = append(told, *results[at])
				case Catchable(err):
					told = append(told, err.Error())
				default:
					told = append(told, "~")
					return err
				}
			}
			count = len(branches)
			return nil
		})
		if err != nil && !Catchable(err) {
			return nil, err
		}
		reason, failure := CompletionReason("failed"), "nil"
		if err != nil {
			failure = err.Error()
		}
		if err == nil {
			reason = out.Reason
			for _, it := range out.Items {
				status.WriteString(map[ItemStatus]string{ItemSucceeded: "S", ItemFailed: "F", ItemStarted: "~", ItemNotStarted: "-"}[it.Status])
			}
		}
		result := fmt.Sprintf("%s %s %d %s %s", reason, &status, count, strings.Join(told, ","), failure)
		// A wait after it has every invocation take the outcome from the record.
		return result, pause(ctx, "later", time.Second)
	}
}

func scriptedBranch(kind rune, i int, out *string) *BranchSpec {
	return Branch("", func(c *Context) (string, error) {
		switch kind {
		case 'S':
			return named(c, fmt.Sprint("s", i))
		case 'F':
			return "", failing(c, "f", &CardDeclined{fmt.Sprint(i)})
		case 'f':
			if err := pause(c, "w", 2*time.Second); err != nil {
				return "", err
			}
			return "", &CardDeclined{fmt.Sprint(i)}
		}
		return fmt.Sprint("w", i), pause(c, "w", time.Duration(kind-'0')*time.Second)
	}, out)
}

func TestParallelFuncCompletion(t *testing.T) {
	one, percent := ptr(1), ptr(50.0)
	for _, test := range []struct {
		spec   BatchSpec
		script string
		want   string
	}{
		{BatchSpec{MaxConcurrency: one}, "S!S!", "ALL_COMPLETED SS 2 s0,s1 nil"},
		{BatchSpec{}, "", "ALL_COMPLETED  0  nil"},
		{BatchSpec{}, "S!S#S!#", "ALL_COMPLETED SSS 3 s0,s0,s2,s0 nil"},
		{BatchSpec{}, "31!S!#", "ALL_COMPLETED SSS 3 w1,s2,w0 nil"},
		{BatchSpec{MaxConcurrency: one}, "21!S!#", "ALL_COMPLETED SSS 3 w1,s2,w0 nil"},
		{BatchSpec{MaxConcurrency: ptr(2)}, "5121!S", "ALL_COMPLETED SSSSS 5 w3 nil"},
		// The first failure decides, and what is added later never starts.
		{BatchSpec{}, "SF!S", "failed  3 card declined: 1 card declined: 1"},
		{BatchSpec{}, "F!S!", "failed  0 card declined: 0,~ card declined: 0"},
		{BatchSpec{}, "fS!9!1!", "failed  0 s1,~ card declined: 0"},
		{BatchSpec{}, "fS!3#", "failed  3 s1,card declined: 0 card declined: 0"},
		{BatchSpec{}, "1F1!", "failed  0 ~ card declined: 1"},
		// Failures that are tolerated can be seen.
		{BatchSpec{ToleratedFailureCount: one}, "F!S!", "ALL_COMPLETED FS 2 card declined: 0,s1 nil"},
		{BatchSpec{ToleratedFailureCount: one}, "F!F!S!", "failed  0 card declined: 0,card declined: 1,~ card declined: 0"},
		// Of how many a percentage is meant is known in the end.
		{BatchSpec{ToleratedFailurePercentage: percent}, "F!F!SS", "ALL_COMPLETED FFSS 4 card declined: 0,card declined: 1 nil"},
		{BatchSpec{ToleratedFailurePercentage: percent}, "F!F!S", "failed  3 card declined: 0,card declined: 1 card declined: 0"},
		// Enough have succeeded.
		{BatchSpec{MinSuccessful: one}, "S!S", "MIN_SUCCESSFUL_REACHED S- 2 s0 nil"},
		{BatchSpec{MinSuccessful: one}, "S!S!", "MIN_SUCCESSFUL_REACHED S- 0 s0,~ nil"},
		{BatchSpec{MinSuccessful: one}, "91#", "MIN_SUCCESSFUL_REACHED ~S 0 ~ nil"},
		{BatchSpec{MinSuccessful: ptr(2)}, "F!S!3!2", "MIN_SUCCESSFUL_REACHED FSS- 4 card declined: 0,s1,w2 nil"},
		{BatchSpec{MinSuccessful: ptr(2)}, "2S!9!1!", "MIN_SUCCESSFUL_REACHED SS~ 0 s1,~ nil"},
		{BatchSpec{MinSuccessful: ptr(2)}, "22", "ALL_COMPLETED SS 2  nil"},
		{BatchSpec{MinSuccessful: one, ToleratedFailurePercentage: ptr(10.0)}, "F!S!S!", "failed  0 card declined: 0,s1,~ card declined: 0"},
		{BatchSpec{MinSuccessful: ptr(3)}, "S!S", "failed  0  parallel: 3 items have to succeed, and there are 2"},
	} {
		t.Run(fmt.Sprintf("%q %s", test.script, test.want), func(t *testing.T) {
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				return scripted(test.spec, test.script), func(s *service, out wire.InvocationOutput) {
					if out.Status != wire.InvocationSucceeded || *out.Result != mustJSON(test.want) {
						s.t.Errorf("got %s %+v\nwant %q", text(out.Result), out.Error, test.want)
					}
				}
			})
		})
	}
}

// A branch ends in the record before the one that needs its result is begun; and a body
// whose end is recorded does not run again.
func TestParallelFuncChain(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				var first, second string
				var third int
				_, err := ParallelFunc(ctx, &BatchSpec{Name: "chain"}, func(p *Branches) error {
					slow := Branch("slow", func(c *Context) (int, error) { return 3, pause(c, "w", 5*time.Second) }, &third)
					quick := Branch("quick", func(c *Context) (string, error) { return named(c, "one") }, &first)
					p.Add(slow)
					p.Add(quick)
					if err := p.Await(quick); err != nil {
						return err
					}
					got := first
					first = "changed" // it is the function's now
					p.Add(Branch("next", func(c *Context) (string, error) { return got + "!", nil }, &second))
					return nil
				})
				if err != nil {
					return nil, err
				}
				return fmt.Sprint(first, " ", second, " ", third), pause(ctx, "later", time.Second)
			}, func(s *service, out wire.InvocationOutput) {
				if text(out.Result) != `"changed one! 3"` {
					s.t.Errorf("got %s %+v", text(out.Result), out.Error)
				}
				quick, next := s.byID["chain-quick"], s.byID["chain-next"]
				if next.StartTimestamp < quick.EndTimestamp || next.StartTimestamp >= s.byID["chain-slow"].EndTimestamp {
					s.t.Errorf("quick %+v, next %+v", quick, next)
				}
			}
	})
}

// A parallel that could not be registered fails as a whole, and undoes what has
// succeeded.
func TestParallelFuncBroken(t *testing.T) {
	for want, fail := range map[string]func() error{
		"CardDeclined": func() error { return &CardDeclined{"7"} },
		"Panic":        func() error { panic("no more") },
	} {
		t.Run(want, func(t *testing.T) {
			undoCase(t, want, "+a -a caught", func(ctx *Context, j *journal) error {
				_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
					done := Branch("done", func(c *Context) (int, error) { return 0, j.do(c, "a") }, nil)
					p.Add(done)
					p.Add(Branch("waits", func(c *Context) (int, error) { return 0, pause(c, "w", time.Hour) }, nil))
					if err := p.Await(done); err != nil {
						return err
					}
					p.Add(Branch("late", func(c *Context) (int, error) { return 0, j.do(c, "late") }, nil))
					return fail()
				})
				if Catchable(err) {
					j.add("caught")
					if err := pause(ctx, "later", time.Second); err != nil {
						return err
					}
				}
				return err
			})
		})
	}
}

// A branch that began after another one was awaited undoes itself when the parallel
// fails, also if the next invocation knows of the failure before it comes to the branch.
func TestParallelFuncLetsGo(t *testing.T) {
	undoCase(t, "CardDeclined", "+a +b -b -a", func(ctx *Context, j *journal) error {
		_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
			first := Branch("first", func(c *Context) (int, error) { return 0, j.do(c, "a") }, nil)
			p.Add(scriptedBranch('f', 0, nil))
			p.Add(first)
			if err := p.Await(first); err != nil {
				return err
			}
			p.Add(Branch("second", func(c *Context) (int, error) {
				if err := j.do(c, "b"); err != nil {
					return 0, err
				}
				return 0, pause(c, "long", time.Hour)
			}, nil))
			return nil
		})
		return err
	})
}

// The undos of branches belong to the scope around, also after a replay.
func TestParallelFuncHandsUndosOver(t *testing.T) {
	undoCase(t, "Silent", "+a +b -b -a", func(ctx *Context, j *journal) error {
		_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
			first := Branch("first", func(c *Context) (int, error) { return 0, j.do(c, "a") }, nil)
			p.Add(first)
			if err := p.Await(first); err != nil {
				return err
			}
			p.Add(Branch("second", func(c *Context) (int, error) { return 0, j.do(c, "b") }, nil))
			return nil
		})
		if err == nil {
			err = pause(ctx, "later", time.Second)
		}
		if err == nil {
			err = &Silent{}
		}
		return err
	})
}

// A result that is too large to store is made again, for the one who awaits it, too.
func TestParallelFuncLargeResults(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				var large string
				length := 0
				out, err := ParallelFunc(ctx, nil, func(p *Branches) error {
					first := Branch("", func(c *Context) (string, error) {
						part, err := Step(c, Named("print"), func(context.Context) (string, error) { return strings.Repeat("a", 150_000), nil })
						return part + part, err
					}, &large)
					p.Add(first)
					if err := p.Await(first); err != nil {
						return err
					}
					p.Add(Branch("", func(c *Context) (int, error) { return len(large), pause(c, "w", time.Second) }, &length))
					return nil
				})
				if err != nil {
					return nil, err
				}
				return fmt.Sprint(len(large), " ", length, " ", out.Reason), pause(ctx, "later", time.Second)
			}, func(s *service, out wire.InvocationOutput) {
				if text(out.Result) != `"300000 300000 ALL_COMPLETED"` {
					s.t.Errorf("got %s %+v", text(out.Result), out.Error)
				}
			}
	})
}

// A function that swallows what it must return gains nothing.
func TestParallelFuncSwallowsSuspension(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				got := ""
				_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
					waits := Branch("waits", func(c *Context) (string, error) { return "waited", pause(c, "w", time.Second) }, &got)
					p.Add(waits)
					_ = p.Await(waits)
					then := got
					p.Add(Branch("then", func(c *Context) (string, error) { return named(c, then) }, &got))
					return nil
				})
				return got, err
			}, func(s *service, out wire.InvocationOutput) {
				if text(out.Result) != `"waited"` || s.byID["parallel-then"] == nil {
					s.t.Errorf("got %s %+v", text(out.Result), out.Error)
				}
			}
	})
}

func TestParallelFuncMisuse(t *testing.T) {
	unknown := Branch("unknown", func(*Context) (int, error) { return 0, nil }, nil)
	fine := func() *BranchSpec { return Branch("fine", func(*Context) (int, error) { return 0, nil }, nil) }
	for message, register := range map[string]func(ctx *Context, p *Branches) error{
		"while \"parallel\" is under way on it": func(ctx *Context, p *Branches) error { return pause(ctx, "w", time.Second) },
		"awaited that has not been added":       func(_ *Context, p *Branches) error { return p.Await(unknown) },
		"that is nil":                           func(_ *Context, p *Branches) error { p.Add(nil); return nil },
		"added before": func(_ *Context, p *Branches) error {
			b := fine()
			p.Add(b)
			p.Add(b)
			return nil
		},
		"used by a branch": func(_ *Context, p *Branches) error {
			b := Branch("", func(*Context) (int, error) { p.Add(fine()); return 0, nil }, nil)
			p.Add(b)
			return p.Await(b)
		},
	} {
		t.Run(message, func(t *testing.T) {
			wantFailure(t, "ContextMisuse", message, func(ctx *Context) (any, error) {
				_, err := ParallelFunc(ctx, nil, func(p *Branches) error { return register(ctx, p) })
				return nil, err
			})
		})
	}
	wantFailure(t, "ContextMisuse", "awaited that has not been added", func(ctx *Context) (any, error) {
		other := fine()
		if _, err := ParallelFunc(ctx, &BatchSpec{Name: "first"}, func(p *Branches) error { p.Add(other); return nil }); err != nil {
			return nil, err
		}
		_, err := ParallelFunc(ctx, &BatchSpec{Name: "second"}, func(p *Branches) error { return p.Await(other) })
		return nil, err
	})
	wantFailure(t, "ContextMisuse", "had returned", func(ctx *Context) (any, error) {
		var kept *Branches
		_, err := ParallelFunc(ctx, nil, func(p *Branches) error { kept = p; return nil })
		if err == nil {
			kept.Add(fine())
		}
		return nil, err
	})
	wantFailure(t, "NonDeterministicExecutionError", "asked for already", func(ctx *Context) (any, error) {
		_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
			p.Add(fine())
			p.Add(fine())
			return nil
		})
		return nil, err
	})
	wantFailure(t, "Unexpected", "must not be Flat", func(ctx *Context) (any, error) {
		_, err := ParallelFunc(ctx, &BatchSpec{Flat: true}, func(*Branches) error { return nil })
		return nil, err
	})
}

// Branches for which the execution has no room break the parallel, and none of them
// starts.
func TestParallelFuncRoom(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
					for range 2 {
						b := Branch("", func(c *Context) (int, error) { return 0, nil }, nil)
						p.Add(b)
						if err := p.Await(b); err != nil {
							return err
						}
					}
					for range 2 {
						p.Add(Branch("", func(*Context) (int, error) { return 0, nil }, nil))
					}
					return nil
				})
				if !Catchable(err) {
					return nil, err
				}
				return err.Error(), pause(ctx, "later", time.Second)
			}, func(s *service, out wire.InvocationOutput) {
				if !strings.Contains(text(out.Result), "2 more do not fit") || s.byID["parallel-_i2"] != nil {
					s.t.Errorf("got %s %+v", text(out.Result), out.Error)
				}
			}
	}, func(s *service) { s.fn = s.fn.With(func(def *Definition) { def.MaxOperations = 4 }) })
}

// An edit that adds a branch to a parallel that has ended is told, at the branch.
func TestParallelFuncGrowsAfterItsEnd(t *testing.T) {
	invocation := 0
	wantFailure(t, "NonDeterministicExecutionError", "all branches have ended", func(ctx *Context) (any, error) {
		invocation++
		_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
			for range invocation {
				p.Add(Branch("", func(*Context) (int, error) { return 0, nil }, nil))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return nil, pause(ctx, "later", time.Second)
	})
}

// Branches that come when all is decided need no room.
func TestParallelFuncRoomWhenDecided(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return scripted(BatchSpec{}, "F!SS"), func(s *service, out wire.InvocationOutput) {
			if text(out.Result) != `"failed  3 card declined: 0 card declined: 0"` {
				s.t.Errorf("got %s %+v", text(out.Result), out.Error)
			}
		}
	}, func(s *service) { s.fn = s.fn.With(func(def *Definition) { def.MaxOperations = 4 }) })
}

// The branch that is awaited may end while another one is being started: what comes next does not
// wait for that one.
func TestParallelFuncAwaitedEndsDuringAStart(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		_, err := ParallelFunc(ctx, nil, func(p *Branches) error {
			quick := Branch("quick", func(c *Context) (string, error) { return named(c, "one") }, nil)
			p.Add(quick)
			p.Add(Branch("thinking", func(c *Context) (int, error) {
				time.Sleep(time.Second)
				return 0, pause(c, "long", time.Hour)
			}, nil))
			if err := p.Await(quick); err != nil {
				return err
			}
			p.Add(Branch("next", func(c *Context) (string, error) { return named(c, "two") }, nil))
			return nil
		})
		return "done", err
	}, func(s *service, run func() wire.InvocationOutput) {
		if out := run(); text(out.Result) != `"done"` {
			t.Errorf("got %s %+v", text(out.Result), out.Error)
		}
		if late := s.byID["parallel-next"].StartTimestamp - s.byID["parallel-quick"].EndTimestamp; late > 60_000 {
			t.Errorf("the next one begins %d ms after the one that was awaited", late)
		}
	})
}

// What stands in the record is written by the Serdes of the spec, also where branches leave undos, and
// they are undone all the same.
func TestParallelFuncIsRecordedByItsSerdes(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		j := &journal{}
		return func(ctx *Context) (any, error) {
				_, err := ParallelFunc(ctx, &BatchSpec{Serdes: wrapping{}}, func(p *Branches) error {
					p.Add(Branch("a", func(c *Context) (int, error) { return 0, j.do(c, "a") }, nil))
					return nil
				})
				if err == nil {
					err = pause(ctx, "later", time.Second)
				}
				if err == nil {
					err = &Silent{}
				}
				return nil, err
			}, func(s *service, out wire.InvocationOutput) {
				if got := text(s.byID["parallel"].ContextDetails.Result); !strings.HasPrefix(got, "wrapped:") || j.String() != "+a -a" {
					s.t.Errorf("recorded is %s, done was %s", got, j)
				}
			}
	})
}

// Why it has ended is known at a replay, too, where only its own Serdes could read it.
func TestParallelFuncReasonBehindASerdes(t *testing.T) {
	wantResult(t, `"ALL_COMPLETED"`, func(ctx *Context) (any, error) {
		out, err := ParallelFunc(ctx, &BatchSpec{Serdes: wrapping{}}, func(p *Branches) error {
			p.Add(Branch("a", func(c *Context) (int, error) { return 0, nil }, nil))
			return nil
		})
		if err != nil {
			return nil, err
		}
		return out.Reason, pause(ctx, "later", time.Second)
	})
}

// A parallel of which enough branches have succeeded does not wait for the others.
func TestParallelFuncDoesNotWait(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		began := time.Now()
		_, err := ParallelFunc(ctx, &BatchSpec{MinSuccessful: ptr(1)}, func(p *Branches) error {
			p.Add(Branch("long", func(c *Context) (int, error) { return 0, pause(c, "w", time.Hour) }, nil))
			p.Add(Branch("quick", func(c *Context) (string, error) { return named(c, "one") }, nil))
			return nil
		})
		return time.Since(began) < time.Minute, err
	}, func(s *service, run func() wire.InvocationOutput) {
		if out := run(); text(out.Result) != "true" || s.invocations != 1 {
			t.Errorf("got %s %+v after %d invocations", text(out.Result), out.Error, s.invocations)
		}
	})
}

// What could not be undone is told with why the parallel failed, which is not what a branch that was
// tolerated had failed with.
func TestParallelFuncBrokenIsTheCause(t *testing.T) {
	wantFailure(t, "UndoFailed", "card declined: 7; not undone: ", func(ctx *Context) (any, error) {
		_, err := ParallelFunc(ctx, &BatchSpec{ToleratedFailureCount: ptr(1)}, func(p *Branches) error {
			bad := Branch("bad", func(c *Context) (int, error) { return 0, &CardDeclined{"1"} }, nil)
			done := Branch("done", func(c *Context) (int, error) {
				if _, err := named(c, "pay"); err != nil {
					return 0, err
				}
				Undo(c, &UndoSpec{Of: "pay"}, func(c *Context) error { return failing(c, "repay", errBoom) })
				return 0, nil
			}, nil)
			p.Add(bad)
			p.Add(done)
			for _, b := range []*BranchSpec{bad, done} {
				if err := p.Await(b); err != nil && !Catchable(err) {
					return err
				}
			}
			return &CardDeclined{"7"}
		})
		return nil, err
	})
}
