package dsl

import (
	"fmt"
	"sort"
	"strings"
)

// Code names one kind of problem and never changes its meaning.
type Code string

// entry is what the catalogue holds of a code. Bad is a whole file that provokes
// the code and nothing else, good the same file put right; a test runs them all.
type entry struct {
	title       string
	explanation string
	bad, good   string
}

var catalogue = map[Code]entry{}

// register adds a code to the catalogue. The title completes the sentence "this
// code is reported for …"; the explanation is for a reader who met the error for
// the first time.
func register(code Code, title, explanation, bad, good string) Code {
	if _, twice := catalogue[code]; twice {
		panic(fmt.Sprintf("dsl: code %q registered twice", code))
	}
	catalogue[code] = entry{title, strings.TrimSpace(explanation), example(bad), example(good)}
	return code
}

// example drops the line break that a raw string starts with.
func example(text string) string {
	return strings.TrimRight(strings.TrimPrefix(text, "\n"), " \n\t") + "\n"
}

// Codes lists all codes in alphabetical order.
func Codes() []Code {
	codes := make([]Code, 0, len(catalogue))
	for c := range catalogue {
		codes = append(codes, c)
	}
	sort.Slice(codes, func(i, j int) bool { return codes[i] < codes[j] })
	return codes
}

// Explain gives the page of a code, as plain text that is Markdown too: what is
// wrong, a file that provokes it, and the same file put right.
func Explain(code Code) (page string, ok bool) {
	e, ok := catalogue[code]
	if !ok {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n%s\n\n", code, e.title, e.explanation)
	fmt.Fprintf(&b, "This file provokes it:\n\n```flow\n%s```\n\nPut right:\n\n```flow\n%s```\n", e.bad, e.good)
	return b.String(), true
}
