package main

import (
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/internal/words"
)

// length is the value of a flag for a duration, which is written as in the language.
type length time.Duration

func (d *length) Set(text string) error {
	v, err := answers.Duration(text)
	*d = length(v)
	return err
}

func (d *length) String() string {
	if *d == 0 {
		return ""
	}
	return words.Duration(time.Duration(*d))
}

func (d *length) Type() string { return "duration" }

// lengthVar declares a flag for a duration; what d has at first applies without it.
func lengthVar(f *pflag.FlagSet, d *time.Duration, name, usage string) {
	f.Var((*length)(d), name, usage)
}

// oneOf refuses a value of a flag that is none of those known.
func oneOf(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return usagef("%s %s: must be one of %s", flag, value, words.List(known))
}
