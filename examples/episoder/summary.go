package episoder

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// sentencesOf is how many sentences a summary has, keywordsOf how many keywords.
const (
	sentencesOf = 3
	keywordsOf  = 5
)

// summarize picks the sentences whose words occur most often in the whole text, in
// their order, and the words that do.
func summarize(words []string) (sentences, keywords []string) {
	counts := map[string]int{}
	for _, w := range words {
		if b := bare(w); len(b) > 4 && !common[b] {
			counts[b]++
		}
	}
	for w := range counts {
		keywords = append(keywords, w)
	}
	slices.SortFunc(keywords, func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	keywords = keywords[:min(keywordsOf, len(keywords))]

	type ranked struct {
		at, score int
		text      string
	}
	var all []ranked
	start := 0
	for i, w := range words {
		if !strings.ContainsAny(w[len(w)-1:], ".!?") && i != len(words)-1 {
			continue
		}
		score := 0
		for _, w := range words[start : i+1] {
			score += counts[bare(w)]
		}
		all = append(all, ranked{at: start, score: score * 10 / (i + 4 - start), text: strings.Join(words[start:i+1], " ")})
		start = i + 1
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(b.score-a.score, a.at-b.at) })
	all = all[:min(sentencesOf, len(all))]
	slices.SortFunc(all, func(a, b ranked) int { return a.at - b.at })
	for _, s := range all {
		sentences = append(sentences, s.text)
	}
	return sentences, keywords
}

// common are long words that say nothing of a text.
var common = map[string]bool{"about": true, "because": true, "everybody": true, "everything": true, "whatever": true,
	"where": true, "which": true, "there": true, "their": true, "would": true, "could": true, "every": true, "until": true}

// bare is a word without punctuation around it, in lower case.
func bare(word string) string {
	return strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }))
}
