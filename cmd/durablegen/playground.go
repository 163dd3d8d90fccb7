package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/playground"
)

func newPlaygroundCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "playground",
		Short: "Write a page that compiles Flow in the browser",
		Long: `Playground writes a page for any server of static files: a text on the left, and on the
right what is wrong with it, the diagrams and the Go that come of it. The compiler runs in
the browser: the Go command builds it for WebAssembly, so this is run in a module that has
durablegen as a tool, or in its checkout. The console of "durablegen dev" has the same
page, whose texts the server compiles.

    durablegen playground -o public/playground`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usagef("playground: say with -o which folder the page goes to")
			}
			if err := playground.Export(cmd.Context(), dir, console.Assets()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s; any server of static files can serve it\n", dir)
			return nil
		},
	}
	cmd.Flags().StringVarP(&dir, "out", "o", "", "the `DIR` that the page goes to")
	return cmd
}
