// Package chain says in which execution another one goes on, and how the two tell.
//
// An execution that goes on as a new one ends with a result that names it, and the new
// one begins with an input that names the former beside its own:
//
//	{"$again":{"from":"arn:…/order-7/5f0c…","to":"order-7-2-q7k3mfz2abcd"}}
//	{"$again":{"from":"arn:…/order-7/5f0c…","to":"order-7-2-q7k3mfz2abcd"},"input":…}
//
// The name is computed from the ARN, so a link proves itself: data of a workflow that
// happens to look like one is no link, as its name does not follow from its ARN.
package chain

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/internal/arns"
)

const hashLength = 12

// Link says that an execution has gone on as another one of its function.
type Link struct {
	From string `json:"from"` // ARN of the execution
	To   string `json:"to"`   // name of the one in which it goes on
}

// After is the link from the execution of an ARN to the one that follows it. The
// follower's name is that of the first in the chain, shortened if need be, its number in
// the chain, and a hash of the ARN: no other execution has it, and neither has one that
// somebody names, as the ARN holds a random part.
func After(from string) Link {
	a, _ := arns.Parse(from)
	base, number := split(a.Name)
	sum := sha256.Sum256([]byte(from))
	hash := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:hashLength]
	suffix := "-" + strconv.Itoa(number+1) + "-" + hash
	return Link{From: from, To: base[:min(len(base), arns.MaxName-len(suffix))] + suffix}
}

// split gives the name of the first execution of a chain, and the number in the chain of
// the one that has the name: 1 for the first, and for any name that does not look like
// that of a follower.
func split(name string) (base string, number int) {
	rest, hash, ok := cutLast(name)
	if !ok || len(hash) != hashLength || strings.Trim(hash, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return name, 1
	}
	base, digits, ok := cutLast(rest)
	number, err := strconv.Atoi(digits)
	if !ok || base == "" || err != nil || number < 2 || number >= 1e9 || strconv.Itoa(number) != digits {
		return name, 1
	}
	return base, number
}

func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, '-')
	if i < 0 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// envelope is what stands in an input or a result.
type envelope struct {
	Again *Link           `json:"$again"`
	Input json.RawMessage `json:"input"`
}

// opening is how a link in a text begins: they are written here alone.
const opening = `{"$again":`

// Input is the input of the follower, whose own is the JSON text input.
func (l Link) Input(input string) string { return l.text() + `,"input":` + input + "}" }

// Result is the result of the execution that has gone on.
func (l Link) Result() string { return l.text() + "}" }

func (l Link) text() string {
	text, _ := json.Marshal(l) // two texts
	return opening + string(text)
}

// read gives the link in an input or a result.
func read(text *string) (e envelope, ok bool) {
	if text == nil || !strings.HasPrefix(*text, opening) {
		return envelope{}, false
	}
	err := json.Unmarshal([]byte(*text), &e)
	return e, err == nil && e.Again != nil && *e.Again == After(e.Again.From)
}

// FromResult reads the link in the result of an execution, if there is one.
func FromResult(result *string) (l Link, ok bool) {
	e, ok := read(result)
	if !ok || e.Input != nil {
		return Link{}, false
	}
	return *e.Again, true
}

// FromInput splits the input of an execution into the link to the one before and its own
// input. Without a link, input is its own. Of an execution that was given the input of
// another one, link.To is not the name.
func FromInput(input *string) (l Link, own *string, ok bool) {
	e, ok := read(input)
	if !ok || e.Input == nil {
		return Link{}, input, false
	}
	text := string(e.Input)
	return *e.Again, &text, true
}
