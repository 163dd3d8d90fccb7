// Command bootstrap is the Lambda function of the podwhisperer workflow.
package main

import (
	"cmp"
	"os"

	"github.com/durablegen/durablegen/examples/podwhisperer"
	"github.com/durablegen/durablegen/runtime/durable"
)

func main() {
	studio := podwhisperer.NewStudio(cmp.Or(os.Getenv("PODWHISPERER_DIR"), "."), podwhisperer.Proofreader{})
	durable.Start(podwhisperer.Workflows(studio)...)
}
