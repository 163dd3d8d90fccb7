// Command restaurant serves the restaurant of the food-order example on the
// address in ADDR, such as 127.0.0.1:8081, with its database in the current folder,
// and answers callbacks through the Lambda API that the usual AWS variables name.
package main

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/examples/foodorder/restaurant"
)

func main() {
	closed := flag.Bool("closed", false, "take everything in and never answer")
	loses := flag.Bool("loses", false, "lose the food on its way")
	stops := flag.Bool("stops", false, "have the courier stop on the way")
	mute := flag.Bool("mute", false, "have the courier's phone fall silent at the door")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Error("no AWS configuration", "error", err)
		os.Exit(1)
	}
	r := restaurant.New("restaurant.db", lambda.NewFromConfig(cfg), log)
	r.Closed, r.Loses, r.Stops, r.Mute = *closed, *loses, *stops, *mute
	if err := r.Resume(context.Background()); err != nil {
		log.Error("can't read what is open", "error", err)
		os.Exit(1)
	}
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           r,
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
