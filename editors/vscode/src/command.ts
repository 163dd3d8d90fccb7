import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

// serverCommand gives the program that serves the language for a folder, with its arguments: the
// one of the settings, the module's own tool, or the one that is installed.
export function serverCommand(folder: string | undefined, configured: string[], strict: boolean): string[] {
  const flags = strict ? ['--strict'] : [];
  if (configured.length > 0) return [...configured, ...flags];
  return [...(folder && hasTool(folder) ? ['go', 'tool', 'durablegen'] : ['durablegen']), 'lsp', ...flags];
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
