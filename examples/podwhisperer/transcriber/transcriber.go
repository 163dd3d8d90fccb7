// Package transcriber is the world outside of the podwhisperer workflow: a worker
// that takes jobs from the queue, says that it is alive while it works, and
// answers the workflow's callback with where the transcript lies.
//
// It stands in for speech recognition: for each audio that it knows it has what was
// said, as text, and gives every word the time that a person would take for it.
package transcriber

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/examples/internal/objects"
	"github.com/durablegen/durablegen/examples/podwhisperer"
	"github.com/durablegen/durablegen/examples/podwhisperer/queue"
	"github.com/durablegen/durablegen/runtime/flow"
)

//go:embed audio
var audio embed.FS

// Transcriber works through the queue.
type Transcriber struct {
	Queue   *queue.Queue
	Objects objects.Store
	Answers *flow.Answers[string] // of the callback transcribe
	Log     *slog.Logger
}

// idle is how long it looks away from an empty queue.
const idle = 20 * time.Millisecond

// Run works until ctx is done.
func (t *Transcriber) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		job, ok, err := t.Queue.Next(ctx)
		if err == nil && ok {
			err = t.work(ctx, job)
		}
		if err != nil {
			t.Log.Error("job failed, it stays in the queue", "job", job.Episode, "error", err)
		}
		if err != nil || !ok {
			select {
			case <-ctx.Done():
			case <-time.After(idle):
			}
		}
	}
	return ctx.Err()
}

func (t *Transcriber) work(ctx context.Context, job queue.Job) error {
	if err := t.Answers.Heartbeat(ctx, job.CallbackID); over(err) {
		t.Log.Warn("nobody waits for this any more", "job", job.Episode)
		return t.Queue.Done(ctx, job)
	} else if err != nil {
		return err
	}
	transcript, err := Listen(job.Audio)
	if err != nil {
		err = t.Answers.Fail(ctx, job.CallbackID, &podwhisperer.UnintelligibleError{Reason: err.Error()})
	} else {
		var object string
		if object, err = t.Objects.PutJSON(transcript); err != nil {
			return err
		}
		err = t.Answers.Succeed(ctx, job.CallbackID, object)
	}
	if err != nil && !over(err) {
		return err
	}
	t.Log.Info("answered", "job", job.Episode, "words", len(transcript.Words))
	return t.Queue.Done(ctx, job)
}

// over reports whether a callback takes no more answers.
func over(err error) bool {
	var late *types.CallbackTimeoutException
	return errors.As(err, &late)
}

// What a person takes to say things, in milliseconds.
const (
	perWord      = 180
	perCharacter = 45
	pause        = 550 // after a sentence
)

// Listen gives the transcript of an audio file.
func Listen(name string) (podwhisperer.Transcript, error) {
	said, err := audio.ReadFile(path.Join("audio", path.Base(strings.TrimSuffix(name, path.Ext(name)))+".txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return podwhisperer.Transcript{}, errors.New(name + " is only noise")
	}
	if err != nil {
		return podwhisperer.Transcript{}, err
	}
	t := podwhisperer.Transcript{Language: "en"}
	now := 800
	for _, w := range strings.Fields(string(said)) {
		end := now + perWord + perCharacter*utf8.RuneCountInString(w)
		t.Words = append(t.Words, podwhisperer.Word{Text: w, Start: now, End: end})
		now = end + 40
		if strings.ContainsAny(w[len(w)-1:], ".!?") {
			now += pause
		}
	}
	return t, nil
}
