package foodorder

// score is what an order is worth to us: its total in euros, and one more for
// every dish, since a full bag keeps a courier's trip worthwhile. It is pure.
func score(order Order) float64 {
	dishes := 0
	for _, item := range order.Items {
		dishes += item.Quantity
	}
	return float64(order.Total)/100 + float64(dishes)
}
