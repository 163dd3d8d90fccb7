package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/runtime/durable"
)

// CallbackClient is the part of the Lambda API by which callbacks are answered;
// *lambda.Client of the AWS SDK has it.
type CallbackClient interface {
	SendDurableExecutionCallbackSuccess(context.Context, *lambda.SendDurableExecutionCallbackSuccessInput, ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackSuccessOutput, error)
	SendDurableExecutionCallbackFailure(context.Context, *lambda.SendDurableExecutionCallbackFailureInput, ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackFailureOutput, error)
	SendDurableExecutionCallbackHeartbeat(context.Context, *lambda.SendDurableExecutionCallbackHeartbeatInput, ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackHeartbeatOutput, error)
}

// Answers answers one kind of callback, whose answer is a T, from outside of the
// workflow. It is an http.Handler too: see [Answers.ServeHTTP].
type Answers[T any] struct {
	Client   CallbackClient
	Callback string // its name, for messages
	// Errors are the failures that the callback declares.
	Errors durable.ErrorTypes
}

// Succeed answers a callback.
func (a *Answers[T]) Succeed(ctx context.Context, callbackID string, answer T) error {
	text, err := Encode(answer)
	if err != nil {
		return fmt.Errorf("the answer to %s: %w", a.Callback, err)
	}
	_, err = a.Client.SendDurableExecutionCallbackSuccess(ctx,
		&lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: &callbackID, Result: []byte(text)})
	return err
}

// Fail lets a callback fail with one of the errors that it declares.
func (a *Answers[T]) Fail(ctx context.Context, callbackID string, failure durable.Declared) error {
	if _, ok := a.Errors[failure.ErrorType()]; !ok {
		return fmt.Errorf("the callback %s does not fail with %s", a.Callback, failure.ErrorType())
	}
	data, err := Encode(failure)
	if err != nil {
		return fmt.Errorf("the failure of %s: %w", a.Callback, err)
	}
	_, err = a.Client.SendDurableExecutionCallbackFailure(ctx, &lambda.SendDurableExecutionCallbackFailureInput{
		CallbackId: &callbackID,
		Error:      &types.ErrorObject{ErrorType: new(failure.ErrorType()), ErrorMessage: new(failure.Error()), ErrorData: &data},
	})
	return err
}

// Heartbeat says that somebody still works on the answer.
func (a *Answers[T]) Heartbeat(ctx context.Context, callbackID string) error {
	_, err := a.Client.SendDurableExecutionCallbackHeartbeat(ctx,
		&lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: &callbackID})
	return err
}

// maxAnswer is the size of the largest answer that the service takes.
const maxAnswer = 1 << 20

// ServeHTTP answers a callback by a POST. Its ID is the path value "callbackId" (of
// a pattern such as "POST /answers/{callbackId}") or the query's; the body is the
// answer's JSON. With ?fail=CardDeclined the callback fails with that error, whose
// fields are the body; with ?heartbeat=true it only says that somebody still works
// on it. The ID is all the right that the caller has to show: guard the way to
// the handler where that is not enough.
func (a *Answers[T]) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "a callback is answered by POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxAnswer))
	if err != nil {
		http.Error(w, "the answer is too large", http.StatusRequestEntityTooLarge)
		return
	}
	id := req.PathValue("callbackId")
	if id == "" {
		id = req.URL.Query().Get("callbackId")
	}
	if id == "" {
		http.Error(w, "callbackId is missing", http.StatusBadRequest)
		return
	}
	if err := a.answer(req.Context(), id, req.URL.Query().Get("fail"), req.URL.Query().Get("heartbeat") != "", string(body)); err != nil {
		var bad *badAnswer
		if errors.As(err, &bad) {
			http.Error(w, bad.Error(), http.StatusBadRequest)
			return
		}
		http.Error(w, "the callback could not be answered", http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// badAnswer is a mistake of who answers.
type badAnswer struct{ err error }

func (e *badAnswer) Error() string { return e.err.Error() }

func (a *Answers[T]) answer(ctx context.Context, id, failure string, heartbeat bool, body string) error {
	switch {
	case heartbeat:
		return a.Heartbeat(ctx, id)
	case failure != "":
		make, ok := a.Errors[failure]
		if !ok {
			return &badAnswer{fmt.Errorf("the callback %s does not fail with %q", a.Callback, failure)}
		}
		err := make()
		if body == "" {
			body = "{}"
		}
		if bad := Decode(body, err); bad != nil {
			return &badAnswer{bad}
		}
		return a.Fail(ctx, id, err)
	}
	var answer T
	if err := Decode(body, &answer); err != nil {
		return &badAnswer{err}
	}
	return a.Succeed(ctx, id, answer)
}
