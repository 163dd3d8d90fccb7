import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { open, root, start, uriOf } from './server';

const here = join(root, 'editors/vscode');
const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));

// anything stands for what the editor has and the test does not look at.
const anything: unknown = new Proxy(class {}, { get: (target, key) => key === Symbol.toPrimitive ? () => '' : key in target ? Reflect.get(target, key) : anything });

// editor is a VS Code with nothing in it, in a folder that is not trusted, so that no server is started.
function editor(asked: string[]) {
  const commands = new Map<string, (...args: unknown[]) => unknown>();
  const panels: { html: string; posted: unknown[]; hear: (m: unknown) => void }[] = [];
  const event = () => ({ dispose() {} });
  const vscode = {
    commands: { registerCommand: (name: string, f: (...args: unknown[]) => unknown) => (commands.set(name, f), event()) },
    window: {
      activeTextEditor: { document: { languageId: 'flow', uri: 'file:///a.flow' }, selection: { active: { line: 3, character: 1 } } },
      onDidChangeActiveTextEditor: event, onDidChangeTextEditorSelection: event,
      showErrorMessage: async (text: string) => { asked.push(text); },
      showQuickPick: async (items: Promise<unknown>) => { await items; },
      createWebviewPanel() {
        const panel = { html: '', posted: [] as unknown[], hear: (_: unknown) => {} };
        panels.push(panel);
        return {
          reveal: () => asked.push('revealed'), onDidDispose: event,
          webview: {
            cspSource: 'vscode-resource:', asWebviewUri: (uri: unknown) => uri,
            onDidReceiveMessage: (f: (m: unknown) => void) => (panel.hear = f, event()),
            postMessage: async (m: unknown) => { panel.posted.push(m); },
            set html(text: string) { panel.html = text; },
          },
        };
      },
    },
    languages: { registerCodeLensProvider: event },
    tasks: { executeTask: async (task: { run: { words: string[] } }) => { asked.push(task.run.words.join(' ')); } },
    Task: class { constructor(_kind: unknown, _scope: unknown, _name: string, _source: string, readonly run: unknown) {} },
    TaskScope: { Workspace: 2 },
    ProcessExecution: class {
      readonly words: string[];
      constructor(command: string, args: string[], options: { cwd: string }) { this.words = [options.cwd, command, ...args]; }
    },
    workspace: { isTrusted: false, save: async (uri: { fsPath: string }) => { asked.push(`saved ${uri.fsPath}`); }, onDidChangeConfiguration: event, onDidGrantWorkspaceTrust: event, onDidChangeTextDocument: event, getConfiguration: () => ({ get: (_: string, otherwise: unknown) => otherwise }) },
    Uri: { joinPath: (base: string, ...parts: string[]) => ({ fsPath: join(base, ...parts), toString: () => 'base:' + parts.join('/') }) },
    ViewColumn: { One: 1, Beside: -2 },
  };
  return { commands, panels, vscode: new Proxy(vscode, { get: (target, key) => key in target ? Reflect.get(target, key) : anything }) };
}

test('the packaged program offers the commands that the manifest names', async () => {
  const said: string[] = [];
  const { commands, panels, vscode } = editor(said);
  const load = (Module as unknown as { _load: (...args: unknown[]) => unknown })._load;
  (Module as unknown as { _load: unknown })._load = (name: string, ...more: unknown[]) => name === 'vscode' ? vscode : load(name, ...more);
  const extension = require(join(here, 'dist/extension.js'));
  (Module as unknown as { _load: unknown })._load = load;

  await extension.activate({ subscriptions: [], extensionUri: here });
  assert.deepEqual([...commands.keys()].sort(), manifest.contributes.commands.map((c: { command: string }) => c.command).sort());

  await commands.get('durablegen.showDiagram')!();
  await commands.get('durablegen.showDiagram')!();
  assert.equal(panels.length, 1);
  assert.deepEqual(said, ['revealed']);
  const [panel] = panels;
  assert.match(panel.html, /script-src vscode-resource:/);
  assert.match(panel.html, /src="base:dist\/page\/view.mjs"/);
  assert.doesNotMatch(panel.html, /\{\{/);
  panel.hear({ kind: 'ready' });
  await new Promise(setImmediate);
  assert.match(JSON.stringify(panel.posted), /the language server is not running/);
  await commands.get('durablegen.chooseExecution')!();
  assert.match(said.at(-1)!, /can't be listed: the language server is not running/);
  await commands.get('durablegen.run')!('order', { fsPath: '/there/order.flow' });
  assert.deepEqual(said.slice(-2), ['saved /there/order.flow', '/there durablegen run . --workflow order']);
  await extension.deactivate();
});

test('what a snippet writes is Flow', async (t) => {
  const server = await start(root);
  t.after(() => server.stop());
  const snippets: Record<string, { body: string[] }> = JSON.parse(readFileSync(join(here, 'snippets/flow.json'), 'utf8'));
  for (const [name, { body }] of Object.entries(snippets)) {
    const written = body.join('\n').replace(/\$\{\d+:([^}]*)\}/g, '$1').replace(/\$0/g, '');
    const declares = /^(?:\/\/.*\n)?(?:step|callback|workflow)\b/.test(written);
    const text = name === 'File' ? written : `flow 1\n\npackage p\n\n${declares ? written : `workflow w() {\n${written}\n}`}\n`;
    const uri = uriOf(join(root, `${name}.flow`));
    const problems = new Promise<{ code: string; message: string }[]>((done) => {
      server.connection.onNotification('textDocument/publishDiagnostics', (p: { uri: string; diagnostics: { code: string; message: string }[] }) => {
        if (p.uri === uri) done(p.diagnostics);
      });
    });
    await open(server, uri, text);
    for (const { code, message } of await problems) assert.doesNotMatch(message, /^expected|not closed|can't stand/, `${name}: ${code}: ${message}\n${text}`);
  }
});
