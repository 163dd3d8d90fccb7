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
	// PerMinute is what it takes to listen to a minute of audio.
	PerMinute time.Duration
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
	alive := func() error { return t.Answers.Heartbeat(ctx, job.CallbackID) }
	object, err := t.transcribe(job.Audio, alive)
	if err == nil {
		err = t.Answers.Succeed(ctx, job.CallbackID, object)
	} else if noise, ok := errors.AsType[*podwhisperer.UnintelligibleError](err); ok {
		err = t.Answers.Fail(ctx, job.CallbackID, noise)
	}
	switch {
	case over(err):
		t.Log.Warn("nobody waits for this any more", "job", job.Episode)
	case err != nil:
		return err
	default:
		t.Log.Info("answered", "job", job.Episode)
	}
	return t.Queue.Done(ctx, job)
}

// transcribe gives the object that holds the transcript of an audio.
func (t *Transcriber) transcribe(audio string, alive func() error) (string, error) {
	transcript, err := t.listen(audio, alive)
	if err != nil {
		return "", err
	}
	return t.Objects.PutJSON(transcript)
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

// listen gives the transcript of an audio file. It calls alive at the beginning and
// after each minute of the audio, and gives up if that fails.
func (t *Transcriber) listen(name string, alive func() error) (podwhisperer.Transcript, error) {
	heard := podwhisperer.Transcript{Language: "en"}
	if err := alive(); err != nil {
		return heard, err
	}
	said, err := audio.ReadFile(path.Join("audio", path.Base(strings.TrimSuffix(name, path.Ext(name)))+".txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return heard, &podwhisperer.UnintelligibleError{Reason: name + " is only noise"}
	}
	if err != nil {
		return heard, err
	}
	now, minute := 800, 1
	words := strings.Fields(string(said))
	var sentence podwhisperer.Segment
	for i, w := range words {
		end := now + perWord + perCharacter*utf8.RuneCountInString(w)
		sentence.Words = append(sentence.Words, podwhisperer.Word{Text: w, Start: now, End: end})
		now = end + 40
		if !strings.ContainsAny(w[len(w)-1:], ".!?") && i < len(words)-1 {
			continue
		}
		heard.Segments = append(heard.Segments, sentence)
		sentence = podwhisperer.Segment{}
		now += pause
		if now > minute*60_000 {
			minute++
			time.Sleep(t.PerMinute)
			if err := alive(); err != nil {
				return heard, err
			}
		}
	}
	return heard, nil
}
