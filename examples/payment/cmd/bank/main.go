// Command bank serves the bank of the payment example on the address in ADDR, with
// its books in the current folder.
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
	breaks := flag.Bool("breaks", false, "take the money, and break the connection before the answer")
	flag.Parse()
	b := bank.New("bank.db")
	b.Unavailable, b.Breaks = *unavailable, *breaks
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           b,
		ReadHeaderTimeout: 5 * time.Second,
	}
	slog.Error("stopped", "error", server.ListenAndServe())
	os.Exit(1)
}
