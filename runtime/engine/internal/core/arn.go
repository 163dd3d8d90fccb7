package core

import (
	"regexp"
	"strings"
)

// ARN names a durable execution.
type ARN struct {
	Region, Account   string
	Function, Version string
	Name, ID          string
}

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
	if len(s) > 1024 {
		return ARN{}, false
	}
	m := arnPattern.FindStringSubmatch(s)
	if m == nil {
		return ARN{}, false
	}
	return ARN{Region: m[2], Account: m[3], Function: m[4], Version: m[5], Name: m[6], ID: m[7]}, true
}

// IDOf gives the last segment of an execution's ARN without checking the rest.
func IDOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// FunctionARN is the ARN of the function's version.
func (a ARN) FunctionARN() string {
	return "arn:aws:lambda:" + a.Region + ":" + a.Account + ":function:" + a.Function + ":" + a.Version
}

// String is the ARN as text.
func (a ARN) String() string {
	return a.FunctionARN() + "/durable-execution/" + a.Name + "/" + a.ID
}
