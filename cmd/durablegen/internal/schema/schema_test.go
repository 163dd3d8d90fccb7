package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/examples/payment/bank"
	"github.com/durablegen/durablegen/runtime/flow"
)

// size is an enum as generated Go has it.
type size string

func (s size) Valid() bool { return s == "small" || s == "extra large" }

var sizes = &dsl.Enum{Name: "Size", Values: []*dsl.EnumValue{{JSON: "small"}, {JSON: "extra large"}}}

// random makes types, as the language and as generated Go know them, and values.
type random struct {
	*rand.Rand
	records int
}

func (r *random) typ(depth int) (dsl.Type, reflect.Type) {
	n := 13
	if depth == 0 {
		n = 9
	}
	switch r.IntN(n) {
	case 0:
		return dsl.String, reflect.TypeFor[string]()
	case 1:
		return dsl.Int, reflect.TypeFor[int]()
	case 2:
		return dsl.Float, reflect.TypeFor[float64]()
	case 3:
		return dsl.Bool, reflect.TypeFor[bool]()
	case 4:
		return dsl.Bytes, reflect.TypeFor[[]byte]()
	case 5:
		return dsl.Time, reflect.TypeFor[time.Time]()
	case 6:
		return dsl.Duration, reflect.TypeFor[flow.Duration]()
	case 7:
		return dsl.JSON, reflect.TypeFor[flow.JSON]()
	case 8:
		return sizes, reflect.TypeFor[size]()
	case 9:
		t, g := r.typ(depth - 1)
		return &dsl.List{Elem: t}, reflect.SliceOf(g)
	case 10:
		t, g := r.typ(depth - 1)
		if r.IntN(2) == 0 {
			return &dsl.Map{Key: sizes, Elem: t}, reflect.MapOf(reflect.TypeFor[size](), g)
		}
		return &dsl.Map{Key: dsl.String, Elem: t}, reflect.MapOf(reflect.TypeFor[string](), g)
	}
	record := &dsl.Record{Name: fmt.Sprint("Record", r.records)}
	r.records++
	var fields []reflect.StructField
	for i := range r.IntN(4) {
		t, g := r.typ(depth - 1)
		name, tag := fmt.Sprint("f", i), ""
		if r.IntN(3) == 0 {
			t, g, tag = &dsl.Optional{Elem: t}, reflect.PointerTo(g), ",omitempty"
		}
		record.Fields = append(record.Fields, &dsl.FieldEntry{Name: name, JSON: name, Type: t})
		fields = append(fields, reflect.StructField{Name: fmt.Sprint("F", i), Type: g, Tag: reflect.StructTag(`json:"` + name + tag + `"`)})
	}
	return record, reflect.StructOf(fields)
}

func (r *random) value(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMilli(r.Int64N(4e12)).UTC()))
		return v
	case reflect.TypeFor[flow.Duration]():
		v.SetInt(r.Int64() >> r.IntN(64) * int64(1-2*r.IntN(2)))
		return v
	case reflect.TypeFor[flow.JSON]():
		v.SetString([]string{"", "1.5", `{"a":[]}`}[r.IntN(3)])
		return v
	case reflect.TypeFor[size]():
		v.SetString([]string{"small", "extra large"}[r.IntN(2)])
		return v
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString([]string{"", "ü <&>\n\"", "null"}[r.IntN(3)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int:
		v.SetInt(int64(r.Uint64()) >> r.IntN(64))
	case reflect.Float64:
		v.SetFloat([]float64{0, -1.5, 1e300, 5e-324, 3}[r.IntN(5)])
	case reflect.Slice:
		v.Set(reflect.MakeSlice(t, 0, 3))
		for range r.IntN(4) {
			if t.Elem().Kind() == reflect.Uint8 {
				v.Set(reflect.Append(v, reflect.ValueOf(byte(r.IntN(256)))))
			} else {
				v.Set(reflect.Append(v, r.value(t.Elem())))
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		for range r.IntN(3) {
			v.SetMapIndex(r.value(t.Key()), r.value(t.Elem()))
		}
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(t.Elem()))
			v.Elem().Set(r.value(t.Elem()))
		}
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(r.value(t.Field(i).Type))
		}
	}
	return v
}

// change puts another value somewhere into a JSON value, or takes a part away, or adds one.
func (r *random) change(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for key, elem := range x {
			switch r.IntN(4) {
			case 0:
				x[key] = r.change(elem)
				return x
			case 1:
				delete(x, key)
				return x
			case 2:
				x["more"] = r.any()
				return x
			}
		}
	case []any:
		if len(x) > 0 && r.IntN(2) == 0 {
			i := r.IntN(len(x))
			x[i] = r.change(x[i])
			return x
		}
		if r.IntN(2) == 0 {
			return append(x, r.any())
		}
	}
	return r.any()
}

// any gives a value that some types read, and others don't.
func (r *random) any() any {
	all := []any{
		nil, true, json.Number("7"), json.Number("7.5"), json.Number("9223372036854775808"), json.Number("-9223372036854775808"), json.Number("-9223372036854775809"), "", "small", "large",
		"1h30m", "-1.5h", "0", "5", "1h 30m", ".5s", "1us1µs", "AQI=", "AQI", "A===", "2026-02-28T12:00:00Z", "2026-02-28T12:00:00.123+01:00", "2026-02-28", "2026-02-28T24:00:00Z",
		map[string]any{}, map[string]any{"f0": "x"}, map[string]any{"small": json.Number("1")}, []any{}, []any{"small"}, []any{nil},
	}
	return all[r.IntN(len(all))]
}

