package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/deployment"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/localrun"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/revision"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

func newTemplateCommand() *cobra.Command {
	var t templater
	cmd := &cobra.Command{
		Use:   "template FORMAT PACKAGE | template --check FILE PACKAGE",
		Short: "Write what deploys workflows, or find what in it would break them",
		Long: `Template writes what deploys the workflows of a Lambda main, for a tool that you use: sam,
cloudformation, cdk (in Go) or terraform. For each workflow it has the function, durable for
the workflow's timeout and retention, a version at each deployment and the alias "live", a
role that may do what the workflow needs and nothing more, a policy for whoever answers
callbacks, a log group, a queue for the events of executions that failed, and alarms on
executions that have failed or do not go on. A workflow that is only called by others has no
function of its own, unless --workflow names it. It is written once, and then it is yours.

    durablegen template sam . -o template.yaml
    durablegen template sam . --on http --on 'schedule:rate(1 day)' -o template.yaml
    durablegen template cloudformation ./orders --workflow fulfil --on fulfil=s3:incoming-orders

What starts executions is s3:BUCKET, sqs:QUEUE, schedule:EXPRESSION, eventbridge:SOURCE or
http:/PATH; of several workflows it says which one: WORKFLOW=KIND:WHAT. All of them start
executions on the alias, without waiting for their ends.

    durablegen template --check template.yaml .

finds in a template what would break the workflows, with its line: a function that is not
durable, has no alias, or whose runtime or times do not fit; what invokes it without the
alias, or with one that is not there; what its role must be allowed; a name that is misspelt;
and, against a revision of git (--base, HEAD if the file is there), a change that would
replace the function with all its executions. It reads templates of SAM and of
CloudFormation, such as those that CDK synthesizes (cdk.out/*.template.json); what is written
for Terraform it does not read. What the template takes from elsewhere it names and leaves
open.

Exit status: 0 if all is well, 1 if something was found, 2 if it could not look.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if t.check != "" {
				return exactly("PACKAGE")(cmd, args)
			}
			return exactly("FORMAT", "PACKAGE")(cmd, args)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 && t.check == "" {
				return deployment.Formats, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			t.stdout, t.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return t.run(ctx, args)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&t.output, "output", "o", "", "the `FILE` to write, which is not there yet (default standard output)")
	f.StringVar(&t.arch, "arch", "arm64", "the processor: arm64 or amd64")
	f.StringSliceVar(&t.workflows, "workflow", nil, "only the `WORKFLOWS` named")
	f.StringArrayVar(&t.sources, "on", nil, "what starts executions: `[WORKFLOW=]KIND[:WHAT]`")
	f.StringVar(&t.check, "check", "", "the template, a `FILE`, to look at; nothing is written")
	f.StringVar(&t.base, "base", "", "the revision of git that is deployed, for --check (default HEAD, if the file is there)")
	f.StringVar(&t.format, "format", "text", "how --check prints what it finds: text, json or github")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(architectures, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("workflow", func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		return workflowsIn(nil)(cmd, args[max(len(args)-1, 0):], typed) // the package comes last
	})
	_ = cmd.RegisterFlagCompletionFunc("on", cobra.FixedCompletions(deployment.Kinds(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

type templater struct {
	output, arch        string
	check, base, format string // a file, a revision of git, and one of reportFormats
	workflows, sources  []string
	stdout, stderr      io.Writer
}

func (t *templater) run(ctx context.Context, args []string) (err error) {
	if t.arch, err = checkArchitecture(t.arch); err != nil {
		return err
	}
	if err := oneOf("--format", t.format, reportFormats); err != nil {
		return err
	}
	pkg := args[len(args)-1]
	if format := args[0]; t.check == "" && !slices.Contains(deployment.Formats, format) {
		return usagef("template: there is no format `%s`; %s", format, near.Help(format, deployment.Formats))
	}
	if _, err := os.Lstat(t.output); t.output != "" && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: this file is there already, and stays as it is; `durablegen template --check %s %s` finds what it lacks", t.output, t.output, pkg)
	}
	if t.check != "" {
		return t.look(ctx, pkg)
	}
	functions, err := t.functions(ctx, pkg)
	if err != nil {
		return err
	}
	for _, source := range t.sources {
		if err := deployment.AddSource(functions, source); err != nil {
			return usagef("--on %w", err)
		}
	}
	for _, f := range functions {
		for _, s := range f.Sources {
			if misfit := f.Misfit(s); misfit != "" {
				fmt.Fprintln(t.stderr, "note:", misfit)
			}
		}
	}
	text, err := deployment.Write(functions, deployment.Options{Format: args[0], Package: pkg, Arch: t.arch})
	switch {
	case err != nil:
		return err
	case t.output == "":
		_, err := t.stdout.Write(text)
		return err
	}
	if err := os.WriteFile(t.output, text, 0o644); err != nil {
		return fmt.Errorf("%s: can't be written: %w", t.output, words.Cause(err))
	}
	_, err = fmt.Fprintln(t.stdout, "wrote", t.output)
	return err
}

// look finds in a template what would break the workflows of a package.
func (t *templater) look(ctx context.Context, pkg string) error {
	if strings.HasSuffix(t.check, ".tf") || strings.HasSuffix(t.check, ".go") {
		return fmt.Errorf("%s: only templates of SAM and of CloudFormation are read, in YAML or JSON; of what is written for CDK, that is the one that it synthesizes (cdk.out/*.template.json)", t.check)
	}
	text, err := os.ReadFile(t.check)
	if err != nil {
		return fmt.Errorf("%s: can't be read: %w", t.check, words.Cause(err))
	}
	template, err := deployment.Read(text)
	if err != nil {
		return fmt.Errorf("%s: can't be read: %w", t.check, err)
	}
	if err := template.Foreign(); err != nil {
		return fmt.Errorf("%s: %w", t.check, err)
	}
	former, err := t.former()
	if err != nil {
		return err
	}
	functions, err := t.functions(ctx, pkg)
	if err != nil {
		return err
	}
	var set dsl.SourceSet
	src := set.Add(t.check, text)
	var ds dsl.Diagnostics
	for _, f := range deployment.Check(template, functions, former) {
		d := dsl.Diagnostic{Message: f.Message, Help: f.Help}
		d.Span = dsl.Span{Start: src.Pos(0), End: src.Pos(0)} // of a place that the text does not have
		if span, ok := local.SpanAt(src, dsl.Position{Line: f.Line, Column: f.Column}); ok {
			d.Span = span
		}
		if f.Open {
			d.Severity = dsl.Warning
		}
		ds = append(ds, d)
	}
	writeProblems(t.stdout, t.format, &set, ds)
	if ds.HasErrors() {
		return terminal.No
	}
	return nil
}

// former is the template at the revision that it is compared with; nil if there is none.
func (t *templater) former() (*deployment.Template, error) {
	text, err := revision.File(cmp.Or(t.base, "HEAD"), t.check)
	switch {
	case err != nil && t.base == "", text == nil && err == nil: // it is not in git, and need not be
		return nil, nil
	case err != nil:
		return nil, err
	}
	former, err := deployment.Read(text)
	if err != nil {
		return nil, fmt.Errorf("%s at %s: can't be read: %w", t.check, cmp.Or(t.base, "HEAD"), err)
	}
	return former, nil
}

// functions gives those that a package is deployed as.
func (t *templater) functions(ctx context.Context, pkg string) ([]*deployment.Function, error) {
	target, err := gobuild.Resolve(ctx, pkg)
	if err != nil {
		return nil, err
	}
	packages, err := generate.Prepare(ctx, target, pkg, t.stderr)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "durablegen-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	data := local.Data{Dir: dir}
	if err := data.Make(); err != nil {
		return nil, err
	}
	served, err := localrun.Build(ctx, target, data, filepath.Join(data.Bin(), gobuild.Entry), packages, t.stderr)
	if err != nil {
		return nil, err
	}
	return deployment.Of(served, packages, t.workflows)
}
