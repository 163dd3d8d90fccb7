// Tells the newlines that end something from those that only lay out: a newline does not count
// before a word that begins a clause, unless := = : or . follows the word, nor before a body; see
// docs/grammar.ebnf.

#include "tree_sitter/parser.h"

#include <stdbool.h>
#include <string.h>

enum { NEWLINE, FIELD_NEWLINE, ERROR };

static const char *const clauses[] = {
    "as",   "at",    "backoff", "by",    "catch", "every",     "except", "fails",   "from",     "heartbeat", "idempotent", "jitter", "max",
    "min",  "on",    "reads",   "retry", "retention", "timeout", "tolerate", "undo", "until", "was",
};

static bool is_clause(const char *word) {
    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++) {
        if (strcmp(clauses[i], word) == 0) return true;
    }
    return false;
}

static bool is_space(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool in_word(int32_t c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80; }

// continues reports whether what follows a newline belongs to what stands before it.
static bool continues(TSLexer *lexer) {
    for (;;) {
        while (is_space(lexer->lookahead)) lexer->advance(lexer, false);
        if (lexer->lookahead != '/') break;
        lexer->advance(lexer, false);
        if (lexer->lookahead != '/') return false;
        while (lexer->lookahead != '\n' && !lexer->eof(lexer)) lexer->advance(lexer, false);
    }
    if (lexer->lookahead == '{') return true;
    char word[16];
    size_t n = 0;
    for (; in_word(lexer->lookahead); lexer->advance(lexer, false)) {
        if (n + 1 == sizeof word || lexer->lookahead >= 0x80) return false;
        word[n++] = (char)lexer->lookahead;
    }
    word[n] = 0;
    if (!is_clause(word)) return false;
    while (lexer->lookahead == ' ' || lexer->lookahead == '\t') lexer->advance(lexer, false);
    return lexer->lookahead != ':' && lexer->lookahead != '=' && lexer->lookahead != '.';
}

bool tree_sitter_flow_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    (void)payload;
    if (!valid[NEWLINE] && !valid[FIELD_NEWLINE]) return false;
    while (lexer->lookahead == ' ' || lexer->lookahead == '\t' || lexer->lookahead == '\r') lexer->advance(lexer, true);
    if (lexer->lookahead != '\n') return false;
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    if (valid[FIELD_NEWLINE] && !valid[NEWLINE]) {
        lexer->result_symbol = FIELD_NEWLINE;
        return true;
    }
    lexer->result_symbol = NEWLINE;
    return !continues(lexer);
}

void *tree_sitter_flow_external_scanner_create(void) { return NULL; }
void tree_sitter_flow_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_flow_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}
void tree_sitter_flow_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}
