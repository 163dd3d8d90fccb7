package transcriber

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/examples/internal/answering"
	"github.com/durablegen/durablegen/examples/internal/objects"
	"github.com/durablegen/durablegen/examples/podwhisperer"
	"github.com/durablegen/durablegen/examples/podwhisperer/queue"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// counting counts the signs of life that pass through a client.
type counting struct {
	*lambda.Client
	beats *atomic.Int32
}

func (c counting) SendDurableExecutionCallbackHeartbeat(ctx context.Context, in *lambda.SendDurableExecutionCallbackHeartbeatInput, opts ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackHeartbeatOutput, error) {
	c.beats.Add(1)
	return c.Client.SendDurableExecutionCallbackHeartbeat(ctx, in, opts...)
}

// world is the workflow and the transcriber, joined by the queue and the service.
type world struct {
	*durabletest.Env
	dir   string
	queue *queue.Queue
	beats atomic.Int32
}

func newWorld(t *testing.T) *world {
	w := &world{dir: t.TempDir()}
	w.Env = durabletest.New(t, podwhisperer.Workflows(podwhisperer.NewStudio(w.dir, podwhisperer.Proofreader{}))[0])
	w.Answer("transcribe", durabletest.Later())
	w.queue = queue.Open(w.dir + "/queue.db")
	worker := &Transcriber{
		Queue:   w.queue,
		Objects: objects.Store{Dir: w.dir + "/objects"},
		Answers: podwhisperer.TranscribeAnswers(counting{answering.Client(t, w.Env), &w.beats}),
		Log:     slog.New(slog.DiscardHandler),
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = worker.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		w.queue.Close()
	})
	return w
}

// cue is the line with a caption's times, of both formats.
var cue = regexp.MustCompile(`^(\d\d):(\d\d):(\d\d)[,.](\d{3}) --> (\d\d):(\d\d):(\d\d)[,.](\d{3})$`)

// read gives how many captions a file has, and the end of the last one in
// milliseconds. It requires that each can be read and that none begins before the
// one above it has ended.
func read(t *testing.T, file string) (n, end int) {
	t.Helper()
	for block := range strings.SplitSeq(strings.TrimSpace(file), "\n\n") {
		lines := strings.Split(block, "\n")
		if lines[0] == "WEBVTT" {
			continue
		}
		n++
		if lines[0] == strconv.Itoa(n) {
			lines = lines[1:]
		}
		m := cue.FindStringSubmatch(lines[0])
		if m == nil || len(lines) != 2 {
			t.Fatalf("caption %d is %q", n, block)
		}
		var ms [2]int
		for i := range ms {
			for j, unit := range []int{3_600_000, 60_000, 1000, 1} {
				v, _ := strconv.Atoi(m[1+4*i+j])
				ms[i] += v * unit
			}
		}
		if ms[0] < end || ms[1] <= ms[0] {
			t.Errorf("caption %d lasts from %d to %d, after %d", n, ms[0], ms[1], end)
		}
		end = ms[1]
		if utf8.RuneCountInString(lines[1]) > 48 || len(strings.Fields(lines[1])) > 10 {
			t.Errorf("caption %d is too long: %q", n, lines[1])
		}
	}
	return n, end
}

// TestWholeEpisode runs the input of the README.
func TestWholeEpisode(t *testing.T) {
	w := newWorld(t)
	input, err := os.ReadFile("../input.json")
	if err != nil {
		t.Fatal(err)
	}
	var got podwhisperer.Captions
	w.Run(json.RawMessage(input)).MustSucceed(&got)
	if len(got.Captions) != 3 || len(got.Missing) != 0 {
		t.Fatalf("got %+v", got)
	}
	if _, err := os.Stat("../../episoder/forge/objects/" + got.Transcript); err != nil {
		t.Errorf("episoder's forge does not hold the transcript: %v", err)
	}
	files := map[string]string{}
	for _, c := range got.Captions {
		data, err := os.ReadFile(w.dir + "/objects/" + c.Object)
		if err != nil {
			t.Fatal(err)
		}
		files[c.Format] = string(data)
	}
	n, end := read(t, files["srt"])
	if m, also := read(t, files["vtt"]); m != n || also != end {
		t.Errorf("%d captions of SRT until %d, %d of VTT until %d", n, end, m, also)
	}
	var all []struct{ End int }
	if err := json.Unmarshal([]byte(files["json"]), &all); err != nil || len(all) != n || all[n-1].End != end {
		t.Errorf("%d captions of JSON, %v", len(all), err)
	}
	if minutes := end / 60_000; minutes < 3 || int(w.beats.Load()) < minutes {
		t.Errorf("%d signs of life in %d minutes", w.beats.Load(), minutes)
	}
	for text, want := range map[string]bool{"Podwhisperer": true, "cannot": true, "Lambda": true, "lamda": false, "authoritative": false} {
		if strings.Contains(files["srt"], text) != want {
			t.Errorf("the SRT has %q: %v", text, !want)
		}
	}
}

func TestNoise(t *testing.T) {
	w := newWorld(t)
	w.Run(podwhisperer.Episode{ID: "e1", Audio: "noise.mp3"}).MustFail("Unintelligible", nil)
}

// TestTwice has two runs of one episode write the same objects.
func TestTwice(t *testing.T) {
	w := newWorld(t)
	e := podwhisperer.Episode{ID: "e1", Title: "One", Audio: "episode-12.mp3"}
	var first, second podwhisperer.Captions
	w.Run(e).MustSucceed(&first)
	w.Run(e).MustSucceed(&second)
	if first.Transcript != second.Transcript || len(first.Captions) != 3 || first.Captions[0] != second.Captions[0] {
		t.Errorf("two runs gave %+v and %+v", first, second)
	}
}
