//go:build !js || !wasm

package main

// Elsewhere there is no page to serve.
func main() {}
