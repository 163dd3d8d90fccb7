package deployment

import (
	"cmp"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// edited is an edit of what is written, with all that is said of it: what the template has in
// place of `old`, the first time that it stands there.
type edited struct{ format, old, new, want string }

func checkEdits(t *testing.T, edits []edited) {
	t.Helper()
	for _, c := range edits {
		functions, text := written(t, c.format)
		if !strings.Contains(text, c.old) {
			t.Errorf("there is no %q in\n%s", c.old, text)
			continue
		}
		if said := checked(t, strings.Replace(text, c.old, c.new, 1), functions, ""); said != c.want {
			t.Errorf("%q instead of %q:\n got %q\nwant %q", c.new, c.old, said, c.want)
		}
	}
}

// The function runs where a program of Go does, and each alias that is named is there.
func TestCheckKnowsWhatRunsAndByWhichAlias(t *testing.T) {
	const runtime = "the Runtime of `fulfil` must be `provided.al2023` or `provided.al2`, in which the bootstrap runs, and is "
	checkEdits(t, []edited{
		{"sam", "Runtime: provided.al2023", "Runtime: nodejs20.x", runtime + "`nodejs20.x`\n"},
		{"cloudformation", "Runtime: provided.al2023", "Runtime: go1.x", runtime + "`go1.x`\n"},
		{"sam", "Runtime: provided.al2023", "Runtime: ", runtime + "empty\n"},
		{"sam", "Runtime: provided.al2023", "Runtime: [provided.al2]", runtime + "a list\n"},
		{"sam", "Runtime: provided.al2023", "Runtime: provided.al2", ""},
		{"sam", "Runtime: provided.al2023", "Runtime: !Ref Where", "open: the template takes the Runtime of `fulfil` from elsewhere\n"},
		{"sam", "      Runtime: provided.al2023\n", "", "the function of `fulfil` has no Runtime\n"},
		{"sam", "      Runtime: provided.al2023\n", "      PackageType: Image\n", ""},
		{"sam", "      Runtime: provided.al2023\n", "      PackageType: !Ref Kind\n", "open: the template takes the PackageType of `fulfil` from elsewhere, and has no Runtime\n"},
		{"sam", "      Runtime: provided.al2023\n", "      ImageUri: x\n      Runtime: provided.al2023\n", "the function of `fulfil` has an image, and so no Runtime\n"},
		{"sam", "Handler: fulfil   # the workflow\n      Runtime: provided.al2023\n", "PackageType: Image\n      ImageConfig: {Command: [fulfil]}\n", ""},
		{"sam", "Handler: fulfil   # the workflow\n      Runtime: provided.al2023\n", "PackageType: Image\n", "open: the function `fulfil` has an image, which says what its handler is\n"},

		{"sam", "DURABLE_AGAIN_QUALIFIER: live", "DURABLE_AGAIN_QUALIFIER: prod", "`talk_on` goes on by `again` with the alias `prod`, and the function has the alias `live`\n"},
		{"cloudformation", "DURABLE_AGAIN_QUALIFIER: live", "DURABLE_AGAIN_QUALIFIER: prod", "`talk_on` goes on by `again` with the alias `prod`, and the function has the alias `live`\n"},
		{"sam", "DURABLE_AGAIN_QUALIFIER: live", "DURABLE_AGAIN_QUALIFIER: [live]", "the DURABLE_AGAIN_QUALIFIER of `talk_on` must name a version or an alias, and is a list\n"},
		{"sam", "DURABLE_AGAIN_QUALIFIER: live", "DURABLE_AGAIN_QUALIFIER: !Ref Stage", "open: the template takes the DURABLE_AGAIN_QUALIFIER of `talk_on` from elsewhere\n"},
		{"sam", "DURABLE_AGAIN_QUALIFIER: live", "DURABLE_AGAIN_QUALIFER: live", "open: `talk_on` goes on by `again` on the version that it runs: nothing reads `DURABLE_AGAIN_QUALIFER`\n"},
		{"sam", "RecursiveLoop: Allow", "RecursiveLoop: Terminate", "`talk_on` goes on by `again`, which Lambda stops after some rounds\n"},
		{"sam", "RecursiveLoop: Allow", "RecursiveLoop: !Ref Loop", "open: the template takes the RecursiveLoop of `talk_on` from elsewhere\n"},

		{"sam", "Target: !Ref Fulfil.Alias", "Target: !Sub '${Fulfil.Arn}:prod'", "`FulfilQueuePipe` starts `fulfil` with the alias `prod`, and the function has the alias `live`\n"},
		{"sam", "Target: !Ref Fulfil.Alias", "Target: !Join [':', [!GetAtt Fulfil.Arn, prod]]", "`FulfilQueuePipe` starts `fulfil` with the alias `prod`, and the function has the alias `live`\n"},
		{"sam", "Target: !Ref Fulfil.Alias", "Target: arn:aws:lambda:eu-west-1:111122223333:function:fulfil:prod", "`FulfilQueuePipe` starts `fulfil` with the alias `prod`, and the function has the alias `live`\n"},
		{"sam", "FunctionName: !Ref Fulfil.Alias", "FunctionName: fulfil:prod", "`FulfilBucketMayStart` starts `fulfil` with the alias `prod`, and the function has the alias `live`\n"},
		{"sam", "FunctionName: !Ref Fulfil.Alias", "FunctionName: fulfil\n      Qualifier: prod", "`FulfilBucketMayStart` starts `fulfil` with the alias `prod`, and the function has the alias `live`\n"},
		{"sam", "FunctionName: !Ref Fulfil.Alias", "FunctionName: !Ref Fulfil\n      Qualifier: live", ""},
		{"sam", "FunctionName: !Ref Fulfil.Alias", "FunctionName: !Ref Fulfil\n      Qualifier: !Ref Stage", ""},
		{"sam", "FunctionName: !Ref Fulfil.Alias", "FunctionName: fulfil:7", ""},
	})
	functions, text := written(t, "sam")
	text = strings.ReplaceAll(text, "AutoPublishAlias: live", "AutoPublishAlias: prod")
	if said, want := checked(t, text, functions, ""), "`talk_on` goes on by `again` with the alias `live`, and the function has the alias `prod`\n"; said != want {
		t.Errorf("of another alias: %q, want %q", said, want)
	}
}

// What is written and can't be is told as such; what comes from elsewhere is left open.
func TestCheckKnowsWrongValues(t *testing.T) {
	timeout := "the Timeout of `fulfil` must be a whole number of seconds, from 1 to 900, and is "
	execution := "the ExecutionTimeout of `fulfil` must be a whole number of seconds, from 1 to 31622400, and is "
	retention := "the RetentionPeriodInDays of `fulfil` must be a whole number of days, from 1 to 90, and is "
	checkEdits(t, []edited{
		{"sam", "Timeout: 310", `Timeout: "abc"`, timeout + "`abc`\n"},
		{"sam", "Timeout: 310", "Timeout: 5m", timeout + "`5m`\n"},
		{"sam", "Timeout: 310", "Timeout: 0", timeout + "`0`\n"},
		{"sam", "Timeout: 310", "Timeout: 901", timeout + "`901`\n"},
		{"sam", "Timeout: 310", "Timeout: 310.5", timeout + "`310.5`\n"},
		{"sam", "Timeout: 310", "Timeout:", timeout + "empty\n"},
		{"sam", "Timeout: 310", "Timeout: [310]", timeout + "a list\n"},
		{"sam", "Timeout: 310", "Timeout: {Seconds: 310}", timeout + "a mapping\n"},
		{"sam", "Timeout: 310", "Timeout: !Ref AlarmTopic", timeout + "empty\n"}, // its default
		{"sam", "Timeout: 310", "Timeout: !Ref Time", "open: the template takes the Timeout of `fulfil` from elsewhere\n"},
		{"sam", "Timeout: 310", "Timeout: !If [A, 1, 2]", "open: the template takes the Timeout of `fulfil` from elsewhere\n"},
		{"sam", "ExecutionTimeout: 1728000", "ExecutionTimeout: 60d", execution + "`60d`\n"},
		{"sam", "ExecutionTimeout: 1728000", "ExecutionTimeout: 31622401", execution + "`31622401`\n"},
		{"sam", "RetentionPeriodInDays: 30", "RetentionPeriodInDays: -1", retention + "`-1`\n"},
		{"sam", "RetentionPeriodInDays: 30", "RetentionPeriodInDays: 91", retention + "`91`\n"},
		{"sam", "RetentionPeriodInDays: 30", "RetentionPeriodInDays: !Ref Days", "open: the template takes the RetentionPeriodInDays of `fulfil` from elsewhere\n"},
		{"sam", "      DurableConfig:\n        ExecutionTimeout: 1728000   # of an execution, in seconds: 20d\n        RetentionPeriodInDays: 30", "      DurableConfig: true", "the DurableConfig of `fulfil` must be a mapping, and is `true`\n"},
		{"sam", "ExecutionTimeout: 31622400", "ExecutionTimeout: 31622400\n        RetentionPeriodInDays: long", strings.ReplaceAll(retention, "fulfil", "talk_on") + "`long`\n"},
		{"sam", "ExecutionTimeout: 31622400", "ExecutionTimeout: 31622400\n        RetentionPeriodInDays: !Ref Days", ""},
	})
}

// What a handler and a name are made of may come from elsewhere; if it can't be the workflow's,
// that is told.
func TestCheckLeavesHandlersOpen(t *testing.T) {
	const open = "open: the template takes the Handler of `fulfil` from elsewhere\n"
	checkEdits(t, []edited{
		{"sam", "Handler: fulfil ", "Handler: !Sub '${X}' ", open},
		{"sam", "Handler: fulfil ", "Handler: !Ref X ", open},
		{"sam", "Handler: fulfil ", "Handler: !If [A, fulfil, other] ", open},
		{"sam", "Handler: fulfil ", "Handler: !Sub 'ful${X}' ", open},
		{"sam", "Handler: fulfil ", "Handler: !Sub fulfil ", ""},
		{"sam", "Handler: fulfil ", "Handler: !Join ['', [ful, fil]] ", ""},
		{"sam", "Handler: fulfil ", "Handler: !Sub 'pay-${X}' ", "the function `fulfil` has the handler `pay-*`, which is not this workflow\n"},
		{"sam", "Handler: fulfil ", "Handler: !Sub 'other' ", "the function `fulfil` has the handler `other`, which is not this workflow\n"},
		{"sam", "Handler: fulfil ", "# ", "the function `fulfil` has no handler\n"},
		{"sam", "FunctionName: fulfil\n      Handler: fulfil ", "FunctionName: other\n      Handler: !Sub '${X}' ", "open: the template takes this handler from elsewhere, and no other is `fulfil`\n"},
		{"sam", "FunctionName: fulfil\n      Handler: fulfil ", "FunctionName: other\n      Handler: !Sub 'pay-${X}' ", "no function here has the handler `fulfil`: the workflow is not deployed\n"},
	})
	for _, name := range []string{"${Stage}-fulfil", "${AlarmTopic}fulfil"} {
		functions, text := written(t, "sam")
		text = strings.ReplaceAll(text, "FunctionName: fulfil\n", "FunctionName: !Sub '"+name+"'\n")
		text = strings.ReplaceAll(text, "function:fulfil:*", "function:"+name+":*")
		if said := checked(t, text, functions, ""); said != "" {
			t.Errorf("the FunctionName %s: %q", name, said)
		}
	}
	checkEdits(t, []edited{{"sam", "FunctionName: fulfil\n", "FunctionName: !Ref Name\n", strings.Join([]string{
		"open: nothing here allows the role of `fulfil` to lambda:CheckpointDurableExecution: no execution can go on",
		"open: nothing here allows the role of `fulfil` to lambda:GetDurableExecutionState: no execution can go on", ""}, "\n")}})
}

// A name that is nearly one that is read is told alone, where it stands: what it means is read.
func TestCheckKnowsMisspeltNames(t *testing.T) {
	after := map[string]string{ // of each kind, what stands before its names; of resources, the type
		"a template": "AWSTemplateFormatVersion", "a resource": "\nResources", "a policy": "- PolicyName: executions", "a policy's document": "- PolicyName: executions", "a statement": "- Sid",
		"`DurableConfig`": "DurableConfig:", "`Environment`": "Environment:",
	}
	told := 0
	for kind, names := range spelled {
		for _, name := range strings.Fields(names.read) {
			typo := name[:len(name)-2] + name[len(name)-1:]
			if len(name) < 5 {
				typo = name + "s" // of short ones little may differ
			}
			for _, format := range []string{"sam", "cloudformation"} {
				functions, text := written(t, format)
				start := strings.Index(text, cmp.Or(after[kind], kind))
				at := regexp.MustCompile(`[\s{]` + name + ":").FindStringIndex(text[max(start, 0):])
				if start < 0 || at == nil || name == "Events" {
					continue // there is none
				}
				from := start + at[0]
				edited := text[:from+1] + typo + text[from+1+len(name):]
				template, err := Read([]byte(edited))
				if err != nil {
					t.Fatal(err)
				}
				found := Check(template, functions, nil)
				if len(found) != 1 || found[0].Help != "did you mean `"+name+"`?" || found[0].Line != 1+strings.Count(text[:from+1], "\n") || !strings.HasSuffix(found[0].Message, " has no `"+typo+"`") {
					t.Errorf("%s, %s of %s: %+v", format, typo, kind, found)
				}
				told++
			}
		}
	}
	if told < 40 {
		t.Errorf("only %d misspelt names were looked at", told)
	}
	checkEdits(t, []edited{
		{"sam", "  Fulfil:\n    Type: ", "  Fulfil:\n    Typ: ", "a resource has no `Typ`\n"},
		{"sam", "      DurableConfig:", "      DurableConfg: {}\n      DurableConfig:", "AWS::Serverless::Function has no `DurableConfg`\n"},
		{"sam", "      DurableConfig:", "      Durable: {}\n      DurableConfig:", ""},
		{"sam", "Resources:\n", "Globals: {Functoin: {Tiemout: 5}}\nResources:\n", "`Globals` has no `Functoin`\nAWS::Serverless::Function has no `Tiemout`\n"},
	})
}

// No name that may stand in a template is taken for another.
func TestNamesThatAreThereAreNotMisspelt(t *testing.T) {
	for kind, names := range spelled {
		text := "{"
		for _, name := range strings.Fields(names.read + " " + names.others) {
			text += name + ": {}, "
		}
		var mapping yaml.Node
		if err := yaml.Unmarshal([]byte(text+"}"), &mapping); err != nil {
			t.Fatal(err)
		}
		template := Template{guesses: maxGuesses}
		if template.spellNames(kind, mapping.Content[0]); len(template.misspelt) > 0 {
			t.Errorf("%s: %+v", kind, template.misspelt)
		}
	}
}

// What has no resources is no template, whatever else it is.
func TestForeignTexts(t *testing.T) {
	for text, foreign := range map[string]bool{
		"":                          true,
		"# a comment":               true,
		`{"order": "1001"}`:         true,
		`{"resource": {"aws": {}}}`: true,
		"[1, 2]":                    true,
		"just words":                true,
		"Resources: {}":             false,
		"Resourses: {F: {Type: AWS::Lambda::Function}}": false, // which Check tells
	} {
		template, err := Read([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := template.Foreign(); (got != nil) != foreign {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Which function is invoked is what the environment says, and that has to be allowed and there.
func TestCheckKnowsBoundNames(t *testing.T) {
	const allowed = "!Sub 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${ScoreFunctionName}'"
	const bare = "!Sub 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:score-order:live'"
	for _, c := range []struct{ old, new, want string }{
		{"Default: 'score-order:live'", "Default: 'score-order:beta'", ""},
		{"SCORE_FUNCTION: !Ref ScoreFunctionName", "SCORE_FUNCTION: 'score-order:beta'",
			"the role of `fulfil` may not lambda:InvokeFunction: the workflow invokes this function by its SCORE_FUNCTION\n"},
		{"Default: 'score-order:live'", "Default: score-order",
			"`fulfil` can't be started: the environment variable SCORE_FUNCTION is \"score-order\", which lacks a version or alias; write score-order:live\n" +
				"`talk_on` can't be started: the environment variable SCORE_FUNCTION is \"score-order\", which lacks a version or alias; write score-order:live\n"},
		{allowed, bare, ""},
		{"SCORE_FUNCTION: !Ref", "SCORE_FUNKTION: !Ref", "open: `fulfil` invokes `score-order:live`, as no SCORE_FUNCTION names another function: nothing reads `SCORE_FUNKTION`\n"},
		{"SCORE_FUNCTION: !Ref ScoreFunctionName", "SCORE_FUNCTION: !ImportValue score", "open: nothing here allows the role of `fulfil` to lambda:InvokeFunction: the workflow invokes this function by its SCORE_FUNCTION\n"},
		{"THERE_FUNCTION: !Ref ThereFunctionName", "THERE_FUNCTION: 'fulfil:dev'",
			"`fulfil` invokes `fulfil:dev`, and the function has the alias `live`\n" +
				"the role of `fulfil` may not lambda:InvokeFunction: the workflow invokes this function by its THERE_FUNCTION\n"},
	} {
		functions, text := written(t, "cloudformation")
		if !strings.Contains(text, c.old) {
			t.Errorf("there is no %q in\n%s", c.old, text)
			continue
		}
		if said := checked(t, strings.Replace(text, c.old, c.new, 1), functions, ""); said != c.want {
			t.Errorf("%q instead of %q:\n got %q\nwant %q", c.new, c.old, said, c.want)
		}
	}
}
