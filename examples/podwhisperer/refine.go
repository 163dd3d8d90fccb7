package podwhisperer

import (
	"context"
	"strings"
)

// Refiner proposes a better wording of a sentence, as a language model does.
type Refiner interface {
	Refine(ctx context.Context, sentence string) (string, error)
}

// How far a refined sentence may be from what was said.
const (
	maxWordChange   = 0.4 // changed words, of all
	maxEditDistance = 0.5 // edits of characters, of the longer text
	maxConsecutive  = 3   // changed words in a row
)

// acceptable reports whether a proposal is a correction of the sentence and not
// another one.
func acceptable(sentence, proposal string) bool {
	a, b := strings.Fields(sentence), strings.Fields(proposal)
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	changed := 0
	for _, c := range changes(a, b) {
		if c.same {
			continue
		}
		run := max(c.oldTo-c.oldFrom, c.newTo-c.newFrom)
		if run > maxConsecutive {
			return false
		}
		changed += run
	}
	if float64(changed) > maxWordChange*float64(max(len(a), len(b))) {
		return false
	}
	longer := max(len([]rune(sentence)), len([]rune(proposal)))
	return float64(editDistance([]rune(sentence), []rune(proposal))) <= maxEditDistance*float64(longer)
}

// editDistance is Levenshtein's.
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// Proofreader is the stand-in for a language model: it knows some mistakes by
// heart, and like the models it stands in for it is at times carried away.
type Proofreader struct{}

var proofs = strings.NewReplacer(
	"there first", "their first",
	"it's own", "its own",
	"could of", "could have",
	"more then", "more than",
	"lamda", "Lambda",
	"check point", "checkpoint",
)

// carriedAway is what becomes of some sentences: each goes too far in one way only.
var carriedAway = strings.NewReplacer(
	// too many words
	"I am not a careful person, to be honest, so I wanted", "You are surely never the careful sort, so we wanted",
	// too many characters
	"a diary.", "a comprehensivelyauthoritativejournal.",
	// too many words in a row
	"and whatever has a check point is", "and each step that was recorded is",
)

// Refine implements Refiner.
func (Proofreader) Refine(_ context.Context, sentence string) (string, error) {
	return proofs.Replace(carriedAway.Replace(sentence)), nil
}
