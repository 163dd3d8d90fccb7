//go:build js && wasm

// Command wasm is the compiler in a browser: it gives the page a function durablegenCompile,
// which takes a text and a level of detail, and returns a [compile.Result] as JSON.
package main

import (
	"encoding/json"
	"syscall/js"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/playground/compile"
	"github.com/durablegen/durablegen/visualize"
)

func main() {
	js.Global().Set("durablegenCompile", js.FuncOf(func(_ js.Value, args []js.Value) any {
		detail, _ := visualize.ParseDetail(args[1].String())
		out, err := json.Marshal(compile.Text(args[0].String(), detail))
		if err != nil {
			panic(err) // a result is made of texts and numbers
		}
		return string(out)
	}))
	select {} // the page calls the function
}
