package revision

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/internal/words"
)

// tree is what a repository holds at a revision.
type tree struct {
	top     string // the folder of the repository
	rev     string // as it was given
	commit  string
	entries []entry
}

// entry is a file of a tree, or a repository in it.
type entry struct {
	name   string // with slashes, from the top
	object string
	kind   entryKind
}

type entryKind int

const (
	regular   entryKind = iota
	link                // a symbolic one
	submodule           // object is a commit of another repository
)

// open reads the tree of the repository around a folder.
func open(dir, rev string) (*tree, error) {
	line, err := git(dir, nil, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, outside(dir, err)
	}
	t := &tree{top: strings.TrimRight(string(line), "\r\n"), rev: rev}
	if line, err = git(dir, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}"); err != nil {
		return nil, errors.New(unknownRevision(dir, rev))
	}
	t.commit = strings.TrimSpace(string(line))
	listing, err := git(t.top, nil, "ls-tree", "-r", "-z", "--full-tree", t.commit)
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(strings.TrimRight(string(listing), "\x00"), "\x00") {
		head, name, ok := strings.Cut(line, "\t")
		fields := strings.Fields(head) // mode, type and object
		if !ok || len(fields) != 3 {
			continue
		}
		e := entry{name: name, object: fields[2]}
		switch fields[0] {
		case "120000":
			e.kind, e.object = link, t.commit+":"+name
		case "160000":
			e.kind = submodule
		}
		t.entries = append(t.entries, e)
	}
	return t, nil
}

// File gives the text of a file at a revision; nil if it was not there.
func File(rev, path string) ([]byte, error) {
	dir := filepath.Dir(path)
	t, err := open(dir, rev)
	if err != nil {
		return nil, err
	}
	within, err := t.relative(dir)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(within+"/"+filepath.Base(path), "./")
	for _, e := range t.entries {
		if e.name == name {
			texts, err := t.read([]entry{e})
			if err != nil {
				return nil, err
			}
			return texts[0], nil
		}
	}
	return nil, nil
}

// outside says what is wrong where git gives no repository.
func outside(dir string, err error) error {
	if errors.Is(err, errNoGit) {
		return err
	}
	if text := err.Error(); !strings.Contains(text, "not a git repository") && !strings.Contains(text, "must be run in a work tree") {
		return err
	}
	return fmt.Errorf("%s: this is no work tree of git, so nobody knows what it was before; name both versions: `durablegen diff OLD NEW`", dir)
}

// unknownRevision says what may help where git does not know a revision.
func unknownRevision(dir, rev string) string {
	text := fmt.Sprintf("git knows no revision %q here", rev)
	shallow, _ := git(dir, nil, "rev-parse", "--is-shallow-repository")
	switch {
	case !isRevision(dir, "HEAD"):
		return text + ": nothing is committed yet"
	case isRevision(dir, "origin/"+rev):
		return text + fmt.Sprintf(", but origin/%s", rev)
	case strings.TrimSpace(string(shallow)) == "true":
		return text + ": this clone is shallow; fetch what is missing with `git fetch --unshallow`, in a workflow of GitHub with `fetch-depth: 0` at actions/checkout"
	}
	return text + "; `git branch --all` and `git tag` list what there is"
}

// isRevision reports whether git knows a revision in a folder, or in the nearest one above
// that is there.
func isRevision(dir, rev string) bool {
	for !isDir(dir) {
		dir = filepath.Dir(dir)
	}
	_, err := git(dir, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	return err == nil
}

// read gives the texts of entries, in their order. One that leads nowhere has none.
func (t *tree) read(entries []entry) ([][]byte, error) {
	var ask strings.Builder
	for _, e := range entries {
		ask.WriteString(e.object + "\n")
	}
	out, err := git(t.top, strings.NewReader(ask.String()), "cat-file", "--batch", "--follow-symlinks")
	if err != nil {
		return nil, err
	}
	r := bufio.NewReader(bytes.NewReader(out))
	texts := make([][]byte, len(entries))
	for i := range entries {
		head, err := r.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("git cat-file: %w", err)
		}
		fields := strings.Fields(head)
		size, err := strconv.Atoi(fields[len(fields)-1])
		switch {
		case err != nil: // "… missing": of a clone that holds no texts, which fetches them only one by one
			return nil, fmt.Errorf("git does not have the text of %s at %s", entries[i].name, t.rev)
		case len(fields) == 3 && fields[1] == "blob":
			texts[i] = make([]byte, size)
			if _, err := io.ReadFull(r, texts[i]); err != nil {
				return nil, fmt.Errorf("git cat-file: %w", err)
			}
		case len(fields) == 3: // a link to a folder
			if _, err := r.Discard(size); err != nil {
				return nil, fmt.Errorf("git cat-file: %w", err)
			}
		default: // a link that leads nowhere, or out of the repository: "dangling", "symlink" and a path of that size
			if _, err := r.Discard(size); err != nil {
				return nil, fmt.Errorf("git cat-file: %w", err)
			}
		}
		if _, err := r.Discard(1); err != nil {
			return nil, fmt.Errorf("git cat-file: %w", err)
		}
	}
	return texts, nil
}

// relative gives a folder as git names it, below the top of a repository.
func (t *tree) relative(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	// The top that git gives has no symbolic links in it.
	rest, known := "", abs
	for !isDir(known) { // a folder that is gone lies where those above it do
		rest, known = filepath.Join(filepath.Base(known), rest), filepath.Dir(known)
	}
	abs, top := filepath.Join(absolute(known), rest), absolute(t.top)
	rel, err := filepath.Rel(top, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s: lies outside of the repository %s", dir, top)
	}
	return filepath.ToSlash(rel), nil
}

var errNoGit = errors.New("the `git` command was not found; give two folders or files to compare without it")

// git runs a command of git in a folder.
func git(dir string, stdin io.Reader, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C") // what it says is looked at
	cmd.Stdin = stdin
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	switch err := cmd.Run(); {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errNoGit
	case err != nil:
		text := words.FirstLine(strings.TrimSpace(complaint.String()))
		if text == "" {
			text = err.Error()
		}
		return nil, fmt.Errorf("git %s: %s", args[0], text)
	}
	return out.Bytes(), nil
}
