import type { Detail, DiagramParams, DiagramResult, Drawing, FromPage, Location, Position, Service, ToPage } from './protocol';

// Host is what a session needs of the editor around it.
export interface Host {
  ask(params: DiagramParams): Promise<DiagramResult | null>;
  tell(message: ToPage): void;
  open(place: Location): void;
  choose(): void; // an execution
  later(ms: number, f: () => void): () => void; // gives what calls it off
}

interface Execution { service: Service; name: string }

const contentModified = -32801;

// Session keeps a page that draws at one with the text: it follows the cursor and the typing, and
// an execution that is laid over the diagram.
//
// One request is under way at a time. What happens meanwhile is answered by one more, so that a
// fast typist waits for nothing, and the page never shows an older state after a newer one.
export class Session {
  private uri = '';
  private version = 0; // of its text
  private position?: Position;
  private workflow?: string; // chosen in the page, until the cursor moves
  private execution?: Execution;
  private drawing?: Drawing;
  private asking = false;
  private waiting = false; // for one more answer
  private again = false; // what the execution has done since is to be asked for
  private callOff = () => {};
  private closed = false;

  constructor(private readonly host: Host, private detail: Detail) {}

  // cursor tells where the cursor is, in which text.
  cursor(uri: string, position: Position): void {
    const moved = uri !== this.uri || position.line !== this.position?.line;
    if (uri !== this.uri) this.version = 0;
    Object.assign(this, { uri, position });
    if (moved) this.workflow = undefined;
    const id = this.nodeAtCursor();
    this.host.tell({ kind: 'light', id });
    if (moved && id === null) this.refresh(); // perhaps it is in another workflow
  }

  // edited tells that a text has changed, and which version it has now.
  edited(uri: string, version: number): void {
    if (uri === this.uri) this.version = version;
    this.refresh();
  }

  // lay lays an execution over the diagram, or none.
  lay(execution?: Execution): void {
    this.execution = execution;
    this.again = execution !== undefined;
    this.refresh();
  }

  heard(message: FromPage): void {
    switch (message.kind) {
      case 'ready':
        return this.refresh();
      case 'open': {
        const node = this.drawing?.nodes[message.id];
        return node && this.host.open(node.place);
      }
      case 'workflow':
        this.workflow = message.name;
        return this.refresh();
      case 'detail':
        this.detail = message.detail;
        return this.refresh();
      case 'choose':
        return this.host.choose();
      case 'forget':
        return this.lay();
    }
  }

  close(): void {
    this.closed = true;
    this.callOff();
  }

  private refresh(): void {
    this.waiting = true;
    if (!this.asking) void this.answer();
  }

  private async answer(): Promise<void> {
    this.asking = true;
    while (this.waiting && !this.closed) {
      this.waiting = false;
      const { execution, detail } = this;
      const params: DiagramParams = { textDocument: { uri: this.uri }, workflow: this.workflow, position: this.position, detail };
      if (execution) params.execution = { ...execution.service, name: execution.name, again: this.again };
      this.again = false;
      let result: DiagramResult | null;
      try {
        result = this.uri ? await this.host.ask(params) : null;
      } catch (error) {
        if ((error as { code?: number }).code === contentModified) {
          this.waiting = true; // the text is another one by now
          continue;
        }
        result = { workflows: [], version: this.version, why: (error as Error).message };
      }
      if (result && !this.closed) this.show(result, params, execution);
    }
    this.asking = false;
  }

  private show(result: DiagramResult, params: DiagramParams, execution?: Execution): void {
    if (result.drawing) this.drawing = result.drawing;
    this.host.tell({ kind: 'diagram', detail: params.detail, execution: execution?.name, result });
    this.host.tell({ kind: 'light', id: this.nodeAtCursor() });
    this.callOff();
    if (params.textDocument.uri === this.uri && result.version < this.version) { // the edit has not come to the server yet
      this.callOff = this.host.later(50, () => this.refresh());
      return;
    }
    if (!execution || !result.run || result.run.ended) return;
    const pause = execution.service.endpoint && !result.run.why ? 1_000 : 10_000;
    this.callOff = this.host.later(pause, () => {
      this.again = true;
      this.refresh();
    });
  }

  private nodeAtCursor(): string | null {
    return this.drawing && this.position ? nodeAt(this.drawing, this.uri, this.position) : null;
  }
}

// nodeAt gives the node of the smallest text around a place.
export function nodeAt(drawing: Drawing, uri: string, position: Position): string | null {
  let best: string | null = null;
  for (const [id, node] of Object.entries(drawing.nodes)) {
    const { range } = node.place;
    if (node.also || node.place.uri !== uri || before(position, range.start) || before(range.end, position)) continue;
    const other = best === null ? undefined : drawing.nodes[best].place.range;
    if (!other || !before(range.start, other.start) && !before(other.end, range.end)) best = id;
  }
  return best;
}

function before(a: Position, b: Position): boolean {
  return a.line < b.line || a.line === b.line && a.character < b.character;
}
