// Command forge serves the forge of the episoder example on the address in ADDR.
package main

import (
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/durablegen/durablegen/examples/episoder/forge"
)

func main() {
	closes := flag.Bool("closes", false, "close pull requests instead of merging them")
	flag.Parse()
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           &forge.Forge{Closes: *closes},
		ReadHeaderTimeout: 5 * time.Second,
	}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
