// Diagrams. Mermaid draws each once, from the program alone; what a run does changes
// classes, colours and badges of what was drawn, and no text of a run reaches Mermaid.
import {clean, h, replace} from './dom.mjs';

let loading;
function load() {
  loading ??= import('./mermaid/mermaid.esm.min.mjs').then((module) => module.default);
  return loading;
}

const dark = window.matchMedia('(prefers-color-scheme: dark)');
// theme says which colours a diagram is drawn in; a page that knows better than the browser
// sets isDark, and calls draw of its diagrams when that has changed.
export const theme = {isDark: () => dark.matches};
let drawings = 0;
let queue = Promise.resolve(); // Mermaid draws one at a time

const shapes = ':scope > rect, :scope > polygon, :scope > path, :scope > circle, :scope > ellipse, :scope > .label-container, :scope > g.basic > path, :scope > .outer-path > path, :scope > g.outer-path path';

export class Diagram {
  // chosen(id, node) is called when somebody opens a node.
  constructor(drawing, chosen) {
    Object.assign(this, {drawing, chosen, looks: {}, edges: null, zoom: 0, lines: new Map(), nodes: new Map(), names: new Map(), before: new Map()});
    this.canvas = h('div', {class: 'canvas'});
    this.element = h('div', {class: 'diagram', tabindex: -1}, this.canvas);
    this.redraw = () => this.draw();
    dark.addEventListener('change', this.redraw);
    this.ready = this.draw();
  }

  // update puts another drawing in place of the one that is shown, which stays until the new
  // one is ready; of several in a row the last is drawn.
  update(drawing) {
    this.drawing = drawing;
    return this.ready = this.draw();
  }

  draw() {
    return queue = queue.then(async () => {
      try {
        const mermaid = await load();
        const {mermaid: text} = this.drawing, name = theme.isDark() ? 'dark' : 'default';
        if (this.shown !== name + text) {
          mermaid.initialize({startOnLoad: false, securityLevel: 'strict', theme: name, maxTextSize: 1_000_000, maxEdges: 20_000, suppressErrorRendering: true});
          const {svg} = await mermaid.render(`drawing-${++drawings}`, text);
          if (this.drawing.mermaid !== text) return; // another one waits
          const page = new DOMParser().parseFromString(svg, 'text/html'); // Mermaid has sanitized it
          const {scrollLeft, scrollTop} = this.element;
          this.svg = document.adoptNode(page.querySelector('svg'));
          this.canvas.replaceChildren(this.svg);
          this.shown = name + text;
          this.find();
          this.fit();
          Object.assign(this.element, {scrollLeft, scrollTop});
          this.before.clear();
        }
        this.style(this.looks, this.edges);
        this.light(this.lit);
      } catch (error) {
        this.shown = null;
        replace(this.canvas, h('p', {class: 'note'}, `The diagram can’t be drawn: ${error.message}`));
      }
    });
  }

