package podwhisperer

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// said is a transcript in which each word takes a quarter of a second.
func said(text string) Transcript {
	t := Transcript{Language: "en"}
	for i, w := range strings.Fields(text) {
		t.Words = append(t.Words, Word{Text: w, Start: i * 250, End: i*250 + 200})
	}
	return t
}

const speech = "Welcome to the pod whisperer show. I could of been a baker, to be honest. " +
	"Instead I run programs on lamda, and every check point helps me to sleep at night & on weekends."

type world struct {
	*durabletest.Env
	studio *Studio
}

// newWorld makes a studio whose transcriber has heard speech.
func newWorld(t testing.TB) *world {
	studio := NewStudio(t.TempDir(), Proofreader{})
	t.Cleanup(func() {
		studio.queue.Close()
		studio.events.Close()
	})
	raw, err := studio.objects.PutJSON(said(speech))
	if err != nil {
		t.Fatal(err)
	}
	env := durabletest.New(t, Workflows(studio)[0])
	env.Answer("transcribe", durabletest.Succeed(raw).After(3*time.Minute))
	return &world{Env: env, studio: studio}
}

func episode() Episode {
	return Episode{ID: "episode-1", Title: "One", Audio: "one.mp3", Settings: &Settings{
		Rules:  []Rule{{Find: "pod whisperer", With: "Podwhisperer"}, {Find: `(week)ends?`, Pattern: true, With: "${1}days"}},
		Refine: true, Chars: 40, Words: 8,
	}}
}

func (w *world) object(t testing.TB, captions Captions, format string) string {
	t.Helper()
	for _, c := range captions.Captions {
		if c.Format == format {
			data, err := w.studio.objects.Get(c.Object)
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
	}
	t.Fatalf("there are no %s captions in %+v", format, captions)
	return ""
}

func TestCaptions(t *testing.T) {
	w := newWorld(t)
	var got Captions
	w.Run(episode()).MustSucceed(&got)
	if len(got.Captions) != 3 || len(got.Missing) != 0 {
		t.Fatalf("got %+v", got)
	}
	srt, vtt := w.object(t, got, "srt"), w.object(t, got, "vtt")
	for _, want := range []string{"1\n00:00:00,000 --> 00:00:01,450\nWelcome to the Podwhisperer show.\n", "could of been", "on Lambda", "checkpoint", "weekdays"} {
		if !strings.Contains(srt, want) {
			t.Errorf("the SRT lacks %q:\n%s", want, srt)
		}
	}
	if !strings.HasPrefix(vtt, "WEBVTT\n\n00:00:00.000 --> ") || !strings.Contains(vtt, "&amp;") {
		t.Errorf("the VTT is\n%s", vtt)
	}
	var chunks []Chunk
	if err := json.Unmarshal([]byte(w.object(t, got, "json")), &chunks); err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, c := range chunks {
		if len(c.Text) > 40 || len(strings.Fields(c.Text)) > 8 || c.Start < last || c.End < c.Start {
			t.Errorf("caption %+v is too long, or out of order", c)
		}
		last = c.Start
	}
}

func TestSettingsAreOptional(t *testing.T) {
	w := newWorld(t)
	plain := episode()
	plain.Settings = nil
	var got Captions
	w.Run(plain).MustSucceed(&got)
	if srt := w.object(t, got, "srt"); !strings.Contains(srt, "pod whisperer") {
		t.Errorf("something was changed:\n%s", srt)
	}
}

func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		answer durabletest.Answer
		want   string
	}{
		"noise":          {durabletest.Fail(&UnintelligibleError{Reason: "noise"}), "Unintelligible"},
		"silence":        {durabletest.Silence(), "TranscriberSilent"},
		"no such object": {durabletest.Succeed("gone.json"), "PathError"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Answer("transcribe", test.answer)
			w.Run(episode()).MustFail(test.want, nil)
		})
	}
}

func TestCrashes(t *testing.T) {
	var w *world
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		w = newWorld(t)
		return w.Env
	}, episode(), func(t testing.TB, _ *durabletest.Run) {
		if n, err := w.studio.queue.Jobs(context.Background()); n != 1 || err != nil {
			t.Errorf("%d jobs in the queue, %v", n, err)
		}
		events, err := w.studio.events.Strings(context.Background(), `SELECT episode FROM events`)
		if len(events) != 1 || err != nil {
			t.Errorf("events %v, %v", events, err)
		}
	})
}

func TestAcceptable(t *testing.T) {
	for _, test := range []struct {
		name, sentence, proposal string
		want                     bool
	}{
		{"the same", "We bake bread.", "We bake bread.", true},
		{"one word", "I could of been a baker.", "I could have been a baker.", true},
		{"four in a row", "one two three four five six seven eight nine ten eleven", "one A B C D six seven eight nine ten eleven", false},
		{"three in a row", "one two three four five six seven eight nine ten eleven", "one A B C five six seven eight nine ten eleven", true},
		{"too many words", "one two three four five", "A two B four C", false},
		{"too many characters", "a b c d e f", "a b c d e extraordinarily", false},
		{"nothing left", "We bake bread.", "", false},
	} {
		if got := acceptable(test.sentence, test.proposal); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
}

func TestRetimeKeepsTimes(t *testing.T) {
	old := said("we run on lamda every check point counts").Words
	got := retime(old, strings.Fields("we run on Lambda every checkpoint counts"))
	if text(got) != "we run on Lambda every checkpoint counts" {
		t.Fatalf("got %q", text(got))
	}
	if got[3].Start != old[3].Start || got[5].Start != old[5].Start || got[5].End != old[6].End || got[6] != old[7] {
		t.Errorf("times moved: %+v", got)
	}
}
