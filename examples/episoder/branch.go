package episoder

import (
	"strconv"
	"strings"
	"unicode"
)

// branchOf is the branch for an episode: what git doesn't take in a name is written
// as its number. It is pure.
func branchOf(episode string) string {
	branch := "episodes/"
	for _, r := range strings.ToLower(episode) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' {
			branch += string(r)
		} else {
			branch += "=" + strconv.Itoa(int(r))
		}
	}
	return branch
}
