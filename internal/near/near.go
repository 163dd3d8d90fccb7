// Package near finds the known name that somebody probably meant.
package near

import (
	"strings"

	"github.com/durablegen/durablegen/internal/words"
)

// maxLength is how long the names are that are compared, in bytes.
const maxLength = 64

// Name gives the entry of known that is closest to name, or "" if none is close
// enough to be worth suggesting: about a third of the name may differ, and something
// of it must stay. Case does not count; of equally close ones it is the first in the
// alphabet.
func Name(name string, known []string) string {
	bound := 1 << 30
	return Within(&bound, name, known)
}

// Within is Name with a bound for the work, which it lessens by what it has done: a
// file full of unknown names then costs no more than one with a few.
func Within(bound *int, name string, known []string) string {
	best, limit := "", (len(name)+2)/3
	for _, k := range known {
		if *bound <= 0 {
			break
		}
		*bound--
		if diff := len(k) - len(name); k == "" || diff > limit || -diff > limit {
			continue
		}
		*bound -= len(name)
		d := distance(strings.ToLower(name), strings.ToLower(k), limit+1)
		if d < len(name) && (d < limit || d == limit && (best == "" || k < best)) {
			best, limit = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours
// that make b of a, as far as they are less than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > maxLength || len(b) > maxLength {
		return limit
	}
	var rows [3][maxLength + 1]int
	for j := range rows[0][:len(b)+1] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, last, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return min(rows[len(a)%3][len(b)], limit)
}

// DidYouMean offers the entry of known that is closest to name; "" if none is.
func DidYouMean(name string, known []string) string {
	if n := Name(name, known); n != "" {
		return "did you mean `" + n + "`?"
	}
	return ""
}

// Help is DidYouMean, or lists what is known.
func Help(name string, known []string) string {
	if help := DidYouMean(name, known); help != "" {
		return help
	}
	return "there are " + words.List(known)
}
