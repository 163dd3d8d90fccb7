package engine

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Function is a Lambda function that the engine can invoke.
type Function struct {
	Name    string
	Invoker Invoker

	// Timeout bounds one invocation; 0 is 15 minutes.
	Timeout time.Duration

	// ExecutionTimeout bounds a whole execution; 0 is [wire.DefaultExecutionTimeout]. One
	// that may take more than [MaxSyncTimeout] can be started asynchronously only.
	ExecutionTimeout time.Duration

	// RetentionDays is how long a closed execution is kept; 0 is 14.
	RetentionDays int

	// Plain marks an ordinary function, without durable executions: it gets the
	// caller's event as it is, and its answer is the result.
	Plain bool

	// Code is the SHA-256 of what Invoker runs, in hexadecimal; empty: nobody knows it. It is what
	// tells, when a version is published, whether the function has changed since the last one.
	Code string

	// Versions besides $LATEST that may be invoked, numbers as texts; as long as none of that number is
	// published, they run the code of $LATEST. Aliases lead to $LATEST or one of them, until
	// they are made or changed by CreateAlias or UpdateAlias.
	Versions []string
	Aliases  map[string]string

	deleting bool // it is a version that was deleted; executions still run on it
}

// MaxSyncTimeout is the longest time that the executions of a function may take for a caller to wait for
// one.
const MaxSyncTimeout = 15 * time.Minute

const (
	latest              = "$LATEST"
	maxExecutionSeconds = 31_622_400 // 366 days
)

var (
	functionName  = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	versionNumber = regexp.MustCompile(`^[0-9]{1,19}$`)
)

// fill checks a function and puts in what was left out.
func (f *Function) fill() error {
	switch {
	case !functionName.MatchString(f.Name):
		return fmt.Errorf("engine: %q is no name for a function: it has 1 to 64 letters, digits, hyphens and underscores", f.Name)
	case f.Invoker == nil:
		return fmt.Errorf("engine: function %s has no invoker", f.Name)
	case f.Timeout < 0:
		return fmt.Errorf("engine: function %s has a negative time-out", f.Name)
	case f.ExecutionTimeout < 0 || f.ExecutionTimeout > maxExecutionSeconds*time.Second:
		return fmt.Errorf("engine: the executions of function %s may take from 1 second to 366 days, not %v", f.Name, f.ExecutionTimeout)
	case f.RetentionDays < 0 || f.RetentionDays > 90:
		return fmt.Errorf("engine: the executions of function %s may be kept from 1 to 90 days, not %d", f.Name, f.RetentionDays)
	}
	if f.Timeout == 0 {
		f.Timeout = 15 * time.Minute
	}
	if f.ExecutionTimeout == 0 {
		f.ExecutionTimeout = wire.DefaultExecutionTimeout
	}
	if f.RetentionDays == 0 {
		f.RetentionDays = 14
	}
	for _, version := range f.Versions {
		if !versionNumber.MatchString(version) {
			return fmt.Errorf("engine: %q is no version of function %s: a version is a number", version, f.Name)
		}
	}
	for alias, version := range f.Aliases {
		if version != latest && !slices.Contains(f.Versions, version) {
			return fmt.Errorf("engine: alias %s of function %s leads to version %s, which it doesn't have", alias, f.Name, version)
		}
	}
	return nil
}

func (f *Function) executionSeconds() int {
	return int((f.ExecutionTimeout + time.Second - 1) / time.Second)
}

// target is what a function's name in a request leads to.
type target struct {
	function  *Function
	arn       core.ARN // Name and ID empty
	qualified bool
	alias     *Alias  // by which it was named, if that leads to two versions
	served    *served // nil: nothing of the name is known here
	err       *wire.APIError
}

// choose goes to one of the versions that an alias leads to; see [Alias.choose].
func (t *target) choose(key string) {
	if t.alias != nil {
		t.arn.Version = t.alias.choose(key)
		t.function = t.served.version(t.arn.Version)
	}
}

// open refuses to begin something on a version that is being deleted.
func (t *target) open() error {
	if t.function.deleting {
		return errDeleting(t.arn.Version)
	}
	return nil
}

// functionRef is a name taken apart: name, name:qualifier, account:function:name[:qualifier],
// or arn:aws:lambda:region:account:function:name[:qualifier].
var functionRef = regexp.MustCompile(`^(?:(?:arn:[a-zA-Z0-9-]+:lambda:([a-zA-Z0-9-]+):)?(\d{12}):function:)?([a-zA-Z0-9_-]{1,64})(?::([a-zA-Z0-9$._-]{1,128}))?$`)

