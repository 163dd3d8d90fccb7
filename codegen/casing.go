package codegen

import (
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go writes in one case.
var initialisms = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`ACL API ARN ASCII AWS CPU CSS CSV DNS EOF GUID HTML HTTP HTTPS IBAN ID IP
		ISBN JSON LHS PDF PIN QPS RAM RHS RPC SKU SLA SMS SMTP SQL SSH SSN TCP TLS TTL UDP UI UID UUID URI URL
		UTF8 VAT VM XML XMPP XSRF XSS`) {
		set[w] = true
	}
	return set
}()

// What a name of the language becomes in Go, where nothing else has the name already.

// MethodName gives the name of the method for a step or callback.
func MethodName(name string) string { return exported(name) }

// FieldName gives the name of a field of a record or error.
func FieldName(name string) string { return exported(name) }

// TypeName gives the name of a type or enum.
func TypeName(name string) string { return typeName(name) }

// ErrorName gives the name of the type of an error.
func ErrorName(name string) string { return errorName(name) }

// ValueName gives the name of the constant for a value of an enum.
func ValueName(enum, value string) string { return typeName(enum) + exported(value) }

// ConstName gives the name of a constant.
func ConstName(name string) string { return unexported(name) }

// exported gives the exported Go name for a name of the language: orderId is
// OrderID. A name in a script without capitals gets an X in front.
func exported(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		b.WriteString(capital(w))
	}
	out := b.String()
	if r, _ := utf8.DecodeRuneInString(out); !unicode.IsUpper(r) {
		return "X" + out
	}
	return out
}

// unexported gives the Go name of a variable: orderId is orderID, skuCode is skuCode.
func unexported(name string) string {
	var b strings.Builder
	for i, w := range words(name) {
		if i == 0 {
			b.WriteString(strings.ToLower(w))
		} else {
			b.WriteString(capital(w))
		}
	}
	out := b.String()
	if out == "" {
		return name // underscores alone
	}
	if unicode.IsDigit([]rune(out)[0]) {
		return "x" + out
	}
	return out
}

// capital writes one word as it stands inside of an exported name.
func capital(w string) string {
	upper := strings.ToUpper(w)
	if initialisms[upper] {
		return upper
	}
	if s, ok := strings.CutSuffix(upper, "S"); ok && initialisms[s] {
		return s + "s"
	}
	r, size := utf8.DecodeRuneInString(w)
	return string(unicode.ToUpper(r)) + w[size:]
}

// words splits a name at underscores and before capitals; a run of capitals is
// one word, its last letter belongs to the next word if that goes on small.
func words(name string) []string {
	out := make([]string, 0, 4)
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, name[start:end])
		}
		start = end
	}
	var before rune
	for i, size := 0, 0; i < len(name); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(name[i:])
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			cut(i)
			start = i + size
		case unicode.IsUpper(r) && i > start:
			if next, _ := utf8.DecodeRuneInString(name[i+size:]); !unicode.IsUpper(before) || unicode.IsLower(next) {
				cut(i)
			}
		}
		before = r
	}
	cut(len(name))
	return out
}

// predeclared are the names of Go itself that generated code uses.
var predeclared = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`any append bool byte error false float64 int int64 len make max min new nil
		panic string true`) {
		set[w] = true
	}
	return set
}()

// ownNames are variables and parameters that generated functions declare whatever the
// program is.
var ownNames = map[string]bool{"ctx": true, "err": true, "ok": true, "callbackID": true, "previous": true}

// reserved reports whether Go does not let a name be declared or generated code
// needs it for what it means in Go.
func reserved(name string) bool {
	return predeclared[name] || token.IsKeyword(name) || name == "_" || name == "init" || name == "main"
}
