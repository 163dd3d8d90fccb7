// Package opid writes and reads the IDs of operations.
//
// An operation is found by its path: the segments of the scopes around it and its
// own, joined by "-". A segment is a name, in which every byte but an ASCII letter or
// digit is written as "_" and two capital hexadecimal digits, followed by marks, which
// begin with "_" and a small letter:
//
//	_i3   turn 3 of a loop around the operation, outermost loop first
//	_u    the undo of the operation
//	_c    the callback of a wait for a callback
//	_s    the submitter of a wait for a callback
//	_t    the timer of a scope that ends after some time
//	_a    the start of the execution in which a workflow goes on
//
// An item of a map, or a branch without a name, is a segment of the mark of its index
// alone: "labels-_i3-print". So different paths have different texts. A path of up to
// 64 characters is the operation's ID; that of a longer one is "_h" and the SHA-256 of
// the path in base64url.
//
// Where a label hides what an operation calls, its ID tells: behind that of the path,
// which is cut to a hash where both do not fit, stands
//
//	_kcharge   the operation calls `charge`
//	_x…        it calls something whose name is too long, of which this is a hash
//
// The paths of what is inside of the operation are without it.
package opid

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// Marks of what belongs to an operation.
const (
	Undo      = "_u"
	Callback  = "_c"
	Submitter = "_s"
	Timer     = "_t"
	Again     = "_a"
)

const (
	markTurn  = "_i"
	markHash  = "_h"
	markCalls = "_k"
	markLong  = "_x"

	hashLength = len(markHash) + 43

	// maxLength is that of an ID, by the service's rules.
	maxLength = 64
)

const upperHex = "0123456789ABCDEF"

// Turn is the mark of turn i of a loop, or of item i.
func Turn(i int) string { return markTurn + strconv.Itoa(i) }

// Join gives the path of what a scope, a path or nothing, has under name and marks.
func Join(scope, name, marks string) string {
	var buf [128]byte
	dst := buf[:0]
	if scope != "" {
		dst = append(dst, scope...)
		dst = append(dst, '-')
	}
	for i := 0; i < len(name); i++ {
		if b := name[i]; plain(b) {
			dst = append(dst, b)
		} else {
			dst = append(dst, '_', upperHex[b>>4], upperHex[b&15])
		}
	}
	return string(append(dst, marks...))
}

