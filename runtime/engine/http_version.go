package engine

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// configuration describes a version of a function as the Lambda API does.
func (e *Engine) configuration(s *served, version string) map[string]any {
	f := s.version(version)
	c := map[string]any{
		"FunctionName": f.Name, "FunctionArn": e.functionARN(f.Name, version), "Version": version,
		"Runtime": "provided.al2023", "Handler": f.Name, "Role": "arn:aws:iam::" + e.opts.Account + ":role/local",
		"Timeout": int(f.Timeout.Seconds()), "MemorySize": 128, "PackageType": "Zip", "Architectures": []string{"x86_64"},
		"State": "Active", "LastUpdateStatus": "Successful", "LastModified": modified(time.Unix(0, 0)),
		"CodeSha256": f.codeSHA256(), "CodeSize": 0, "RevisionId": f.revision(version), "Description": "",
	}
	if i := slices.IndexFunc(s.Versions, func(v PublishedVersion) bool { return v.Version == version }); i >= 0 {
		c["Description"], c["LastModified"] = s.Versions[i].Description, modified(s.Versions[i].Published)
	}
	if f.deleting {
		c["State"], c["StateReasonCode"] = "Deleting", "DrainingDurableExecutions"
		c["StateReason"] = "The version is deleted once the executions that run on it have ended."
	}
	if !f.Plain {
		c["DurableConfig"] = durableConfig{f.executionSeconds(), f.RetentionDays}
	}
	return c
}

