package dsl

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// textPiece reads a text from behind its opening quote, or from behind the `}` of
// a hole (inHole), up to the closing quote or the next hole.
func (s *scanner) textPiece(start int, inHole bool) {
	ends := func(hole bool) tokenKind {
		switch {
		case hole && inHole:
			return tStrMid
		case hole:
			return tStrHead
		case inHole:
			return tStrTail
		}
		return tString
	}
	finish := func(hole bool) *token {
		t := s.emit(ends(hole), start, s.pos)
		i := len(s.toks) - 1
		if inHole {
			s.pair(i)
		}
		if hole {
			s.open = append(s.open, bracket{tok: int32(i), indent: int32(s.indent)})
			s.holes++
		}
		return t
	}
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case '"':
			s.pos++
			finish(false)
			return
		case '{':
			s.pos++
			finish(true)
			return
		case '\\':
			s.escape()
		case '\n':
			s.openText(start, inHole)
			finish(false).flags |= broken
			return
		default:
			s.pos++
		}
	}
	s.openText(start, inHole)
	finish(false).flags |= broken
}

// openText reports a text that its line does not close.
func (s *scanner) openText(start int, inHole bool) {
	end := s.lineEnd(start)
	if k := s.top(); !inHole && (k == tStrHead || k == tStrMid) {
		// `"by {name"`: what looks like a new text is the end of the outer one.
		// closeTextAtNewline reports the hole.
		return
	}
	s.openedText = start
	d := s.report(start, end, codeOpenText, "the text is not closed before the end of the line")
	d.Help = "close it with `\"`; a text of several lines is written in backquotes"
}

// escape checks and skips an escape sequence in a text.
func (s *scanner) escape() {
	start := s.pos
	c := s.next(1)
	switch c {
	case 'n', 'r', 't', '\\', '"', '{', '}':
		s.pos += 2
		return
	case 'u', 'U':
		n := 4
		if c == 'U' {
			n = 8
		}
		end := start + 2 + n
		if end <= len(s.text) {
			if v, err := strconv.ParseUint(s.text[start+2:end], 16, 32); err == nil && utf8.ValidRune(rune(v)) && v <= utf8.MaxRune {
				s.pos = end
				return
			}
		}
		s.pos += 2
		s.report(start, s.pos, codeBadEscape, "`\\%c` needs %d hexadecimal digits of a character", c, n).
			Help = "for example `\\u00e9` or `\\U0001F600`"
		return
	case '\n', 0:
		s.pos++
		return
	}
	_, size := utf8.DecodeRuneInString(s.text[start+1:])
	s.pos += 1 + size
	d := s.report(start, s.pos, codeBadEscape, "unknown escape `%s` in a text", s.text[start:s.pos])
	switch c {
	case '\'', '/', '$', '`':
		d.fix("write the character alone", s.edit(start, s.pos, s.text[start+1:s.pos]))
	default:
		d.Help = "known are `\\n \\r \\t \\\\ \\\" \\{ \\}` and `\\u00e9`; a text in backquotes takes everything as it is"
	}
}

