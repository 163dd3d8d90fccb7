; Words

[
  "if" "else" "switch" "case" "for" "in" "while" "try" "catch" "undo" "yield" "fail" "log" "var" "again"
] @keyword

(return_statement "return" @keyword.return)
(break_statement) @keyword
(continue_statement) @keyword
(commit_statement) @keyword

[
  "step" "callback" "invoke" "call" "open" "await" "poll" "group" "settled" "parallel" "map" "select" "wait"
] @keyword

["flow" "package" "const" "type" "enum" "error" "func" "function" "workflow" "defaults"] @keyword
"import" @keyword

[
  "fails" "retry" "timeout" "heartbeat" "idempotent" "at" "most" "least" "once" "times" "retention" "every" "backoff" "max" "min" "jitter" "on" "except" "by" "tolerate"
  "until" "as" "was" "from" "env"
] @keyword
(reads_clause) @keyword
(stored_clause) @keyword

; Names

(type_identifier) @type
(function_declaration variable: (_) @constant)
(builtin_type) @type.builtin
(package_clause name: (identifier) @module)
(import_declaration alias: (identifier) @module)
(const_declaration name: (identifier) @constant)
(field name: (_) @property)
(enum_member name: (_) @constant)
(enum_value name: (_) @constant)
(field_expression field: (_) @property)
(target field: (_) @property)
(entry name: (_) @property)
(branch name: (_) @property)
(parameter name: (identifier) @variable.parameter)
(func_declaration name: (identifier) @function)
(step_declaration name: (_) @function)
(callback_declaration name: (_) @function)
(function_declaration name: (_) @function)
(workflow_declaration name: (_) @function)
(call_expression name: (identifier) @function)
(step_operation name: (_) @function)
(callback_operation name: (_) @function)
(invoke_operation name: (_) @function)
(call_operation name: (_) @function)
(poll_operation name: (_) @function)
(again_statement name: (_) @function)
(open_operation name: (_) @function)
(open_type callback: (_) @function)
(group_operation name: (_) @label)
(jitter_clause kind: (_) @constant)

; Literals

(integer) @number
(float) @number
(duration) @number
[(true) (false)] @boolean
(none) @constant.builtin
(string) @string
(raw_string) @string
(escape) @string.escape
(format) @string.special
(interpolation ["{" "}"] @punctuation.special)
(comment) @comment

["||" "&&" "==" "!=" "<" "<=" ">" ">=" "??" "+" "-" "*" "/" "%" "!" ":=" "=" "?"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," "." ":" ";"] @punctuation.delimiter
