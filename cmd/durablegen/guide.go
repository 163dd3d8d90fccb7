package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/docs"
	"github.com/durablegen/durablegen/internal/near"
)

func newGuideCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "guide [PAGE]",
		Short: "Print the language on one page, or a page of its reference",
		Long: `Guide prints the language on one page, as Markdown: enough to read every .flow file and
to write most. With a name it prints a page of the reference.

    durablegen guide
    durablegen guide callbacks

The pages are ` + strings.Join(docs.Names(), ", ") + `.`,
		Args: atMost(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return docs.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "language"
			if len(args) > 0 {
				name = args[0]
			}
			text, ok := docs.Page(name)
			if !ok {
				if help := near.DidYouMean(name, docs.Names()); help != "" {
					return fmt.Errorf("there is no page `%s`; %s", name, help)
				}
				return fmt.Errorf("there is no page `%s`; `durablegen guide --help` lists them", name)
			}
			_, err := io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
}