// unescape gives the characters of a piece of text without quotes. It expects
// escapes that the lexer has accepted and leaves others as they are.
func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u', 'U':
			n := 4
			if c == 'U' {
				n = 8
			}
			if i+n < len(text) {
				if v, err := strconv.ParseUint(text[i+1:i+1+n], 16, 32); err == nil {
					b.WriteRune(rune(v))
					i += n
				}
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// raw reads a text in backquotes.
func (s *scanner) raw() {
	start := s.pos
	end := strings.IndexByte(s.text[start+1:], '`')
	if end < 0 {
		s.pos = s.lineEnd(start)
		s.report(start, s.pos, codeOpenText, "the raw text is never closed").Help = "close it with a backquote"
		s.emit(tRaw, start, s.pos).flags |= broken
		return
	}
	s.pos = start + end + 2
	s.emit(tRaw, start, s.pos)
}

// singleQuoted reads 'text', which other languages have.
func (s *scanner) singleQuoted() {
	start := s.pos
	lineEnd := s.lineEnd(start)
	end := strings.IndexByte(s.text[start+1:lineEnd], '\'')
	if end < 0 {
		s.pos = lineEnd
		s.report(start, s.pos, codeSingleQuotes, "texts are written in double quotes")
		s.emit(tString, start, s.pos).flags |= broken
		return
	}
	s.pos = start + end + 2
	inner := s.text[start+1 : s.pos-1]
	s.quotedText(start, s.pos, inner)
}

// quotedText takes a text in quotes that are none here.
func (s *scanner) quotedText(start, end int, inner string) {
	d := s.report(start, end, codeSingleQuotes, "texts are written in double quotes")
	if !strings.ContainsAny(inner, "\"{}\\") {
		d.fix("use double quotes", s.edit(start, end, `"`+inner+`"`))
	}
	s.emit(tString, start, end).flags |= broken
}

// number reads an integer, a float or a duration.
func (s *scanner) number() tokenKind {
	start := s.pos
	if s.text[start] == '0' && (s.next(1) == 'x' || s.next(1) == 'b' || s.next(1) == 'o' || s.next(1) == 'X') {
		s.pos += 2
		s.wordTail()
		s.checkInt(start)
		return tInt
	}
	kind := tInt
	s.digits()
	if c := s.next(0); c == '.' && isDigit(s.next(1)) {
		kind = tFloat
		s.pos++
		s.digits()
	} else if c == '.' && !isLetter(s.next(1)) && s.next(1) != '.' && s.next(1) < utf8.RuneSelf {
		s.pos++
		s.report(start, s.pos, codeBadNumber, "a digit must follow the point").fix("write a zero", s.edit(s.pos, s.pos, "0"))
		return tFloat
	}
	if c := s.next(0); c == 'e' || c == 'E' {
		n := 1
		if d := s.next(1); d == '+' || d == '-' {
			n = 2
		}
		if isDigit(s.next(n)) {
			kind = tFloat
			s.pos += n
			s.digits()
		}
	}
	if c := s.next(0); isLetter(c) || c >= utf8.RuneSelf && s.startsLetter() {
		s.duration(start)
		return tDuration
	}
	if kind == tFloat {
		s.checkFloat(start)
	} else {
		s.checkInt(start)
	}
	return kind
}

func (s *scanner) startsLetter() bool {
	r, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	return r == 'µ' || r == 'μ'
}

func (s *scanner) wordTail() {
	for s.pos < len(s.text) && (isLetter(s.text[s.pos]) || isDigit(s.text[s.pos]) || s.text[s.pos] == '_') {
		s.pos++
	}
}

func (s *scanner) checkInt(start int) {
	text := s.text[start:s.pos]
	if len(text) > 1 && text[0] == '0' && (isDigit(text[1]) || text[1] == '_') {
		d := s.report(start, s.pos, codeBadNumber, "an integer does not begin with a zero")
		if plain := strings.TrimLeft(text, "0_"); plain != "" && strings.ContainsAny(plain, "89") { // else it may be octal
			d.fix("remove the zero", s.edit(start, s.pos, plain))
		} else if plain == "" {
			d.fix("write one zero", s.edit(start, s.pos, "0"))
		}
		return
	}
	switch v, err := strconv.ParseUint(text, 0, 64); {
	case v == 1<<63 && s.afterMinus():
	case errors.Is(err, strconv.ErrRange), v > math.MaxInt64:
		s.report(start, s.pos, codeBadNumber, "the number `%s` does not fit into an int of 64 bits", text)
	case err != nil:
		s.report(start, s.pos, codeBadNumber, "`%s` is not a number", text)
	}
}

// afterMinus reports whether a sign stands right before, which the lowest int has;
// behind an operand a minus is none.
func (s *scanner) afterMinus() bool {
	n := len(s.toks)
	if n == 0 || s.toks[n-1].kind != tMinus {
		return false
	}
	return n == 1 || !s.toks[n-2].kind.endsLine() || s.toks[n-2].kind.isReserved()
}

var leadingZeros = regexp.MustCompile(`^0+([0-9])`)

func (s *scanner) checkFloat(start int) {
	text := s.text[start:s.pos]
	if len(text) > 1 && text[0] == '0' && isDigit(text[1]) {
		s.report(start, s.pos, codeBadNumber, "a number does not begin with a zero").
			fix("remove the zero", s.edit(start, s.pos, leadingZeros.ReplaceAllString(text, "$1")))
		return
	}
	switch v, err := strconv.ParseFloat(text, 64); {
	case errors.Is(err, strconv.ErrRange) && math.IsInf(v, 0):
		s.report(start, s.pos, codeBadNumber, "the number `%s` does not fit into a float", text)
	case err != nil && !errors.Is(err, strconv.ErrRange):
		s.report(start, s.pos, codeBadNumber, "`%s` is not a number", text)
	}
}

// duration reads the rest of a duration whose first number has been read.
func (s *scanner) duration(start int) {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if isLetter(c) || isDigit(c) || c == '_' || c == '.' && isDigit(s.next(1)) {
			s.pos++
			continue
		}
		if c >= utf8.RuneSelf && s.startsLetter() {
			s.pos += 2
			continue
		}
		break
	}
	text := s.text[start:s.pos]
	_, problem := parseDuration(text)
	if problem == "" {
		return
	}
	d := s.report(start, s.pos, codeBadDuration, "%s", problem)
	if strings.HasSuffix(problem, tooLong) {
		d.Help = "the service knows no time longer than " + durationText(maxTime)
		return
	}
	if better, ok := betterDuration(text); ok {
		d.fix("write `"+better+"`", s.edit(start, s.pos, better))
	} else {
		d.Help = "a duration is whole numbers with units, the largest first: `w d h m s ms`, as in `1h30m`"
	}
}

