package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
)

// connection is the flags of commands that talk to a service.
type connection struct{ remote.Options }

const connectionHelp = `

It talks to AWS with the usual configuration, or to "durablegen dev" with --endpoint,
or with AWS_ENDPOINT_URL_LAMBDA set.`

func (c *connection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.Endpoint, "endpoint", "", "the `URL` of the service, such as http://127.0.0.1:9470")
	f.StringVar(&c.Region, "region", "", "the AWS `REGION`")
	f.StringVar(&c.Profile, "profile", "", "the `NAME` of a profile of the AWS configuration")
	cmd.Long += connectionHelp
}

func (c *connection) connect(ctx context.Context) (*remote.Service, error) {
	return remote.Connect(ctx, c.Options)
}

// jsonArgument reads a flag that holds JSON: a file, - for standard input, or JSON
// itself. What is not JSON is refused.
func jsonArgument(flag, value string, stdin io.Reader) ([]byte, error) {
	text, name := []byte(nil), "standard input"
	var err error
	if value == "-" {
		text, err = io.ReadAll(stdin)
	} else {
		text, name, err = fileOrJSON(flag, value)
	}
	if err != nil {
		return nil, err
	}
	if !json.Valid(text) {
		return nil, fmt.Errorf("%s: not JSON; a text needs quotes, such as '\"yes\"'", name)
	}
	return text, nil
}

// printJSON prints a value as one line.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
