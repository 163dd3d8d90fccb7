package durable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"sync"

	"github.com/durablegen/durablegen/internal/jsonscan"
)

// SerdesInfo says whose value is encoded or decoded.
type SerdesInfo struct {
	ExecutionARN string
	OperationID  string
	Name         string
}

// Serdes encodes values for the record. What Serialize returns is stored as it is;
// Deserialize gets a pointer to the value to fill. No value is the empty text: that
// of an execution started without input, a callback answered without a value, a
// function that returned nothing. An operation whose result can't be encoded or
// decoded fails with an [*UnexpectedError].
type Serdes interface {
	Serialize(v any, at SerdesInfo) (string, error)
	Deserialize(text string, v any, at SerdesInfo) error
}

// JSON is the Serdes that is used where none is set: compact JSON of encoding/json. No
// value is null, which is refused for a type that can't be nil. Text that is not
// UTF-8, which encoding/json would alter, can't be encoded.
var JSON Serdes = jsonSerdes{}

type jsonSerdes struct{}

func (jsonSerdes) Serialize(v any, _ SerdesInfo) (string, error) { return marshal(v) }

func (jsonSerdes) Deserialize(text string, v any, _ SerdesInfo) error { return unmarshal(text, v) }

// Text is a Serdes for strings that are stored as they are, for callbacks that are
// answered with plain text.
var Text Serdes = textSerdes{}

type textSerdes struct{}

func (textSerdes) Serialize(v any, _ SerdesInfo) (string, error) {
	switch s := v.(type) {
	case string:
		return s, nil
	case *string:
		return *s, nil
	}
	return "", fmt.Errorf("durable.Text encodes strings, not %T", v)
}

func (textSerdes) Deserialize(text string, v any, _ SerdesInfo) error {
	s, ok := v.(*string)
	if !ok {
		return fmt.Errorf("durable.Text decodes into a *string, not into a %T", v)
	}
	*s = text
	return nil
}

// encoder is a JSON encoder with its buffer, for use again.
type encoder struct {
	buf bytes.Buffer
	enc *json.Encoder
}

var encoders = sync.Pool{New: func() any {
	e := &encoder{}
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false)
	return e
}}

func marshal(v any) (string, error) {
	e := encoders.Get().(*encoder)
	e.buf.Reset()
	if err := e.enc.Encode(v); err != nil {
		return "", errors.New(jsonscan.Explain(err))
	}
	b := e.buf.Bytes()
	if jsonscan.Replaced(b) {
		return "", errors.New("it holds text that is not UTF-8")
	}
	text := string(b[:len(b)-1]) // less the newline
	if cap(b) <= 64<<10 {
		encoders.Put(e)
	}
	return text, nil
}

func unmarshal(text string, v any) error {
	switch p := v.(type) {
	case *struct{}:
		return nil
	case *string:
		if s, ok := plainString(text); ok {
			*p = s
			return nil
		}
	case *int:
		if n, ok := plainInt(text); ok {
			*p = n
			return nil
		}
	case *bool:
		if text == "true" || text == "false" {
			*p = text == "true"
			return nil
		}
	}
	if text == "" || text == "null" {
		text = "null"
		if err := jsonscan.CheckNull(reflect.TypeOf(v).Elem()); err != nil {
			return err
		}
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return errors.New(jsonscan.Explain(err))
	}
	return nil
}

// plainString reads a JSON string without escapes.
func plainString(text string) (string, bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return "", false
	}
	s := text[1 : len(text)-1]
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x80 || s[i] == '"' || s[i] == '\\' {
			return "", false
		}
	}
	return s, true
}

// plainInt reads a JSON number that is a short integer.
func plainInt(text string) (int, bool) {
	if len(text) == 0 || len(text) > 9 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func (c *Context) serdesFor(own Serdes) Serdes {
	if own == nil {
		own = c.scope.inv.fn.def.Serdes
	}
	return own
}

func (c *Context) infoOf(op *operation, s *opSpec) SerdesInfo {
	at := SerdesInfo{ExecutionARN: c.scope.inv.self}
	if s != nil {
		at.Name = s.name
	}
	if op != nil {
		at.OperationID = op.id
	}
	return at
}

// roundTrip gives the text of a result, and decodes it into out, so that the
// workflow gets what a replay will get. A failure is one that a workflow can handle.
func (c *Context) roundTrip(v, out any, own Serdes, op *operation, s *opSpec) (*string, error) {
	var text string
	var err error
	if serdes := c.serdesFor(own); serdes == nil {
		if text, err = marshal(v); err == nil {
			if failure := unmarshal(text, out); failure != nil {
				return nil, &UnexpectedError{Operation: c.labelOf(s), Message: fmt.Sprintf("the result does not decode again: %v", failure)}
			}
		}
	} else {
		at := c.infoOf(op, s)
		if text, err = serdes.Serialize(v, at); err == nil {
			if failure := serdes.Deserialize(text, out, at); failure != nil {
				return nil, &UnexpectedError{Operation: c.labelOf(s), Message: fmt.Sprintf("the result does not decode again: %v", failure)}
			}
		}
	}
	if err != nil {
		return nil, &UnexpectedError{Operation: c.labelOf(s), Message: fmt.Sprintf("the result can't be encoded: %v", err)}
	}
	return &text, nil
}

func (c *Context) labelOf(s *opSpec) string {
	if s == nil {
		return c.scope.inv.fn.def.Name
	}
	return s.label()
}

// decode reads a recorded result into out; nil out takes none. A text that does not
// decode is no failure of the operation: the code is not that of the record.
func (c *Context) decode(text *string, out any, own Serdes, op *operation, s *opSpec) error {
	if op != nil {
		c.observeEnded(op)
	}
	if out == nil {
		return nil
	}
	if err := c.decodeText(text, out, own, op, s); err != nil {
		if op == nil {
			return &UnexpectedError{Operation: s.label(), Message: fmt.Sprintf("the result does not decode: %v", err)}
		}
		return c.diverge(op, s, fmt.Sprintf("%s with a result that does not decode: %v", describeRecord(&op.rec), err))
	}
	return nil
}

func (c *Context) decodeText(text *string, out any, own Serdes, op *operation, s *opSpec) error {
	value := ""
	if text != nil {
		value = *text
	}
	serdes := c.serdesFor(own)
	if serdes == nil {
		return unmarshal(value, out)
	}
	return serdes.Deserialize(value, out, c.infoOf(op, s))
}

// decodeForeign reads what somebody outside has given: if it does not decode, that
// is a failure that the workflow can handle.
func (c *Context) decodeForeign(text *string, out any, own Serdes, op *operation, s *opSpec) error {
	err := c.decodeText(text, out, own, op, s)
	switch {
	case err == nil:
		return nil
	case text == nil:
		return c.refuse(s, "no value was given: %v", err)
	}
	return c.refuse(s, "the value given does not decode: %v", err)
}
