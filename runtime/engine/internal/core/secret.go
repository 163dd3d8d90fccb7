package core

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// FormatID makes an execution ID, a UUID, out of 16 random bytes.
func FormatID(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// idBytes gives an execution ID as 16 bytes. IDs are made by FormatID; what else
// may be given is mapped to bytes that no other ID has, as far as that goes.
func idBytes(id string) (b [16]byte) {
	if len(id) == 36 {
		if n, err := hex.Decode(b[:], []byte(strings.ReplaceAll(id, "-", ""))); err == nil && n == 16 {
			return b
		}
	}
	sum := sha256.Sum256([]byte(id))
	copy(b[:], sum[:])
	return b
}

// derive makes a random value for a purpose out of a command's seed.
func derive(seed [16]byte, purpose, id string) (b [16]byte) {
	h := sha256.New()
	h.Write(seed[:])
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(id))
	copy(b[:], h.Sum(nil))
	return b
}

// A checkpoint token is 36 bytes: the execution, the invocation's secret, and
// the number of the checkpoint within it.
func encodeToken(id string, secret [16]byte, seq uint32) string {
	var b [36]byte
	e := idBytes(id)
	copy(b[:], e[:])
	copy(b[16:], secret[:])
	binary.BigEndian.PutUint32(b[32:], seq)
	return base64.StdEncoding.EncodeToString(b[:])
}

func decodeToken(token string) (id, secret [16]byte, seq uint32, ok bool) {
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(b) != 36 {
		return id, secret, 0, false
	}
	return [16]byte(b[:16]), [16]byte(b[16:32]), binary.BigEndian.Uint32(b[32:]), true
}

// A callback ID is 36 bytes in hexadecimal: the execution, the operation's place
// in it, and 128 random bits.
func encodeCallbackID(id string, index int, secret [16]byte) string {
	var b [36]byte
	e := idBytes(id)
	copy(b[:], e[:])
	binary.BigEndian.PutUint32(b[16:], uint32(index))
	copy(b[20:], secret[:])
	return hex.EncodeToString(b[:])
}

// ParseCallbackID tells to which execution ID a callback ID belongs.
func ParseCallbackID(callbackID string) (executionID string, ok bool) {
	b, err := hex.DecodeString(callbackID)
	if err != nil || len(b) != 36 {
		return "", false
	}
	h := hex.EncodeToString(b[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], true
}

// openCallback finds the callback that an ID is for, if it waits for an answer.
func (s *State) openCallback(callbackID string) *op {
	b, err := hex.DecodeString(callbackID)
	if err != nil || len(b) != 36 {
		return nil
	}
	i := int(binary.BigEndian.Uint32(b[16:]))
	if i >= len(s.order) {
		return nil
	}
	o := s.lookup(s.order[i])
	if o.CallbackDetails == nil || o.Status.Terminal() ||
		subtle.ConstantTimeCompare([]byte(o.CallbackDetails.CallbackId), []byte(callbackID)) != 1 {
		return nil
	}
	return o
}
