// Package git works on bare repositories with the git command. Commits are made
// without a work tree, and with a fixed author and date, so that the same content
// on the same parents is the same commit.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Repository is a bare repository in a folder.
type Repository struct{ Dir string }

// Run runs a git command on the repository, and gives what it printed.
func (r Repository) Run(ctx context.Context, args ...string) (string, error) {
	return r.run(ctx, nil, "", args...)
}

func (r Repository) run(ctx context.Context, env []string, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--git-dir", r.Dir}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = strings.NewReader(input)
	// Git takes its locks along when it is told to stop, and can't when it is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

var author = []string{
	"GIT_AUTHOR_NAME=Episoder", "GIT_AUTHOR_EMAIL=episoder@example.com", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
	"GIT_COMMITTER_NAME=Episoder", "GIT_COMMITTER_EMAIL=episoder@example.com", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z",
}

// Ensure makes the repository, with a first commit on main, if it isn't there.
func (r Repository) Ensure(ctx context.Context) error {
	if main, err := r.Head(ctx, "main"); err == nil && main != "" {
		return nil
	}
	if _, err := r.Run(ctx, "init", "--quiet", "--bare", "--initial-branch=main"); err != nil {
		return err
	}
	commit, err := r.Commit(ctx, "", "README.md", "# The show\n", "Begin")
	if err != nil {
		return err
	}
	return r.Move(ctx, "main", commit)
}

// Head gives the commit that a branch is at, "" if there is no such branch.
func (r Repository) Head(ctx context.Context, branch string) (string, error) {
	return r.Run(ctx, "for-each-ref", "--format=%(objectname)", "refs/heads/"+branch)
}

// Move lets a branch be at a commit, and makes it if it isn't there.
func (r Repository) Move(ctx context.Context, branch, commit string) error {
	return r.update(ctx, branch, commit)
}

// Delete takes a branch away; one that isn't there is gone already.
func (r Repository) Delete(ctx context.Context, branch string) error {
	return r.update(ctx, branch, "")
}

// staleLock is how old a lock is when whoever took it was killed: nobody needs it for
// longer than a few milliseconds.
const staleLock = 3 * time.Second

func (r Repository) update(ctx context.Context, branch, commit string) error {
	if err := r.unlock(branch, staleLock); err != nil {
		return err
	}
	args := []string{"update-ref", "refs/heads/" + branch, commit}
	if commit == "" {
		args = []string{"update-ref", "-d", "refs/heads/" + branch}
	}
	_, err := r.Run(ctx, args...)
	if ctx.Err() != nil {
		// Git was told to stop and has ended: told in the wrong moment, it leaves its lock.
		return errors.Join(err, r.unlock(branch, 0))
	}
	return err
}

// unlock takes locks away that are of some age: that of a branch, and that of the
// packed ones, among which a branch is looked for that is taken away.
func (r Repository) unlock(branch string, age time.Duration) error {
	for _, name := range []string{filepath.Join("refs", "heads", filepath.FromSlash(branch)), "packed-refs"} {
		lock := filepath.Join(r.Dir, name+".lock")
		if info, err := os.Stat(lock); err == nil && time.Since(info.ModTime()) >= age {
			if err := os.Remove(lock); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// File gives a file of a commit; ok is false if the commit doesn't have it.
func (r Repository) File(ctx context.Context, commit, path string) (content string, ok bool, err error) {
	blob, err := r.Run(ctx, "ls-tree", "--format=%(objectname)", commit, path)
	if err != nil || blob == "" {
		return "", false, err
	}
	content, err = r.Run(ctx, "cat-file", "blob", blob)
	return content + "\n", err == nil, err
}

// Commit makes a commit that puts one file into the parent's tree; no branch moves.
func (r Repository) Commit(ctx context.Context, parent, path, content, message string) (string, error) {
	folder, err := os.MkdirTemp("", "index-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	env := []string{"GIT_INDEX_FILE=" + filepath.Join(folder, "index")}
	args := []string{"commit-tree", "-m", message}
	if parent != "" {
		if _, err := r.run(ctx, env, "", "read-tree", parent); err != nil {
			return "", err
		}
		args = append(args, "-p", parent)
	}
	blob, err := r.run(ctx, nil, content, "hash-object", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	if _, err := r.run(ctx, env, "", "update-index", "--add", "--cacheinfo", "100644,"+blob+","+path); err != nil {
		return "", err
	}
	tree, err := r.run(ctx, env, "", "write-tree")
	if err != nil {
		return "", err
	}
	return r.run(ctx, author, "", append(args, tree)...)
}

// Merge merges a commit into main, unless it is in there.
func (r Repository) Merge(ctx context.Context, commit, message string) error {
	main, err := r.Head(ctx, "main")
	if err != nil {
		return err
	}
	_, err = r.Run(ctx, "merge-base", "--is-ancestor", commit, main)
	if exit := (*exec.ExitError)(nil); err == nil || !errors.As(err, &exit) || exit.ExitCode() != 1 {
		return err
	}
	tree, err := r.Run(ctx, "merge-tree", "--write-tree", main, commit)
	if err != nil {
		return err
	}
	merged, err := r.run(ctx, author, "", "commit-tree", "-m", message, "-p", main, "-p", commit, tree)
	if err != nil {
		return err
	}
	return r.update(ctx, "main", merged)
}
