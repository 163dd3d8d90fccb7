// The list of executions. Its filters are the page's address.
import {clock, confirmBox, h, name, now, replace, setText, span, status, statuses, statusText, toast, when} from './dom.mjs';
import {compareAddress} from './compare.mjs';
import {follow, get, post, session} from './api.mjs';

const texts = ['input', 'result', 'error']; // what is looked for in the data itself, by the server
const filters = ['function', 'status', 'why', 'name', 'stands', ...texts];

const whys = {answer: 'an answer', time: 'time', retry: 'another attempt', check: 'another check', function: 'a function', step: 'a step that runs', divergence: 'nothing: it diverged'};

export function listPage(main, parameters) {
  document.title = 'Executions · durablegen';
  const filter = Object.fromEntries(filters.map((key) => [key, parameters.get(key) ?? '']));
  const rows = new Map(); // by ARN: {data, element}
  let next = '', asked = 0, total = null, loaded = 0;
  let sort = ['longest', 'shortest'].includes(parameters.get('sort')) ? parameters.get('sort') : ''; // empty: the newest first

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
    h('details', {class: 'more-filters', open: texts.some((key) => filter[key])}, h('summary', {}, 'In the data'),
      h('div', {class: 'filters'}, texts.map((key) => h('label', {class: 'grow'}, `${key[0].toUpperCase()}${key.slice(1)} contains`,
        h('input', {id: `filter-${key}`, name: key, type: 'search', autocomplete: 'off', spellcheck: 'false', '.value': filter[key], oninput: typed}))))),
    h('a', {class: 'button primary', href: '/start' + (filter.function ? '?function=' + encodeURIComponent(filter.function.split(':')[0]) : '')}, 'Start an execution'));

  // A click on the head of a column sorts by it.
  const byStart = h('button', {type: 'button', class: 'link', onclick: () => { sort = ''; changed(); }}, 'Started');
  const byTook = h('button', {type: 'button', class: 'link', onclick: () => { sort = sort === 'longest' ? 'shortest' : 'longest'; changed(); }}, 'Took');
  // Two that are chosen can be compared.
  const chosen = new Set();
  const both = h('button', {type: 'button', class: 'quiet small', disabled: true, title: 'Choose two in the list', onclick: () => document.dispatchEvent(new CustomEvent('durablegen-go', {detail: compareAddress(...chosen)}))}, 'Compare');
  function pick(arn, on) {
    if (on) chosen.add(arn); else chosen.delete(arn);
    if (chosen.size > 2) { const first = [...chosen][0]; chosen.delete(first); const box = rows.get(first)?.element.querySelector('input'); if (box) box.checked = false; }
    both.disabled = chosen.size !== 2;
  }
  const act = h('button', {type: 'button', class: 'quiet small', 'aria-haspopup': 'dialog', onclick: actOnAll}, 'Act on all of these…');

  replace(main, h('h1', {}, 'Executions'), form, h('div', {class: 'count-line'}, count, h('span', {class: 'spring'}), both, act),
    h('div', {class: 'card flush'},
      h('table', {class: 'list'},
        h('thead', {}, h('tr', {}, ['Execution', 'Workflow', 'Status', 'Waits for, or error', byStart, byTook].map((t) => h('th', {scope: 'col'}, t)))), body),
      empty),
    h('p', {class: 'more'}, more));

  function known() {
    const names = session.functions.flatMap((f) => [f.name, ...(f.versions ?? []).map((v) => `${f.name}:${v.version}`)]);
    return filter.function && !names.includes(filter.function) ? [...names, filter.function] : names;
  }

  let timer;
  function typed() { clearTimeout(timer); timer = setTimeout(changed, 200); }
  function changed() {
    clearTimeout(timer);
    for (const key of filters) filter[key] = form.elements[key].value.trim();
    const query = new URLSearchParams([...filters.filter((key) => filter[key]).map((key) => [key, filter[key]]), ...(sort ? [['sort', sort]] : [])]).toString();
    history.replaceState(null, '', query ? '/?' + query : '/');
    listen();
    load('');
  }

  async function load(marker) {
    const mine = ++asked;
    more.disabled = true;
    try {
      const page = await get('executions', {...filter, sort, marker});
      if (mine !== asked) return;
      if (!marker) {
        rows.clear();
        body.replaceChildren();
        total = null;
        loaded = now();
        byStart.parentElement.setAttribute('aria-sort', sort ? 'none' : 'descending');
        byTook.parentElement.setAttribute('aria-sort', {longest: 'descending', shortest: 'ascending'}[sort] ?? 'none');
        if (page.next) get('numbers', filter).then((n) => { if (mine === asked) { total = n; tell(); } }, () => {});
      }
      for (const data of page.rows) put(data, false);
      next = page.next;
      tell();
    } catch (error) {
      if (mine === asked) toast(error.message, true);
    } finally {
      if (mine === asked) more.disabled = false;
    }
  }

  const wanted = (data) => (!filter.function || filter.function === data.function || filter.function === `${data.function}:${data.version ?? '$LATEST'}`) && (!filter.status || data.status === filter.status) &&
    data.name.toLowerCase().includes(filter.name.toLowerCase()) && (data.stands ?? '').toLowerCase().includes(filter.stands.toLowerCase()) &&
    (!filter.why || (data.whys ?? []).includes(filter.why)) && !data.lacks;

  // put shows a row, or shows it anew; one that came to be since goes on top.
  function put(data, onTop) {
    const known = rows.get(data.arn);
    if (!wanted(data)) {
      if (known) { known.element.remove(); rows.delete(data.arn); if (total) total.total--; }
      return;
    }
    if (onTop && !known && total && data.start > loaded) total.total++;
    if (onTop && !known && sort) return; // where it belongs, the next look at the list tells
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
      h('td', {}, h('input', {type: 'checkbox', class: 'pick', 'aria-label': `Choose ${data.name} to compare it`, '.checked': chosen.has(data.arn), onchange: (e) => pick(data.arn, e.target.checked)}), h('a', {href: '/execution?arn=' + encodeURIComponent(data.arn)}, name(data.name))),
      h('td', {}, name(data.version ? `${data.function}:${data.version}` : data.function)), state, stands, h('td', {class: 'num'}, when(data.start)), took);
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
    const all = total ? ` of ${total.whole ? '' : 'more than '}${total.total.toLocaleString('en')}` : '';
    setText(count, rows.size === 0 ? '' : `${next ? `The ${rows.size.toLocaleString('en')} ${sort || 'newest'}${all}` : rows.size.toLocaleString('en')} execution${rows.size === 1 ? '' : 's'}${filtered ? ' that match' : ''}, as of ${clock(now())} UTC`);
    act.hidden = rows.size === 0;
    empty.hidden = rows.size > 0;
    if (!empty.hidden) {
      replace(empty, h('p', {}, filtered ? 'No execution matches.' : 'No execution has been started yet.'),
        filtered ? h('a', {href: '/'}, 'Show all') : h('a', {href: '/start'}, 'Start one'));
    }
  }

  const acts = {
    stop: {what: 'Stop', does: 'They end at once, as stopped. What they have done stays done: nothing is undone.', fits: (e) => !e.end},
    pause: {what: 'Pause', does: 'Nothing is invoked until they are resumed.', fits: (e) => e.status === 'RUNNING'},
    resume: {what: 'Resume', does: 'They go on.', fits: (e) => e.status.startsWith('PAUS')},
    delete: {what: 'Delete', does: 'Their histories and all their data are gone then. This can’t be taken back.', fits: (e) => e.end},
  };
  const most = 1000; // that one act is for

  // actOnAll asks what is to be done with all that match, and shows with which.
  async function actOnAll() {
    act.disabled = true;
    try {
      const found = [];
      for (let marker = ''; ;) {
        const page = await get('executions', {...filter, marker});
        found.push(...page.rows);
        marker = page.next;
        if (!marker || found.length >= most) break;
      }
      found.length = Math.min(found.length, most);
      const preview = h('div', {role: 'status'});
      const choose = h('select', {required: true, onchange: show}, h('option', {value: ''}, 'choose…'), Object.entries(acts).map(([key, a]) => h('option', {value: key}, a.what)));
      const fitting = () => found.filter(acts[choose.value].fits);
      function show() {
        if (!choose.value) { replace(preview); return; }
        const list = fitting(), rest = found.length - list.length;
        replace(preview, h('p', {}, `${list.length.toLocaleString('en')} of ${found.length === most ? 'the newest ' : ''}${found.length.toLocaleString('en')} executions${rest ? '; the others are not in a state for that' : ''}. ${acts[choose.value].does}`),
          h('ul', {class: 'preview'}, list.slice(0, 12).map((e) => h('li', {}, name(e.name), ' ', h('span', {class: 'quiet'}, e.function), ' ', status(e.status))), list.length > 12 ? h('li', {class: 'quiet'}, `and ${(list.length - 12).toLocaleString('en')} more`) : null));
      }
      if (!await confirmBox('Act on all of these?', `${found.length.toLocaleString('en')} executions match${found.length === most ? ', or more: it is for the newest' : ''}.`, 'Do it', [h('label', {class: 'field'}, 'What to do', choose), preview])) return;
      await carryOut(choose.value, fitting());
    } catch (error) { toast(error.message, true); } finally { act.disabled = false; }
  }

  async function carryOut(path, list) {
    let done = 0;
    const failed = [];
    for (const e of list) {
      try { await post(path, {ARN: e.arn}); } catch (error) { failed.push(`${e.name}: ${error.message}`); }
      if (++done % 25 === 0) toast(`${done} of ${list.length}…`);
    }
    toast(failed.length ? `${list.length - failed.length} of ${list.length} done; ${failed[0]}` : `${list.length} done.`, failed.length > 0);
    load('');
  }

  // The stream tells of each execution whether the texts are in it, so other texts need another one.
  let stop = () => {}, heard = null;
  function listen() {
    const wants = Object.fromEntries(texts.map((key) => [key, filter[key]])), key = JSON.stringify(wants);
    if (key === heard) return;
    heard = key;
    stop();
    stop = follow('executions/stream', wants, (message) => {
      if (message.refresh) { load(''); return; }
      for (const data of message.rows ?? []) put(data, true);
      tell();
    }, () => load(''));
  }
  listen();
  const tick = setInterval(() => {
    for (const cell of body.querySelectorAll('td[data-since]')) setText(cell, span(now() - Number(cell.dataset.since)));
  }, 1000);
  return () => { stop(); clearInterval(tick); clearTimeout(timer); asked++; };
}
