package core

import (
	"unicode/utf8"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Callback describes an open callback.
type Callback struct {
	Op, Parent, Name string
	ID               string
	Opened           wire.Time
	Deadline         wire.Time // 0: none
	Heartbeat        wire.Time // 0: none
}

// OpenCallbacks lists the callbacks that wait for an answer, the oldest first.
func (s *State) OpenCallbacks() []Callback {
	if s.Status.Closed() {
		return nil
	}
	var out []Callback
	for _, id := range s.order {
		if o := s.lookup(id); o.Type == wire.TypeCallback && o.Status == wire.StatusStarted {
			out = append(out, s.describe(o))
		}
	}
	return out
}

// CallbackOpen tells whether the callback of an operation waits for an answer.
func (s *State) CallbackOpen(operationID string) bool {
	return s.lookup(operationID).Status == wire.StatusStarted
}

// CallbackOf describes the callback of an operation.
func (s *State) CallbackOf(operationID string) Callback { return s.describe(s.lookup(operationID)) }

func (s *State) describe(o *op) Callback {
	name := o.Name
	if p := s.lookup(o.ParentId); name == "" && p != nil {
		name = p.Name
	}
	return Callback{
		Op: o.Id, Parent: o.ParentId, Name: name, ID: o.CallbackDetails.CallbackId,
		Opened: o.StartTimestamp, Deadline: o.timeoutAt, Heartbeat: o.heartbeatAt,
	}
}

// SucceedCallback answers a callback with a result, which may be nil.
func (s *State) SucceedCallback(callbackID string, result *string, now wire.Time) (*Change, error) {
	o, err := s.answerable(callbackID)
	if err != nil {
		return nil, err
	}
	if result != nil {
		if len(*result) > s.limits.Payload {
			return nil, invalid("Callback result payload size must be less than or equal to %d bytes.", s.limits.Payload)
		}
		if !utf8.ValidString(*result) {
			return nil, invalid("Callback result must be UTF-8 text.")
		}
	}
	c := s.begin(now)
	c.record(o, Fact{Kind: wire.EventCallbackSucceeded, Payload: result})
	return c, nil
}

// FailCallback answers a callback with an error.
func (s *State) FailCallback(callbackID string, cause wire.ErrorObject, now wire.Time) (*Change, error) {
	o, err := s.answerable(callbackID)
	if err != nil {
		return nil, err
	}
	if err := s.checkError(&cause); err != nil {
		return nil, err
	}
	c := s.begin(now)
	c.record(o, Fact{Kind: wire.EventCallbackFailed, Error: &cause})
	return c, nil
}

// HeartbeatCallback puts off a callback's heartbeat time-out.
func (s *State) HeartbeatCallback(callbackID string, now wire.Time) (*Change, error) {
	o, err := s.answerable(callbackID)
	if err != nil {
		return nil, err
	}
	c := s.begin(now)
	if o.heartbeat > 0 {
		c.record(o, Fact{Kind: FactCallbackHeartbeat})
	}
	return c, nil
}

func (s *State) answerable(callbackID string) (*op, error) {
	if _, ok := ParseCallbackID(callbackID); !ok {
		return nil, ErrCallbackID()
	}
	if s.Status.Closed() {
		return nil, ErrCallbackClosed()
	}
	o := s.openCallback(callbackID)
	if o == nil {
		return nil, ErrCallbackClosed()
	}
	return o, nil
}
