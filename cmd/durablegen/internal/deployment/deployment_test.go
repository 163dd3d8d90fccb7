package deployment

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
)

const program = `flow 1

package shop

function render(name string) string = "render-report:live"
function plain(name string) string = "arn:aws:lambda:eu-west-1:111122223333:function:plain"
function score(name string) string = env SCORE_FUNCTION ?? "score-order:live"
function there(name string) string = env THERE_FUNCTION ?? "arn:aws:lambda:eu-west-1:111122223333:function:there:live"

step charge(order string) string  idempotent timeout 2m
step look(order string) bool      reads timeout 40s
step note(order string)           idempotent

callback approve(order string)  timeout 1h

workflow fulfil(order string) string
    fails Timeout
    timeout 20d
    retention 30d
{
    step note(order)
    invoke render(order)
    return call pay(order)
}

workflow pay(order string) string
    fails Timeout
{
    callback approve(order)
    invoke plain(order)
    invoke score(order)
    invoke there(order)
    there := poll look(order) every 1m at most 5 times until there
        catch Exhausted { return "late" }
    return step charge(order) timeout 5m
}

workflow talk_on(turn int)
    timeout 366d
{
    wait 1d
    invoke score("talk")
    again talk_on(turn + 1)
}
`

// served is what the bootstrap of the program lists.
var served = []gobuild.Function{{Name: "fulfil", ExecutionTimeout: 20 * 86400, RetentionDays: 30}, {Name: "pay", ExecutionTimeout: 86400}, {Name: "talk_on", ExecutionTimeout: 366 * 86400}}

func functionsOf(t *testing.T, wanted ...string) []*Function {
	t.Helper()
	return of(t, program, served, wanted...)
}

// of gives the functions of a program and of what its bootstrap lists.
func of(t *testing.T, program string, served []gobuild.Function, wanted ...string) []*Function {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "shop.flow"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := flowdir.LoadDir(dir)
	if err != nil || p.Program == nil {
		t.Fatalf("%v %v", err, p.Diagnostics)
	}
	functions, err := Of(served, []*flowdir.Package{p}, wanted)
	if err != nil {
		t.Fatal(err)
	}
	return functions
}

