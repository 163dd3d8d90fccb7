package durable

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/durablegen/durablegen/runtime/wire"
)

// classes says what it means for the invocation that the service has refused a call:
// the first that fits. What another attempt may change is left to the next
// invocation; what is wrong with what was asked for stays so, and fails the execution.
var classes = []struct {
	fits func(*wire.APIError) bool
	kind controlKind
}{
	{func(e *wire.APIError) bool { return strings.HasPrefix(e.Code, "KMS") }, failed}, // the key of the function, with status 502
	{staleToken, cutOff},
	{func(e *wire.APIError) bool { return transientStatus(e.HTTPStatus) }, cutOff},
	{func(e *wire.APIError) bool { return transientCodes[e.Code] }, cutOff},
	{func(*wire.APIError) bool { return true }, failed},
}

// staleToken: another invocation of the execution has begun, or it is over.
func staleToken(e *wire.APIError) bool {
	const prefix = "Invalid checkpoint token"
	return e.Code == "InvalidParameterValueException" && len(e.Message) >= len(prefix) && strings.EqualFold(e.Message[:len(prefix)], prefix)
}

// transientStatus: nobody has looked at the call, or something broke meanwhile. 0 is
// that of an error that did not come by HTTP.
func transientStatus(status int) bool {
	return status == 0 || status == 408 || status == 429 || status >= 500
}

// transientCodes say nothing about what was asked for: throttling, which comes with any
// status, credentials that have run out, a clock that is off, and an answer that is
// not the service's.
var transientCodes = func() map[string]bool {
	codes := map[string]bool{"TooManyRequestsException": true, "UnknownError": true}
	for code := range retry.DefaultThrottleErrorCodes {
		codes[code] = true
	}
	for code := range retry.DefaultRetryableErrorCodes {
		codes[code] = true
	}
	for _, code := range []string{
		"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
		"RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch",
	} {
		codes[code] = true
	}
	return codes
}()

// classify says what a failed call means for the invocation.
func classify(err error) *control {
	var api *wire.APIError
	if !errors.As(err, &api) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("durable: the invocation has ended: %w", err)
		}
		return &control{kind: cutOff, err: err}
	}
	for _, class := range classes {
		if class.fits(api) {
			return &control{kind: class.kind, err: err}
		}
	}
	panic("unreachable: the last class fits all")
}
