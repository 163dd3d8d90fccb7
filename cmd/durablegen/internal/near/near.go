// Package near finds the known name that somebody probably meant.
package near

import "strings"

// Name gives the entry of known that is closest to name, or "" if none is close
// enough to be worth suggesting. Case does not count.
func Name(name string, known []string) string {
	best, bestDistance := "", limit(name)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// limit is how many edits still make a plausible slip of the pen.
func limit(name string) int {
	switch n := len(name); {
	case n <= 2:
		return 1
	case n <= 6:
		return 2
	default:
		return n / 3
	}
}

// distance counts insertions, deletions, replacements and swaps of neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before, last []int // the two rows above
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, last, row = last, row, make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(y)]
}

// DidYouMean offers the entry of known that is closest to name; "" if none is.
func DidYouMean(name string, known []string) string {
	if n := Name(name, known); n != "" {
		return "did you mean `" + n + "`?"
	}
	return ""
}

// List gives names as a sentence has them: "`a`, `b` and `c`".
func List(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	switch len(quoted) {
	case 0:
		return "none"
	case 1:
		return quoted[0]
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " and " + quoted[len(quoted)-1]
}
