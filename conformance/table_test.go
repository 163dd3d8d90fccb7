package main

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/conformance/judge"
)

// table says of every workflow which history it leaves, in short: the requirements
// as one reads them in the suite's overview, so that they are held also where no
// copy of the suite is at hand.
//
//	S step  W wait  C child context  K callback  H invoked function  IC invocation  X execution
//	s started  + succeeded  - failed  t timed out
//	Ps parallel  Bs branch  Ms map  Is item  Fs wait for a callback  Qs poll, as they start
//
// A number after a slash is a duration: of a wait, a time-out, or until the next attempt.
var table = []struct {
	id, input, events string
	result            string // JSON; empty: any
	callbacks         []judge.CallbackAction
}{
	{id: "1-1", input: `"World"`, events: "Ss S+ IC X+", result: `"Hello, World!"`},
	{id: "1-2", input: `"World"`, events: "Ss S+ IC X+", result: `"Hello, World!"`},
	{id: "1-3", input: `["anything"]`, events: "Ss S+ Ss S+ IC X+", result: `"first_second"`},
	{id: "1-4", input: `{"name":"Bob","tags":[]}`, events: "Ss S+ IC X+", result: `{"user":{"name":"Bob","tags":[]},"count":0}`},
	{id: "1-5", events: "Ss S+ IC X+", result: `null`},
	{id: "1-6", input: `"hello world"`, events: "Ss S+ IC X+", result: `"HELLO WORLD"`},
	{id: "1-7", input: `"you"`, events: "Ss S+ IC X+", result: `"Hello, you!"`},
	{id: "1-8", events: "Ss S+ Ws/2 IC W+/2 IC X+", result: `"computed"`},
	{id: "1-9", events: "Ss S+ Ws/1 IC W+/1 IC X+", result: `"cached_value"`},
	{id: "1-10", events: "Ss S- Ws/1 IC W+ IC X+", result: `"it broke"`},
	{id: "1-11", events: "Ss S-/1 IC Ss S+ IC X+", result: `"Operation succeeded"`},
	{id: "1-12", events: "Ss S-/1 IC Ss S-/1 IC Ss S-/1 IC Ss S- IC X-"},
	{id: "1-13", events: "Ss S- IC Ss S- IC Ss S+ IC X+"},
	{id: "1-14", events: "Ss S-/2 IC Ss S-/6 IC Ss S+ IC X+"},
	{id: "1-15", events: "Ss S-/1 IC Ss S+ IC X+"},
	{id: "1-16", events: "Ss S- IC X-"},
	{id: "1-17", input: `"bang"`, events: "Ss IC S- IC X-"},
	{id: "1-18", input: `"bang"`, events: "Ss IC S- IC Ss S+ IC X+", result: `"succeeded on second attempt"`},
	{id: "1-19", events: "Ss S- IC X-"},
	{id: "1-20", events: "Ss S- Ss S+ IC X+", result: `"fallback_result"`},

	{id: "2-1", input: `"anything"`, events: "Ws/2 IC W+/2 IC X+"},
	{id: "2-2", events: "Ws/2 IC W+/2 IC X+"},
	{id: "2-3", events: "Ws/2 IC W+/2 Ws/2 IC W+/2 IC X+", result: `{"completedWaits":2}`},
	{id: "2-4", events: "Ws/60 IC"},
	{id: "2-5", events: "Ws/3600 IC"},

	{id: "3-1", input: `"v"`, events: "Cs Ss S+ C+ IC X+", result: `"v"`},
	{id: "3-2", input: `{"name":"n","value":"v"}`, events: "Cs Ss S+ C+ IC X+", result: `"v"`},
	{id: "3-3", input: `"v"`, events: "Cs Ss S+ Ss S+ C+ IC X+", result: `"v"`},
	{id: "3-4", events: "Cs Ss S- C- IC X-"},
	{id: "3-5", input: `"v"`, events: "Cs Ss S- C- Ss S+ IC X+", result: `"v"`},
	{id: "3-6", input: `"v"`, events: "Cs Ss S+ Cs Ss S+ C+ C+ IC X+", result: `"v"`},
	{id: "3-7", input: `"v"`, events: "Cs Ss S-/1 IC Ss S+ C+ IC X+", result: `"v"`},
	{id: "3-8", events: "Cs Ss S-/1 IC Ss S- C- IC X-"},
	{id: "3-9", input: `"v"`, events: "Cs Ss S+ C+ Ws IC W+ IC X+", result: `"v"`},
	{id: "3-10", input: `"v"`, events: "Cs Ss S+ Ws IC W+ C+ IC X+", result: `"v"`},
	{id: "3-11", input: `"v"`, events: "Cs Ss S+ C+ Ws IC W+ IC X+", result: `300001`},
	{id: "3-12", input: `"v"`, events: "Cs Ss IC S+ C+ IC X+", result: `"v"`},
	{id: "3-13", input: `"v"`, events: "Cs Ws IC W+ C+ Ss S+ IC X+", result: `"v"`},
	{id: "3-14", input: `"v"`, events: "Cs Ss S+ C+ IC X+", result: `"V"`},
	{id: "3-15", events: "Cs C- IC X-"},
	{id: "3-16", events: "Cs C+ IC X+", result: `null`},
	{id: "3-17", input: `"v"`, events: "Cs C+ Ws IC W+ IC X+", result: `"v"`},
	{id: "3-18", input: `"v"`, events: "Cs Ss S+ Ws IC W+ C+ Ss S+ Ws IC W+ IC X+", result: `"v"`},

	{id: "4-1", input: `"cb"`, events: "Ks IC K+ IC X+", result: `{"a":1}`, callbacks: answers},
	{id: "4-2", events: "Ks IC K+ IC X+", result: `{"a":1}`, callbacks: answers},
	{id: "4-3", input: `"cb"`, events: "Ks/5 IC Kt IC X-"},
	{id: "4-4", input: `"cb"`, events: "Ks IC Kt IC X-"},
	{id: "4-5", input: `"cb"`, events: "Ks IC K+ IC X+", callbacks: append([]judge.CallbackAction{{Name: "*", Operation: "heartbeat"}}, answers...)},
	{id: "4-6", input: `"cb"`, events: "Ks IC K- IC X-", callbacks: refusals},
	{id: "4-7", input: `"cb"`, events: "Ks Ss S+ IC K- IC X-", callbacks: refusals},
	{id: "4-8", input: `"cb"`, events: "Ks/5 Ss S+ IC Kt IC X-"},
	{id: "4-9", input: `"cb"`, events: "Ks Ws/5 IC K+ IC W+ IC X+", result: `{"a":1}`, callbacks: answers},
	{id: "4-10", input: `"cb"`, events: "Ks Ws/5 IC K- IC W+ IC X-", callbacks: refusals},
	{id: "4-11", input: `"cb"`, events: "Ks/3 Ws/6 IC Kt IC W+ IC X-"},
	{id: "4-12", input: `"cb"`, events: "Ks IC K+ Ws/2 IC W+ IC X+", result: `{"a":1}`, callbacks: answers},
	{id: "4-13", input: `"cb"`, events: "Ks IC K- Ws/2 IC W+ IC X+", callbacks: refusals},
	{id: "4-14", input: `"cb"`, events: "Ks/3 IC Kt Ws/2 IC W+ IC X+"},
	{id: "4-15", input: `"cb"`, events: "Ks IC K+ IC X+", result: `{"received":{"id":"i","message":"m","timestamp":60}}`,
		callbacks: answer(map[string]any{"id": "i", "message": "m", "timestamp": "1970-01-01T00:01:00Z"})},
	{id: "4-16", input: `"cb"`, events: "Ks IC K+ IC X+", result: `{"count":21,"doubled":42}`, callbacks: answer(json.Number("21"))},
	{id: "4-17", input: `["a","b"]`, events: "Ks IC K+ Ks IC K+ IC X+", result: `["A","B"]`, callbacks: aThenB},
	{id: "4-18", input: `["a","b"]`, events: "Ks Ks IC K+ IC K+ IC X+", result: `["A","B"]`, callbacks: aThenB},
	{id: "4-19", input: `["a","b"]`, events: "Ks Ks IC K+ IC K+ IC X+", result: `["A","B"]`, callbacks: aThenB},

	{id: "5-1", input: `"v"`, events: "Hs IC H+ IC X+", result: `"v"`},
	{id: "5-2", input: `{"name":"n","payload":"v"}`, events: "Hs IC H+ IC X+", result: `"v"`},
	{id: "5-3", input: `{"a":{"b":[1,2.5]}}`, events: "Hs IC H+ IC X+", result: `{"a":{"b":[1,2.5]}}`},
	{id: "5-4", events: "Hs IC H+ IC X+", result: `null`},
	{id: "5-5", events: "Hs IC H- IC X-"},
	{id: "5-6", events: "Hs IC H- IC X+", result: `"target failed"`},
	{id: "5-7", events: "Hs IC H+ IC X+"},
	{id: "5-8", input: `{"tenantId":"t","payload":"v"}`, events: "Hs IC H+ IC X+", result: `"v"`},
	{id: "5-9", events: "Hs IC H+ Ws IC W+ IC X+"},
	{id: "5-10", events: "Hs IC H- Ws/1 IC W+ IC X+", result: `"target failed"`},
	{id: "5-11", events: "Ss S+ Hs IC H+ IC X+", result: `"computed"`},
	{id: "5-12", events: "Hs IC H+ Ss S+ IC X+", result: `"hello"`},
	{id: "5-13", input: `"v"`, events: "Cs Hs IC H+ C+ IC X+", result: `"v"`},
	{id: "5-14", input: `"v"`, events: "Hs IC H+ Hs IC H+ IC X+", result: `"v"`},
	{id: "5-15", input: `{"data":["v"]}`, events: "Hs IC H+ IC X+", result: `{"data":["V"]}`},
	{id: "5-16", input: `"v"`, events: "Hs IC H+ IC X+", result: `"\"V\""`},

	{id: "6-1", input: `3`, events: "Qs S+ IC Qs S+ IC Qs S+ IC X+", result: `3`},
	{id: "6-2", input: `5`, events: "Qs S+ IC X+", result: `5`},
	{id: "6-3", events: "Qs S+ IC Qs S+ IC X+", result: `2`},
	{id: "6-4", input: `8`, events: "Qs S+ IC Qs S+ IC Qs S+ IC X+", result: `8`},
	{id: "6-5", input: `3`, events: "Qs S+/2 IC Qs S+/2 IC Qs S+ IC X+", result: `3`},
	{id: "6-6", events: "Qs S+ IC Qs S+ IC Qs S- IC X-"},
	{id: "6-7", events: "Qs S- IC X-"},
	{id: "6-8", events: "Qs S- IC X+", result: `"recovered"`},
	{id: "6-9", events: "Qs S+ IC Qs S+ IC X+", result: `{"status":"DONE","attempts":2}`},
	{id: "6-10", events: "Qs S+ IC X+", result: `null`},
	{id: "6-11", events: "Qs S+ IC Qs S+ IC X+", result: `"xx"`},
	{id: "6-12", input: `2`, events: "Qs S+ IC Qs S+ Ss S+ IC X+", result: `20`},
	{id: "6-13", events: "Qs S+ IC Qs S+ Qs S+ IC Qs S+ IC X+", result: `4`},

	{id: "7-1", input: `"cb"`, events: "Fs Ks Ss S+ IC K+ C+ IC X+", result: `{"a":1}`, callbacks: answers},
	{id: "7-2", events: "Fs Ks Ss S+ IC K+ C+ IC X+", result: `{"a":1}`, callbacks: answers},
	{id: "7-3", events: "Fs Ks Ss S+ IC K+ C+ IC X+", result: `{"a":1}`, callbacks: answers},
	{id: "7-4", input: `"cb"`, events: "Fs Ks Ss S+ IC K- C- IC X-", callbacks: refusals},
	{id: "7-5", input: `"cb"`, events: "Fs Ks/3 Ss S+ IC Kt C- IC X-"},
	{id: "7-6", input: `"cb"`, events: "Fs Ks Ss S+ IC K- C- IC X+", result: `"recovered"`, callbacks: refusals},
	{id: "7-7", input: `"cb"`, events: "Fs Ks Ss S-/1 IC Ss S- C- IC X-"},
	{id: "7-8", input: `"cb"`, events: "Cs Fs Ks Ss S+ IC K+ C+ C+ IC X+", callbacks: answers},
	{id: "7-9", events: "Fs Ks Ss S+ IC K+ C+ Fs Ks Ss S+ IC K+ C+ IC X+", result: `"B"`,
		callbacks: aThenB},
	{id: "7-10", input: `"cb"`, events: "Ws/1 IC W+ Ss S+ Fs Ks Ss S+ IC K+ C+ IC X+", callbacks: answers},
	{id: "7-11", input: `"cb"`, events: "Fs Ks Ss S+ IC K+ C+ IC X+", result: `"fine"`, callbacks: answer(map[string]any{"status": "fine"})},
	{id: "7-12", input: `"cb"`, events: "Fs Ks Ss S+ IC Kt C- IC X-"},
	{id: "7-13", input: `"cb"`, events: "Fs Ks Ss S+ IC K+ C+ IC X+", callbacks: append([]judge.CallbackAction{{Name: "*", Operation: "heartbeat"}}, answers...)},
	{id: "7-14", input: `"cb"`, events: "Fs Ks/3 Ss S+ IC Kt C- IC X+", result: `"timed-out-handled"`},
	{id: "7-15", input: `"cb"`, events: "Fs Ks Ss S+ IC K+ C+ IC X+", result: `null`, callbacks: []judge.CallbackAction{{Name: "*", Operation: "success", Delay: time.Second}}},

	{id: "8-1", events: "Ps Bs Ss S+ C+ Bs Ss S+ C+ C+ IC X+", result: `["task-1","task-2"]`},
	{id: "8-2", events: "Ps Bs C+ Bs C+ C+ IC X+", result: `["alpha","beta"]`},
	{id: "8-3", events: "Ps Bs C+ Bs C+ C+ IC X+", result: `["one","two"]`},
	{id: "8-4", events: "Ps Bs C+ Bs C+ Bs C+ C+ IC X+", result: `["hello",42,{"k":"v"}]`},
	{id: "8-5", events: "Ps C+ IC X+", result: `[]`},
	{id: "8-6", events: "Ps Bs C+ Bs C- C+ IC X+", result: outcome("FAILURE_TOLERANCE_EXCEEDED", 1, 1)},
	{id: "8-7", events: "Ps Bs C- C+ IC X-"},
	{id: "8-8", events: "Ps Bs C+ Bs C+ C+ IC X+", result: `{"completionReason":"MIN_SUCCESSFUL_REACHED","successCount":2,"totalCount":2}`},
	{id: "8-9", events: "Ps Bs C+ Bs C- Bs C+ C+ IC X+", result: outcome("ALL_COMPLETED", 2, 1)},
	{id: "8-10", events: "Ps Bs C- Bs C- C+ IC X+", result: exceeded(0, 2)},
	{id: "8-11", events: "Ps", result: `["r0","r1","r2"]`},
	{id: "8-12", events: "Ps Ss S+ Ss S+ C+ IC X+", result: `["fa","fb"]`},
	{id: "8-13", events: "Ps Bs C- Bs C- C+ IC X+", result: exceeded(0, 2)},
	{id: "8-14", events: "Ps Bs Ss S+ C+ Bs Ws/2 IC W+ C+ C+ IC X+", result: `["b0","b1"]`},
	{id: "8-15", events: "Ps Bs C+ Bs C+ C+ IC X+", result: `["x","y"]`},
	{id: "8-16", events: "Ps Bs C- Bs C- Bs C- C+ IC X+", result: outcome("ALL_COMPLETED", 0, 3)},
	{id: "8-17", events: "Ps Bs C+ Bs C- Bs C+ C+ IC X+", result: outcome("ALL_COMPLETED", 2, 1)},
	{id: "8-18", events: "Ps Bs C- Bs C- C+ IC X+", result: exceeded(0, 2)},
	{id: "8-19", events: "IC X-"},
	{id: "8-20", events: "Ps Bs C+ Bs C- Bs C+ C+ IC X+", result: `{"hasFailure":true,"successCount":2,"failureCount":1,"errorCount":1}`},
	{id: "8-21", events: "Ps Bs Ps Bs Ss S+ C+ Bs Ss S+ C+ C+ C+ C+ IC X+", result: `[["i1","i2"]]`},
	{id: "8-22", events: "Ps Bs C- Bs C+ Bs C+ Bs C+ C+ IC X+", result: outcome("ALL_COMPLETED", 3, 1)},
	{id: "8-23", events: "Ps Bs C+ Bs C+ Bs C+ C+ IC X+", result: `["reserved",200,{"currency":"USD"}]`},
	{id: "8-24", events: "Ps Bs C+ Bs C+ C+ IC X+", result: `["ready","ready-second"]`},

	{id: "9-1", input: `["a","b"]`, events: "Ms Is Ss S+ C+ Is Ss S+ C+ C+ IC X+", result: `["Hello, a!","Hello, b!"]`},
	{id: "9-2", input: `[1,2]`, events: "Ms Is C+ Is C+ C+ IC X+", result: `[2,4]`},
	{id: "9-3", input: `[10,20,30]`, events: "Ms Is C+ Is C+ Is C+ C+ IC X+", result: `[10,21,32]`},
	{id: "9-4", events: "Ms C+ IC X+", result: `[]`},
	{id: "9-5", events: "Ms Is C+ Is C- C+ IC X+", result: outcome("FAILURE_TOLERANCE_EXCEEDED", 1, 1)},
	{id: "9-6", events: "Ms Is C- C+ IC X-"},
	{id: "9-7", events: "Ms Is C+ Is C+ C+ IC X+", result: `{"completionReason":"MIN_SUCCESSFUL_REACHED","successCount":2,"totalCount":2}`},
	{id: "9-8", events: "Ms Is C+ Is C- Is C+ C+ IC X+", result: outcome("ALL_COMPLETED", 2, 1)},
	{id: "9-9", events: "Ms Is C- Is C- C+ IC X+", result: exceeded(0, 2)},
	{id: "9-10", events: "Ms Is C- Is C- C+ IC X+", result: exceeded(0, 2)},
	{id: "9-11", events: "Ms", result: `["r0","r1","r2"]`},
	{id: "9-12", events: "Ms Ss S+ Ss S+ C+ IC X+", result: `["fa","fb"]`},
	{id: "9-13", input: `[3,4]`, events: "Ms Is C+ Is C+ C+ IC X+", result: `[30,40]`},
	{id: "9-14", events: "Ms Is C+ Is C+ C+ IC X+", result: `["X","Y"]`},
	{id: "9-15", events: "Ms Is Ss S+ C+ Is Ws/1 IC W+ Ss S+ C+ C+ IC X+", result: `["r0","r1"]`},
	{id: "9-16", events: "Ms Is C+ Is C+ Is C+ Is C+ C+ IC X+", result: `{"successCount":4,"totalCount":4}`},
	{id: "9-17", events: "Ms Is C+ Is C+ C+ Ws/1 IC W+ IC X+", result: `["A","B"]`},
	{id: "9-18", events: "Ms Is C+ Is C- C+ Ws/1 IC W+ IC X+", result: outcome("ALL_COMPLETED", 1, 1)},
	{id: "9-19", events: "Ms Is C+ Is C+ C+ IC X+", result: `["X","Y"]`},
	{id: "9-20", events: "Ms Is C+ Is C+ C+ Ws/1 IC W+ IC X+", result: `["X","Y"]`},

	{id: "11-1", events: "Ws/1 IC W+/1 IC X-"},

	{id: "13-1", input: `{"id":"i","value":"v"}`, events: "Ss S+ Ws/1 IC W+/1 Ss S+ IC X+"},
}

