import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter, type InitializeResult, type ProtocolConnection } from 'vscode-languageserver-protocol/node';

export const root = resolve(__dirname, '../../..');

let program: string | undefined;

// durablegen builds the command, or gives the one that was built.
export function durablegen(): string {
  if (!program) {
    program = process.env.DURABLEGEN ?? join(__dirname, 'durablegen');
    if (!process.env.DURABLEGEN) execFileSync('go', ['build', '-o', program, './cmd/durablegen'], { cwd: root, stdio: 'inherit' });
  }
  return program;
}

// flowFiles gives the .flow files of the repository.
export function flowFiles(): string[] {
  return execFileSync('git', ['ls-files', '*.flow'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
}

export const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
export const uriOf = (path: string) => pathToFileURL(path).toString();

export interface Server { connection: ProtocolConnection; initialized: InitializeResult; stop(): Promise<void> }

// start starts the server, as the extension does it.
export async function start(cwd: string): Promise<Server> {
  const child = spawn(durablegen(), ['lsp'], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  const ended = new Promise<number | null>((done) => child.on('exit', done));
  const initialized = await connection.sendRequest<InitializeResult>('initialize', { processId: process.pid, rootUri: uriOf(cwd), capabilities: {} });
  await connection.sendNotification('initialized', {});
  return {
    connection,
    initialized,
    async stop() {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      if (await ended !== 0) throw new Error(`the server has ended with ${await ended}`);
      connection.dispose();
    },
  };
}

export async function open(server: Server, uri: string, text: string): Promise<void> {
  await server.connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'flow', version: 1, text } });
}
