package main

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/internal/words"
)

func newCallbackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "callback",
		Short: "Answer a callback",
		Long: `Callback answers a callback by its ID, which the workflow gave to the outside.

    durablegen callback succeed ID --result '{"accepted": true, "minutes": 20}'
    durablegen callback fail ID --type Refused --message "we are closed" --data '{"why": "late"}'
    durablegen callback heartbeat ID
    durablegen callback succeed --function fulfilOrder --at approve --result '{"granted": true}' --yes`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("say how to answer: succeed, fail or heartbeat")
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(newCallbackSucceedCommand(), newCallbackFailCommand(), newCallbackHeartbeatCommand())
	return cmd
}

// answerer answers one callback by its ID, or all those of the executions that are selected.
type answerer struct{ many }

const answererHelp = `

In place of an ID, --at OPERATION with or without --function, --name, --since and --until says
which callbacks are meant: it shows who waits, and does nothing until --yes is given.`

func (a *answerer) flags(cmd *cobra.Command) {
	cmd.Long += answererHelp
	a.possible = underWay
	a.selectionFlags(cmd)
}

// run answers with one function, which is given the ID of a callback.
func (a *answerer) run(cmd *cobra.Command, ids []string, answer func(s *remote.Service, id string) error) error {
	switch {
	case len(ids) > 0 && a.given(cmd):
		return usagef("%s: give the ID of a callback or select callbacks, not both", cmd.Name())
	case len(ids) > 1:
		return usagef("%s: `%s` is one argument too many", cmd.Name(), ids[1])
	case len(ids) == 1:
		s, err := a.connect(cmd.Context())
		if err != nil {
			return err
		}
		return s.Explain(answer(s, ids[0]))
	case a.At == "":
		return usagef("%s: the ID of the callback is missing; or select some with --at OPERATION", cmd.Name())
	}
	return a.many.run(cmd, nil, func(s *remote.Service, e remote.Found) (string, error) {
		answered := 0
		for _, o := range e.Waits {
			if o.CallbackID == "" || !remote.At(o, a.At) {
				continue
			}
			if err := answer(s, o.CallbackID); err != nil {
				return "", s.Explain(err)
			}
			answered++
		}
		if answered == 0 {
			return "", errors.New("what it waits for there is no callback")
		}
		return fmt.Sprintf("answered %s of %s", words.Count(answered, "callback"), e.Shown()), nil
	})
}

func newCallbackSucceedCommand() *cobra.Command {
	var a answerer
	var result string
	cmd := &cobra.Command{
		Use:   "succeed [ID]",
		Short: "Answer a callback with a result",
		Long: `Succeed answers a callback with a result, which is JSON; without --result there is none.

    durablegen callback succeed ID --result '{"accepted": true}' --endpoint http://127.0.0.1:9470`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var text []byte
			if cmd.Flags().Changed("result") {
				var err error
				if text, err = jsonArgument("--result", result, cmd.InOrStdin()); err != nil {
					return err
				}
			}
			return a.run(cmd, args, func(s *remote.Service, id string) error {
				_, err := s.SendDurableExecutionCallbackSuccess(cmd.Context(), &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: &id, Result: text})
				return err
			})
		},
	}
	cmd.Flags().StringVar(&result, "result", "", "the result: a `FILE`, - for standard input, or JSON")
	a.flags(cmd)
	return cmd
}

func newCallbackFailCommand() *cobra.Command {
	var a answerer
	var errorType, message, data string
	cmd := &cobra.Command{
		Use:   "fail [ID]",
		Short: "Answer a callback with a failure",
		Long: `Fail answers a callback with an error. A type that the callback declares in "fails"
reaches the workflow as that error, with its data; any other as Unexpected.

    durablegen callback fail ID --type Refused --message "we are closed" --data '{"why": "late"}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cause := &types.ErrorObject{ErrorType: optional(errorType), ErrorMessage: optional(message)}
			if cmd.Flags().Changed("data") {
				text, err := jsonArgument("--data", data, cmd.InOrStdin())
				if err != nil {
					return err
				}
				cause.ErrorData = optional(string(text))
			}
			return a.run(cmd, args, func(s *remote.Service, id string) error {
				_, err := s.SendDurableExecutionCallbackFailure(cmd.Context(), &lambda.SendDurableExecutionCallbackFailureInput{CallbackId: &id, Error: cause})
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&errorType, "type", "", "the `TYPE` of the error")
	f.StringVar(&message, "message", "", "the `TEXT` of the error")
	f.StringVar(&data, "data", "", "the error's fields: a `FILE`, - for standard input, or JSON")
	a.flags(cmd)
	return cmd
}

func newCallbackHeartbeatCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "heartbeat ID",
		Short: "Tell that somebody still works on the answer",
		Long:  `Heartbeat keeps a callback with a heartbeat timeout open.`,
		Args:  exactly("ID of the callback"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			_, err = s.SendDurableExecutionCallbackHeartbeat(cmd.Context(), &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: &args[0]})
			return s.Explain(err)
		},
	}
	c.flags(cmd)
	return cmd
}