var (
	answers  = answer(map[string]any{"a": json.Number("1")})
	refusals = []judge.CallbackAction{{Name: "*", Operation: "failure", HasPayload: true, Delay: time.Second,
		Payload: map[string]any{"ErrorType": "RejectedError", "ErrorMessage": "not approved"}}}
	aThenB = append(answer("A"), answer("B")...)
)

// answer answers a callback, late enough for the invocation to have ended.
func answer(payload any) []judge.CallbackAction {
	return []judge.CallbackAction{{Name: "*", Operation: "success", Payload: payload, HasPayload: true, Delay: time.Second}}
}

func outcome(reason string, succeeded, failed int) string {
	return fmt.Sprintf(`{"completionReason":%q,"status":"FAILED","successCount":%d,"failureCount":%d,"totalCount":%d}`,
		reason, succeeded, failed, succeeded+failed)
}

func exceeded(succeeded, failed int) string {
	return fmt.Sprintf(`{"completionReason":"FAILURE_TOLERANCE_EXCEEDED","successCount":%d,"failureCount":%d,"totalCount":%d}`,
		succeeded, failed, succeeded+failed)
}

// TestTable runs the workflows of the table against the engine and the real binary.
func TestTable(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	var requirements []*judge.Requirement
	for _, row := range table {
		requirements = append(requirements, requirementOf(t, row.id, row.input, row.events, row.result, row.callbacks))
	}
	planted := 0
	score(t, startService(t), requirements, func(v *judge.Verdict) {
		if !v.Passed() || v.EndStatus == "RUNNING" || len(v.Events) != len(v.History)+1 {
			return
		}
		for what, wrong := range falsified(v.Events) {
			planted++
			problems := judge.MatchHistory(v.History, wrong, judge.Variables{})
			if len(append(problems, judge.Sound(v.Sent, wrong)...)) == 0 {
				v.Problems = append(v.Problems, "the judge overlooks it when "+what)
			}
		}
	})
	t.Logf("%d faults planted in the histories", planted)
}

