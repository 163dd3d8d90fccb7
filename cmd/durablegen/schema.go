package main

import (
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/schema"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

var schemaFormats = []string{"jsonschema", "openapi"}

func newSchemaCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "schema [PATH]",
		Short: "Print the JSON Schema of what workflows take and give, or an OpenAPI document",
		Long: `Schema prints which JSON the workflows of a package take and give, for others who start them
and answer their callbacks: as JSON Schema (2020-12) with definitions such as fulfilOrder.input,
fulfilOrder.output, fulfilOrder.error and approve.answer; or as a document of OpenAPI 3.1 for the
handlers that answer callbacks, each at /NAME/{callbackId}. PATH is a folder or a .flow file;
without it, it is the current folder.

    durablegen schema . > schema.json
    durablegen schema ./examples/foodorder --format openapi > answers.json`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, schemaFormats); err != nil {
				return err
			}
			folders, err := flowdir.Find(args)
			if err != nil {
				return err
			}
			if len(folders) != 1 {
				return usagef("%s: a schema is of one package", words.List(args))
			}
			p, err := flowdir.Load(folders[0], dsl.CheckOptions{})
			if err != nil {
				return err
			}
			if p.Program == nil {
				terminal.Diagnostics(cmd.ErrOrStderr(), p.Shown, p.Diagnostics)
				return terminal.No
			}
			write := schema.JSONSchema
			if format == "openapi" {
				write = schema.OpenAPI
			}
			text, err := write(p.Program)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "jsonschema", "what is printed: jsonschema or openapi")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(schemaFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
