package dsl

import "strings"

// boundName deals with what follows `= env` in the declaration of a function.
func (s *stream) boundName() bool {
	t := s.stuck()
	at := s.here()
	prev, before := s.tok(s.at-1), s.tok(s.at-2)
	const how = "write `env NAME ?? \"name:qualifier\"`"
	switch {
	case prev.Value == "env" && before.Value == "=":
		name := strings.Trim(t.Value, `"`)
		d := s.report(at, codeUnexpected, "behind `env` stands the name of an environment variable, without quotes")
		if t.Type != symString || !plainName.MatchString(name) {
			d.help(how)
			return false
		}
		d.edit(at, name, "write `%s`", name)
		t.Type, t.Value = symCapital, name
		return true
	case before.Value == "env" && (t.Value == "or" || t.Value == "||" || t.Value == "else" || t.Value == ":" || t.Value == "?:"):
		s.foreign(at, "what holds where the variable is not set stands behind `??`").edit(at, "??", "write `??`")
		t.Type, t.Value = symPunct, "??"
		return true
	case before.Value == "env":
		s.report(s.place(s.at-2, s.at-1), codeUnexpected, "which function it is where `%s` is not set, is not said", prev.Value).help(how)
		return false
	case prev.Value == "??":
		if s.beginsLine(s.at) {
			at = s.place(s.at-1, s.at-1)
		}
		s.report(at, codeUnexpected, "the name of a Lambda function stands in quotes").help(how)
		return false
	}
	return s.notAClause("function")
}
