package cost

import (
	"math"

	"github.com/durablegen/durablegen/dsl"
)

// Sizes of the service and of the runtime, in bytes.
const (
	maxPayload = 1 << 20   // of an operation
	maxInline  = 32 << 10  // of the result of a step that is stored: a larger one is not in the record
	maxInput   = 6 << 20   // of an execution; also its result
	maxStored  = 256 << 10 // of the result of a context: a larger one is made again from what is in it
	maxError   = 1 << 20
	anError    = 300 // that is expected
)

// sizeOf is how many bytes the JSON of a type takes. What a text, list, map or Go type
// holds, no type says: it has no bound, and at least as many as the empty one.
func sizeOf(t dsl.Type) (least, most float64) { return sizes{}.of(t) }

// sizes are the records around.
type sizes map[dsl.Type]bool

func (in sizes) of(t dsl.Type) (least, most float64) {
	switch t := t.(type) {
	case nil:
		return 0, 4 // nothing, or null
	case dsl.Basic:
		switch t {
		case dsl.Int:
			return 1, 20
		case dsl.Float:
			return 1, 25
		case dsl.Bool:
			return 4, 5
		case dsl.Time:
			return 22, 32
		case dsl.Duration:
			return 4, 32
		case dsl.None:
			return 4, 4
		case dsl.String, dsl.Bytes:
			return 2, endless
		case dsl.JSON:
			return 1, endless
		}
	case *dsl.List, *dsl.Map:
		return 2, endless
	case *dsl.Optional:
		least, most = in.of(t.Elem)
		return min(least, 4), max(most, 4)
	case *dsl.Enum:
		least = math.Inf(1)
		for _, v := range t.Values {
			n := float64(len(v.JSON) + 2)
			least, most = min(least, n), max(most, 6*n)
		}
		return least, most
	case *dsl.Record:
		if in[t] {
			return 2, endless
		}
		in[t] = true
		defer delete(in, t)
		return in.fields(t.Fields)
	case *dsl.Outcome, *dsl.ItemOutcome:
		return 2, endless
	case *dsl.GoType, *dsl.ErrorType, *dsl.FailureType, *dsl.Handle:
		return 1, endless // whatever encoding/json makes of it
	}
	return 0, endless
}

func (in sizes) fields(list []*dsl.FieldEntry) (least, most float64) {
	least, most = 2, 2
	for _, f := range list {
		lo, hi := in.of(f.OnWire())
		name := float64(len(f.JSON) + 4) // quotes, colon, comma
		if _, optional := f.Type.(*dsl.Optional); !optional {
			least += name + lo - 1
		}
		most += 6*name + hi
	}
	return least, most
}

// payload is the size of a value: as large as the service takes at most. Where the type
// does not bound it, its name may be assumed.
func (w *walker) payload(t dsl.Type, limit float64, name string, pos dsl.Pos) span {
	least, most := sizeOf(t)
	if math.IsInf(most, 1) {
		expected := max(w.assumed.Size, least)
		return w.factor(Factor{What: "size", Name: name, Unit: Bytes, Pos: pos, Least: least, Most: limit, Expected: min(expected, limit)})
	}
	return span{least, min(most, limit), min((least+most)/2, limit)}
}

// stored is the size of the result of a context, which is not stored if it is large.
func (w *walker) stored(t dsl.Type, name string, pos dsl.Pos) bounded {
	s := w.payload(t, maxStored, name, pos)
	if s.most >= maxStored {
		s.least = 0
	}
	return some(Written, s)
}
