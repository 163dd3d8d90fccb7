package byhand

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// plainText keeps texts as they are, without quotes. Encode and decode say what
// becomes of them on the way; nil means nothing.
type plainText struct {
	encode, decode func(string) string
}

func (s plainText) Serialize(v any, _ durable.SerdesInfo) (string, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case *string:
		text = *v
	default:
		return "", fmt.Errorf("%T is no text", v)
	}
	if s.encode != nil {
		text = s.encode(text)
	}
	return text, nil
}

func (s plainText) Deserialize(text string, v any, _ durable.SerdesInfo) error {
	to, ok := v.(*string)
	if !ok {
		return fmt.Errorf("%T is no text", v)
	}
	if s.decode != nil {
		text = s.decode(text)
	}
	*to = text
	return nil
}

var (
	// upperCase stores texts in capitals.
	upperCase = plainText{encode: strings.ToUpper}
	// readLoud reads whatever was stored as a text in capitals.
	readLoud = plainText{decode: strings.ToUpper}
	// prefixed stores a text with "wrapped:" before it.
	prefixed = plainText{
		encode: func(s string) string { return "wrapped:" + s },
		decode: func(s string) string { return strings.TrimPrefix(s, "wrapped:") },
	}
	// reversed stores a text from its end to its beginning.
	reversed = plainText{encode: reverse, decode: reverse}
)

func reverse(s string) string {
	letters := []rune(s)
	for i, j := 0, len(letters)-1; i < j; i, j = i+1, j-1 {
		letters[i], letters[j] = letters[j], letters[i]
	}
	return string(letters)
}

// asJSON does the rest of what serdes have to do with JSON.
type asJSON struct{}

func (asJSON) Serialize(v any, _ durable.SerdesInfo) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

func (asJSON) Deserialize(text string, v any, _ durable.SerdesInfo) error {
	return json.Unmarshal([]byte(text), v)
}

// upperJSON puts all texts in a value into capitals.
type upperJSON struct{ asJSON }

func (s upperJSON) Serialize(v any, at durable.SerdesInfo) (string, error) {
	text, err := s.asJSON.Serialize(v, at)
	if err != nil {
		return "", err
	}
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return "", err
	}
	return s.asJSON.Serialize(upperTexts(tree), at)
}

func upperTexts(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ToUpper(v)
	case []any:
		for i := range v {
			v[i] = upperTexts(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = upperTexts(v[k])
		}
	}
	return v
}

// envelope stores a value v as {"wrapped": v}.
type envelope struct{}

func (envelope) Serialize(v any, at durable.SerdesInfo) (string, error) {
	return asJSON{}.Serialize(map[string]any{"wrapped": v}, at)
}

func (envelope) Deserialize(text string, v any, at durable.SerdesInfo) error {
	return asJSON{}.Deserialize(text, &struct {
		Wrapped any `json:"wrapped"`
	}{v}, at)
}

// message is what a callback of requirement 4-15 is answered with.
type message struct {
	ID        string `json:"id"`
	Message   string `json:"message"`
	Timestamp int64  `json:"timestamp"` // seconds since 1970
}

// messages reads a message whose time is written out.
type messages struct{ asJSON }

func (s messages) Deserialize(text string, v any, at durable.SerdesInfo) error {
	to, ok := v.(*message)
	if !ok {
		return s.asJSON.Deserialize(text, v, at)
	}
	var raw struct {
		ID, Message string
		Timestamp   time.Time
	}
	if err := s.asJSON.Deserialize(text, &raw, at); err != nil {
		return err
	}
	*to = message{raw.ID, raw.Message, raw.Timestamp.Unix()}
	return nil
}
