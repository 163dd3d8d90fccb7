package flow

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/jsonscan"
)

// codec writes and reads the values of one Go type.
type codec struct {
	encode func(b []byte, v reflect.Value) ([]byte, error)
	decode func(s *jsonscan.Scanner, v reflect.Value) error
}

// kind is what has a codec of its own: a Go type, read as strictly as the language
// does or, if it is a part of one that was imported into it, as encoding/json does.
type kind struct {
	reflect.Type
	lenient bool
}

var (
	codecs   sync.Map // kind → *codec
	imported sync.Map // reflect.Type → true
)

// Import makes known that T is an existing Go type, which a .flow file imports: parts
// that are missing in its JSON, or null, are the zero value. It is called before any
// value is read.
func Import[T any]() struct{} {
	imported.Store(reflect.TypeFor[T](), true)
	return struct{}{}
}

// codecOf gives the codec of a type; each is made once.
func codecOf(t reflect.Type, lenient bool) *codec {
	k := kind{t, lenient}
	if c, ok := codecs.Load(k); ok {
		return c.(*codec)
	}
	// A type that holds itself finds this one, which waits for the real one.
	var ready sync.WaitGroup
	ready.Add(1)
	var made *codec
	waiting := &codec{
		encode: func(b []byte, v reflect.Value) ([]byte, error) { ready.Wait(); return made.encode(b, v) },
		decode: func(s *jsonscan.Scanner, v reflect.Value) error { ready.Wait(); return made.decode(s, v) },
	}
	if c, loaded := codecs.LoadOrStore(k, waiting); loaded {
		return c.(*codec)
	}
	_, whole := imported.Load(t)
	made = makeCodec(kind{t, lenient || whole})
	if lenient {
		made = nullable(made)
	}
	ready.Done()
	codecs.Store(k, made)
	return made
}

// nullable reads null as the zero value.
func nullable(c *codec) *codec {
	return &codec{c.encode, func(s *jsonscan.Scanner, v reflect.Value) error {
		if s.Null() {
			v.SetZero()
			return nil
		}
		return c.decode(s, v)
	}}
}

var (
	timeType        = reflect.TypeFor[time.Time]()
	durationType    = reflect.TypeFor[Duration]()
	jsonType        = reflect.TypeFor[JSON]()
	noneType        = reflect.TypeFor[None]()
	rawType         = reflect.TypeFor[json.RawMessage]()
	numberType      = reflect.TypeFor[json.Number]()
	marshaler       = reflect.TypeFor[json.Marshaler]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func makeCodec(k kind) *codec {
	t := k.Type
	switch t {
	case timeType:
		return &codec{encodeTime, decodeTime}
	case durationType:
		return &codec{encodeDuration, decodeDuration}
	case jsonType:
		return &codec{encodeJSON, decodeJSON}
	case noneType:
		return &codec{encodeNone, decodeAnything}
	case rawType:
		return &codec{encodeRaw, decodeRaw}
	case numberType:
		return foreignCodec(t)
	}
	if implements(t, marshaler) || implements(t, unmarshaler) || implements(t, textMarshaler) || implements(t, textUnmarshaler) {
		if t.Kind() != reflect.Pointer {
			return foreignCodec(t)
		}
	}
	switch t.Kind() {
	case reflect.String:
		return stringCodec(t)
	case reflect.Bool:
		return &codec{encodeBool, decodeBool}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &codec{encodeInt, decodeInt}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &codec{encodeUint, decodeUint}
	case reflect.Float32, reflect.Float64:
		return &codec{encodeFloat, decodeFloat}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return &codec{encodeBytes, decodeBytes}
		}
		return listCodec(k)
	case reflect.Array:
		return listCodec(k)
	case reflect.Map:
		if t.Key().Kind() == reflect.String && !implements(t.Key(), textMarshaler) {
			return mapCodec(k)
		}
	case reflect.Pointer:
		return pointerCodec(k)
	case reflect.Struct:
		if fields, ok := structFields(k); ok {
			return structCodec(fields, k.lenient)
		}
	}
	return foreignCodec(t)
}

