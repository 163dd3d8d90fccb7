// The timeline: a row for each operation, a bar for each attempt, an axis above.
import {h, moment, name, now, replace, setText, span} from './dom.mjs';
import {Rows} from './rows.mjs';
import {Scale, ticks} from './scale.mjs';

const signs = {running: '●', waiting: '◷', retrying: '↻', succeeded: '✓', failed: '✗', cancelled: '–'};
const words = {running: 'under way', waiting: 'waiting', retrying: 'to be tried again', succeeded: 'succeeded', failed: 'failed', cancelled: 'left behind'};
export const stateText = (o) => o.undone ? 'undone' : words[o.state] ?? o.state;

export class Timeline {
  constructor(open) {
    this.operations = new Map();
    this.changed = new Set();
    this.ended = 0;
    this.window = null; // what is shown, {from, to}; null: all
    this.utc = new URLSearchParams(location.search).get('times') === 'utc';
    this.band = h('i', {class: 'band', hidden: true});
    this.axis = h('div', {class: 'axis', 'aria-hidden': 'true', title: 'Drag to look closer; a double click shows all', onpointerdown: (e) => this.drag(e), ondblclick: () => this.all()});
    this.lines = h('div', {class: 'lines', 'aria-hidden': 'true'});
    this.less = h('button', {type: 'button', class: 'quiet small', 'aria-label': 'show more of the time', onclick: () => this.zoom(2)}, '−');
    this.fit = h('button', {type: 'button', class: 'quiet small', onclick: () => this.all()}, 'All');
    this.told = h('span', {class: 'quiet', role: 'status'});
    this.controls = h('div', {class: 'zoom', role: 'group', 'aria-label': 'Time that is shown', onkeydown: (e) => this.key(e)}, this.told,
      h('button', {type: 'button', class: 'quiet small', 'aria-pressed': String(this.utc), title: 'Times of day, in UTC, or since the start', onclick: (e) => { this.utc = !this.utc; e.target.setAttribute('aria-pressed', String(this.utc)); this.scale(); this.keep(); }}, 'UTC'),
      this.less, this.fit, h('button', {type: 'button', class: 'quiet small', 'aria-label': 'look closer', onclick: () => this.zoom(1 / 2)}, '+'));
    this.rows = new Rows({label: 'Operations', draw: (o) => this.draw(o), open, tallest: 20});
    this.element = h('div', {class: 'timeline', onkeydown: (e) => this.key(e)}, this.axis, h('div', {class: 'lined'}, this.lines, this.rows.element));
    this.observer = new ResizeObserver(() => { if (this.shown && this.axis.clientWidth !== this.width) this.paintAxis(); });
    this.observer.observe(this.axis);
    this.element.addEventListener('wheel', (e) => this.wheel(e), {passive: false});
  }

  update(operations, head) {
    for (const o of operations) {
      this.operations.set(o.id, o);
      this.changed.add(o.id);
    }
    const begun = this.start === undefined && head;
    if (head) { this.start = head.start; this.ended = head.end ?? 0; this.repeats = head.repeats; }
    if (begun) this.take();
    this.rows.stick = !this.ended; // what is going on is mostly at the end
    this.lay();
  }

  // lay orders the rows as a tree and makes the scale anew.
  lay() {
    const below = new Map();
    for (const o of this.operations.values()) {
      const around = this.operations.has(o.parent) ? o.parent : '';
      if (!below.has(around)) below.set(around, []);
      below.get(around).push(o);
    }
    const list = [];
    const stack = [...(below.get('') ?? [])].reverse().map((o) => [o, 0]);
    while (stack.length) {
      const [o, depth] = stack.pop();
      o.depth = depth;
      list.push(o);
      const inner = below.get(o.id) ?? [];
      for (let i = inner.length - 1; i >= 0; i--) stack.push([inner[i], depth + 1]);
    }
    this.list = list;
    this.scale();
  }

  scale() {
    const end = this.ended || now();
    const times = new Set([this.start ?? end, end]);
    for (const o of this.operations.values()) {
      times.add(o.start);
      if (o.end) times.add(o.end);
      for (const a of o.attempts ?? []) { times.add(a.start); if (a.end) times.add(a.end); }
    }
    const all = [...times].sort((a, b) => a - b);
    this.full = new Scale(all);
    const w = this.window;
    this.shown = w ? new Scale([w.from, ...all.filter((t) => t > w.from && t < w.to), w.to]) : this.full;
    this.place = (t) => this.shown.place(t);
    this.paintAxis();
    this.rows.set(this.list);
    this.changed.clear();
  }

