package durable

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/runtime/wire"
)

// How errors are recorded. ErrorType is the name of a declared error, of one of the
// built-in errors ("Timeout", ...) or, for any other, of its Go type; ErrorData is
// what the function's Serdes makes of a declared error. StackTrace begins with where it came from: the
// operation and its position. A scope that fails records the error that it fails
// with, never a wrapper of it.

const typeUnexpected = "Unexpected"

// panicError is a panic of the workflow's or a step's code.
type panicError struct {
	value any
	stack []string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// maxFrames is how many frames of a panic are recorded; ownFrames is how those of this
// package begin.
const (
	maxFrames = 32
	ownFrames = "github.com/durablegen/durablegen/runtime/durable."
)

func newPanicError(value any) *panicError {
	var frames []string
	lines := strings.Split(string(debug.Stack()), "\n")
	// Pairs of lines, function and place, up to the panic itself.
	start := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "panic(") {
			start = i + 2
		}
	}
	outside := false // of this package: what called it there is no news
	for i := start; i+1 < len(lines) && len(frames) < maxFrames; i += 2 {
		function, place := lines[i], strings.TrimSpace(lines[i+1])
		if own := strings.HasPrefix(function, ownFrames); own && outside {
			break
		} else if !own {
			outside = true
		}
		if p := strings.LastIndexByte(function, '('); p > 0 {
			function = function[:p]
		}
		place, _, _ = strings.Cut(place, " ")
		frames = append(frames, function+" "+place)
	}
	return &panicError{value: value, stack: frames}
}

// errorTypeName is the recorded type of an error that is not declared: the code of an
// error of an AWS SDK, whatever the SDK has wrapped it in, else the name of its Go type.
func errorTypeName(err error) string {
	first := ""
	for e := err; e != nil; e = errors.Unwrap(e) {
		switch name, given := ownTypeName(e); {
		case given:
			return name
		case first == "":
			first = name
		}
		if first != "" && !ofAWS(e) {
			break
		}
	}
	return cmp.Or(first, "Error")
}

// ownTypeName is the name that an error bears, whatever it wraps: one that it was given,
// else that of its Go type; empty if that says nothing.
func ownTypeName(err error) (name string, given bool) {
	switch e := err.(type) {
	case *panicError:
		return typePanic, true
	case *retryAfter:
		return "", false
	case Declared:
		return e.ErrorType(), true
	case interface{ ErrorCode() string }:
		if code := e.ErrorCode(); code != "" {
			return code, true
		}
	}
	if t := typeBehind(err); t.PkgPath() != "errors" && t.PkgPath() != "fmt" {
		return t.Name(), false
	}
	return "", false
}

// ofAWS reports whether an error is of a type of AWS's SDK, which wraps what a service has
// answered into several.
func ofAWS(err error) bool { return strings.HasPrefix(typeBehind(err).PkgPath(), "github.com/aws/") }

