// Package queue is a queue of transcription jobs: a table in a SQLite file that
// the workflow's steps and the transcriber's process share.
package queue

import (
	"context"
	"database/sql"
	"errors"

	"github.com/durablegen/durablegen/examples/internal/store"
)

const schema = `
CREATE TABLE IF NOT EXISTS jobs (callback_id TEXT PRIMARY KEY, episode TEXT NOT NULL, audio TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0);
`

// Job asks for the transcript of an audio; CallbackID is where the answer goes.
type Job struct{ CallbackID, Episode, Audio string }

// Queue is the table.
type Queue struct{ store *store.Store }

// Open gives the queue in the SQLite file at path.
func Open(path string) *Queue { return &Queue{store: store.New(path, schema)} }

// Put enters a job, once for each callback.
func (q *Queue) Put(ctx context.Context, job Job) error {
	return q.store.Exec(ctx, `INSERT INTO jobs (callback_id, episode, audio) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		job.CallbackID, job.Episode, job.Audio)
}

// Next gives a job that isn't done; ok is false if there is none. A job stays in
// the queue until Done, so that one whose worker died is taken again.
func (q *Queue) Next(ctx context.Context) (job Job, ok bool, err error) {
	err = q.store.Row(ctx, []any{&job.CallbackID, &job.Episode, &job.Audio},
		`SELECT callback_id, episode, audio FROM jobs WHERE done = 0 ORDER BY rowid LIMIT 1`)
	if errors.Is(err, sql.ErrNoRows) {
		return Job{}, false, nil
	}
	return job, err == nil, err
}

// Done takes a job out.
func (q *Queue) Done(ctx context.Context, job Job) error {
	return q.store.Exec(ctx, `UPDATE jobs SET done = 1 WHERE callback_id = ?`, job.CallbackID)
}

// Jobs gives how many jobs were ever entered.
func (q *Queue) Jobs(ctx context.Context) (n int, err error) {
	err = q.store.Row(ctx, []any{&n}, `SELECT count(*) FROM jobs`)
	return n, err
}

// Close closes the file.
func (q *Queue) Close() error { return q.store.Close() }
