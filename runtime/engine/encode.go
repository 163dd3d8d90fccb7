package engine

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/jsonscan"
	"github.com/durablegen/durablegen/runtime/wire"
)

// The bodies of the two calls that handlers make all the time are put together by hand:
// their times are seconds, where wire.Operation's are milliseconds.

func appendCheckpointOutput(b []byte, o *wire.CheckpointOutput) []byte {
	b = append(b, '{')
	if o.CheckpointToken != "" {
		b = append(b, `"CheckpointToken":`...)
		b = appendText(b, o.CheckpointToken)
		b = append(b, ',')
	}
	b = append(b, `"NewExecutionState":`...)
	b = appendState(b, &o.NewExecutionState)
	return append(b, '}')
}

func appendState(b []byte, s *wire.ExecutionState) []byte {
	b = append(b, `{"Operations":[`...)
	for i := range s.Operations {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendOperation(b, &s.Operations[i])
	}
	b = append(b, ']')
	if s.NextMarker != "" {
		b = appendMember(b, "NextMarker", s.NextMarker)
	}
	return append(b, '}')
}

func appendOperation(b []byte, o *wire.Operation) []byte {
	b = append(b, `{"Id":`...)
	b = appendText(b, o.Id)
	b = appendMember(b, "ParentId", o.ParentId)
	b = appendMember(b, "Name", o.Name)
	b = appendMember(b, "Type", string(o.Type))
	b = appendMember(b, "SubType", o.SubType)
	b = appendMember(b, "Status", string(o.Status))
	b = appendTime(b, "StartTimestamp", o.StartTimestamp)
	b = appendTime(b, "EndTimestamp", o.EndTimestamp)
	switch {
	case o.ExecutionDetails != nil:
		b = append(b, `,"ExecutionDetails":{`...)
		b = appendPayload(b, "InputPayload", o.ExecutionDetails.InputPayload)
	case o.ContextDetails != nil:
		d := o.ContextDetails
		b = append(b, `,"ContextDetails":{`...)
		b = appendPayload(b, "Result", d.Result)
		b = appendFailure(b, d.Error)
		if d.ReplayChildren {
			b = appendComma(b)
			b = append(b, `"ReplayChildren":true`...)
		}
	case o.StepDetails != nil:
		d := o.StepDetails
		b = append(b, `,"StepDetails":{"Attempt":`...)
		b = strconv.AppendInt(b, int64(d.Attempt), 10)
		b = appendTime(b, "NextAttemptTimestamp", d.NextAttemptTimestamp)
		b = appendPayload(b, "Result", d.Result)
		b = appendFailure(b, d.Error)
	case o.WaitDetails != nil:
		b = append(b, `,"WaitDetails":{`...)
		b = appendTime(b, "ScheduledEndTimestamp", o.WaitDetails.ScheduledEndTimestamp)
	case o.CallbackDetails != nil:
		d := o.CallbackDetails
		b = append(b, `,"CallbackDetails":{"CallbackId":`...)
		b = appendText(b, d.CallbackId)
		b = appendPayload(b, "Result", d.Result)
		b = appendFailure(b, d.Error)
	case o.ChainedInvokeDetails != nil:
		d := o.ChainedInvokeDetails
		b = append(b, `,"ChainedInvokeDetails":{`...)
		b = appendPayload(b, "Result", d.Result)
		b = appendFailure(b, d.Error)
	default:
		return append(b, '}')
	}
	return append(b, '}', '}')
}

// appendComma separates a member from the one before, if there is one.
func appendComma(b []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return b
}

func appendKey(b []byte, key string) []byte {
	b = appendComma(b)
	b = append(b, '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

func appendMember(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	return appendText(appendKey(b, key), value)
}

func appendPayload(b []byte, key string, value *string) []byte {
	if value == nil {
		return b
	}
	return appendText(appendKey(b, key), *value)
}

func appendTime(b []byte, key string, t wire.Time) []byte {
	if t == 0 {
		return b
	}
	return wire.Seconds(t).AppendJSON(appendKey(b, key))
}

func appendFailure(b []byte, e *wire.ErrorObject) []byte {
	if e == nil {
		return b
	}
	text, _ := json.Marshal(e) // strings only: can't fail
	return append(appendKey(b, "Error"), text...)
}

// appendText appends a JSON string. What isn't UTF-8 is left to the library, which
// repairs it.
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		text, _ := json.Marshal(s)
		return append(b, text...)
	}
	return jsonscan.AppendText(b, s)
}
