package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/localrun"
	"github.com/durablegen/durablegen/internal/words"
)

func newPackageCommand() *cobra.Command {
	var p packager
	cmd := &cobra.Command{
		Use:   "package PACKAGE...",
		Short: "Build the archive that is deployed",
		Long: `Package generates what is stale, builds the Lambda function of a package for Linux, and
packs it as Lambda takes it: a ZIP with the program "bootstrap". The same sources and the
same Go give the same bytes, on every machine and at any time, so that what did not change
is not deployed. PACKAGE is what "durablegen run" takes.

    durablegen package .                              function.zip, for arm64
    durablegen package ./orders --arch amd64 -o build/orders.zip
    durablegen package ./... -o build/                one for each Lambda main: build/orders.zip

Of several functions each archive has the name of its package. A file that is there is
replaced only if it is such an archive.`,
		Args: some("PACKAGE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			p.stdout, p.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return p.run(ctx, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.arch, "arch", "arm64", "the processor: arm64 or amd64")
	f.StringVarP(&p.output, "output", "o", "", "the `FILE` to write, of several functions the folder (default function.zip, of several the current folder)")
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(architectures, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// architectures are those that Lambda has, in the words of Go.
var architectures = []string{"arm64", "amd64"}

// checkArchitecture reads a processor in the words of Go, or of AWS.
func checkArchitecture(arch string) (string, error) {
	if arch == "x86_64" || arch == "x86" {
		arch = "amd64"
	}
	if !slices.Contains(architectures, arch) {
		return "", usagef("--arch %s: must be arm64 or amd64", arch)
	}
	return arch, nil
}

type packager struct {
	arch, output   string
	stdout, stderr io.Writer
}

func (p *packager) run(ctx context.Context, args []string) (err error) {
	if p.arch, err = checkArchitecture(p.arch); err != nil {
		return err
	}
	mains, several, err := lambdaMains(args)
	if err != nil {
		return err
	}
	archives := map[string]string{} // by what is packed into them
	for _, main := range mains {
		file := p.archive(main, several)
		if other, ok := archives[file]; ok {
			return fmt.Errorf("%s and %s would both be %s; package them one by one, with -o", other, main, file)
		}
		archives[file] = main
	}
	for _, main := range mains {
		if err := p.pack(ctx, main, p.archive(main, several)); err != nil {
			return err
		}
	}
	return nil
}

// lambdaMains gives the packages that arguments name, and whether these may be several.
func lambdaMains(args []string) (mains []string, several bool, err error) {
	several = len(args) > 1
	for _, arg := range args {
		t := flowdir.TargetOf(arg)
		if !t.Below {
			mains = append(mains, arg)
			continue
		}
		below, err := gobuild.MainsBelow(t.Dir)
		switch {
		case err != nil:
			return nil, false, err
		case len(below) == 0:
			return nil, false, fmt.Errorf("%s: there is no Lambda main here (a main package that calls durable.Start)", arg)
		}
		mains, several = append(mains, below...), true
	}
	return mains, several, nil
}

// archive gives the name of the file that a package is packed into.
func (p *packager) archive(main string, several bool) string {
	switch {
	case several:
		return filepath.Join(p.output, gobuild.Name(main)+".zip")
	case p.output == "":
		return "function.zip"
	}
	return p.output
}

func (p *packager) pack(ctx context.Context, main, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("%s: can't be made: %w", filepath.Dir(file), words.Cause(err))
	}
	target, err := gobuild.Resolve(ctx, main)
	if err != nil {
		return err
	}
	packages, err := generate.Prepare(ctx, target, main, p.stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "durablegen-package-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, gobuild.Entry)
	if err := localrun.Compile(ctx, target, gobuild.Platform{OS: "linux", Arch: p.arch}, program, packages, p.stderr); err != nil {
		return err
	}
	if err := gobuild.Archive(program, file); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "wrote %s (linux/%s, %.1f MB)\n", file, p.arch, float64(info.Size())/1e6)
	return err
}
