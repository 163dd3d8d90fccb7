package media

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // uploads may be PNG files
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/image/draw"

	"github.com/durablegen/durablegen/examples/internal/objects"
	"github.com/durablegen/durablegen/examples/media/site"
)

// Studio does what the workflows' steps say. Pictures are files named after what
// is in them, so that doing a step again writes the same file again.
type Studio struct {
	pictures  objects.Store
	publisher string // base URL
	client    *http.Client
}

var _ Steps = (*Studio)(nil)

// NewStudio keeps pictures in a folder, which it makes when needed, and fetches
// from and publishes to the site at baseURL.
func NewStudio(dir, baseURL string) *Studio {
	return &Studio{pictures: objects.Store{Dir: dir}, publisher: strings.TrimSuffix(baseURL, "/"), client: &http.Client{Timeout: time.Minute}}
}

// Inspect fetches the picture, keeps it, and looks what it is.
func (s *Studio) Inspect(ctx context.Context, upload Upload) (Picture, error) {
	data, err := s.request(ctx, http.MethodGet, "/uploads/"+url.PathEscape(upload.Picture), nil)
	if errors.Is(err, errNotFound) {
		return Picture{}, &UnreadableError{Reason: "there is no such upload"}
	}
	if err != nil {
		return Picture{}, err
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Picture{}, &UnreadableError{Reason: err.Error()}
	}
	file, err := s.pictures.Put(data, filepath.Ext(upload.Picture))
	return Picture{File: file, Width: config.Width, Height: config.Height}, err
}

// Render makes one rendition.
func (s *Studio) Render(_ context.Context, upload Upload, picture Picture, width int) (Rendition, error) {
	if width > picture.Width {
		return Rendition{}, &TooSmallError{Width: picture.Width}
	}
	source, err := s.load(picture.File)
	if err != nil {
		return Rendition{}, err
	}
	scaled := scale(source, width, max(1, picture.Height*width/picture.Width))
	data, err := encode(scaled)
	if err != nil {
		return Rendition{}, err
	}
	own := objects.Store{Dir: s.pictures.Dir, Owner: upload.ID}
	file, err := own.Put(data, ".jpg")
	return Rendition{Width: width, Height: scaled.Rect.Dy(), Bytes: len(data), File: file}, err
}

func scale(source image.Image, width, height int) *image.RGBA {
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), source, source.Bounds(), draw.Src, nil)
	return scaled
}

func encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 82})
	return out.Bytes(), err
}

// Discard removes a rendition.
func (s *Studio) Discard(_ context.Context, file string) error {
	return s.pictures.Delete(file)
}

// previewWidth is the width of a preview.
const previewWidth = 16

// Measure finds the colors of a picture: those of its preview, and of a single pixel.
func (s *Studio) Measure(_ context.Context, picture Picture) (Colors, error) {
	source, err := s.load(picture.File)
	if err != nil {
		return Colors{}, err
	}
	preview, err := encode(scale(source, previewWidth, max(1, picture.Height*previewWidth/picture.Width)))
	if err != nil {
		return Colors{}, err
	}
	c := scale(source, 1, 1).RGBAAt(0, 0)
	return Colors{
		Brightness: (0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)) / 255,
		Average:    fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B),
		Preview:    preview,
	}, nil
}

// Submit hands the files to the publisher, under the upload's ID.
func (s *Studio) Submit(ctx context.Context, upload Upload, credit string, files []string) (string, error) {
	submission := site.Submission{ID: upload.ID, Credit: credit, Alt: upload.Alt}
	for _, file := range files {
		data, err := s.pictures.Get(file)
		if err != nil {
			return "", err
		}
		submission.Files = append(submission.Files, site.File{Name: file, Data: data})
	}
	body, err := json.Marshal(submission)
	if err != nil {
		return "", err
	}
	text, err := s.request(ctx, http.MethodPost, "/submissions", body)
	if err != nil {
		return "", err
	}
	var answer struct{ Submission string }
	err = json.Unmarshal(text, &answer)
	return answer.Submission, err
}

// Withdraw takes back what was submitted.
func (s *Studio) Withdraw(ctx context.Context, submission string) error {
	_, err := s.request(ctx, http.MethodDelete, "/submissions/"+url.PathEscape(submission), nil)
	return err
}

// Status asks one of the publisher's servers how far it is.
func (s *Studio) Status(ctx context.Context, submission, edge string) (Status, error) {
	text, err := s.request(ctx, http.MethodGet, "/submissions/"+url.PathEscape(submission)+"/"+url.PathEscape(edge), nil)
	if err != nil {
		return Status{}, err
	}
	var status Status
	err = json.Unmarshal(text, &status)
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

var errNotFound = errors.New("not found")

// maxAnswer bounds what is read of an answer; pictures are the largest.
const maxAnswer = 32 << 20

func (s *Studio) request(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.publisher+path, bytes.NewReader(body))
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
	if resp.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s %s: %w", method, path, errNotFound)
	}
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return text, nil
}
