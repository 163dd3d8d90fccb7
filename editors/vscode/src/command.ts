import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

// commandFor gives the durablegen of a folder: the one of the settings, the module's own tool, or the
// one that is installed.
function commandFor(folder: string | undefined, configured: string[]): string[] {
  if (configured.length > 0) return configured;
  return folder && hasTool(folder) ? ['go', 'tool', 'durablegen'] : ['durablegen'];
}

// serverCommand gives the program that serves the language for a folder, with its arguments.
export function serverCommand(folder: string | undefined, configured: string[], strict: boolean): string[] {
  return [...commandFor(folder, configured), 'lsp', ...(strict ? ['--strict'] : [])];
}

// runCommand gives the program that runs a workflow of the package in a folder.
export function runCommand(folder: string, configured: string[], workflow: string): string[] {
  return [...commandFor(folder, configured), 'run', '.', '--workflow', workflow];
}

const tool = /^\s*(?:tool\s+)?github\.com\/durablegen\/durablegen\/cmd\/durablegen\s*(?:\/\/.*)?$/m;

// hasTool reports whether the module that a folder is in has durablegen as a tool.
export function hasTool(folder: string): boolean {
  for (let dir = folder; ; dir = dirname(dir)) {
    const file = join(dir, 'go.mod');
    if (existsSync(file)) return tool.test(readFileSync(file, 'utf8'));
    if (dir === dirname(dir)) return false;
  }
}
