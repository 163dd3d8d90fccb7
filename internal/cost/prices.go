package cost

import (
	"fmt"
	"maps"
	"slices"

	"github.com/durablegen/durablegen/internal/near"
)

// PricesOf is the day on which the prices were last looked at.
const PricesOf = "2026-11-30"

// PriceSources says where the prices are from.
const PriceSources = "AWS Lambda pricing page (durable functions, US East (N. Virginia); as quoted in public in 2026), AWS's price list for requests and duration"

// Prices are list prices in US dollars, without free tiers, tiers of volume and savings plans.
type Prices struct {
	Region     string
	Operations float64 // of a million
	Written    float64 // of a GB
	Retained   float64 // of a GB for a month
	Requests   float64 // of a million
	Second     float64 // of a GB for a second, on x86
	SecondArm  float64 // on Graviton
	// Known: the prices of durable operations and their data are known of this region;
	// else those of us-east-1 stand for them.
	Known bool
}

// regions are the prices of requests and seconds; those of durable operations are public
// for us-east-1 alone.
var regions = map[string]Prices{
	"us-east-1":      {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334, Operations: 8, Written: 0.25, Retained: 0.15, Known: true},
	"us-east-2":      {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"us-west-2":      {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"eu-west-1":      {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"eu-west-2":      {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"eu-central-1":   {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"ap-south-1":     {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"ap-southeast-1": {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"ap-southeast-2": {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
	"ap-northeast-1": {Requests: 0.20, Second: 0.0000166667, SecondArm: 0.0000133334},
}

// Regions lists the regions with known prices.
func Regions() []string { return slices.Sorted(maps.Keys(regions)) }

// PricesIn gives the prices of a region.
func PricesIn(region string) (Prices, error) {
	p, ok := regions[region]
	if !ok {
		return Prices{}, fmt.Errorf("no prices are known for the region `%s`; %s", region, near.Help(region, Regions()))
	}
	if !p.Known {
		like := regions["us-east-1"]
		p.Operations, p.Written, p.Retained = like.Operations, like.Written, like.Retained
	}
	p.Region = region
	return p, nil
}

// Metering is what AWS charges of a construct.
type Metering struct{ What, Operations, Data string }

// MeterSource is where Metered is from.
const MeterSource = "AWS Lambda developer guide, \"How durable operations are metered\" (2026) and \"Retries for Lambda durable functions\""

// Metered is what is charged, as AWS's developer guide has it: see MeterSource. What it leaves open is said in
// the last rows.
var Metered = []Metering{
	{"an execution", "1 when it starts, 0 when it ends", "its input and its result"},
	{"a step", "1, and 1 for each further attempt", "what each attempt returns, or its error"},
	{"a wait", "1", "nothing"},
	{"a poll", "1, and 1 for each check", "what each check returns"},
	{"`open`", "1", "the answer"},
	{"`callback`", "3 (context, callback, submitter), and 1 for each further attempt of the submitter", "two copies of the answer"},
	{"a group, `call` or `select`", "1", "its result"},
	{"a `map` or `parallel`", "1, and 1 for each item or branch", "up to two copies of each result, and what became of each"},
	{"an invocation that failed and is repeated", "1", "its error"},
	{"`invoke`", "1: an older edition of the guide has it, the current one has no row for it", "input and result; the older edition names a copy of the result"},
	{"the first check of a poll", "by the letter of the guide (1 + polls) it counts besides the operation", ""},
}

// usage is what is paid for.
type usage struct{ operations, written, retained, invocations, gbSeconds float64 }

const (
	gigabyte = 1 << 30
	month    = 30 * 24 * 3600
)

// Cost is what an execution costs, in US dollars.
type Cost struct {
	Operations, Written, Retained, Requests, Compute float64
}

// Total is the sum.
func (c Cost) Total() float64 { return c.Operations + c.Written + c.Retained + c.Requests + c.Compute }

func (p Prices) of(u usage, arm bool) Cost {
	second := p.Second
	if arm {
		second = p.SecondArm
	}
	return Cost{
		Operations: product(u.operations, p.Operations/1e6),
		Written:    product(u.written/gigabyte, p.Written),
		Retained:   product(u.retained, p.Retained),
		Requests:   product(u.invocations, p.Requests/1e6),
		Compute:    product(u.gbSeconds, second),
	}
}
