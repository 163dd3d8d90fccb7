package durable

import (
	"fmt"
	"os"
	"slices"

	"github.com/durablegen/durablegen/internal/arns"
)

// BoundFunction is a function that is invoked, whose name is bound where the caller is deployed.
type BoundFunction struct {
	// Env is the environment variable that names the function where it is set.
	Env string `json:"env"`
	// Function is which it is otherwise.
	Function string `json:"function"`
}

// Name gives the name of the function, for an environment as lookup, such as [os.LookupEnv], tells it. A
// variable that is set to what is no function, or to one without a version or alias where Function has
// one, is an error.
func (b BoundFunction) Name(lookup func(name string) (value string, set bool)) (string, error) {
	value, set := lookup(b.Env)
	if !set {
		return b.Function, nil
	}
	if value == "" {
		return "", fmt.Errorf("the environment variable %s is empty: it names the function that is %s where it is not set", b.Env, b.Function)
	}
	if !arns.IsFunction(value) {
		return "", fmt.Errorf("the environment variable %s is %q, which is neither the name nor the ARN of a function; write one such as %s", b.Env, value, b.Function)
	}
	_, wanted := arns.FunctionOf(b.Function)
	if _, qualifier := arns.FunctionOf(value); qualifier == "" && wanted != "" {
		return "", fmt.Errorf("the environment variable %s is %q, which lacks a version or alias; write %s:%s", b.Env, value, value, wanted)
	}
	return value, nil
}

// bind reads the environment of the process.
func (f *Function) bind() {
	f.bound, f.unbound = nil, nil
	for _, b := range f.def.Bound {
		name, err := b.Name(os.LookupEnv)
		if err != nil {
			f.unbound = fmt.Errorf("durable: %s can't be started: %w", f.def.Name, err)
			return
		}
		if f.bound == nil {
			f.bound = map[string]string{}
		}
		f.bound[b.Env] = name
	}
}

// Ready tells why the function can't be started: an environment variable that names a function
// which it invokes is wrong, or it stores results and has no store. nil: it can.
func (f *Function) Ready() error {
	if f.unbound != nil || !f.def.Stored {
		return f.unbound
	}
	if _, err := f.store(); err != nil {
		return fmt.Errorf("durable: %s can't be started: results of its steps are stored, and %w", f.def.Name, err)
	}
	return nil
}

// functionOf gives the name of the function that an invocation is of.
func (c *Context) functionOf(s *opSpec, spec *InvokeSpec) (string, error) {
	if spec.FunctionEnv == "" {
		return spec.Function, nil
	}
	f := c.scope.inv.fn
	name, ok := f.bound[spec.FunctionEnv]
	if !ok || !slices.Contains(f.def.Bound, BoundFunction{spec.FunctionEnv, spec.Function}) {
		return "", c.refuse(s, "%s is not among the bound functions of %s", spec.FunctionEnv, f.def.Name)
	}
	return name, nil
}
