package episoder

//go:generate go run ../../cmd/durablegen generate
