package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// PublishedVersion is a version of a function: what it was when it was published, which stays.
type PublishedVersion struct {
	Function         string        `json:"-"`
	Version          string        // a number
	Description      string        `json:",omitempty"`
	Code             string        `json:",omitempty"` // as in Function
	Published        time.Time     // when
	Plain            bool          `json:",omitempty"`
	Timeout          time.Duration // of one invocation
	ExecutionTimeout time.Duration
	RetentionDays    int

	// Deleting tells that it was deleted while executions ran on it: these go on, no further ones
	// start, and with the last of them it is gone.
	Deleting bool `json:",omitempty"`
}

// Alias is a name that leads to a version of a function.
type Alias struct {
	Function    string `json:"-"`
	Name        string
	Version     string // $LATEST or a number
	Description string `json:",omitempty"`

	// Weights has at most one further version, and the share of the invocations that
	// it gets, from 0 to 1.
	Weights map[string]float64 `json:",omitempty"`

	Revision string // another one after each change
	Declared bool   `json:"-"` // it stands in [Function].Aliases only
}

// publication is what has been published of a function, as it is stored.
type publication struct {
	Last     int // the number of the version that was published last; numbers are given once
	Versions []PublishedVersion
	Aliases  []Alias
}

// served is a function with all of its versions. It is never changed, but replaced.
type served struct {
	latest *Function // $LATEST; nil: it isn't registered
	publication
	versions map[string]*Function // by number
	from     *Function            // what the last version was published of, if that was since the start
	damage   error                // why it isn't known what has been published
}

// version gives the function that a version is; nil if there is none just now. A version that was
// never published is one of those that run the code of $LATEST.
func (s *served) version(version string) *Function {
	if f := s.versions[version]; f != nil {
		return f
	}
	if n, err := strconv.Atoi(version); err == nil && (n <= s.Last || s.damage != nil) {
		return nil // it is gone
	}
	return s.latest
}

// has reports whether something can be invoked by a version.
func (s *served) has(version string) bool {
	if version == latest {
		return s.latest != nil
	}
	return s.versions[version] != nil || s.version(version) != nil && slices.Contains(s.latest.Versions, version)
}

// alias finds an alias.
func (s *served) alias(name string) (Alias, bool) {
	if i := slices.IndexFunc(s.Aliases, func(a Alias) bool { return a.Name == name }); i >= 0 {
		return s.Aliases[i], true
	}
	if s.latest != nil {
		if version, ok := s.latest.Aliases[name]; ok {
			return Alias{Function: s.latest.Name, Name: name, Version: version, Revision: revision(s.latest.Name, name, version), Declared: true}, true
		}
	}
	return Alias{}, false
}

// with gives the function with something else published.
func (s *served) with(p publication) *served {
	next := *s
	next.publication = p
	next.versions = map[string]*Function{}
	for i := range p.Versions {
		v := &p.Versions[i]
		if f := s.versions[v.Version]; f != nil {
			c := *f
			c.deleting = v.Deleting
			next.versions[v.Version] = &c
		}
	}
	return &next
}

// functionOf makes the function that a published version is.
func (e *Engine) functionOf(v *PublishedVersion, invoker Invoker) *Function {
	if e.opts.Versions != nil {
		invoker = e.opts.Versions(*v)
	}
	if invoker == nil {
		invoker = lostCode{v.Function, v.Version}
	}
	return &Function{
		Name: v.Function, Invoker: invoker, Code: v.Code, Plain: v.Plain,
		Timeout: v.Timeout, ExecutionTimeout: v.ExecutionTimeout, RetentionDays: v.RetentionDays, deleting: v.Deleting,
	}
}

// lostCode stands for the code of a version that was published before the engine was started and
// that nobody has kept.
type lostCode struct{ function, version string }

func (l lostCode) Invoke(context.Context, *Invocation) ([]byte, error) {
	return nil, &StartError{fmt.Errorf("version %s of function %s was published before the start, and nobody has kept its code", l.version, l.function)}
}

// loadPublished reads what has been published.
func (e *Engine) loadPublished() error {
	stored, err := e.store.Functions()
	if err != nil {
		return err
	}
	for _, f := range stored {
		s := &served{versions: map[string]*Function{}}
		if s.publication, err = readPublication(f.Name, f.Published, f.Damage); err != nil {
			s.damage = fmt.Errorf("what is published of function %s can't be read: %w; `durablegen store check` tells more", f.Name, err)
			e.log.Error("the versions of a function are set aside, and so are the executions on them", "function", f.Name, "error", err)
		}
		for i := range s.Versions {
			v := &s.Versions[i]
			s.versions[v.Version] = e.functionOf(v, nil)
		}
		e.functions[f.Name] = s
	}
	return nil
}

