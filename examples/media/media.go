package media

//go:generate go run ../../cmd/durablegen generate
