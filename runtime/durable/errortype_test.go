package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"testing"

	smithy "github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What is not declared goes by the code of an AWS SDK or by its Go type.
func TestErrorTypeName(t *testing.T) {
	throttled := &smithy.GenericAPIError{Code: "ThrottlingException", Message: "slow down"}
	response := &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 400}}, Err: throttled}
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), "Error"},
		{fmt.Errorf("a: %w", errors.New("x")), "Error"},
		{&fs.PathError{Err: errors.New("x")}, "PathError"},
		{fmt.Errorf("a: %w", &fs.PathError{Err: errors.New("x")}), "PathError"},
		{&CardDeclined{}, "CardDeclined"},
		{newPanicError("x"), "Panic"},
		{throttled, "ThrottlingException"},
		{fmt.Errorf("a: %w", &smithy.OperationError{ServiceID: "DynamoDB", OperationName: "PutItem", Err: response}), "ThrottlingException"},
		{&smithy.OperationError{Err: errors.New("no route")}, "OperationError"},
		{&smithy.OperationError{Err: &fs.PathError{Err: throttled}}, "OperationError"},
		{&fs.PathError{Err: throttled}, "PathError"},
		{&smithy.GenericAPIError{}, "GenericAPIError"},
	} {
		if got := errorTypeName(test.err); got != test.want {
			t.Errorf("%#v is %q, want %q", test.err, got, test.want)
		}
	}
}
