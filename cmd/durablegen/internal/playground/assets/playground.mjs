// The page: the text on the left; what is wrong with it, the diagrams and the Go that come of it
// around. Who compiles is in backend.mjs, of which there are two.
import {compile} from './backend.mjs';
import {Diagram} from './diagram.mjs';
import {clean, h, replace, setText} from './dom.mjs';

const part = (id) => document.getElementById(id);
const [text, colours, numbers, problems, tabs, pane, detail, state, example] = ['text', 'colours', 'numbers', 'problems', 'tabs', 'pane', 'detail', 'state', 'example'].map(part);

let result = {problems: [], colours: [], files: [], workflows: []};
let whole = null;   // the last one without errors
let chosen = null;  // the tab: {kind: 'workflow' or 'file', name}
let diagram = null;

// compiling: one text is compiled at a time; of what is typed meanwhile, the last state is next.
let busy = false, wanted = false;
let painted = ''; // the text of which the result is, as far as it could be moved along
async function changed() {
  move(painted, text.value);
  paint();
  wanted = true;
  if (busy) return;
  busy = true;
  while (wanted) {
    wanted = false;
    const of = text.value;
    try {
      const answer = await compile(of, detail.value);
      if (text.value === of) { result = answer; show(); }
    } catch (error) {
      setText(state, error.message);
    }
  }
  busy = false;
}

