// Durablegen compiles `.flow` files to Go handlers for AWS Lambda durable
// functions, draws them, and runs them: on this machine or against AWS.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
