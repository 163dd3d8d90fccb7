package engine

import "time"

// Function is a Lambda function that the engine can invoke.
type Function struct {
	Name    string
	Invoker Invoker

	// Timeout bounds one invocation; 0 is 15 minutes.
	Timeout time.Duration

	// ExecutionTimeout bounds a whole execution; 0 is 366 days, the longest.
	ExecutionTimeout time.Duration

	// RetentionDays is how long a closed execution is kept; 0 is 14.
	RetentionDays int

	// Plain marks an ordinary function, without durable executions: it gets the
	// caller's event as it is, and its answer is the result.
	Plain bool

	// Versions besides $LATEST that may be invoked; all run the same code. Aliases lead to $LATEST or one of them.
	Versions []string
	Aliases  map[string]string
}
