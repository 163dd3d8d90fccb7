package engine

import (
	"context"
	"fmt"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
)

// StoreReport is what CheckStore has found.
type StoreReport struct {
	Executions int
	Problems   []StoreProblem // empty: all is in order
}

// StoreProblem is something in a store that isn't as it should be.
type StoreProblem struct {
	Execution string // FUNCTION/NAME; empty: it is about the file
	What      string
}

func (p StoreProblem) String() string {
	if p.Execution == "" {
		return p.What
	}
	return p.Execution + ": " + p.What
}

// CheckStore reads the whole store in a folder, in use or not, and changes nothing: whether the
// file is in order, whether each row is as it was written, and whether the record of each execution
// makes sense.
func CheckStore(ctx context.Context, dir string) (*StoreReport, error) {
	in, err := store.Inspect(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := &StoreReport{}
	add := func(execution, format string, args ...any) {
		r.Problems = append(r.Problems, StoreProblem{execution, fmt.Sprintf(format, args...)})
	}
	structure, err := in.Structure(ctx)
	if err != nil {
		add("", "the file can't be read: %v", err)
	}
	for _, line := range structure {
		add("", "%s", line)
	}
	for after := int64(0); ; {
		page, err := in.Executions(after)
		if err != nil {
			add("", "the list of executions can't be read: %v", err)
			return r, nil
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			h := &page[i]
			after = h.Key
			r.Executions++
			if err := checkExecution(in, h); err != nil {
				add(h.ARN.Function+"/"+h.ARN.Name, "%v", err)
			}
		}
	}
	functions, err := in.Functions()
	if err != nil {
		add("", "the versions of functions can't be read: %v", err)
	}
	for _, f := range functions {
		if _, err := readPublication(f.Name, f.Published, f.Damage); err != nil {
			add("", "function %s: %v", f.Name, err)
		}
	}
	if n, err := in.Orphans(ctx); err == nil && n > 0 {
		add("", "%d rows of the log belong to no execution", n)
	}
	return r, nil
}

func checkExecution(in *store.Inspection, h *store.Execution) error {
	if h.Damage != nil {
		return h.Damage
	}
	facts, err := in.Facts(h.Key)
	if err != nil {
		return err
	}
	s, err := core.Rebuild(facts, &core.DefaultLimits)
	switch {
	case err != nil:
		return err
	case s.ARN() != h.ARN.String():
		return fmt.Errorf("its record is that of %s", s.ARN())
	case s.Status != h.Status:
		return fmt.Errorf("it is listed as %s, and its record says %s", h.Status, s.Status)
	}
	return nil
}

// BackupStore writes the store in a folder, in use or not, to a new file, as it stands at this
// moment. To go back to it, put the file as durablegen.db into an empty folder.
func BackupStore(ctx context.Context, dir, path string) error {
	in, err := store.Inspect(ctx, dir)
	if err != nil {
		return err
	}
	defer in.Close()
	return in.Backup(ctx, path)
}
