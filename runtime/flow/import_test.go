package flow

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

type foreignPart struct {
	Text  string
	List  []string
	Inner struct{ N int }
}

type foreign struct {
	foreignPart
	Parts []foreignPart
	Map   map[string]foreignPart
	Any   any
	Raw   json.RawMessage
}

var _ = Import[foreign]()

type ofTheLanguage struct {
	Foreign foreign `json:"foreign"`
	Own     string  `json:"own"`
}

// Existing Go types are read as encoding/json reads them; what is around them is read
// as strictly as ever, and so is the same type elsewhere.
func TestImportedTypesAreReadAsGoReadsThem(t *testing.T) {
	for text, want := range map[string]string{
		`{"foreign": {}, "own": "x"}`: `{"foreign":{"Text":"","List":[],"Inner":{"N":0},"Parts":[],"Map":{},"Any":null,"Raw":null},"own":"x"}`,
		`{"foreign": {"Text": null, "List": null, "Inner": null, "Parts": [{"Text": "a"}, null], "Map": {"m": {}}, "Any": [1, {"b": null}], "Raw": {"c":9007199254740993}}, "own": "x"}`: `{"foreign":{"Text":"","List":[],"Inner":{"N":0},` +
			`"Parts":[{"Text":"a","List":[],"Inner":{"N":0}},{"Text":"","List":[],"Inner":{"N":0}}],"Map":{"m":{"Text":"","List":[],"Inner":{"N":0}}},"Any":[1,{"b":null}],"Raw":{"c":9007199254740993}},"own":"x"}`,
		`{"foreign": {}}`:                        `field "own" is missing`,
		`{"foreign": null, "own": "x"}`:          `foreign: an object is needed, not null`,
		`{"foreign": {"Text": 1}, "own": "x"}`:   `foreign.Text: a string is needed, not a number`,
		`{"foreign": {"Parts": 1}, "own": null}`: `foreign.Parts: a list is needed, not a number`,
	} {
		var v ofTheLanguage
		got := ""
		if err := Decode(text, &v); err != nil {
			got = err.Error()
		} else if got, err = Encode(v); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
	var part foreignPart
	if err := Decode(`{}`, &part); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a type that is part of an imported one is read leniently by itself: %v", err)
	}
}

func TestCopyOfWhatIsBehindAnInterface(t *testing.T) {
	v := foreign{Any: map[string]any{"list": []any{1, map[string]any{"a": 1}}}}
	c := Copy(v)
	c.Any.(map[string]any)["list"].([]any)[1].(map[string]any)["a"] = 2
	c.Any.(map[string]any)["list"].([]any)[0] = 2
	if got, _ := Encode(v.Any); got != `{"list":[1,{"a":1}]}` {
		t.Errorf("the copy shares what it holds: %s", got)
	}
	if c.Raw != nil {
		t.Error("a RawMessage that is nil becomes an empty one, which is no JSON")
	}
}

var (
	_ = Import[events.SNSEvent]()
	_ = Import[events.APIGatewayProxyRequest]()
	_ = Import[events.CodeBuildEvent]()
)

// What AWS sends is read as encoding/json reads it, and the same comes back from a
// record of it.
func TestEventsOfAWS(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"alb-lambda-target-request-headers-only.json": new(events.ALBTargetGroupRequest),
		"apigw-request.json":                          new(events.APIGatewayProxyRequest),
		"apigw-restapi-openapi-request.json":          new(events.APIGatewayProxyRequest),
		"apigw-v2-request-iam.json":                   new(events.APIGatewayV2HTTPRequest),
		"apigw-v2-request-lambda-authorizer.json":     new(events.APIGatewayV2HTTPRequest),
		"apigw-websocket-request.json":                new(events.APIGatewayWebsocketProxyRequest),
		"autoscaling-event-launch-successful.json":    new(events.AutoScalingEvent),
		"cloudwatch-logs-event.json":                  new(events.CloudwatchLogsEvent),
		"code-commit-event.json":                      new(events.CodeCommitEvent),
		"codebuild-state-change.json":                 new(events.CodeBuildEvent),
		"cognito-event-userpools-presignup.json":      new(events.CognitoEventUserPoolsPreSignup),
		"connect-event.json":                          new(events.ConnectEvent),
		"dynamodb-event.json":                         new(events.DynamoDBEvent),
		"ecr-image-push-event.json":                   new(events.ECRImageActionEvent),
		"kafka-event.json":                            new(events.KafkaEvent),
		"kinesis-event.json":                          new(events.KinesisEvent),
		"kinesis-firehose-event.json":                 new(events.KinesisFirehoseEvent),
		"lambda-urls-request.json":                    new(events.LambdaFunctionURLRequest),
		"lex-event.json":                              new(events.LexEvent),
		"s3-event.json":                               new(events.S3Event),
		"s3-object-lambda-event-get-object-iam.json":  new(events.S3ObjectLambdaEvent),
		"ses-sns-event.json":                          new(events.SNSEvent),
		"sns-event.json":                              new(events.SNSEvent),
		"sqs-event.json":                              new(events.SQSEvent),
	} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "events", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		want := reflect.New(reflect.TypeOf(v).Elem())
		if err := json.Unmarshal(text, want.Interface()); err != nil {
			t.Fatal(err)
		}
		if err := Decode(string(text), v); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a, b := marshal(t, v), marshal(t, want.Interface()); a != b {
			t.Errorf("%s:\n%s\nwant\n%s", name, a, b)
		}
		kept, err := Encode(reflect.ValueOf(v).Elem().Interface())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again := reflect.New(want.Type().Elem()).Interface()
		if err := Decode(kept, again); err != nil {
			t.Errorf("%s: of a record: %v", name, err)
		}
		if twice, err := Encode(reflect.ValueOf(again).Elem().Interface()); err != nil || twice != kept {
			t.Errorf("%s: a record gives another one:\n%s\nwant\n%s", name, twice, kept)
		}
	}
}

func marshal(t *testing.T, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
