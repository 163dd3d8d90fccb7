// Command conformance is a Lambda bootstrap with a durable function for each of
// AWS's conformance requirements: conformance-1-1, conformance-1-2 and so on, and
// the functions that those invoke. Run them with
//
//	durablegen dev ./conformance
//
// What Flow can say is in the folder flows, the rest in byhand. The test of this
// package is the judge; README.md says how to run it and which requirements are open.
package main

import (
	"fmt"
	"time"

	"github.com/durablegen/durablegen/conformance/byhand"
	"github.com/durablegen/durablegen/conformance/flows"
	"github.com/durablegen/durablegen/runtime/durable"
)

func main() { durable.Start(functions()...) }

// functions gives everything that is served.
func functions() []*durable.Function {
	byName := map[string]*durable.Function{}
	for _, f := range flows.Workflows(flows.New()) {
		byName[f.Definition().Name] = f
	}
	all := byhand.Functions()
	for _, served := range servedAs {
		f := byName[served.workflow]
		if f == nil {
			panic(fmt.Sprintf("there is no workflow %s", served.workflow))
		}
		all = append(all, f.With(func(def *durable.Definition) {
			def.Name = "conformance-" + served.name
			def.LogReplay = served.logReplay
		}))
	}
	// Those that are judged are invoked synchronously.
	for i, f := range all {
		all[i] = f.With(func(def *durable.Definition) {
			if def.Timeout == 0 {
				def.Timeout = 5 * time.Minute
			}
		})
	}
	return all
}
