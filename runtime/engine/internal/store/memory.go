package store

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// memory is a Store that ends with the process.
type memory struct {
	mu         sync.RWMutex
	info       Info
	executions map[int64]*Execution
	names      map[[2]string]int64
	facts      map[int64][]core.Fact
	functions  map[string][]byte
	rows       []memoryRow // the first one has number 1
}

type memoryRow struct {
	key   int64
	facts []core.Fact
}

// Memory returns an empty store that keeps everything in memory.
func Memory() Store {
	return &memory{
		executions: map[int64]*Execution{},
		names:      map[[2]string]int64{},
		facts:      map[int64][]core.Fact{},
		functions:  map[string][]byte{},
	}
}

func (m *memory) Info() Info {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.info
}

func (m *memory) SetOffset(ms int64) {
	m.mu.Lock()
	m.info.Offset = ms
	m.mu.Unlock()
}

func (m *memory) Rewind() error {
	m.mu.Lock()
	m.info.Offset, m.info.LastTime = 0, 0
	m.mu.Unlock()
	return nil
}

func (m *memory) Commit(ws []Write) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := m.info.LastSeq + 1
	for _, w := range ws {
		if x := w.Execution; x != nil {
			c := *x
			m.executions[x.Key] = &c
			m.names[[2]string{x.ARN.Function, x.ARN.Name}] = x.Key
			m.info.LastKey = max(m.info.LastKey, x.Key)
		}
		m.facts[w.Key] = append(m.facts[w.Key], w.Facts...)
		m.rows = append(m.rows, memoryRow{w.Key, w.Facts})
		m.info.LastSeq++
		if n := len(w.Facts); n > 0 {
			m.info.LastTime = max(m.info.LastTime, w.Facts[n-1].At)
		}
	}
	return first, nil
}

func (m *memory) Facts(key int64) ([]core.Fact, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.facts[key], nil
}

func (m *memory) Events(key int64, after int, newestFirst bool, _, _ int) ([]core.Fact, error) {
	facts, err := m.Facts(key)
	return pickEvents(nil, facts, after, newestFirst), err
}

// pickEvents adds those facts to out that are events in the wanted range.
func pickEvents(out, facts []core.Fact, after int, newestFirst bool) []core.Fact {
	if newestFirst {
		for i := len(facts) - 1; i >= 0; i-- {
			if n := facts[i].Event; n != 0 && n < after {
				out = append(out, facts[i])
			}
		}
		return out
	}
	for i := range facts {
		if facts[i].Event > after {
			out = append(out, facts[i])
		}
	}
	return out
}

func (m *memory) Rows(seq int64, limit int) ([]Row, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Row
	for i := max(seq, 0); i < int64(len(m.rows)) && len(out) < limit; i++ {
		if x := m.executions[m.rows[i].key]; x != nil {
			out = append(out, Row{Seq: i + 1, Execution: *x, Facts: m.rows[i].facts})
		}
	}
	return out, nil
}

func (m *memory) ByName(function, name string) (*Execution, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	x := m.executions[m.names[[2]string{function, name}]]
	if x == nil {
		return nil, nil
	}
	c := *x
	return &c, nil
}

func (m *memory) List(q Query) ([]Execution, error) {
	m.mu.RLock()
	var out []Execution
	for _, x := range m.executions {
		if q.matches(x) {
			out = append(out, *x)
		}
	}
	m.mu.RUnlock()
	slices.SortFunc(out, func(a, b Execution) int {
		if q.OldestFirst {
			return cmp.Compare(a.Key, b.Key)
		}
		return cmp.Compare(b.Key, a.Key)
	})
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out, nil
}

func (q *Query) matches(x *Execution) bool {
	if q.Function != "" && x.ARN.Function != q.Function || q.Version != "" && x.ARN.Version != q.Version || q.Name != "" && x.ARN.Name != q.Name {
		return false
	}
	if len(q.Statuses) > 0 && !slices.Contains(q.Statuses, x.Status) {
		return false
	}
	if q.After != 0 && x.Start <= q.After || q.Before != 0 && x.Start >= q.Before {
		return false
	}
	if x.Expires != 0 && x.Expires <= q.ExpiresAfter {
		return false
	}
	return q.From == 0 || q.OldestFirst && x.Key > q.From || !q.OldestFirst && x.Key < q.From
}

func (m *memory) Outermost(keys []int64, last bool) (map[int64][]core.Fact, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := make(map[int64][]core.Fact, len(keys))
	for _, key := range keys {
		switch facts := m.facts[key]; {
		case len(facts) == 0:
		case last:
			out[key] = facts[len(facts)-1:]
		default:
			out[key] = facts[:1]
		}
	}
	return out, nil
}

func (m *memory) Running() ([]Execution, error) {
	all, err := m.List(Query{OldestFirst: true})
	return slices.DeleteFunc(all, func(x Execution) bool { return x.End != 0 }), err
}

func (m *memory) Forget(now wire.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, x := range m.executions {
		if x.Expires != 0 && x.Expires <= now {
			m.drop(key)
		}
	}
	return nil
}

func (m *memory) Delete(key int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(key)
	return nil
}

// drop deletes an execution, with the lock held.
func (m *memory) drop(key int64) {
	x := m.executions[key]
	if x == nil {
		return
	}
	delete(m.executions, key)
	delete(m.facts, key)
	if n := [2]string{x.ARN.Function, x.ARN.Name}; m.names[n] == key {
		delete(m.names, n)
	}
	for i := range m.rows {
		if m.rows[i].key == key {
			m.rows[i].facts = nil
		}
	}
}

func (m *memory) Functions() ([]Function, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Function
	for _, name := range slices.Sorted(maps.Keys(m.functions)) {
		out = append(out, Function{Name: name, Published: m.functions[name]})
	}
	return out, nil
}

func (m *memory) SetFunction(name string, published []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.functions[name] = slices.Clone(published)
	return nil
}

func (m *memory) Tend() error { return nil }

func (m *memory) Close() error { return nil }
