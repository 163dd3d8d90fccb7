package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// packagesFile names the packages that a data folder is for, a line each.
const packagesFile = "packages"

// Belong notes which packages the folder is for.
func (d Data) Belong(packages []string) error {
	path := filepath.Join(d.Dir, packagesFile)
	text := strings.Join(packages, "\n") + "\n"
	if was, err := os.ReadFile(path); err == nil && string(was) == text {
		return nil
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("%s: can't be written: %w", path, words.Cause(err))
	}
	return nil
}

// Stored is a data folder with what it holds.
type Stored struct {
	Data
	Packages []string // the folders of the packages that it is for; none: nobody knows
	Runs     int      // executions of `run`
	Served   bool     // `dev` has served from it
	Bytes    int64
	Used     time.Time // when something in it was written last
}

// AllStored lists the data folders in the user's state folder, the one used last first.
func AllStored() ([]Stored, error) {
	state, err := stateFolder()
	if err != nil {
		return nil, err
	}
	root := filepath.Join(state, "durablegen")
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: can't be read: %w", root, words.Cause(err))
	}
	var all []Stored
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, ReadStored(filepath.Join(root, e.Name())))
		}
	}
	slices.SortFunc(all, func(a, b Stored) int { return b.Used.Compare(a.Used) })
	return all, nil
}

// ReadStored looks at a data folder.
func ReadStored(dir string) Stored {
	s := Stored{Data: Data{dir}}
	if text, err := os.ReadFile(filepath.Join(dir, packagesFile)); err == nil {
		s.Packages = strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	stores := s.Stores()
	s.Served = slices.Contains(stores, dir)
	s.Runs = len(stores)
	if s.Served {
		s.Runs--
	}
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			s.Bytes += info.Size()
			if info.ModTime().After(s.Used) {
				s.Used = info.ModTime()
			}
		}
		return nil
	})
	return s
}

// Stores gives the folders of the stores in a data folder: that of `dev` first, then those of `run`.
func (d Data) Stores() []string {
	var dirs []string
	if exists(filepath.Join(d.Dir, "durablegen.db")) {
		dirs = append(dirs, d.Dir)
	}
	entries, _ := os.ReadDir(filepath.Join(d.Dir, "executions"))
	for _, e := range entries {
		if dir := d.Execution(e.Name()); exists(filepath.Join(dir, "durablegen.db")) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// ours are the names of what a data folder holds.
var ours = regexp.MustCompile(`^(bin(/(bootstrap|program-.*|code|dev|next|tmp))?|work|executions|values|console|packages|durablegen\..*)$`)

// foreign lists what else lies there.
func (d Data) foreign() []string {
	var names []string
	for _, dir := range []string{"", "bin"} {
		entries, _ := os.ReadDir(filepath.Join(d.Dir, dir))
		for _, e := range entries {
			if name := path.Join(dir, e.Name()); !ours.MatchString(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Clear removes a data folder with all that it holds. One that is in use, or holds what is not
// ours, is left alone and told, and so is one in which executions have not ended, unless these
// may go, too.
func (d Data) Clear(ctx context.Context, running bool) error {
	if names := d.foreign(); len(names) > 0 {
		return fmt.Errorf("%s: holds more than `run` and `dev` keep there (%s); remove what you don't need yourself", d.Dir, strings.Join(names, ", "))
	}
	var open []string
	for _, dir := range d.Stores() {
		e, err := engine.New(engine.Options{Dir: dir})
		if err != nil {
			return fmt.Errorf("%s: %w", d.Dir, err)
		}
		page, err := e.ListExecutions(ctx, engine.ExecutionFilter{Statuses: []wire.ExecutionStatus{wire.ExecutionRunning, wire.ExecutionPausing, wire.ExecutionPaused}})
		if err := errors.Join(err, e.Close()); err != nil {
			return fmt.Errorf("%s: %w", d.Dir, err)
		}
		for _, x := range page.Executions {
			open = append(open, x.Function+"/"+x.Name)
		}
	}
	if len(open) > 0 && !running {
		more := ""
		if n := len(open) - 3; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
			open = open[:3]
		}
		return fmt.Errorf("%s: %s%s not ended; --running clears them, too", d.Dir, strings.Join(open, ", "), more+have(len(open)))
	}
	if err := os.RemoveAll(d.Dir); err != nil {
		return fmt.Errorf("%s: can't be removed: %w", d.Dir, words.Cause(err))
	}
	return nil
}

func have(n int) string {
	if n == 1 {
		return " has"
	}
	return " have"
}
