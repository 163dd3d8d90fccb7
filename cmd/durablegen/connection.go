package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/localrun"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
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

// typed gives the flags again as they were given, for a command that is to talk to
// the same service.
func (c *connection) typed() string {
	var b strings.Builder
	for _, f := range []struct{ flag, value string }{{"--endpoint", c.Endpoint}, {"--region", c.Region}, {"--profile", c.Profile}} {
		if f.value != "" {
			b.WriteString(" " + f.flag + " " + terminal.Quote(f.value))
		}
	}
	return b.String()
}

// storedHelp goes with the flag of stored.
const storedHelp = `

With --data it looks at what "durablegen run" or a stopped "durablegen dev" has left in
a data folder.`

// stored is a connection that may also be to what lies in a data folder.
type stored struct {
	connection
	data string
}

func (s *stored) flags(cmd *cobra.Command) {
	s.connection.flags(cmd)
	cmd.Flags().StringVar(&s.data, "data", "", "the data `DIR` of run or dev, instead of a service")
	cmd.Long += storedHelp
}

// connect gives the service, the ARN of an execution, and what ends the connection.
func (s *stored) connect(ctx context.Context, execution string) (service *remote.Service, arn string, end func(), err error) {
	if s.data == "" {
		if service, err = s.connection.connect(ctx); err == nil {
			arn, err = service.ARN(ctx, execution)
		}
		return service, arn, func() {}, err
	}
	shown, arn, err := local.OpenStored(ctx, local.Data{Dir: s.data}, execution)
	if err != nil {
		return nil, "", nil, err
	}
	s.Endpoint = shown.URL
	service, err = s.connection.connect(ctx)
	return service, arn, func() { shown.Close() }, err
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
		text, name, err = localrun.FileOrJSON(flag, value)
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

// readHistory reads a history that was saved in a file, or - for standard input, and says
// what it is called.
func readHistory(path string, stdin io.Reader) (events []wire.Event, name string, err error) {
	var text []byte
	if name = path; path == "-" {
		name = "standard input"
		text, err = io.ReadAll(stdin)
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, name, fmt.Errorf("%s: can't be read: %w", name, words.Cause(err))
	}
	if events, err = execution.ParseHistory(text); err != nil {
		return nil, name, fmt.Errorf("%s: %w", name, err)
	}
	return events, name, nil
}
