package remote

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/internal/arns"
)

// latest is the version that is not published.
const latest = "$LATEST"

// Version is a version of a function.
type Version struct {
	Function    string    `json:"function"`
	Version     string    `json:"version"`
	Published   time.Time `json:"published,omitzero"` // zero for $LATEST
	Description string    `json:"description,omitempty"`
	Aliases     []string  `json:"aliases,omitempty"` // that lead to it, with a share where they lead to two: "live (10%)"
	Open        int       `json:"open"`              // executions on it that have not ended, up to MaxOpen
	Deleting    bool      `json:"deleting,omitempty"`
}

// MaxOpen is how many executions of a version are counted.
const MaxOpen = 1000

// WithVersion gives the name of the function that an ARN is of, with its version if that is published.
func WithVersion(arn string) string {
	a, ok := arns.Parse(arn)
	if !ok || a.Version == "" || a.Version == latest {
		return FunctionName(arn)
	}
	return a.Function + ":" + a.Version
}

// PublishedVersion gives the version on which the execution of an ARN is; empty if that is $LATEST.
func PublishedVersion(arn string) string {
	if v := versionOf(arn); v != latest {
		return v
	}
	return ""
}

// Versions lists the versions of a function, $LATEST first, with what leads to them and runs on them.
func (s *Service) Versions(ctx context.Context, function string) ([]Version, error) {
	configurations, err := s.configurations(ctx, function)
	if err != nil {
		return nil, err
	}
	var list []Version
	for i := range configurations {
		c := &configurations[i]
		v := Version{Function: aws.ToString(c.FunctionName), Version: aws.ToString(c.Version), Description: aws.ToString(c.Description), Deleting: c.State == "Deleting"}
		if v.Version != latest {
			v.Published, _ = time.Parse("2006-01-02T15:04:05.000-0700", aws.ToString(c.LastModified))
		}
		if c.DurableConfig != nil {
			if v.Open, err = s.open(ctx, v.Function, v.Version); err != nil {
				return nil, err
			}
		}
		list = append(list, v)
	}
	aliases, err := s.aliases(ctx, function)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Aliases = leading(aliases, list[i].Version)
	}
	return list, nil
}

// configurations lists what the versions of a function are.
func (s *Service) configurations(ctx context.Context, function string) ([]types.FunctionConfiguration, error) {
	var list []types.FunctionConfiguration
	for pages := lambda.NewListVersionsByFunctionPaginator(s.Client, &lambda.ListVersionsByFunctionInput{FunctionName: &function}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.ExplainFunction(ctx, err, function)
		}
		list = append(list, page.Versions...)
	}
	return list, nil
}

// open counts the executions on a version that have not ended.
func (s *Service) open(ctx context.Context, function, version string) (n int, err error) {
	for _, status := range []types.ExecutionStatus{types.ExecutionStatusRunning, "PAUSING", "PAUSED"} {
		page, err := s.ListDurableExecutionsByFunction(ctx, &lambda.ListDurableExecutionsByFunctionInput{
			FunctionName: &function, Qualifier: &version, Statuses: []types.ExecutionStatus{status}, MaxItems: MaxOpen,
		})
		if err != nil {
			return 0, s.Explain(err)
		}
		n += len(page.DurableExecutions)
	}
	return min(n, MaxOpen), nil
}

func (s *Service) aliases(ctx context.Context, function string) ([]types.AliasConfiguration, error) {
	var list []types.AliasConfiguration
	for pages := lambda.NewListAliasesPaginator(s.Client, &lambda.ListAliasesInput{FunctionName: &function}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.ExplainFunction(ctx, err, function)
		}
		list = append(list, page.Aliases...)
	}
	return list, nil
}

// leading gives the aliases that lead to a version.
func leading(aliases []types.AliasConfiguration, version string) (names []string) {
	for _, a := range aliases {
		rest := 1.0
		name := aws.ToString(a.Name)
		if a.RoutingConfig != nil {
			for other, weight := range a.RoutingConfig.AdditionalVersionWeights {
				if rest -= weight; other == version {
					names = append(names, name+percent(weight))
				}
			}
		}
		if aws.ToString(a.FunctionVersion) == version {
			names = append(names, name+percent(rest))
		}
	}
	slices.Sort(names)
	return names
}

// percent shows a share, unless it is all.
func percent(share float64) string {
	if share == 1 {
		return ""
	}
	return " (" + strconv.FormatFloat(share*100, 'g', 4, 64) + "%)"
}

// Publish publishes what a function is. fresh tells that it has changed since the last version, which
// else is given again.
func (s *Service) Publish(ctx context.Context, function, description string) (version string, fresh bool, err error) {
	known, err := s.configurations(ctx, function)
	if err != nil {
		return "", false, err
	}
	in := &lambda.PublishVersionInput{FunctionName: &function}
	if description != "" {
		in.Description = &description
	}
	out, err := s.PublishVersion(ctx, in)
	if err != nil {
		return "", false, s.ExplainFunction(ctx, err, function)
	}
	version = aws.ToString(out.Version)
	return version, !slices.ContainsFunc(known, func(c types.FunctionConfiguration) bool { return aws.ToString(c.Version) == version }), nil
}

// Point has an alias lead to a version and to nothing else, and makes it if it isn't there. before is
// where it led; empty: it was not there.
func (s *Service) Point(ctx context.Context, function, alias, version string) (before string, err error) {
	old, err := s.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &function, Name: &alias})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		_, err = s.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: &function, Name: &alias, FunctionVersion: &version})
		return "", s.ExplainFunction(ctx, err, function)
	case err != nil:
		return "", s.ExplainFunction(ctx, err, function)
	}
	rest := 1.0
	if old.RoutingConfig != nil {
		for other, weight := range old.RoutingConfig.AdditionalVersionWeights {
			before += ", " + other + percent(weight)
			rest -= weight
		}
	}
	before = aws.ToString(old.FunctionVersion) + percent(rest) + before
	_, err = s.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: &function, Name: &alias, FunctionVersion: &version,
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{}},
	})
	return before, s.ExplainFunction(ctx, err, function)
}

// Unqualified is the name of a function without the qualifier that it may have.
func Unqualified(function string) string {
	if strings.HasPrefix(function, "arn:") {
		return FunctionName(function)
	}
	name, _, _ := strings.Cut(function, ":")
	return name
}
