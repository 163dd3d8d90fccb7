package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

func newStoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "List, check, back up and clear what run and dev keep",
		Long: `Store looks after the stores in a data folder: the one of "durablegen dev", and those of
the executions of "durablegen run". Without --data these lie in your state folder, one
data folder for a package.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command `store %s`; there are `list`, `check`, `backup` and `clear`", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newStoreListCommand(), newStoreCheckCommand(), newStoreBackupCommand(), newStoreClearCommand())
	return cmd
}

func newStoreCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Find out whether stores are in order",
		Long: `Check reads the stores in a data folder, in use or not, and changes nothing: whether
the files are in order, each row is as it was written, and the record of each execution
makes sense. It names what is damaged. Exit status 1 if something is.

    durablegen store check ~/.local/state/durablegen/foodorder-1a2b3c4d`,
		Args: exactly("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			stores := local.Data{Dir: args[0]}.Stores()
			if len(stores) == 0 {
				return fmt.Errorf("%s: there is no durablegen.db in this folder, nor below its `executions`", args[0])
			}
			sound := true
			for _, dir := range stores {
				report, err := engine.CheckStore(cmd.Context(), dir)
				if err != nil {
					return err
				}
				if len(report.Problems) == 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: in order, %s\n", dir, words.Count(report.Executions, "execution"))
					continue
				}
				sound = false
				for _, p := range report.Problems {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", dir, cleantext.Line(p.String()))
				}
			}
			if !sound {
				return terminal.No
			}
			return nil
		},
	}
}

func newStoreBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup DIR FILE",
		Short: "Copy a store, in use or not",
		Long: `Backup writes the store in a folder to a new file, whole, as it stands at this moment.
To go back to it, put the file as durablegen.db into an empty folder, and give that as
--data.

    durablegen store backup ~/.local/state/durablegen/dev-1a2b3c4d monday.db`,
		Args: exactly("DIR", "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := engine.BackupStore(cmd.Context(), args[0], args[1])
			switch {
			case errors.Is(err, fs.ErrExist):
				return fmt.Errorf("%s: is there already; a backup goes into a new file", args[1])
			case errors.Is(err, fs.ErrNotExist):
				return fmt.Errorf("%s: there is no durablegen.db in this folder", args[0])
			}
			return err
		},
	}
}

func newStoreListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the data folders in your state folder",
		Long: `List prints the data folders in your state folder, the one used last first: its size,
when it was used, the executions of "durablegen run" in it, whether "durablegen dev" has
one there, and the package that it is for.`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := local.AllStored()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range all {
				served := ""
				if s.Served {
					served = "dev"
				}
				fmt.Fprintf(w, "%s\t%.1f MB\t%s\t%s\t%s\t%s\n", cleantext.Line(s.Dir), float64(s.Bytes)/1e6, s.Used.Format(time.DateOnly),
					words.Count(s.Runs, "run"), served, cleantext.Line(strings.Join(s.Packages, ", ")))
			}
			return w.Flush()
		},
	}
}

func newStoreClearCommand() *cobra.Command {
	var all, running bool
	var older time.Duration
	cmd := &cobra.Command{
		Use:   "clear [DIR...]",
		Short: "Remove data folders with all that they hold",
		Long: `Clear removes data folders: executions, logs and what was built. One that is in use
stays, and one in which an execution has not ended does unless --running is given.

    durablegen store clear ~/.local/state/durablegen/foodorder-1a2b3c4d
    durablegen store clear --all --older 720h      # not used for 30 days`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usagef("clear: name the folders, or give --all for those in your state folder")
			}
			var found []local.Stored
			for _, dir := range args {
				s := local.ReadStored(dir)
				if len(s.Stores()) == 0 {
					return fmt.Errorf("%s: there is no durablegen.db in this folder, nor below its `executions`", dir)
				}
				found = append(found, s)
			}
			if all {
				var err error
				if found, err = local.AllStored(); err != nil {
					return err
				}
			}
			var errs []error
			for _, s := range found {
				if time.Since(s.Used) < older {
					continue
				}
				if err := s.Clear(cmd.Context(), running); err != nil {
					errs = append(errs, err)
					continue
				}
				fmt.Fprintf(cmd.OutOrStdout(), "removed %s\n", cleantext.Line(s.Dir))
			}
			return errors.Join(errs...)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "all data folders in your state folder")
	f.BoolVar(&running, "running", false, "also where executions have not ended")
	lengthVar(f, &older, "older", "only what was not used for so long, such as 30d")
	return cmd
}
