package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// asks is a workflow of which each build gives another result, once it has an answer.
func asks(t *testing.T, e **Engine, build string) Invoker {
	return handler(t, e, func(r *run) (wire.InvocationOutput, error) {
		if r.status("ask") == wire.StatusSucceeded {
			return succeeded(`"` + build + ` as ` + version(r.in.DurableExecutionArn) + `"`), nil
		}
		if r.status("ask") == "" {
			return pending, r.checkpoint(callbackUpdate("ask", 0, 0))
		}
		return pending, nil
	})
}

func version(arn string) string {
	a, _ := core.ParseARN(arn)
	return a.Version
}

// builds registers a build of the function orders, as a reload does.
func builds(t *testing.T, e *Engine, build string) {
	t.Helper()
	err := e.Register(Function{Name: "orders", Code: strings.Repeat(fmt.Sprintf("%02x", build[0]), 32), ExecutionTimeout: time.Hour, Invoker: asks(t, &e, build)})
	if err != nil {
		t.Fatal(err)
	}
}

// kept gives the code of builds again, as somebody does who keeps them.
func kept(t *testing.T, e **Engine) func(PublishedVersion) Invoker {
	return func(v PublishedVersion) Invoker {
		build := strings.NewReplacer("61", "a", "62", "b", "63", "c").Replace(v.Code[:2])
		return asks(t, e, build)
	}
}