  paintAxis() {
    this.width = this.axis.clientWidth;
    const width = this.width || 800, origin = this.utc ? 0 : this.start ?? 0;
    const apart = 96 / width * 100; // what a label takes
    const named = [];
    for (const f of [...this.shown.folds].sort((a, b) => b.gap - a.gap)) {
      if (f.at > apart / 2 && f.at < 100 - apart / 2 && named.every((n) => Math.abs(n.at - f.at) > apart)) named.push(f);
    }
    const marks = ticks(this.shown, origin, apart).filter((m) => m.at < 100 - apart * 0.8);
    this.axis.classList.toggle('folded', named.length > 0); // what is folded stands below
    replace(this.axis, marks.map((m) => h('span', {class: 'tick', '.style': `left:${m.at}%`, title: `${moment(m.t, this.start)} UTC`}, this.label(m))),
      named.map(({at, gap}) => h('span', {class: 'fold', '.style': `left:${at}%`, title: `${span(gap)} in which nothing began or ended`}, `⋯ ${span(gap)} ⋯`)), this.band);
    replace(this.lines, marks.map((m) => h('i', {'.style': `left:${m.at}%`})));
    const w = this.window;
    setText(this.told, w ? `${span(Math.max(0, w.from - this.start))} to ${span(Math.max(0, w.to - this.start))}` : '');
    this.fit.disabled = this.less.disabled = !w;
  }

  label({t, step}) {
    if (this.utc) return step >= 60_000 ? moment(t, this.start).slice(0, -7) : step >= 1000 ? moment(t, this.start).slice(0, -4) : moment(t, this.start);
    const from = t - (this.start ?? t), sign = from < 0 ? '−' : '+', ms = Math.abs(from);
    return from === 0 ? '0' : sign + (step < 1000 && ms >= 1000 && ms < 60_000 ? `${ms / 1000} s` : span(ms));
  }

  // zoom shows a part that is so many times as long as the one that is shown, around a place of
  // it; move shows one beside it. Both go by the whole scale, with its folds.
  zoom(factor, around = 50) {
    const [from, to] = this.bounds(), middle = this.full.place(this.shown.moment(around)), length = Math.min(100, (to - from) * factor);
    const begin = Math.max(0, Math.min(100 - length, middle - length * around / 100));
    this.show(this.full.moment(begin), this.full.moment(begin + length));
  }
  move(part) {
    const [from, to] = this.bounds(), by = Math.max(-from, Math.min(100 - to, (to - from) * part));
    if (this.window && by) this.show(this.full.moment(from + by), this.full.moment(to + by));
  }
  bounds() { const w = this.window; return w ? [w.from, w.to].map((t) => Math.max(0, Math.min(100, this.full.place(t)))) : [0, 100]; }

  // show shows what is between two moments.
  show(from, to) {
    if (to - from < 1) to = from + 1;
    const whole = from <= this.full.moments[0] && to >= this.full.moments.at(-1);
    this.window = whole ? null : {from, to};
    this.scale();
    this.keep();
  }
  all() { this.window = null; this.scale(); this.keep(); }

  // keep puts what is shown into the page's address, and take takes it from there.
  keep() {
    const address = new URL(location.href), w = this.window;
    if (w) address.searchParams.set('zoom', `${Math.round(w.from - this.start)},${Math.round(w.to - this.start)}`); else address.searchParams.delete('zoom');
    if (this.utc) address.searchParams.set('times', 'utc'); else address.searchParams.delete('times');
    history.replaceState(null, '', address.pathname + address.search);
  }
  take() {
    const [from, to] = (new URLSearchParams(location.search).get('zoom') ?? '').split(',').map(Number);
    if (to > from) this.window = {from: this.start + from, to: this.start + to};
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {'+': () => this.zoom(1 / 2), '=': () => this.zoom(1 / 2), '-': () => this.zoom(2), 0: () => this.all(), ArrowLeft: () => this.move(-0.25), ArrowRight: () => this.move(0.25)}[event.key];
    if (!act) return;
    act();
    event.preventDefault();
  }

