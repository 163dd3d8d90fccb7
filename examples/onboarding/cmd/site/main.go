// Command site is where the links of onboarding's mails lead: it answers the
// callback of whoever follows one. It serves on the address in ADDR, and finds the
// Lambda API through the usual AWS variables.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/examples/onboarding"
	"github.com/durablegen/durablegen/runtime/flow"
)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		slog.Error("no AWS configuration", "error", err)
		os.Exit(1)
	}
	answers := onboarding.ConfirmAnswers(lambda.NewFromConfig(cfg))
	http.HandleFunc("GET /confirm", func(w http.ResponseWriter, r *http.Request) {
		if err := answers.Succeed(r.Context(), r.URL.Query().Get("callback"), flow.None{}); err != nil {
			http.Error(w, "This link is no longer valid.", http.StatusGone)
			return
		}
		fmt.Fprintln(w, "Thank you, your address is confirmed.")
	})
	server := &http.Server{Addr: os.Getenv("ADDR"), ReadHeaderTimeout: 5 * time.Second}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
