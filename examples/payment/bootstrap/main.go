// Command bootstrap is the Lambda function of the payment workflow.
package main

import (
	"cmp"
	"os"

	"github.com/durablegen/durablegen/examples/payment"
	"github.com/durablegen/durablegen/runtime/durable"
)

func main() {
	ledger := payment.NewLedger(cmp.Or(os.Getenv("PAYMENT_DB"), "payment.db"), os.Getenv("BANK_URL"))
	durable.Start(payment.Workflows(ledger)...)
}