func readPublication(function string, text []byte, damage error) (p publication, err error) {
	if damage != nil {
		return p, damage
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return publication{}, err
	}
	for i := range p.Versions {
		p.Versions[i].Function = function
	}
	for i := range p.Aliases {
		p.Aliases[i].Function = function
	}
	return p, nil
}

// change stores something else as published of a function. decide gets a copy of what there is, and
// may return an error, or report that nothing has changed.
func (e *Engine) change(function string, decide func(s *served, p *publication) (changed bool, err error)) error {
	e.publishing.Lock()
	defer e.publishing.Unlock()
	e.mu.Lock()
	s := e.functions[function]
	e.mu.Unlock()
	if s == nil {
		return e.errNoFunction(function)
	}
	if s.damage != nil {
		return s.damage
	}
	p := s.publication
	p.Versions, p.Aliases = slices.Clone(p.Versions), slices.Clone(p.Aliases)
	if changed, err := decide(s, &p); err != nil || !changed {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := e.store.SetFunction(function, text); err != nil {
		return &wire.APIError{Code: "ServiceException", Message: "The change could not be stored: " + err.Error(), HTTPStatus: 500}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.functions[function] // registered anew meanwhile, perhaps
	next := s.with(p)
	next.latest = now.latest
	for _, v := range p.Versions {
		if next.versions[v.Version] == nil {
			next.versions[v.Version], next.from = e.functionOf(&v, s.latest.Invoker), s.latest
		}
	}
	e.functions[function] = next
	return nil
}

func (e *Engine) errNoFunction(name string) *wire.APIError {
	return &wire.APIError{Code: core.CodeNotFound, Message: "Function not found: " + e.functionARN(name, ""), HTTPStatus: 404}
}

// functionARN is the ARN of a function, with a qualifier unless that is empty.
func (e *Engine) functionARN(name, qualifier string) string {
	if qualifier != "" {
		qualifier = ":" + qualifier
	}
	return "arn:aws:lambda:" + e.opts.Region + ":" + e.opts.Account + ":function:" + name + qualifier
}

// PublishInput asks for a version.
type PublishInput struct {
	Function    string // name or ARN
	Description string

	// CodeSHA256 and Revision, if not empty, have to be those of the function: it has not changed
	// since somebody looked.
	CodeSHA256, Revision string
}

// PublishVersion makes a version of what a function is now. If that is what was published last, it is the
// last version. Refusals are *wire.APIError.
func (e *Engine) PublishVersion(ctx context.Context, in PublishInput) (*PublishedVersion, error) {
	if e.opts.Publishing != nil {
		if err := e.opts.Publishing(ctx); err != nil {
			return nil, core.Conflict("The operation cannot be performed at this time: %v", err)
		}
	}
	t := e.resolve(in.Function, "")
	if t.err != nil {
		return nil, t.err
	}
	if t.arn.Version != latest {
		return nil, &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "A version is published of $LATEST, not of " + t.arn.Version + "."}
	}
	var out PublishedVersion
	err := e.change(t.arn.Function, func(s *served, p *publication) (bool, error) {
		f := s.latest
		switch {
		case f == nil:
			return false, e.errNoFunction(t.arn.Function)
		case in.CodeSHA256 != "" && in.CodeSHA256 != f.codeSHA256():
			return false, &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: fmt.Sprintf(
				"CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", in.CodeSHA256, f.codeSHA256())}
		case in.Revision != "" && in.Revision != f.revision(latest):
			return false, errRevision("GetFunction")
		case f.Code == "" && e.opts.Versions != nil:
			return false, &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "Function " + f.Name + " can't be published: what it runs is not kept here."}
		}
		v := PublishedVersion{
			Function: f.Name, Description: in.Description, Code: f.Code, Published: e.Now().UTC(), Plain: f.Plain,
			Timeout: f.Timeout, ExecutionTimeout: f.ExecutionTimeout, RetentionDays: f.RetentionDays,
		}
		if n := len(p.Versions); n > 0 {
			last := p.Versions[n-1]
			unchanged := v
			unchanged.Version, unchanged.Description, unchanged.Published = last.Version, last.Description, last.Published
			if unchanged == last && last.Version == strconv.Itoa(p.Last) && (f.Code != "" || s.from == f) {
				out = last
				return false, nil
			}
		}
		p.Last++
		v.Version = strconv.Itoa(p.Last)
		p.Versions = append(p.Versions, v)
		out = v
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

func errRevision(ask string) *wire.APIError {
	return &wire.APIError{Code: "PreconditionFailedException", HTTPStatus: 412,
		Message: "The Revision Id provided does not match the latest Revision Id. Call the " + ask + " API to retrieve the latest Revision Id"}
}

// Versions lists the published versions of a function, the first one first.
func (e *Engine) Versions(function string) []PublishedVersion {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.functions[function]; s != nil {
		return slices.Clone(s.Versions)
	}
	return nil
}

// PublishedCode lists the code of all published versions: it is not to be thrown away.
func (e *Engine) PublishedCode() []string {
	e.publishing.Lock() // what is being published counts
	defer e.publishing.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []string
	for _, s := range e.functions {
		for _, v := range s.Versions {
			all = append(all, v.Code)
		}
	}
	return all
}

// DeleteVersion deletes a published version, unless an alias leads to it. Executions that run on it
// go on: with the last of them it is gone. drains tells whether there are any.
func (e *Engine) DeleteVersion(_ context.Context, function, version string) (drains bool, err error) {
	e.choosing.Lock()
	err = e.change(function, func(s *served, p *publication) (bool, error) {
		var names []string
		for _, a := range s.allAliases() {
			if _, ok := a.Weights[version]; ok || a.Version == version {
				names = append(names, a.Name)
			}
		}
		i := slices.IndexFunc(p.Versions, func(v PublishedVersion) bool { return v.Version == version })
		switch {
		case len(names) > 0:
			return false, core.Conflict("Unable to delete version because the following aliases reference it: %v", names)
		case i < 0:
			return false, &wire.APIError{Code: core.CodeNotFound, Message: "Function not found: " + e.functionARN(function, version), HTTPStatus: 404}
		}
		p.Versions[i].Deleting = true
		return true, nil
	})
	e.choosing.Unlock()
	if err != nil {
		return false, err
	}
	return e.dropVersion(function, version)
}

// dropVersion takes a version away that is being deleted, if nothing runs on it.
func (e *Engine) dropVersion(function, version string) (drains bool, err error) {
	err = e.change(function, func(_ *served, p *publication) (bool, error) {
		e.mu.Lock()
		for _, x := range e.running {
			drains = drains || x.arn.Function == function && x.arn.Version == version
		}
		e.mu.Unlock()
		if drains {
			return false, nil
		}
		p.Versions = slices.DeleteFunc(p.Versions, func(v PublishedVersion) bool { return v.Version == version && v.Deleting })
		return true, nil
	})
	return drains, err
}

// drainVersion looks whether the version goes that an execution has ended on.
func (e *Engine) drainVersion(function, version string) {
	e.mu.Lock()
	s := e.functions[function]
	deleting := s != nil && s.versions[version] != nil && s.versions[version].deleting
	e.mu.Unlock()
	if !deleting {
		return
	}
	e.run(func() {
		if _, err := e.dropVersion(function, version); err != nil {
			e.log.Error("a version that was deleted is kept until the next start", "function", function, "version", version, "error", err)
		}
	})
}

// dropVersions takes all versions away that were being deleted when the engine last ended.
func (e *Engine) dropVersions() error {
	var errs []error
	for _, v := range e.allVersions() {
		if v.Deleting {
			_, err := e.dropVersion(v.Function, v.Version)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) allVersions() (all []PublishedVersion) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.functions {
		all = append(all, s.Versions...)
	}
	return all
}

// AliasUpdate says what is to change of an alias; what is empty stays.
type AliasUpdate struct {
	Version     string
	Description *string
	Weights     map[string]float64 // empty and not nil: none any more
	Revision    string             // has to be that of the alias
}

// CreateAlias makes an alias, also in place of one that is only declared.
func (e *Engine) CreateAlias(_ context.Context, a Alias) (*Alias, error) {
	err := e.change(a.Function, func(s *served, p *publication) (bool, error) {
		if old, ok := s.alias(a.Name); ok && !old.Declared {
			return false, core.Conflict("Alias already exists: %s", e.functionARN(a.Function, a.Name))
		}
		a.Declared, a.Revision = false, core.FormatID(random16())
		p.Aliases = append(p.Aliases, a)
		return true, e.checkAlias(s, &a)
	})
	return &a, err
}

// UpdateAlias changes an alias: what is invoked by it from then on runs another version.
func (e *Engine) UpdateAlias(_ context.Context, function, name string, u AliasUpdate) (*Alias, error) {
	var a Alias
	err := e.change(function, func(s *served, p *publication) (bool, error) {
		var ok bool
		if a, ok = s.alias(name); !ok {
			return false, &wire.APIError{Code: core.CodeNotFound, Message: "Alias not found: " + e.functionARN(function, name), HTTPStatus: 404}
		}
		if u.Revision != "" && u.Revision != a.Revision {
			return false, errRevision("GetAlias")
		}
		a.Version = orElse(u.Version, a.Version)
		if u.Description != nil {
			a.Description = *u.Description
		}
		if u.Weights != nil {
			a.Weights = u.Weights
		}
		a.Declared, a.Revision = false, core.FormatID(random16())
		p.Aliases = append(slices.DeleteFunc(p.Aliases, func(b Alias) bool { return b.Name == name }), a)
		return true, e.checkAlias(s, &a)
	})
	return &a, err
}

// checkAlias refuses an alias that leads nowhere.
func (e *Engine) checkAlias(s *served, a *Alias) error {
	refuse := func(format string, args ...any) error {
		return &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: fmt.Sprintf(format, args...)}
	}
	if !arns.IsAlias(a.Name) {
		return refuse("%q is no name for an alias: it has up to 128 letters, digits, hyphens and underscores, and is no number", a.Name)
	}
	for _, version := range append([]string{a.Version}, slices.Sorted(maps.Keys(a.Weights))...) {
		if !s.has(version) {
			return &wire.APIError{Code: core.CodeNotFound, HTTPStatus: 404, Message: "Function not found: " + e.functionARN(a.Function, version)}
		}
		if f := s.version(version); f.deleting {
			return errDeleting(version)
		}
	}
	if len(a.Weights) > 1 {
		return refuse("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for version, weight := range a.Weights {
		switch {
		case weight < 0 || weight > 1 || weight != weight:
			return refuse("The weight of version %s is %v: it has to be from 0 to 1", version, weight)
		case version == a.Version:
			return refuse("Invalid function version %s. Function version %s is already included in routing configuration.", version, version)
		case a.Version == latest || version == latest:
			return refuse("$LATEST is not supported for an alias pointing to more than 1 version")
		}
	}
	return nil
}

// errDeleting refuses to begin something on a version that is being deleted.
func errDeleting(version string) *wire.APIError {
	return core.Conflict("The operation cannot be performed at this time. Version %s of the function is currently in the following state: Deleting", version)
}

// DeleteAlias deletes an alias, if there is one. One that is declared can't be deleted: in its place
// comes what is declared.
func (e *Engine) DeleteAlias(_ context.Context, function, name string) error {
	return e.change(function, func(s *served, p *publication) (bool, error) {
		if a, ok := s.alias(name); ok && a.Declared {
			return false, core.Conflict("Alias %s can't be deleted: it stands for $LATEST because the function's template or an invoke of it has that name", name)
		}
		n := len(p.Aliases)
		p.Aliases = slices.DeleteFunc(p.Aliases, func(a Alias) bool { return a.Name == name })
		return len(p.Aliases) < n, nil
	})
}

// Aliases lists the aliases of a function by name, with those that are only declared.
func (e *Engine) Aliases(function string) []Alias {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.functions[function]; s != nil {
		return s.allAliases()
	}
	return nil
}

func (s *served) allAliases() []Alias {
	all := slices.Clone(s.Aliases)
	if s.latest != nil {
		for name := range s.latest.Aliases {
			if a, ok := s.alias(name); ok && a.Declared {
				all = append(all, a)
			}
		}
	}
	slices.SortFunc(all, func(a, b Alias) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// choose gives the version that an invocation by an alias with weights goes to. The same key
// leads to the same version as long as the alias stays, so that a start can be repeated.
func (a *Alias) choose(key string) string {
	sum := sha256.Sum256([]byte(key))
	share := float64(binary.BigEndian.Uint32(sum[:])) / (1 << 32)
	for version, weight := range a.Weights {
		if share < weight {
			return version
		}
	}
	return a.Version
}

// revision makes an ID of a revision of what it is made of.
func revision(parts ...string) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q", parts)))
	return core.FormatID([16]byte(sum[:16]))
}

// revision changes with the function.
func (f *Function) revision(version string) string {
	return revision(f.Name, version, f.Code, f.Timeout.String(), f.ExecutionTimeout.String(), strconv.Itoa(f.RetentionDays))
}

// codeSHA256 is the digest of the code as the Lambda API shows it.
func (f *Function) codeSHA256() string {
	if b, err := hex.DecodeString(f.Code); err == nil {
		return base64.StdEncoding.EncodeToString(b)
	}
	return ""
}
