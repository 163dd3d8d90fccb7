package dsl

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// Code names one kind of problem and never changes its meaning.
type Code string

// pages is the catalogue: a page for each code, in Markdown. It begins with
// `# code: title`, where the title completes the sentence "this code is reported
// for …", explains the code to a reader who met it for the first time, and ends with
// two whole files: one that provokes the code and nothing else, and the same put
// right.
//
//go:embed codes/*.md
var pages embed.FS

// Codes lists all codes in alphabetical order.
func Codes() []Code {
	files, err := pages.ReadDir("codes")
	if err != nil {
		panic(fmt.Sprintf("dsl: no catalogue: %v", err))
	}
	codes := make([]Code, len(files))
	for i, f := range files {
		codes[i] = Code(strings.TrimSuffix(f.Name(), ".md"))
	}
	slices.Sort(codes) // `foreign` before `foreign-comment`
	return codes
}

// Explain gives the page of a code, as plain text that is Markdown too: what is
// wrong, a file that provokes it, and the same file put right.
func Explain(code Code) (page string, ok bool) {
	text, err := pages.ReadFile("codes/" + string(code) + ".md")
	return string(text), err == nil
}