func typeBehind(err error) reflect.Type {
	t := reflect.TypeOf(err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// firstIn gives what look finds for the first error of err's tree for which it finds something.
func firstIn(err error, look func(error) Declared) Declared {
	for err != nil {
		if d := look(err); d != nil {
			return d
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			err = x.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if d := firstIn(e, look); d != nil {
					return d
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// declaredIn finds in err's tree the first error whose type is in names.
func declaredIn(err error, names []string) Declared {
	return firstIn(err, func(err error) Declared {
		if d, ok := err.(Declared); ok && slices.Contains(names, d.ErrorType()) {
			return d
		}
		return nil
	})
}

// StandIn is a declared error as which failures from outside arrive that bear other names:
// the code of an error of an AWS SDK, the name of a Go type, what an invoked function or a
// callback has failed with. It counts where the operation that failed declares it.
type StandIn interface {
	Declared
	// StandsFor reports whether failures of a name arrive as this error, and if so takes
	// over the message. The error is empty otherwise, and then holds the data of the
	// failure, if it had any.
	StandsFor(name, message string) bool
}

// standIn gives the one of fails as which a failure from outside arrives; nil if there is
// none. Of all that are known, if fails is nil, the first by name counts.
func (def *Definition) standIn(name, message string, fails []string) StandIn {
	if fails == nil {
		fails = slices.Sorted(maps.Keys(def.Errors))
	}
	for _, typ := range fails {
		if empty := def.Errors[typ]; empty != nil && typ != name {
			if s, ok := empty().(StandIn); ok && s.StandsFor(name, message) {
				return s
			}
		}
	}
	return nil
}

// standInFor is standIn for what has failed in Go: anything in err's tree may bear a name.
func (def *Definition) standInFor(err error, fails []string) Declared {
	return firstIn(err, func(err error) Declared {
		name, _ := ownTypeName(err)
		message := err.Error()
		if m, ok := err.(interface{ ErrorMessage() string }); ok && m.ErrorMessage() != "" {
			message = m.ErrorMessage()
		}
		if s := def.standIn(name, message, fails); s != nil {
			return s
		}
		return nil // not a nil StandIn
	})
}

// arrived gives the record of a failure from outside as that of the one of fails as which
// it arrives.
func (def *Definition) arrived(obj *wire.ErrorObject, fails []string) *wire.ErrorObject {
	if obj == nil || builtIn(obj.ErrorType) || fails != nil && slices.Contains(fails, obj.ErrorType) {
		return obj
	}
	s := def.standIn(obj.ErrorType, obj.ErrorMessage, fails)
	if s == nil {
		return obj
	}
	own := *obj
	own.ErrorType = s.ErrorType()
	text, err := def.errorSerdes().Serialize(s, SerdesInfo{Name: own.ErrorType})
	var fields map[string]json.RawMessage
	if err != nil || json.Unmarshal([]byte(text), &fields) != nil {
		return &own
	}
	if own.ErrorData != "" && json.Unmarshal([]byte(own.ErrorData), &fields) != nil {
		return &own // which does not decode, and is told
	}
	own.ErrorData = mustJSON(fields)
	return &own
}

// errorObject records err as what failed on c's goroutine.
func (c *Context) errorObject(err error) *wire.ErrorObject {
	def := &c.scope.inv.fn.def
	obj := def.encodeError(err, def.Errors)
	trace := []string{c.scope.origin()}
	if t := c.task; t.lastErr != nil && sameError(t.lastErr, err) {
		trace = t.lastTrace
	} else if u, ok := err.(*UnexpectedError); ok && u.Operation != "" && u.Operation != c.scope.inv.fn.def.Name {
		trace = append([]string{u.Operation}, trace...) // the place of an expression, or what can't be stored
	}
	obj.StackTrace = append(slices.Clone(trace), obj.StackTrace...)
	return obj
}

// origin tells people where a scope is.
func (s *scope) origin() string {
	if s.spec == nil {
		return s.inv.fn.def.Name
	}
	return s.spec.origin()
}

func sameError(a, b error) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.TypeOf(a).Comparable() && a == b
}

// errorSerdes encodes the data of declared errors: as the function's values are, so
// that what does not fit is told alike. Text is for strings alone.
func (def *Definition) errorSerdes() Serdes {
	switch def.Serdes.(type) {
	case nil, textSerdes:
		return JSON
	}
	return def.Serdes
}

// encodeError gives the record of err, without its origin. An [*UnexpectedError] gets
// the type of its original back unless that is one of known, or built in.
func (def *Definition) encodeError(err error, known ErrorTypes) *wire.ErrorObject {
	obj := &wire.ErrorObject{}
	switch e := err.(type) {
	case *UnexpectedError:
		obj.ErrorMessage = e.Message
		obj.ErrorType, obj.ErrorData = e.Type, e.Data
		if _, taken := known[e.Type]; e.Type == "" || taken || builtIn(e.Type) {
			obj.ErrorType, obj.ErrorData = typeUnexpected, ""
			if e.Type != "" {
				obj.ErrorData = mustJSON(originalError{e.Type, e.Data})
			}
		}
	case *TimeoutError:
		obj.ErrorType, obj.ErrorMessage = e.ErrorType(), e.Message
	case *HeartbeatTimeoutError:
		obj.ErrorType, obj.ErrorMessage = e.ErrorType(), e.Message
	case *InterruptedError:
		obj.ErrorType, obj.ErrorMessage = e.ErrorType(), e.Message
	case *StoppedError:
		obj.ErrorType, obj.ErrorMessage = e.ErrorType(), e.Message
	case *ExhaustedError:
		obj.ErrorType, obj.ErrorMessage = e.ErrorType(), e.Message
	case *UndoFailedError:
		obj.ErrorType, obj.ErrorMessage = e.ErrorType(), e.Message
		obj.ErrorData = def.encodeUndos(e)
	case Declared:
		obj.ErrorType, obj.ErrorMessage = e.ErrorType(), err.Error()
		data, failure := def.errorSerdes().Serialize(e, SerdesInfo{Name: e.ErrorType()})
		switch {
		case failure != nil:
			return def.encodeError(&UnexpectedError{Message: fmt.Sprintf("%s can't be encoded: %v", e.ErrorType(), failure)}, known)
		case len(data) > maxErrorData:
			return def.encodeError(&UnexpectedError{Message: fmt.Sprintf("the data of %s is %d bytes of JSON; at most %d can be recorded", e.ErrorType(), len(data), maxErrorData)}, known)
		case data != "{}" && data != "null":
			obj.ErrorData = data
		}
	default:
		obj.ErrorType, obj.ErrorMessage = errorTypeName(err), err.Error()
		var p *panicError
		if errors.As(err, &p) {
			obj.StackTrace = p.stack
		}
	}
	if obj.ErrorMessage == "" {
		obj.ErrorMessage = obj.ErrorType
	}
	if len(obj.ErrorMessage) > maxErrorMessage {
		obj.ErrorMessage = strings.ToValidUTF8(obj.ErrorMessage[:maxErrorMessage], "") + "…"
	}
	return obj
}

// originalError is the data of a recorded [UnexpectedError] whose own type can't
// stand in its place, because it is that of a declared error.
type originalError struct {
	Type string `json:"type"`
	Data string `json:"data,omitempty"`
}

// recordedUndos is the data of a recorded [UndoFailedError].
type recordedUndos struct {
	Cause *wire.ErrorObject `json:"cause,omitempty"`
	Undos []recordedUndo    `json:"undos"`
}

type recordedUndo struct {
	Operation string            `json:"operation"`
	Error     *wire.ErrorObject `json:"error"`
}

// encodeUndos gives the data of an [UndoFailedError]; none if it is too large, since the
// message tells the same.
func (def *Definition) encodeUndos(e *UndoFailedError) string {
	rec := recordedUndos{Undos: make([]recordedUndo, len(e.Undos))}
	if e.Cause != nil {
		rec.Cause = def.encodeError(e.Cause, def.Errors)
	}
	for i, u := range e.Undos {
		rec.Undos[i] = recordedUndo{u.Operation, def.encodeError(u.Err, def.Errors)}
	}
	if text := mustJSON(rec); len(text) <= maxErrorData {
		return text
	}
	return ""
}

func (def *Definition) decodeUndos(obj *wire.ErrorObject, operation string) *UndoFailedError {
	e := &UndoFailedError{Operation: operation, Message: obj.ErrorMessage}
	var rec recordedUndos
	if json.Unmarshal([]byte(obj.ErrorData), &rec) != nil {
		return e // of an older version, or too large
	}
	if rec.Cause != nil {
		e.Cause = def.decodeError(rec.Cause, "", nil)
	}
	for _, u := range rec.Undos {
		if u.Error != nil {
			e.Undos = append(e.Undos, FailedUndo{u.Operation, def.decodeError(u.Error, "", nil)})
		}
	}
	return e
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func builtIn(name string) bool {
	switch name {
	case "Timeout", "HeartbeatTimeout", "Interrupted", "Stopped", "Exhausted", "UndoFailed", typeUnexpected:
		return true
	}
	return false
}

// decodeError rebuilds the recorded failure of what s describes. fails are the
// declared errors that may come of it; nil means all that are known.
func (c *Context) decodeError(obj *wire.ErrorObject, s *opSpec, fails []string) error {
	if obj == nil {
		obj = &wire.ErrorObject{ErrorMessage: "failed without an error"}
	}
	trace := []string{s.origin()}
	operation := s.label()
	if len(obj.StackTrace) > 0 && s.typ == wire.TypeContext {
		// What failed lies further inside.
		trace = obj.StackTrace
		operation, _, _ = strings.Cut(trace[0], " (")
	}
	err := c.scope.inv.fn.def.decodeError(obj, operation, fails)
	c.task.lastErr, c.task.lastTrace = err, trace
	return err
}

// declared gives the types of the errors that an operation declares; nil means all that
// are known.
func (def *Definition) declared(fails []string) []string {
	if fails == nil && def.OnlyDeclared {
		return []string{}
	}
	return fails
}

// decodeOutside is decodeDeclared for a failure that was recorded by somebody else.
func (c *Context) decodeOutside(obj *wire.ErrorObject, s *opSpec, fails []string) error {
	def := &c.scope.inv.fn.def
	fails = def.declared(fails)
	return c.decodeError(def.arrived(obj, fails), s, fails)
}

// decodeDeclared is decodeError for an operation that declares fails.
func (c *Context) decodeDeclared(obj *wire.ErrorObject, s *opSpec, fails []string) error {
	return c.decodeError(obj, s, c.scope.inv.fn.def.declared(fails))
}

// Failure gives the error with which an execution of the function has failed, of which obj is
// the record: a [Declared] one that Errors knows, one of this package, or an
// [*UnexpectedError].
func (def *Definition) Failure(obj *wire.ErrorObject) error { return def.decodeError(obj, "", nil) }

func (def *Definition) decodeError(obj *wire.ErrorObject, operation string, fails []string) error {
	message := obj.ErrorMessage
	switch obj.ErrorType {
	case "Timeout":
		return &TimeoutError{operation, message}
	case "HeartbeatTimeout":
		return &HeartbeatTimeoutError{operation, message}
	case "Interrupted":
		return &InterruptedError{operation, message}
	case "Stopped":
		return &StoppedError{operation, message}
	case "Exhausted":
		return &ExhaustedError{operation, message}
	case "UndoFailed":
		return def.decodeUndos(obj, operation)
	case typeUnexpected:
		var original originalError
		if obj.ErrorData != "" {
			json.Unmarshal([]byte(obj.ErrorData), &original)
		}
		return &UnexpectedError{operation, message, original.Type, original.Data}
	}
	unexpected := &UnexpectedError{operation, message, obj.ErrorType, obj.ErrorData}
	err, failure := def.decodeData(obj, fails)
	switch {
	case failure != nil:
		unexpected.Message = fmt.Sprintf("the data of %s does not decode: %v", obj.ErrorType, failure)
		if message != "" && message != obj.ErrorType {
			unexpected.Message += " (" + message + ")"
		}
		return unexpected
	case err == nil:
		return unexpected
	}
	return err
}

// decodeData rebuilds an error that is one of fails, or of all that are known if that is
// nil: nil if it is none of these. failure says that its data does not decode.
func (def *Definition) decodeData(obj *wire.ErrorObject, fails []string) (err Declared, failure error) {
	empty, ok := def.Errors[obj.ErrorType]
	if !ok || builtIn(obj.ErrorType) || fails != nil && !slices.Contains(fails, obj.ErrorType) {
		return nil, nil
	}
	err, data := empty(), obj.ErrorData
	if data == "" || data == "null" {
		data = "{}" // of an error without fields nothing is recorded
	}
	return err, def.errorSerdes().Deserialize(data, err, SerdesInfo{Name: obj.ErrorType})
}

// fatalObject is what is recorded of an error that fails the execution past the
// workflow.
func fatalObject(err error) *wire.ErrorObject {
	var api *wire.APIError
	if errors.As(err, &api) {
		obj := &wire.ErrorObject{ErrorType: api.Code, ErrorMessage: api.Message}
		var refused *refusedError
		if errors.As(err, &refused) {
			obj.StackTrace = refused.operations[:min(len(refused.operations), 8)]
		}
		return obj
	}
	obj := &wire.ErrorObject{ErrorType: errorTypeName(err), ErrorMessage: err.Error()}
	var diverged *DivergenceError
	var misuse *MisuseError
	var lost *StoredValueError
	switch {
	case errors.As(err, &lost):
		obj.StackTrace = []string{origin(lost.Operation, lost.Pos)}
	case errors.As(err, &diverged):
		obj.StackTrace = []string{origin(diverged.Operation, diverged.Pos)}
	case errors.As(err, &misuse):
		obj.StackTrace = []string{origin(misuse.Operation, misuse.Pos)}
	}
	return obj
}

func origin(operation, pos string) string {
	if pos == "" {
		return operation
	}
	return operation + " (" + pos + ")"
}
