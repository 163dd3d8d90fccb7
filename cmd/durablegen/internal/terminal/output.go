package terminal

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cleantext"
)

// Exit ends a command with an exit status when everything has been said. The statuses
// are the same everywhere.
type Exit int

const (
	OK          Exit = 0
	No          Exit = 1   // the answer is no: problems found, something stale, an execution failed
	Cannot      Exit = 2   // the command could not do its work
	Interrupted Exit = 130 // what shells report of a command that Ctrl-C ended
)

func (e Exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// Width is how many columns a stream has; other, if it is no terminal.
func Width(stream any, other int) int {
	if !IsTerminal(stream) {
		return other
	}
	width, _, err := term.GetSize(int(stream.(*os.File).Fd()))
	if err != nil || width < 40 {
		return other
	}
	return width
}

// Colored reports whether text for a stream may have colours.
func Colored(stream any) bool {
	return IsTerminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Diagnostics prints problems for people, in one piece.
func Diagnostics(w io.Writer, set *dsl.SourceSet, ds dsl.Diagnostics) {
	var b bytes.Buffer
	dsl.WriteText(&b, set, ds, Colored(w))
	w.Write(b.Bytes())
}

// Problems prints what is wrong with a JSON text, as the compiler does.
func Problems(w io.Writer, name string, text []byte, problems []payload.Problem) {
	var set dsl.SourceSet
	Diagnostics(w, &set, payload.Diagnostics(set.Add(name, text), problems))
}

// Complain prints an error, each line of several joined ones for itself.
func Complain(w io.Writer, err error) {
	for line := range strings.SplitSeq(strings.TrimRight(cleantext.Text(err.Error()), "\n"), "\n") {
		if line != "" && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			line = "durablegen: " + line
		}
		fmt.Fprintln(w, line)
	}
}
