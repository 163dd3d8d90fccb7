// Command site serves the site of the media example on the address in ADDR, with its
// database in the current folder.
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
	s := site.New("site.db")
	s.Reject(*rejects)
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
	}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
