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
)

// Desk does what the workflow's steps say: in a bare git repository of its own, and
// through the HTTP API of the forge that holds transcripts and pull requests.
type Desk struct {
	repo   repository
	forge  string // base URL
	client *http.Client
}

var _ Steps = (*Desk)(nil)

// NewDesk works on the bare repository at dir, which it makes when needed, and with
// the forge at baseURL.
func NewDesk(dir, baseURL string) *Desk {
	return &Desk{repo: repository{dir: dir}, forge: strings.TrimSuffix(baseURL, "/"), client: http.DefaultClient}
}

// Summarize reads the transcript and sums it up.
func (d *Desk) Summarize(ctx context.Context, event Event) (Summary, error) {
	var transcript struct {
		Words []struct {
			Text string `json:"text"`
			End  int    `json:"end"`
		} `json:"words"`
	}
	status, err := d.call(ctx, http.MethodGet, "/objects/"+url.PathEscape(event.Transcript), nil, &transcript)
	if status == http.StatusNotFound {
		return Summary{}, &NoTranscriptError{Object: event.Transcript}
	}
	if err != nil {
		return Summary{}, err
	}
	if len(transcript.Words) == 0 {
		return Summary{}, &NoTranscriptError{Object: event.Transcript}
	}
	var words []string
	for _, w := range transcript.Words {
		if w.Text != "" {
			words = append(words, w.Text)
		}
	}
	sentences, keywords := summarize(words)
	return Summary{
		Text:     strings.Join(sentences, " "),
		Keywords: keywords,
		Minutes:  (transcript.Words[len(transcript.Words)-1].End + 59_999) / 60_000,
	}, nil
}

// Commit writes the episode's page onto the branch.
func (d *Desk) Commit(ctx context.Context, event Event, summary Summary, branch string) (string, error) {
	if err := d.repo.ensure(ctx); err != nil {
		return "", err
	}
	base, err := d.repo.git(ctx, nil, "", "rev-parse", "refs/heads/main")
	if err != nil {
		return "", err
	}
	page := fmt.Sprintf("# %s\n\n%s\n\n*%d minutes, about %s.*\n", event.Title, summary.Text, summary.Minutes, strings.Join(summary.Keywords, ", "))
	commit, err := d.repo.commit(ctx, base, branch+".md", page, "Write about "+event.Title)
	if err != nil {
		return "", err
	}
	_, err = d.repo.git(ctx, nil, "", "update-ref", "refs/heads/"+branch, commit)
	return commit, err
}

// DeleteBranch takes the branch away.
func (d *Desk) DeleteBranch(ctx context.Context, branch string) error {
	_, err := d.repo.git(ctx, nil, "", "update-ref", "-d", "refs/heads/"+branch)
	return err
}

// OpenPull opens the pull request of the branch; the forge knows it by the branch.
func (d *Desk) OpenPull(ctx context.Context, branch, title string) (int, error) {
	var pull struct{ Number int }
	_, err := d.call(ctx, http.MethodPost, "/pulls", map[string]string{"branch": branch, "title": title}, &pull)
	return pull.Number, err
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
	return resp.StatusCode, json.NewDecoder(resp.Body).Decode(out)
}
