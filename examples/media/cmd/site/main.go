// Command site serves the site of the media example on the address in ADDR.
package main

import (
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/durablegen/durablegen/examples/media/site"
)

func main() {
	rejects := flag.Bool("rejects", false, "refuse everything that is submitted")
	flag.Parse()
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           &site.Site{Rejects: *rejects},
		ReadHeaderTimeout: 5 * time.Second,
	}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
