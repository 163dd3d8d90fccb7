package judge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// LogRecord is one line of a handler's log, as an object.
type LogRecord struct {
	Fields map[string]any
	Time   time.Time
}

// LogBook collects the handlers' log lines by execution. The zero value is ready.
type LogBook struct {
	mu      sync.Mutex
	records map[string][]LogRecord
}

// Add takes a line. One that is no JSON object, or that names no execution, is
// of no interest.
func (b *LogBook) Add(at time.Time, line string) {
	v, err := decode([]byte(line))
	fields, ok := v.(map[string]any)
	if err != nil || !ok {
		return
	}
	arn, ok := fields["durableExecutionArn"].(string)
	if !ok {
		arn, ok = fields["executionArn"].(string)
	}
	if !ok {
		return
	}
	if text, ok := fields["timestamp"].(string); ok {
		if own, err := time.Parse(time.RFC3339Nano, text); err == nil {
			at = own
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.records == nil {
		b.records = map[string][]LogRecord{}
	}
	b.records[arn] = append(b.records[arn], LogRecord{fields, at})
}

// Records gives the records of an execution so far.
func (b *LogBook) Records(arn string) []LogRecord {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.records[arn])
}

// MatchLogs compares records with what is expected of them.
func MatchLogs(expected []LogExpectation, records []LogRecord, vars Variables) []string {
	var out []string
	for _, want := range expected {
		if problem := matchLog(want, records, vars); problem != "" {
			out = append(out, fmt.Sprintf("logs with %s: %s", describe(vars.Fill(want.Match).(map[string]any)), problem))
		}
	}
	return out
}

func matchLog(want LogExpectation, records []LogRecord, vars Variables) string {
	own, err := selectRecords(want.Match, records, vars)
	switch {
	case err != nil:
		return err.Error()
	case len(own) < want.Min:
		return fmt.Sprintf("%d, not %d", len(own), want.Min)
	case want.Max >= 0 && len(own) > want.Max:
		return fmt.Sprintf("%d, not %d", len(own), want.Max)
	}
	for _, anchors := range []struct {
		word    string
		matches []map[string]any
		wrong   func(own, anchor LogRecord) bool
	}{
		{"after", want.After, func(own, anchor LogRecord) bool { return own.Time.Before(anchor.Time) }},
		{"before", want.Before, func(own, anchor LogRecord) bool { return own.Time.After(anchor.Time) }},
	} {
		for _, match := range anchors.matches {
			others, err := selectRecords(match, records, vars)
			if err != nil {
				return err.Error()
			}
			if len(others) == 0 {
				return fmt.Sprintf("there is nothing to be %s: %s", anchors.word, describe(match))
			}
			for _, o := range own {
				for _, other := range others {
					if anchors.wrong(o, other) {
						return fmt.Sprintf("one is not %s %s", anchors.word, describe(match))
					}
				}
			}
		}
	}
	return ""
}

// selectRecords gives the records with all the fields of match.
func selectRecords(match map[string]any, records []LogRecord, vars Variables) ([]LogRecord, error) {
	var out []LogRecord
records:
	for _, r := range records {
		for field, want := range match {
			got, present := r.Fields[field]
			if !present {
				continue records
			}
			same, err := sameField(want, got, vars)
			if err != nil {
				return nil, err
			}
			if !same {
				continue records
			}
		}
		out = append(out, r)
	}
	return out, nil
}

func sameField(want, got any, vars Variables) (bool, error) {
	text, ok := want.(string)
	if !ok {
		return Equal(want, got), nil
	}
	if len(text) >= 2 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/") {
		return vars.search(text[1:len(text)-1], plain(got))
	}
	filled := vars.fill(text)
	if n, ok := got.(json.Number); ok {
		return filled == n.String(), nil
	}
	s, ok := got.(string)
	return ok && strings.TrimSpace(s) == strings.TrimSpace(filled), nil
}

func describe(match map[string]any) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(match)) {
		parts = append(parts, field+" "+quoted(match[field]))
	}
	return strings.Join(parts, ", ")
}
