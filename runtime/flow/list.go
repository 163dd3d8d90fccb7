package flow

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Index is list[i].
func Index[T any](list []T, i int) T {
	if i < 0 || i >= len(list) {
		fail("index %d is out of range: the list has %d %s", i, len(list), plural(len(list), "element"))
	}
	return list[i]
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// Slice is list[lo:hi].
func Slice[T any](list []T, lo, hi int) []T {
	if lo < 0 || hi < lo || hi > len(list) {
		fail("slice [%d:%d] is out of range: the list has %d %s", lo, hi, len(list), plural(len(list), "element"))
	}
	return list[lo:hi:hi]
}

// Lookup is m[key], nil if there is none.
func Lookup[M ~map[K]V, K comparable, V any](m M, key K) *V {
	if v, ok := m[key]; ok {
		return &v
	}
	return nil
}

// HasKey reports whether a map has a key.
func HasKey[M ~map[K]V, K comparable, V any](m M, key K) bool {
	_, ok := m[key]
	return ok
}

// Keys gives the keys of a map in ascending order.
func Keys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// With gives a new map in which key has a value.
func With[M ~map[K]V, K comparable, V any](m M, key K, value V) M {
	out := make(M, len(m)+1)
	maps.Copy(out, m)
	out[key] = value
	return out
}

// Without gives a new map that has no such key.
func Without[M ~map[K]V, K comparable, V any](m M, key K) M {
	out := make(M, len(m))
	maps.Copy(out, m)
	delete(out, key)
	return out
}

// longest is how many numbers [Range] gives at most: what a workflow can do something
// with is less by far, and memory that is used up ends the process.
const longest = 1_000_000

// Range gives the numbers from one up to, not including, another.
func Range(from, to int) []int {
	if to <= from {
		return []int{}
	}
	if n := uint(to) - uint(from); n > longest {
		fail("a range from %d to %d has %d numbers; %d are possible", from, to, n, longest)
	}
	out := make([]int, to-from)
	for i := range out {
		out[i] = from + i
	}
	return out
}

// Append gives a new list with values at its end.
func Append[T any](list []T, values ...T) []T { return slices.Concat(list, values) }

// First gives the first element, nil if there is none.
func First[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return new(list[0])
}

// Last gives the last element, nil if there is none.
func Last[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return new(list[len(list)-1])
}

// Sort gives a new list in ascending order.
func Sort[T cmp.Ordered](list []T) []T {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// SortTimes is [Sort] for times.
func SortTimes(list []time.Time) []time.Time {
	out := slices.Clone(list)
	slices.SortStableFunc(out, time.Time.Compare)
	return out
}

// Least gives the smallest value, nil if there is none.
func Least[T cmp.Ordered](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return new(slices.Min(list))
}

// Greatest gives the largest value, nil if there is none.
func Greatest[T cmp.Ordered](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return new(slices.Max(list))
}

// LeastTimes is [Least] for times.
func LeastTimes(list []time.Time) *time.Time {
	if len(list) == 0 {
		return nil
	}
	return new(slices.MinFunc(list, time.Time.Compare))
}

// GreatestTimes is [Greatest] for times.
func GreatestTimes(list []time.Time) *time.Time {
	if len(list) == 0 {
		return nil
	}
	return new(slices.MaxFunc(list, time.Time.Compare))
}

// ContainsTime reports whether a list holds a time.
func ContainsTime(list []time.Time, t time.Time) bool { return slices.ContainsFunc(list, t.Equal) }

// Or gives what x points to, else y.
func Or[T any](x *T, y T) T {
	if x != nil {
		return *x
	}
	return y
}

// OrElse is [Or] for a y that is computed only where it is needed.
func OrElse[T any](x *T, y func() T) T {
	if x != nil {
		return *x
	}
	return y()
}

// OrMaybe gives x unless it is nil, else y, which may be nil too.
func OrMaybe[T any](x, y *T) *T {
	if x != nil {
		return x
	}
	return y
}

// OrMaybeElse is [OrMaybe] for a y that is computed only where it is needed.
func OrMaybeElse[T any](x *T, y func() *T) *T {
	if x != nil {
		return x
	}
	return y()
}

// Join is strings.Join for texts of a type of their own.
func Join[T ~string](list []T, separator string) string {
	parts := make([]string, len(list))
	for i, part := range list {
		parts[i] = string(part)
	}
	return strings.Join(parts, separator)
}
