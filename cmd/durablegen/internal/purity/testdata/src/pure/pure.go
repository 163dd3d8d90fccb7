package pure // want package:`examined`

// This package holds functions of which each is pure.

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"helper"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

type item struct {
	Name  string
	Cents int
	Note  *string
	Tags  []string
}

func (i item) String() string { return i.Name }

var (
	word     = regexp.MustCompile(`\w+`)
	quotes   = strings.NewReplacer(`"`, "'")
	rates    = map[string]float64{"eu": 0.2}
	primes   = sieve(50)
	errEmpty = errors.New("empty")
	units    = []func(int) string{strconv.Itoa, func(n int) string { return fmt.Sprint(n, "x") }}
	shapes   = []helper.Shape{helper.Square{Side: 2}}
)

func sieve(n int) []int {
	var found []int
outer:
	for i := 2; i < n; i++ {
		for _, p := range found {
			if i%p == 0 {
				continue outer
			}
		}
		found = append(found, i)
	}
	return found
}

func text(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	fmt.Fprintf(&b, "%d", utf8.RuneCountInString(s))
	return quotes.Replace(strings.Join(word.FindAllString(b.String(), -1), " "))
}

func money(items []item) (float64, error) {
	if len(items) == 0 {
		return 0, errEmpty
	}
	total := 0
	for _, i := range items {
		total += i.Cents
	}
	return math.Round(float64(total)*(1+rates["eu"])) / 100, nil
}

func cheapest(items []item) []item { // want cheapest:`changes 0`
	sort.Slice(items, func(i, j int) bool { return items[i].Cents < items[j].Cents })
	slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.Name, b.Name) })
	return items
}

func label(i item) string { return fmt.Sprintf("%v %s %q %d", i, i, i.Name, i.Cents) }

func digest(i item) (string, error) {
	text, err := json.Marshal(i)
	if err != nil {
		return "", fmt.Errorf("item %s: %w", i.Name, err)
	}
	sum := sha256.Sum256(bytes.TrimSpace(text))
	return hex.EncodeToString(sum[:]), nil
}

func due(t time.Time, days int) time.Time { return t.UTC().AddDate(0, 0, days).Truncate(time.Hour) }

func moment(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }

func choose(n int) string { return units[n%len(units)](n) + strconv.Itoa(primes[n]) }

func area() float64 {
	return helper.Total(shapes) + helper.Sum([]helper.Square{{Side: 1}}) + helper.Total([]helper.Shape{helper.Square{}})
}

func names(items []item) []string {
	return helper.Map(items, func(i item) string { return strings.ToLower(i.Name) })
}

func filled(n int) []int {
	list := make([]int, n)
	helper.Fill(list, 3)
	return list
}

func factorial(n int64) string { return new(big.Int).MulRange(1, n).String() }

func counter(n int) int {
	count := 0
	add := func() { count++ }
	for range n {
		add()
	}
	return count
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func keys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }

func guarded(n int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return errors.Join(errEmpty, strconv.ErrRange, fmt.Errorf("%d", 10/n))
}