// resolve finds the function that a request names.
func (e *Engine) resolve(ref, qualifier string) target {
	m := functionRef.FindStringSubmatch(ref)
	if m == nil {
		return target{err: core.Validation("1 validation error detected: Value '" + ref + "' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?")}
	}
	if m[4] != "" && qualifier != "" && m[4] != qualifier {
		return target{err: &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "The derived qualifier from the function name does not match the specified qualifier."}}
	}
	t := target{arn: core.ARN{Region: e.opts.Region, Account: e.opts.Account, Function: m[3], Version: latest}}
	if m[4] != "" {
		qualifier = m[4]
	}
	t.qualified = qualifier != ""
	e.mu.Lock()
	if (m[1] == "" || m[1] == e.opts.Region) && (m[2] == "" || m[2] == e.opts.Account) {
		t.served = e.functions[m[3]]
	}
	e.mu.Unlock()
	known := t.served != nil
	if known && t.qualified {
		t.arn.Version = qualifier
		if a, ok := t.served.alias(qualifier); ok {
			t.arn.Version = a.Version
			if len(a.Weights) > 0 {
				t.alias = &a
			}
		}
	}
	if known && t.served.has(t.arn.Version) {
		t.function = t.served.version(t.arn.Version)
	} else {
		arn := "arn:aws:lambda:" + orElse(m[1], e.opts.Region) + ":" + orElse(m[2], e.opts.Account) + ":function:" + m[3]
		if t.qualified {
			arn += ":" + qualifier
		}
		t.err = &wire.APIError{Code: core.CodeNotFound, Message: "Function not found: " + arn, HTTPStatus: 404}
	}
	return t
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// errUnqualified refuses a durable function that was named without a version.
func errUnqualified() *wire.APIError {
	return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "You cannot invoke a durable function using an unqualified ARN."}
}

// checkSync refuses to have a caller wait for what may take too long: not for what it will take.
func (f *Function) checkSync() error {
	if f.Plain || f.ExecutionTimeout <= MaxSyncTimeout {
		return nil
	}
	return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400,
		Message: "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."}
}

// checkHome finds out what no function can be invoked by, whatever functions there are.
func (e *Engine) checkHome(ref string) core.Target {
	m := functionRef.FindStringSubmatch(ref)
	refuse := func(message string) core.Target {
		return core.Target{Refusal: &wire.APIError{Code: core.CodeInvalidParameter, Message: message, HTTPStatus: 400}}
	}
	if m == nil {
		return core.Target{Failure: &wire.ErrorObject{ErrorType: core.CodeInvalidParameter, ErrorMessage: "Invalid function ARN '" + ref + "'"}}
	}
	if m[2] != "" && m[2] != e.opts.Account {
		return refuse("Cannot start a CHAINED_INVOKE on a function in another account.")
	}
	if m[1] != "" && m[1] != e.opts.Region {
		return refuse("Cannot start a CHAINED_INVOKE on a function in another region.")
	}
	return core.Target{}
}

// resolveChained finds the registered function that is the target of a chained invoke.
func (e *Engine) resolveChained(ref string) core.Target {
	fail := func(err *wire.APIError) core.Target {
		return core.Target{Failure: &wire.ErrorObject{ErrorType: err.Code, ErrorMessage: err.Message}}
	}
	t := e.resolve(ref, "")
	switch {
	case t.err != nil:
		return fail(t.err)
	case !t.function.Plain && !t.qualified:
		return fail(errUnqualified())
	}
	t.choose(core.FormatID(random16()))
	if t.function.deleting {
		return fail(errDeleting(t.arn.Version))
	}
	return core.Target{
		Durable: !t.function.Plain, ARN: t.arn,
		ExecutionTimeout: t.function.executionSeconds(), RetentionDays: t.function.RetentionDays,
	}
}

// plainOutcome is what the answer of a plain function means for the chained invoke.
func plainOutcome(op string, out []byte, err error) core.ChainedDone {
	switch {
	case err != nil:
		return core.ChainedDone{Op: op, Status: wire.StatusFailed, Error: invocationFailure(err)}
	case !utf8.Valid(out):
		return core.ChainedDone{Op: op, Status: wire.StatusFailed, Error: &wire.ErrorObject{
			ErrorType: core.CodeInvalidParameter, ErrorMessage: "CHAINED_INVOKE response could not be decoded as UTF-8.",
		}}
	}
	result := string(out)
	return core.ChainedDone{Op: op, Status: wire.StatusSucceeded, Result: &result}
}

// functionError is the body that a failed Invoke answers with.
type functionError struct {
	ErrorMessage string   `json:"errorMessage"`
	ErrorType    string   `json:"errorType"`
	ErrorData    string   `json:"errorData,omitempty"`
	StackTrace   []string `json:"stackTrace,omitempty"`
}

func functionErrorBody(o *wire.ErrorObject) []byte {
	var f functionError
	if o != nil {
		f = functionError{o.ErrorMessage, o.ErrorType, o.ErrorData, o.StackTrace}
	}
	b, _ := json.Marshal(f)
	return b
}
