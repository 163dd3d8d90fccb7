package query

// How one goes on behind a word, where the word alone is not enough. `$0` is where one is in
// the end.

var declarationSnippets = map[string]string{
	"flow":     "flow 1\n",
	"package":  "package ${0:name}",
	"import":   "import \"$0\"",
	"type":     "type ${1:Name} {\n    ${0:id string}\n}",
	"enum":     "enum ${1:Name} { ${0:one, other} }",
	"error":    "error ${1:Name} { ${0:reason string} }",
	"const":    "const ${1:name} = $0",
	"func":     "func ${1:name}(${2:x int}) ${3:int} = $0",
	"step":     "step ${1:name}(${2:input string}) ${3:string}  idempotent$0",
	"callback": "callback ${1:name}(${2:input string}) ${3:string}  timeout ${0:1h}",
	"function": "function ${1:name}(${2:input string}) ${3:string} = \"${0:name:live}\"",
	"workflow": "workflow ${1:name}(${2:input string}) ${3:string} {\n    $0\n}",
	"defaults": "defaults ${1:step}  ${0:retry 3 every 1s}",
}

var statementSnippets = map[string]string{
	"if":       "if ${1:condition} {\n    $0\n}",
	"switch":   "switch ${1:value} {\n    case ${2:one} { $0 }\n}",
	"for":      "for ${1:item} in ${2:list} {\n    $0\n}",
	"while":    "while ${1:condition} at most ${2:100} times {\n    $0\n}",
	"try":      "try {\n    $0\n} catch ${1:e} {\n}",
	"select":   "select {\n    case ${1:await reply} { $0 }\n    case wait ${2:10m} { }\n}",
	"parallel": "parallel {\n    ${1:first}: $0\n}",
	"group":    "group ${1:name} {\n    $0\n}",
	"map":      "map ${1:item} in ${2:list} { $0 }",
	"log":      "log \"$0\"",
	"wait":     "wait ${0:10m}",
	"var":      "var ${1:name} ${2:string} = $0",
	"case":     "case ${1:one} { $0 }",
	"else":     "else { $0 }",
}

var valueSnippets = map[string]string{
	"parallel": statementSnippets["parallel"],
	"map":      "map ${1:item} in ${2:list} { yield $0 }",
	"group":    "group ${1:name} {\n    yield $0\n}",
}

var clauseSnippets = map[string]string{
	"retry":      "retry ${1:5} every ${0:1s}",
	"timeout":    "timeout ${0:30s}",
	"heartbeat":  "heartbeat ${0:1m}",
	"retention":  "retention ${0:30d}",
	"idempotent": "idempotent",
	"at":         "at most ${0:once}",
	"stored":     "stored",
	"catch":      "catch ${1:e} { $0 }",
	"undo":       "undo step $0",
	"as":         "as \"$0\"",
	"was":        "was \"$0\"",
	"every":      "every ${0:1m}",
	"tolerate":   "tolerate ${0:10}%",
}
