package dsl

// The codes. Each has a page in codes/, which a test runs.

// Codes of lexer and parser.
const (
	codeBadCharacter      Code = "bad-character"
	codeConflict          Code = "merge-conflict"
	codeForeignComment    Code = "foreign-comment"
	codeUnclosed          Code = "unclosed"
	codeUnopened          Code = "unopened"
	codeOpenText          Code = "open-text"
	codeBadEscape         Code = "bad-escape"
	codeEmptyHole         Code = "empty-hole"
	codeSingleQuotes      Code = "single-quotes"
	codeBadNumber         Code = "bad-number"
	codeBadDuration       Code = "bad-duration"
	codeMissingUnit       Code = "missing-unit"
	codeTooDeep           Code = "too-deep"
	codeHead              Code = "head"
	codeVersion           Code = "version"
	codeCase              Code = "case"
	codeReserved          Code = "reserved"
	codeBlank             Code = "blank"
	codeNoDeclaration     Code = "no-declaration"
	codeNested            Code = "nested"
	codeTypeBody          Code = "type-body"
	codeMissingType       Code = "missing-type"
	codeBadType           Code = "bad-type"
	codeEnumValue         Code = "enum-value"
	codeNoParams          Code = "no-params"
	codeNoBody            Code = "no-body"
	codeBodyNotHere       Code = "body-not-here"
	codeNoTarget          Code = "no-target"
	codeUnknownClause     Code = "unknown-clause"
	codeClausePlace       Code = "clause-place"
	codeDuplicateClause   Code = "duplicate-clause"
	codeClauseOrder       Code = "clause-order"
	codeNoStatement       Code = "no-statement"
	codeMissingDefine     Code = "missing-define"
	codeUntypedVar        Code = "untyped-var"
	codeBareCall          Code = "bare-call"
	codeNoArguments       Code = "no-arguments"
	codeOperationInExpr   Code = "operation-in-expr"
	codeAssignAsTest      Code = "assign-as-test"
	codeChainedComparison Code = "chained-comparison"
	codeBareType          Code = "bare-type"
	codeSecondFor         Code = "second-for"
	codeSwitchSubject     Code = "switch-subject"
	codeElseLine          Code = "else-line"
	codeBraceLine         Code = "brace-line"
	codeTryAlone          Code = "try-alone"
	codeBareCatch         Code = "bare-catch"
	codeBadFail           Code = "bad-fail"
	codeBranch            Code = "branch"
	codePollIncomplete    Code = "poll-incomplete"
	codeForeign           Code = "foreign"
	codeUnexpected        Code = "unexpected"
)

// Names.
const (
	codeUnknownName    Code = "unknown-name"
	codeUnknownType    Code = "unknown-type"
	codeUnknownField   Code = "unknown-field"
	codeUnknownValue   Code = "unknown-value"
	codeUnknownError   Code = "unknown-error"
	codeUnusedVariable Code = "unused-variable"
	codeDuplicateName  Code = "duplicate-name"
	codePackageClash   Code = "package-clash"
	codeNotAValue      Code = "not-a-value"
	codeWrongKeyword   Code = "wrong-keyword"
	codeNotCallable    Code = "not-callable"
	codeBareStep       Code = "bare-step"
)

// Types and values.
const (
	codeWrongType      Code = "wrong-type"
	codeWrongOperand   Code = "wrong-operand"
	codeAbsent         Code = "absent"
	codeNeverAbsent    Code = "never-absent"
	codeNeverEqual     Code = "never-equal"
	codeNeedsType      Code = "needs-type"
	codeMapKey         Code = "map-key"
	codeMissingField   Code = "missing-field"
	codeArgCount       Code = "arg-count"
	codeNoIndex        Code = "no-index"
	codeOutOfRange     Code = "out-of-range"
	codeOverflow       Code = "overflow"
	codeDivisionByZero Code = "division-by-zero"
	codeNotConstant    Code = "not-constant"
	codeRecursiveType  Code = "recursive-type"
	codeRecursiveConst Code = "recursive-const"
	codeRecursiveFunc  Code = "recursive-func"
	codeEmptyEnum      Code = "empty-enum"
)

// Control flow.
const (
	codeUnassigned    Code = "unassigned"
	codeUnreachable   Code = "unreachable"
	codeMissingReturn Code = "missing-return"
	codeMissingYield  Code = "missing-yield"
	codeMisplaced     Code = "misplaced"
	codeReadOnly      Code = "read-only"
	codeEndlessLoop   Code = "endless-loop"
	codeNotExhaustive Code = "not-exhaustive"
	codeDuplicateCase Code = "duplicate-case"
	codeEmptyTry      Code = "empty-try"
	codeEmptyCommit   Code = "empty-commit"
	codeAgainOther    Code = "again-other"
	codeAgainCall     Code = "again-call"
	codeAgainUndo     Code = "again-undo"
	codeUnboundedLoop Code = "unbounded-loop"
)

// Errors.
const (
	codeUncaught       Code = "uncaught"
	codeNeverRaised    Code = "never-raised"
	codeBuiltinFails   Code = "builtin-fails"
	codeCatchOrder     Code = "catch-order"
	codeCatchUndefined Code = "catch-undefined"
	codeErrorUse       Code = "error-use"
	codeErrorAs        Code = "error-as"
)

// Operations.
const (
	codeNoResult          Code = "no-result"
	codeBadClause         Code = "bad-clause"
	codeTwin              Code = "twin"
	codeWasCollision      Code = "was-collision"
	codeBadLabel          Code = "bad-label"
	codeBadFormat         Code = "bad-format"
	codeBadDefault        Code = "bad-default"
	codeBadTarget         Code = "bad-target"
	codeBadEnv            Code = "bad-env"
	codeNoTimeout         Code = "no-timeout"
	codeLimit             Code = "limit"
	codeSubSecond         Code = "sub-second"
	codeOutlasts          Code = "outlasts"
	codeAtMostOnceRetry   Code = "at-most-once-retry"
	codeRetryOrder        Code = "retry-order"
	codeRepetition        Code = "repetition"
	codeSameKey           Code = "same-key"
	codePollStep          Code = "poll-step"
	codePollBlind         Code = "poll-blind"
	codePollFrom          Code = "poll-from"
	codeHandleUse         Code = "handle-use"
	codeNeverAwaited      Code = "never-awaited"
	codeEmptyBatch        Code = "empty-batch"
	codeSelectCase        Code = "select-case"
	codeSelectElse        Code = "select-else"
	codeBadUndo           Code = "bad-undo"
	codeRecursiveWorkflow Code = "recursive-workflow"
)

// Existing Go types.
const (
	codeGoImport     Code = "go-import"
	codeUnusedImport Code = "unused-import"
	codeGoType       Code = "go-type"
)

// ReservedName is reported by code generation: the language knows nothing of Go's names.
const ReservedName Code = "reserved-name"

// ReachesLimit is reported by package cost, which counts.
const ReachesLimit Code = "reaches-limit"