// move keeps colours and problems with their text, until there is a new result.
function move(before, after) {
  const most = Math.min(before.length, after.length);
  let same = 0, end = 0;
  while (same < most && before[same] === after[same]) same++;
  while (end < most - same && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const by = after.length - before.length;
  const moved = (p) => p.end <= same ? p : p.start >= before.length - end ? {...p, start: p.start + by, end: p.end + by}
    : {...p, end: Math.max(p.start, p.end + by)}; // it is edited itself
  result = {...result, colours: result.colours.map(moved), problems: result.problems.map(moved)};
  painted = after;
}

function show() {
  painted = text.value;
  paint();
  replace(problems, result.problems.map((p) => h('li', {class: p.severity}, h('button', {type: 'button', onclick: () => select(p)},
    h('b', {}, p.severity), ` ${p.line}: ${p.message}`, p.more.map((n) => h('small', {}, n.text))))));
  const errors = result.problems.filter((p) => p.severity === 'error').length;
  setText(state, errors ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : 'compiled');
  pane.classList.toggle('stale', errors > 0);
  if (errors === 0) whole = result;
  if (whole) showTabs();
  else replace(pane, h('p', {}, 'The text has errors.'));
}

function showTabs() {
  const all = [...whole.workflows.map((w) => ({kind: 'workflow', name: w.name})), ...whole.files.map((f) => ({kind: 'file', name: f.name}))];
  const same = (a, b) => a && b && a.kind === b.kind && a.name === b.name;
  if (!all.some((t) => same(t, chosen))) chosen = all[0] ?? null;
  const key = JSON.stringify([all, chosen]);
  if (tabs.dataset.key !== key) {
    tabs.dataset.key = key;
    replace(tabs, all.map((t) => h('button', {type: 'button', role: 'tab', 'aria-selected': String(same(t, chosen)), onclick: () => { chosen = t; showTabs(); }}, t.name)));
  }
  detail.hidden = chosen?.kind !== 'workflow';
  if (!chosen) replace(pane, h('p', {}, 'There is no workflow yet.'));
  else if (chosen.kind === 'file') showFile(whole.files.find((f) => f.name === chosen.name));
  else showDiagram(whole.workflows.find((w) => w.name === chosen.name).drawing);
}

function showFile(file) {
  let go = part('go');
  if (!go) replace(pane, go = h('pre', {id: 'go', tabindex: 0}));
  setText(go, file.text);
}

function showDiagram(drawing) {
  diagram ??= new Diagram(drawing, (id) => select(diagram.drawing.nodes[id].place));
  if (diagram.element.parentNode !== pane) replace(pane, diagram.element);
  diagram.update(drawing).then(follow);
}

// follow lights the node of the smallest text around the cursor.
function follow() {
  if (!diagram || text.value.length === 0) return;
  const at = text.selectionStart;
  let best = null, size = Infinity;
  for (const [id, {place, also}] of Object.entries(diagram.drawing.nodes)) {
    if (!also && place.start <= at && at <= place.end && place.end - place.start < size) [best, size] = [id, place.end - place.start];
  }
  diagram.light(best);
}

function select({start, end}) {
  text.focus();
  text.setSelectionRange(start, end);
  const line = text.value.slice(0, start).split('\n').length - 1;
  part('editor').scrollTop = Math.max(0, line * 19.5 - part('editor').clientHeight / 3);
  follow();
}

// paint writes the text again below itself, in colours, with what is wrong underlined.
function paint() {
  const value = text.value, pieces = result.colours;
  const wrong = result.problems.map((p) => ({start: p.start, end: Math.max(p.end, p.start + 1), severity: p.severity}));
  const cuts = new Set([0, value.length]);
  for (const p of [...pieces, ...wrong]) { cuts.add(Math.min(p.start, value.length)); cuts.add(Math.min(p.end, value.length)); }
  const at = [...cuts].sort((a, b) => a - b);
  const out = document.createDocumentFragment();
  for (let i = 0, p = 0; i + 1 < at.length; i++) {
    while (p < pieces.length && pieces[p].end <= at[i]) p++;
    const colour = pieces[p]?.start <= at[i] ? pieces[p].kind : '';
    const bad = wrong.find((w) => w.start <= at[i] && at[i] < w.end);
    const piece = value.slice(at[i], at[i + 1]);
    out.append(colour || bad ? h('span', {class: [colour, bad ? `wrong ${bad.severity}` : ''].filter(Boolean).join(' ')}, piece) : clean(piece));
  }
  out.append('\n');
  colours.replaceChildren(out);
  const lines = value.split('\n').length;
  setText(numbers, Array.from({length: lines}, (_, i) => i + 1).join('\n'));
}

// A link carries the text, compressed, behind its #.
async function pack(value) {
  const bytes = new Uint8Array(await new Response(new Blob([value]).stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer());
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text();
}

part('link').addEventListener('click', async () => {
  history.replaceState(null, '', '#text=' + await pack(text.value));
  try {
    await navigator.clipboard.writeText(location.href);
    setText(state, 'The link is copied.');
  } catch {
    setText(state, 'The link is in the address bar.');
  }
});

async function read() {
  const packed = /^#text=(.+)$/.exec(location.hash)?.[1];
  if (!packed) return null;
  try {
    return await unpack(packed);
  } catch {
    setText(state, 'The link is damaged: no text is in it.');
    return '';
  }
}

text.addEventListener('input', changed);
let leaving = false; // Escape, then Tab, leaves the text
text.addEventListener('keydown', (event) => {
  const indents = event.key === 'Tab' && !leaving && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
  leaving = event.key === 'Escape';
  if (!indents) return;
  event.preventDefault();
  document.execCommand('insertText', false, '    ');
});
document.addEventListener('selectionchange', () => { if (document.activeElement === text) follow(); });
detail.addEventListener('change', changed);
window.addEventListener('hashchange', async () => {
  const linked = await read();
  if (linked) { text.value = linked; changed(); }
});

const examples = await (await fetch('examples.json')).json();
for (const e of examples) example.append(h('option', {value: e.name}, e.name));
example.addEventListener('change', () => {
  const found = examples.find((e) => e.name === example.value);
  if (!found) return;
  history.replaceState(null, '', location.pathname);
  text.value = found.text;
  text.setSelectionRange(0, 0);
  part('editor').scrollTo(0, 0);
  changed();
});
text.value = await read() ?? examples.find((e) => e.name === 'onboarding').text;
text.setSelectionRange(0, 0);
changed();
