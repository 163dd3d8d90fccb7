// Two executions side by side: what they were given and have come to, their diagrams, and
// their operations, paired by name.
import {h, name, now, replace, setText, span, status, toast, when} from './dom.mjs';
import {get, live} from './api.mjs';
import {Diagram} from './diagram.mjs';
import {Rows} from './rows.mjs';

export const compareAddress = (a, b) => `/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`;

const signs = {running: '●', waiting: '◷', retrying: '↻', succeeded: '✓', failed: '✗', cancelled: '–'};

export function comparePage(main, parameters) {
  document.title = 'Compare · durablegen';
  live('live');
  const a = parameters.get('a') ?? '', b = parameters.get('b') ?? '';
  let only = parameters.get('all') === null, pairs = [], longest = 1, closed = false;
  let diagrams = [];
  const told = h('p', {class: 'sentence', role: 'status'});
  const heads = h('div', {class: 'sides'}), pictures = h('div', {class: 'sides'});
  const choose = h('label', {class: 'check'}, h('input', {type: 'checkbox', '.checked': only, onchange: (e) => { only = e.target.checked; keep(); list(); }}), ' Only what differs');
  const rows = new Rows({label: 'Operations of both', height: 46, tallest: 16, draw});
  replace(main, h('nav', {class: 'crumbs', 'aria-label': 'Where this is'}, h('a', {href: '/'}, 'Executions')),
    h('div', {class: 'head'}, h('h1', {}, 'Compare'), h('div', {class: 'buttons'}, h('a', {class: 'button', href: compareAddress(b, a)}, 'Swap'))),
    told, heads, pictures,
    h('section', {class: 'card flush', 'aria-label': 'Operations'}, h('div', {class: 'bar-top'}, h('strong', {}, 'Operations'), h('span', {class: 'spring'}), choose), rows.element));

  function keep() {
    const address = new URL(location.href);
    if (only) address.searchParams.delete('all'); else address.searchParams.set('all', '1');
    history.replaceState(null, '', address.pathname + address.search);
  }
  const differs = (p) => !p.a || !p.b || p.differs.length > 0;
  function list() { rows.set(only ? pairs.filter(differs) : pairs); }

  function draw(p) {
    const what = !p.a ? 'only the second has it' : !p.b ? 'only the first has it' : p.differs.length ? `differ: ${p.differs.join(', ')}` : 'the same';
    return h('div', {class: `pair${differs(p) ? ' differs' : ''}`},
      h('span', {class: 'what'}, h('span', {class: 'sign', 'aria-hidden': 'true'}, !p.a ? '+' : !p.b ? '−' : p.differs.length ? '≠' : '='), h('span', {}, name(p.name), ' ', h('span', {class: 'kind'}, p.kind === 'context' ? '' : p.kind), h('span', {class: 'unseen'}, ', '), h('span', {class: 'why'}, what))),
      side(p.a), side(p.b));
  }
  function side(s) {
    if (!s) return h('span', {class: 'half none'}, '–');
    const state = s.left ? 'left behind' : s.undone ? 'undone' : s.state, end = s.end ?? s.start;
    return h('span', {class: `half st-${s.left ? 'cancelled' : s.undone ? 'undone' : s.state}`},
      h('span', {}, h('span', {class: 'sign', 'aria-hidden': 'true'}, s.undone ? '↩' : s.left ? '–' : signs[s.state]), `${state}${s.tries > 1 ? ` ×${s.tries}` : ''}${s.end ? `, ${span(end - s.start)}` : ''} `, h('span', {class: 'text'}, name(s.error ?? s.result ?? s.input ?? ''))),
      h('span', {class: 'track', 'aria-hidden': 'true'}, h('i', {class: `bar ${s.state}`, '.style': `left:${Math.max(0, s.start) / longest * 100}%;width:max(3px,${Math.max(0, end - Math.max(0, s.start)) / longest * 100}%)`})));
  }

  const payload = (title, text, other) => text ? [h('h3', {}, title, text.text !== other?.text ? h('span', {class: 'differs-mark'}, ' ≠') : null), h('pre', {class: 'code wrap'}, text.text)] : null;
  const head = (e, other, arn) => h('section', {class: 'card', 'aria-label': e.name},
    h('h2', {}, h('a', {href: `/execution?arn=${encodeURIComponent(arn)}`}, name(e.name)), ' ', status(e.status), e.status !== other.status ? h('span', {class: 'differs-mark'}, ' ≠') : null),
    h('p', {class: 'facts'}, name(e.function), ' · started ', when(e.start), ` · ${e.end ? 'took' : 'for'} ${span((e.end || now()) - e.start)}`),
    payload('Input', e.input, other.input), payload('Result', e.result, other.result),
    e.error ? [h('h3', {}, 'Error', e.error !== other.error ? h('span', {class: 'differs-mark'}, ' ≠') : null), h('p', {class: 'error'}, e.error)] : null);

  function picture(e) {
    const sheet = e.drawings[0];
    if (!sheet) return null;
    const d = new Diagram(sheet, () => {});
    diagrams.push(d);
    d.ready.then(() => {
      if (closed || !d.svg) return;
      d.fit();
      d.style(e.overlay.looks[''] ?? {}, e.overlay.edges['']?.normal ?? {});
      for (const at of e.differs) if (at.startsWith('/')) mark(d.nodes.get(at.slice(1)));
    });
    return h('section', {class: 'card flush', 'aria-label': `Diagram of ${e.name}`}, d.element);
  }

  // mark puts a sign beside a node at which the two differ.
  function mark(node) {
    if (!node || node.classList.contains('differs')) return;
    const box = node.getBBox(), sign = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    node.classList.add('differs');
    sign.setAttribute('class', 'differs-sign');
    sign.setAttribute('x', box.x - 4);
    sign.setAttribute('y', box.y + 6);
    sign.textContent = '≠';
    node.append(sign);
  }

  async function load() {
    try {
      const got = await get('compare', {a, b});
      if (closed) return;
      pairs = got.pairs;
      longest = Math.max(1, ...pairs.flatMap((p) => [p.a, p.b]).map((s) => s ? s.end ?? s.start : 0));
      const n = pairs.filter(differs).length;
      setText(told, got.a.function !== got.b.function ? 'They are executions of different workflows.' : n ? `${n} of ${pairs.length} operations differ.` : 'No operation differs but in times.');
      replace(heads, head(got.a, got.b, a), head(got.b, got.a, b));
      replace(pictures, picture(got.a), picture(got.b));
      pictures.hidden = !diagrams.length;
      list();
    } catch (error) {
      replace(main, h('div', {class: 'card note'}, h('h1', {}, 'These can’t be compared'), h('p', {}, error.message), h('a', {href: '/'}, 'All executions')));
      toast(error.message, true);
    }
  }
  load();
  const resize = () => { for (const d of diagrams) if (d.svg) d.fit(); };
  window.addEventListener('resize', resize);
  return () => { closed = true; window.removeEventListener('resize', resize); for (const d of diagrams) d.close(); rows.close(); };
}