func publish(t *testing.T, e *Engine) string {
	t.Helper()
	v, err := e.PublishVersion(t.Context(), PublishInput{Function: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	return v.Version
}

// point has the alias live lead to a version.
func point(t *testing.T, e *Engine, version string) {
	t.Helper()
	_, err := e.UpdateAlias(t.Context(), "orders", "live", AliasUpdate{Version: version})
	if api, ok := err.(*wire.APIError); ok && api.Code == core.CodeNotFound {
		_, err = e.CreateAlias(t.Context(), Alias{Function: "orders", Name: "live", Version: version})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// answerAll answers what executions ask.
func answerAll(t *testing.T, e *Engine) {
	t.Helper()
	open, err := e.OpenCallbacks(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, cb := range open {
		if err := e.CallbackSucceed(t.Context(), cb.CallbackID, str("1")); err != nil {
			t.Fatal(err)
		}
	}
}

func wantResult(t *testing.T, e *Engine, arn, want string) {
	t.Helper()
	if x := wait(t, e, arn); x.Result == nil || *x.Result != `"`+want+`"` {
		t.Errorf("%s gave %s, want %s", arn, toJSON(x), want)
	}
}

func startBy(t *testing.T, e *Engine, qualifier, name string) string {
	t.Helper()
	arn := start(t, e, StartInput{Function: "orders", Qualifier: qualifier, Name: name})
	if err := e.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return arn
}

// An execution stays on the version to which the alias led when it began, over restarts too, while
// others go on with $LATEST.
func TestExecutionsStayOnTheirVersion(t *testing.T) {
	var e *Engine
	o := Options{Dir: t.TempDir(), Versions: kept(t, &e)}
	e = newEngine(t, o, nil)
	builds(t, e, "a")
	if v := publish(t, e); v != "1" {
		t.Fatalf("the first version is %s", v)
	}
	point(t, e, "1")
	onOne, onLatest := startBy(t, e, "live", "one"), startBy(t, e, latest, "latest")
	builds(t, e, "b")
	if v := publish(t, e); v != "2" {
		t.Fatalf("the second version is %s", v)
	}
	point(t, e, "2")
	onTwo := startBy(t, e, "live", "two")
	builds(t, e, "c")
	e.Close()

	e = newEngine(t, o, nil) // the versions are there, whatever is registered
	byNumber := startBy(t, e, "1", "number")
	answerAll(t, e)
	wantResult(t, e, onOne, "a as 1")
	wantResult(t, e, byNumber, "a as 1")
	wantResult(t, e, onTwo, "b as 2")
	builds(t, e, "c")
	wantResult(t, e, onLatest, "c as $LATEST")

	point(t, e, "1") // back
	again := startBy(t, e, "live", "again")
	answerAll(t, e)
	wantResult(t, e, again, "a as 1")
	if v := publish(t, e); v != "3" {
		t.Errorf("after a restart the next version is %s", v)
	}
}

// Without anybody who keeps code, a version runs what the function did when it was published; after a
// restart its executions wait and say why.
func TestVersionsWithoutKeptCode(t *testing.T) {
	var e *Engine
	o := Options{Dir: t.TempDir()}
	e = newEngine(t, o, nil)
	builds(t, e, "a")
	publish(t, e)
	builds(t, e, "b")
	ended, open := startBy(t, e, "1", "ended"), ""
	answerAll(t, e)
	wantResult(t, e, ended, "a as 1")
	open = startBy(t, e, "1", "open")
	e.Close()
	e = newEngine(t, o, nil)
	builds(t, e, "b")
	answerAll(t, e)
	for {
		a, err := e.Activity(t.Context(), open)
		if err != nil {
			t.Fatal(err)
		}
		if a.Kind == ActivityUnstarted {
			if want := "version 1 of function orders was published before the start, and nobody has kept its code"; a.Cause != want {
				t.Errorf("it waits because of %q", a.Cause)
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
}

func TestPublishOnlyWhatHasChanged(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	builds(t, e, "a")
	if a, b := publish(t, e), publish(t, e); a != "1" || b != "1" {
		t.Errorf("the same was published as %s and %s", a, b)
	}
	builds(t, e, "a") // as before
	if v := publish(t, e); v != "1" {
		t.Errorf("the same build was published as %s", v)
	}
	if err := e.Register(Function{Name: "orders", Code: strings.Repeat("61", 32), ExecutionTimeout: 2 * time.Hour, Invoker: asks(t, &e, "a")}); err != nil {
		t.Fatal(err)
	}
	if v := publish(t, e); v != "2" {
		t.Errorf("another time-out was published as %s", v)
	}
	none := func(name string) {
		e.Register(Function{Name: name, Invoker: asks(t, &e, "a")})
	}
	none("nameless")
	for i, want := range []string{"1", "1", "2"} {
		if i == 2 {
			none("nameless") // nobody knows whether that is the same
		}
		v, err := e.PublishVersion(t.Context(), PublishInput{Function: "nameless"})
		if err != nil || v.Version != want {
			t.Errorf("publication %d gave %+v, %v", i, v, err)
		}
	}
}

func TestPublishRefusals(t *testing.T) {
	var e *Engine
	e = newEngine(t, Options{Versions: kept(t, &e)}, nil)
	builds(t, e, "a")
	e.Register(Function{Name: "command", Invoker: asks(t, &e, "a")})
	for _, c := range []struct {
		in            PublishInput
		code, message string
	}{
		{PublishInput{Function: "nobody"}, core.CodeNotFound, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody"},
		{PublishInput{Function: "command"}, core.CodeInvalidParameter, "Function command can't be published: what it runs is not kept here."},
		{PublishInput{Function: "orders", Revision: "x"}, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction API to retrieve the latest Revision Id"},
		{PublishInput{Function: "orders", CodeSHA256: "x"}, core.CodeInvalidParameter, "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=). Please try again with the CodeSHA256 in $LATEST."},
	} {
		_, err := e.PublishVersion(t.Context(), c.in)
		wantRefusal(t, err, c.code, c.message)
	}
	publish(t, e)
	_, err := e.PublishVersion(t.Context(), PublishInput{Function: "orders:1"})
	wantRefusal(t, err, core.CodeInvalidParameter, "A version is published of $LATEST, not of 1.")
}

// Whoever registers functions may have a publication wait for what is meant, or refuse it.
func TestPublishingIsAsked(t *testing.T) {
	var e *Engine
	var refusal error
	e = newEngine(t, Options{Publishing: func(context.Context) error {
		builds(t, e, "b")
		return refusal
	}}, nil)
	builds(t, e, "a")
	v, err := e.PublishVersion(t.Context(), PublishInput{Function: "orders"})
	if err != nil || v.Code[:2] != "62" {
		t.Errorf("published was %+v, %v", v, err)
	}
	refusal = errors.New("the build is broken")
	_, err = e.PublishVersion(t.Context(), PublishInput{Function: "orders"})
	wantRefusal(t, err, core.CodeConflict, "The operation cannot be performed at this time: the build is broken")
}

func TestAliasRefusals(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	builds(t, e, "a")
	publish(t, e)
	builds(t, e, "b")
	publish(t, e)
	point(t, e, "1")
	arn := "arn:aws:lambda:us-east-1:000000000000:function:orders:"
	create := func(a Alias) error {
		a.Function = "orders"
		_, err := e.CreateAlias(t.Context(), a)
		return err
	}
	wantRefusal(t, create(Alias{Name: "live", Version: "1"}), core.CodeConflict, "Alias already exists: "+arn+"live")
	wantRefusal(t, create(Alias{Name: "next", Version: "3"}), core.CodeNotFound, "Function not found: "+arn+"3")
	wantRefusal(t, create(Alias{Name: "7", Version: "1"}), core.CodeInvalidParameter, `"7" is no name for an alias: it has up to 128 letters, digits, hyphens and underscores, and is no number`)
	wantRefusal(t, create(Alias{Name: "next", Version: "1", Weights: map[string]float64{"1": 0.5}}), core.CodeInvalidParameter,
		"Invalid function version 1. Function version 1 is already included in routing configuration.")
	wantRefusal(t, create(Alias{Name: "next", Version: latest, Weights: map[string]float64{"1": 0.5}}), core.CodeInvalidParameter,
		"$LATEST is not supported for an alias pointing to more than 1 version")
	wantRefusal(t, create(Alias{Name: "next", Version: "1", Weights: map[string]float64{"2": 1.5}}), core.CodeInvalidParameter,
		"The weight of version 2 is 1.5: it has to be from 0 to 1")
	wantRefusal(t, create(Alias{Name: "next", Version: latest, Weights: map[string]float64{"1": 0.5, "2": 0.1}}), core.CodeInvalidParameter,
		"Number of items in AdditionalVersionWeights cannot be greater than 1")
	if err := create(Alias{Name: "next", Version: "1", Weights: map[string]float64{"2": math.NaN()}}); err == nil {
		t.Error("NaN is a weight")
	}
	_, err := e.UpdateAlias(t.Context(), "orders", "next", AliasUpdate{Version: "1"})
	wantRefusal(t, err, core.CodeNotFound, "Alias not found: "+arn+"next")
	_, err = e.UpdateAlias(t.Context(), "orders", "live", AliasUpdate{Version: "1", Revision: "other"})
	wantRefusal(t, err, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetAlias API to retrieve the latest Revision Id")
	if all := e.Aliases("orders"); len(all) != 1 || all[0].Version != "1" {
		t.Errorf("what was refused has left %+v", all)
	}
	if err := e.DeleteAlias(t.Context(), "orders", "next"); err != nil {
		t.Errorf("deleting an alias that isn't there: %v", err)
	}
	if err := e.DeleteAlias(t.Context(), "orders", "live"); err != nil || len(e.Aliases("orders")) != 0 {
		t.Errorf("deleting the alias: %v", err)
	}
	_, err = e.StartExecution(t.Context(), StartInput{Function: "orders:live"})
	wantRefusal(t, err, core.CodeNotFound, "Function not found: "+arn+"live")
}

// What is declared leads to $LATEST until something is made of the name.
func TestDeclaredAliases(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	register := func(build string) {
		t.Helper()
		if err := e.Register(Function{Name: "orders", Versions: []string{"1"}, Aliases: map[string]string{"live": latest, "other": "1"}, Invoker: asks(t, &e, build)}); err != nil {
			t.Fatal(err)
		}
	}
	register("a")
	before, numbered := startBy(t, e, "live", "before"), startBy(t, e, "other", "numbered")
	publish(t, e)
	wantRefusal(t, e.DeleteAlias(t.Context(), "orders", "live"), core.CodeConflict,
		"Alias live can't be deleted: it stands for $LATEST because the function's template or an invoke of it has that name")
	if _, err := e.CreateAlias(t.Context(), Alias{Function: "orders", Name: "live", Version: "1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.UpdateAlias(t.Context(), "orders", "other", AliasUpdate{Version: latest}); err != nil {
		t.Fatal(err)
	}
	register("b")
	after, other := startBy(t, e, "live", "after"), startBy(t, e, "other", "latest")
	answerAll(t, e)
	wantResult(t, e, before, "b as $LATEST")
	wantResult(t, e, numbered, "a as 1")
	wantResult(t, e, after, "a as 1")
	wantResult(t, e, other, "b as $LATEST")
	if err := e.DeleteAlias(t.Context(), "orders", "live"); err != nil {
		t.Fatal(err)
	}
	if all := toJSON(e.Aliases("orders")); !strings.Contains(all, `"Name":"live","Version":"$LATEST"`) {
		t.Errorf("what is declared did not come back: %s", all)
	}
}

// A version that is deleted is gone with the last execution on it, and its number with it.
func TestDeletedVersionsDrain(t *testing.T) {
	var e *Engine
	o := Options{Dir: t.TempDir(), Versions: kept(t, &e)}
	e = newEngine(t, o, nil)
	builds(t, e, "a")
	publish(t, e)
	point(t, e, "1")
	_, err := e.DeleteVersion(t.Context(), "orders", "1")
	wantRefusal(t, err, core.CodeConflict, "Unable to delete version because the following aliases reference it: [live]")
	_, err = e.DeleteVersion(t.Context(), "orders", "2")
	wantRefusal(t, err, core.CodeNotFound, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:orders:2")
	arn, stopped := startBy(t, e, "live", "a"), startBy(t, e, "live", "stopped")
	if _, err := e.Stop(t.Context(), stopped, nil); err != nil {
		t.Fatal(err)
	}
	if err := e.DeleteAlias(t.Context(), "orders", "live"); err != nil {
		t.Fatal(err)
	}
	if drains, err := e.DeleteVersion(t.Context(), "orders", "1"); err != nil || !drains {
		t.Fatalf("deleted at once: %v, %v", drains, err)
	}
	const deleting = "The operation cannot be performed at this time. Version 1 of the function is currently in the following state: Deleting"
	_, err = e.StartExecution(t.Context(), StartInput{Function: "orders", Qualifier: "1"})
	wantRefusal(t, err, core.CodeConflict, deleting)
	_, err = e.CreateAlias(t.Context(), Alias{Function: "orders", Name: "live", Version: "1"})
	wantRefusal(t, err, core.CodeConflict, deleting)
	_, err = e.Undo(t.Context(), stopped)
	wantRefusal(t, err, core.CodeConflict, deleting)
	_, err = e.Rerun(t.Context(), stopped, RerunInput{From: "ask"})
	wantRefusal(t, err, core.CodeConflict, deleting)
	if again := start(t, e, StartInput{Function: "orders", Qualifier: "1", Name: "a"}); again != arn {
		t.Errorf("a start that is repeated gave %s", again)
	}
	if code := e.PublishedCode(); len(code) != 1 {
		t.Errorf("the code of a version that drains is not kept: %q", code)
	}
	e.Close()
	e = newEngine(t, o, nil)
	builds(t, e, "a")
	answerAll(t, e)
	wantResult(t, e, arn, "a as 1")
	e.Idle(t.Context())
	if all := e.Versions("orders"); len(all) != 0 {
		t.Errorf("after the last execution there is %+v", all)
	}
	if v := publish(t, e); v != "2" {
		t.Errorf("the number of the deleted version was given again: %s", v)
	}
	if drains, err := e.DeleteVersion(t.Context(), "orders", "2"); err != nil || drains {
		t.Errorf("a version without executions: %v, %v", drains, err)
	}
}

// A chained invoke goes where its qualifier leads when it begins.
func TestChainedInvokesOfVersions(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	register := func(build string) {
		t.Helper()
		err := e.Register(Function{Name: "label", Plain: true, Invoker: PlainFunc(func(context.Context, []byte) ([]byte, error) { return []byte(`"` + build + `"`), nil })})
		if err != nil {
			t.Fatal(err)
		}
	}
	register("a")
	if _, err := e.PublishVersion(t.Context(), PublishInput{Function: "label"}); err != nil {
		t.Fatal(err)
	}
	register("b")
	if _, err := e.CreateAlias(t.Context(), Alias{Function: "label", Name: "live", Version: "1"}); err != nil {
		t.Fatal(err)
	}
	targets := []string{"label:live", "label:1", "label:$LATEST", "label", "label:none"}
	err := e.Register(Function{Name: "orders", Invoker: handler(t, &e, func(r *run) (wire.InvocationOutput, error) {
		var results []string
		for i, target := range targets {
			id := fmt.Sprint("i", i)
			switch op := r.ops[id]; {
			case r.status(id) == "":
				if err := r.checkpoint(chainedUpdate(id, target, "{}")); err != nil {
					return wire.InvocationOutput{}, err
				}
				if r.status(id) == wire.StatusStarted {
					return pending, nil
				}
				results = append(results, r.ops[id].ChainedInvokeDetails.Error.ErrorType)
			case op.Status == wire.StatusSucceeded:
				results = append(results, *op.ChainedInvokeDetails.Result)
			case op.Status == wire.StatusFailed:
				results = append(results, op.ChainedInvokeDetails.Error.ErrorType)
			default:
				return pending, nil
			}
		}
		return succeeded(toJSON(strings.Join(results, " "))), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	x := wait(t, e, start(t, e, StartInput{Function: "orders"}))
	if want := `"\"a\" \"a\" \"b\" \"b\" ResourceNotFoundException"`; x.Result == nil || *x.Result != want {
		t.Errorf("got %s, want %s", toJSON(x), want)
	}
	history, err := e.History(t.Context(), x.ARN, HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var executed []string
	for _, ev := range history {
		if d := ev.ChainedInvokeStartedDetails; d != nil {
			executed = append(executed, d.ExecutedVersion)
		}
	}
	if got := strings.Join(executed, " "); got != "1 1 $LATEST $LATEST " {
		t.Errorf("executed versions %q", got)
	}
}

// The weights of an alias share invocations out, and a start that is repeated finds its execution.
func TestAliasWeights(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	builds(t, e, "a")
	publish(t, e)
	builds(t, e, "b")
	publish(t, e)
	if _, err := e.CreateAlias(t.Context(), Alias{Function: "orders", Name: "live", Version: "1", Weights: map[string]float64{"2": 0.25}}); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for i := range 400 {
		name := fmt.Sprint("order-", i)
		arn := start(t, e, StartInput{Function: "orders:live", Qualifier: "live", Name: name})
		if again := start(t, e, StartInput{Function: "orders", Qualifier: "live", Name: name}); again != arn {
			t.Fatalf("the same start gave %s and %s", arn, again)
		}
		counts[version(arn)]++
	}
	if counts["1"]+counts["2"] != 400 || counts["2"] < 60 || counts["2"] > 140 {
		t.Errorf("a quarter of 400 is %v", counts)
	}
	for weight, want := range map[float64]string{0: "1", 1: "2"} {
		if _, err := e.UpdateAlias(t.Context(), "orders", "live", AliasUpdate{Weights: map[string]float64{"2": weight}}); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if v := version(start(t, e, StartInput{Function: "orders", Qualifier: "live"})); v != want {
				t.Errorf("with the weight %v it was version %s", weight, v)
			}
		}
	}
}

// What can't be stored has not happened.
func TestPublishOnABrokenStore(t *testing.T) {
	st := &functionless{Store: store.Memory()}
	e, err := newEngineOn(st, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	builds(t, e, "a")
	st.broken = true
	_, err = e.PublishVersion(t.Context(), PublishInput{Function: "orders"})
	wantRefusal(t, err, "ServiceException", "The change could not be stored: the disk is full")
	if all := e.Versions("orders"); len(all) != 0 {
		t.Errorf("there is %+v", all)
	}
	st.broken = false
	if v := publish(t, e); v != "1" {
		t.Errorf("then it is version %s", v)
	}
}

type functionless struct {
	store.Store
	broken bool
}

func (f *functionless) SetFunction(name string, published []byte) error {
	if f.broken {
		return errStore
	}
	return f.Store.SetFunction(name, published)
}

// The executions of a function whose versions can't be read wait; they never run on $LATEST instead.
func TestDamagedPublication(t *testing.T) {
	st := store.Memory()
	e, err := newEngineOn(keepOpen{st}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	builds(t, e, "a")
	publish(t, e)
	arn := startBy(t, e, "1", "a")
	e.Close()
	if err := st.SetFunction("orders", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if e, err = newEngineOn(st, Options{}); err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	builds(t, e, "b")
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	answerAll(t, e)
	if err := e.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if x, err := e.Execution(t.Context(), arn, true); err != nil || x.Status != wire.ExecutionRunning {
		t.Errorf("%s, %v", toJSON(x), err)
	}
	if a, err := e.Activity(t.Context(), arn); err != nil || a.Kind != ActivityNoFunction {
		t.Errorf("it waits as %+v, %v", a, err)
	}
	if _, err := e.PublishVersion(t.Context(), PublishInput{Function: "orders"}); err == nil || !strings.Contains(err.Error(), "`durablegen store check` tells more") {
		t.Errorf("publishing gave %v", err)
	}
}

// Publishing, moving an alias, starting and deleting go on at once.
func TestPublishingConcurrently(t *testing.T) {
	e := newEngine(t, Options{Versions: func(v PublishedVersion) Invoker {
		return DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) {
			return succeeded(toJSON(v.Code[:2])), nil
		})
	}}, nil)
	register := func(i int) {
		err := e.Register(Function{Name: "orders", Code: strings.Repeat(fmt.Sprintf("%02x", i), 32), Invoker: DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) { return succeeded("0"), nil })})
		if err != nil {
			t.Error(err)
		}
	}
	register(0)
	publish(t, e)
	point(t, e, "1")
	var all sync.WaitGroup
	all.Go(func() {
		for i := 1; i <= 40; i++ {
			register(i)
			v, err := e.PublishVersion(t.Context(), PublishInput{Function: "orders"})
			if err != nil {
				t.Error(err)
				return
			}
			old := e.Aliases("orders")[0].Version
			if _, err := e.UpdateAlias(t.Context(), "orders", "live", AliasUpdate{Version: v.Version}); err != nil {
				t.Error(err)
			}
			if _, err := e.DeleteVersion(t.Context(), "orders", old); err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		all.Go(func() {
			for range 40 {
				out, err := e.StartExecution(t.Context(), StartInput{Function: "orders:live"})
				if err != nil {
					t.Error(err)
					continue
				}
				x, err := e.WaitExecution(t.Context(), out.ARN)
				var code string
				if err != nil || x.Result == nil || json.Unmarshal([]byte(*x.Result), &code) != nil || fmt.Sprintf("%02x", number(t, x.Version)-1) != code {
					t.Errorf("%s, %v", toJSON(x), err)
				}
			}
		})
	}
	all.Wait()
	e.Idle(t.Context())
	if left := e.Versions("orders"); len(left) != 1 {
		t.Errorf("left are %+v", left)
	}
}

func number(t *testing.T, version string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(version, &n); err != nil {
		t.Error(err)
	}
	return n
}
