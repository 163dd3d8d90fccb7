package remote

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// An alias that leads to two versions is shown with their shares, and leads to one again.
func TestPoint(t *testing.T) {
	e, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	server := httptest.NewServer(e.Handler())
	defer server.Close()
	s, err := Connect(t.Context(), Options{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1", "2"} {
		err := e.Register(engine.Function{Name: "orders", Invoker: engine.DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) {
			return wire.InvocationOutput{}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		for _, fresh := range []bool{true, false} {
			if version, isFresh, err := s.Publish(t.Context(), "orders", "build "+want); err != nil || version != want || isFresh != fresh {
				t.Errorf("published %s, %v, %v", version, isFresh, err)
			}
		}
	}
	point := func(version, want string) {
		t.Helper()
		if before, err := s.Point(t.Context(), "orders", "live", version); err != nil || before != want {
			t.Errorf("before it led to %q, want %q, %v", before, want, err)
		}
	}
	point("1", "")
	point("2", "1")
	point("1", "2")
	_, err = s.UpdateAlias(t.Context(), &lambda.UpdateAliasInput{
		FunctionName: aws.String("orders"), Name: aws.String("live"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	versions, err := s.Versions(t.Context(), "orders")
	if err != nil || len(versions) != 3 {
		t.Fatalf("%+v, %v", versions, err)
	}
	for i, want := range [][]string{nil, {"live (90%)"}, {"live (10%)"}} {
		if got := versions[i].Aliases; !slices.Equal(got, want) {
			t.Errorf("to version %s leads %q, want %q", versions[i].Version, got, want)
		}
	}
	point("2", "1 (90%), 2 (10%)")
	point("2", "2")
}