// modified shows a time as the Lambda API does where something was changed.
func modified(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

// every gives what can be invoked of a function by its versions, $LATEST first.
func (s *served) every() (versions []string) {
	if s.latest != nil {
		versions = append(versions, latest)
		for _, v := range s.latest.Versions {
			if s.versions[v] == nil && s.has(v) {
				versions = append(versions, v)
			}
		}
	}
	for _, v := range s.Versions {
		versions = append(versions, v.Version)
	}
	slices.SortStableFunc(versions, func(a, b string) int {
		n, _ := strconv.Atoi(a) // 0 for $LATEST
		m, _ := strconv.Atoi(b)
		return n - m
	})
	return versions
}

func (e *Engine) serveFunctions(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	all := q.text("FunctionVersion")
	q.c.Want(all == "" || all == "ALL", all, "functionVersion", "satisfy enum value set: [ALL]")
	if err := q.err(); err != nil {
		return err
	}
	list := []map[string]any{}
	for _, f := range e.Functions() {
		s := e.servedAs(f.Name)
		versions := []string{latest}
		if all != "" {
			versions = s.every()
		}
		for _, v := range versions {
			list = append(list, e.configuration(s, v))
		}
	}
	return writeValue(w, map[string]any{"Functions": list})
}

func (e *Engine) servedAs(name string) *served {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.functions[name]
}

func (e *Engine) target(r *http.Request, name string) (target, error) {
	q, err := parseQuery(r)
	if err != nil {
		return target{}, err
	}
	t := e.resolve(name, q.text("Qualifier"))
	if t.err != nil {
		return t, t.err
	}
	return t, nil
}

func (e *Engine) serveFunction(w http.ResponseWriter, r *http.Request, name string) error {
	t, err := e.target(r, name)
	if err != nil {
		return err
	}
	return writeValue(w, map[string]any{
		"Configuration": e.configuration(t.served, t.arn.Version),
		"Code":          map[string]string{"RepositoryType": "local"},
	})
}

func (e *Engine) serveConfiguration(w http.ResponseWriter, r *http.Request, name string) error {
	t, err := e.target(r, name)
	if err != nil {
		return err
	}
	return writeValue(w, e.configuration(t.served, t.arn.Version))
}

// serveDeleteFunction deletes a version. The function itself belongs to who serves it.
func (e *Engine) serveDeleteFunction(w http.ResponseWriter, r *http.Request, name string) error {
	t, err := e.target(r, name)
	if err != nil {
		return err
	}
	_, isAlias := t.served.alias(qualifierOf(r, name))
	switch {
	case !t.qualified:
		return core.Conflict("Function %s can't be deleted by a request: it is served by who has registered it. Its versions can, with a Qualifier.", t.arn.Function)
	case isAlias:
		return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "Deletion of aliases is not currently supported."}
	case t.arn.Version == latest:
		return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "$LATEST version cannot be deleted without deleting the function."}
	}
	drains, err := e.DeleteVersion(r.Context(), t.arn.Function, t.arn.Version)
	if err != nil {
		return err
	}
	if drains {
		writeJSON(w, http.StatusAccepted, []byte("{}"))
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func qualifierOf(r *http.Request, name string) string {
	if m := functionRef.FindStringSubmatch(name); m[4] != "" {
		return m[4]
	}
	return r.URL.Query().Get("Qualifier")
}

const (
	maxVersionPage = 50
	maxChangeBody  = 64 << 10
	maxDescription = 256
)

// pageOf cuts a page out of a list; a marker is the number of items before it.
func pageOf[T any](q *query, list []T) (page []T, next string, err error) {
	n := q.number("MaxItems")
	q.c.Want(q.text("MaxItems") == "" || n >= 1, q.text("MaxItems"), "maxItems", "have value greater than or equal to 1")
	q.c.Want(n <= 10000, q.text("MaxItems"), "maxItems", "have value less than or equal to 10000")
	if err := q.err(); err != nil {
		return nil, "", err
	}
	if n == 0 || n > maxVersionPage {
		n = maxVersionPage
	}
	from, err := parseMarker(q.text("Marker"))
	if err != nil {
		return nil, "", err
	}
	list = list[min(int(from), len(list)):]
	if len(list) > n {
		return list[:n], formatMarker(from + int64(n)), nil
	}
	return list, "", nil
}

// listed is the function of which a request wants a list, with what it says of that.
func (e *Engine) listed(r *http.Request, name string) (*query, target, error) {
	q, err := parseQuery(r)
	if err != nil {
		return q, target{}, err
	}
	t := e.resolve(name, "")
	if t.served == nil {
		return q, t, t.err
	}
	return q, t, nil
}

func (e *Engine) serveVersions(w http.ResponseWriter, r *http.Request, name string) error {
	q, t, err := e.listed(r, name)
	if err != nil {
		return err
	}
	versions := []map[string]any{}
	page, next, err := pageOf(q, t.served.every())
	if err != nil {
		return err
	}
	for _, v := range page {
		versions = append(versions, e.configuration(t.served, v))
	}
	return writeList(w, "Versions", versions, next)
}

func writeList(w http.ResponseWriter, member string, list any, next string) error {
	body := map[string]any{member: list}
	if next != "" {
		body["NextMarker"] = next
	}
	return writeValue(w, body)
}

func (e *Engine) servePublish(w http.ResponseWriter, r *http.Request, name string) error {
	b, err := readBody(w, r, maxChangeBody)
	if err != nil {
		return err
	}
	var in struct{ CodeSha256, Description, RevisionId, PublishTo string }
	if err := decodeBody(b, &in); err != nil {
		return err
	}
	var c core.Constraints
	checkDescription(&c, in.Description)
	c.Want(in.PublishTo == "" || in.PublishTo == "LATEST_PUBLISHED", in.PublishTo, "publishTo", "satisfy enum value set: [LATEST_PUBLISHED]")
	if err := c.Err(); err != nil {
		return err
	}
	if in.PublishTo != "" {
		return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "PublishTo is for functions with a capacity provider, which are not served here."}
	}
	v, err := e.PublishVersion(r.Context(), PublishInput{Function: name, Description: in.Description, CodeSHA256: in.CodeSha256, Revision: in.RevisionId})
	if err != nil {
		return err
	}
	return writeStatus(w, http.StatusCreated, e.configuration(e.servedAs(v.Function), v.Version))
}

func checkDescription(c *core.Constraints, text string) {
	c.Want(len(text) <= maxDescription, text, "description", "have length less than or equal to 256")
}

// aliasBody is an alias as the Lambda API shows it, and what is said of one there.
type aliasBody struct {
	AliasArn        string   `json:",omitempty"`
	Name            string   `json:",omitempty"`
	FunctionVersion string   `json:",omitempty"`
	Description     *string  `json:",omitempty"`
	RoutingConfig   *routing `json:",omitempty"`
	RevisionId      string   `json:",omitempty"`
}

type routing struct{ AdditionalVersionWeights map[string]float64 }

func (e *Engine) alias(a *Alias) *aliasBody {
	body := &aliasBody{
		AliasArn: e.functionARN(a.Function, a.Name), Name: a.Name, FunctionVersion: a.Version, Description: &a.Description, RevisionId: a.Revision,
	}
	if len(a.Weights) > 0 {
		body.RoutingConfig = &routing{a.Weights}
	}
	return body
}

