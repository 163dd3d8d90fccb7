package main

import (
	"context"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/examples/onboarding"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

func TestSignUp(t *testing.T) {
	eng, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	server := httptest.NewServer(eng.Handler())
	defer server.Close()
	client := lambda.New(lambda.Options{
		BaseEndpoint: aws.String(server.URL), Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	f := onboarding.Workflows(onboarding.NewDesk(filepath.Join(t.TempDir(), "onboarding.db"), "https://shop.example"))[0]
	err = eng.Register(engine.Function{Name: "onboard", ExecutionTimeout: f.Definition().Timeout, Invoker: engine.DurableFunc(
		func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
			return f.Invoke(ctx, eng, in)
		})})
	if err != nil {
		t.Fatal(err)
	}
	if err := eng.Start(); err != nil {
		t.Fatal(err)
	}

	pages := site(client, "onboard:$LATEST")
	post := func(form url.Values) int {
		r := httptest.NewRequest("POST", "/signup", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		return w.Code
	}
	grace := url.Values{"email": {"Grace@example.com"}, "name": {"Grace"}}
	for _, test := range []struct {
		form url.Values
		want int
	}{
		{grace, 202},
		{grace, 202},
		{url.Values{"email": {"grace@example.com"}, "name": {"Eve"}}, 409},
		{url.Values{"email": {"grace"}, "name": {"Grace"}}, 400},
	} {
		if got := post(test.form); got != test.want {
			t.Errorf("%v: got %d, want %d", test.form, got, test.want)
		}
	}

	onboard := onboarding.OnboardClient(client, "onboard:$LATEST")
	x, err := onboard.Find(t.Context(), executionName("grace@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	for link := ""; link == ""; { // until the mail is out
		d, err := x.Describe(t.Context())
		if err != nil || d.Status != wire.ExecutionRunning {
			t.Fatalf("%+v, %v", d, err)
		}
		for _, waits := range d.Waits {
			if waits.Kind == "callback" {
				link = "/confirm?callback=" + url.QueryEscape(waits.CallbackID)
			}
		}
		if link != "" {
			for _, want := range []int{200, 410} {
				w := httptest.NewRecorder()
				pages.ServeHTTP(w, httptest.NewRequest("GET", link, nil))
				if w.Code != want {
					t.Errorf("the link gives %d %s, want %d", w.Code, w.Body, want)
				}
			}
		}
	}
	if got, err := x.Wait(t.Context()); err != nil || got.Outcome != onboarding.OutcomeConfirmed {
		t.Errorf("got %+v, %v", got, err)
	}
}
