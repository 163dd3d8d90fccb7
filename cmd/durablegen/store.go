package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

func newStoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Check and back up what run and dev keep",
		Long: `Store looks after the stores in a data folder: the one of "durablegen dev", and those of
the executions of "durablegen run".`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command `store %s`; there are `store check` and `store backup`", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newStoreCheckCommand(), newStoreBackupCommand())
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
			stores, err := storesIn(args[0])
			if err != nil {
				return err
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

// storesIn gives the folders of the stores in a data folder.
func storesIn(dir string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "executions", "*", "durablegen.db"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "durablegen.db")); err == nil {
		found = append([]string{filepath.Join(dir, "durablegen.db")}, found...)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: there is no durablegen.db in this folder, nor below its `executions`", dir)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found, nil
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
