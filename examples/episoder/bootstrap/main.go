// Command bootstrap is the Lambda function of the episoder workflow.
package main

import (
	"cmp"
	"os"

	"github.com/durablegen/durablegen/examples/episoder"
	"github.com/durablegen/durablegen/runtime/durable"
)

func main() {
	desk := episoder.NewDesk(cmp.Or(os.Getenv("EPISODER_REPOSITORY"), "show.git"), os.Getenv("FORGE_URL"))
	durable.Start(episoder.Workflows(desk)...)
}
