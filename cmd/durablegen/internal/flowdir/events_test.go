package flowdir

import (
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// What AWS sends and takes has to be importable as it is. The exceptions are what
// JSON can't carry or loses.
var notEvents = []string{
	"APIGatewayProxyStreamingResponse",   // a reader
	"LambdaFunctionURLStreamingResponse", // a reader
	"ECSContainerInstanceEvent",          // holds a type that writes its JSON and does not read it
	"ECSContainerInstanceEventDetailType",
	"ECSContainerInstanceEventResource",
}

func TestEventsOfAWSAreImportedWhole(t *testing.T) {
	const path = "github.com/aws/aws-lambda-go/events"
	pkg, err := NewImporter(".", nil).Import(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "flow 1\n\npackage shop\n\nimport %q\n\n", path)
	n := 0
	for _, name := range pkg.Scope().Names() {
		obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || !obj.Exported() || types.IsInterface(obj.Type()) || slices.Contains(notEvents, name) {
			continue
		}
		if named, ok := types.Unalias(obj.Type()).(*types.Named); !ok || named.TypeParams().Len() > 0 || obj.IsAlias() {
			continue
		}
		fmt.Fprintf(&b, "type %s = events.%s\n", name, name)
		n++
	}
	fmt.Fprintf(&b, `
workflow reads(request APIGatewayProxyRequest, alarm CloudWatchEvent, created S3Event) string {
    var user string = ""
    if request.RequestContext.Authorizer.principalId != none { user = string(request.RequestContext.Authorizer.principalId) }
    var bucket string = ""
    if alarm.Detail.bucket.name != none { bucket = string(alarm.Detail.bucket.name) }
    for r in created.Records { bucket = bucket + r.S3.Bucket.Name + r.S3.Object.Key }
    return user + bucket + request.Body
}
`)
	if ds, text := checkText(t, b.String()); len(ds) > 0 || n < 200 {
		t.Errorf("%d types: %s", n, text)
	}
	for _, name := range notEvents {
		if ds, _ := checkText(t, fmt.Sprintf("flow 1\n\npackage shop\n\nimport %q\n\ntype T = events.%s\n", path, name)); len(ds) != 1 || ds[0].Code != "go-type" {
			t.Errorf("%s: %v", name, ds)
		}
	}
}

func checkText(t *testing.T, text string) (dsl.Diagnostics, string) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.flow"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := Load(Folder{Dir: dir, Files: []string{"a.flow"}}, dsl.CheckOptions{Importer: NewImporter(".", nil)})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	dsl.WriteText(&out, p.Shown, p.Diagnostics, false)
	return p.Diagnostics, out.String()
}
