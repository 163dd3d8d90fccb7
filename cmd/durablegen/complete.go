package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
)

// completeAfter is how long a shell waits for the names that a service knows.
const completeAfter = 2 * time.Second

// completion is what a shell is told that may stand there; nothing is said of what goes wrong.
type completion = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// executions completes an execution: FUNCTION/NAME, with its status. At AWS the function has to
// be typed.
func (c *connection) executions() completion {
	return c.known(func(ctx context.Context, s *remote.Service, typed string) (names []string) {
		function, _, ok := strings.Cut(typed, "/")
		functions := []string{function}
		if !ok {
			functions = c.functionNames(ctx, s)
		}
		found, _, _ := s.Select(ctx, remote.Selection{Functions: functions, Limit: 200}, false)
		for i := range found {
			names = append(names, found[i].Shown()+"\t"+strings.ToLower(string(found[i].Status)))
		}
		return names
	})
}

// functions completes the name of a function.
func (c *connection) functions() completion {
	return c.known(func(ctx context.Context, s *remote.Service, _ string) []string { return c.functionNames(ctx, s) })
}

func (c *connection) functionNames(ctx context.Context, s *remote.Service) []string {
	if !s.Local { // those of a whole account
		return nil
	}
	names, _ := s.Functions(ctx)
	return names
}

// known completes with what names gives that begins as it was typed.
func (c *connection) known(names func(ctx context.Context, s *remote.Service, typed string) []string) completion {
	return func(cmd *cobra.Command, _ []string, typed string) (fitting []string, _ cobra.ShellCompDirective) {
		ctx := cmd.Context()
		if ctx == nil { // while a shell completes
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completeAfter)
		defer cancel()
		s, err := c.connect(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, name := range names(ctx, s, typed) {
			if strings.HasPrefix(name, typed) {
				fitting = append(fitting, name)
			}
		}
		return fitting, cobra.ShellCompDirectiveNoFileComp
	}
}

// workflowsIn completes the name of a workflow of the folder that is given, or is in argument 0.
func workflowsIn(dir *string) completion {
	return func(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
		folder := "."
		if dir != nil {
			folder = *dir
		} else if len(args) > 0 {
			folder = args[0]
		}
		if p, err := flowdir.LoadDir(folder); err == nil && p.Program != nil {
			for _, d := range p.Program.Workflows {
				names = append(names, d.Name.Text)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
