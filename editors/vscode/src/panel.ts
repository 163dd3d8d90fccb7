import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DiagramParams, DiagramResult, ExecutionItem, FromPage, Location, Service } from './protocol';
import { Session } from './session';

type Request = <R>(method: string, params: object) => Promise<R>;

// Panel is the diagram beside the text.
export class Panel {
  private readonly session: Session;
  private readonly panel: vscode.WebviewPanel;
  private readonly listeners: vscode.Disposable[];

  constructor(extension: vscode.Uri, private readonly request: Request, closed: () => void) {
    const root = vscode.Uri.joinPath(extension, 'dist', 'page');
    this.panel = vscode.window.createWebviewPanel('durablegen.diagram', 'Diagram', { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true }, {
      enableScripts: true, retainContextWhenHidden: true, localResourceRoots: [root],
    });
    const { webview } = this.panel;
    this.session = new Session({
      ask: (params) => this.request<DiagramResult | null>('durablegen/diagram', params satisfies DiagramParams),
      tell: (message) => {
        if (message.kind === 'diagram') this.panel.title = message.result.workflow ?? this.panel.title;
        void webview.postMessage(message);
      },
      open: (place) => void show(place),
      choose: () => void this.choose(),
      later: (ms, f) => {
        const timer = setTimeout(f, ms);
        return () => clearTimeout(timer);
      },
    }, settings().get('diagram.detail', 'normal'));
    this.listeners = [
      webview.onDidReceiveMessage((message: FromPage) => this.session.heard(message)),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.follow(editor)),
      vscode.window.onDidChangeTextEditorSelection((event) => this.follow(event.textEditor)),
      vscode.workspace.onDidChangeTextDocument((event) => {
        const { document, contentChanges } = event;
        if (document.languageId === 'flow' && contentChanges.length > 0) this.session.edited(document.uri.toString(), document.version);
      }),
    ];
    this.panel.onDidDispose(() => {
      this.session.close();
      for (const listener of this.listeners) listener.dispose();
      closed();
    });
    this.follow(vscode.window.activeTextEditor);
    webview.html = readFileSync(join(root.fsPath, 'view.html'), 'utf8')
      .replaceAll('{{base}}', webview.asWebviewUri(root).toString())
      .replaceAll('{{source}}', webview.cspSource);
  }

  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  // workflow shows the diagram of a workflow, until the cursor moves.
  workflow(name: string): void {
    this.session.heard({ kind: 'workflow', name });
  }

  // choose asks which execution is to be laid over the diagram: one of a workflow, or of all that
  // the service has.
  async choose(workflow?: string): Promise<void> {
    const service: Service = { endpoint: settings().get('service.endpoint', ''), region: settings().get('service.region', ''), profile: settings().get('service.profile', '') };
    const items = this.request<ExecutionItem[]>('durablegen/executions', { ...service, function: workflow }).then((list) => list.map((e) => ({
      label: e.name, description: e.status, detail: new Date(e.start).toLocaleString(), name: e.arn,
    })));
    try {
      const chosen = await vscode.window.showQuickPick(items, { title: 'Lay an execution over the diagram', placeHolder: service.endpoint || 'AWS', matchOnDescription: true });
      if (chosen) this.session.lay({ service, name: chosen.name });
    } catch (error) {
      void vscode.window.showErrorMessage(`The executions can't be listed: ${(error as Error).message}`);
    }
  }

  private follow(editor?: vscode.TextEditor): void {
    if (editor?.document.languageId !== 'flow') return;
    const { line, character } = editor.selection.active;
    this.session.cursor(editor.document.uri.toString(), { line, character });
  }
}

export function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('durablegen');
}

// show puts the cursor where a place begins, in the editor that shows its text already if there
// is one.
async function show(place: Location): Promise<void> {
  const uri = vscode.Uri.parse(place.uri);
  const open = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  const { line, character } = place.range.start;
  const at = new vscode.Position(line, character);
  await vscode.window.showTextDocument(uri, { viewColumn: open?.viewColumn ?? vscode.ViewColumn.One, selection: new vscode.Range(at, at) });
}
