import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasTool, runCommand, serverCommand } from '../src/command';
import { lensesOf } from '../src/lenses';
import type { DiagramParams, DiagramResult, Location, ToPage } from '../src/protocol';
import { nodeAt, Session } from '../src/session';
import { open, root, start, textOf, uriOf, type Server } from './server';

const file = 'examples/foodorder/order.flow';
const uri = uriOf(join(root, file));
const text = textOf(file);
const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length - 1;

let server: Server;
before(async () => {
  server = await start(root);
  await open(server, uri, text);
});
after(() => server.stop());

const ask = (params: DiagramParams) => server.connection.sendRequest<DiagramResult | null>('durablegen/diagram', params);

// page is a host whose page only listens.
class Page {
  told: ToPage[] = [];
  opened: Location[] = [];
  asked: DiagramParams[] = [];
  timers: { ms: number; f: () => void; off?: boolean }[] = [];
  private woken = () => {};
  readonly session: Session;

  constructor(private readonly answer: (params: DiagramParams) => Promise<DiagramResult | null> = ask) {
    this.session = new Session({
      ask: (params) => {
        this.asked.push(params);
        return this.answer(params);
      },
      tell: (message) => {
        this.told.push(message);
        this.woken();
      },
      open: (place) => this.opened.push(place),
      choose: () => {},
      later: (ms, f) => {
        const timer: { ms: number; f: () => void; off?: boolean } = { ms, f };
        this.timers.push(timer);
        return () => { timer.off = true; };
      },
    }, 'normal');
  }

  // until waits for something that the page is told.
  async until<K extends ToPage['kind']>(kind: K, wanted: (message: Extract<ToPage, { kind: K }>) => boolean = () => true): Promise<Extract<ToPage, { kind: K }>> {
    for (;;) {
      const found = this.told.find((m): m is Extract<ToPage, { kind: K }> => m.kind === kind && wanted(m as Extract<ToPage, { kind: K }>));
      if (found) return found;
      await new Promise<void>((done) => { this.woken = done; });
    }
  }
}

test('the diagram follows the cursor, and the cursor a click', async () => {
  const page = new Page();
  page.session.cursor(uri, { line: lineOf('payment := step charge(order)'), character: 8 });
  page.session.heard({ kind: 'ready' });
  const { result } = await page.until('diagram');
  assert.equal(result.workflow, 'fulfilOrder');
  assert.match(result.drawing!.mermaid, /flowchart/);
  assert.equal((await page.until('light', (m) => m.id !== null)).id, 'n_charge');

  const asked = page.asked.length;
  page.told = [];
  page.session.cursor(uri, { line: lineOf('labels: map item'), character: 50 });
  assert.equal((await page.until('light')).id, 'n_parallel__labels__map__printLabel');
  assert.equal(page.asked.length, asked, 'the drawing is known');

  page.session.heard({ kind: 'open', id: 'n_charge' });
  assert.deepEqual(page.opened[0], { uri, range: result.drawing!.nodes.n_charge.place.range });
  assert.equal(page.opened[0].range.start.line, lineOf('payment := step charge(order)'));

  page.told = [];
  page.session.cursor(uri, { line: lineOf('workflow askRestaurant') + 3, character: 4 });
  await page.until('diagram', (m) => m.result.workflow === 'askRestaurant');
  page.told = [];
  page.session.heard({ kind: 'workflow', name: 'bring' });
  assert.equal((await page.until('diagram')).result.workflow, 'bring');
  page.told = [];
  page.session.heard({ kind: 'detail', detail: 'full' });
  assert.equal((await page.until('diagram')).detail, 'full');
  assert.equal(page.told.filter((m) => m.kind === 'diagram').length, 1);
});

test('every node leads to a line, from which the cursor leads back', async () => {
  for (const workflow of ['fulfilOrder', 'askRestaurant', 'bring']) {
    const { drawing } = (await ask({ textDocument: { uri }, workflow, detail: 'full' }))!;
    for (const [id, node] of Object.entries(drawing!.nodes)) {
      if (node.also || node.kind === 'end') continue;
      const back = nodeAt(drawing!, uri, node.place.range.start);
      const range = back && drawing!.nodes[back].place.range;
      assert.ok(back === id || range && range.start.line === node.place.range.start.line, `${id} leads to ${back}`);
    }
  }
});

test('what is typed shows at once, and a mistake keeps the picture', async () => {
  const copy = uriOf(join(mkdtempSync(join(tmpdir(), 'flow-')), 'greet.flow'));
  const greet = 'flow 1\n\npackage greet\n\nstep send(text string)  idempotent\n\nworkflow hello() {\n    step send("a")\n}\n';
  await open(server, copy, greet);
  const page = new Page();
  page.session.cursor(copy, { line: 7, character: 6 });
  const first = await page.until('diagram');
  assert.equal(first.result.why, undefined);
  let version = 1;
  const change = (range: object, text: string) => {
    void server.connection.sendNotification('textDocument/didChange', { textDocument: { uri: copy, version: ++version }, contentChanges: [{ range, text }] });
    page.session.edited(copy, version);
  };
  const at = (character: number) => ({ start: { line: 8, character }, end: { line: 8, character } });
  const typed = '    step send("b';
  for (let i = 0; i < typed.length; i++) change(at(i), typed[i]);
  const broken = await page.until('diagram', (m) => m.result.why !== undefined);
  assert.equal(broken.result.drawing, undefined);
  change(at(typed.length), '") as "second"\n');
  const whole = await page.until('diagram', (m) => m.result.version === version);
  assert.equal(whole.result.drawing?.nodes.n_second.title, 'second', whole.result.why);
  assert.ok(page.asked.length < version, `${page.asked.length} requests for ${version} versions`);
});

