// Package profile keeps on file what the executions of a test suite have done, for those who
// count what of a workflow the suite has taken.
//
// A profile is a folder. Each process that runs tests adds a file of its own, of one JSON
// object a line:
//
//	{"package":"example.com/shop","workflow":"fulfilOrder","flow":"3f0c…","events":[…],"checkpoints":[…]}
package profile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Ext is how the name of a file of a profile ends.
const Ext = ".durablecov"

// Run is what one execution has done.
type Run struct {
	Package     string       `json:"package"` // import path of the workflow's Go package
	Workflow    string       `json:"workflow"`
	Flow        string       `json:"flow"`   // the [Digest] of the package's source files when the test ran
	Events      []wire.Event `json:"events"` // without data and times
	Checkpoints []Checkpoint `json:"checkpoints,omitempty"`
}

// Checkpoint says of an operation that checkpoints have named whether the process was killed
// with one, and the execution has gone on in another process: before the service got it, and
// after.
type Checkpoint struct {
	Operation string `json:"id"`
	Before    bool   `json:"before,omitempty"`
	After     bool   `json:"after,omitempty"`
}

// Digest tells one version of the source files of a folder from another. It is empty if
// there are none.
func Digest(dir string) (string, error) {
	names, err := filepath.Glob(filepath.Join(escape(dir), "*.flow"))
	if err != nil || len(names) == 0 {
		return "", err
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%d %s %d\n", len(filepath.Base(name)), filepath.Base(name), len(text))
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// escape writes the name of a folder so that none of its characters has a meaning in a
// pattern.
func escape(dir string) string {
	var b bytes.Buffer
	for _, r := range dir {
		if r == '*' || r == '?' || r == '[' || r == '\\' && filepath.Separator != '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Writer adds to a profile. Its methods may be called concurrently.
type Writer struct {
	mu   sync.Mutex
	file *os.File
	seen map[[sha256.Size]byte]bool
}

// Create adds a file to the profile in a folder, which it makes if need be. name says of
// whom it is; a number makes it the only one.
func Create(dir, name string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, name+"-*"+Ext)
	if err != nil {
		return nil, err
	}
	return &Writer{file: file, seen: map[[sha256.Size]byte]bool{}}, nil
}

// Add writes a run, unless it has written one like it.
func (w *Writer) Add(r *Run) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(line)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[sum] {
		return nil
	}
	w.seen[sum] = true
	_, err = w.file.Write(append(line, '\n')) // in one, so that a process that is killed leaves whole lines
	return err
}

// Read gives the runs of the profile in a folder, those that are alike once. cut names the
// files whose last line is not whole: of a process that was killed as it wrote.
func Read(dir string) (runs []*Run, cut []string, err error) {
	names, err := filepath.Glob(filepath.Join(escape(dir), "*"+Ext))
	if err != nil {
		return nil, nil, err
	}
	seen := map[[sha256.Size]byte]bool{}
	for _, name := range names {
		whole, err := readFile(name, seen, &runs)
		if err != nil {
			return nil, nil, err
		}
		if !whole {
			cut = append(cut, name)
		}
	}
	return runs, cut, nil
}

func readFile(name string, seen map[[sha256.Size]byte]bool, runs *[]*Run) (whole bool, err error) {
	file, err := os.Open(name)
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, words.Cause(err))
	}
	defer file.Close()
	in := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF):
			return len(line) == 0, nil
		case err != nil:
			return false, fmt.Errorf("%s: %w", name, words.Cause(err))
		}
		sum := sha256.Sum256(line)
		if seen[sum] {
			continue
		}
		seen[sum] = true
		run := new(Run)
		if err := json.Unmarshal(line, run); err != nil {
			return false, fmt.Errorf("%s:%d: not a line of a coverage profile: %w", name, number, err)
		}
		*runs = append(*runs, run)
	}
}
