package podwhisperer

//go:generate go run ../../cmd/durablegen generate
