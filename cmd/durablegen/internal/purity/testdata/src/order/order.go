package order // want package:`examined`

// This package holds loops over maps.

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

func sum(m map[string]int) (total, count int) {
	for _, n := range m {
		if n >= 0 {
			total += n
		}
	}
	for k, n := range m {
		if n >= 0 {
			if strings.HasPrefix(k, "x") && abs(n) > 1 {
				count++
			}
		}
	}
	return total, count
}

func abs(n int) int { return max(n, -n) }

func sumAndCount(m map[string]int) (total, count int) { // want sumAndCount:`only the simplest bodies`
	for _, n := range m {
		total += n
		count++
	}
	return total, count
}

func sumOfFloats(m map[string]float64) float64 { // want sumOfFloats:`ranges over a map, .* is no integer`
	total := 0.0
	for _, n := range m {
		total += n
	}
	return total
}

func sorted(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, strings.ToUpper(k))
	}
	sort.Strings(keys)
	return keys
}

func unsorted(m map[string]int) []string { // want unsorted:`is not sorted right after the loop`
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func collected(m map[string]int) []string {
	keys := slices.Collect(maps.Keys(m))
	slices.Sort(keys)
	return keys
}

func copied(m map[string]int) map[string]int {
	out := make(map[string]int, len(m))
	for k, v := range m {
		out[k] = v * 2
	}
	return out
}

func inverted(m map[string]int) map[int]string { // want inverted:`entries may fall on the same place`
	out := map[int]string{}
	for k, v := range m {
		out[v] = k
	}
	return out
}

func set(m map[string]int) map[int]bool {
	out := map[int]bool{}
	for _, v := range m {
		out[v] = true
	}
	return out
}

func histogram(m map[string]int) map[int]int {
	out := map[int]int{}
	for _, v := range maps.All(m) {
		out[v]++
	}
	return out
}

func has(m map[string]int, n int) bool {
	for _, v := range m {
		if v == n {
			return true
		}
	}
	return false
}

func which(m map[string]int, n int) string { // want which:`it returns something of the entry that happens to be first`
	for k, v := range m {
		if v == n {
			return k
		}
	}
	return ""
}

func last(m map[string]int) string { // want last:`keeps what the last entry left in it`
	key := ""
	for k := range m {
		key = k
	}
	return key
}

func greatest(m map[string]int) (most int) {
	for _, v := range m {
		if v%2 == 0 {
			most = max(most, v)
		}
	}
	for v := range maps.Values(m) {
		most = max(most, v)
	}
	return most
}

func greatestByIf(m map[string]int) (most int) { // want greatestByIf:`keeps what the last entry left in it`
	for _, v := range m {
		if v > most {
			most = v
		}
	}
	return most
}

func greatestKey(m map[string]int) string { // want greatestKey:`only the simplest bodies`
	most, key := 0, ""
	for k, v := range m {
		if v > most {
			most, key = v, k
		}
	}
	return key
}

func found(m map[string]int) bool {
	ok := false
	for _, v := range m {
		if v > 3 {
			ok = true
		}
	}
	return ok
}

func upTo(m map[string]int) int { // want upTo:`it looks at what it changes`
	total := 0
	for _, v := range m {
		if total < 10 {
			total += v
		}
	}
	return total
}

func firstOnly(m map[string]int) int { // want firstOnly:`only the simplest bodies`
	n := 0
	for range m {
		n++
		break
	}
	return n
}

func written(m map[string]int) string { // want written:`only the simplest bodies`
	var b strings.Builder
	for k := range m {
		b.WriteString(k)
	}
	return b.String()
}

func handed(m map[string]int) []string { // want handed:`it calls what may change something`
	list := make([]string, 1)
	n := 0
	for k := range m {
		n += add(list, k)
	}
	return list
}

func add(list []string, k string) int { // want add:`changes 0`
	list[0] += k
	return 1
}

func grouped(m map[string][]int) map[string]int { // want grouped:`only the simplest bodies`
	out := map[string]int{}
	for k, list := range m {
		seen := map[int]bool{}
		for _, v := range list {
			if !seen[v] {
				out[k] += v
			}
			seen[v] = true
		}
	}
	return out
}

func pruned(m map[string]int) map[string]int { // want pruned:`changes 0` pruned:`only the simplest bodies`
	for k, v := range m {
		if v == 0 {
			delete(m, k)
		}
	}
	return m
}

func generic[M ~map[K]V, K comparable, V any](m M) (keys []K) { // want generic:`is not sorted right after the loop`
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func nested(m map[string]int) map[string]int { // want nested:`it looks at what it changes`
	out := map[string]int{}
	for k, v := range m {
		if out[k] == 0 {
			out[k] = v
		}
	}
	return out
}

func aliased(m map[string]int) int { // want aliased:`it looks at what it changes`
	out := map[int]bool{}
	other := out
	for _, v := range m {
		if !other[v-1] {
			out[v] = true
		}
	}
	return len(out)
}

func pointed(m map[string]int) int { // want pointed:`only the simplest bodies`
	total := 0
	p := &total
	for _, v := range m {
		if *p < 10 {
			total += v
		}
	}
	return total
}

func literal(m map[string]int) int { // want literal:`it calls what may change something`
	n, total := 0, 0
	for _, v := range m {
		total += func() int { n += total; return v }()
	}
	return total + n
}

func through(m map[string]int) int { // want through:`it calls what may change something`
	n, total := 0, 0
	next := func() int { n += total; return n }
	for range m {
		total += next()
	}
	return total
}

func kept(m map[string]int) string { // want kept:`keeps what the last entry left in it`
	last := ""
	for k := range m {
		last = k
	}
	return last
}

var all = map[string]bool{} // want all:`is changed by shared`

func shared(m map[string]int) int { // want shared:`only the simplest bodies`
	for k := range m {
		all[k] = true
	}
	return 1
}

type box struct{ n int }

func (b *box) add(n int) int { b.n += n; return b.n } // want add:`changes 0`

func boxed(m map[string]int) int { // want boxed:`it calls what may change something`
	total := 0
	b := &box{}
	for _, v := range m {
		total += b.add(v)
	}
	return total
}

func longest(m map[string][]string) int {
	most := 0
	for _, list := range m {
		most = max(most, len(list))
	}
	return most
}
