// The page of one execution. Its stream tells all; this puts each part in its place.
import {append, clock, confirmBox, h, moment, name, now, replace, setText, size, span, status, toast, when} from './dom.mjs';
import {follow, get, post} from './api.mjs';
import {compareAddress} from './compare.mjs';
import {copy, showCommands} from './commands.mjs';
import {pretty} from './json.mjs';
import {Diagram} from './diagram.mjs';
import {Rows} from './rows.mjs';
import {Timeline, stateText} from './timeline.mjs';
import {Waits} from './waits.mjs';

export function executionPage(main, parameters) {
  const arn = parameters.get('arn') ?? '';
  let head = null, overlay = null, diagrams = [], shown = null, closed = false, described = false;
  const events = [], logs = [];

  // The head: what it is, how it stands, what can be done.
  const title = h('h1', {}), badge = h('span', {}), facts = h('p', {class: 'facts'}), sentence = h('p', {class: 'sentence', role: 'status'}), activity = h('p', {class: 'sentence', role: 'status', hidden: true}), pinned = h('p', {class: 'quiet', hidden: true});
  const again = h('a', {class: 'button', hidden: true}, 'Start again…');
  const commands = h('button', {type: 'button', hidden: true, 'aria-haspopup': 'dialog', onclick: () => showCommands(arn, head)}, 'Commands…');
  const versus = h('button', {type: 'button', hidden: true, 'aria-haspopup': 'dialog', onclick: compareIt}, 'Compare…');
  const saved = h('a', {class: 'button', hidden: true, download: '', href: '/api/history?arn=' + encodeURIComponent(arn), title: 'One event a line, as durablegen history --json prints them'}, 'Save history');
  const pause = h('button', {type: 'button', hidden: true, onclick: pauseIt}, 'Pause…');
  const resume = h('button', {type: 'button', hidden: true, onclick: resumeIt}, 'Resume');
  const remove = h('button', {type: 'button', class: 'danger', hidden: true, onclick: removeIt}, 'Delete…');
  const stop = h('button', {type: 'button', class: 'danger', hidden: true, onclick: stopIt}, 'Stop…');
  const waits = new Waits(arn, (w) => openOperation(w.id));
  const data = h('section', {class: 'card data', 'aria-label': 'Input and outcome'});

  // The diagram.
  const tabs = h('div', {class: 'tabs', role: 'tablist', 'aria-label': 'Diagrams'});
  const canvas = h('div', {class: 'canvases'});
  const about = h('div', {class: 'about', role: 'status'});
  const detail = h('select', {'aria-label': 'How much is drawn', onchange: () => { localStorage.setItem('durablegen detail', detail.value); describe(); }},
    ['overview', 'normal', 'full'].map((d) => h('option', {value: d, '.selected': d === (localStorage.getItem('durablegen detail') ?? 'normal')}, d)));
  const zoom = (factor) => () => { if (shown) shown.setZoom(factor ? Math.min(3, Math.max(0.2, (shown.zoom || shown.scale || 1) * factor)) : 0); };
  const picture = h('section', {class: 'card flush picture', 'aria-label': 'Diagram'},
    h('div', {class: 'bar-top'}, tabs, h('span', {class: 'spring'}), detail,
      h('div', {class: 'zoom', role: 'group', 'aria-label': 'Zoom'},
        h('button', {type: 'button', class: 'quiet small', 'aria-label': 'smaller', onclick: zoom(1 / 1.25)}, '−'),
        h('button', {type: 'button', class: 'quiet small', onclick: zoom(0)}, 'Fit'),
        h('button', {type: 'button', class: 'quiet small', 'aria-label': 'larger', onclick: zoom(1.25)}, '+'))),
    canvas, about,
    h('p', {class: 'legend'}, [['ok', '✓ succeeded'], ['waiting', '⏳ under way'], ['failed', '✗ failed'], ['caught', '✗ failed, and caught'], ['undone', '↩ undone'], ['left', 'left behind'], ['untold', 'perhaps; the history does not tell'], ['pale', 'not reached']].map(([kind, text]) => h('span', {class: `key k-${kind}`}, text)), h('span', {class: 'key'}, '↻ tried again')));

  // Below: operations, events, logs.
  const timeline = new Timeline((o) => openOperation(o.id));
  const eventRows = new Rows({label: 'Events', height: 26, tallest: 22, open: openEvent, draw: (e) => h('div', {class: 'event', title: e.text || null},
    h('span', {class: 'num n'}, e.n), h('span', {class: 'num at'}, moment(e.time, head?.start)), h('span', {class: `type ${/Failed|TimedOut/.test(e.type) ? 'bad' : ''}`}, e.type), h('span', {}, e.name ? name(e.name) : null), h('span', {class: 'text'}, e.text ?? ''))});
  const logRows = new Rows({label: 'Log lines', height: 24, tallest: 22, open: openLine, draw: (l) => h('div', {class: `log l-${(l.level ?? '').toLowerCase()}`, title: l.text},
    h('span', {class: 'num at'}, moment(l.time, head?.start)), h('span', {class: 'level'}, l.level ?? (l.stderr ? 'stderr' : '')), h('span', {}, l.operation ? name(l.operation) : null, l.attempt > 1 ? ` ×${l.attempt}` : ''), h('span', {class: 'text'}, l.text))});
  logRows.stick = true;
  const side = h('aside', {class: 'side', 'aria-label': 'Details', hidden: true, onkeydown: (e) => { if (e.key === 'Escape') closeSide(); }});
  const parts = {
    timeline: {label: 'Timeline', body: timeline.element, count: () => timeline.operations.size},
    events: {label: 'Events', body: h('div', {}, eventRows.element), count: () => events.length},
    logs: {label: 'Logs', body: h('div', {}, logRows.element, h('p', {class: 'quiet'}, 'Lines that functions wrote since this service was started; the latest 2,000.')), count: () => logs.length},
  };
  // What is looked for in events and logs: rows that do not hold it are left out.
  const sought = h('input', {type: 'search', class: 'sought', 'aria-label': 'Show rows that contain', placeholder: 'contains…', autocomplete: 'off', spellcheck: 'false', oninput: seek});
  const found = h('span', {class: 'quiet found', role: 'status'});
  const holds = (row, text) => [row.type, row.name, row.text, row.operation, row.level].some((t) => t?.toLowerCase().includes(text));
  const matching = (rows) => { const text = sought.value.trim().toLowerCase(); return text ? rows.filter((row) => holds(row, text)) : rows; };
  function seek() {
    const list = {events, logs}[part];
    if (!list) return;
    const rows = matching(list);
    ({events: eventRows, logs: logRows})[part].set(rows, () => false);
    setText(found, rows === list ? '' : `${rows.length.toLocaleString('en')} of ${list.length.toLocaleString('en')}`);
  }
  let part = '';
  const partTabs = h('div', {class: 'tabs', role: 'tablist', 'aria-label': 'What has happened'});
  for (const [key, part] of Object.entries(parts)) {
    part.tab = h('button', {type: 'button', role: 'tab', id: `tab-${key}`, 'data-key': key, 'aria-controls': `part-${key}`, onclick: () => choosePart(key)}, part.label, ' ', part.number = h('span', {class: 'number'}));
    part.panel = h('div', {role: 'tabpanel', id: `part-${key}`, 'aria-labelledby': `tab-${key}`, hidden: true}, part.body);
    partTabs.append(part.tab);
  }
  arrows(partTabs);
  arrows(tabs);
  const record = h('section', {class: 'card flush record', 'aria-label': 'What has happened'}, h('div', {class: 'bar-top'}, partTabs, h('span', {class: 'spring'}), timeline.controls, found, sought),
    h('div', {class: 'split'}, h('div', {class: 'wide'}, Object.values(parts).map((p) => p.panel)), side));

  replace(main,
    h('nav', {class: 'crumbs', 'aria-label': 'Where this is'}, h('a', {href: '/'}, 'Executions')),
    h('div', {class: 'head'}, h('div', {}, h('div', {class: 'title'}, title, badge), facts), h('div', {class: 'buttons'}, again, versus, commands, saved, pause, resume, stop, remove)),
    sentence, activity, pinned,
    h('div', {class: 'grid'}, picture, h('div', {class: 'column'}, waits.element, data)),
    record);
  choosePart(parameters.get('part') in parts ? parameters.get('part') : 'timeline');
  document.title = 'Execution · durablegen';

  function choosePart(key) {
    part = key;
    sought.hidden = found.hidden = key === 'timeline';
    timeline.controls.hidden = key !== 'timeline';
    seek();
    for (const [k, part] of Object.entries(parts)) {
      part.tab.setAttribute('aria-selected', String(k === key));
      part.tab.tabIndex = k === key ? 0 : -1;
      part.panel.hidden = k !== key;
    }
    const address = new URL(location.href);
    if (key === 'timeline') address.searchParams.delete('part'); else address.searchParams.set('part', key);
    history.replaceState(null, '', address.pathname + address.search);
    closeSide();
    ({timeline: timeline.rows, events: eventRows, logs: logRows})[key].paint();
  }

  async function describe() {
    try {
      const answer = await get('execution', {arn, detail: detail.value});
      if (closed) return;
      const before = shown?.drawing.key;
      for (const d of diagrams) d.close();
      diagrams = answer.drawings.map((d) => Object.assign(new Diagram(d, (id, node) => openNode(d.key, id, node)), {detail: answer.detail}));
      picture.hidden = diagrams.length === 0;
      document.querySelector('.grid')?.classList.toggle('alone', diagrams.length === 0);
      replace(tabs, diagrams.map((d) => d.tab = h('button', {type: 'button', role: 'tab', onclick: () => showDiagram(d)}, d.drawing.name, d.mark = h('span', {class: 'mark'}))));
      tabs.hidden = diagrams.length < 2;
      showDiagram(diagrams.find((d) => d.drawing.key === before) ?? diagrams[0]);
      restyle();
      if (!described) {
        described = true;
        dataKey = ''; // places lead to an editor now
        if (head) showHead();
        openWaited();
      }
    } catch (error) {
      replace(main, h('div', {class: 'card note'}, h('h1', {}, 'There is no such execution'), h('p', {}, error.message), h('a', {href: '/'}, 'All executions')));
    }
  }

  function showDiagram(d) {
    if (!d) return;
    shown = d;
    for (const other of diagrams) { other.tab.setAttribute('aria-selected', String(other === d)); other.tab.tabIndex = other === d ? 0 : -1; }
    replace(canvas, d.element);
    replace(about);
    d.ready.then(() => { if (d.svg && shown === d) { d.fit(); d.before.clear(); d.style(d.looks, d.edges); } });
  }

  function restyle() {
    if (!overlay) return;
    for (const d of diagrams) {
      const looks = overlay.looks[d.drawing.key] ?? {};
      const edges = overlay.edges[d.drawing.key]?.[d.detail] ?? {};
      if (d === shown) d.style(looks, edges); else Object.assign(d, {looks, edges});
      const state = overlay.states[d.drawing.key];
      setText(d.mark, {waiting: '⏳', succeeded: '✓'}[state] ?? (state ? '✗' : ''));
      d.tab.title = state ?? 'not reached';
    }
  }

  // place names a line of a diagram's files, as a link into an editor where there is one.
  function place(at, key = '') {
    const [, file, line] = /^(.*):(\d+)$/.exec(at) ?? [], editor = diagrams.find((d) => d.drawing.key === key)?.drawing.editor;
    return editor && line ? h('a', {class: 'place', href: editor.replace('{name}', encodeURIComponent(file)).replace('{line}', line), title: 'Open in the editor'}, at) : h('span', {class: 'place'}, at);
  }

  function openNode(key, id, node) {
    const look = overlay?.looks[key]?.[id] ?? {};
    const own = [...timeline.operations.values()].filter((o) => o.view === key && o.node === id);
    const call = diagrams.find((d) => node.call && d.drawing.key === node.call);
    shown.reveal(id);
    replace(about, h('p', {}, h('strong', {}, node.title), ' ', h('span', {class: 'quiet'}, node.kind), look.title ? ` — ${look.title}` : ''),
      node.doc ? h('p', {class: 'quiet'}, node.doc) : null,
      node.place ? h('p', {class: 'source'}, place(node.place, key), ' ', h('code', {}, node.line)) : null,
      h('div', {class: 'buttons'},
        own.slice(0, 8).map((o) => h('button', {type: 'button', class: 'quiet small', onclick: () => openOperation(o.id)}, own.length > 1 ? `${o.name}: ${stateText(o)}` : 'Details')),
        own.length > 8 ? h('span', {class: 'quiet'}, `and ${own.length - 8} more in the timeline`) : null,
        call ? h('button', {type: 'button', class: 'quiet small', onclick: () => { showDiagram(call); call.tab.focus(); }}, `Diagram of ${call.drawing.name}`) : null));
  }

  async function openOperation(id) {
    let o = timeline.operations.get(id);
    if (!o) o = [...timeline.operations.values()].filter((x) => id.startsWith(x.id)).sort((a, b) => b.id.length - a.id.length)[0];
    if (!o) return;
    choosePart('timeline');
    timeline.reveal(o.id);
    opened(o.id);
    const d = diagrams.find((x) => x.drawing.key === o.view);
    if (d && o.node) { if (d !== shown) showDiagram(d); d.ready.then(() => d.reveal(o.node)); }
    const body = h('div', {class: 'loading'}, 'Loading…');
    openSide(o.name, [
      h('dl', {class: 'pairs'},
        h('dt', {}, 'State'), h('dd', {}, timeline.left(o) ? 'left behind: it had not ended when what it is a part of did' : `${stateText(o)}${o.note ? `: ${o.note}` : ''}`),
        h('dt', {}, 'Kind'), h('dd', {}, o.kind, o.sub && o.sub.toLowerCase() !== o.kind ? ` (${o.sub})` : ''),
        o.place ? [h('dt', {}, 'Where'), h('dd', {}, place(o.place, o.view))] : null,
        h('dt', {}, 'ID'), h('dd', {}, h('code', {class: 'break'}, o.id)),
        h('dt', {}, 'Started'), h('dd', {}, when(o.start, true)),
        o.end ? [h('dt', {}, 'Ended'), h('dd', {}, when(o.end, true), `, after ${span(o.end - o.start)}`)] : null,
        timeline.copied(o) ? [h('dt', {}, 'Record'), h('dd', {}, 'of ', link(head.repeats), ': it did not run here')] : null),
      head?.end && !head.undoes ? h('div', {class: 'buttons'}, h('button', {type: 'button', class: 'small', 'aria-haspopup': 'dialog', onclick: () => rerunFrom(o)}, 'Run again from here…')) : null,
      o.attempts?.length > 1 ? [h('h3', {}, 'Attempts'), h('ol', {class: 'attempts'}, o.attempts.map((a) => h('li', {class: a.state}, `${a.state === 'not-yet' ? 'not yet' : a.state} at ${clock(a.end || a.start, true)}${a.end ? `, after ${span(a.end - a.start)}` : ''}`, a.error ? h('div', {class: 'error'}, a.error) : null)))] : null,
      body]);
    try {
      const {events: found, child} = await get('operation', {arn, id: o.id});
      replace(body, child ? h('p', {}, 'It has invoked ', link(child), '.') : null, found.filter((e) => e.input || e.result || e.error).slice(-20).map((e) => h('section', {},
        h('h3', {}, e.type, ' ', h('span', {class: 'quiet'}, clock(e.time, true))),
        e.input ? payload('Input', e.input) : null, e.result ? payload('Result', e.result) : null, e.error ? failure(e.error) : null)),
      lines(o));
      if (!body.childNodes.length) append(body, [h('p', {class: 'quiet'}, 'No data is on record.')]);
      body.className = '';
    } catch (error) { setText(body, error.message); }
  }

  function lines(o) {
    const own = logs.filter((l) => l.operation === o.name || o.place && l.operation === o.name.replace(/\[.*$/, '')).slice(-20);
    return own.length ? [h('h3', {}, 'Log'), h('pre', {class: 'code wrap'}, own.map((l) => `${clock(l.time)} ${l.text}\n`))] : null;
  }

  async function openEvent(e) {
    const body = h('div', {}, 'Loading…');
    openSide(`Event ${e.n}`, [h('p', {class: 'quiet'}, e.type), body]);
    try { replace(body, payload('JSON', {text: (await get('text', {arn, ref: `event/${e.n}`})).text}, true)); } catch (error) { setText(body, error.message); }
  }

  function openLine(l) {
    openSide('Log line', [h('dl', {class: 'pairs'}, h('dt', {}, 'Written'), h('dd', {}, when(l.time, true)), l.level ? [h('dt', {}, 'Level'), h('dd', {}, l.level)] : null,
      l.operation ? [h('dt', {}, 'Operation'), h('dd', {}, name(l.operation), l.attempt ? `, attempt ${l.attempt}` : '')] : null, l.request ? [h('dt', {}, 'Invocation'), h('dd', {}, h('code', {class: 'break'}, l.request))] : null),
    h('pre', {class: 'code wrap'}, l.text)]);
  }

  // opened puts the operation whose details are open into the page's address.
  let waited = parameters.get('operation') ?? ''; // opened once it is told of
  function openWaited() {
    if (!waited || !described || !timeline.operations.has(waited)) return;
    const id = waited;
    waited = '';
    openOperation(id);
  }
  function opened(id) {
    const address = new URL(location.href);
    if (id) address.searchParams.set('operation', id); else address.searchParams.delete('operation');
    history.replaceState(null, '', address.pathname + address.search);
  }

  let before = null; // what had the focus
  function openSide(heading, content) {
    if (side.hidden) before = document.activeElement;
    replace(side, h('div', {class: 'side-top'}, h('h2', {}, name(heading)), h('button', {type: 'button', class: 'quiet small', 'aria-label': 'Close details', onclick: closeSide}, '✕')), content);
    side.hidden = false;
    side.scrollTop = 0;
  }
  function closeSide() {
    if (side.hidden) return;
    side.hidden = true;
    opened('');
    if (before?.isConnected) before.focus();
  }
  const escape = (event) => { if (event.key === 'Escape' && !document.querySelector('dialog[open]')) closeSide(); };
  document.addEventListener('keydown', escape);

  // payload shows a text, cut, with a button that gets all of it.
  function payload(label, text, whole) {
    let raw = text.text;
    const body = h('pre', {class: 'code wrap payload'}, text.all ? text.text : pretty(text.text));
    const all = text.all && !whole ? h('button', {type: 'button', class: 'quiet small', onclick: async () => {
      try {
        const full = (await get('text', {arn, ref: text.all})).text;
        raw = full;
        replace(body, full.length > 2_000_000 ? full.slice(0, 2_000_000) + '\n… the rest is too much for a page' : pretty(full));
        all.remove();
      } catch (error) { toast(error.message, true); }
    }}, `Show all ${size(text.size)}`) : null;
    return h('div', {class: 'payload-box'}, h('div', {class: 'payload-top'}, h('h4', {}, label), h('button', {type: 'button', class: 'quiet small', 'aria-label': `Copy ${label.toLowerCase()}`, onclick: () => copy(raw)}, 'Copy')), body, all);
  }

  function failure(e) {
    return h('div', {class: 'failure'}, h('p', {class: 'error'}, h('strong', {}, e.type || 'Error')),
      e.message?.text ? payload('Message', e.message) : null, e.data && e.data.text !== '{}' ? payload('Data', e.data) : null,
      e.place ? [h('h4', {}, 'Where'), h('p', {class: 'where'}, place(e.place.at), ' ', h('code', {}, e.place.line))] : null,
      e.stack ? h('details', {}, h('summary', {}, 'Stack trace'), payload('Stack', e.stack)) : null);
  }

  async function stopIt() {
    const reason = h('input', {autocomplete: 'off', maxlength: 500});
    if (!await confirmBox('Stop the execution?', 'It ends at once, as stopped. What it has done stays done: nothing is undone.', 'Stop', h('label', {class: 'field'}, 'Reason (may be left empty)', reason))) return;
    try { await post('stop', {ARN: arn, Message: reason.value}); toast('Stopped.'); } catch (error) { toast(error.message, true); }
  }

  async function pauseIt() {
    const reason = h('input', {autocomplete: 'off', maxlength: 500});
    if (!await confirmBox('Pause the execution?', 'Nothing is invoked until you resume it. Waits and callbacks go on; its timeout does not.', 'Pause', h('label', {class: 'field'}, 'Reason (may be left empty)', reason))) return;
    try { await post('pause', {ARN: arn, Reason: reason.value}); toast('It pauses.'); } catch (error) { toast(error.message, true); }
  }
  async function resumeIt() {
    try { await post('resume', {ARN: arn}); toast('Resumed.'); } catch (error) { toast(error.message, true); }
  }
  async function removeIt() {
    if (!await confirmBox('Delete the execution?', 'Its history and all its data are gone then. This can’t be taken back.', 'Delete')) return;
    try { await post('delete', {ARN: arn}); location.href = '/'; } catch (error) { toast(error.message, true); }
  }

  async function compareIt() {
    try {
      const {rows} = await get('executions', {function: head.function});
      const others = [...(head.repeats ? [{...head.repeats, status: ''}] : []), ...rows.filter((e) => e.arn !== arn && e.arn !== head.repeats?.arn)];
      if (!others.length) { toast('There is no other execution of this workflow.'); return; }
      const choose = h('select', {}, others.map((e) => h('option', {value: e.arn}, e.status ? `${e.name} · ${e.status.toLowerCase()} · ${clock(e.start)}` : `${e.name}, which it runs again`)));
      if (await confirmBox('Compare with which?', 'The newest of the same workflow are here; any two can be chosen in the list.', 'Compare', h('label', {class: 'field'}, 'Execution', choose))) {
        document.dispatchEvent(new CustomEvent('durablegen-go', {detail: compareAddress(choose.value, arn)}));
      }
    } catch (error) { toast(error.message, true); }
  }

  async function rerunFrom(o) {
    const undone = [...timeline.operations.values()].filter((u) => u.undone && u.end && u.end <= o.start).map((u) => u.name);
    const warning = undone.length ? h('p', {class: 'note-bad'}, `Since then, this has been undone, and is on record as done in the new one: ${undone.slice(0, 5).join(', ')}${undone.length > 5 ? `, and ${undone.length - 5} more` : ''}.`) : null;
    if (!await confirmBox('Run again from here?', `Another execution begins with the record of all that had ended when ${o.name} began, and goes on from there: ${o.name}, and what comes after it, runs again. What was under way beside it begins anew, and a callback that was open gets another ID.`, 'Run again', warning)) return;
    try {
      const {arn: to, name: as, anew} = await post('rerun', {ARN: arn, From: o.id});
      toast(`Started as ${as}.${anew.length ? ` Begins anew: ${anew.slice(0, 5).join(', ')}${anew.length > 5 ? `, and ${anew.length - 5} more` : ''}.` : ''}`);
      document.dispatchEvent(new CustomEvent('durablegen-go', {detail: `/execution?arn=${encodeURIComponent(to)}`}));
    } catch (error) { toast(error.message, true); }
  }

  const link = (other) => h('a', {href: `/execution?arn=${encodeURIComponent(other.arn)}`}, name(other.name));
  const neighbour = (how, other) => other ? [h('h2', {}, how), h('p', {}, link(other))] : null;
  let dataKey = '';
  function showHead() {
    setText(title, head.name);
    document.title = `${head.name} · ${head.status.toLowerCase()} · durablegen`;
    replace(badge, status(head.status));
    stop.hidden = Boolean(head.end);
    pause.hidden = head.status !== 'RUNNING';
    resume.hidden = !head.status.startsWith('PAUS');
    remove.hidden = !head.end;
    pinned.hidden = !head.version;
    setText(pinned, head.version ? `It began on version ${head.version} of its function, and ends on it. The diagram and the places are of the text as it is now.` : '');
    activity.hidden = !head.activity;
    setText(activity, head.activity ? `It ${head.activity}`.replace(/^It (its|\d)/, (_, word) => word === 'its' ? 'Its' : word) + '.' : '');
    versus.hidden = again.hidden = commands.hidden = saved.hidden = false;
    again.href = `/start?function=${encodeURIComponent(head.function)}&again=${encodeURIComponent(arn)}`;
    const key = JSON.stringify([head.input, head.result, head.error, head.before, head.after, head.parent, head.undoes, head.repeats]);
    if (key !== dataKey) {
      dataKey = key;
      replace(data, head.error ? [h('h2', {}, 'Error'), failure(head.error)] : null, head.result ? [h('h2', {}, 'Result'), payload('Result', head.result)] : null,
        neighbour('Goes on as', head.after), neighbour('Goes on from', head.before), neighbour('Invoked by', head.parent), neighbour('Undoes', head.undoes),
        head.repeats ? [h('h2', {}, 'Runs again'), h('p', {}, link(head.repeats), ' from ', h('code', {}, head.from), ' on: what had ended before is its record, and did not run here.')] : null,
        h('h2', {}, 'Input'), head.input ? payload('Input', head.input) : h('p', {class: 'quiet'}, 'none'));
    }
    showFacts();
  }
  function showFacts() {
    if (!head) return;
    const text = `${head.function}${head.version ? `, version ${head.version}` : ''} · started ${clock(head.start)}${head.end ? ` · ended ${clock(head.end)}` : ''} · ${head.end ? 'took' : 'for'} ${span((head.end || now()) - head.start)} · UTC`;
    setText(facts, text);
  }

  function tell(message) {
    for (const e of message.events ?? []) events.push(e);
    if (message.more) return;
    if (message.logs) logs.push(...message.logs);
    if (message.head) { head = message.head; showHead(); }
    if (message.overlay) {
      overlay = message.overlay;
      quoted(sentence, overlay.sentence + (overlay.strange ? ` The history has operations that the program does not: ${overlay.strange.slice(0, 5).join(', ')}. Is it of another version?` : ''));
      sentence.hidden = !overlay.sentence || Boolean(head?.end && head?.error);
      restyle();
    }
    if (message.operations || message.head) timeline.update(message.operations ?? [], head);
    if (message.events && part !== 'events') eventRows.set(matching(events), () => false);
    if (message.logs && part !== 'logs') logRows.set(matching(logs), () => false);
    seek();
    if (message.waits) waits.update(message.waits, message.moreWaits ?? 0, Boolean(head?.end));
    openWaited();
    for (const part of Object.values(parts)) setText(part.number, part.count().toLocaleString('en'));
  }

  describe();
  const unfollow = follow('execution/stream', {arn}, tell);
  const tick = setInterval(() => { if (head && !head.end) { showFacts(); waits.tick(); timeline.tick(); } }, 1000);
  const resize = () => { if (shown?.svg) shown.fit(); };
  window.addEventListener('resize', resize);
  return () => {
    closed = true;
    unfollow();
    clearInterval(tick);
    window.removeEventListener('resize', resize);
    document.removeEventListener('keydown', escape);
    for (const d of diagrams) d.close();
    for (const r of [timeline, eventRows, logRows]) r.close();
  };
}

// quoted shows what stands between backticks as code.
function quoted(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  replace(element, text.split(/`([^`]*)`/).map((part, i) => i % 2 ? h('code', {}, part) : part));
}

// arrows lets the arrow keys move among tabs.
function arrows(list) {
  list.addEventListener('keydown', (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    const all = [...list.querySelectorAll('[role=tab]')];
    const to = step && all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    if (!to) return;
    to.click();
    to.focus();
    event.preventDefault();
  });
}
