// Command site is where customers sign up, which starts the workflow, and where the links of
// onboarding's mails lead: it answers the callback of whoever follows one. It serves on the
// address in ADDR, starts the function in ONBOARD_FUNCTION, and finds the Lambda API through
// the usual AWS variables.
package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		slog.Error("no AWS configuration", "error", err)
		os.Exit(1)
	}
	handler := site(lambda.NewFromConfig(cfg), cmp.Or(os.Getenv("ONBOARD_FUNCTION"), "onboard:$LATEST"))
	server := &http.Server{Addr: os.Getenv("ADDR"), Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
