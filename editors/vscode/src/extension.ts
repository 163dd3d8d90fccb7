import * as vscode from 'vscode';
import { LanguageClient, type ServerOptions } from 'vscode-languageclient/node';
import { serverCommand } from './command';
import { Panel, settings } from './panel';

let client: LanguageClient | undefined;
let panel: Panel | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const showDiagram = () => {
    if (panel) return panel.reveal();
    panel = new Panel(context.extensionUri, request, () => { panel = undefined; });
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('durablegen.showDiagram', showDiagram),
    vscode.commands.registerCommand('durablegen.chooseExecution', () => {
      showDiagram();
      return panel?.choose();
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

async function request<R>(method: string, params: object): Promise<R> {
  if (!client?.isRunning()) throw new Error('the language server is not running');
  return client.sendRequest<R>(method, params);
}
