// Package changes compares two versions of a checked program, and says what the edit
// does to executions that are under way, by where they stand, and to whoever starts,
// answers or awaits them.
//
// [Compare] gives a [Report]: for each workflow its [Change]s, each with a [Verdict] for
// every position where it makes a difference. An execution is at no position where nothing
// is said; there it goes on as if nothing had changed.
//
// A verdict is what can happen, seen from the text alone: "breaks" and "runs again" hold for
// executions that come to the operation at all. What does happen to one execution is told by
// a replay of its history.
//
// The package takes two programs and returns values. It reads no file and builds no Go; a
// type of a Go package is compared by its name.
package changes