  // wheel zooms with the keys with which browsers do, and where two fingers pinch.
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    const box = this.axis.getBoundingClientRect();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.max(0, Math.min(100, (event.clientX - box.left) / box.width * 100)));
    event.preventDefault();
  }

  // drag over the axis shows what it has gone over.
  drag(event) {
    if (event.button !== 0) return;
    const box = this.axis.getBoundingClientRect(), at = (e) => Math.max(0, Math.min(100, (e.clientX - box.left) / box.width * 100)), from = at(event);
    this.axis.setPointerCapture(event.pointerId);
    const paint = (e) => { const to = at(e); this.band.hidden = false; this.band.style.left = `${Math.min(from, to)}%`; this.band.style.width = `${Math.abs(to - from)}%`; };
    const end = (e) => {
      this.axis.removeEventListener('pointermove', paint);
      this.band.hidden = true;
      const to = at(e);
      if (e.type === 'pointerup' && Math.abs(to - from) * box.width / 100 > 4) this.show(this.shown.moment(Math.min(from, to)), this.shown.moment(Math.max(from, to)));
    };
    this.axis.addEventListener('pointermove', paint);
    this.axis.addEventListener('pointerup', end, {once: true});
    event.preventDefault();
  }

  // tick lets what goes on grow.
  tick() { if (!this.ended && this.operations.size && this.operations.size < 500) this.scale(); }

  draw(o) {
    const left = this.left(o);
    const end = o.end || left || now();
    const state = left ? 'cancelled' : o.undone ? 'undone' : o.state;
    const bars = (o.attempts?.length ? o.attempts : [{start: o.start, end: o.end, state: o.kind === 'context' ? 'around' : state}])
      .map((a) => bar(this.place(a.start), this.place(a.end || end), a.state === 'running' && left ? 'cancelled' : a.state,
        `${a.state === 'not-yet' ? 'not yet' : a.state}, ${span((a.end || end) - a.start)}${a.error ? ': ' + a.error : ''}`));
    if (o.attempts?.length > 1) bars.unshift(bar(this.place(o.start), this.place(end), 'around', ''));
    const tries = o.attempts?.length > 1 ? ` ×${o.attempts.length}` : '';
    const copied = this.copied(o) ? ', on record from before' : '';
    return h('div', {class: `op st-${state}${copied ? ' copied' : ''}`, title: `${o.name}: ${left ? 'left behind' : stateText(o)}${copied}${o.note ? ', ' + o.note : ''}`},
      h('span', {class: 'what', '.style': `padding-left:${Math.min(o.depth, 12) * 14}px`},
        h('span', {class: 'sign', 'aria-hidden': 'true'}, o.undone ? '↩' : left ? '–' : signs[o.state]),
        name(o.name), h('span', {class: 'kind'}, o.kind === 'context' ? '' : ` ${o.kind}${tries}`),
        h('span', {class: 'unseen'}, `, ${left ? 'left behind' : stateText(o)}${copied}`), copied ? h('span', {class: 'kind', 'aria-hidden': 'true'}, ' on record') : null),
      h('span', {class: 'took num'}, span(end - o.start)),
      h('span', {class: 'track', 'aria-hidden': 'true'}, bars));
  }

  // left tells since when nothing more will come of an operation that has not ended: its
  // scope has, as that of a select which another case has won, or the execution.
  left(o) {
    if (o.end) return 0;
    for (let around = this.operations.get(o.parent); around; around = this.operations.get(around.parent)) {
      if (around.end) return around.end;
    }
    return this.ended;
  }

  // copied tells whether an operation is on record from the execution that this one runs again.
  copied(o) { return Boolean(this.repeats && o.end && o.start < this.start); }

  reveal(id) {
    const index = this.list?.findIndex((o) => o.id === id) ?? -1;
    if (index >= 0) this.rows.go(index);
  }

  close() { this.rows.close(); this.observer.disconnect(); }
}

// bar is what of a bar is in sight.
const bar = (from, to, state, title) => to < 0 || from > 100 ? null : visible(Math.max(0, from), Math.min(100, to), state, title);
const visible = (from, to, state, title) => h('i', {class: `bar ${state}`, title: title || null, '.style': `left:${from}%;width:max(3px,${Math.max(0, to - from)}%)`});
