package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Fault is an error that AWS may answer the call of a handler with, whatever it asks for.
type Fault string

const (
	FaultThrottled Fault = "429" // TooManyRequestsException; nothing came of the call
	FaultInternal  Fault = "500" // ServiceException; the call may have been applied
	FaultGateway   Fault = "502" // from before the service; the call may have been applied
	FaultKey       Fault = "kms" // the key of the function can't be used; nothing came of the call
)

// AllFaults are the faults that there are.
var AllFaults = []Fault{FaultThrottled, FaultInternal, FaultGateway, FaultKey}

// Err is what the caller gets.
func (f Fault) Err() *wire.APIError {
	switch f {
	case FaultThrottled:
		return &wire.APIError{Code: "TooManyRequestsException", HTTPStatus: 429, Message: "Rate Exceeded."}
	case FaultKey:
		return &wire.APIError{Code: "KMSAccessDeniedException", HTTPStatus: 502, Message: "Lambda was unable to decrypt the data because KMS access was denied."}
	case FaultGateway:
		return &wire.APIError{Code: "UnknownError", HTTPStatus: 502, Message: "Bad Gateway"}
	}
	return &wire.APIError{Code: "ServiceException", HTTPStatus: 500, Message: "An error occurred and the request cannot be processed."}
}

// MayApply reports whether the call may have been applied all the same.
func (f Fault) MayApply() bool { return f == FaultInternal || f == FaultGateway }

// Faults says how often calls of handlers are answered with each fault: 0 is never, 1 always.
type Faults map[Fault]float64

// ParseFaults reads a list such as 429=5%,502=0.5%.
func ParseFaults(text string) (Faults, error) {
	faults, sum := Faults{}, 0.0
	for part := range strings.SplitSeq(text, ",") {
		name, share, _ := strings.Cut(strings.TrimSpace(part), "=")
		f := Fault(strings.ToLower(name))
		percent, err := strconv.ParseFloat(strings.TrimSuffix(share, "%"), 64)
		switch {
		case !slices.Contains(AllFaults, f):
			return nil, fmt.Errorf("%q is no fault: there are 429, 500, 502 and kms", name)
		case err != nil || !strings.HasSuffix(share, "%") || !(percent >= 0 && percent <= 100):
			return nil, fmt.Errorf("%s=%s: must be a share of all calls, such as 5%%", name, share)
		}
		faults[f] = percent / 100
	}
	for _, share := range faults {
		sum += share
	}
	if sum > 1 {
		return nil, fmt.Errorf("%s: is more than all calls", text)
	}
	return faults, nil
}

// draw chooses what becomes of one call: a fault or none, and whether it comes only after the
// call was applied.
func (f Faults) draw() (fault Fault, applied bool) {
	at := 0.0
	if len(f) > 0 {
		at = rand.Float64()
	}
	for _, fault := range AllFaults {
		share := f[fault]
		if at < share {
			return fault, fault.MayApply() && rand.IntN(2) == 0
		}
		at -= share
	}
	return "", false
}
