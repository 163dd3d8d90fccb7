// Command bootstrap is the Lambda function of the food-order workflow.
package main

import (
	"cmp"
	"os"

	"github.com/durablegen/durablegen/examples/foodorder"
	"github.com/durablegen/durablegen/runtime/durable"
)

func main() {
	shop := foodorder.NewShop(cmp.Or(os.Getenv("FOODORDER_DB"), "foodorder.db"), os.Getenv("RESTAURANT_URL"))
	durable.Start(foodorder.Workflows(shop)...)
}