  // find learns which element is which node's.
  find() {
    this.nodes.clear();
    this.names.clear(); // what stands in a node, by which it is asked for aloud
    for (const element of this.svg.querySelectorAll('g.node, g.cluster')) {
      const id = this.idOf(element);
      if (!id || this.nodes.has(id)) continue;
      this.nodes.set(id, element);
      const node = this.drawing.nodes[id];
      if (node.title === '') continue;
      element.setAttribute('tabindex', '-1');
      element.setAttribute('role', 'button');
      this.names.set(id, written(element) || clean(node.title));
      element.setAttribute('aria-label', this.names.get(id));
      const choose = () => this.chosen(id, this.drawing.nodes[id]);
      element.addEventListener('click', (event) => { event.stopPropagation(); choose(); });
      element.addEventListener('focus', () => this.stopAt(element));
      element.addEventListener('keydown', (event) => {
        const to = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity}[event.key];
        if (event.key !== 'Enter' && event.key !== ' ' && !to) return;
        event.preventDefault();
        event.stopPropagation();
        if (to) this.move(element, to); else choose();
      });
    }
    this.lines.clear();
    const known = new Set(this.drawing.edges);
    for (const path of this.svg.querySelectorAll('path.flowchart-link')) {
      const id = [path.dataset.id, path.id].find((text) => known.has(text)) ?? this.drawing.edges.find((e) => path.id.endsWith(`-${e}`));
      if (id) this.lines.set(id, path);
    }
    const first = this.inOrder()[0];
    if (first) this.stopAt(first);
  }

  // The diagram is one stop for the Tab key; the arrow keys move in it, as it is read.
  inOrder() {
    return [...this.nodes.values()].filter((e) => e.hasAttribute('tabindex'))
      .map((e) => [e, e.getBoundingClientRect()]).sort(([, a], [, b]) => a.top - b.top || a.left - b.left).map(([e]) => e);
  }

  stopAt(element) {
    this.stop?.setAttribute('tabindex', '-1');
    this.stop = element;
    element.setAttribute('tabindex', '0');
  }

  move(from, by) {
    const all = this.inOrder();
    all[Math.min(all.length - 1, Math.max(0, all.indexOf(from) + by))].focus();
  }

  idOf(element) {
    for (const text of [element.dataset.id, element.id]) {
      if (!text) continue;
      if (this.drawing.nodes[text]) return text;
      const m = /(?:^|-)(n_[A-Za-z0-9_]+?)(?:-\d+)?$/.exec(text);
      if (m && this.drawing.nodes[m[1]]) return m[1];
    }
    return null;
  }

  // fit sizes the drawing: as wide as there is room, but not larger than it was drawn.
  fit() {
    const box = this.svg.viewBox.baseVal;
    if (!box?.width) return;
    const room = this.element.clientWidth - 24;
    const scale = this.zoom || Math.max(Math.min(1, room / box.width), 0.55);
    this.scale = scale;
    this.svg.removeAttribute('style');
    this.svg.setAttribute('width', box.width * scale);
    this.svg.setAttribute('height', box.height * scale);
  }

  setZoom(zoom) {
    this.zoom = zoom;
    if (this.svg) this.fit();
  }

  // style shows what a run has done: looks by node, and by edge whether it was taken: true,
  // false where that is not known, nothing where it was not. Without a run, edges is null.
  style(looks, edges) {
    Object.assign(this, {looks, edges});
    for (const [id, path] of this.lines) {
      const went = edges && ({true: 'taken', false: 'untold'}[edges[id]] ?? 'pale');
      for (const kind of ['taken', 'untold', 'pale']) path.classList.toggle(`way-${kind}`, went === kind);
      path.classList.toggle('way-undo', /_to_.*_u$/.test(id));
    }
    const inner = this.inner(looks);
    for (const [id, element] of this.nodes) {
      const look = inner[id] ?? looks[id] ?? {};
      const key = JSON.stringify(look);
      if (this.before.get(id) === key) continue;
      this.before.set(id, key);
      paint(element, look);
      const title = this.names.get(id);
      if (title) element.setAttribute('aria-label', title + (look.title ? `: ${clean(look.title)}` : ''));
      badge(element, look);
    }
    this.first();
  }

  // inner gives the looks of nodes in which a line, such as an undo, has a say: it is under
  // way, or has failed.
  inner(looks) {
    const out = {};
    for (const [id, host] of Object.entries(this.drawing.hosts)) {
      const line = looks[id], node = out[host] ?? looks[host] ?? {};
      if (line?.look !== 'waiting' && line?.look !== 'failed' && line?.look !== 'caught') continue;
      const join = (separator, ...texts) => texts.filter(Boolean).join(separator);
      out[host] = {look: line.look, badge: join(' ', node.badge, line.badge), title: join('; ', node.title, `${this.drawing.nodes[id].title} ${line.title}`)};
    }
    return out;
  }

  // first brings what is waited for into sight, once; or else what has failed last.
  first() {
    const having = (look) => Object.keys(this.looks).filter((id) => this.looks[id].look === look).map((id) => this.nodes.get(id)).filter(Boolean);
    const waiting = having('waiting');
    const element = waiting.find((e) => !e.classList.contains('cluster')) ?? waiting[0] ?? having('failed').at(-1);
    if (this.moved || !element || !this.element.clientHeight) return;
    this.moved = true;
    this.centre(element, 'auto');
  }

  centre(element, behavior) {
    const at = element.getBoundingClientRect(), view = this.element.getBoundingClientRect();
    this.element.scrollBy({left: at.left + at.width / 2 - view.left - view.width / 2, top: at.top + at.height / 2 - view.top - view.height / 2, behavior});
  }

  // light marks a node, or the one that it is a line of, and gives its element.
  light(id) {
    this.lit = id;
    const element = this.nodes.get(id) ?? this.nodes.get(this.drawing.hosts[id]);
    for (const other of this.nodes.values()) other.classList.toggle('chosen', other === element);
    return element;
  }

  reveal(id) {
    const element = this.light(id);
    if (element) this.centre(element, calm() ? 'auto' : 'smooth');
  }

  close() { dark.removeEventListener('change', this.redraw); }
}

const calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

const kinds = ['pale', 'untold', 'ok', 'waiting', 'failed', 'caught', 'left', 'undone'];

// paint changes the colours of a node's shape. They are written to the elements
// themselves because Mermaid's own styles are marked important there.
function paint(element, look) {
  for (const kind of kinds) element.classList.toggle(`look-${kind}`, look.look === kind);
  const frame = element.classList.contains('cluster'); // its border alone is coloured, so that what it holds stands out
  const coloured = look.look && !(frame && look.look === 'ok');
  for (const shape of element.querySelectorAll(shapes)) {
    shape.dataset.own ??= shape.getAttribute('style') ?? '';
    shape.setAttribute('style', shape.dataset.own);
    if (!coloured || shape.getAttribute('fill') === 'none' && shape.getAttribute('stroke') === 'none') continue;
    if (!frame) shape.style.setProperty('fill', `var(--look-${look.look}-fill)`, 'important');
    shape.style.setProperty('stroke', `var(--look-${look.look})`, 'important');
    shape.style.setProperty('stroke-width', {waiting: '3px', pale: '1px', untold: '1px'}[look.look] ?? '2px', 'important');
    if (['undone', 'left', 'caught', 'untold'].includes(look.look)) shape.style.setProperty('stroke-dasharray', '4 3', 'important');
  }
}

// written gives the text of a node as it is read.
function written(element) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), out = [];
  while (texts.nextNode()) out.push(texts.currentNode.data);
  return clean(out.join(' ').replace(/\s+/g, ' ').trim());
}

const svgNode = (name, attributes) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

// badge writes at the corner of a node what its colour says.
function badge(element, look) {
  element.querySelector(':scope > .badge')?.remove();
  element.querySelector(':scope > title')?.remove();
  if (look.title) {
    const title = svgNode('title', {});
    title.textContent = clean(look.title);
    element.prepend(title);
  }
  if (!look.badge) return;
  const box = element.getBBox();
  const group = svgNode('g', {class: `badge b-${look.look || 'none'}`, 'aria-hidden': 'true'});
  const text = svgNode('text', {x: 0, y: 0, 'dominant-baseline': 'central', 'text-anchor': 'middle'});
  text.style.setProperty('fill', 'var(--text)', 'important'); // Mermaid has colours for all texts
  text.style.setProperty('stroke', 'none', 'important');
  text.textContent = look.badge;
  group.append(text);
  element.append(group);
  const width = Math.max(text.getComputedTextLength() + 10, 18);
  const rim = svgNode('rect', {x: -width / 2, y: -9, width, height: 18, rx: 9});
  rim.style.setProperty('fill', 'var(--card)', 'important');
  rim.style.setProperty('stroke', kinds.includes(look.look) ? `var(--look-${look.look}, var(--soft))` : 'var(--soft)', 'important');
  group.prepend(rim);
  group.setAttribute('transform', `translate(${box.x + box.width - width / 2 + 6} ${box.y + 1})`);
}
