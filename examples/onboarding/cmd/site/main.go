// Command site is where the links of onboarding's mails lead: it answers the
// callback of whoever follows one. It serves on the address in ADDR, and finds the
// Lambda API through the usual AWS variables.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

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
	mux := http.NewServeMux()
	mux.HandleFunc("GET /confirm", func(w http.ResponseWriter, r *http.Request) {
		err := answers.Succeed(r.Context(), r.URL.Query().Get("callback"), flow.None{})
		if _, over := errors.AsType[*types.CallbackTimeoutException](err); over {
			http.Error(w, "This link has been used, or has expired.", http.StatusGone)
			return
		}
		if err != nil {
			slog.Error("could not answer", "error", err)
			http.Error(w, "Please try again later.", http.StatusBadGateway)
			return
		}
		fmt.Fprintln(w, "Thank you. We write to you as soon as your account is ready.")
	})
	server := &http.Server{Addr: os.Getenv("ADDR"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
