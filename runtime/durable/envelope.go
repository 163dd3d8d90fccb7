package durable

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/durablegen/durablegen/internal/jsonscan"
	"github.com/durablegen/durablegen/runtime/wire"
)

// decodeEvent decodes the event of an invocation. It holds the whole record of the
// execution, and every invocation begins with it: encoding/json took 70 ms for a
// thousand operations of 5 KB, this takes a few. What this does not understand,
// or what is not as it should be, is left to encoding/json.
func decodeEvent(event []byte) (wire.InvocationInput, error) {
	var in wire.InvocationInput
	// Texts without escapes are parts of this one copy. The event's own memory may be
	// used again by who gave it.
	if s, err := jsonscan.New(string(event)); err == nil {
		d := eventDecoder{Scanner: s}
		if err := d.event(&in); err == nil {
			return in, nil
		}
		in = wire.InvocationInput{}
	}
	err := json.Unmarshal(event, &in)
	return in, err
}

// eventDecoder reads an event.
type eventDecoder struct {
	*jsonscan.Scanner

	// What operations point to is made many at a time.
	texts []string
	steps []wire.StepDetails
}

var errEvent = errors.New("not understood")

func (d *eventDecoder) event(in *wire.InvocationInput) error {
	err := d.object(func(key string) error {
		switch key {
		case "DurableExecutionArn":
			return d.text(&in.DurableExecutionArn)
		case "CheckpointToken":
			return d.text(&in.CheckpointToken)
		case "InitialExecutionState":
			return d.state(&in.InitialExecutionState)
		case "UpdatedOperationIds":
			return d.array(func() error {
				var id string
				err := d.text(&id)
				in.UpdatedOperationIds = append(in.UpdatedOperationIds, id)
				return err
			})
		case "DurablegenUndo":
			return d.standard(&in.Undo)
		case "DurablegenNow":
			return d.time(&in.Now)
		}
		return d.other()
	})
	if err == nil {
		err = d.End()
	}
	return err
}

func (d *eventDecoder) state(state *wire.ExecutionState) error {
	return d.object(func(key string) error {
		switch key {
		case "NextMarker":
			return d.text(&state.NextMarker)
		case "Operations":
			return d.array(func() error {
				if n := len(state.Operations); n == cap(state.Operations) {
					// About as many as the rest has room for.
					more := make([]wire.Operation, n, n+n/2+16+d.Rest()/1024)
					copy(more, state.Operations)
					state.Operations = more
				}
				state.Operations = append(state.Operations, wire.Operation{})
				return d.operation(&state.Operations[len(state.Operations)-1])
			})
		}
		return d.other()
	})
}

func (d *eventDecoder) operation(op *wire.Operation) error {
	return d.object(func(key string) error {
		switch key {
		case "Id":
			return d.text(&op.Id)
		case "ParentId":
			return d.text(&op.ParentId)
		case "Name":
			return d.text(&op.Name)
		case "Type":
			return d.text((*string)(&op.Type))
		case "SubType":
			return d.text(&op.SubType)
		case "Status":
			return d.text((*string)(&op.Status))
		case "StartTimestamp":
			return d.time(&op.StartTimestamp)
		case "EndTimestamp":
			return d.time(&op.EndTimestamp)
		case "StepDetails":
			if d.Null() {
				return nil
			}
			if len(d.steps) == 0 {
				d.steps = make([]wire.StepDetails, 64)
			}
			op.StepDetails = &d.steps[0]
			d.steps = d.steps[1:]
			return d.step(op.StepDetails)
		case "ContextDetails":
			if d.Null() {
				return nil
			}
			op.ContextDetails = &wire.ContextDetails{}
			return d.context(op.ContextDetails)
		}
		// The others are rare.
		var into any
		switch key {
		case "ExecutionDetails":
			into = &op.ExecutionDetails
		case "WaitDetails":
			into = &op.WaitDetails
		case "CallbackDetails":
			into = &op.CallbackDetails
		case "ChainedInvokeDetails":
			into = &op.ChainedInvokeDetails
		default:
			return d.other()
		}
		return d.standard(into)
	})
}

func (d *eventDecoder) step(out *wire.StepDetails) error {
	return d.object(func(key string) error {
		switch key {
		case "Attempt":
			return d.number(&out.Attempt)
		case "NextAttemptTimestamp":
			return d.time(&out.NextAttemptTimestamp)
		case "Result":
			return d.optional(&out.Result)
		case "Error":
			return d.standard(&out.Error)
		}
		return d.other()
	})
}

func (d *eventDecoder) context(out *wire.ContextDetails) error {
	return d.object(func(key string) error {
		switch key {
		case "Result":
			return d.optional(&out.Result)
		case "ReplayChildren":
			return d.standard(&out.ReplayChildren)
		case "Error":
			return d.standard(&out.Error)
		}
		return d.other()
	})
}

// object calls member for each key, with the value next. Null has none.
func (d *eventDecoder) object(member func(key string) error) error {
	if d.Null() {
		return nil
	}
	return d.Object(member)
}

// array calls element for each one, which is next. Null has none.
func (d *eventDecoder) array(element func() error) error {
	if d.Null() {
		return nil
	}
	return d.List(func(int) error { return element() })
}

// optional reads a string or null.
func (d *eventDecoder) optional(out **string) error {
	if d.Null() {
		return nil
	}
	if len(d.texts) == 0 {
		d.texts = make([]string, 64)
	}
	*out = &d.texts[0]
	d.texts = d.texts[1:]
	return d.text(*out)
}

// text reads a string; null leaves out as it is.
func (d *eventDecoder) text(out *string) (err error) {
	if d.Null() {
		return nil
	}
	*out, err = d.Text()
	return err
}

// number reads a short integer that is not negative.
func (d *eventDecoder) number(out *int) error {
	raw, err := d.Number()
	if err != nil {
		return err
	}
	n, ok := plainInt(raw)
	if !ok {
		return errEvent
	}
	*out = n
	return nil
}

// time reads a moment.
func (d *eventDecoder) time(out *wire.Time) error {
	raw, err := d.Skip()
	if err != nil {
		return err
	}
	if len(raw) == len("1700000000000") {
		// Milliseconds, as they come.
		if ms, err := strconv.ParseInt(raw, 10, 64); err == nil && raw[0] > '0' {
			*out = wire.Time(ms)
			return nil
		}
	}
	return json.Unmarshal([]byte(raw), out)
}

// standard reads any value by encoding/json.
func (d *eventDecoder) standard(out any) error {
	raw, err := d.Skip()
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(raw), out)
}

// other skips a value that is not known.
func (d *eventDecoder) other() error {
	_, err := d.Skip()
	return err
}
