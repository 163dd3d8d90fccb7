package podwhisperer

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// said is a transcript in which each word takes a quarter of a second.
func said(text string) Transcript {
	t := Transcript{Language: "en", Segments: []Segment{{}}}
	for i, w := range strings.Fields(text) {
		last := &t.Segments[len(t.Segments)-1]
		last.Words = append(last.Words, Word{Text: w, Start: i * 250, End: i*250 + 200})
		if strings.HasSuffix(w, ".") {
			t.Segments = append(t.Segments, Segment{})
		}
	}
	return t
}

const speech = "Welcome to the pod whisperer show. I could of been a baker. It is like a diary. " +
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
		Refine: true, Size: &Size{Chars: 40, Words: 8},
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
	for _, want := range []string{"1\n00:00:00,000 --> 00:00:01,450\nWelcome to the Podwhisperer show.\n", "could have been", "like a diary.", "on Lambda", "checkpoint", "weekdays"} {
		if !strings.Contains(srt, want) {
			t.Errorf("the SRT lacks %q:\n%s", want, srt)
		}
	}
	if !strings.HasPrefix(vtt, "WEBVTT\n\n00:00:00.000 --> ") || !strings.Contains(vtt, "&amp;") {
		t.Errorf("the VTT is\n%s", vtt)
	}
	var all []caption
	if err := json.Unmarshal([]byte(w.object(t, got, "json")), &all); err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, c := range all {
		if len(c.Text) > 40 || len(strings.Fields(c.Text)) > 8 || c.Start < last || c.End < c.Start {
			t.Errorf("caption %+v is too long, or out of order", c)
		}
		last = c.Start
	}
}

// TestStagesAreOptional counts the objects that each choice of stages writes, the
// raw transcript included: every stage adds one, and leaves the others as they are.
func TestStagesAreOptional(t *testing.T) {
	rules, size := []Rule{{Find: "pod whisperer", With: "Podwhisperer"}}, &Size{Chars: 40, Words: 8}
	for name, test := range map[string]struct {
		settings *Settings
		objects  int
		has, not string
	}{
		"none":         {&Settings{Rules: []Rule{}}, 4, "I could of been a baker.", "Podwhisperer"},
		"no settings":  {nil, 5, "pod whisperer", "at night & on weekends.\n\n7"},
		"rules":        {&Settings{Rules: rules}, 5, "Podwhisperer", "pod whisperer"},
		"refine":       {&Settings{Rules: []Rule{}, Refine: true}, 5, "could have been", "could of been"},
		"size":         {&Settings{Rules: []Rule{}, Size: size}, 5, "I could of been a baker.", "Podwhisperer"},
		"all of them":  {&Settings{Rules: rules, Refine: true, Size: size}, 7, "checkpoint", "lamda"},
		"nothing done": {&Settings{Rules: []Rule{{Find: "rye", With: "oat"}}}, 4, "pod whisperer", "oat"},
	} {
		t.Run(name, func(t *testing.T) {
			w, e := newWorld(t), episode()
			e.Settings = test.settings
			var got Captions
			w.Run(e).MustSucceed(&got)
			if srt := w.object(t, got, "srt"); !strings.Contains(srt, test.has) || strings.Contains(srt, test.not) {
				t.Errorf("the SRT is\n%s", srt)
			}
			if all, err := os.ReadDir(w.studio.objects.Dir); len(all) != test.objects || err != nil {
				t.Errorf("%d objects, want %d, %v", len(all), test.objects, err)
			}
		})
	}
}

// TestOneFormatFails takes the right to write SRT files away.
func TestOneFormatFails(t *testing.T) {
	w := newWorld(t)
	steps := brokenSrt{w.studio}
	env := durabletest.New(t, Workflows(steps)[0])
	raw, err := w.studio.objects.PutJSON(said(speech))
	if err != nil {
		t.Fatal(err)
	}
	env.Answer("transcribe", durabletest.Succeed(raw))
	var got Captions
	env.Run(episode()).MustSucceed(&got)
	if len(got.Captions) != 2 || len(got.Missing) != 1 || got.Missing[0] != "srt" {
		t.Errorf("got %+v", got)
	}
}

type brokenSrt struct{ *Studio }

func (brokenSrt) WriteSrt(context.Context, string) (string, error) { return "", errors.New("no room") }

