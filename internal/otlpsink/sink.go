// Package otlpsink takes what a program exports by OTLP over HTTP and keeps it, for tests.
package otlpsink

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is a span as it was exported. IDs are hexadecimal, that of the parent is empty if
// there is none. Values of attributes are texts, int64, bool, float64 and lists of them.
type Span struct {
	TraceID, ID, ParentID string
	Name                  string
	Kind                  string // such as INTERNAL
	Start, End            time.Time
	Status                string // UNSET, OK or ERROR
	Message               string // of the status
	Service               string
	Attributes            map[string]any // the resource's, too
	Links                 []Link
	Events                []string // their names
}

// Link is to a span.
type Link struct{ TraceID, ID string }

// Point is a measurement: of a counter its value, of a histogram its sum and count.
type Point struct {
	Name       string
	Attributes map[string]any
	Value      float64
	Count      uint64
}

// Sink is the handler of a receiver. Its zero value is ready, and may be used by several
// goroutines.
type Sink struct {
	mu     sync.Mutex
	spans  []Span
	points []Point
}

// Spans gives all spans so far, in the order in which they came.
func (s *Sink) Spans() []Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.spans)
}

// Points gives the measurements of the last export of metrics.
func (s *Sink) Points() []Point {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.points)
}

// ServeHTTP takes exports in protobuf.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var answer proto.Message
	switch r.URL.Path {
	case "/v1/traces":
		var in collectortrace.ExportTraceServiceRequest
		err = proto.Unmarshal(body, &in)
		s.addSpans(in.ResourceSpans)
		answer = &collectortrace.ExportTraceServiceResponse{}
	case "/v1/metrics":
		var in collectormetrics.ExportMetricsServiceRequest
		err = proto.Unmarshal(body, &in)
		s.setPoints(in.ResourceMetrics)
		answer = &collectormetrics.ExportMetricsServiceResponse{}
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out, _ := proto.Marshal(answer)
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.Write(out)
}

func read(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unzipped)
}

func (s *Sink) addSpans(resources []*tracepb.ResourceSpans) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range resources {
		for _, scope := range resource.ScopeSpans {
			for _, in := range scope.Spans {
				s.spans = append(s.spans, spanOf(resource.Resource.GetAttributes(), in))
			}
		}
	}
}

func spanOf(resource []*common.KeyValue, in *tracepb.Span) Span {
	out := Span{
		TraceID: hex.EncodeToString(in.TraceId), ID: hex.EncodeToString(in.SpanId), ParentID: hex.EncodeToString(in.ParentSpanId),
		Name: in.Name, Kind: strings.TrimPrefix(in.Kind.String(), "SPAN_KIND_"),
		Start: time.Unix(0, int64(in.StartTimeUnixNano)), End: time.Unix(0, int64(in.EndTimeUnixNano)),
		Status: strings.TrimPrefix(in.Status.GetCode().String(), "STATUS_CODE_"), Message: in.Status.GetMessage(),
		Attributes: attributes(resource, in.Attributes),
	}
	out.Service, _ = out.Attributes["service.name"].(string)
	for _, l := range in.Links {
		out.Links = append(out.Links, Link{hex.EncodeToString(l.TraceId), hex.EncodeToString(l.SpanId)})
	}
	for _, e := range in.Events {
		out.Events = append(out.Events, e.Name)
	}
	return out
}

func attributes(lists ...[]*common.KeyValue) map[string]any {
	all := map[string]any{}
	for _, list := range lists {
		for _, a := range list {
			all[a.Key] = valueOf(a.Value)
		}
	}
	return all
}

func valueOf(v *common.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return v.BoolValue
	case *common.AnyValue_IntValue:
		return v.IntValue
	case *common.AnyValue_DoubleValue:
		return v.DoubleValue
	case *common.AnyValue_ArrayValue:
		list := make([]any, len(v.ArrayValue.Values))
		for i, item := range v.ArrayValue.Values {
			list[i] = valueOf(item)
		}
		return list
	}
	return nil
}

func (s *Sink) setPoints(resources []*metrics.ResourceMetrics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.points = nil
	for _, resource := range resources {
		for _, scope := range resource.ScopeMetrics {
			for _, m := range scope.Metrics {
				for _, p := range m.GetSum().GetDataPoints() {
					s.points = append(s.points, Point{Name: m.Name, Attributes: attributes(p.Attributes), Value: float64(p.GetAsInt())})
				}
				for _, p := range m.GetHistogram().GetDataPoints() {
					s.points = append(s.points, Point{Name: m.Name, Attributes: attributes(p.Attributes), Value: p.GetSum(), Count: p.Count})
				}
			}
		}
	}
}
