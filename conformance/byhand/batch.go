package byhand

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// value is a branch that gives a value and does nothing.
func value[T any](v T) *durable.BranchSpec {
	return durable.Branch("", func(*durable.Context) (T, error) { return v, nil }, new(T))
}

// failure is a branch that fails.
func failure() *durable.BranchSpec {
	return durable.Branch("", func(*durable.Context) (string, error) { return "", errors.New("the branch broke") }, new(string))
}

// step is a branch of one step.
func step(text string) *durable.BranchSpec {
	return durable.Branch("", func(ctx *durable.Context) (string, error) { return echo(ctx, text) }, new(string))
}

// results runs branches and gives the results of those that succeeded.
func results(ctx *durable.Context, spec *durable.BatchSpec, branches ...*durable.BranchSpec) ([]json.RawMessage, error) {
	batch, err := durable.ParallelBatch(ctx, spec, branches...)
	if err != nil {
		return nil, err
	}
	return append([]json.RawMessage{}, batch.Results()...), nil
}

func parallels() []*durable.Function {
	return []*durable.Function{
		// Results of several types in one list.
		requirement("8-4", func(ctx *durable.Context, _ none) ([]json.RawMessage, error) {
			spec := &durable.BatchSpec{Name: "hetero", MaxConcurrency: ptr(1)}
			return results(ctx, spec, value("hello"), value(42), value(map[string]string{"k": "v"}))
		}),
		// No branches.
		requirement("8-5", func(ctx *durable.Context, _ none) ([]json.RawMessage, error) {
			return results(ctx, &durable.BatchSpec{Name: "empty"})
		}),
		// Branches that are not recorded themselves.
		requirement("8-12", func(ctx *durable.Context, _ none) ([]json.RawMessage, error) {
			spec := &durable.BatchSpec{Name: "flat", MaxConcurrency: ptr(1), Flat: true}
			return results(ctx, spec, step("fa"), step("fb"))
		}),
		// A serializer for the branches' results.
		requirement("8-15", func(ctx *durable.Context, _ none) ([2]string, error) {
			spec := &durable.BatchSpec{Name: "serde", MaxConcurrency: ptr(1), ItemSerdes: envelope{}}
			var out [2]string
			err := durable.Parallel(ctx, spec,
				durable.Branch("", func(*durable.Context) (string, error) { return "x", nil }, &out[0]),
				durable.Branch("", func(*durable.Context) (string, error) { return "y", nil }, &out[1]))
			return out, err
		}),
		// An invalid option.
		requirement("8-19", func(ctx *durable.Context, _ none) ([]json.RawMessage, error) {
			spec := &durable.BatchSpec{Name: "bad-concurrency", MaxConcurrency: ptr(0)}
			return results(ctx, spec, value("a"), value("b"))
		}),
		// Results of several types, each in a variable of its own.
		requirement("8-23", func(ctx *durable.Context, _ none) ([]any, error) {
			var (
				word  string
				count int
				price map[string]string
			)
			err := durable.Parallel(ctx, &durable.BatchSpec{Name: "typed-branches", MaxConcurrency: ptr(1)},
				durable.Branch("", func(*durable.Context) (string, error) { return "reserved", nil }, &word),
				durable.Branch("", func(*durable.Context) (int, error) { return 200, nil }, &count),
				durable.Branch("", func(*durable.Context) (map[string]string, error) {
					return map[string]string{"currency": "USD"}, nil
				}, &price))
			return []any{word, count, price}, err
		}),
		// A branch that is added once another one has ended.
		requirement("8-24", func(ctx *durable.Context, _ none) ([]string, error) {
			var ready, second string
			spec := &durable.BatchSpec{Name: "early-start", MaxConcurrency: ptr(1)}
			_, err := durable.ParallelFunc(ctx, spec, func(p *durable.Branches) error {
				first := durable.Branch("first", func(*durable.Context) (string, error) { return "ready", nil }, &ready)
				p.Add(first)
				if err := p.Await(first); err != nil {
					return err
				}
				p.Add(durable.Branch("second", func(*durable.Context) (string, error) { return ready + "-second", nil }, &second))
				return nil
			})
			return []string{ready, second}, err
		}),
		// What the outcome can be asked.
		requirement("8-20", func(ctx *durable.Context, _ none) (accessors, error) {
			spec := &durable.BatchSpec{Name: "accessors", MaxConcurrency: ptr(1), ToleratedFailureCount: ptr(1)}
			batch, err := durable.ParallelBatch(ctx, spec, value("a"), failure(), value("c"))
			if err != nil {
				return accessors{}, err
			}
			return accessors{batch.Count(durable.ItemFailed) > 0, batch.Count(durable.ItemSucceeded), batch.Count(durable.ItemFailed), len(batch.Errors())}, nil
		}),
	}
}

type accessors struct {
	HasFailure   bool `json:"hasFailure"`
	SuccessCount int  `json:"successCount"`
	FailureCount int  `json:"failureCount"`
	ErrorCount   int  `json:"errorCount"`
}

func maps() []*durable.Function {
	upper := func(_ *durable.Context, _ int, item string) (string, error) { return strings.ToUpper(item), nil }
	xy := []string{"x", "y"}
	whole := func(name string) *durable.BatchSpec {
		return &durable.BatchSpec{Name: name, MaxConcurrency: ptr(1), Serdes: joined{}}
	}
	return []*durable.Function{
		// Items that are not recorded themselves.
		requirement("9-12", func(ctx *durable.Context, _ none) ([]string, error) {
			spec := &durable.BatchSpec{Name: "flat", MaxConcurrency: ptr(1), Flat: true}
			return durable.Map(ctx, spec, []string{"fa", "fb"}, func(ctx *durable.Context, _ int, item string) (string, error) {
				return echo(ctx, item)
			})
		}),
		// Names for the items.
		requirement("9-13", func(ctx *durable.Context, numbers []int) ([]int, error) {
			spec := &durable.BatchSpec{Name: "named-items", MaxConcurrency: ptr(1),
				ItemName: func(i int) string { return fmt.Sprintf("item-%d", numbers[i]) }}
			return durable.Map(ctx, spec, numbers, func(_ *durable.Context, _, n int) (int, error) { return 10 * n, nil })
		}),
		// A serializer for the items' results.
		requirement("9-14", func(ctx *durable.Context, _ none) ([]string, error) {
			return durable.Map(ctx, &durable.BatchSpec{Name: "serdes", MaxConcurrency: ptr(1), ItemSerdes: prefixed}, xy, upper)
		}),
		// A serializer for the whole outcome, without and with a replay.
		requirement("9-19", func(ctx *durable.Context, _ none) ([]string, error) {
			return durable.Map(ctx, whole("op-serde"), xy, upper)
		}),
		requirement("9-20", func(ctx *durable.Context, _ none) ([]string, error) {
			out, err := durable.Map(ctx, whole("op-serde-replay"), xy, upper)
			if err != nil {
				return nil, err
			}
			return out, durable.Wait(ctx, waitSpec, time.Second)
		}),
	}
}
