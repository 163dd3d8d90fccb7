package flowdir

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
)

// What Go writes of a type that a workflow imports is taken as its value: of the zero
// value, with lists and maps that are nil, and of one that has something everywhere.
func TestTheJSONOfGoTypesIsTaken(t *testing.T) {
	whole, rate := netip.MustParseAddr("10.0.0.1"), new(big.Float).SetFloat64(1.5)
	importer := NewImporter(".", nil)
	for _, value := range []any{
		whole, *big.NewInt(1 << 40), *rate, sql.NullString{String: "a", Valid: true}, sql.NullTime{},
		slog.LevelWarn, http.Header{"A": {"b"}, "C": nil}, url.Values{"a": nil}, mail.Address{Name: "A"}, time.March, http.Cookie{},
		events.S3Event{}, events.SQSEvent{}, events.SNSEvent{}, events.KinesisEvent{}, events.CloudWatchEvent{},
		events.APIGatewayProxyRequest{}, events.APIGatewayProxyResponse{}, events.APIGatewayV2HTTPRequest{}, events.ALBTargetGroupRequest{},
		events.CognitoEventUserPoolsPreSignup{}, events.ConnectEvent{}, events.CloudwatchLogsEvent{}, events.LexEvent{},
	} {
		typ := reflect.TypeOf(value)
		flow := fmt.Sprintf("flow 1\n\npackage shop\n\nimport %q\n\ntype T = %s\n\nworkflow w(t T) { log \"x\" }\n", typ.PkgPath(), typ)
		given := imported(t, flow, importer)
		filled := reflect.New(typ)
		fill(filled.Elem(), 0)
		for _, v := range []any{value, filled.Interface()} {
			text, err := json.Marshal(v)
			if err != nil {
				continue // the filling means nothing to it
			}
			parsed, problems := payload.Parse(text)
			if problems == nil {
				problems = payload.Check(parsed, given, "the input")
			}
			for _, p := range problems {
				t.Errorf("%s: %s\n%s", typ, p.Message, text)
			}
		}
	}
}

// imported gives the type T of a .flow file.
func imported(t *testing.T, flow string, importer dsl.Importer) dsl.Type {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.flow"), []byte(flow), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := Load(Folder{Dir: dir, Files: []string{"a.flow"}}, dsl.CheckOptions{Importer: importer})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if dsl.WriteText(&out, p.Shown, p.Diagnostics, false); p.Diagnostics.HasErrors() {
		t.Fatal(out.String())
	}
	return p.Program.Workflows[0].Params[0].Var.Type
}

// fill puts something into everything that is exported: into every second list and map
// nothing but what is nil.
func fill(v reflect.Value, depth int) {
	if depth > 6 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("1")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(5)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(5)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		fill(p.Elem(), depth+1)
		v.Set(p)
	case reflect.Slice:
		s := reflect.MakeSlice(v.Type(), 2, 2)
		fill(s.Index(0), depth+1)
		v.Set(s)
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		for i := range 2 {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, depth+1)
			if key.Kind() == reflect.String {
				key.SetString(fmt.Sprint(i))
			}
			if i == 0 {
				fill(elem, depth+1)
			}
			m.SetMapIndex(key, elem)
		}
		v.Set(m)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	}
}
