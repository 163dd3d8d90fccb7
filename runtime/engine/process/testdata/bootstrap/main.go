// A Lambda bootstrap for tests. Its handler does what its event says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string `json:"do"`
	Text string `json:"text"`
}

func handle(ctx context.Context, in json.RawMessage) (any, error) {
	var ev event
	if err := json.Unmarshal(in, &ev); err != nil {
		return nil, err
	}
	switch ev.Do {
	case "echo":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"text": ev.Text, "pid": os.Getpid(), "request": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
			"function": lambdacontext.FunctionName, "handler": os.Getenv("_HANDLER"), "extra": os.Getenv("EXTRA"),
			"secret": os.Getenv("SECRET_OF_CALLER"), "seconds": time.Until(deadline).Seconds(), "dir": cwd(),
		}, nil
	case "log":
		fmt.Println(ev.Text)
		fmt.Fprintln(os.Stderr, "error: "+ev.Text)
		fmt.Print("no end of line")
		return nil, nil
	case "fail":
		return nil, errors.New(ev.Text)
	case "panic":
		panic(ev.Text)
	case "exit":
		os.Exit(3)
	case "sleep":
		time.Sleep(time.Minute)
	case "child", "orphan":
		// Something that outlives its parent unless the whole group is killed.
		cmd := exec.Command("sleep", "600")
		cmd.Stdout = os.Stdout
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		fmt.Println(cmd.Process.Pid)
		if ev.Do == "orphan" {
			os.Exit(3)
		}
		time.Sleep(time.Minute)
	case "large":
		return strings.Repeat("x", 10<<20), nil
	}
	return nil, errors.New("nothing to do")
}

func cwd() string { d, _ := os.Getwd(); return d }

func main() {
	switch os.Getenv("START") {
	case "exit":
		os.Exit(4)
	case "hang":
		time.Sleep(time.Minute)
	}
	lambda.Start(handle)
}
