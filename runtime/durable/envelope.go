package durable

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/durablegen/durablegen/runtime/wire"
)

// decodeEvent decodes the event of an invocation. It holds the whole record of the
// execution, and every invocation begins with it: encoding/json took 70 ms for a
// thousand operations of 5 KB, this takes a few. What this does not understand,
// or what is not as it should be, is left to encoding/json.
func decodeEvent(event []byte) (wire.InvocationInput, error) {
	var in wire.InvocationInput
	if utf8.Valid(event) {
		// Texts without escapes are parts of this one copy. The event's own memory may
		// be used again by who gave it.
		d := eventDecoder{s: string(event)}
		if err := d.event(&in); err == nil {
			return in, nil
		}
		in = wire.InvocationInput{}
	}
	err := json.Unmarshal(event, &in)
	return in, err
}

// eventDecoder reads JSON from i on.
type eventDecoder struct {
	s string
	i int

	// What operations point to is made many at a time.
	texts []string
	steps []wire.StepDetails
}

var errEvent = errors.New("not understood")

func (d *eventDecoder) event(in *wire.InvocationInput) error {
	err := d.object(func(key string) error {
		switch key {
		case "DurableExecutionArn":
			return d.text(&in.DurableExecutionArn)
		case "CheckpointToken":
			return d.text(&in.CheckpointToken)
		case "InitialExecutionState":
			return d.state(&in.InitialExecutionState)
		case "UpdatedOperationIds":
			return d.array(func() error {
				var id string
				err := d.text(&id)
				in.UpdatedOperationIds = append(in.UpdatedOperationIds, id)
				return err
			})
		}
		return d.other()
	})
	if d.space(); err == nil && d.i != len(d.s) {
		return errEvent
	}
	return err
}

func (d *eventDecoder) state(state *wire.ExecutionState) error {
	return d.object(func(key string) error {
		switch key {
		case "NextMarker":
			return d.text(&state.NextMarker)
		case "Operations":
			return d.array(func() error {
				if n := len(state.Operations); n == cap(state.Operations) {
					// About as many as the rest has room for.
					more := make([]wire.Operation, n, n+n/2+16+(len(d.s)-d.i)/1024)
					copy(more, state.Operations)
					state.Operations = more
				}
				state.Operations = append(state.Operations, wire.Operation{})
				return d.operation(&state.Operations[len(state.Operations)-1])
			})
		}
		return d.other()
	})
}

func (d *eventDecoder) operation(op *wire.Operation) error {
	return d.object(func(key string) error {
		switch key {
		case "Id":
			return d.text(&op.Id)
		case "ParentId":
			return d.text(&op.ParentId)
		case "Name":
			return d.text(&op.Name)
		case "Type":
			return d.text((*string)(&op.Type))
		case "SubType":
			return d.text(&op.SubType)
		case "Status":
			return d.text((*string)(&op.Status))
		case "StartTimestamp":
			return d.time(&op.StartTimestamp)
		case "EndTimestamp":
			return d.time(&op.EndTimestamp)
		case "StepDetails":
			if d.null() {
				return nil
			}
			if len(d.steps) == 0 {
				d.steps = make([]wire.StepDetails, 64)
			}
			op.StepDetails = &d.steps[0]
			d.steps = d.steps[1:]
			return d.step(op.StepDetails)
		case "ContextDetails":
			if d.null() {
				return nil
			}
			op.ContextDetails = &wire.ContextDetails{}
			return d.context(op.ContextDetails)
		}
		// The others are rare.
		var into any
		switch key {
		case "ExecutionDetails":
			into = &op.ExecutionDetails
		case "WaitDetails":
			into = &op.WaitDetails
		case "CallbackDetails":
			into = &op.CallbackDetails
		case "ChainedInvokeDetails":
			into = &op.ChainedInvokeDetails
		default:
			return d.other()
		}
		return d.standard(into)
	})
}

func (d *eventDecoder) step(out *wire.StepDetails) error {
	return d.object(func(key string) error {
		switch key {
		case "Attempt":
			return d.number(&out.Attempt)
		case "NextAttemptTimestamp":
			return d.time(&out.NextAttemptTimestamp)
		case "Result":
			return d.optional(&out.Result)
		case "Error":
			return d.standard(&out.Error)
		}
		return d.other()
	})
}

func (d *eventDecoder) context(out *wire.ContextDetails) error {
	return d.object(func(key string) error {
		switch key {
		case "Result":
			return d.optional(&out.Result)
		case "ReplayChildren":
			return d.standard(&out.ReplayChildren)
		case "Error":
			return d.standard(&out.Error)
		}
		return d.other()
	})
}

// space skips white space.
func (d *eventDecoder) space() {
	for d.i < len(d.s) && (d.s[d.i] == ' ' || d.s[d.i] == '\n' || d.s[d.i] == '\r' || d.s[d.i] == '\t') {
		d.i++
	}
}

// next skips white space, and takes b if it comes next.
func (d *eventDecoder) next(b byte) bool {
	d.space()
	if d.i < len(d.s) && d.s[d.i] == b {
		d.i++
		return true
	}
	return false
}

// null takes a null.
func (d *eventDecoder) null() bool {
	d.space()
	if strings.HasPrefix(d.s[d.i:], "null") {
		d.i += len("null")
		return true
	}
	return false
}

