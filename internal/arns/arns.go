// Package arns says what the ARN of a Lambda function or of a durable execution says:
//
//	arn:aws:lambda:eu-west-1:111122223333:function:orders:7
//	arn:aws:lambda:eu-west-1:111122223333:function:orders:7/durable-execution/order-42/5f0c2b1e
package arns

import "strings"

// ARN is the ARN of an execution, or of the function when Name and ID are empty.
type ARN struct {
	Partition       string // aws if it is empty
	Region, Account string
	Function        string // its name
	Version         string // a number, an alias or $LATEST; empty in that of a function alone
	Name, ID        string // of the execution
}

// MaxName is how long the name of an execution may be.
const MaxName = 64

const execution = "/durable-execution/"

// Parse reads an ARN; false if it is neither that of a function nor of an execution. It
// does not judge the letters of the parts.
func Parse(text string) (a ARN, ok bool) {
	function, rest, of := strings.Cut(text, execution)
	parts := strings.Split(function, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function" {
		return ARN{}, false
	}
	a = ARN{Partition: parts[1], Region: parts[3], Account: parts[4], Function: parts[6]}
	if len(parts) == 8 {
		a.Version = parts[7]
	}
	if of {
		if a.Name, a.ID, ok = strings.Cut(rest, "/"); !ok || a.Version == "" {
			return ARN{}, false
		}
	}
	return a, true
}

// IsName reports whether the service takes a text as the name of an execution.
func IsName(text string) bool {
	return text != "" && len(text) <= MaxName && strings.Trim(text, nameLetters) == ""
}

// IsAlias reports whether an alias may have a name: up to 128 letters, digits, `-` and `_`, and
// no number.
func IsAlias(text string) bool {
	return text != "" && len(text) <= 128 && strings.Trim(text, nameLetters) == "" && strings.Trim(text, "0123456789") != ""
}

// nameLetters are those of the names of functions and executions.
const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// FunctionARN is the ARN of the function, with its version.
func (a ARN) FunctionARN() string {
	partition := a.Partition
	if partition == "" {
		partition = "aws"
	}
	text := "arn:" + partition + ":lambda:" + a.Region + ":" + a.Account + ":function:" + a.Function
	if a.Version != "" {
		text += ":" + a.Version
	}
	return text
}

// String is the ARN as text.
func (a ARN) String() string {
	if a.Name == "" {
		return a.FunctionARN()
	}
	return a.FunctionARN() + execution + a.Name + "/" + a.ID
}

// Short names an execution as FUNCTION/NAME.
func (a ARN) Short() string { return a.Function + "/" + a.Name }

// Pinned tells whether the version is a number, so that its code is always the same.
func (a ARN) Pinned() bool {
	return a.Version != "" && strings.Trim(a.Version, "0123456789") == ""
}

// IsFunction reports whether a text names a function as its caller may: `name`, `name:qualifier`, these
// behind an account, `111122223333:function:name`, or an ARN.
func IsFunction(text string) bool {
	if len(text) > 256 {
		return false
	}
	parts := strings.Split(text, ":")
	word := func(s, more string, most int) bool {
		return s != "" && len(s) <= most && strings.Trim(s, nameLetters+more) == ""
	}
	if parts[0] == "arn" {
		if len(parts) != 7 && len(parts) != 8 || parts[2] != "lambda" || parts[5] != "function" {
			return false
		}
	}
	parts = parts[before(parts):]
	return len(parts) <= 2 && word(parts[0], "", 64) && (len(parts) == 1 || word(parts[1], "$.", 128))
}

// FunctionOf takes such a text apart: the function's own name, and its version or alias, which may be empty.
func FunctionOf(text string) (name, qualifier string) {
	parts := strings.Split(text, ":")
	parts = parts[before(parts):]
	if len(parts) > 1 {
		qualifier = parts[1]
	}
	return parts[0], qualifier
}

// before is how many parts stand before the name of a function.
func before(parts []string) int {
	switch {
	case parts[0] == "arn" && len(parts) > 6:
		return 6
	case len(parts) > 2 && parts[1] == "function":
		return 2
	}
	return 0
}
