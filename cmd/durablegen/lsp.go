package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/lsp"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
)

func newLspCommand() *cobra.Command {
	opts := lsp.Options{Version: version()}
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Answer an editor, over standard input and output",
		Long: `Lsp is a language server for .flow files: an editor starts it and speaks the Language
Server Protocol with it. It reports what "durablegen check" reports, while you type, of the
whole package with its unsaved files. "docs/editors.md" has the lines for your editor.`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.Log = cmd.ErrOrStderr()
			err := lsp.Serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), opts)
			if errors.Is(err, lsp.ErrNoShutdown) {
				return terminal.No // which the protocol wants
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&opts.Strict, "strict", false, "report also what is allowed but unwise")
	cmd.Flags().Bool("stdio", true, "speak over standard input and output, as it always does; some editors add it")
	_ = cmd.Flags().MarkHidden("stdio")
	return cmd
}
