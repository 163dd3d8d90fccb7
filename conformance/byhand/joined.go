package byhand

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/runtime/durable"
)

// joined stores the outcome of a map that succeeded as "OPSERDE:" and the results
// between commas.
type joined struct{}

func (joined) Serialize(v any, _ durable.SerdesInfo) (string, error) {
	batch, ok := v.(*durable.Batch[string])
	if !ok {
		return "", fmt.Errorf("%T is no batch of texts", v)
	}
	if batch.Count(durable.ItemFailed) > 0 {
		return "", fmt.Errorf("the batch has failures, which have no text")
	}
	return "OPSERDE:" + strings.Join(batch.Results(), ","), nil
}

func (joined) Deserialize(text string, v any, _ durable.SerdesInfo) error {
	batch, ok := v.(*durable.Batch[string])
	if !ok {
		return fmt.Errorf("%T is no batch of texts", v)
	}
	list, ok := strings.CutPrefix(text, "OPSERDE:")
	if !ok {
		return fmt.Errorf("%q is no joined batch", text)
	}
	*batch = durable.Batch[string]{Reason: durable.AllCompleted}
	for i, result := range strings.Split(list, ",") {
		batch.Items = append(batch.Items, durable.BatchItem[string]{
			Name: fmt.Sprintf("map-item-%d", i), Status: durable.ItemSucceeded, Value: &result})
	}
	return nil
}
