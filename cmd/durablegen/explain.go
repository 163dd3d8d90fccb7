package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
)

func newExplainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain the code of an error, with an example",
		Long: `Explain prints what the code in brackets behind an error means: a small file that
has the error, and the same file corrected. Without a code it lists all codes.

    durablegen explain unknown-name`,
		Args: atMost(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return codes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, code := range codes() {
					if _, err := fmt.Fprintln(cmd.OutOrStdout(), code); err != nil {
						return err
					}
				}
				return nil
			}
			return explain(cmd.OutOrStdout(), args[0])
		},
	}
}

func explain(w io.Writer, code string) error {
	page, ok := dsl.Explain(dsl.Code(code))
	if !ok {
		if n := near.Name(code, codes()); n != "" {
			return fmt.Errorf("no error has the code `%s`; did you mean `%s`?", code, n)
		}
		return fmt.Errorf("no error has the code `%s`; `durablegen explain` lists all of them", code)
	}
	_, err := fmt.Fprint(w, page)
	return err
}

func codes() []string {
	var names []string
	for _, c := range dsl.Codes() {
		names = append(names, string(c))
	}
	return names
}