// durationUnits are the units of durations in nanoseconds, largest first.
var durationUnits = []struct {
	name  string
	nanos int64
}{
	{"w", 7 * 24 * 3600 * 1e9}, {"d", 24 * 3600 * 1e9}, {"h", 3600 * 1e9}, {"m", 60 * 1e9}, {"s", 1e9}, {"ms", 1e6},
}

// tooLong ends the problem of a duration that has no value.
const tooLong = "` is too long"

// parseDuration gives the nanoseconds of a duration literal, or says what is wrong
// with it.
func parseDuration(text string) (nanos int64, problem string) {
	last := -1
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && (isDigit(text[i]) || text[i] == '_') {
			i++
		}
		number := text[start:i]
		start = i
		for i < len(text) && !isDigit(text[i]) && text[i] != '.' {
			i++
		}
		name := text[start:i]
		switch {
		case number == "" || i < len(text) && text[i] == '.' || name == "" && i < len(text):
			return 0, "a duration is made of whole numbers, unlike `" + text + "`"
		case name == "":
			return 0, "the last number of `" + text + "` lacks a unit"
		}
		unit := -1
		for u := range durationUnits {
			if durationUnits[u].name == name {
				unit = u
			}
		}
		if unit < 0 {
			return 0, "unknown unit `" + name + "` in `" + text + "`"
		}
		if unit <= last {
			return 0, "the units of `" + text + "` are not in order"
		}
		last = unit
		n, err := strconv.ParseInt(strings.ReplaceAll(number, "_", ""), 10, 64)
		if err != nil || n > (math.MaxInt64-nanos)/durationUnits[unit].nanos {
			return 0, "the duration `" + text + tooLong
		}
		nanos += n * durationUnits[unit].nanos
	}
	return nanos, ""
}

var unitNames = map[string]float64{
	"w": 604800e9, "wk": 604800e9, "week": 604800e9, "weeks": 604800e9, "d": 86400e9, "day": 86400e9, "days": 86400e9,
	"h": 3600e9, "hr": 3600e9, "hrs": 3600e9, "hour": 3600e9, "hours": 3600e9, "m": 60e9, "min": 60e9, "mins": 60e9,
	"minute": 60e9, "minutes": 60e9, "s": 1e9, "sec": 1e9, "secs": 1e9, "second": 1e9, "seconds": 1e9, "ms": 1e6,
	"msec": 1e6, "millis": 1e6, "milliseconds": 1e6,
}

// betterDuration rewrites what people mean by `1.5h`, `10min` or `30m1h`.
func betterDuration(text string) (string, bool) {
	var sum float64
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && (isDigit(text[i]) || text[i] == '.') {
			i++
		}
		n, err := strconv.ParseFloat(text[start:i], 64)
		start = i
		for i < len(text) && !isDigit(text[i]) && text[i] != '.' {
			i++
		}
		unit, ok := unitNames[strings.ToLower(text[start:i])]
		if err != nil || !ok || text[start:i] == "M" { // which is a month elsewhere
			return "", false
		}
		sum += n * unit
	}
	if sum < 1e6 || sum > 1e18 || sum/1e6 != math.Trunc(sum/1e6) {
		return "", false
	}
	return durationText(int64(sum)), true
}

// durationText writes a duration as the language does; a week is seven days.
func durationText(nanos int64) string {
	if nanos == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, unit := range durationUnits[1:] {
		if n := nanos / unit.nanos; n > 0 {
			b.WriteString(strconv.FormatInt(n, 10) + unit.name)
			nanos -= n * unit.nanos
		}
	}
	return b.String()
}
