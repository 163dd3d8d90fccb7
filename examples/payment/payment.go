package payment

//go:generate go run ../../cmd/durablegen generate
