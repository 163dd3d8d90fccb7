import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, type ServerOptions } from 'vscode-languageclient/node';
import { runCommand, serverCommand } from './command';
import { lensesOf } from './lenses';
import { Panel, settings } from './panel';

let client: LanguageClient | undefined;
let panel: Panel | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const showDiagram = (): Panel => {
    panel?.reveal();
    return panel ??= new Panel(context.extensionUri, request, () => { panel = undefined; });
  };
  context.subscriptions.push(
    // A lens names a workflow; menus give what else they know.
    vscode.commands.registerCommand('durablegen.showDiagram', (workflow?: unknown) => {
      const shown = showDiagram();
      if (typeof workflow === 'string') shown.workflow(workflow);
    }),
    vscode.commands.registerCommand('durablegen.chooseExecution', (workflow?: unknown) => {
      const shown = showDiagram();
      if (typeof workflow !== 'string') return shown.choose();
      shown.workflow(workflow);
      return shown.choose(workflow);
    }),
    vscode.commands.registerCommand('durablegen.run', run),
    vscode.languages.registerCodeLensProvider({ language: 'flow' }, {
      provideCodeLenses: (document) => lensesOf(document.getText()).map(({ line, title, command, workflow }) => new vscode.CodeLens(
        new vscode.Range(line, 0, line, 0), { title, command, arguments: [workflow, document.uri] },
      )),
    }),
    vscode.commands.registerCommand('durablegen.restart', start),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('durablegen.command') || event.affectsConfiguration('durablegen.strict')) void start();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => start()),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

// start starts the server, or another one in place of the one that runs. It runs the Go command,
// so it waits for the folder to be trusted.
async function start(): Promise<void> {
  await client?.stop();
  client = undefined;
  if (!vscode.workspace.isTrusted) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const [command, ...args] = serverCommand(folder, settings().get('command', []), settings().get('strict', false));
  const server: ServerOptions = { command, args, options: { cwd: folder } };
  client = new LanguageClient('durablegen', 'durablegen', server, {
    documentSelector: [{ language: 'flow' }, { scheme: 'file', language: 'go' }], // Go, for the way from a method to its step
  });
  try {
    await client.start();
  } catch (error) {
    void vscode.window.showErrorMessage(`\`${[command, ...args].join(' ')}\` can't be started: ${(error as Error).message}. The setting durablegen.command names another program.`);
  }
}

// run saves a text and runs one of its workflows in a terminal.
async function run(workflow: string, uri: vscode.Uri): Promise<void> {
  await vscode.workspace.save(uri);
  const cwd = dirname(uri.fsPath);
  const [command, ...args] = runCommand(cwd, settings().get('command', []), workflow);
  const task = new vscode.Task({ type: 'durablegen' }, vscode.TaskScope.Workspace, `run ${workflow}`, 'durablegen', new vscode.ProcessExecution(command, args, { cwd }));
  await vscode.tasks.executeTask(task);
}

async function request<R>(method: string, params: object): Promise<R> {
  if (!client?.isRunning()) throw new Error('the language server is not running');
  return client.sendRequest<R>(method, params);
}
