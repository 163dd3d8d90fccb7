package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-central-1")
	for _, tt := range []struct{ address, url, want string }{
		{"s3://values", "https://values.s3.eu-central-1.amazonaws.com/a/b", ""},
		{"s3://values/", "https://values.s3.eu-central-1.amazonaws.com/a/b", ""},
		{"s3://values/orders/live/", "https://values.s3.eu-central-1.amazonaws.com/orders/live/a/b", ""},
		{"s3://values?region=cn-north-1", "https://values.s3.cn-north-1.amazonaws.com.cn/a/b", ""},
		{"s3://values.example.com/x", "https://s3.eu-central-1.amazonaws.com/values.example.com/x/a/b", ""},
		{"s3://values?regoin=x", "", "there is `region` only"},
		{"s3://values/%C3%A4", "", "a prefix with other characters"},
		{"s3:///x", "", "neither a bucket"},
		{"file://relative/x", "", "neither a bucket"},
		{"values", "", "neither a bucket"},
		{"://", "", "neither a bucket"},
	} {
		s, err := Open(tt.address)
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %s", tt.address, err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.address, err)
		} else if got := s.(*bucket).url("a/b"); got != tt.url {
			t.Errorf("%s: %s, want %s", tt.address, got, tt.url)
		}
	}
	if s, err := Open("file:///var/x%20y"); err != nil || s != Folder("/var/x y") {
		t.Errorf("%v, %v", s, err)
	}
}

// behaves holds a store to what the interface says.
func behaves(t *testing.T, s Store) {
	t.Helper()
	ctx := context.Background()
	large := bytes.Repeat([]byte("0123456789abcdef"), 7<<16)
	for key, value := range map[string][]byte{"a": []byte("1"), "f/run-1/e.x/9": large, "empty": {}} {
		if _, err := s.Get(ctx, key); !errors.Is(err, ErrMissing) {
			t.Errorf("%s before: %v", key, err)
		}
		for range 2 {
			if err := s.Put(ctx, key, value); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Get(ctx, key); err != nil || !bytes.Equal(got, value) {
			t.Errorf("%s: %d bytes, %v", key, len(got), err)
		}
	}
	for _, key := range []string{"", "../a", "a//b", "/a", "a/..", "a b", "a?b", "ä"} {
		var refused *RefusedError
		if err := s.Put(ctx, key, nil); !errors.As(err, &refused) {
			t.Errorf("put %q: %v", key, err)
		}
		if _, err := s.Get(ctx, key); err == nil {
			t.Errorf("get %q: no error", key)
		}
	}
}

func TestMemory(t *testing.T) { behaves(t, &Memory{}) }

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "later")
	behaves(t, Folder(dir))
	if again, err := Open(Folder(dir).Address()); err != nil || again != Folder(dir) {
		t.Errorf("%v, %v", again, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".put-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// s3 is a stand-in for S3 with the bucket "values", which checks what S3 checks.
type s3 struct {
	mu      sync.Mutex
	objects map[string][]byte
	fail    []func(w http.ResponseWriter) // what answers the next calls
	calls   int
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	refuse := func(status int, code string) {
		w.WriteHeader(status)
		io.WriteString(w, `<?xml version="1.0"?><Error><Code>`+code+`</Code><Message>told</Message></Error>`)
	}
	body, _ := io.ReadAll(r.Body)
	sum := sha256.Sum256(body)
	auth := r.Header.Get("Authorization")
	if len(s.fail) > 0 {
		f := s.fail[0]
		s.fail = s.fail[1:]
		f(w)
		return
	}
	switch {
	case !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=key/") || !strings.Contains(auth, "/eu-west-1/s3/aws4_request") ||
		!strings.Contains(auth, "x-amz-content-sha256") || r.Header.Get("X-Amz-Security-Token") != "token":
		refuse(403, "SignatureDoesNotMatch")
	case r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]):
		refuse(400, "XAmzContentSHA256Mismatch")
	case !strings.HasPrefix(r.URL.Path, "/values/"):
		refuse(404, "NoSuchBucket")
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Checksum-Sha256") != base64.StdEncoding.EncodeToString(sum[:]):
		refuse(400, "BadDigest")
	case r.Method == http.MethodPut:
		s.objects[r.URL.Path] = body
	case s.objects[r.URL.Path] == nil:
		refuse(404, "NoSuchKey")
	default:
		w.Write(s.objects[r.URL.Path])
	}
}

func standIn(t *testing.T) *s3 {
	s := &s3{objects: map[string][]byte{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	return s
}

func open(t *testing.T, address string) Store {
	t.Helper()
	s, err := Open(address)
	if err != nil {
		t.Fatal(err)
	}
	s.(*bucket).pause = time.Microsecond
	return s
}

func TestS3(t *testing.T) {
	s := standIn(t)
	behaves(t, open(t, "s3://values/orders"))
	if s.objects["/values/orders/f/run-1/e.x/9"] == nil {
		t.Error("the prefix is left out")
	}
}

func TestS3Refuses(t *testing.T) {
	s := standIn(t)
	ctx := context.Background()
	answer := func(status int, header ...string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		}
	}
	var refused *RefusedError
	if err := open(t, "s3://other").Put(ctx, "a", nil); !errors.As(err, &refused) || err.Error() != "S3 answers 404 NoSuchBucket: told" {
		t.Errorf("another bucket: %v", err)
	}
	if _, err := open(t, "s3://other").Get(ctx, "a"); !errors.As(err, &refused) {
		t.Errorf("another bucket: %v", err)
	}
	to := open(t, "s3://values")
	s.fail = []func(http.ResponseWriter){answer(301, "X-Amz-Bucket-Region", "us-west-2")}
	if err := to.Put(ctx, "a", nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "write s3://values?region=us-west-2") {
		t.Errorf("another region: %v", err)
	}
	s.fail, s.calls = []func(http.ResponseWriter){answer(503), answer(500), answer(429)}, 0
	if err := to.Put(ctx, "a", []byte("1")); err != nil || s.calls != 4 {
		t.Errorf("after %d calls: %v", s.calls, err)
	}
	for range tries {
		s.fail = append(s.fail, answer(503))
	}
	if err := to.Put(ctx, "a", []byte("1")); err == nil || errors.As(err, &refused) || err.Error() != "S3 answers 503" {
		t.Errorf("unwell: %v", err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	if err := to.Put(ctx, "a", []byte("1")); err == nil {
		t.Error("no credentials: no error")
	}
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	if err := open(t, "s3://values").Put(ctx, "a", nil); err == nil || !strings.Contains(err.Error(), "set AWS_REGION") {
		t.Errorf("no region: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add("s3://a/b?region=c")
	f.Add("file:///a")
	f.Fuzz(func(t *testing.T, address string) {
		s, err := Open(address)
		if (s == nil) == (err == nil) {
			t.Errorf("%v, %v", s, err)
		}
	})
}