// TestModelDown leaves the transcript as it is when the model can't be asked.
func TestModelDown(t *testing.T) {
	w := newWorld(t)
	w.studio.refiner = down{}
	var got Captions
	w.Run(episode()).MustSucceed(&got)
	if srt := w.object(t, got, "srt"); !strings.Contains(srt, "could of been") || !strings.Contains(srt, "Podwhisperer") {
		t.Errorf("the SRT is\n%s", srt)
	}
}

type down struct{}

func (down) Refine(context.Context, string) (string, error) { return "", errors.New("overloaded") }

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
		events, err := w.studio.events.Strings(context.Background(), `SELECT body FROM events`)
		if len(events) != 1 || err != nil || !strings.Contains(events[0], `"missing":[]`) {
			t.Errorf("events %v, %v", events, err)
		}
	})
}

func TestAcceptable(t *testing.T) {
	const letters = "aa bb cc dd ee ff gg hh ii jj " // thirty
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
		{"two words of five", "one two three four five", "One two Three four five", true},
		{"three words of seven", "one two three four five six seven", "One two Three four Five six seven", false},
		{"half of the characters", letters + strings.Repeat("x", 30), letters + strings.Repeat("y", 30), true},
		{"more than half of them", letters + strings.Repeat("x", 31), letters + strings.Repeat("y", 31), false},
		{"nothing left", "We bake bread.", "", false},
	} {
		if got := acceptable(test.sentence, test.proposal); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
}

// TestCarriedAway has each guard refuse what only it would refuse.
func TestCarriedAway(t *testing.T) {
	for _, sentence := range []string{
		"I am not a careful person, to be honest, so I wanted a language in which I can not make it.",
		"Like a diary.",
		"When it starts again, it runs from the top, and whatever has a check point is not done again.",
	} {
		proposal, err := Proofreader{}.Refine(context.Background(), sentence)
		if err != nil || proposal == sentence || acceptable(sentence, proposal) {
			t.Errorf("%q becomes %q, %v", sentence, proposal, err)
		}
	}
}

func TestRetimeKeepsTimes(t *testing.T) {
	old := said("we run on lamda every check point counts").Segments[0].Words
	got := retime(old, strings.Fields("we run on Lambda every checkpoint counts"))
	if text(got) != "we run on Lambda every checkpoint counts" {
		t.Fatalf("got %q", text(got))
	}
	if got[3].Start != old[3].Start || got[5].Start != old[5].Start || got[5].End != old[6].End || got[6] != old[7] {
		t.Errorf("times moved: %+v", got)
	}
}

func TestCaptionsOfOddTranscripts(t *testing.T) {
	for name, test := range map[string]struct {
		transcript Transcript
		srt, vtt   string
	}{
		"nothing said": {Transcript{}, "", "WEBVTT\n\n"},
		"no words":     {Transcript{Segments: []Segment{{}}}, "", "WEBVTT\n\n"},
		"no time": {Transcript{Segments: []Segment{{Words: []Word{{Text: "a-->b<i>", Start: 5, End: 5}}}}},
			"1\n00:00:00,005 --> 00:00:00,006\na-->b<i>\n\n", "WEBVTT\n\n00:00:00.005 --> 00:00:00.006\na--&gt;b&lt;i>\n\n"},
		"long words": {Transcript{Segments: []Segment{{Words: []Word{
			{Text: "Donaudampfschiff", Start: 0, End: 9}, {Text: "ährt.", Start: 3_600_000, End: 3_600_001},
		}}}}, "1\n00:00:00,000 --> 00:00:00,009\nDonaudampfschiff\n\n2\n01:00:00,000 --> 01:00:00,001\nährt.\n\n",
			"WEBVTT\n\n00:00:00.000 --> 00:00:00.009\nDonaudampfschiff\n\n01:00:00.000 --> 01:00:00.001\nährt.\n\n"},
	} {
		c := captions(test.transcript.normalized(10, 5))
		if got := string(srt(c)); got != test.srt {
			t.Errorf("%s: SRT %q", name, got)
		}
		if got := string(vtt(c)); got != test.vtt {
			t.Errorf("%s: VTT %q", name, got)
		}
		if got, err := jsonCaptions(c); err != nil || !strings.HasPrefix(string(got), "[") {
			t.Errorf("%s: JSON %q, %v", name, got, err)
		}
	}
}