// object calls member for each key, with the value next. Null has none.
func (d *eventDecoder) object(member func(key string) error) error {
	if d.null() {
		return nil
	}
	if !d.next('{') {
		return errEvent
	}
	if d.next('}') {
		return nil
	}
	for {
		var key string
		if err := d.text(&key); err != nil {
			return err
		}
		if !d.next(':') {
			return errEvent
		}
		if err := member(key); err != nil {
			return err
		}
		switch {
		case d.next(','):
		case d.next('}'):
			return nil
		default:
			return errEvent
		}
	}
}

// array calls element for each one, which is next. Null has none.
func (d *eventDecoder) array(element func() error) error {
	if d.null() {
		return nil
	}
	if !d.next('[') {
		return errEvent
	}
	if d.next(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch {
		case d.next(','):
		case d.next(']'):
			return nil
		default:
			return errEvent
		}
	}
}

// optional reads a string or null.
func (d *eventDecoder) optional(out **string) error {
	if d.null() {
		return nil
	}
	if len(d.texts) == 0 {
		d.texts = make([]string, 64)
	}
	*out = &d.texts[0]
	d.texts = d.texts[1:]
	return d.text(*out)
}

// text reads a string; null leaves out as it is.
func (d *eventDecoder) text(out *string) error {
	if d.null() {
		return nil
	}
	if !d.next('"') {
		return errEvent
	}
	start := d.i
	for d.i < len(d.s) {
		switch b := d.s[d.i]; {
		case b == '"':
			*out = d.s[start:d.i]
			d.i++
			return nil
		case b == '\\':
			return d.escaped(start, out)
		case b < 0x20:
			return errEvent
		}
		d.i++
	}
	return errEvent
}

// escaped reads the rest of a string that has its first escape at i.
func (d *eventDecoder) escaped(start int, out *string) error {
	end := d.i
	for {
		q := strings.IndexByte(d.s[end:], '"')
		if q < 0 {
			return errEvent
		}
		end += q
		slashes := 0
		for d.s[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			break
		}
		end++
	}
	raw := d.s[start:end]
	text := make([]byte, 0, len(raw))
	for {
		k := strings.IndexByte(raw, '\\')
		plain := raw
		if k >= 0 {
			plain = raw[:k]
		}
		for j := 0; j < len(plain); j++ {
			if plain[j] < 0x20 {
				return errEvent
			}
		}
		text = append(text, plain...)
		if k < 0 {
			break
		}
		if raw = raw[k+1:]; raw == "" {
			return errEvent
		}
		b := raw[0]
		raw = raw[1:]
		switch b {
		case '"', '\\', '/':
			text = append(text, b)
		case 'n':
			text = append(text, '\n')
		case 't':
			text = append(text, '\t')
		case 'r':
			text = append(text, '\r')
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'u':
			r, ok := hexRune(raw)
			if !ok {
				return errEvent
			}
			raw = raw[4:]
			if utf16.IsSurrogate(r) {
				second, ok := rune(0), false
				if strings.HasPrefix(raw, `\u`) {
					second, ok = hexRune(raw[2:])
				}
				if r = utf16.DecodeRune(r, second); ok && r != utf8.RuneError {
					raw = raw[6:]
				} else {
					r = utf8.RuneError
				}
			}
			text = utf8.AppendRune(text, r)
		default:
			return errEvent
		}
	}
	*out = string(text)
	d.i = end + 1
	return nil
}

func hexRune(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:4], 16, 16)
	return rune(n), err == nil && s[0] != '+' && s[0] != '-'
}

// number reads a short integer that is not negative.
func (d *eventDecoder) number(out *int) error {
	d.space()
	start := d.i
	for d.i < len(d.s) && d.s[d.i] >= '0' && d.s[d.i] <= '9' {
		d.i++
	}
	n, ok := plainInt(d.s[start:d.i])
	if !ok || d.i < len(d.s) && strings.IndexByte(",} \n\r\t", d.s[d.i]) < 0 {
		return errEvent
	}
	*out = n
	return nil
}

// time reads a moment.
func (d *eventDecoder) time(out *wire.Time) error {
	raw, err := d.value()
	if err != nil {
		return err
	}
	if len(raw) == len("1700000000000") {
		// Milliseconds, as they come.
		if ms, err := strconv.ParseInt(raw, 10, 64); err == nil && raw[0] > '0' {
			*out = wire.Time(ms)
			return nil
		}
	}
	return json.Unmarshal([]byte(raw), out)
}

// standard reads any value by encoding/json.
func (d *eventDecoder) standard(out any) error {
	raw, err := d.value()
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(raw), out)
}

// other skips a value that is not known.
func (d *eventDecoder) other() error {
	raw, err := d.value()
	if err == nil && !json.Valid([]byte(raw)) {
		return errEvent
	}
	return err
}

// value takes the text of the next value, whose inside is not looked at but for
// where it ends.
func (d *eventDecoder) value() (string, error) {
	d.space()
	start, depth := d.i, 0
	for d.i < len(d.s) {
		switch b := d.s[d.i]; b {
		case '"':
			d.i++
			for d.i < len(d.s) && d.s[d.i] != '"' {
				if d.s[d.i] == '\\' {
					d.i++
				}
				d.i++
			}
			if d.i >= len(d.s) {
				return "", errEvent
			}
			if depth == 0 {
				d.i++
				return d.s[start:d.i], nil
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return d.s[start:d.i], nil // the end of a number or a word
			}
			if depth--; depth == 0 {
				d.i++
				return d.s[start:d.i], nil
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return d.s[start:d.i], nil
			}
		}
		d.i++
	}
	return d.s[start:], nil
}
