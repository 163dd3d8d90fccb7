package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// bucket is a store in S3. Two calls are all that it needs, so the SDK's client of S3 stays out
// of every handler: the requests are signed as those to Lambda are.
type bucket struct {
	name, prefix, region string
	pause                time.Duration // before the second try, doubled from then on
}

func newBucket(name, prefix, region string) *bucket {
	return &bucket{name, prefix, cmp.Or(region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")), 100 * time.Millisecond}
}

// tries is how often a call is made that throttling, S3 or the network has failed.
const tries = 5

// connections are kept, as calls follow each other. What a call may take is told by its context.
var connections = &http.Client{
	Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       time.Minute,
		ForceAttemptHTTP2:     true,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Put implements [Store]. S3 checks the digest that goes along.
func (b *bucket) Put(ctx context.Context, key string, value []byte) error {
	_, err := b.call(ctx, http.MethodPut, key, value)
	return err
}

// Get implements [Store].
func (b *bucket) Get(ctx context.Context, key string) ([]byte, error) {
	return b.call(ctx, http.MethodGet, key, nil)
}

func (b *bucket) call(ctx context.Context, method, key string, value []byte) (answer []byte, err error) {
	if !validKey(key) {
		return nil, badKey(key)
	}
	if b.region == "" {
		return nil, &RefusedError{"the region of the bucket is not known; set AWS_REGION, or write it in the address: s3://" + b.name + "?region=REGION"}
	}
	pause := b.pause
	for try := 1; ; try++ {
		var again bool
		if answer, again, err = b.try(ctx, method, key, value); err == nil || !again || try == tries {
			return answer, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("%w (before that: %w)", context.Cause(ctx), err)
		}
		pause *= 2
	}
}

// try makes a call once, and says whether another try may do better.
func (b *bucket) try(ctx context.Context, method, key string, value []byte) (answer []byte, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, b.url(key), bytes.NewReader(value))
	if err != nil {
		return nil, false, &RefusedError{err.Error()}
	}
	sum := sha256.Sum256(value)
	digest := hex.EncodeToString(sum[:])
	req.Header.Set("X-Amz-Content-Sha256", digest)
	if method == http.MethodPut {
		req.Header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
		req.Header.Set("Content-Type", "application/json")
	}
	credentials := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
	}
	asIs := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, digest, "s3", b.region, time.Now(), asIs); err != nil {
		return nil, false, &RefusedError{err.Error()}
	}
	resp, err := connections.Do(req)
	if err != nil {
		return nil, ctx.Err() == nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, ctx.Err() == nil, err
	case resp.StatusCode == http.StatusOK:
		return body, false, nil
	}
	return nil, transient(resp.StatusCode), b.refusal(resp, body)
}

// url is where an object is: at the endpoint in AWS_ENDPOINT_URL_S3, if there is one, with the
// bucket in the path.
func (b *bucket) url(key string) string {
	if b.prefix != "" {
		key = b.prefix + "/" + key
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL_S3"); endpoint != "" {
		return strings.TrimRight(endpoint, "/") + "/" + b.name + "/" + key
	}
	domain := "amazonaws.com"
	if strings.HasPrefix(b.region, "cn-") {
		domain = "amazonaws.com.cn"
	}
	if strings.Contains(b.name, ".") { // which the certificate does not cover as part of the host
		return "https://s3." + b.region + "." + domain + "/" + b.name + "/" + key
	}
	return "https://" + b.name + ".s3." + b.region + "." + domain + "/" + key
}

// transient: another try may do better.
func transient(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

// refusal is what an answer that is none means.
func (b *bucket) refusal(resp *http.Response, body []byte) error {
	var told struct{ Code, Message string }
	_ = xml.Unmarshal(body, &told) // what is no XML tells nothing
	text := fmt.Sprintf("S3 answers %d", resp.StatusCode)
	if told.Code != "" {
		text += " " + told.Code + ": " + told.Message
	}
	switch region := resp.Header.Get("X-Amz-Bucket-Region"); {
	case resp.StatusCode == http.StatusNotFound && told.Code != "NoSuchBucket":
		return ErrMissing
	case transient(resp.StatusCode), told.Code == "ExpiredToken", told.Code == "RequestTimeTooSkewed", told.Code == "RequestTimeout":
		return errors.New(text)
	case region != "" && region != b.region:
		text += "; the bucket is in " + region + ": write s3://" + b.name + "?region=" + region
	}
	return &RefusedError{text}
}
