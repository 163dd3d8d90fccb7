package episoder

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// repository is a bare git repository. Commits are made without a work tree, and
// with a fixed author and date, so that the same content gives the same commit.
type repository struct{ dir string }

// git runs a git command on the repository, and gives what it printed.
func (r repository) git(ctx context.Context, env []string, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--git-dir", r.dir}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

var author = []string{
	"GIT_AUTHOR_NAME=Episoder", "GIT_AUTHOR_EMAIL=episoder@example.com", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
	"GIT_COMMITTER_NAME=Episoder", "GIT_COMMITTER_EMAIL=episoder@example.com", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z",
}

// ensure makes the repository, with a first commit on main, if it isn't there.
func (r repository) ensure(ctx context.Context) error {
	if _, err := r.git(ctx, nil, "", "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	if _, err := r.git(ctx, nil, "", "rev-parse", "--verify", "--quiet", "refs/heads/main"); err == nil {
		return nil
	}
	commit, err := r.commit(ctx, "", "README.md", "# The show\n", "Begin")
	if err != nil {
		return err
	}
	_, err = r.git(ctx, nil, "", "update-ref", "refs/heads/main", commit)
	return err
}

// commit makes a commit that adds one file to the parent's tree; no branch moves.
func (r repository) commit(ctx context.Context, parent, path, content, message string) (string, error) {
	index, err := os.CreateTemp("", "index-*")
	if err != nil {
		return "", err
	}
	index.Close()
	os.Remove(index.Name()) // git makes it; the name is ours
	defer os.Remove(index.Name())
	env := []string{"GIT_INDEX_FILE=" + index.Name()}
	args := []string{"commit-tree", "-m", message}
	if parent != "" {
		if _, err := r.git(ctx, env, "", "read-tree", parent); err != nil {
			return "", err
		}
		args = append(args, "-p", parent)
	}
	blob, err := r.git(ctx, nil, content, "hash-object", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	if _, err := r.git(ctx, env, "", "update-index", "--add", "--cacheinfo", "100644,"+blob+","+path); err != nil {
		return "", err
	}
	tree, err := r.git(ctx, env, "", "write-tree")
	if err != nil {
		return "", err
	}
	return r.git(ctx, author, "", append(args, tree)...)
}
