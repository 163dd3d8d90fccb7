package terminal

import (
	"encoding/json"
	"strings"

	"github.com/durablegen/durablegen/internal/jsonscan"
)

// known are the attributes of a record that say where it comes from, and when: the page
// and the log file have places of their own for them.
var known = map[string]bool{
	"timestamp": true, "time": true, "level": true, "message": true, "msg": true, "function": true, "durableExecutionArn": true, "executionArn": true,
	"requestId": true, "operationId": true, "operationName": true, "operation": true, "attempt": true,
}

// own is what a record of the runtime's own has as its logger.
const own = "durable"

// FailureTold reports whether a line that a function wrote tells of a failure which the
// history tells, too, and whether that is the end of an execution.
func FailureTold(line string) (told, end bool) {
	var record struct {
		Logger, Message string
	}
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &record) != nil || record.Logger != own {
		return false, false
	}
	switch record.Message {
	case "execution failed":
		return true, true
	case "attempt failed", "panic":
		return true, false
	}
	return false, false
}

// LogText gives what a line that a function wrote says to people: the message of a JSON
// record and its attributes, as NAME=VALUE, else the line itself. level is empty if the
// line tells none.
func LogText(line string) (text, level string) {
	var message string
	var attributes []string
	ours := false // what the runtime says of an operation, not what is said in it
	scan, err := jsonscan.New(line)
	if err != nil || !strings.HasPrefix(line, "{") {
		return line, ""
	}
	err = scan.Object(func(name string) error {
		value, err := scan.Skip()
		if err != nil {
			return err
		}
		var plain string
		isText := json.Unmarshal([]byte(value), &plain) == nil
		switch {
		case name == "level" && isText:
			level = strings.ToUpper(plain)
		case name == "message" && isText, name == "msg" && isText && message == "":
			message = plain
		case name == "logger" && plain == own:
			ours = true
		case name == "operation" && ours:
			attributes = append(attributes, name+"="+value)
		case known[name], name == "stackTrace" && ours:
		case isText && plain != "" && !strings.ContainsAny(plain, " =\"\n\t"):
			attributes = append(attributes, name+"="+plain)
		default:
			attributes = append(attributes, name+"="+value)
		}
		return nil
	})
	if err != nil || scan.End() != nil || message == "" {
		return line, ""
	}
	return strings.Join(append([]string{message}, attributes...), " "), level
}
