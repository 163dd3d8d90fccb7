package core

import "github.com/durablegen/durablegen/runtime/wire"

// Shed puts what operations have come to, and what they and the execution were given, out of memory, if
// it has min bytes or more. facts are the stored ones that it came with. Operations that the state gives
// out from then on lack it, and are to be completed by Complement.
func (s *State) Shed(facts []Fact, min int) {
	for i := range facts {
		f := &facts[i]
		size := f.Size()
		if size < min || f.Event == 0 {
			continue
		}
		o := s.ops[f.Op]
		if o == nil {
			continue
		}
		c := *o
		switch {
		case f.Kind == wire.EventChainedInvokeStarted && o.input != nil:
			c.input, c.inputAt = nil, f.Event
		case o.from == f.Event:
			c.Operation = cloneOperation(&o.Operation)
			setOutcome(&c.Operation, nil, nil)
			c.shed, c.size = f.Event, size
			if o.Type == wire.TypeExecution {
				s.Input = nil
			}
		default:
			continue // another one has come since
		}
		s.ops[f.Op] = &c
	}
}

// InputShed tells whether Input was put out of memory: it is that of the first fact.
func (s *State) InputShed() bool { return s.lookup(s.Start.ARN.ID).shed != 0 }

// Missing tells for operations that the state has given out which lack their outcome: the numbers of
// the events that have it, by index.
func (s *State) Missing(ops []wire.Operation) map[int]int {
	var missing map[int]int
	for i := range ops {
		o := s.lookup(ops[i].Id)
		if o == nil || o.shed == 0 || hasOutcome(&ops[i]) {
			continue
		}
		if missing == nil {
			missing = map[int]int{}
		}
		missing[i] = o.shed
	}
	return missing
}

// Complement gives an operation the outcome that a fact has.
func Complement(o *wire.Operation, f *Fact) { setOutcome(o, f.Payload, cloneError(f.Error)) }

func setOutcome(o *wire.Operation, result *string, err *wire.ErrorObject) {
	switch {
	case o.ExecutionDetails != nil:
		o.ExecutionDetails.InputPayload = result
	case o.StepDetails != nil:
		o.StepDetails.Result, o.StepDetails.Error = result, err
	case o.ContextDetails != nil:
		o.ContextDetails.Result, o.ContextDetails.Error = result, err
	case o.CallbackDetails != nil:
		o.CallbackDetails.Result, o.CallbackDetails.Error = result, err
	case o.ChainedInvokeDetails != nil:
		o.ChainedInvokeDetails.Result, o.ChainedInvokeDetails.Error = result, err
	}
}

func hasOutcome(o *wire.Operation) bool {
	switch {
	case o.ExecutionDetails != nil:
		return o.ExecutionDetails.InputPayload != nil
	case o.StepDetails != nil:
		return o.StepDetails.Result != nil || o.StepDetails.Error != nil
	case o.ContextDetails != nil:
		return o.ContextDetails.Result != nil || o.ContextDetails.Error != nil
	case o.CallbackDetails != nil:
		return o.CallbackDetails.Result != nil || o.CallbackDetails.Error != nil
	case o.ChainedInvokeDetails != nil:
		return o.ChainedInvokeDetails.Result != nil || o.ChainedInvokeDetails.Error != nil
	}
	return false
}
