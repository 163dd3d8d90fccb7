// Command bank serves the bank of the payment example on the address in ADDR.
package main

import (
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/durablegen/durablegen/examples/payment/bank"
)

func main() {
	unavailable := flag.Int("unavailable", 1, "how often it is unavailable before it answers a payment")
	flag.Parse()
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           &bank.Bank{Unavailable: *unavailable},
		ReadHeaderTimeout: 5 * time.Second,
	}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
