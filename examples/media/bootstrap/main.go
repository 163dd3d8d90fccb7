// Command bootstrap is the Lambda function of the media workflows.
package main

import (
	"cmp"
	"os"

	"github.com/durablegen/durablegen/examples/media"
	"github.com/durablegen/durablegen/runtime/durable"
)

func main() {
	studio := media.NewStudio(cmp.Or(os.Getenv("MEDIA_DIR"), "pictures"), os.Getenv("SITE_URL"))
	durable.Start(media.Workflows(studio)...)
}
