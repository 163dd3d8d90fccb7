package media

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // uploads may be PNG files
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/image/draw"

	"github.com/durablegen/durablegen/examples/internal/objects"
)

// Studio does what the workflows' steps say. Pictures are files named after what
// is in them, so that doing a step again writes the same file again.
type Studio struct {
	pictures objects.Store
	site     string // base URL
	client   *http.Client
}

var _ Steps = (*Studio)(nil)

// NewStudio keeps pictures in a folder, which it makes when needed, and fetches
// from and publishes to the site at baseURL.
func NewStudio(dir, baseURL string) *Studio {
	return &Studio{pictures: objects.Store{Dir: dir}, site: strings.TrimSuffix(baseURL, "/"), client: http.DefaultClient}
}

// Inspect fetches the picture, keeps it, and looks what it is.
func (s *Studio) Inspect(ctx context.Context, upload Upload) (Picture, error) {
	data, err := s.fetch(ctx, "/uploads/"+url.PathEscape(upload.Picture))
	if err != nil {
		return Picture{}, err
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Picture{}, &UnreadableError{Reason: err.Error()}
	}
	file, err := s.pictures.Put(data, filepath.Ext(upload.Picture))
	return Picture{Picture: file, Width: config.Width, Height: config.Height}, err
}

// Render makes one rendition.
func (s *Studio) Render(_ context.Context, picture Picture, width int) (Rendition, error) {
	if width > picture.Width {
		return Rendition{}, &TooSmallError{Width: picture.Width}
	}
	source, err := s.load(picture.Picture)
	if err != nil {
		return Rendition{}, err
	}
	height := max(1, picture.Height*width/picture.Width)
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), source, source.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, scaled, &jpeg.Options{Quality: 82}); err != nil {
		return Rendition{}, err
	}
	file, err := s.pictures.Put(out.Bytes(), ".jpg")
	return Rendition{Width: width, Height: height, Bytes: out.Len(), File: file}, err
}

// Discard removes a rendition.
func (s *Studio) Discard(_ context.Context, file string) error {
	return s.pictures.Delete(file)
}

// Measure finds the colors of a picture.
func (s *Studio) Measure(_ context.Context, picture Picture) (Colors, error) {
	img, err := s.load(picture.Picture)
	if err != nil {
		return Colors{}, err
	}
	var r, g, b, n uint64
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			pr, pg, pb, _ := img.At(x, y).RGBA()
			r, g, b, n = r+uint64(pr>>8), g+uint64(pg>>8), b+uint64(pb>>8), n+1
		}
	}
	r, g, b = r/n, g/n, b/n
	return Colors{
		Brightness: float64(299*r+587*g+114*b) / 255_000,
		Average:    fmt.Sprintf("#%02x%02x%02x", r, g, b),
	}, nil
}

// Submit hands the files to the publisher, under the upload's ID.
func (s *Studio) Submit(ctx context.Context, upload Upload, files []string) (string, error) {
	body, err := json.Marshal(map[string]any{"id": upload.ID, "files": files})
	if err != nil {
		return "", err
	}
	var answer struct{ Submission string }
	err = s.call(ctx, http.MethodPost, "/submissions", body, &answer)
	return answer.Submission, err
}

// Status asks the publisher how far it is.
func (s *Studio) Status(ctx context.Context, submission string) (Status, error) {
	var status Status
	err := s.call(ctx, http.MethodGet, "/submissions/"+url.PathEscape(submission), nil, &status)
	return status, err
}

func (s *Studio) load(file string) (image.Image, error) {
	data, err := s.pictures.Get(file)
	if err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	return img, err
}

func (s *Studio) call(ctx context.Context, method, path string, body []byte, out any) error {
	text, err := s.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

func (s *Studio) fetch(ctx context.Context, path string) ([]byte, error) {
	return s.request(ctx, http.MethodGet, path, nil)
}

// maxAnswer bounds what is read of an answer; pictures are the largest.
const maxAnswer = 32 << 20

func (s *Studio) request(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.site+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusNotFound && method == http.MethodGet && strings.HasPrefix(path, "/uploads/") {
		return nil, &UnreadableError{Reason: "there is no such upload"}
	}
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return text, nil
}
