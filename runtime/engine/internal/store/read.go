package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
)

func (s *sqlite) Facts(key int64) ([]core.Fact, error) {
	return s.facts(nil, "WHERE l.execution = ? ORDER BY l.seq", key)
}

func (s *sqlite) Events(key int64, after int, newestFirst bool, limit, bytes int) ([]core.Fact, error) {
	which := "WHERE l.execution = ? AND l.event > ? ORDER BY l.event, l.seq"
	if newestFirst {
		// The row with the event before may reach beyond it.
		which = "WHERE l.execution = ? AND l.event <= coalesce((SELECT min(event) FROM log WHERE execution = ?1 AND event >= ?2), ?2) ORDER BY l.event DESC, l.seq DESC"
	}
	var out []core.Fact
	size := 0
	_, err := s.facts(func(facts []core.Fact, n int) bool {
		out = pickEvents(out, facts, after, newestFirst)
		size += n
		return (limit == 0 || len(out) < limit) && (bytes == 0 || size < bytes || len(out) == 0)
	}, which, key, after)
	return out, err
}

func (s *sqlite) Outermost(keys []int64, last bool) (map[int64][]core.Fact, error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	order := "event, seq"
	if last {
		order = "event DESC, seq DESC"
	}
	rows, err := s.reader.Query("SELECT "+logColumns+" FROM json_each(?) k JOIN log l ON l.seq = (SELECT seq FROM log WHERE execution = k.value ORDER BY "+order+" LIMIT 1)", string(list))
	if err != nil {
		return nil, explain(s.path, err)
	}
	defer rows.Close()
	out := make(map[int64][]core.Fact, len(keys))
	for rows.Next() {
		var r logRow
		if err := rows.Scan(r.targets()...); err != nil {
			return nil, explain(s.path, err)
		}
		if facts, err := r.facts(); err == nil {
			out[r.execution] = facts
		}
	}
	return out, explain(s.path, rows.Err())
}

// facts reads rows of the log. take is given the facts of each row and their size, and tells
// whether to go on; nil: all are returned.
func (s *sqlite) facts(take func([]core.Fact, int) bool, which string, args ...any) (all []core.Fact, err error) {
	defer func() { err = explain(s.path, err) }()
	rows, err := s.reader.Query("SELECT "+logColumns+" FROM log l "+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r logRow
		if err := rows.Scan(r.targets()...); err != nil {
			return nil, err
		}
		facts, err := r.facts()
		if err != nil {
			return nil, err
		}
		if take == nil {
			all = append(all, facts...)
		} else if !take(facts, len(r.text)) {
			break
		}
	}
	return all, rows.Err()
}

const executionColumns = "x.key, x.function, x.name, x.id, x.region, x.account, x.version, x.status, x.start, x.end, x.expires, x.input, x.sum"

// scanExecution reads the executionColumns, and what comes after them into more.
func scanExecution(scan func(...any) error, x *Execution, more ...any) error {
	var hash []byte
	var sum *int64
	err := scan(append([]any{
		&x.Key, &x.ARN.Function, &x.ARN.Name, &x.ARN.ID, &x.ARN.Region, &x.ARN.Account, &x.ARN.Version,
		&x.Status, &x.Start, &x.End, &x.Expires, &hash, &sum,
	}, more...)...)
	copy(x.InputHash[:], hash)
	if err == nil && (len(hash) != len(x.InputHash) || sum != nil && *sum != x.sum()) {
		x.Damage = &DamageError{Why: wrongSum}
	}
	return err
}

// maxRead is how many bytes of the log are read at a time, rows being whole.
const maxRead = 4 << 20

func (s *sqlite) Rows(seq int64, limit int) (out []Row, err error) {
	defer func() { err = explain(s.path, err) }()
	rows, err := s.reader.Query("SELECT "+executionColumns+", "+logColumns+" FROM log l JOIN executions x ON x.key = l.execution WHERE l.seq > ? ORDER BY l.seq LIMIT ?", seq, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for size := 0; size < maxRead && rows.Next(); {
		var r Row
		var l logRow
		if err := scanExecution(rows.Scan, &r.Execution, l.targets()...); err != nil {
			return nil, err
		}
		r.Seq = l.seq
		r.Facts, r.Damage = l.facts()
		size += len(l.text)
		out = append(out, r)
	}
	return out, rows.Err()
}

func (s *sqlite) ByName(function, name string) (*Execution, error) {
	var x Execution
	err := scanExecution(s.reader.QueryRow("SELECT "+executionColumns+" FROM executions x WHERE x.function = ? AND x.name = ?", function, name).Scan, &x)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, explain(s.path, err)
	}
	return &x, nil
}

func (s *sqlite) List(q Query) ([]Execution, error) {
	text := "SELECT " + executionColumns + " FROM executions x WHERE 1"
	var args []any
	and := func(ok bool, condition string, values ...any) {
		if ok {
			text += " AND " + condition
			args = append(args, values...)
		}
	}
	and(q.Function != "", "x.function = ?", q.Function)
	and(q.Version != "", "x.version = ?", q.Version)
	and(q.Name != "", "x.name = ?", q.Name)
	and(q.After != 0, "x.start > ?", int64(q.After))
	and(q.Before != 0, "x.start < ?", int64(q.Before))
	and(q.ExpiresAfter != 0, "(x.expires = 0 OR x.expires > ?)", int64(q.ExpiresAfter))
	if n := len(q.Statuses); n > 0 {
		values := make([]any, n)
		for i, st := range q.Statuses {
			values[i] = string(st)
		}
		and(true, "x.status IN (?"+strings.Repeat(", ?", n-1)+")", values...)
	}
	if q.OldestFirst {
		and(q.From != 0, "x.key > ?", q.From)
		text += " ORDER BY x.key"
	} else {
		and(q.From != 0, "x.key < ?", q.From)
		text += " ORDER BY x.key DESC"
	}
	if q.Limit > 0 {
		text += " LIMIT ?"
		args = append(args, q.Limit)
	}
	return s.executions(text, args...)
}

func (s *sqlite) Running() ([]Execution, error) {
	return s.executions("SELECT " + executionColumns + " FROM executions x WHERE x.end = 0 ORDER BY x.key")
}

func (s *sqlite) executions(text string, args ...any) (out []Execution, err error) {
	defer func() { err = explain(s.path, err) }()
	rows, err := s.reader.Query(text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var x Execution
		if err := scanExecution(rows.Scan, &x); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}
