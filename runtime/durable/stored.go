package durable

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/runtime/store"
)

// maxInline is the size up to which the result of a step that is stored stands in the record all
// the same: writing less than this to S3 costs more, and takes longer.
const maxInline = 32 << 10

// reference is what the record has in place of a result that is in a store.
type reference struct {
	Key    string `json:"key"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"` // in hexadecimal digits
}

// referencePrefix is how the record of a reference begins. No result of a step does: see keep.
const referencePrefix = `{"$stored":`

func (r reference) String() string {
	return mustJSON(struct {
		Stored reference `json:"$stored"`
	}{r})
}

// referenceIn reads a recorded result that is a reference. It is one to the letter, as keep
// has written it; ok is false for any other text.
func referenceIn(text string) (r reference, ok bool) {
	if !strings.HasPrefix(text, referencePrefix) {
		return reference{}, false
	}
	var read struct {
		Stored reference `json:"$stored"`
	}
	if err := json.Unmarshal([]byte(text), &read); err != nil || read.Stored.String() != text {
		return reference{}, false
	}
	return read.Stored, true
}

// StoredValueError says that a result that was kept in a store is not there any more, or is
// another one. It fails the execution without undoing anything, as an undo may need what is lost.
type StoredValueError struct{ Operation, Pos, Message string }

func (e *StoredValueError) Error() string { return describe("lost", e.Operation, e.Message) }

// ErrorType gives the name of the error in the execution's result.
func (e *StoredValueError) ErrorType() string { return "StoredValueError" }

// errNoStore says that nothing is known of a store.
var errNoStore = errors.New("no store is given; set " + store.Variable + " to such as s3://BUCKET/PREFIX or file:///FOLDER")

// store gives the store of the function: that of its definition, or of the environment.
func (f *Function) store() (store.Store, error) {
	if f.def.Store != nil {
		return f.def.Store, nil
	}
	address := os.Getenv(store.Variable)
	if address == "" {
		return nil, errNoStore
	}
	opened, err := store.Open(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", store.Variable, err)
	}
	return opened, nil
}

// unstored says why the step can't store its result; empty if it can, or need not.
func (r *stepRun) unstored() string {
	if !r.spec.Stored {
		return ""
	}
	if _, err := r.c.scope.inv.fn.store(); err != nil {
		return "its result is stored, and " + err.Error()
	}
	return ""
}

// keepLocked gives what is recorded of a result: its text, or a reference to where it is now. err is a
// failure of the step. The lock is released meanwhile.
func (r *stepRun) keepLocked(text string) (recorded string, err error, refused *control) {
	inv, c := r.c.scope.inv, r.c
	mistaken := strings.HasPrefix(text, referencePrefix)
	switch {
	case !r.spec.Stored && mistaken:
		return "", &UnexpectedError{Message: "the result begins as a reference to a stored one does: " + referencePrefix}, nil
	case !r.spec.Stored, len(text) <= maxInline && !mistaken:
		return text, nil, nil
	}
	c.task.enterLocked(busy)
	inv.mu.Unlock()
	ref := referenceTo(inv.self, text)
	to, err := inv.fn.store()
	if err == nil {
		err = to.Put(inv.ctx, ref.Key, []byte(text))
	}
	inv.mu.Lock()
	c.task.enterLocked(running)
	if refused := inv.refusalLocked(c); refused != nil {
		return "", nil, refused
	}
	var never *store.RefusedError
	switch {
	case err == nil:
		return ref.String(), nil, nil
	case errors.As(err, &never), errors.Is(err, errNoStore):
		return "", &UnexpectedError{Message: fmt.Sprintf("the result can't be stored: %v", err)}, nil
	}
	// As with a checkpoint that is not taken: the next invocation makes the attempt again.
	inv.failLocked(&control{kind: cutOff, err: fmt.Errorf("durable: the result of step %s can't be stored: %w", r.s.label(), err)})
	return "", nil, inv.fatal
}

// referenceTo says where a value of an execution is kept. The same value has the same place, so
// that what attempts leave behind that were never recorded is no more than necessary.
func referenceTo(execution, text string) reference {
	sum := sha256.Sum256([]byte(text))
	digest := hex.EncodeToString(sum[:])
	a, ok := arns.Parse(execution)
	if !ok || !arns.IsName(a.Name) || !arns.IsName(a.ID) || !arns.IsName(a.Function) {
		// Not an ARN as the service's are.
		owner := sha256.Sum256([]byte(execution))
		return reference{"executions/" + hex.EncodeToString(owner[:16]) + "/" + digest, len(text), digest}
	}
	return reference{a.Function + "/" + a.Name + "/" + a.ID + "/" + digest, len(text), digest}
}

// fetch gives the text of a recorded result, from the store if it is there. What is not there as it was
// stored fails the execution; what can't be read now may be when the service invokes again.
func (r *stepRun) fetch(text string) (*string, error) {
	ref, ok := referenceIn(text)
	if !ok {
		return &text, nil
	}
	inv, s := r.c.scope.inv, &r.s
	var value []byte
	from, err := inv.fn.store()
	if err == nil {
		value, err = from.Get(inv.ctx, ref.Key)
	}
	lost := ""
	switch sum := sha256.Sum256(value); {
	case errors.Is(err, store.ErrMissing):
		lost = fmt.Sprintf("its result of %d bytes, stored as %s, is gone from the store", ref.Bytes, ref.Key)
	case err != nil:
		return nil, FailInvocation(r.c, fmt.Errorf("durable: the stored result of step %s can't be read: %w", s.label(), err))
	case hex.EncodeToString(sum[:]) != ref.SHA256:
		lost = fmt.Sprintf("its result, stored as %s, has been altered: its SHA-256 is %x, and was %s", ref.Key, sum, ref.SHA256)
	default:
		got := string(value)
		return &got, nil
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return nil, inv.condemnLocked(&StoredValueError{Operation: s.label(), Pos: s.pos, Message: lost})
}

// StoredResult tells of a recorded result of a step whether it is a reference to one that is in
// a store, under which key, and how many bytes that has.
func StoredResult(text string) (key string, bytes int, ok bool) {
	r, ok := referenceIn(text)
	return r.Key, r.Bytes, ok
}
