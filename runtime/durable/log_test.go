package durable

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// logged runs a workflow and gives its log records.
func logged(t *testing.T, replay bool, f body) []map[string]any {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(f).With(func(def *Definition) {
			def.LogHandler, def.LogReplay = NewLogHandler(&log), replay
		}), "null")
		s.run()
	})
	var records []map[string]any
	for line := range strings.Lines(log.String()) {
		record := map[string]any{}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	return records
}

func TestLogsOncePerRun(t *testing.T) {
	f := func(ctx *Context) (any, error) {
		ctx.Logger().Info("begin")
		ctx.Logger().Debug("not shown")
		if _, err := Step(ctx, &StepSpec{Name: "charge"}, func(c context.Context) (int, error) {
			StepLogger(c).Warn("charging", "amount", 3)
			if Attempt(c) == 1 {
				return 0, errBoom
			}
			return 0, nil
		}); err != nil {
			return nil, err
		}
		ctx.Logger().Info("charged")
		if _, err := RunInChildContext(ctx, &ContextSpec{Name: "group"}, func(c *Context) (int, error) {
			c.Logger().Info("in group")
			err := pause(c, "w", time.Second)
			if err == nil {
				c.Logger().Info("waited")
			}
			return 0, err
		}); err != nil {
			return nil, err
		}
		ctx.Logger().Info("end")
		return nil, nil
	}
	var messages []string
	for _, r := range logged(t, false, f) {
		if r["logger"] == reporter {
			continue
		}
		messages = append(messages, fmt.Sprint(r["message"]))
		if r["durableExecutionArn"] == nil || r["timestamp"] == nil || r["level"] == nil || r["msg"] != nil {
			t.Errorf("record %v", r)
		}
		if r["message"] == "charging" && (r["operationId"] != "charge" || r["operationName"] != "charge" || r["operation"] != "charge" || r["attempt"] == nil || r["level"] != "WARN") {
			t.Errorf("record %v", r)
		}
		if r["message"] == "in group" && r["operationId"] != "group" {
			t.Errorf("record %v", r)
		}
	}
	if got := strings.Join(messages, ", "); got != "begin, charging, charging, charged, in group, waited, end" {
		t.Errorf("got %s", got)
	}
	count := 0
	for _, r := range logged(t, true, f) {
		if r["message"] == "begin" {
			count++
		}
	}
	if count != 3 {
		t.Errorf("with replays, begin was logged %d times", count)
	}
}

func TestLogLevel(t *testing.T) {
	for level, want := range map[string]string{"": "INFO WARN ERROR", "DEBUG": "DEBUG INFO WARN ERROR", "error": "ERROR"} {
		t.Setenv("AWS_LAMBDA_LOG_LEVEL", level)
		var got []string
		for _, r := range logged(t, false, func(ctx *Context) (any, error) {
			l := ctx.Logger()
			l.Debug("x")
			l.Info("x")
			l.Warn("x")
			l.Error("x")
			return nil, nil
		}) {
			got = append(got, r["level"].(string))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v", level, got)
		}
	}
}

func TestRequestID(t *testing.T) {
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "r1"})
	if got := requestID(ctx); got != "r1" {
		t.Error(got)
	}
}

// A callback that stays open does not make what follows it log again at each replay.
func TestLogsOnceBehindAnOpenCallback(t *testing.T) {
	records := logged(t, false, func(ctx *Context) (any, error) {
		if _, err := CreateCallback[int](ctx, &CallbackSpec{Name: "answer", Timeout: time.Hour}); err != nil {
			return nil, err
		}
		ctx.Logger().Info("opened")
		if err := pause(ctx, "first", time.Second); err != nil {
			return nil, err
		}
		ctx.Logger().Info("between")
		return nil, pause(ctx, "second", time.Second)
	})
	got := ""
	for _, r := range records {
		got += fmt.Sprint(r["message"], " ")
	}
	if want := "opened between "; got != want {
		t.Errorf("logged %q, want %q", got, want)
	}
}
