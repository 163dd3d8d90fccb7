// How many executions there are, and how long they and their operations take.
import {h, name, replace, setText, span, status, statuses, toast} from './dom.mjs';
import {get, live, session} from './api.mjs';

export function numbersPage(main, parameters) {
  document.title = 'Numbers · durablegen';
  live('live');
  const chosen = parameters.get('function') ?? session.functions[0]?.name ?? '';
  const workflows = h('tbody', {}), operations = h('tbody', {}), of = h('p', {class: 'count', role: 'status'}), all = h('p', {class: 'count', role: 'status'});
  const head = (titles) => h('thead', {}, h('tr', {}, titles.map((t) => h('th', {scope: 'col', class: t === titles[0] ? null : 'num'}, t))));
  const select = h('select', {id: 'numbers-function', onchange: () => document.dispatchEvent(new CustomEvent('durablegen-go', {detail: '/numbers?function=' + encodeURIComponent(select.value)}))},
    session.functions.map((f) => h('option', {value: f.name, '.selected': f.name === chosen}, f.name)));
  replace(main, h('h1', {}, 'Numbers'), all,
    h('div', {class: 'card flush wide-table', role: 'region', 'aria-label': 'Executions of each workflow', tabindex: 0}, h('table', {class: 'list numbers'}, head(['Workflow', 'Executions', ...statuses.map(statusHead), 'p50', 'p95', 'longest']), workflows)),
    h('h2', {}, h('label', {for: 'numbers-function'}, 'Operations of '), select), of,
    h('div', {class: 'card flush wide-table', role: 'region', 'aria-label': 'Operations', tabindex: 0}, h('table', {class: 'list numbers'}, head(['Operation', 'Kind', 'Runs', 'Failed', 'Tried again', 'Under way', 'p50', 'p95', 'longest']), operations)));

  function statusHead(s) { return status(s).textContent.trim(); }
  const number = (n) => h('td', {class: 'num'}, n ? n.toLocaleString('en') : h('span', {class: 'quiet'}, '–'));
  const times = (t) => ['p50', 'p95', 'max'].map((key) => h('td', {class: 'num'}, t ? span(t[key]) : h('span', {class: 'quiet'}, '–')));

  let closed = false;
  async function load() {
    try {
      const [numbers, own] = await Promise.all([get('numbers'), chosen ? get('numbers/operations', {function: chosen}) : {executions: 0, operations: []}]);
      if (closed) return;
      setText(all, `${numbers.whole ? '' : 'The newest '}${numbers.total.toLocaleString('en')} executions. Half of those that have ended took no longer than p50, and 95 of 100 no longer than p95.`);
      replace(workflows, numbers.functions.map((f) => h('tr', {},
        h('td', {}, h('a', {href: '/?function=' + encodeURIComponent(f.name)}, name(f.name))), number(Object.values(f.statuses).reduce((a, b) => a + b, 0)),
        statuses.map((s) => h('td', {class: 'num'}, f.statuses[s] ? h('a', {href: `/?function=${encodeURIComponent(f.name)}&status=${s}`}, f.statuses[s].toLocaleString('en')) : h('span', {class: 'quiet'}, '–'))), times(f.took))));
      setText(of, own.executions ? `In its ${own.executions === 1 ? 'newest execution' : `${own.executions} newest executions`}, over all turns and items, the slowest first. Waits and answers count with the time that they took.` : 'It has no executions.');
      replace(operations, own.operations.map((o) => h('tr', {}, h('td', {}, name(o.path)), h('td', {class: 'num'}, o.kind), number(o.runs), number(o.failed), number(o.retried), number(o.open), times(o.took))));
    } catch (error) { toast(error.message, true); }
  }
  load();
  return () => { closed = true; };
}
