// The list of executions. Its filters are the page's address.
import {clock, h, name, now, replace, setText, span, status, statuses, statusText, toast, when} from './dom.mjs';
import {follow, get, session} from './api.mjs';

const filters = ['function', 'status', 'why', 'name', 'stands'];

const whys = {answer: 'an answer', time: 'time', retry: 'another attempt', check: 'another check', function: 'a function', step: 'a step that runs'};

export function listPage(main, parameters) {
  document.title = 'Executions · durablegen';
  const filter = Object.fromEntries(filters.map((key) => [key, parameters.get(key) ?? '']));
  const rows = new Map(); // by ARN: {data, element}
  let next = '', asked = 0;

  const body = h('tbody', {});
  const more = h('button', {class: 'quiet', hidden: true, onclick: () => load(next)}, 'Show older ones');
  const count = h('p', {class: 'count', role: 'status'});
  const empty = h('div', {class: 'empty', hidden: true});

  const form = h('form', {class: 'filters', role: 'search', onsubmit: (event) => event.preventDefault()},
    h('label', {}, 'Workflow', h('select', {name: 'function', onchange: changed},
      h('option', {value: ''}, 'all'), known().map((f) => h('option', {value: f, '.selected': f === filter.function}, f)))),
    h('label', {}, 'Status', h('select', {name: 'status', onchange: changed},
      h('option', {value: ''}, 'all'), statuses.map((s) => h('option', {value: s, '.selected': s === filter.status}, statusText(s))))),
    h('label', {}, 'Waits for', h('select', {name: 'why', onchange: changed},
      h('option', {value: ''}, 'anything'), Object.entries(whys).map(([why, text]) => h('option', {value: why, '.selected': why === filter.why}, text)))),
    h('label', {class: 'grow'}, 'Name contains', h('input', {id: 'filter-name', name: 'name', type: 'search', autocomplete: 'off', spellcheck: 'false', '.value': filter.name, oninput: typed})),
    h('label', {class: 'grow'}, 'Operation or error contains', h('input', {id: 'filter-stands', name: 'stands', type: 'search', autocomplete: 'off', spellcheck: 'false', '.value': filter.stands, oninput: typed})),
    h('a', {class: 'button primary', href: '/start' + (filter.function ? '?function=' + encodeURIComponent(filter.function) : '')}, 'Start an execution'));

  replace(main, h('h1', {}, 'Executions'), form, count,
    h('div', {class: 'card flush'},
      h('table', {class: 'list'},
        h('thead', {}, h('tr', {}, ['Execution', 'Workflow', 'Status', 'Waits for, or error', 'Started', 'Took'].map((t) => h('th', {scope: 'col'}, t)))), body),
      empty),
    h('p', {class: 'more'}, more));

  function known() {
    const names = session.functions.map((f) => f.name);
    return filter.function && !names.includes(filter.function) ? [...names, filter.function] : names;
  }

  let timer;
  function typed() { clearTimeout(timer); timer = setTimeout(changed, 200); }
  function changed() {
    clearTimeout(timer);
    for (const key of filters) filter[key] = form.elements[key].value.trim();
    const query = new URLSearchParams(filters.filter((key) => filter[key]).map((key) => [key, filter[key]])).toString();
    history.replaceState(null, '', query ? '/?' + query : '/');
    load('');
  }

  async function load(marker) {
    const mine = ++asked;
    more.disabled = true;
    try {
      const page = await get('executions', {...filter, marker});
      if (mine !== asked) return;
      if (!marker) { rows.clear(); body.replaceChildren(); }
      for (const data of page.rows) put(data, false);
      next = page.next;
      tell();
    } catch (error) {
      if (mine === asked) toast(error.message, true);
    } finally {
      if (mine === asked) more.disabled = false;
    }
  }

  const wanted = (data) => (!filter.function || data.function === filter.function) && (!filter.status || data.status === filter.status) &&
    data.name.toLowerCase().includes(filter.name.toLowerCase()) && (data.stands ?? '').toLowerCase().includes(filter.stands.toLowerCase()) &&
    (!filter.why || (data.whys ?? []).includes(filter.why));

  // put shows a row, or shows it anew; one that came to be since goes on top.
  function put(data, onTop) {
    const known = rows.get(data.arn);
    if (!wanted(data)) {
      if (known) { known.element.remove(); rows.delete(data.arn); }
      return;
    }
    const state = h('td', {}, status(data.status)), stands = h('td', {class: 'stands', title: data.stands ?? null}, name(data.stands ?? ''));
    const took = h('td', {class: 'num took', 'data-since': data.end ? null : data.start}, span((data.end || now()) - data.start));
    if (known) { // in its place, so that whoever is at its link stays there
      if (known.data.status !== data.status) known.state.replaceWith(known.state = state);
      if (known.data.stands !== data.stands) known.stands.replaceWith(known.stands = stands);
      if (known.data.end !== data.end) known.took.replaceWith(known.took = took);
      known.data = data;
      return;
    }
    const element = h('tr', {},
      h('td', {}, h('a', {href: '/execution?arn=' + encodeURIComponent(data.arn)}, name(data.name))),
      h('td', {}, name(data.function)), state, stands, h('td', {class: 'num'}, when(data.start)), took);
    if (onTop) {
      const older = [...body.children].find((row) => Number(row.dataset.start) <= data.start);
      body.insertBefore(element, older ?? null);
    } else body.append(element);
    element.dataset.start = data.start;
    rows.set(data.arn, {data, element, state, stands, took});
  }

  function tell() {
    more.hidden = !next;
    const filtered = filters.some((key) => filter[key]);
    setText(count, rows.size === 0 ? '' : `${rows.size.toLocaleString('en')} ${next ? 'newest ' : ''}execution${rows.size === 1 ? '' : 's'}${filtered ? ' that match' : ''}, as of ${clock(now())} UTC`);
    empty.hidden = rows.size > 0;
    if (!empty.hidden) {
      replace(empty, h('p', {}, filtered ? 'No execution matches.' : 'No execution has been started yet.'),
        filtered ? h('a', {href: '/'}, 'Show all') : h('a', {href: '/start'}, 'Start one'));
    }
  }

  const stop = follow('executions/stream', {}, (message) => {
    if (message.refresh) { load(''); return; }
    for (const data of message.rows ?? []) put(data, true);
    tell();
  }, () => load(''));
  const tick = setInterval(() => {
    for (const cell of body.querySelectorAll('td[data-since]')) setText(cell, span(now() - Number(cell.dataset.since)));
  }, 1000);
  return () => { stop(); clearInterval(tick); clearTimeout(timer); asked++; };
}
