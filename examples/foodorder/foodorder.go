package foodorder

//go:generate go run ../../cmd/durablegen generate
