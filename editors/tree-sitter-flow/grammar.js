/// <reference types="tree-sitter-cli/dsl" />
// The grammar of Flow for editors. docs/grammar.ebnf is the language's own; a test holds this one
// against the parser, over every .flow file of the repository.

// Words that are keywords in their place and names elsewhere.
const soft = [
  'step', 'callback', 'invoke', 'call', 'open', 'await', 'poll', 'group', 'settled', 'commit', 'again',
  'flow', 'package', 'import', 'type', 'enum', 'error', 'const', 'func', 'function', 'workflow', 'defaults',
  'fails', 'retry', 'timeout', 'heartbeat', 'reads', 'idempotent', 'at', 'stored', 'retention', 'every', 'backoff', 'max', 'jitter', 'on', 'except', 'by', 'min',
  'tolerate', 'until', 'as', 'was', 'from', 'most', 'least', 'once', 'times', 'env',
];
const builtinTypes = ['string', 'int', 'float', 'bool', 'bytes', 'time', 'duration', 'json'];
const reserved = [
  'if', 'else', 'switch', 'case', 'for', 'in', 'while', 'break', 'continue', 'return', 'yield', 'fail', 'log', 'var', 'try', 'catch', 'undo',
  'true', 'false', 'none', 'select', 'parallel', 'map', 'wait',
];

const keywordsBut = (word) => reserved.filter((other) => other !== word);

const list = (rule) => seq(rule, repeat(seq(',', rule)));
const lines = ($, rule) => optional(seq(rule, repeat(seq($._nl, rule)), optional($._nl)));
const separated = ($, rule) => optional(seq(rule, repeat(seq($._separator, rule)), optional($._separator)));
const infix = ($, precedence, operators, assoc = prec.left) => assoc(precedence, seq(field('left', $._expression), field('operator', operators.length > 1 ? choice(...operators) : operators[0]), field('right', $._expression)));

