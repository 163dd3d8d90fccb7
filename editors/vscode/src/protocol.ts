// The requests of the server beyond the Language Server Protocol; docs/editors.md describes them.

export interface Position { line: number; character: number }
export interface Range { start: Position; end: Position }
export interface Location { uri: string; range: Range }

export interface Service { endpoint: string; region: string; profile: string }

export type Detail = 'overview' | 'normal' | 'full';

export interface DiagramParams {
  textDocument: { uri: string };
  workflow?: string;
  position?: Position;
  detail: Detail;
  execution?: Service & { name: string; again: boolean };
}

export interface DiagramNode { title: string; kind: string; doc?: string; place: Location; also?: boolean }

export interface Drawing {
  mermaid: string;
  nodes: Record<string, DiagramNode>;
  hosts: Record<string, string>;
  edges: string[];
}

export interface Run {
  looks: Record<string, { look?: string; badge?: string; title?: string }>;
  edges: Record<string, boolean>;
  ended?: string;
  sentence: string;
  why?: string;
}

export interface DiagramResult {
  workflow?: string;
  workflows: string[];
  version: number;
  why?: string;
  drawing?: Drawing;
  run?: Run;
}

export interface ExecutionItem { arn: string; name: string; status: string; start: string }

// What the page is told, and what it tells.
export type ToPage =
  | { kind: 'diagram'; detail: Detail; execution?: string; result: DiagramResult }
  | { kind: 'light'; id: string | null };

export type FromPage =
  | { kind: 'ready' }
  | { kind: 'open'; id: string }
  | { kind: 'workflow'; name: string }
  | { kind: 'detail'; detail: Detail }
  | { kind: 'choose' }
  | { kind: 'forget' };