func implements(t, iface reflect.Type) bool {
	return t.Implements(iface) || reflect.PointerTo(t).Implements(iface)
}

// foreignCodec leaves a type to encoding/json, which asks its methods.
func foreignCodec(t reflect.Type) *codec {
	return &codec{
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			var buf bytes.Buffer
			e := json.NewEncoder(&buf)
			e.SetEscapeHTML(false)
			at := v
			if !v.CanAddr() { // else methods of pointers would be passed over
				at = reflect.New(t).Elem()
				at.Set(v)
			}
			if err := e.Encode(at.Addr().Interface()); err != nil {
				return nil, problem("%s", jsonscan.Explain(err))
			}
			if jsonscan.Replaced(buf.Bytes()) {
				return nil, problem("it holds text that is not UTF-8")
			}
			return append(b, bytes.TrimRight(buf.Bytes(), "\n")...), nil
		},
		decode: func(s *jsonscan.Scanner, v reflect.Value) error {
			text, err := s.Skip()
			if err != nil {
				return err
			}
			if text == "null" {
				if err := jsonscan.CheckNull(t); err != nil {
					return problem("%v", err)
				}
			}
			if err := json.Unmarshal([]byte(text), v.Addr().Interface()); err != nil {
				return problem("%s", jsonscan.Explain(err))
			}
			return nil
		},
	}
}

func encodeNone(b []byte, _ reflect.Value) ([]byte, error) { return append(b, "null"...), nil }

func decodeAnything(s *jsonscan.Scanner, _ reflect.Value) error {
	_, err := s.Skip()
	return err
}

func encodeBool(b []byte, v reflect.Value) ([]byte, error) {
	return strconv.AppendBool(b, v.Bool()), nil
}

func decodeBool(s *jsonscan.Scanner, v reflect.Value) error {
	value, ok := s.Bool()
	if !ok {
		return wanted("a bool", s)
	}
	v.SetBool(value)
	return nil
}

func wanted(what string, s *jsonscan.Scanner) error {
	return problem("%s is needed, not %s", what, s.Kind())
}

func encodeInt(b []byte, v reflect.Value) ([]byte, error) {
	return strconv.AppendInt(b, v.Int(), 10), nil
}

func decodeInt(s *jsonscan.Scanner, v reflect.Value) error {
	text, err := numberText(s, "an int")
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		return problem("%s is no int of %d bits", text, v.Type().Bits())
	}
	v.SetInt(n)
	return nil
}

func encodeUint(b []byte, v reflect.Value) ([]byte, error) {
	return strconv.AppendUint(b, v.Uint(), 10), nil
}

func decodeUint(s *jsonscan.Scanner, v reflect.Value) error {
	text, err := numberText(s, "an int")
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(text, 10, v.Type().Bits())
	if err != nil {
		return problem("%s is no int of %d bits without sign", text, v.Type().Bits())
	}
	v.SetUint(n)
	return nil
}

func numberText(s *jsonscan.Scanner, what string) (string, error) {
	if c := s.Next(); c != '-' && (c < '0' || c > '9') {
		return "", wanted(what, s)
	}
	return s.Number()
}

func encodeFloat(b []byte, v reflect.Value) ([]byte, error) {
	f := v.Float()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, problem("%v is not a number that a float can hold", f)
	}
	return appendFloat(b, f, v.Type().Bits()), nil
}

// appendFloat writes a number as encoding/json does: in plain digits unless that gets long.
func appendFloat(b []byte, f float64, bits int) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, bits)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-2] == '0' { // e-07, which is e-7 in JSON
		b = append(b[:n-2], b[n-1])
	}
	return b
}

