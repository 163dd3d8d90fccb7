package episoder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/durablegen/durablegen/examples/episoder/git"
	"github.com/durablegen/durablegen/runtime/flow"
)

// Desk does what the workflow's steps say: in a bare git repository of its own, and
// through the HTTP API of the forge that holds transcripts and pull requests.
type Desk struct {
	repo   git.Repository
	forge  string // base URL
	client *http.Client
}

var _ Steps = (*Desk)(nil)

// NewDesk works on the bare repository at dir, which it makes when needed, and with
// the forge at baseURL.
func NewDesk(dir, baseURL string) *Desk {
	return &Desk{repo: git.Repository{Dir: dir}, forge: strings.TrimSuffix(baseURL, "/"), client: &http.Client{Timeout: 10 * time.Second}}
}

// Summarize reads the transcript and sums it up.
func (d *Desk) Summarize(ctx context.Context, event Event) (Summary, error) {
	var transcript struct {
		Segments []struct {
			Words []struct {
				Text string `json:"text"`
				End  int    `json:"end"`
			} `json:"words"`
		} `json:"segments"`
	}
	status, err := d.call(ctx, http.MethodGet, "/objects/"+url.PathEscape(event.Transcript), nil, &transcript)
	if status == http.StatusNotFound {
		return Summary{}, &NoTranscriptError{Object: event.Transcript}
	}
	if err != nil {
		return Summary{}, err
	}
	var words []string
	end := 0
	for _, segment := range transcript.Segments {
		for _, w := range segment.Words {
			if w.Text != "" {
				words = append(words, w.Text)
				end = w.End
			}
		}
	}
	if len(words) == 0 {
		return Summary{}, &NoTranscriptError{Object: event.Transcript}
	}
	sentences, keywords := summarize(words)
	return Summary{
		Text:     strings.Join(sentences, " "),
		Keywords: keywords,
		Length:   flow.Duration((time.Duration(end) * time.Millisecond).Round(time.Second)),
	}, nil
}

// Commit writes the episode's page onto the branch, unless it is there.
func (d *Desk) Commit(ctx context.Context, event Event, summary Summary, branch string) (string, error) {
	if err := d.repo.Ensure(ctx); err != nil {
		return "", err
	}
	path := branch + ".md"
	page := fmt.Sprintf("# %s\n\n%s\n\n*%s, about %s.*\n", event.Title, summary.Text, summary.Length, strings.Join(summary.Keywords, ", "))
	parent, err := d.repo.Head(ctx, branch)
	if err != nil {
		return "", err
	}
	if parent == "" {
		if parent, err = d.repo.Head(ctx, "main"); err != nil {
			return "", err
		}
	} else if old, ok, err := d.repo.File(ctx, parent, path); err != nil || ok && old == page {
		return parent, err
	}
	commit, err := d.repo.Commit(ctx, parent, path, page, "Write about "+event.Title)
	if err != nil {
		return "", err
	}
	return commit, d.repo.Move(ctx, branch, commit)
}

// DeleteBranch takes the branch away.
func (d *Desk) DeleteBranch(ctx context.Context, branch string) error {
	return d.repo.Delete(ctx, branch)
}

// OpenPull opens the pull request of the branch; the forge knows it by the branch.
func (d *Desk) OpenPull(ctx context.Context, branch, title string) (int, error) {
	var pull struct{ Number int }
	_, err := d.call(ctx, http.MethodPost, "/pulls", map[string]string{"branch": branch, "title": title}, &pull)
	return pull.Number, err
}

// Owners asks who reviews.
func (d *Desk) Owners(ctx context.Context) ([]string, error) {
	var names []string
	_, err := d.call(ctx, http.MethodGet, "/owners", nil, &names)
	return names, err
}

// AskForReview asks one of them.
func (d *Desk) AskForReview(ctx context.Context, pull int, reviewer string) error {
	status, err := d.call(ctx, http.MethodPost, fmt.Sprintf("/pulls/%d/reviewers", pull), map[string]string{"name": reviewer}, nil)
	if status == http.StatusUnprocessableEntity {
		return &AwayError{Reviewer: reviewer}
	}
	return err
}

// PullState asks how the pull request stands.
func (d *Desk) PullState(ctx context.Context, pull int) (State, error) {
	var found struct{ State State }
	_, err := d.call(ctx, http.MethodGet, fmt.Sprintf("/pulls/%d", pull), nil, &found)
	return found.State, err
}

// call sends a request to the forge and decodes its answer.
func (d *Desk) call(ctx context.Context, method, path string, in, out any) (status int, err error) {
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return 0, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, d.forge+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return resp.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, strings.TrimSpace(string(text)))
	}
	if out == nil {
		return resp.StatusCode, nil
	}
	return resp.StatusCode, json.NewDecoder(resp.Body).Decode(out)
}
