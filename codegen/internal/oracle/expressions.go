package oracle

import (
	"fmt"
	"regexp"
)

// literal gives an expression that never fails.
func (w *writer) literal(typ string) string {
	switch typ {
	case "int":
		return w.pick("1", "limit", "len(words)", "-3")
	case "string":
		return w.pick(`"lit"`, "item.name", "`r{w`")
	case "float":
		return w.pick("0.25", "rate")
	case "bool":
		return w.pick("true", "false")
	case "Kind", "Kind?":
		return w.pick("Kind.small", "item.kind", "Kind.large")
	case "[]string":
		return w.pick("words", "names", `["l", item.name]`)
	case "Item":
		return w.pick("item", `Item { name: "made", n: 5, kind: Kind.huge, at: item.at, pause: 2m, parts: [Part { id: "x", price: 0.5 }] }`)
	case "map":
		return w.pick("prices", `map[string]int { "a": 1 }`)
	case "duration":
		return w.pick("10m", "item.pause")
	case "time":
		return "item.at"
	case "string?":
		return w.pick("maybe", "none", "item.tag", `"there"`)
	}
	panic("no literal of type " + typ)
}

// of gives a variable of a type, or a literal.
func (w *writer) of(typ string) string {
	var fit []string
	for _, v := range w.vars {
		if v.typ == typ {
			fit = append(fit, v.name)
		}
	}
	if len(fit) > 0 && w.chance(70) {
		return w.pick(fit...)
	}
	return w.literal(typ)
}

// expr gives an expression of a type.
func (w *writer) expr(typ string, depth int) string {
	if depth == 0 || w.chance(25) {
		return w.of(typ)
	}
	e := func(typ string) string { return w.expr(typ, depth-1) }
	if w.chance(12) && typ != "string?" {
		return fmt.Sprintf("(if %s { %s } else { %s })", e("bool"), e(typ), e(typ))
	}
	forms := map[string][]string{
		"int": {"(@int + @int)", "(@int - @int)", "(@int * @int)", "(@int / @int)", "(@int % @int)", "-(@int)", "twice(@int)", "look(@map, @string, @int)", "len(@[]string)", "len(@string)",
			"int(@float)", "(prices[@string] ?? @int)", "sum([x.n + @int for x in items if @bool])", "max(@int, @int, @int)", "min(@int, @int)", "abs(@int)",
			"(min([@int, @int]) ?? @int)", "(if contains(@string, @string) { @int } else { @int })", "len(item.parts)", "len(prices)", "len([k for k in keys(prices) if @bool])",
			"len(range(@int))", "(last(range(@int, 9)) ?? @int)", "sum(flatten([[@int], range(3)]))", "len(@map)", "(table[@string] ?? @int)", "len(names)",
			"sum(flatten([p.sizes for p in append((@Item).parts, made, Part { id: @string, price: @float })]))", "int(json(@int))", "Item(json(@Item)).n", "(@Item).n", "(@map[@string] ?? @int)", "weekday(@time)"},
		"string": {"\"a{@int} 100% \\{{@string}{@Kind}\"", "(@string + @string)", "(maybe ?? @string)", "(item.tag ?? @string)", "(first(@[]string) ?? @string)", "title(@Item)",
			`join(@[]string, ",")`, "(@[]string)[@int]", "string(@float)", "string(@int)", "string(@time)", "string(@duration)", "string(@bool)", "upper(@string)",
			"trim(@string)", `"{@duration} {@time} {@float}"`, `(last(split(@string, ",")) ?? @string)`,
			"(@string)[@int:]", `"{@int:05}{@float:.2}"`, `"{@time:2 Jan 2006 15:04}"`, `"{@float:.0}"`, "(@string)[1:@int]", `replace(@string, "a", @string)`, `string(duration("1m{@int}s"))`},
		"float": {"(@float + @float)", "(@float - @float)", "(@float * @float)", "(@float / @float)", "score(@Item, @int)", "float(@int)", "round(@float)", "round(@float, @int)", "round(@float, 2)", "abs(@float)", "max(@float, @float)"},
		"bool": {"(@bool && @bool)", "(@bool || @bool)", "(@int < @int)", "(@int <= @int)", "(@int == @int)", "(@int != @int)", "!(@bool)", "(maybe != none && maybe == @string)",
			"(item.tag == none || item.tag != @string)", "(@time < @time)", "(@time == @time)", "contains(@[]string, @string)", "(@Kind == @Kind)", "(@Kind != @Kind)",
			"(@string < @string)", "(@float > @float)", "(@duration >= @duration)", "(maybe == none)", "(item.tag != none)",
			"startsWith(@string, @string)", "endsWith(@string, @string)"},
		"[]string": {"[x for x in @[]string if @bool]", `["{x}!{i}" for i, x in @[]string]`, "append(@[]string, @string)", "(@[]string + @[]string)", "(@[]string)[1:@int]",
			"(@[]string)[:@int]", "sort(@[]string)", "keys(prices)", `["{k}={v}" for k, v in prices if @bool]`, `keys(map[string]int { "b": @int, @string: 1 })`, `split(@string, ",")`, "[k.id for k in item.parts]", "[@string, @string]",
			`["{k}" for k in range(@int)]`, "flatten([@[]string, @[]string])", "keys(@map)"},
		"map":      {"delete(@map, @string)", "map[string]int { @string: @int }"},
		"Item":     {"Item(json(@Item))", "Item { name: @string, n: @int, tag: @string?, kind: @Kind, at: @time, pause: @duration, parts: item.parts }"},
		"duration": {"(@duration + 1m)", "(@duration * 2)", "(@duration / @int)", "(@duration * 1.5)", "(@duration - item.pause)", "(@time - @time)"},
		"time": {"(@time + @duration)", "(@time - 1h)", "addMonths(@time, @int)", "addYears(@time, @int)", "startOfDay(@time)", `time("20{10 + abs(@int)}-02-28")`,
			`time("{@time}")`},
		"Kind": {"(if @bool { Kind.small } else { @Kind })", `Kind("{@Kind}")`, "Kind(@string)", "Kind(json(@string))", "made.kind"},
	}[typ]
	if forms == nil {
		return w.of(typ)
	}
	return placeholder.ReplaceAllStringFunc(w.pick(forms...), func(hole string) string { return e(hole[1:]) })
}

// placeholder stands in a form for an expression of a type.
var placeholder = regexp.MustCompile(`@(\[\])?[A-Za-z]+\??`)
