package arns

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]ARN{
		"arn:aws:lambda:eu-west-1:111122223333:function:orders":                                 {Partition: "aws", Region: "eu-west-1", Account: "111122223333", Function: "orders"},
		"arn:aws-cn:lambda:cn-north-1:111122223333:function:orders:live":                        {Partition: "aws-cn", Region: "cn-north-1", Account: "111122223333", Function: "orders", Version: "live"},
		"arn:aws:lambda:eu-west-1:111122223333:function:orders:7/durable-execution/order-42/5f": {Partition: "aws", Region: "eu-west-1", Account: "111122223333", Function: "orders", Version: "7", Name: "order-42", ID: "5f"},
	} {
		got, ok := Parse(text)
		if !ok || got != want {
			t.Errorf("%s reads as %+v, %v, want %+v", text, got, ok, want)
		}
		if got.String() != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
	for _, text := range []string{
		"", "orders", "orders/order-42", "arn:::/",
		"arn:aws:states:eu-west-1:111122223333:execution:a:b",
		"arn:aws:lambda:eu-west-1:111122223333:layer:a",
		"arn:aws:lambda:eu-west-1:111122223333:function:orders/durable-execution/a/b", // no version
		"arn:aws:lambda:eu-west-1:111122223333:function:orders:7/durable-execution/a",
		"arn:aws:lambda:eu-west-1:111122223333:function:orders:7:8",
	} {
		if got, ok := Parse(text); ok {
			t.Errorf("%q reads as %+v", text, got)
		}
	}
}

func TestPinned(t *testing.T) {
	for version, want := range map[string]bool{"": false, "7": true, "10": true, "live": false, "$LATEST": false, "7a": false} {
		if got := (ARN{Version: version}).Pinned(); got != want {
			t.Errorf("version %q: pinned %v", version, got)
		}
	}
}

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "order-42": true, "_": true, strings.Repeat("n", 64): true,
		"": false, strings.Repeat("n", 65): false, "a b": false, "a\n": false, "é": false, "a/b": false, "a:b": false,
	} {
		if got := IsName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestFunctionOf(t *testing.T) {
	for text, want := range map[string][2]string{
		"f": {"f", ""}, "f:live": {"f", "live"}, "f:$LATEST": {"f", "$LATEST"}, "111122223333:function:f": {"f", ""}, "111122223333:function:f:7": {"f", "7"},
		"arn:aws:lambda:eu-west-1:111122223333:function:f": {"f", ""}, "arn:aws:lambda:eu-west-1:111122223333:function:f:live": {"f", "live"},
	} {
		if name, qualifier := FunctionOf(text); name != want[0] || qualifier != want[1] || !IsFunction(text) {
			t.Errorf("%s is %s, %s, %v", text, name, qualifier, IsFunction(text))
		}
	}
	for _, text := range []string{
		"", "f g", "f:", ":live", "f:a b", "f:live:7", "arn:aws:sns:eu-west-1:111122223333:f", "arn:aws:lambda:eu-west-1:111122223333:function", strings.Repeat("f", 65),
	} {
		if FunctionOf(text); IsFunction(text) {
			t.Errorf("%q is taken for a function", text)
		}
	}
}
