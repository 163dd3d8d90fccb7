package durable

import "context"

// Start is the main function of a Lambda bootstrap. It serves the function that
// _HANDLER names; if there is one only, that one unless _HANDLER names another. With
// the argument -functions it prints a list of the functions as JSON and exits.
func Start(functions ...*Function) { panic("not implemented") }

func requestID(ctx context.Context) string { return "" }