test('one request is under way at a time, and the last state is shown', async () => {
  const waiting: ((result: DiagramResult) => void)[] = [];
  const page = new Page(() => new Promise((done) => waiting.push(done)));
  const answer = (version: number): DiagramResult => ({ workflows: ['w'], workflow: 'w', version, drawing: { mermaid: String(version), nodes: {}, hosts: {}, edges: [] } });
  page.session.cursor('u', { line: 0, character: 0 });
  for (let version = 2; version < 10; version++) page.session.edited('u', version);
  assert.equal(waiting.length, 1);
  waiting[0](answer(1));
  await page.until('diagram', (m) => m.result.version === 1);
  await new Promise(setImmediate);
  assert.equal(waiting.length, 2);
  waiting[1](answer(8)); // the last edit has not come to the server yet
  await page.until('diagram', (m) => m.result.version === 8);
  const timer = page.timers.at(-1)!;
  timer.f();
  waiting[2](answer(9));
  await page.until('diagram', (m) => m.result.version === 9);
});

test('an execution is followed until it has ended', async () => {
  const run = { looks: {}, edges: {}, sentence: 'It waits.' };
  let ended: string | undefined;
  const page = new Page(async () => ({ workflows: ['w'], workflow: 'w', version: 0, run: { ...run, ended } }));
  const service = { endpoint: 'http://127.0.0.1:1', region: '', profile: '' };
  page.session.cursor('u', { line: 0, character: 0 });
  await page.until('diagram');
  page.session.lay({ service, name: 'w/one' });
  await page.until('diagram', (m) => m.execution === 'w/one');
  assert.deepEqual(page.asked.at(-1)!.execution, { ...service, name: 'w/one', again: true });
  assert.equal(page.timers.length, 1);
  page.session.edited('u', 0);
  await new Promise(setImmediate);
  assert.equal(page.asked.at(-1)!.execution!.again, false, 'typing does not ask the service');
  ended = 'succeeded';
  page.told = [];
  page.timers.at(-1)!.f();
  await page.until('diagram', (m) => m.result.run?.ended !== undefined);
  assert.ok(page.timers.every((t) => t.off), 'it is not asked again');
  page.session.heard({ kind: 'forget' });
  await page.until('diagram', (m) => m.execution === undefined);
  page.session.close();
});

test('a failed request says why, a stale one is asked again', async () => {
  const errors = [Object.assign(new Error('the text has changed since'), { code: -32801 }), new Error('the language server is not running')];
  const page = new Page(async () => { throw errors.shift(); });
  page.session.cursor('u', { line: 0, character: 0 });
  assert.equal((await page.until('diagram')).result.why, 'the language server is not running');
});

test('the server is the tool of the module, the installed one, or the one of the settings', () => {
  const dir = mkdtempSync(join(tmpdir(), 'flow-'));
  mkdirSync(join(dir, 'deep/er'), { recursive: true });
  writeFileSync(join(dir, 'go.mod'), 'module m\n\ngo 1.26\n\ntool github.com/durablegen/durablegen/cmd/durablegen\n');
  assert.ok(hasTool(join(dir, 'deep/er')));
  assert.deepEqual(serverCommand(join(dir, 'deep'), [], false), ['go', 'tool', 'durablegen', 'lsp']);
  writeFileSync(join(dir, 'go.mod'), 'module m\n\nrequire github.com/durablegen/durablegen v1.0.0\n');
  assert.deepEqual(serverCommand(dir, [], true), ['durablegen', 'lsp', '--strict']);
  assert.deepEqual(serverCommand(undefined, [], false), ['durablegen', 'lsp']);
  assert.deepEqual(serverCommand(dir, ['/x/durablegen'], false), ['/x/durablegen', 'lsp']);
  assert.deepEqual(runCommand(dir, [], 'w'), ['durablegen', 'run', '.', '--workflow', 'w']);
});

test('each workflow has its commands above it', () => {
  const lenses = lensesOf(text);
  assert.deepEqual([...new Set(lenses.map((l) => l.workflow))].sort(), ['askRestaurant', 'bring', 'fulfilOrder']);
  const first = lenses.filter((l) => l.workflow === 'fulfilOrder');
  assert.deepEqual(first.map((l) => [l.line, l.command]), ['durablegen.run', 'durablegen.showDiagram', 'durablegen.chooseExecution'].map((c) => [lineOf('workflow fulfilOrder'), c]));
});