func compile(t *testing.T, document []byte, at string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("https://durablegen.test/schema", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://durablegen.test/schema#" + at)
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return s
}

func parse(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// What the codec of the runtime writes is valid, and what it reads is valid if and only if it does.
func TestTheSchemaIsWhatTheCodecReads(t *testing.T) {
	valid, invalid := 0, 0
	for seed := range uint64(300) {
		r := &random{Rand: rand.New(rand.NewPCG(seed, 16))}
		typ, goType := r.typ(3)
		b := newBuilder("#/$defs/")
		document, err := text(struct {
			Ref  *Schema         `json:"value"`
			Defs members[Schema] `json:"$defs"`
		}{b.of(typ), b.defs})
		if err != nil {
			t.Fatal(err)
		}
		s := compile(t, document, "/value")
		for range 20 {
			written, err := flow.Encode(r.value(goType).Interface())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(parse(t, written)); err != nil {
				t.Fatalf("seed %d: %v writes %s, which is not valid: %v\n%s", seed, goType, written, err, document)
			}
			changed := r.change(parse(t, written))
			for r.IntN(3) == 0 {
				changed = r.change(changed)
			}
			text, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			read := flow.Decode(string(text), reflect.New(goType).Interface())
			if err := s.Validate(parse(t, string(text))); (err == nil) != (read == nil) {
				t.Fatalf("seed %d: %v, reading %s: the codec says %v, the schema %v\n%s", seed, goType, text, read, err, document)
			}
			if read == nil {
				valid++
			} else {
				invalid++
			}
		}
	}
	if valid < 500 || invalid < 500 {
		t.Errorf("%d values were valid and %d not: too few of one kind", valid, invalid)
	}
}

// The inputs of the examples are valid, and both documents of each can be used.
func TestTheInputsOfTheExamplesAreValid(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..", "examples")
	for example, workflow := range map[string]string{
		"episoder": "writeUp", "foodorder": "fulfilOrder", "media": "publish", "onboarding": "onboard", "payment": "collect", "podwhisperer": "caption", "patterns": "",
	} {
		p, err := flowdir.LoadDir(filepath.Join(root, example))
		if err != nil {
			t.Fatal(err)
		}
		schema, err := JSONSchema(p.Program)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range p.Program.Workflows {
			for _, part := range []string{"input", "output", "error"} {
				s := compile(t, schema, "/$defs/"+w.Name.Text+"."+part)
				if part != "input" || workflow != w.Name.Text {
					continue
				}
				input, err := os.ReadFile(filepath.Join(root, example, "input.json"))
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Validate(parse(t, string(input))); err != nil {
					t.Errorf("%s: %v", example, err)
				}
			}
		}
		open, err := OpenAPI(p.Program)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Program.Callbacks {
			compile(t, schema, "/$defs/"+c.Name.Text+".answer")
			at := "/paths/~1" + c.Name.Text + "~1{callbackId}/post/requestBody/content/application~1json/schema"
			compile(t, open, strings.NewReplacer("{", "%7B", "}", "%7D").Replace(at))
		}
	}
}

// settings is the Go of the type in the next test.
type settings struct {
	Copies int           `json:"copies" absent:"3"`
	Size   *string       `json:"size,omitempty"`
	Paid   *bank.Payment `json:"paid,omitempty"`
	Pause  flow.Duration `json:"pause" absent:"\"1m30s\""`
}

var _ = flow.Import[bank.Payment]()

// Fields with defaults, and types that are Go's.
func TestWhatMayBeMissingOrNull(t *testing.T) {
	p, err := flowdir.LoadUnsaved(flowdir.Folder{Dir: filepath.Join("..", "..", "..", "..", "examples", "payment"), Files: []string{"x.flow"}}, map[string][]byte{"x.flow": []byte(`flow 1

package payment

import "github.com/durablegen/durablegen/examples/payment/bank"

type Payment = bank.Payment

// How something is printed.
type Settings {
    copies int = 3
    size   string?
    // Who has paid.
    paid  Payment?
    pause duration = 1m30s
}

workflow print(settings Settings, loud bool?) {
    log "{settings.copies} {loud == none}"
}
`)}, dsl.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Program == nil {
		t.Fatal(p.Diagnostics)
	}
	schema, err := JSONSchema(p.Program)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"default": "1m30s"`; !strings.Contains(string(schema), want) || !strings.Contains(string(schema), `"description": "Who has paid."`) {
		t.Errorf("it lacks %s:\n%s", want, schema)
	}
	of, event := compile(t, schema, "/$defs/Settings"), compile(t, schema, "/$defs/print.input")
	for _, text := range []string{
		`{}`, `{"copies":null,"size":null,"paid":null,"pause":null}`, `{"copies":"3"}`, `{"pause":90}`, `{"size":7}`, `null`,
		`{"paid":{}}`, `{"paid":{"ID":null}}`, `{"paid":{"id":null}}`, `{"paid":{"id":7}}`, `{"paid":{"id":"p1","cents":"7"}}`, `{"paid":[]}`, `{"paid":{"id":"p1","more":1}}`,
	} {
		read := flow.Decode(text, new(settings))
		if err := of.Validate(parse(t, text)); (err == nil) != (read == nil) {
			t.Errorf("%s: the codec says %v, the schema %v\n%s", text, read, err, schema)
		}
		with := `{"settings":` + text + `}`
		if err := event.Validate(parse(t, with)); (err == nil) != (read == nil) {
			t.Errorf("%s: %v", with, err)
		}
	}
	if event.Validate(parse(t, `{"loud":true}`)) == nil || event.Validate(parse(t, `{"settings":{},"loud":null}`)) != nil {
		t.Error("the event has its parameters wrong")
	}
}
