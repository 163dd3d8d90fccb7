// The timeline: a row for each operation, a bar for each attempt. Stretches in which
// nothing begins or ends are folded, so that a wait of a day leaves room for the rest.
import {h, name, now, replace, span} from './dom.mjs';
import {Rows} from './rows.mjs';

const signs = {running: '●', waiting: '◷', retrying: '↻', succeeded: '✓', failed: '✗', cancelled: '–'};
const words = {running: 'under way', waiting: 'waiting', retrying: 'to be tried again', succeeded: 'succeeded', failed: 'failed', cancelled: 'left behind'};
export const stateText = (o) => o.undone ? 'undone' : words[o.state] ?? o.state;

export class Timeline {
  constructor(open) {
    this.operations = new Map();
    this.changed = new Set();
    this.ended = 0;
    this.head = h('div', {class: 'axis', 'aria-hidden': 'true'});
    this.rows = new Rows({label: 'Operations', draw: (o) => this.draw(o), open, tallest: 20});
    this.element = h('div', {class: 'timeline'}, this.head, this.rows.element);
  }

  update(operations, head) {
    for (const o of operations) {
      this.operations.set(o.id, o);
      this.changed.add(o.id);
    }
    if (head) { this.start = head.start; this.ended = head.end ?? 0; this.repeats = head.repeats; }
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
    const sorted = [...times].sort((a, b) => a - b);
    const gaps = sorted.slice(1).map((t, i) => t - sorted[i]).filter((g) => g > 0);
    const middle = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 1;
    const most = Math.max(50, middle * 8);
    const at = [0];
    const folds = [];
    for (let i = 1; i < sorted.length; i++) {
      const gap = sorted[i] - sorted[i - 1];
      const shown = gap <= most ? gap : most * (1 + Math.log10(gap / most));
      at.push(at[i - 1] + shown);
      if (gap > most * 4) folds.push([i, gap]);
    }
    const whole = at.at(-1) || 1;
    const places = new Map(sorted.map((t, i) => [t, at[i] / whole * 100]));
    this.place = (t) => places.get(t) ?? 100;
    const apart = 92 / (this.head.clientWidth || 800) * 100; // what the name of a fold takes
    const named = [];
    for (const [i, gap] of folds.sort((a, b) => b[1] - a[1])) {
      const left = (at[i - 1] + at[i]) / 2 / whole * 100;
      if (left > apart / 2 && left < 100 - apart / 2 && named.every((n) => Math.abs(n.left - left) > apart)) named.push({left, gap});
    }
    replace(this.head, named.map(({left, gap}) => h('span', {class: 'fold', '.style': `left:${left}%`, title: `${span(gap)} in which nothing began or ended`}, `⋯ ${span(gap)} ⋯`)));
    this.rows.set(this.list);
    this.changed.clear();
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

  close() { this.rows.close(); }
}

const bar = (from, to, state, title) => h('i', {class: `bar ${state}`, title: title || null, '.style': `left:${from}%;width:max(3px,${Math.max(0, to - from)}%)`});