// falsified gives wrong histories made of a right one, and what is wrong with each.
func falsified(right []judge.Event) iter.Seq2[string, []judge.Event] {
	return func(yield func(string, []judge.Event) bool) {
		times := map[any]int{}
		for _, e := range right {
			times[e["Id"]]++
		}
		for i, e := range right {
			other, untimed, misfed := maps.Clone(e), maps.Clone(e), maps.Clone(e)
			other["Id"] = "other"
			delete(untimed, "EventTimestamp")
			misfed["ExecutionStartedDetails"] = map[string]any{"Input": map[string]any{"Payload": "other"}}
			for what, wrong := range map[string][]judge.Event{
				"is missing":                  slices.Delete(slices.Clone(right), i, i+1),
				"comes twice":                 slices.Insert(slices.Clone(right), i, e),
				"is of another operation":     slices.Replace(slices.Clone(right), i, i+1, other),
				"has no time":                 slices.Replace(slices.Clone(right), i, i+1, untimed),
				"has another input":           slices.Replace(slices.Clone(right), i, i+1, misfed),
				"comes at the end":            append(slices.Delete(slices.Clone(right), i, i+1), e),
				"comes before all the others": slices.Insert(slices.Delete(slices.Clone(right), i, i+1), 0, e),
			} {
				if what == "is of another operation" && times[e["Id"]] == 1 {
					continue // nothing else tells of that operation
				}
				same := true
				for j := range wrong {
					numbered := maps.Clone(wrong[j])
					numbered["EventId"] = json.Number(fmt.Sprint(j + 1))
					wrong[j] = numbered
					same = same && j < len(right) && judge.Equal(map[string]any(numbered), map[string]any(right[j]))
				}
				if same && len(wrong) == len(right) {
					continue // it was there already, or has no ID
				}
				if !yield(fmt.Sprintf("event %d %s", i+1, what), wrong) {
					return
				}
			}
		}
	}
}