module.exports = grammar({
  name: 'flow',

  // The scanner tells the newlines that end something from the others; see src/scanner.c.
  externals: ($) => [$._newline, $._field_newline, $._error],
  extras: ($) => [/\s/, $.comment],
  word: ($) => $.identifier,
  supertypes: ($) => [$._declaration, $._statement, $._operation, $._expression, $._type],

  conflicts: ($) => [
    [$.list, $.list_type],
    [$._name, $.wait_operation],
  ],

  rules: {
    source_file: ($) => seq(
      optional($._nl), optional(seq($.flow_clause, optional($._nl))), optional(seq($.package_clause, optional($._nl))),
      repeat(seq($.import_declaration, $._nl)), lines($, $._declaration),
    ),

    _nl: ($) => repeat1(choice($._newline, ';')),
    _separator: ($) => repeat1(choice(',', $._field_newline, ';')),
    comment: (_) => token(seq('//', /[^\n]*/)),

    identifier: (_) => /[\p{Ll}\p{Lo}\p{Lm}\p{Lt}_][\p{L}\p{Nd}_]*/,
    type_identifier: (_) => /\p{Lu}[\p{L}\p{Nd}_]*/,
    _name: ($) => choice($.identifier, ...[...soft, ...builtinTypes].map((word) => alias(word, $.identifier))),
    _word: ($) => choice($._name, $.type_identifier, ...reserved.map((word) => alias(word, $.identifier))),

    // Declarations

    flow_clause: ($) => seq('flow', $.integer),
    package_clause: ($) => seq('package', field('name', $._name)),
    import_declaration: ($) => seq('import', optional(field('alias', $._name)), field('path', $._fixed)),

    _declaration: ($) => choice(
      $.type_declaration, $.enum_declaration, $.error_declaration, $.const_declaration, $.func_declaration,
      $.step_declaration, $.callback_declaration, $.function_declaration, $.workflow_declaration, $.defaults_declaration,
    ),
    type_declaration: ($) => seq('type', field('name', $.type_identifier), choice(field('body', $.fields), seq('=', field('go', $.go_type)))),
    fields: ($) => seq('{', separated($, $.field), '}'),
    field: ($) => seq(field('name', $._word), field('type', $._type), optional(seq('=', field('default', $._expression))), optional(seq('as', $._fixed))),
    go_type: ($) => seq($._name, '.', $.type_identifier, optional(seq('[', list($._type), ']'))),
    enum_declaration: ($) => seq('enum', field('name', $.type_identifier), '{', separated($, $.enum_member), '}'),
    enum_member: ($) => seq(field('name', $._word), optional(seq('as', $._fixed))),
    error_declaration: ($) => seq('error', field('name', $.type_identifier), optional(seq('as', list($._fixed))), optional(field('body', $.fields))),
    const_declaration: ($) => seq('const', field('name', $._name), '=', field('value', $._expression)),
    func_declaration: ($) => seq(
      'func', field('name', $._name), field('parameters', $.parameters), field('result', $._type),
      optional(choice(seq('=', field('value', $._expression)), field('body', $.block))),
    ),
    step_declaration: ($) => seq('step', $._signature),
    callback_declaration: ($) => seq('callback', $._signature),
    function_declaration: ($) => seq('function', field('name', $._word), field('parameters', $.parameters), optional(field('result', $._type)), '=', optional(seq('env', field('variable', choice($._name, $.type_identifier)), '??')), field('target', $._fixed), repeat($._policy)),
    workflow_declaration: ($) => seq('workflow', $._signature, field('body', $.block)),
    defaults_declaration: ($) => seq('defaults', field('kind', choice('step', 'callback', 'workflow')), repeat($._policy)),
    _signature: ($) => seq(field('name', $._word), field('parameters', $.parameters), optional(field('result', $._type)), repeat($._policy)),
    parameters: ($) => seq('(', optional(seq(list($.parameter), optional(','))), ')'),
    parameter: ($) => seq(field('name', $._name), field('type', choice($._type, $.open_type))),
    open_type: ($) => seq('open', field('callback', $._word)),

    // Types

    _type: ($) => choice($.list_type, $.map_type, $.named_type),
    list_type: ($) => seq('[', ']', $._type),
    map_type: ($) => seq('map', '[', $._type, ']', $._type),
    named_type: ($) => seq(choice($.type_identifier, $.builtin_type), optional('?')),
    builtin_type: (_) => choice(...builtinTypes),

    // Clauses

    _policy: ($) => choice($._common, $.fails_clause, $.reads_clause, $.idempotent_clause, $.at_most_once_clause, $.at_least_once_clause, $.stored_clause, $.retention_clause),
    _common: ($) => choice($.retry_clause, $.timeout_clause, $.heartbeat_clause),
    _use: ($) => choice($.label, $._common),
    fails_clause: ($) => seq('fails', list($.type_identifier)),
    reads_clause: (_) => 'reads',
    idempotent_clause: ($) => prec.right(seq('idempotent', optional(seq('by', $._primary)))),
    at_most_once_clause: (_) => seq('at', 'most', 'once'),
    at_least_once_clause: (_) => seq('at', 'least', 'once'),
    stored_clause: (_) => 'stored',
    retention_clause: ($) => seq('retention', $._primary),
    timeout_clause: ($) => seq('timeout', $._primary),
    heartbeat_clause: ($) => seq('heartbeat', $._primary),
    retry_clause: ($) => prec.right(seq('retry', $._primary, repeat(choice($._schedule, seq(choice('on', 'except'), $._failures))))),
    _schedule: ($) => choice($.every_clause, $.backoff_clause, $.max_clause, $.jitter_clause),
    every_clause: ($) => seq('every', $._primary),
    backoff_clause: ($) => seq('backoff', $._primary),
    max_clause: ($) => seq('max', $._primary),
    min_clause: ($) => seq('min', $._primary),
    tolerate_clause: ($) => prec.right(seq('tolerate', $._primary, optional('%'))),
    jitter_clause: ($) => seq('jitter', field('kind', $._word)),
    times_clause: ($) => seq('at', 'most', $._primary, 'times'),
    label: ($) => seq(choice('as', 'was'), $._fixed),
    _fixed: ($) => choice(alias($._plain_string, $.string), $.raw_string),
    _failures: ($) => prec.right(list(choice($.type_identifier, $._fixed))),

    // Statements

    block: ($) => seq('{', optional($._nl), lines($, $._statement), '}'),
    _statement: ($) => choice(
      $.operation_statement, $.define_statement, $.assign_statement, $.var_statement, $.if_statement, $.switch_statement, $.for_statement, $.while_statement,
      $.select_statement, $.try_statement, $.break_statement, $.continue_statement, $.return_statement, $.yield_statement, $.fail_statement, $.log_statement,
      $.commit_statement, $.again_statement,
    ),
    operation_statement: ($) => $._operation_with_tail,
    _operation_with_tail: ($) => seq($._operation, optional($.undo), repeat($.catch)),
    _value: ($) => choice($._operation_with_tail, $._expression),
    define_statement: ($) => seq(field('name', $._name), ':=', field('value', $._value)),
    assign_statement: ($) => seq(field('target', $.target), '=', field('value', $._value)),
    target: ($) => seq($._name, repeat(seq('.', field('field', $._word))), optional(seq('[', $._expression, ']'))),
    var_statement: ($) => seq('var', field('name', $._name), field('type', $._type), optional(seq('=', field('value', $._value)))),
    if_statement: ($) => seq('if', field('condition', $._expression), field('then', $.block), optional(seq('else', field('else', choice($.if_statement, $.block))))),
    switch_statement: ($) => seq('switch', field('subject', $._expression), '{', optional($._nl), repeat(seq($.switch_case, optional($._nl))), optional(seq('else', field('else', $.block), optional($._nl))), '}'),
    switch_case: ($) => seq('case', list($._choice), optional(seq('as', field('bind', $._name))), field('body', $.block)),
    _choice: ($) => choice($._name, $.type_identifier, $.none, ...keywordsBut('none').map((word) => alias(word, $.identifier)), $.enum_value, $._number, alias($._negative, $.unary_expression), $._fixed),
    _number: ($) => choice($.integer, $.float, $.duration),
    _negative: ($) => seq(field('operator', '-'), $._number),
    enum_value: ($) => seq($.type_identifier, '.', field('name', $._word)),
    for_statement: ($) => seq('for', $._each, field('body', $.block)),
    _each: ($) => seq(optional(seq(field('index', $._name), ',')), field('element', $._name), 'in', field('list', $._expression)),
    while_statement: ($) => seq('while', field('condition', $._expression), optional($.times_clause), field('body', $.block)),
    try_statement: ($) => seq('try', field('body', $.block), repeat1($.catch)),
    catch: ($) => seq('catch', choice(seq($._failures, optional(seq('as', field('bind', $._name)))), field('bind', $._name)), field('body', $.block)),
    undo: ($) => seq('undo', choice($._operation, $.block)),
    break_statement: (_) => 'break',
    continue_statement: (_) => 'continue',
    return_statement: ($) => prec.right(seq('return', optional($._value))),
    yield_statement: ($) => seq('yield', $._value),
    fail_statement: ($) => seq('fail', choice($.record, field('error', $.type_identifier), field('error', $._name))),
    log_statement: ($) => seq('log', $._expression),
    commit_statement: (_) => 'commit',
    again_statement: ($) => seq('again', field('name', $._word), $.arguments),

    // Operations

    _operation: ($) => choice(
      $.step_operation, $.callback_operation, $.invoke_operation, $.call_operation, $.wait_operation, $.open_operation, $.await_operation, $.poll_operation,
      $.group_operation, $.parallel_operation, $.map_operation,
    ),
    _call: ($) => seq(field('name', $._word), $.arguments, repeat($._use)),
    step_operation: ($) => seq('step', $._call),
    callback_operation: ($) => seq('callback', $._call),
    invoke_operation: ($) => seq('invoke', $._call),
    call_operation: ($) => seq('call', $._call),
    wait_operation: ($) => seq('wait', optional('until'), $._expression, repeat($._use)),
    open_operation: ($) => seq('open', field('name', $._word), repeat($._use)),
    await_operation: ($) => seq('await', field('handle', $._name), repeat($._use)),
    _awaited: ($) => seq('await', field('handle', $._name)),
    poll_operation: ($) => seq(
      'poll', field('name', $._word), $.arguments,
      repeat(choice($.from_clause, $._schedule, $.times_clause, $._use)), $.until_clause,
    ),
    from_clause: ($) => seq('from', $._primary),
    until_clause: ($) => seq('until', $._expression),
    group_operation: ($) => seq('group', field('name', $._word), repeat(choice($._use, seq('until', alias($._awaited, $.await_operation)))), field('body', $.block)),
    parallel_operation: ($) => seq(optional('settled'), 'parallel', repeat($._limit), '{', optional($._nl), lines($, $.branch), '}'),
    branch: ($) => seq(field('name', $._word), ':', choice($._operation_with_tail, field('body', $.block))),
    map_operation: ($) => seq(optional('settled'), 'map', field('element', $._name), 'in', field('list', $._expression), repeat($._limit), field('body', $.block)),
    _limit: ($) => choice($.label, $.max_clause, $.min_clause, $.tolerate_clause),
    select_statement: ($) => seq('select', repeat($.label), '{', optional($._nl), repeat(seq($.select_case, optional($._nl))), optional(seq('else', field('else', $.block), optional($._nl))), '}', repeat($.catch)),
    select_case: ($) => seq('case', optional(seq(field('name', $._name), ':=')), $._operation, field('body', $.block), repeat($.catch)),

    // Expressions

    _expression: ($) => choice($._primary, $.unary_expression, $.binary_expression),
    binary_expression: ($) => choice(
      infix($, 1, ['||']), infix($, 2, ['&&']), infix($, 3, ['==', '!=', '<', '<=', '>', '>=']), infix($, 4, ['??'], prec.right),
      infix($, 5, ['+', '-']), infix($, 6, ['*', '/', '%']),
    ),
    unary_expression: ($) => prec(7, seq(field('operator', choice('!', '-')), $._expression)),
    _primary: ($) => choice(
      $._number, $.string, $.raw_string, $.true, $.false, $.none, $._name, $.call_expression, $.record, $.enum_value, $.list, $.map,
      $.conversion, $.if_expression, $.parenthesized_expression, $.field_expression, $.index_expression, $.slice_expression,
    ),
    call_expression: ($) => prec(8, seq(field('name', $._name), $.arguments)),
    arguments: ($) => seq('(', optional(seq(list($._expression), optional(','))), ')'),
    field_expression: ($) => prec(8, seq(field('value', $._primary), '.', field('field', $._word))),
    index_expression: ($) => prec(8, seq(field('value', $._primary), '[', $._expression, ']')),
    slice_expression: ($) => prec(8, seq(field('value', $._primary), '[', optional($._expression), ':', optional($._expression), ']')),
    record: ($) => seq(field('type', $.type_identifier), '{', separated($, $.entry), '}'),
    entry: ($) => seq(field('name', $._word), ':', field('value', $._expression)),
    list: ($) => seq('[', optional(seq($._expression, choice($._comprehension, seq(repeat(seq(',', $._expression)), optional(','))))), ']'),
    _comprehension: ($) => seq('for', $._each, optional(seq('if', field('condition', $._expression)))),
    map: ($) => seq(field('type', $.map_type), '{', separated($, $.map_entry), '}'),
    map_entry: ($) => seq(field('key', $._expression), ':', field('value', $._expression)),
    conversion: ($) => seq(field('type', choice($.type_identifier, $.list_type, $.map_type)), '(', $._expression, ')'),
    if_expression: ($) => seq('if', field('condition', $._expression), '{', field('then', $._expression), '}', 'else', field('else', choice($.if_expression, seq('{', $._expression, '}')))),
    parenthesized_expression: ($) => seq('(', $._expression, ')'),
    true: (_) => 'true',
    false: (_) => 'false',
    none: (_) => 'none',

    integer: (_) => /0[xXbo][0-9a-fA-F_]+|[0-9][0-9_]*/,
    float: (_) => /[0-9][0-9_]*(\.[0-9][0-9_]*([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)/,
    duration: (_) => /([0-9][0-9_]*(\.[0-9]+)?(w|d|h|ms|m|s|us|µs|ns))+/,
    string: ($) => seq('"', repeat(choice($.string_content, $.escape, $.interpolation)), token.immediate('"')),
    _plain_string: ($) => seq('"', repeat(choice($.string_content, $.escape)), token.immediate('"')),
    string_content: (_) => token.immediate(prec(1, /[^"\\{\n]+/)),
    escape: (_) => token.immediate(/\\([nrt\\"{}]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/),
    interpolation: ($) => seq(token.immediate('{'), $._expression, optional($.format), '}'),
    format: (_) => token.immediate(prec(1, /:[^\s}"][^}"\n]*/)),
    raw_string: (_) => /`[^`]*`/,
  },
});
