// Command bootstrap is the Lambda function of the onboarding workflow.
package main

import (
	"cmp"
	"os"

	"github.com/durablegen/durablegen/examples/onboarding"
	"github.com/durablegen/durablegen/runtime/durable"
)

func main() {
	desk := onboarding.NewDesk(cmp.Or(os.Getenv("ONBOARDING_DB"), "onboarding.db"), os.Getenv("SITE_URL"))
	durable.Start(onboarding.Workflows(desk)...)
}
