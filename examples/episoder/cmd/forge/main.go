// Command forge serves the forge of the episoder example on the address in ADDR, for
// the repository show.git in the current folder.
package main

import (
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/durablegen/durablegen/examples/episoder/forge"
	"github.com/durablegen/durablegen/examples/episoder/git"
)

func main() {
	closes := flag.Bool("closes", false, "close pull requests instead of merging them")
	flag.Parse()
	f := forge.New("forge.db", git.Repository{Dir: "show.git"})
	f.Closes = *closes
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           f,
		ReadHeaderTimeout: 5 * time.Second,
	}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
