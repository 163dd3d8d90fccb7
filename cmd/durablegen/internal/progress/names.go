package progress

import (
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/runtime/wire"
)

// nameOf gives the name by which an operation is shown. The last segment of its ID
// is its name on the path and the turns of the loops around it; a hashed ID tells
// nothing, and other SDKs use IDs of their own, so then it is the recorded name.
func nameOf(e *wire.Event) string {
	id := e.Id
	if rest, ok := strings.CutPrefix(id, e.ParentId+"-"); ok && e.ParentId != "" {
		id = rest
	}
	segment := id
	if i := strings.LastIndexByte(id, '-'); i >= 0 {
		segment = id[i+1:]
	}
	name, marks, ok := decodeSegment(segment)
	if !ok || e.Name != "" && name == "" && marks == "" {
		name, marks = e.Name, ""
	}
	if name == "" && marks == "" {
		name = strings.ToLower(e.SubType)
		if name == "" {
			name = e.Id
		}
	}
	if rest, undo := strings.CutSuffix(marks, "undo"); undo {
		if e.Name != "" {
			return e.Name + rest + " (undoes " + name + ")"
		}
		return "undo of " + name + rest
	}
	if name != "" && e.Name != "" {
		name = e.Name // of which the ID knows nothing after a renaming with was
	}
	return name + marks
}

// decodeSegment reads one segment of an ID: the name, with `_XX` for bytes other
// than letters and digits, then marks. A turn is shown as [2].
func decodeSegment(s string) (name, marks string, ok bool) {
	if strings.HasPrefix(s, "_h") {
		return "", "", false
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '_' {
			if marks != "" {
				return "", "", false
			}
			b.WriteByte(s[i])
			i++
			continue
		}
		rest := s[i+1:]
		switch {
		case len(rest) >= 1 && rest[0] == 'i':
			n := 1
			for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
				n++
			}
			if n == 1 {
				return "", "", false
			}
			marks += "[" + rest[1:n] + "]"
			i += 1 + n
		case len(rest) >= 1 && rest[0] == 'u':
			marks += "undo"
			i += 2
		case len(rest) >= 1 && (rest[0] == 'c' || rest[0] == 's'):
			i += 2
		case len(rest) >= 2:
			c, err := strconv.ParseUint(rest[:2], 16, 8)
			if err != nil {
				return "", "", false
			}
			b.WriteByte(byte(c))
			i += 3
		default:
			return "", "", false
		}
	}
	return b.String(), marks, true
}
