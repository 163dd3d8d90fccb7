#!/usr/bin/env bash
# Writes src/parser.c anew, with tree-sitter's command line (0.25 or later), after a change of
# grammar.js. The sum tells the test when somebody has forgotten to.
set -euo pipefail
cd "$(dirname "$0")"
tree-sitter generate --abi 14
sha256sum grammar.js >src/grammar.sum
