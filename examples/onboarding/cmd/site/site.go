package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/examples/onboarding"
	"github.com/durablegen/durablegen/runtime/flow"
)

// site serves the pages; function is the workflow.
func site(client *lambda.Client, function string) http.Handler {
	mux := http.NewServeMux()
	onboard := onboarding.OnboardClient(client, function)
	mux.HandleFunc("POST /signup", func(w http.ResponseWriter, r *http.Request) {
		in := onboarding.SignUp{Email: strings.ToLower(r.FormValue("email")), Name: r.FormValue("name")}
		if !strings.Contains(in.Email, "@") || in.Name == "" {
			http.Error(w, "An address and a name, please.", http.StatusBadRequest)
			return
		}
		_, err := onboard.Start(r.Context(), executionName(in.Email), in)
		if _, taken := errors.AsType[*flow.AlreadyStartedError](err); taken {
			http.Error(w, "Somebody has signed up with this address, under another name.", http.StatusConflict)
			return
		}
		if err != nil {
			failed(w, "could not start", err)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintln(w, "Thank you. Please follow the link in our mail.")
	})

	answers := onboarding.ConfirmAnswers(client)
	mux.HandleFunc("GET /confirm", func(w http.ResponseWriter, r *http.Request) {
		err := answers.Succeed(r.Context(), r.URL.Query().Get("callback"), flow.None{})
		if _, over := errors.AsType[*types.CallbackTimeoutException](err); over {
			http.Error(w, "This link has been used, or has expired.", http.StatusGone)
			return
		}
		if err != nil {
			failed(w, "could not answer", err)
			return
		}
		fmt.Fprintln(w, "Thank you. We write to you as soon as your account is ready.")
	})
	return mux
}

func failed(w http.ResponseWriter, what string, err error) {
	slog.Error(what, "error", err)
	http.Error(w, "Please try again later.", http.StatusBadGateway)
}

// executionName names the one execution of an address, which has letters that a name can't have: who
// presses the button twice signs up once.
func executionName(email string) string {
	sum := sha256.Sum256([]byte(email))
	return "signup-" + hex.EncodeToString(sum[:16])
}
