package durable

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// An operation's path is the segments of the scopes around it and its own, joined
// by "-". A segment is a name, in which every byte but an ASCII letter or digit is
// written as "_" and two capital hexadecimal digits, followed by marks, which begin
// with "_" and a small letter:
//
//	_i3   turn 3 of a loop around the operation, outermost loop first
//	_u    the undo of the operation
//	_c    the callback of a wait for a callback
//	_s    the submitter of a wait for a callback
//
// An item of a map, or a branch without a name, is a segment of the mark of its
// index alone: "labels-_i3-print". So different paths have different texts. A path
// of up to 64 characters is the operation's ID; that of a longer one is "_h" and
// the SHA-256 of the path in base64url.
const (
	markTurn      = "_i"
	markUndo      = "_u"
	markCallback  = "_c"
	markSubmitter = "_s"
	markHash      = "_h"

	maxIDLength = 64
)

const upperHex = "0123456789ABCDEF"

// appendPath appends to scope, a path or nothing, the segment of name and marks.
func appendPath(dst []byte, scope, name, marks string) []byte {
	if scope != "" {
		dst = append(dst, scope...)
		dst = append(dst, '-')
	}
	for i := 0; i < len(name); i++ {
		switch b := name[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
			dst = append(dst, b)
		default:
			dst = append(dst, '_', upperHex[b>>4], upperHex[b&15])
		}
	}
	return append(dst, marks...)
}

// joinPath is appendPath as a text.
func joinPath(scope, name, marks string) string {
	var buf [128]byte
	return string(appendPath(buf[:0], scope, name, marks))
}

// indexMark is the mark of a turn or an item.
func indexMark(i int) string { return markTurn + strconv.Itoa(i) }

// pathID is the ID of the operation at a path.
func pathID(path string) string {
	if len(path) <= maxIDLength {
		return path
	}
	sum := sha256.Sum256([]byte(path))
	return markHash + base64.RawURLEncoding.EncodeToString(sum[:])
}

// isUndoID reports whether id can be seen to be that of an undo.
func isUndoID(id string) bool {
	return len(id) > len(markUndo) && id[len(id)-len(markUndo):] == markUndo &&
		!(len(id) > 1 && id[:2] == markHash)
}
