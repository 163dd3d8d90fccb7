// Package answering lets the worlds of the examples' tests answer callbacks as they
// do elsewhere: with the AWS SDK, over HTTP.
package answering

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// Client gives a client of the Lambda API that the service of env has once it runs.
func Client(t testing.TB, env *durabletest.Env) *lambda.Client {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		env.Engine().Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return lambda.New(lambda.Options{
		BaseEndpoint: aws.String(server.URL),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient:   server.Client(),
	})
}