// readAlias reads what a request says of an alias.
func readAlias(w http.ResponseWriter, r *http.Request, creates bool) (in aliasBody, err error) {
	b, err := readBody(w, r, maxChangeBody)
	if err != nil {
		return in, err
	}
	if err := decodeBody(b, &in); err != nil {
		return in, err
	}
	var c core.Constraints
	if creates {
		c.Want(in.Name != "", "null", "name", "not be null")
		c.Want(in.FunctionVersion != "", "null", "functionVersion", "not be null")
		c.Want(in.Name == "" || arns.IsAlias(in.Name), in.Name, "name",
			"satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")
	}
	c.Want(in.FunctionVersion == "" || in.FunctionVersion == latest || versionNumber.MatchString(in.FunctionVersion), in.FunctionVersion, "functionVersion",
		`satisfy regular expression pattern: (\$LATEST(\.PUBLISHED)?|[0-9]+)`)
	if in.Description != nil {
		checkDescription(&c, *in.Description)
	}
	if in.RoutingConfig != nil {
		for version, weight := range in.RoutingConfig.AdditionalVersionWeights {
			at := "routingConfig.additionalVersionWeights"
			c.Want(versionNumber.MatchString(version), version, at, "satisfy regular expression pattern: [0-9]+")
			c.Want(weight >= 0 && weight <= 1, strconv.FormatFloat(weight, 'g', -1, 64), at, "have value from 0.0 to 1.0")
		}
	}
	return in, c.Err()
}

func (in *aliasBody) weights() map[string]float64 {
	if in.RoutingConfig == nil {
		return nil
	}
	if in.RoutingConfig.AdditionalVersionWeights == nil {
		return map[string]float64{}
	}
	return in.RoutingConfig.AdditionalVersionWeights
}

func (e *Engine) routeAlias(w http.ResponseWriter, r *http.Request, name, alias string) error {
	t := e.resolve(name, "")
	if t.served == nil {
		return t.err
	}
	switch r.Method {
	case http.MethodGet:
		a, ok := t.served.alias(alias)
		if !ok {
			return &wire.APIError{Code: core.CodeNotFound, HTTPStatus: 404, Message: "Cannot find alias arn: " + e.functionARN(t.arn.Function, alias)}
		}
		return writeValue(w, e.alias(&a))
	case http.MethodPut:
		in, err := readAlias(w, r, false)
		if err != nil {
			return err
		}
		a, err := e.UpdateAlias(r.Context(), t.arn.Function, alias, AliasUpdate{
			Version: in.FunctionVersion, Description: in.Description, Weights: in.weights(), Revision: in.RevisionId,
		})
		if err != nil {
			return err
		}
		return writeValue(w, e.alias(a))
	case http.MethodDelete:
		if err := e.DeleteAlias(r.Context(), t.arn.Function, alias); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return errNoRoute(r)
}

func (e *Engine) serveCreateAlias(w http.ResponseWriter, r *http.Request, name string) error {
	in, err := readAlias(w, r, true)
	if err != nil {
		return err
	}
	t := e.resolve(name, "")
	if t.served == nil {
		return t.err
	}
	a := Alias{Function: t.arn.Function, Name: in.Name, Version: in.FunctionVersion, Weights: in.weights()}
	if in.Description != nil {
		a.Description = *in.Description
	}
	made, err := e.CreateAlias(r.Context(), a)
	if err != nil {
		return err
	}
	return writeStatus(w, http.StatusCreated, e.alias(made))
}

func (e *Engine) serveAliases(w http.ResponseWriter, r *http.Request, name string) error {
	q, t, err := e.listed(r, name)
	if err != nil {
		return err
	}
	all := t.served.allAliases()
	if version := q.text("FunctionVersion"); version != "" {
		all = slices.DeleteFunc(all, func(a Alias) bool {
			_, too := a.Weights[version]
			return a.Version != version && !too
		})
	}
	page, next, err := pageOf(q, all)
	if err != nil {
		return err
	}
	aliases := []*aliasBody{}
	for i := range page {
		aliases = append(aliases, e.alias(&page[i]))
	}
	return writeList(w, "Aliases", aliases, next)
}
