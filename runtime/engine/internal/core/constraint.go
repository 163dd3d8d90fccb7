package core

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/runtime/wire"
)

// maxDelay is the longest wait and retry delay, in seconds: 366 days.
const maxDelay = 31_622_400

// Constraints collects what is wrong with a request by the API's model, before
// anything else is looked at.
type Constraints struct{ broken []string }

// Want adds a violation unless ok. The value is shown in the message.
func (c *Constraints) Want(ok bool, value, member, rule string) {
	if ok {
		return
	}
	c.broken = append(c.broken, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, member, rule))
}

// Err gives the refusal, or nil.
func (c *Constraints) Err() error {
	switch n := len(c.broken); n {
	case 0:
		return nil
	case 1:
		return Validation("1 validation error detected: " + c.broken[0])
	default:
		return Validation(strconv.Itoa(n) + " validation errors detected: " + strings.Join(c.broken, "; "))
	}
}

// Validation refuses a request that breaks the API's model.
func Validation(message string) *wire.APIError {
	return &wire.APIError{Code: CodeValidation, Message: message, HTTPStatus: 400}
}

// CheckToken adds what is wrong with a checkpoint token's form.
func (c *Constraints) CheckToken(token string) {
	c.Want(token != "", "null", "checkpointToken", "not be null")
	if token == "" {
		return
	}
	c.Want(len(token) <= 2048, token, "checkpointToken", "have length less than or equal to 2048")
	c.Want(base64Like(token), token, "checkpointToken", "satisfy regular expression pattern: [A-Za-z0-9+/]+={0,2}")
}

// CheckClientToken adds what is wrong with a client token's form; an empty one is left out.
func (c *Constraints) CheckClientToken(token string) {
	if token == "" {
		return
	}
	c.Want(len(token) <= 64, token, "clientToken", "have length less than or equal to 64")
	c.Want(printable(token, '!'), token, "clientToken", `satisfy regular expression pattern: [\x21-\x7E]+`)
}

func base64Like(s string) bool {
	t := strings.TrimRight(s, "=")
	if t == "" || len(s)-len(t) > 2 {
		return false
	}
	return strings.IndexFunc(t, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '+' || r == '/')
	}) < 0
}

func printable(s string, from byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < from || s[i] > '~' {
			return false
		}
	}
	return true
}

// checkConstraints refuses a checkpoint that breaks the API's model.
func checkConstraints(cmd *Checkpoint) error {
	var c Constraints
	c.CheckToken(cmd.Token)
	c.CheckClientToken(cmd.ClientToken)
	for i := range cmd.Updates {
		u := &cmd.Updates[i]
		if plainUpdate(u) {
			continue
		}
		c.checkUpdate("updates."+strconv.Itoa(i+1)+".member.", u)
	}
	return c.Err()
}

// plainUpdate tells, without building any text, that an update is in order as
// far as the model goes. It may say no to one that is.
func plainUpdate(u *wire.OperationUpdate) bool {
	return validID(u.Id) && (u.ParentId == "" || validID(u.ParentId)) &&
		len(u.Name) <= 256 && printable(u.Name, ' ') && (u.SubType == "" || len(u.SubType) <= 32 && validID(u.SubType)) &&
		u.StepOptions == nil && u.WaitOptions == nil && u.CallbackOptions == nil && u.ChainedInvokeOptions == nil &&
		u.Payload == nil == (u.Payload == nil) && knownType(u.Type) && knownAction(u.Action)
}

func (c *Constraints) checkUpdate(at string, u *wire.OperationUpdate) {
	id := func(v, member string, limit int) {
		c.Want(len(v) <= limit, v, at+member, "have length less than or equal to "+strconv.Itoa(limit))
		c.Want(len(v) > limit || validID(v), v, at+member, "satisfy regular expression pattern: [a-zA-Z0-9-_]+")
	}
	if u.Id == "" {
		c.Want(false, "null", at+"id", "not be null")
	} else {
		id(u.Id, "id", 64)
	}
	if u.ParentId != "" {
		id(u.ParentId, "parentId", 64)
	}
	c.Want(len(u.Name) <= 256, u.Name, at+"name", "have length less than or equal to 256")
	c.Want(printable(u.Name, ' '), u.Name, at+"name", `satisfy regular expression pattern: [\x20-\x7E]+`)
	if u.SubType != "" {
		id(u.SubType, "subType", 32)
	}
	switch {
	case u.Type == "":
		c.Want(false, "null", at+"type", "not be null")
	default:
		c.Want(knownType(u.Type), string(u.Type), at+"type", "satisfy enum value set: [EXECUTION, CONTEXT, STEP, WAIT, CALLBACK, CHAINED_INVOKE]")
	}
	switch {
	case u.Action == "":
		c.Want(false, "null", at+"action", "not be null")
	default:
		c.Want(knownAction(u.Action), string(u.Action), at+"action", "satisfy enum value set: [START, SUCCEED, FAIL, RETRY, CANCEL]")
	}
	between := func(v, low int, member string) {
		c.Want(v >= low, strconv.Itoa(v), at+member, "have value greater than or equal to "+strconv.Itoa(low))
		c.Want(v <= maxDelay, strconv.Itoa(v), at+member, "have value less than or equal to "+strconv.Itoa(maxDelay))
	}
	if o := u.StepOptions; o != nil {
		between(o.NextAttemptDelaySeconds, 1, "stepOptions.nextAttemptDelaySeconds")
	}
	if o := u.WaitOptions; o != nil {
		between(o.WaitSeconds, 1, "waitOptions.waitSeconds")
	}
	if o := u.CallbackOptions; o != nil {
		atLeast := func(v int, member string) {
			c.Want(v >= 0, strconv.Itoa(v), at+member, "have value greater than or equal to 0")
			c.Want(v <= maxCallback, strconv.Itoa(v), at+member, "have value less than or equal to "+strconv.Itoa(maxCallback))
		}
		atLeast(o.TimeoutSeconds, "callbackOptions.timeoutSeconds")
		atLeast(o.HeartbeatTimeoutSeconds, "callbackOptions.heartbeatTimeoutSeconds")
	}
	if o := u.ChainedInvokeOptions; o != nil {
		if o.FunctionName == "" {
			c.Want(false, "null", at+"chainedInvokeOptions.functionName", "not be null")
		}
		c.Want(len(o.FunctionName) <= 256, o.FunctionName, at+"chainedInvokeOptions.functionName", "have length less than or equal to 256")
		c.Want(len(o.TenantId) <= 256, o.TenantId, at+"chainedInvokeOptions.tenantId", "have length less than or equal to 256")
		c.Want(TenantLike(o.TenantId), o.TenantId, at+"chainedInvokeOptions.tenantId", `satisfy regular expression pattern: [a-zA-Z0-9\._:\/=+\-@ ]+`)
	}
}

// maxCallback is the longest time-out of a callback, in seconds.
const maxCallback = 99_999_999

// TenantLike tells whether a text has only the characters of a tenant ID.
func TenantLike(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._:/=+-@ ", r))
	}) < 0
}

func knownType(t wire.OperationType) bool {
	switch t {
	case wire.TypeExecution, wire.TypeContext, wire.TypeStep, wire.TypeWait, wire.TypeCallback, wire.TypeChainedInvoke:
		return true
	}
	return false
}

func knownAction(a wire.OperationAction) bool {
	switch a {
	case wire.ActionStart, wire.ActionSucceed, wire.ActionFail, wire.ActionRetry, wire.ActionCancel:
		return true
	}
	return false
}
