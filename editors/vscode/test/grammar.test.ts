import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as oniguruma from 'vscode-oniguruma';
import * as textmate from 'vscode-textmate';
import { flowFiles, open, root, start, textOf, uriOf, type Server } from './server';

const here = join(root, 'editors/vscode');
let grammar: textmate.IGrammar;
let server: Server;

before(async () => {
  await oniguruma.loadWASM(readFileSync(createRequire(join(here, 'package.json')).resolve('vscode-oniguruma/release/onig.wasm')));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({ createOnigScanner: (p) => new oniguruma.OnigScanner(p), createOnigString: (s) => new oniguruma.OnigString(s) }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(join(here, 'syntaxes/flow.tmLanguage.json'), 'utf8'), 'flow.json'),
  });
  grammar = (await registry.loadGrammar('source.flow'))!;
  server = await start(root);
});
after(() => server.stop());

// scopes gives the scopes of each character, line by line.
function scopes(text: string): string[][][] {
  let state: textmate.StateStack = textmate.INITIAL;
  return text.split(/\r?\n/).map((line) => {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    const of: string[][] = [];
    for (const token of result.tokens) {
      for (let i = token.startIndex; i < token.endIndex; i++) of[i] = token.scopes;
    }
    return of;
  });
}

// kind gives what a colour says of a character.
function kind(of: string[] = []): string {
  for (const scope of [...of].reverse()) {
    const m = /^(keyword\.(?!operator)|storage|support\.type|support\.function|constant\.language|comment|string|constant\.(?:numeric|character|other)|meta\.interpolation|entity\.name\.type|entity\.name|variable|punctuation\.section)/.exec(scope);
    if (!m) continue;
    if (/support\.type/.test(m[1])) return 'type';
    if (/keyword|storage|language/.test(m[1])) return 'keyword';
    if (/numeric/.test(m[1])) return 'number';
    if (/string|character/.test(m[1])) return 'string';
    if (/comment/.test(m[1])) return 'comment';
    return 'other';
  }
  return 'other';
}

// What the grammar colours as a keyword, text, number or comment is what the compiler says is one,
// in every file of the repository that has no mistakes.
test('the grammar agrees with the compiler', async () => {
  const legend: string[] = server.initialized.capabilities.semanticTokensProvider!.legend.tokenTypes;
  const wrong: string[] = [];
  let compared = 0;
  for (const file of flowFiles()) {
    const text = textOf(file), uri = uriOf(join(root, file)), lines = text.split(/\r?\n/);
    if (text.includes('// ERROR') || file.includes('testdata/errors/')) continue; // in which nobody knows what a word is
    await open(server, uri, text);
    const { data } = await server.connection.sendRequest<{ data: number[] }>('textDocument/semanticTokens/full', { textDocument: { uri } });
    const got = scopes(text);
    let line = 0, start = 0;
    for (let i = 0; i < data.length; i += 5) {
      [line, start] = data[i] ? [line + data[i], data[i + 1]] : [line, start + data[i + 1]];
      const word = lines[line].slice(start, start + data[i + 2]);
      const said = legend[data[i + 3]];
      const want = ['keyword', 'number', 'string', 'comment'].includes(said) || said === 'type' && /^[a-z]/.test(word) ? said : 'other';
      const found = kind(got[line][word[0] === '}' ? start + 1 : start]); // the end of a hole is none of the text's colour
      // A declaration may have the name of a reserved word; and between two holes there is no text.
      if (word === '}{' || said === 'keyword' && /(?:step|callback|function|workflow|invoke|call|poll|open|again)\s+$/.test(lines[line].slice(0, start))) continue;
      compared++;
      if (found !== want) wrong.push(`${file}:${line + 1}: ${word} is ${said}, and coloured as ${found}: ${lines[line].trim()}`);
    }
    await server.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }
  assert.ok(compared > 10_000, `${compared} tokens`);
  assert.deepEqual(wrong.slice(0, 40), [], `${wrong.length} of ${compared}`);
});

// Colours of parts that the compiler does not name, and of text that is not whole.
for (const [line, word, scope] of [
  ['log "a {b} c"', 'b', 'variable.other.flow'],
  ['log "a {b:.2} c"', ':.2', 'constant.other.placeholder.flow'],
  ['log "a {if b { "c" } else { "d" }} e"', '"c"', 'string.quoted.double.flow'],
  ['log "a {map[string]int { "k": 1 }} e"', 'int', 'support.type.flow'],
  ['log "\\{no hole} \\u00e9"', '\\u00e9', 'constant.character.escape.flow'],
  ['log "bad \\q"', '\\q', 'invalid.illegal.escape.flow'],
  ['log "open {', '{', 'punctuation.section.interpolation.begin.flow'],
  ['x := step charge(order)', 'charge', 'entity.name.function.flow'],
  ['workflow pay(o Order) int {', 'pay', 'entity.name.function.flow'],
  ['error CardDeclined { reason string }', 'CardDeclined', 'entity.name.type.flow'],
  ['total := order.total', 'total', 'variable.other.flow'],
  ['wait 1h30m', '1h30m', 'constant.numeric.duration.flow'],
  ['x = 1_000.5', '1_000.5', 'constant.numeric.flow'],
  ['a ?? b', '??', 'keyword.operator.flow'],
]) {
  test(`${line}: ${word}`, () => {
    const of = scopes(line)[0][line.indexOf(word)];
    assert.ok(of.includes(scope), of.join(' '));
  });
}

// An unclosed text, hole or bracket colours nothing below its line.
test('colours do not run over', () => {
  for (const line of ['log "open', 'log "open {hole', 'log "open {f(', 'x := [a, "b', 'log "{map[string]int {']) {
    const lines = scopes(`${line}\nwait 1h`);
    assert.equal(kind(lines[1][0]), 'keyword', line);
    assert.deepEqual(lines[1][0], ['source.flow', 'keyword.control.operation.flow'], line);
  }
});
