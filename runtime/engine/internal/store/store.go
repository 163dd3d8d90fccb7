// Package store keeps the facts of executions, in a SQLite file ([Open]) or in
// memory ([Memory]).
//
// The log of facts is the record. A row of it is what one command led to for one
// execution; rows are numbered in the order of their commits, without gaps, and never change. Beside
// it stands one row per execution, enough to find and list executions without
// reading their facts; and one per function of which something was published.
package store

import (
	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Execution is what can be known of an execution without its facts.
type Execution struct {
	Key       int64 // in this store
	ARN       core.ARN
	Status    wire.ExecutionStatus
	Start     wire.Time
	End       wire.Time // 0 while it runs or is paused
	Expires   wire.Time // when it is forgotten; 0 while it runs
	InputHash [32]byte
	Damage    error // what is wrong with what was read; nil: nothing
}

// Write is what one command led to for one execution.
type Write struct {
	Key       int64
	Facts     []core.Fact
	LastEvent int        // number of the last event so far
	Execution *Execution // if it is new or has changed
}

// Row is one write as it was stored.
type Row struct {
	Seq       int64
	Execution Execution
	Facts     []core.Fact
	Damage    error // why there are no facts; nil: there are
}

// Query selects executions. They are ordered by Key, which is the order in which
// they were started.
type Query struct {
	Function, Version, Name string
	Statuses                []wire.ExecutionStatus
	After, Before           wire.Time // of Start, exclusive; 0: open
	ExpiresAfter            wire.Time // leaves out those that have been forgotten by then
	OldestFirst             bool
	From                    int64 // Key of the last one of the page before; 0: from the beginning
	Limit                   int
}

// Function is what has been published of a function, its versions and aliases.
type Function struct {
	Name      string
	Published []byte // JSON
	Damage    error  // what is wrong with what was read; nil: nothing
}

// Info is what a store knows when it is opened.
type Info struct {
	LastSeq  int64
	LastKey  int64
	LastTime wire.Time // of the last fact
	Offset   int64     // how far the engine's time is ahead of its clock, in milliseconds
}

// Store keeps executions. Its methods may be used from any goroutine.
type Store interface {
	Info() Info

	// Commit stores writes, all or none, and returns once they are safe. The first
	// gets the number returned, the others follow it.
	Commit(ws []Write) (seq int64, err error)

	// SetOffset is stored with the next commit.
	SetOffset(ms int64)

	// Rewind forgets the times of what is stored: Info's Offset and LastTime are those of what is
	// committed from now on.
	Rewind() error

	// Facts gives the facts of an execution in order. What can't be read as it was written is a
	// *DamageError.
	Facts(key int64) ([]core.Fact, error)

	// Events gives facts of an execution that are events, in order: those with numbers greater
	// than after, or, newest first, those with numbers smaller than it. It gives at least limit of them if there
	// are so many, or as many as are stored in about so many bytes, and one at least; 0 means all.
	Events(key int64, after int, newestFirst bool, limit, bytes int) ([]core.Fact, error)

	// Outermost gives the facts with which each of some executions begins, or those with which it has ended
	// so far: what the first or the last command led to. What can't be read is left out.
	Outermost(keys []int64, last bool) (map[int64][]core.Fact, error)

	// Rows gives rows with numbers greater than seq, in order: limit of them, or fewer if they are large.
	Rows(seq int64, limit int) ([]Row, error)

	// ByName finds an execution; nil if there is none.
	ByName(function, name string) (*Execution, error)

	List(q Query) ([]Execution, error)
	Running() ([]Execution, error) // those that have not ended, paused ones too

	// Forget deletes executions that have expired.
	Forget(now wire.Time) error

	// Delete deletes one execution.
	Delete(key int64) error

	// Functions gives all functions that SetFunction has stored, by name.
	Functions() ([]Function, error)

	// SetFunction stores what has been published of a function in place of what there was. It returns once
	// that is safe.
	SetFunction(name string, published []byte) error

	// Tend is to be called now and then: it gives back what the store has no use for, and tells
	// when the store can't keep anything any more.
	Tend() error

	Close() error
}