var (
	kinds = map[byte]string{'S': "Step", 'Q': "Step", 'W': "Wait", 'C': "Context", 'P': "Context", 'B': "Context", 'M': "Context",
		'I': "Context", 'F': "Context", 'K': "Callback", 'H': "ChainedInvoke", 'X': "Execution"}
	subTypes = map[byte]string{'S': "Step", 'Q': "WaitForCondition", 'W': "Wait", 'C': "RunInChildContext", 'P': "Parallel", 'B': "ParallelBranch",
		'M': "Map", 'I': "MapIteration", 'F': "WaitForCallback", 'K': "Callback"}
	phases = map[byte]string{'s': "Started", '+': "Succeeded", '-': "Failed", 't': "TimedOut"}
)

// requirementOf spells out a row of the table.
func requirementOf(t *testing.T, id, input, events, result string, callbacks []judge.CallbackAction) *judge.Requirement {
	doc := map[string]any{}
	if input != "" {
		doc["Input"] = json.RawMessage(input)
	}
	var history []map[string]any
	for i, token := range strings.Fields(events) {
		token, duration, timed := strings.Cut(token, "/")
		event := map[string]any{"EventId": i + 2, "EventType": "InvocationCompleted", "InvocationCompletedDetails": map[string]any{}}
		if token != "IC" {
			kind, phase := token[0], token[1]
			details := map[string]any{}
			if timed {
				n := json.Number(duration)
				switch kind {
				case 'W':
					details["Duration"] = n
				case 'K':
					details["Timeout"] = n
				default:
					details["RetryDetails"] = map[string]any{"NextAttemptDelaySeconds": n}
				}
			}
			name := kinds[kind] + phases[phase]
			event = map[string]any{"EventId": i + 2, "EventType": name, name + "Details": details}
			if phase == 's' && subTypes[kind] != "" {
				event["SubType"] = subTypes[kind]
			}
		}
		history = append(history, event)
	}
	doc["ExpectedExecutionHistory"] = history
	asynchronous := id[0] == '4' || id[0] == '5' || id[0] == '7'
	switch {
	case strings.HasSuffix(events, "X-"):
		doc["ExpectedResult"] = map[string]any{"ExecutionStatus": "FAILED"}
	case strings.HasSuffix(events, "X+") && result == "":
		doc["ExpectedResult"] = map[string]any{"ExecutionStatus": "SUCCEEDED"}
	case result != "":
		doc["ExpectedResult"] = map[string]any{"ExecutionStatus": "SUCCEEDED", "Result": json.RawMessage(result)}
	default:
		asynchronous = true
	}
	doc["AsyncInvoke"] = asynchronous
	// JSON is YAML.
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	r, err := judge.Parse("table/"+id+".yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	r.Callbacks = callbacks
	return r
}