func decodeFloat(s *jsonscan.Scanner, v reflect.Value) error {
	text, err := numberText(s, "a number")
	if err != nil {
		return err
	}
	f, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil {
		return problem("%s does not fit into a float", text)
	}
	v.SetFloat(f)
	return nil
}

// enum is what generated enums have.
type enum interface{ Valid() bool }

var enumType = reflect.TypeFor[enum]()

// stringCodec is for strings; those of an enum are checked both ways.
func stringCodec(t reflect.Type) *codec {
	c := &codec{
		encode: func(b []byte, v reflect.Value) ([]byte, error) { return encodeString(b, v.String()) },
		decode: func(s *jsonscan.Scanner, v reflect.Value) error {
			if s.Next() != '"' {
				return wanted("a string", s)
			}
			text, err := s.Text()
			if err != nil {
				return err
			}
			v.SetString(text)
			return nil
		},
	}
	if !t.Implements(enumType) {
		return c
	}
	plain := *c
	c.encode = func(b []byte, v reflect.Value) ([]byte, error) {
		if err := checkName(v); err != nil {
			return nil, err
		}
		return plain.encode(b, v)
	}
	c.decode = func(s *jsonscan.Scanner, v reflect.Value) error {
		if err := plain.decode(s, v); err != nil {
			return err
		}
		return checkName(v)
	}
	return c
}

func checkName(v reflect.Value) error {
	if !v.Interface().(enum).Valid() {
		return problem("%s is no %s", quote(v.String()), v.Type().Name())
	}
	return nil
}

// encodeString writes a string, which has to be UTF-8: JSON can't carry any other, and
// to alter it would make one of two that differ.
func encodeString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, problem("%s is no text in UTF-8; bytes can hold it", quote(s))
	}
	return jsonscan.AppendText(b, s), nil
}

func encodeTime(b []byte, v reflect.Value) ([]byte, error) {
	t := moment(v.Interface().(time.Time))
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, problem("a time in the year %d can't be written", y)
	}
	b = append(b, '"')
	return append(t.AppendFormat(b, timeLayout), '"'), nil
}

func decodeTime(s *jsonscan.Scanner, v reflect.Value) error {
	if s.Next() != '"' {
		return wanted("a time", s)
	}
	text, err := s.Text()
	if err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return problem("%s is no time, such as \"2026-01-31T12:00:00Z\"", quote(text))
	}
	v.Set(reflect.ValueOf(moment(t)))
	return nil
}

func encodeDuration(b []byte, v reflect.Value) ([]byte, error) {
	b = append(b, '"')
	return append(append(b, time.Duration(v.Int()).String()...), '"'), nil
}

func decodeDuration(s *jsonscan.Scanner, v reflect.Value) error {
	if s.Next() != '"' {
		return wanted("a duration", s)
	}
	text, err := s.Text()
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return problem("%s is no duration, such as \"1h30m0s\"", quote(text))
	}
	v.SetInt(int64(d))
	return nil
}

func encodeJSON(b []byte, v reflect.Value) ([]byte, error) {
	text := JSON(v.String()).text()
	if err := valid(text); err != nil {
		return nil, problem("%v", err)
	}
	return append(b, text...), nil
}

// valid fails unless text is one value.
func valid(text string) error {
	s, err := jsonscan.New(text)
	if err == nil {
		_, err = s.Skip()
	}
	if err == nil {
		err = s.End()
	}
	return err
}

func decodeJSON(s *jsonscan.Scanner, v reflect.Value) error {
	text, err := s.Skip()
	v.SetString(strings.Clone(text))
	return err
}

func encodeRaw(b []byte, v reflect.Value) ([]byte, error) {
	if v.Len() == 0 {
		return append(b, "null"...), nil
	}
	return encodeJSON(b, reflect.ValueOf(JSON(v.Bytes())))
}

func decodeRaw(s *jsonscan.Scanner, v reflect.Value) error {
	text, err := s.Skip()
	v.SetBytes([]byte(text))
	return err
}

