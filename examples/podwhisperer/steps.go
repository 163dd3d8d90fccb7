package podwhisperer

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/durablegen/durablegen/examples/internal/objects"
	"github.com/durablegen/durablegen/examples/internal/store"
	"github.com/durablegen/durablegen/examples/podwhisperer/queue"
	"github.com/durablegen/durablegen/runtime/flow"
)

const schema = `CREATE TABLE IF NOT EXISTS events (episode TEXT PRIMARY KEY, body TEXT NOT NULL);`

// Studio does what the workflow's steps say. Every one of them reads one object and
// writes another one, so that doing it again changes nothing.
type Studio struct {
	objects objects.Store
	queue   *queue.Queue
	events  *store.Store
	refiner Refiner
}

var _ Steps = (*Studio)(nil)

// NewStudio works in a folder: objects/, queue.db and events.db.
func NewStudio(dir string, refiner Refiner) *Studio {
	return &Studio{
		objects: objects.Store{Dir: dir + "/objects"},
		queue:   queue.Open(dir + "/queue.db"),
		events:  store.New(dir+"/events.db", schema),
		refiner: refiner,
	}
}

// Transcribe puts a job into the queue.
func (s *Studio) Transcribe(ctx context.Context, callbackID string, episode Episode) error {
	return s.queue.Put(ctx, queue.Job{CallbackID: callbackID, Episode: episode.ID, Audio: episode.Audio})
}

// Replace applies the rules, one after the other.
func (s *Studio) Replace(_ context.Context, transcript string, rules []Rule) (Replaced, error) {
	patterns := make([]*regexp.Regexp, len(rules))
	for i, r := range rules {
		expr := r.Find
		if !r.Pattern {
			expr = regexp.QuoteMeta(expr)
		}
		pattern, err := regexp.Compile(expr)
		if err != nil {
			return Replaced{}, fmt.Errorf("rule %d: %w", i+1, err)
		}
		patterns[i] = pattern
	}
	count := 0
	object, err := s.reword(transcript, func(sentence string) (string, error) {
		for i, p := range patterns {
			with := rules[i].With
			if !rules[i].Pattern {
				with = strings.ReplaceAll(with, "$", "$$")
			}
			count += len(p.FindAllStringIndex(sentence, -1))
			sentence = p.ReplaceAllString(sentence, with)
		}
		return sentence, nil
	})
	return Replaced{Object: object, Replacements: count}, err
}

// Refine lets the model correct each sentence, and keeps what is still a correction.
func (s *Studio) Refine(ctx context.Context, transcript string) (Refined, error) {
	var r Refined
	object, err := s.reword(transcript, func(sentence string) (string, error) {
		proposal, err := s.refiner.Refine(ctx, sentence)
		if err != nil || proposal == sentence {
			return sentence, err
		}
		r.Proposed++
		if !acceptable(sentence, proposal) {
			return sentence, nil
		}
		r.Accepted++
		return proposal, nil
	})
	r.Object = object
	return r, err
}

// reword writes a transcript whose segments have passed through change; words keep
// their times.
func (s *Studio) reword(transcript string, change func(string) (string, error)) (string, error) {
	var t Transcript
	if err := s.objects.GetJSON(transcript, &t); err != nil {
		return "", err
	}
	for i, segment := range t.Segments {
		changed, err := change(text(segment.Words))
		if err != nil {
			return "", err
		}
		t.Segments[i].Words = retime(segment.Words, strings.Fields(changed))
	}
	return s.objects.PutJSON(t)
}

// Normalize cuts what is longer than a caption may be.
func (s *Studio) Normalize(_ context.Context, transcript string, size Size) (string, error) {
	if size.Chars < 1 || size.Words < 1 {
		return "", fmt.Errorf("captions of %d characters and %d words can't be", size.Chars, size.Words)
	}
	var t Transcript
	if err := s.objects.GetJSON(transcript, &t); err != nil {
		return "", err
	}
	return s.objects.PutJSON(t.normalized(size.Chars, size.Words))
}

// WriteSrt writes SubRip.
func (s *Studio) WriteSrt(_ context.Context, transcript string) (string, error) {
	return s.write(transcript, ".srt", func(c []caption) ([]byte, error) { return srt(c), nil })
}

// WriteVtt writes WebVTT.
func (s *Studio) WriteVtt(_ context.Context, transcript string) (string, error) {
	return s.write(transcript, ".vtt", func(c []caption) ([]byte, error) { return vtt(c), nil })
}

// WriteJSON writes the captions as JSON.
func (s *Studio) WriteJSON(_ context.Context, transcript string) (string, error) {
	return s.write(transcript, ".captions.json", jsonCaptions)
}

func (s *Studio) write(transcript, ext string, render func([]caption) ([]byte, error)) (string, error) {
	var t Transcript
	if err := s.objects.GetJSON(transcript, &t); err != nil {
		return "", err
	}
	data, err := render(captions(t))
	if err != nil {
		return "", err
	}
	return s.objects.Put(data, ext)
}

// Publish leaves the completion event, once for each episode.
func (s *Studio) Publish(ctx context.Context, captions Captions) error {
	body, err := flow.Encode(captions) // as another workflow reads it: an empty list is []
	if err != nil {
		return err
	}
	return s.events.Exec(ctx, `INSERT INTO events (episode, body) VALUES (?, ?) ON CONFLICT DO NOTHING`, captions.Episode, body)
}