// A function has what its workflow does, and what those do that it calls; these have none of
// their own unless they are named.
func TestFunctionsOfABootstrap(t *testing.T) {
	got := functionsOf(t)
	want := []*Function{
		{
			Workflow: "fulfil", ExecutionTimeout: 20 * 86400, Retention: 30,
			Invokes:   []Target{{Name: "render-report", Qualifier: "live"}, {ARN: "arn:aws:lambda:eu-west-1:111122223333:function:plain"}, {Name: "score-order", Qualifier: "live", Env: "SCORE_FUNCTION"}, {ARN: "arn:aws:lambda:eu-west-1:111122223333:function:there:live", Env: "THERE_FUNCTION"}},
			Callbacks: []string{"approve"},
			Steps:     []StepLimit{{"charge", 5 * time.Minute}, {"look", 40 * time.Second}},
		},
		{Workflow: "talk_on", ExecutionTimeout: 366 * 86400, Again: true, Invokes: []Target{{Name: "score-order", Qualifier: "live", Env: "SCORE_FUNCTION"}}},
	}
	for _, f := range got {
		f.params, f.declared = nil, false
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got[0].Timeout() != 310 || got[1].Timeout() != 60 {
		t.Errorf("an invocation gets %d and %d seconds", got[0].Timeout(), got[1].Timeout())
	}
	if named := functionsOf(t, "pay"); len(named) != 1 || named[0].Workflow != "pay" || len(named[0].Invokes) != 3 {
		t.Errorf("%+v", named)
	}
	if _, err := Of(served, nil, []string{"fulfill"}); err == nil || err.Error() != "the bootstrap has no workflow `fulfill`; did you mean `fulfil`?" {
		t.Error(err)
	}
}

func TestSources(t *testing.T) {
	for text, want := range map[string]string{
		"s3:incoming-orders":            "several workflows; say which one it starts, such as fulfil=s3:incoming-orders",
		"fulfil=s3:incoming-orders":     "[{s3 incoming-orders}]",
		"fulfil=s3":                     "must be such as s3:my-bucket",
		"fulfil=sqs":                    "[{sqs fulfil}]",
		"talk_on=http":                  "[{http /talk_on}]",
		"fulfil=http:/v1/orders":        "[{http /v1/orders}]",
		"fulfil=http:orders":            "must be such as http:/orders",
		"fulfil=schedule:rate(1 day)":   "[{schedule rate(1 day)}]",
		"fulfil=schedule:daily":         "must be such as 'schedule:rate(1 day)'",
		"fulfil=eventbridge:my.shop":    "[{eventbridge my.shop}]",
		"fulfil=eventbridge:${AWS::Id}": "must be such as eventbridge:my.shop",
		"fulfil=s4:bucket":              "must begin with s3, sqs, schedule, eventbridge, http: did you mean `s3`?",
		"fulfi=s3:bucket":               "there is no function of a workflow `fulfi`; did you mean `fulfil`?",
	} {
		functions := functionsOf(t)
		got := ""
		if err := AddSource(functions, text); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(append(functions[0].Sources, functions[1].Sources...))
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	one := functionsOf(t, "pay")
	if err := AddSource(one, "kafka:topic"); err == nil || err.Error() != "kafka:topic: must begin with s3, sqs, schedule, eventbridge, http" {
		t.Errorf("the kinds are not listed once: %v", err)
	}
	if err := AddSource(one, "s3:orders"); err != nil || len(one[0].Sources) != 1 {
		t.Error(err, one[0].Sources)
	}
}

// What a source gives has to be what the workflow takes.
func TestSourcesFitWorkflows(t *testing.T) {
	for _, c := range []struct{ takes, source, want string }{
		{"order Order", "s3:orders", "s3:orders gives an S3 event, and the workflow `start` takes Order { id string }: name the type `events.S3Event`"},
		{"order Order", "sqs:orders", "sqs:orders gives a list with the body of one message, and the workflow `start` takes Order { id string }: let it take a list"},
		{"order Order", "eventbridge:my.shop", "eventbridge:my.shop gives an event of EventBridge, and"},
		{"order Order", "schedule:rate(1 day)", ""},
		{"order Order", "http", ""},
		{"orders []Order", "sqs:orders", ""},
		{"event json", "s3:orders", ""},
		{"event json", "sqs:orders", ""},
		{"event Placed", "eventbridge:my.shop", ""},
		{"detail Order, source string", "eventbridge:my.shop", ""},
		{"id string, n int", "s3:orders", "takes {\"id\": \"text\", \"n\": 1}: "},
		{"", "s3:orders", "takes nothing: "},
	} {
		text := "flow 1\n\npackage shop\n\ntype Order { id string }\ntype Placed { detail Order }\n\nworkflow start(" + c.takes + ") { wait 1s }\n"
		functions := of(t, text, []gobuild.Function{{Name: "start", ExecutionTimeout: 86400}})
		if err := AddSource(functions, c.source); err != nil {
			t.Fatal(err)
		}
		if got := functions[0].Misfit(functions[0].Sources[0]); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s of %s: %q, want %q", c.takes, c.source, got, c.want)
		}
	}
	if byHand := (&Function{Workflow: "x"}); byHand.Misfit(Source{"s3", "orders"}) != "" || byHand.Input() != "{}" {
		t.Error("a workflow in Go is known")
	}
}

// written gives a template with all that there is.
func written(t *testing.T, format string) ([]*Function, string) {
	t.Helper()
	functions := functionsOf(t)
	for _, source := range []string{"s3:incoming-orders", "sqs", "http", "eventbridge:my.shop", "schedule:rate(1 day)", "schedule:cron(0 8 * * ? *)"} {
		if err := AddSource(functions, "fulfil="+source); err != nil {
			t.Fatal(err)
		}
	}
	text, err := Write(functions, Options{Format: format, Package: "./shop", Arch: "arm64"})
	if err != nil {
		t.Fatal(err)
	}
	return functions, string(text)
}

func checked(t *testing.T, text string, functions []*Function, former string) (said string) {
	t.Helper()
	template, err := Read([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var before *Template
	if former != "" {
		if before, err = Read([]byte(former)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range Check(template, functions, before) {
		if f.Line == 0 {
			t.Errorf("%s has no place", f.Message)
		}
		open := ""
		if f.Open {
			open = "open: "
		}
		said += open + f.Message + "\n"
	}
	return said
}

// What is written is found to be right, against itself, too.
func TestWhatIsWrittenIsRight(t *testing.T) {
	for _, format := range []string{"sam", "cloudformation"} {
		functions, text := written(t, format)
		if said := checked(t, text, functions, text); said != "" {
			t.Errorf("%s: %s", format, said)
		}
	}
}

// Names of workflows may be alike, be words of YAML, or be those of what stands around another.
func TestNamesOfResourcesDiffer(t *testing.T) {
	var functions []*Function
	for _, name := range []string{"fulfilRole", "fulfil", "fulfil_role", "Fulfil", "fulfilQueue", "fulfilRoleWorkflow", "no", "_", "_1", "orders", "order", "on_Off"} {
		f := &Function{Workflow: name, ExecutionTimeout: 60, Callbacks: []string{"ask"}, Again: true}
		functions = append(functions, f)
		for _, s := range []string{"sqs", "sqs:other", "http", "s3:x-y-z", "schedule:rate(1 day)"} {
			if err := AddSource([]*Function{f}, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, format := range Formats {
		text, err := Write(functions, Options{Format: format, Arch: "amd64"})
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		switch format {
		case "sam", "cloudformation": // whose reader refuses a name that is there twice
			if said := checked(t, string(text), functions, ""); said != "" {
				t.Errorf("%s: %s", format, said)
			}
			continue
		}
		seen := map[string]bool{}
		pattern := map[string]string{"terraform": `(?m)^resource .*$`, "cdk": `(?m)\.New\w+\(stack, jsii\.String\("\w+"\)|alarm\(stack, "\w+"|^func \w+`}[format]
		for _, declared := range regexp.MustCompile(pattern).FindAllString(string(text), -1) {
			if format == "cdk" {
				declared = declared[strings.IndexAny(declared, "\" "):] // constructs share one space of names
			}
			if seen[declared] {
				t.Errorf("%s: %s is there twice", format, declared)
			}
			seen[declared] = true
		}
		if len(seen) < 12*15 {
			t.Errorf("%s: only %d names were looked at", format, len(seen))
		}
	}
}

// Each edit takes away something that a workflow needs.
func TestCheckFindsWhatWouldBreak(t *testing.T) {
	const alias = "without an alias: durable functions are invoked by a version or alias"
	for _, c := range []struct{ format, old, new, want string }{
		{"sam", "      AutoPublishAlias: live", "      Tracing: Active", "the function of `fulfil` has no alias: a deployment changes the code"},
		{"sam", "Handler: talk_on", "Handler: bootstrap", "the function `talk_on` has the handler `bootstrap`, which is not this workflow"},
		{"sam", "FunctionName: talk_on\n      Handler: talk_on", "FunctionName: other", "no function here has the handler `talk_on`: the workflow is not deployed"},
		{"sam", "ExecutionTimeout: 1728000", "ExecutionTimeout: 60", "an execution of `fulfil` may take 20d, and here it ends after 1m"},
		{"sam", "ExecutionTimeout: 1728000", "ExecutionTimeout: !Ref Time", "open: the template takes the ExecutionTimeout of `fulfil` from elsewhere"},
		{"sam", "RetentionPeriodInDays: 30", "RetentionPeriodInDays: 1", "the history of `fulfil` is kept for 30 days, and here for 1"},
		{"sam", "        RetentionPeriodInDays: 30", "", "the history of `fulfil` is kept for 30 days, and here for 14"},
		{"sam", "Timeout: 310", "Timeout: 200", "an invocation of `fulfil` ends after 3m20s, and an attempt of the step `charge` may take 5m"},
		{"sam", "      Timeout: 310", "", "an invocation of `fulfil` ends after 3s, and an attempt of the step `charge` may take 5m"},
		{"sam", "Timeout: 310", "Timeout: !ImportValue time", "open: the template takes the Timeout of `fulfil` from elsewhere"},
		{"sam", "lambda:CheckpointDurableExecution, ", "", "the role of `fulfil` may not lambda:CheckpointDurableExecution: no execution can go on"},
		{"sam", "function:fulfil:*", "function:other:*", "the role of `fulfil` may not lambda:GetDurableExecutionState"},
		{"sam", "function:render-report:live", "function:render-report", "the role of `fulfil` may not lambda:InvokeFunction: the workflow invokes this function"},
		{"sam", "'arn:aws:lambda:eu-west-1:111122223333:function:plain'", "'arn:aws:lambda:eu-west-1:111122223333:function:other'", "the role of `fulfil` may not lambda:InvokeFunction: the workflow invokes this function"},
		{"sam", "Role: !GetAtt FulfilRole.Arn", "Role: !ImportValue role", "open: nothing here allows the role of `fulfil` to lambda:CheckpointDurableExecution"},
		{"sam", "- Sid: ItselfAnew", "- Sid: ItselfAnew\n                NotResource: '*'\n                Condition: {}", "open: nothing here allows the role of `talk_on` to lambda:InvokeFunction: it goes on by `again`"},
		{"sam", "      RecursiveLoop: Allow", "", "`talk_on` goes on by `again`, which Lambda stops after some rounds"},
		{"sam", "Function: !Ref Fulfil.Alias", "Function: !GetAtt Fulfil.Arn", "`FulfilBucket` starts `fulfil` " + alias},
		{"sam", "FunctionName: !Ref Fulfil.Alias", "FunctionName: !Ref Fulfil", "`FulfilBucketMayStart` starts `fulfil` " + alias},
		{"sam", "FunctionName: !Ref Fulfil.Alias", "FunctionName: fulfil", "`FulfilBucketMayStart` starts `fulfil` " + alias},
		{"sam", "Target: !Ref Fulfil.Alias", "Target: !Sub arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:fulfil", "`FulfilQueuePipe` starts `fulfil` " + alias},
		{"sam", "functions/${Function}/", "functions/${Fulfil.Arn}/", "`FulfilApi` starts `fulfil` " + alias},
		{"sam", "functions/${Function}/", "functions/arn:aws:lambda:eu-west-1:111122223333:function:fulfil/", "`FulfilApi` starts `fulfil` " + alias},
		{"sam", "uri: !Sub\n                  - arn", "uri: !Join [':', [arn, !GetAtt Fulfil.Arn]]\n                was:\n                  - arn", "`FulfilApi` starts `fulfil` " + alias},
		{"sam", "uri: !Sub\n                  - arn", "uri: !If [Told, !GetAtt Fulfil.Arn, '']\n                was:\n                  - arn", "`FulfilApi` starts `fulfil` " + alias},
		{"sam", "Arn: !Ref Fulfil.Alias}", "Arn: {'Fn::GetAtt': [Fulfil, Arn]}}", "`FulfilRule` starts `fulfil` " + alias},
		{"sam", "        Arn: !Ref Fulfil.Alias\n        RoleArn: !GetAtt FulfilScheduleRole", "        Arn: !GetAtt Fulfil.Arn\n        RoleArn: !GetAtt FulfilScheduleRole", "`FulfilSchedule` starts `fulfil` " + alias},
		{"cloudformation", "  FulfilAlias:\n    Type: AWS::Lambda::Alias", "  FulfilAlias:\n    Type: AWS::Lambda::Version", "the function of `fulfil` has no alias"},
		{"cloudformation", "Target: !Ref FulfilAlias", "Target: !GetAtt Fulfil.Arn", "`FulfilQueuePipe` starts `fulfil` " + alias},
		{"cloudformation", "    Type: AWS::Pipes::Pipe\n    Properties:", "    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      FunctionName: !Ref FulfilAlias",
			"`FulfilQueuePipe` awaits the end of executions, for 15 minutes at most; those of `fulfil` may take 20d"},
		{"sam", "      AutoPublishAlias: live", "      AutoPublishAlias: live\n      Events: {Queue: {Type: SQS}}", "`Queue` awaits the end of executions"},
		{"sam", "FunctionName: fulfil\n", "FunctionName: fulfil2\n", "the FunctionName of `fulfil` was `fulfil`: the change replaces the function, and its executions end with it"},
		{"sam", "      FunctionName: fulfil\n", "", "the FunctionName of `fulfil` was `fulfil`"},
		{"sam", "  Fulfil:\n    Type: AWS::Serverless", "  Fulfils:\n    Type: AWS::Serverless", "the function of `fulfil` was the resource `Fulfil`: the change replaces it"},
		{"sam", "      Runtime: provided.al2023", "      PackageType: Image", "the PackageType of `fulfil` was another one"},
		{"sam", "      DurableConfig:\n        ExecutionTimeout: 1728000   # of an execution, in seconds: 20d\n        RetentionPeriodInDays: 30   # the workflow's `retention`\n", "", "the function of `fulfil` is not durable"},
	} {
		functions, text := written(t, c.format)
		if !strings.Contains(text, c.old) {
			t.Errorf("there is no %q in\n%s", c.old, text)
			continue
		}
		if said := checked(t, strings.Replace(text, c.old, c.new, 1), functions, text); !strings.Contains(said, c.want) {
			t.Errorf("%q instead of %q: %q, want %q", c.new, c.old, said, c.want)
		}
	}
}

// What names a version or an alias is right, however it is put together.
func TestCheckKnowsQualifiers(t *testing.T) {
	for _, target := range []string{
		"!Ref Fulfil.Alias", "!Ref Fulfil.Version", "!Sub '${Fulfil.Arn}:live'", "!Sub ['${F}:live', {F: !Ref Name}]",
		"!Join [':', [!GetAtt Fulfil.Arn, live]]", "!Join ['', [!GetAtt Fulfil.Arn, ':', live]]", "!Join ['', ['arn:', !Ref 'AWS::Partition', ':lambda:function:fulfil:live/invocations']]",
		"arn:aws:lambda:eu-west-1:111122223333:function:fulfil:live", "!ImportValue elsewhere", "!If [Told, !Ref Fulfil.Alias, !Ref 'AWS::NoValue']",
	} {
		functions, text := written(t, "sam")
		if said := checked(t, strings.Replace(text, "Target: !Ref Fulfil.Alias", "Target: "+target, 1), functions, ""); said != "" {
			t.Errorf("%s: %s", target, said)
		}
	}
}

// What a workflow invokes in the same template has to be there by the name that it invokes.
func TestCheckKnowsWhatIsInvoked(t *testing.T) {
	const render = "AutoPublishAlias: prod, Handler: render, FunctionName: render"
	for _, c := range []struct{ qualifier, render, more, want string }{
		{"prod", render, "", ""},
		{"7", render, "", ""},
		{"$LATEST", render, "", ""},
		{"", render, "", ""},
		{"", render + ", DurableConfig: {ExecutionTimeout: 60}", "", "`fulfil` invokes `render` without a version or alias, which a durable function wants\n"},
		{"live", render, "", "`fulfil` invokes `render:live`, and the function has the alias `prod`\n"},
		{"live", render, "  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref R, Name: live}}\n", ""},
		{"live", "FunctionName: render", "", "`fulfil` invokes `render:live`, and the function has no alias\n"},
		{"live", "AutoPublishAlias: !Ref Stage, FunctionName: render", "", ""},
	} {
		functions := []*Function{{Workflow: "fulfil", ExecutionTimeout: 86400, Invokes: []Target{{Name: "render", Qualifier: c.qualifier}}}}
		text := `Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: fulfil, Runtime: provided.al2023, AutoPublishAlias: live, DurableConfig: {ExecutionTimeout: 86400}, Policies: [AWSLambdaRole]}}
  R: {Type: AWS::Serverless::Function, Properties: {` + c.render + "}}\n" + c.more
		if said := checked(t, text, functions, ""); said != c.want {
			t.Errorf("%q and %s%s: %q, want %q", c.qualifier, c.render, c.more, said, c.want)
		}
	}
}

// Templates that people have: the role that SAM makes, globals, policies beside the role, JSON.
func TestCheckReadsWhatThereIs(t *testing.T) {
	functions := []*Function{{Workflow: "fulfil", ExecutionTimeout: 86400, Invokes: []Target{{Name: "render", Qualifier: "live"}}}}
	for name, c := range map[string]struct{ text, want string }{
		"the role that SAM makes": {`
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2, Timeout: 30, AutoPublishAlias: live, DurableConfig: {ExecutionTimeout: 86400}}}
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: fulfil, Policies: [{LambdaInvokePolicy: {FunctionName: render}}]}}`, ""},
		"the role that SAM makes, of a function that is not durable": {`
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: fulfil, Runtime: provided.al2023, AutoPublishAlias: live}}`,
			"the function of `fulfil` is not durable\nthe role of `fulfil` may not lambda:CheckpointDurableExecution: no execution can go on\nthe role of `fulfil` may not lambda:GetDurableExecutionState: no execution can go on\nthe role of `fulfil` may not lambda:InvokeFunction: the workflow invokes this function\n"},
		"JSON with a policy of its own": {`{"Parameters": {"Time": {"Type": "Number", "Default": 86400}},
"Resources": {
 "F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "fulfil", "Runtime": "provided.al2023", "Timeout": 30, "DurableConfig": {"ExecutionTimeout": {"Ref": "Time"}}, "Role": {"Fn::GetAtt": ["R", "Arn"]}}},
 "V": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}},
 "A": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "F"}, "Name": "live"}},
 "R": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"]]}]}},
 "P": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "R"}], "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "lambda:Invoke*", "Resource": {"Fn::Sub": "arn:aws:lambda:us-east-1:999999999999:function:render:*"}}}}},
 "U": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Ref": "F"}, "Qualifier": "live"}}
}}`, ""},
		"a policy that nobody here knows": {`
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: fulfil, Runtime: provided.al2023, AutoPublishAlias: live, DurableConfig: {ExecutionTimeout: 86400}, Policies: [arn:aws:iam::111122223333:policy/ours]}}`,
			"open: nothing here allows the role of `fulfil` to lambda:InvokeFunction: the workflow invokes this function\n"},
		"what comes from elsewhere": {`
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: fulfil, Runtime: provided.al2023, AutoPublishAlias: !Ref Stage, Timeout: 30, Role: !If [A, !Ref B, !Ref C], DurableConfig: !If [A, {}, {}]}}`,
			"open: nothing here allows the role of `fulfil` to lambda:CheckpointDurableExecution: no execution can go on\nopen: nothing here allows the role of `fulfil` to lambda:GetDurableExecutionState: no execution can go on\nopen: nothing here allows the role of `fulfil` to lambda:InvokeFunction: the workflow invokes this function\nopen: the template takes the DurableConfig of `fulfil` from elsewhere\n"},
		"a handler from elsewhere": {`
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: !Ref Which}}
  G: {Type: AWS::Serverless::Function, Properties: {Handler: other}}`, "open: the template takes this handler from elsewhere, and no other is `fulfil`\n"},
		"a handler of another workflow": {"Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: other}}}", "no function here has the handler `fulfil`: the workflow is not deployed\n"},
		"nothing":                       {"Resources: {}", "no function here has the handler `fulfil`: the workflow is not deployed\n"},
	} {
		if said := checked(t, c.text, functions, ""); said != c.want {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
	}
	only := of(t, "flow 1\n\npackage shop\n\nworkflow fulfil() { wait 1s }\n", []gobuild.Function{{Name: "fulfil", ExecutionTimeout: 86400}})
	if said := checked(t, "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: bootstrap, Runtime: provided.al2023, AutoPublishAlias: live, DurableConfig: {ExecutionTimeout: 86400}}}}", only, ""); said != "" {
		t.Errorf("the only workflow has any handler, but: %s", said)
	}
	if _, err := Read([]byte("Resources: [")); err == nil {
		t.Error("a broken template is read")
	}
	if _, err := Read([]byte("Resources: 5")); err == nil || err.Error() != "line 1: the resources must be a mapping" {
		t.Error(err)
	}
}

// FuzzCheck: whatever a template holds, it is read and checked or refused.
func FuzzCheck(f *testing.F) {
	functions := []*Function{{Workflow: "fulfil", ExecutionTimeout: 86400, Again: true, Invokes: []Target{{Name: "render"}}}}
	for _, format := range []string{"sam", "cloudformation"} {
		text, err := Write(functions, Options{Format: format, Arch: "amd64"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("Resources: {F: {Type: AWS::Lambda::Function, Properties: {Handler: fulfil, Role: !Sub [], DurableConfig: !Ref {a: b}}}}"))
	f.Add([]byte("Resources: {F: {Type: AWS::Lambda::Function, Properties: &p {Handler: fulfil, Role: *p, Events: {A: *p}}}, R: {Type: AWS::Events::Rule, Properties: &q [*q]}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if template, err := Read(text); err == nil {
			Check(template, functions, template)
		}
	})
}
