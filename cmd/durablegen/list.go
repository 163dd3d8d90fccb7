package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/internal/cleantext"
)

func newListCommand() *cobra.Command {
	var s selection
	var where, count, asJSON bool
	cmd := &cobra.Command{
		Use:   "list [FUNCTION...]",
		Short: "List executions, the newest first",
		Long: `List prints the executions of functions, the newest first; at a local service those
of all functions if none is named. With --where it says of each what it waits for, or how it
failed; with --count how many there are of each kind. With --json it prints one object a line.
FUNCTION may be NAME:VERSION or NAME:ALIAS: then it is those that are on that version. One that is not on $LATEST
has its version behind the function's name.

    durablegen list --endpoint http://127.0.0.1:9470
    durablegen list fulfilOrder --status running,failed --limit 20
    durablegen list fulfilOrder --at approve --until 2h       waiting, and started 2 hours ago or earlier
    durablegen list --input-has ada@example.com --since 1d
    durablegen list --count --where --limit 10000             where they stand`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.Functions = append(s.Functions, args...)
			if err := s.read(anyState); err != nil {
				return err
			}
			service, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			closely := where || s.At != "" || s.Error != "" || s.ErrorText != ""
			found, err := s.find(cmd.Context(), service, closely, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			remote.Chain(found)
			switch {
			case count:
				return writeCounts(cmd.OutOrStdout(), found, closely, asJSON)
			case asJSON:
				for i := range found {
					if err := printJSON(cmd.OutOrStdout(), found[i].Described()); err != nil {
						return err
					}
				}
				return nil
			}
			return writeList(cmd.OutOrStdout(), found, closely)
		},
	}
	s.flags(cmd, 50)
	cmd.ValidArgsFunction = s.functions()
	f := cmd.Flags()
	f.BoolVar(&where, "where", false, "say what each waits for, or how it failed; this asks for the history of each")
	f.BoolVar(&count, "count", false, "print how many there are of each kind")
	f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// kind is what executions have in common that are counted together.
type kind struct{ Function, Status, Stands string }

// writeCounts prints how many executions there are of each function and status and, if that
// was asked for, of each place where they stand; the most first.
func writeCounts(w io.Writer, found []remote.Found, closely, asJSON bool) error {
	counts := map[kind]int{}
	for i := range found {
		e := &found[i]
		k := kind{Function: remote.WithVersion(aws.ToString(e.FunctionArn)), Status: strings.ToLower(string(e.Status))}
		if closely {
			k.Stands = e.Kind()
		}
		counts[k]++
	}
	kinds := make([]kind, 0, len(counts))
	for k := range counts {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int {
		if n := counts[b] - counts[a]; n != 0 {
			return n
		}
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	if asJSON {
		for _, k := range kinds {
			line := map[string]any{"count": counts[k], "function": k.Function, "status": strings.ToUpper(k.Status)}
			if closely {
				line["stands"] = k.Stands
			}
			if err := printJSON(w, line); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprint(t, "COUNT\tFUNCTION\tSTATUS")
	if closely {
		fmt.Fprint(t, "\tWAITS FOR, OR ERROR")
	}
	fmt.Fprintln(t)
	for _, k := range kinds {
		fmt.Fprintf(t, "%d\t%s\t%s", counts[k], k.Function, k.Status)
		if closely {
			fmt.Fprintf(t, "\t%s", cleantext.Line(k.Stands))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