// plain reports whether a byte of a name stands for itself.
func plain(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// Of is the ID of the operation at a path.
func Of(path string) string {
	if len(path) <= maxLength {
		return path
	}
	return hashed(path)
}

func hashed(path string) string { return markHash + hash(path) }

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Calling is the ID of the operation at a path that calls what has the name callee, where
// a label hides that.
func Calling(path, callee string) string {
	mark := markCalls + Join("", callee, "")
	switch {
	case len(path)+len(mark) <= maxLength:
		return path + mark
	case hashLength+len(mark) > maxLength:
		mark = markLong + hash(callee)[:16]
	}
	return hashed(path) + mark
}

// Callee splits an ID that tells what the operation calls: base is the same for all
// that an operation at one path could call (one of the two texts that [Bases] gives),
// callee is empty where it is only known as a hash.
func Callee(id string) (base, callee string, ok bool) {
	from := 0
	if Hashed(id) {
		if from = hashLength; len(id) <= from {
			return "", "", false
		}
	}
	for i := from; i+1 < len(id); i++ {
		if id[i] != '_' || from > 0 && i > from {
			continue
		}
		switch id[i : i+2] {
		case markCalls:
			callee, ok = unescape(id[i+2:])
			return id[:i], callee, ok && callee != ""
		case markLong:
			return id[:i], "", from > 0
		}
	}
	return "", "", false
}

// Bases gives what [Callee] may find before the mark in the ID of the operation at a path.
func Bases(path string) [2]string { return [2]string{path, hashed(path)} }

// Hashed reports whether id is that of a path too long to be an ID: it tells nothing
// of the path.
func Hashed(id string) bool { return strings.HasPrefix(id, markHash) }

// IsUndo reports whether id can be seen to be that of an undo.
func IsUndo(id string) bool {
	if base, _, ok := Callee(id); ok {
		id = base
	}
	return len(id) > len(Undo) && strings.HasSuffix(id, Undo) && !Hashed(id)
}

// Segment is one segment of a path, decoded.
type Segment struct {
	Name  string // empty for an item
	Turns []int  // of the loops around, outermost first; of an item, its index
	Part  string // Undo, Callback, Submitter, Timer, Again or nothing
	Calls string // what the operation calls, where a label hides that
}

// Item reports whether the segment is that of an item, or of a branch without a name.
func (s *Segment) Item() bool { return s.Name == "" && len(s.Turns) > 0 }

// ParseSegment reads a segment. ok is false for a text that no segment has.
func ParseSegment(text string) (s Segment, ok bool) {
	name, marks := cut(text)
	if s.Name, ok = unescape(name); !ok {
		return Segment{}, false
	}
	for marks != "" && ok {
		switch head, rest := marks[:2], marks[2:]; head {
		case markTurn:
			digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
			n, err := strconv.Atoi(rest[:digits])
			s.Turns, marks, ok = append(s.Turns, n), rest[digits:], err == nil
		case Undo, Callback, Submitter, Timer, Again:
			s.Part, marks = head, rest
			ok = s.Part == Undo || rest == "" // an undo may wait for a callback, too
		case markCalls:
			s.Calls, ok = unescape(rest)
			ok, marks = ok && rest != "", ""
		default:
			ok = false
		}
		if marks != "" && (len(marks) < 2 || marks[0] != '_') {
			ok = false
		}
	}
	if !ok || s.Name == "" && len(s.Turns) == 0 {
		return Segment{}, false
	}
	return s, true
}

// Parse reads a path, or an ID that is not [Hashed].
func Parse(path string) (segments []Segment, ok bool) {
	for text := range strings.SplitSeq(path, "-") {
		s, ok := ParseSegment(text)
		if !ok {
			return nil, false
		}
		segments = append(segments, s)
	}
	return segments, true
}

// Words gives a path, or an ID that is not [Hashed], as people say it: names joined by
// " / ", turns and items in brackets, "undo of" before what is one. What is no path
// stays as it is, and a hashed ID, which says nothing, is empty.
func Words(path string) string {
	if Hashed(path) {
		return ""
	}
	segments, ok := Parse(path)
	if !ok {
		return path
	}
	words := make([]string, len(segments))
	for i, s := range segments {
		words[i] = s.Name
		for _, turn := range s.Turns {
			words[i] += "[" + strconv.Itoa(turn) + "]"
		}
		if s.Part == Undo {
			words[i] = undoWords + words[i]
		}
	}
	return strings.Join(words, " / ")
}

// Bare gives a path without what differs from execution to execution: turns and items,
// and the parts of an operation but its undo. It is the ID of the operation's node in
// a diagram.
func Bare(path string) string {
	var b strings.Builder
	for text := range strings.SplitSeq(path, "-") {
		name, marks := cut(text)
		if strings.Contains(marks, Undo) {
			marks = Undo
		} else {
			marks = ""
		}
		if name == "" && marks == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(name)
		b.WriteString(marks)
	}
	return b.String()
}

// cut splits a segment into its name, as it is written, and its marks.
func cut(segment string) (name, marks string) {
	for i := 0; i+1 < len(segment); i++ {
		if segment[i] == '_' && 'a' <= segment[i+1] && segment[i+1] <= 'z' {
			return segment[:i], segment[i:]
		}
	}
	return segment, ""
}

// unescape reads a name.
func unescape(text string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if plain(text[i]) {
			b.WriteByte(text[i])
			continue
		}
		if text[i] != '_' || i+2 >= len(text) {
			return "", false
		}
		high, low := strings.IndexByte(upperHex, text[i+1]), strings.IndexByte(upperHex, text[i+2])
		if c := byte(high<<4 | low); high < 0 || low < 0 || plain(c) {
			return "", false
		} else {
			b.WriteByte(c)
		}
		i += 2
	}
	return b.String(), true
}
