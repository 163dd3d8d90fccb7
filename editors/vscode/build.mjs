// Builds the extension into dist/: its program, and the page that draws, with the modules that
// the console draws with. With --tests, the tests are built into out/.
import {cp, mkdir, readdir, rm} from 'node:fs/promises';
import {build} from 'esbuild';

const console_ = '../../cmd/durablegen/internal/console/assets';
const common = {bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'warning', logOverride: {'require-resolve-not-external': 'silent'}};

await rm('dist', {recursive: true, force: true});
await build({...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', external: ['vscode'], minify: true});
await mkdir('dist/page', {recursive: true});
for (const name of ['view.html', 'view.mjs', 'view.css']) await cp(`page/${name}`, `dist/page/${name}`);
for (const name of ['diagram.mjs', 'diagram.css', 'dom.mjs', 'mermaid']) await cp(`${console_}/${name}`, `dist/page/${name}`, {recursive: true});
await cp('../../LICENSE', 'LICENSE');

if (process.argv.includes('--tests')) {
  await rm('out', {recursive: true, force: true});
  const tests = (await readdir('test')).filter((name) => name.endsWith('.test.ts'));
  await build({...common, entryPoints: tests.map((name) => `test/${name}`), outdir: 'out', packages: 'external'});
}
