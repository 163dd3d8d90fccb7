package core

import (
	"regexp"
	"strings"

	"github.com/durablegen/durablegen/internal/arns"
)

// ARN names a durable execution.
type ARN = arns.ARN

const arnRule = `arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST(?:\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)`

// CheckARN refuses what is no execution's ARN.
func CheckARN(s string) error {
	if _, ok := ParseARN(s); ok {
		return nil
	}
	var c Constraints
	c.Want(len(s) <= 1024, s, "durableExecutionArn", "have length less than or equal to 1024")
	c.Want(arnPattern.MatchString(s), s, "durableExecutionArn", "satisfy regular expression pattern: "+arnRule)
	return c.Err()
}

var arnPattern = regexp.MustCompile("^" + arnRule + "$")

// ParseARN reads an execution's ARN.
func ParseARN(s string) (ARN, bool) {
	if len(s) > 1024 || !arnPattern.MatchString(s) {
		return ARN{}, false
	}
	return arns.Parse(s)
}

// IDOf gives the last segment of an execution's ARN without checking the rest.
func IDOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
