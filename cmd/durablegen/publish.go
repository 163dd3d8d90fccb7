package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/cleantext"
)

func newPublishCommand() *cobra.Command {
	var c connection
	var alias, description string
	cmd := &cobra.Command{
		Use:   "publish [FUNCTION...]",
		Short: "Publish a version of what a function is now",
		Long: `Publish makes a version of what a function's $LATEST is, which stays as it is: executions that begin on
it end on it, whatever is built or deployed later. If nothing has changed since the last version, it is that
one. With --alias, the alias leads to it from then on, and is made if it isn't there. At a local service
it takes all functions if none is named.

    durablegen publish --alias live --endpoint http://127.0.0.1:9470
    durablegen publish fulfilOrder --description "two restaurants"

"durablegen alias" shows versions and aliases, and takes an alias back.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if alias != "" {
				if err := checkAlias("--alias", alias); err != nil {
					return err
				}
			}
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			functions, err := functionsOf(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			for _, function := range functions {
				version, fresh, err := s.Publish(cmd.Context(), function, description)
				if err != nil {
					return err
				}
				text := fmt.Sprintf("%s: version %s", function, version)
				if !fresh {
					text += ", as nothing has changed since"
				}
				if alias != "" {
					before, err := s.Point(cmd.Context(), function, alias, version)
					if err != nil {
						return err
					}
					text += "; " + led(alias, before, version)
				}
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), text); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&alias, "alias", "", "the `NAME` of an alias that is to lead to the version")
	f.StringVar(&description, "description", "", "what the version is: a `TEXT`")
	c.flags(cmd)
	cmd.ValidArgsFunction = c.functions()
	return cmd
}

func newAliasCommand() *cobra.Command {
	var c connection
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "alias [FUNCTION [ALIAS VERSION]]",
		Short: "Show versions and aliases, or have an alias lead to a version",
		Long: `Alias lists the versions of a function, with the aliases that lead to them and how many executions
have not ended on each. With an ALIAS and a VERSION it has the alias lead there: what is started by it from then on
begins on that version, and what runs stays where it is. At a local service it lists all functions if none is named.

    durablegen alias fulfilOrder            versions and aliases
    durablegen alias fulfilOrder live 1     back to version 1`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return exactly("FUNCTION", "ALIAS", "VERSION")(cmd, args)
			}
			return atMost(3)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				if err := checkAlias("alias", args[1]); err != nil {
					return err
				}
			}
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 3 {
				before, err := s.Point(cmd.Context(), args[0], args[1], args[2])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", args[0], led(args[1], before, args[2]))
				return err
			}
			functions, err := functionsOf(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			var list []remote.Version
			for _, function := range functions {
				versions, err := s.Versions(cmd.Context(), function)
				if err != nil {
					return err
				}
				list = append(list, versions...)
			}
			if asJSON {
				for i := range list {
					if err := printJSON(cmd.OutOrStdout(), &list[i]); err != nil {
						return err
					}
				}
				return nil
			}
			return writeVersions(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.flags(cmd)
	cmd.ValidArgsFunction = c.functions()
	return cmd
}

// led says what has become of an alias.
func led(alias, before, version string) string {
	switch before {
	case "":
		return fmt.Sprintf("%s is new and leads to it", alias)
	case version:
		return fmt.Sprintf("%s leads to %s as before", alias, version)
	}
	return fmt.Sprintf("%s leads to %s, before that to %s", alias, version, before)
}

func checkAlias(what, name string) error {
	if !arns.IsAlias(name) {
		return usagef("%s %s: an alias has up to 128 letters, digits, `-` and `_`, and is no number", what, name)
	}
	return nil
}

// functionsOf gives the functions that are named, without qualifiers, or all of a local service.
func functionsOf(ctx context.Context, s *remote.Service, named []string) (functions []string, err error) {
	for _, name := range named {
		functions = append(functions, remote.Unqualified(name))
	}
	switch {
	case len(named) > 0:
		return functions, nil
	case !s.Local:
		return nil, usagef("name the function; only a local service looks at all")
	}
	return s.Functions(ctx)
}

func writeVersions(w io.Writer, list []remote.Version) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprint(t, "FUNCTION\tVERSION\tPUBLISHED\tALIASES\tOPEN\tDESCRIPTION\n")
	for _, v := range list {
		published, version, open := "", v.Version, fmt.Sprint(v.Open)
		if !v.Published.IsZero() && v.Published.Unix() != 0 {
			published = v.Published.Local().Format(time.DateTime)
		}
		if v.Deleting {
			version += " (goes)"
		}
		if v.Open == remote.MaxOpen {
			open += "+"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Function, version, published, strings.Join(v.Aliases, ", "), open, cleantext.Line(v.Description))
	}
	return t.Flush()
}
