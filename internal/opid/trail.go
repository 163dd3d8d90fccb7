package opid

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// undoWords begins the name of an undo, as people say it.
const undoWords = "undo of "

// trail gives a path, or an ID that is not [Hashed], as the progress of a run shows it:
// names joined by "/", turns and items in brackets behind them.
func trail(path string) string {
	segments, ok := Parse(path)
	if !ok {
		return path
	}
	var b strings.Builder
	for _, s := range segments {
		if b.Len() > 0 && !s.Item() {
			b.WriteByte('/')
		}
		if s.Part == Undo {
			b.WriteString(undoWords)
		}
		b.WriteString(s.Name)
		for _, turn := range s.Turns {
			b.WriteString("[" + strconv.Itoa(turn) + "]")
		}
	}
	return b.String()
}

// LeadsTo reports whether a trail, such as "labels[2]/ask", leads to the operation of an
// ID, or to the callback that is a part of it. One that is written as [Words] does, too.
func LeadsTo(shown, id string) bool {
	shown = strings.ReplaceAll(strings.ReplaceAll(shown, " / [", "["), " / ", "/")
	if !Hashed(id) {
		return trail(id) == shown
	}
	return slices.ContainsFunc(pathsOf(shown), func(path string) bool { return Of(path) == id || Of(path+Callback) == id })
}

// maxPaths bounds how many readings of a trail are tried.
const maxPaths = 1 << 12

var trailPart = regexp.MustCompile(`^(.*?)((?:\[\d{1,9}\])*)$`)

// pathsOf gives the paths that a trail may be that of: the last of the numbers behind a
// name is that of a turn or of an item.
func pathsOf(shown string) []string {
	paths := []string{""}
	for part := range strings.SplitSeq(shown, "/") {
		m := trailPart.FindStringSubmatch(part)
		name, undo := m[1], ""
		if rest, ok := strings.CutPrefix(name, undoWords); ok {
			name, undo = rest, Undo
		}
		marks := strings.NewReplacer("[", markTurn, "]", "").Replace(m[2])
		var longer []string
		for _, path := range paths {
			longer = append(longer, Join(path, name, marks+undo))
			if i := strings.LastIndex(marks, markTurn); i >= 0 {
				longer = append(longer, Join(path, name, marks[:i]+undo)+"-"+marks[i:])
			}
		}
		if paths = longer; len(paths) > maxPaths {
			return nil
		}
	}
	return paths
}