func encodeBytes(b []byte, v reflect.Value) ([]byte, error) {
	b = append(b, '"')
	return append(base64.StdEncoding.AppendEncode(b, v.Bytes()), '"'), nil
}

func decodeBytes(s *jsonscan.Scanner, v reflect.Value) error {
	if s.Next() != '"' {
		return wanted("bytes in base64", s)
	}
	text, err := s.Text()
	if err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return problem("%s is no base64", quote(text))
	}
	v.SetBytes(data)
	return nil
}

func pointerCodec(t kind) *codec {
	elem := codecOf(t.Elem(), t.lenient)
	return &codec{
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return append(b, "null"...), nil
			}
			return elem.encode(b, v.Elem())
		},
		decode: func(s *jsonscan.Scanner, v reflect.Value) error {
			if s.Null() {
				v.SetZero()
				return nil
			}
			p := reflect.New(t.Elem())
			if err := elem.decode(s, p.Elem()); err != nil {
				return err
			}
			v.Set(p)
			return nil
		},
	}
}

func listCodec(t kind) *codec {
	elem := codecOf(t.Elem(), t.lenient)
	array := t.Kind() == reflect.Array
	return &codec{
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			b = append(b, '[')
			for i := range v.Len() {
				if i > 0 {
					b = append(b, ',')
				}
				var err error
				if b, err = elem.encode(b, v.Index(i)); err != nil {
					return nil, within("["+strconv.Itoa(i)+"]", err)
				}
			}
			return append(b, ']'), nil
		},
		decode: func(s *jsonscan.Scanner, v reflect.Value) error {
			if s.Next() != '[' {
				return wanted("a list", s)
			}
			n := 0
			if !array {
				v.Set(reflect.MakeSlice(t.Type, 0, 0))
			}
			err := s.List(func(i int) error {
				n++
				if array && i >= v.Len() {
					return problem("the list has more than %d elements", v.Len())
				}
				if !array {
					if i >= v.Cap() {
						v.Grow(max(4, v.Cap()))
					}
					v.SetLen(i + 1)
				}
				if err := elem.decode(s, v.Index(i)); err != nil {
					return within("["+strconv.Itoa(i)+"]", err)
				}
				return nil
			})
			if err == nil && array && n < v.Len() {
				return problem("the list has %d elements, not %d", n, v.Len())
			}
			return err
		},
	}
}

func mapCodec(t kind) *codec {
	key, elem := codecOf(t.Key(), false), codecOf(t.Elem(), t.lenient)
	return &codec{
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			keys := v.MapKeys()
			slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
			b = append(b, '{')
			for i, k := range keys {
				if i > 0 {
					b = append(b, ',')
				}
				var err error
				if b, err = key.encode(b, k); err != nil {
					return nil, err
				}
				b = append(b, ':')
				if b, err = elem.encode(b, v.MapIndex(k)); err != nil {
					return nil, within("["+quote(k.String())+"]", err)
				}
			}
			return append(b, '}'), nil
		},
		decode: func(s *jsonscan.Scanner, v reflect.Value) error {
			if s.Next() != '{' {
				return wanted("an object", s)
			}
			m := reflect.MakeMap(t.Type)
			err := s.Object(func(name string) error {
				k := reflect.New(t.Key()).Elem()
				k.SetString(name)
				if t.Key().Implements(enumType) {
					if err := checkName(k); err != nil {
						return err
					}
				}
				e := reflect.New(t.Elem()).Elem()
				if err := elem.decode(s, e); err != nil {
					return within("["+quote(name)+"]", err)
				}
				if n := m.Len(); n == setLen(m, k, e) {
					return problem("the key %s is given twice", quote(name))
				}
				return nil
			})
			v.Set(m)
			return err
		},
	}
}

// setLen sets an element of a map and gives how many there are then.
func setLen(m, key, elem reflect.Value) int {
	m.SetMapIndex(key, elem)
	return m.Len()
}
