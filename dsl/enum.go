package dsl

import "go/constant"

// The enums of what a settled batch gives.

// ItemStatus is what has become of an item.
var ItemStatus = textEnum("ItemStatus",
	"succeeded", "SUCCEEDED",
	"failed", "FAILED",
	"started", "STARTED", // and not ended
	"notStarted", "")

// CompletionReason is why a batch has ended.
var CompletionReason = textEnum("CompletionReason",
	"allCompleted", "ALL_COMPLETED",
	"minSuccessfulReached", "MIN_SUCCESSFUL_REACHED",
	"failureToleranceExceeded", "FAILURE_TOLERANCE_EXCEEDED")

// textEnum makes an enum of pairs of a name and a text.
func textEnum(name string, pairs ...string) *Enum {
	e := &Enum{Name: name, Text: true}
	for i := 0; i < len(pairs); i += 2 {
		e.Values = append(e.Values, &EnumValue{Enum: e, Name: pairs[i], JSON: pairs[i+1]})
	}
	return e
}

// builtinEnum finds a built-in enum, nil if there is none of the name or a declaration of
// the package has it.
func (c *checker) builtinEnum(name string) *Enum {
	if c.decls[name] != nil {
		return nil
	}
	for _, e := range []*Enum{ItemStatus, CompletionReason} {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// isTextEnum reports whether the values of a type are names and texts alike.
func isTextEnum(t Type) bool {
	e, ok := t.(*Enum)
	return ok && e.Text
}

// valueOfText finds the value of an enum that a constant text is; nil if there is none.
func valueOfText(e *Enum, text constant.Value) *EnumValue {
	if text == nil || text.Kind() != constant.String {
		return nil
	}
	for _, v := range e.Values {
		if v.JSON == constant.StringVal(text) {
			return v
		}
	}
	return nil
}

// asText gives the type of what is made of values of a type: of enums whose values are
// texts, it is made of texts.
func asText(t Type) Type {
	switch t := t.(type) {
	case *Optional:
		if isTextEnum(t.Elem) {
			return &Optional{Elem: String}
		}
	case *Enum:
		if t.Text {
			return String
		}
	default: // keeps its type
	}
	return t
}
