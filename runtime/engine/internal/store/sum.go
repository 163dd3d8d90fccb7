package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
)

// DamageError tells that something that was stored can't be read any more as it was written.
type DamageError struct {
	Row int64 // of the log; 0: the row of the execution itself
	Why string
}

func (e *DamageError) Error() string {
	if e.Row == 0 {
		return "its entry in the list of executions " + e.Why
	}
	return fmt.Sprintf("row %d of the log %s", e.Row, e.Why)
}

const wrongSum = "is not as it was written: its checksum is wrong"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summer makes the checksum of a row.
type summer struct{ sum uint32 }

func (s *summer) number(ns ...int64) {
	b := make([]byte, 0, 8*len(ns))
	for _, n := range ns {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	s.bytes(b)
}

func (s *summer) bytes(b []byte) { s.sum = crc32.Update(s.sum, castagnoli, b) }

// text adds texts so that no other texts give the same bytes.
func (s *summer) text(ts ...string) {
	var b []byte
	for _, t := range ts {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(t)))
		b = append(b, t...)
	}
	s.bytes(b)
}

// rowText is the facts of a row of the log as JSON, with the checksum so far.
type rowText struct {
	text string
	s    summer
}

func textOf(facts []byte) rowText {
	r := rowText{text: string(facts)}
	r.s.bytes(facts)
	return r
}

// sum is the checksum of the row.
func (r rowText) sum(seq, execution, at, event int64) int64 {
	r.s.number(seq, execution, at, event)
	return int64(r.s.sum)
}

// sum is the checksum of an execution's row.
func (x *Execution) sum() int64 {
	var s summer
	s.number(x.Key, int64(x.Start), int64(x.End), int64(x.Expires))
	s.text(x.ARN.Function, x.ARN.Name, x.ARN.ID, x.ARN.Region, x.ARN.Account, x.ARN.Version, string(x.Status))
	s.bytes(x.InputHash[:])
	return int64(s.sum)
}

// sum is the checksum of a function's row.
func (f *Function) sum() int64 {
	var s summer
	s.text(f.Name, string(f.Published))
	return int64(s.sum)
}

// logRow is a row of the log as it is stored.
type logRow struct {
	seq, execution, at, event int64
	text                      []byte
	sum                       *int64 // nil: there is none
}

// logColumns are those of a logRow, in the order of its scan.
const logColumns = "l.seq, l.execution, l.at, l.event, l.facts, l.sum"

func (r *logRow) targets() []any {
	return []any{&r.seq, &r.execution, &r.at, &r.event, &r.text, &r.sum}
}

func (r *logRow) wantSum() int64 {
	var s summer
	s.bytes(r.text)
	s.number(r.seq, r.execution, r.at, r.event)
	return int64(s.sum)
}

// facts reads what the row holds.
func (r *logRow) facts() ([]core.Fact, error) {
	if r.sum != nil && *r.sum != r.wantSum() {
		return nil, &DamageError{r.seq, wrongSum}
	}
	var facts []core.Fact
	if err := json.Unmarshal(r.text, &facts); err != nil {
		return nil, &DamageError{r.seq, "can't be read: " + err.Error()}
	}
	return facts, nil
}
