// Command transcriber works through the queue of the podwhisperer example in the
// current folder, and answers callbacks through the Lambda API that the usual AWS
// variables name.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/examples/internal/objects"
	"github.com/durablegen/durablegen/examples/podwhisperer"
	"github.com/durablegen/durablegen/examples/podwhisperer/queue"
	"github.com/durablegen/durablegen/examples/podwhisperer/transcriber"
)

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Error("no AWS configuration", "error", err)
		os.Exit(1)
	}
	t := &transcriber.Transcriber{
		Queue:     queue.Open("queue.db"),
		Objects:   objects.Store{Dir: "objects"},
		Answers:   podwhisperer.TranscribeAnswers(lambda.NewFromConfig(cfg)),
		Log:       log,
		PerMinute: 100 * time.Millisecond,
	}
	_ = t.Run(ctx)
}
