// Forms made from types. A field knows its value as JSON text, so that no digit of a
// number and no member is lost on the way.
import {h, replace, setText} from './dom.mjs';
import {Digits, parse, pretty, write} from './json.mjs';

let fields = 0;

// valueForm gives a form for a type, which can also be written as JSON. get gives the JSON
// text: what it was given, until somebody changes it.
export function valueForm(type, types, {label = 'value', initial, rows = 8, tells = false} = {}) {
  const id = `json-${++fields}`;
  const json = h('textarea', {id, class: 'code', rows, spellcheck: 'false', 'aria-label': `${label} as JSON`, '.value': initial ?? ''});
  const box = h('div', {class: 'value'});
  let editor = null, edited = false; // edited: json does not hold what the form does
  const asForm = h('button', {type: 'button', class: 'quiet small', 'aria-pressed': 'false', onclick: () => toForm(true)}, 'Form');
  const asJSON = h('button', {type: 'button', class: 'quiet small', 'aria-pressed': 'true', onclick: toJSON}, 'JSON');

  function toForm(tell) {
    let value;
    if (json.value.trim()) {
      try {
        value = parse(json.value);
      } catch (error) {
        if (tell) json.setCustomValidity(`It stays JSON: ${error.message}`), json.reportValidity(), setTimeout(() => json.setCustomValidity(''), 2000);
        return;
      }
    }
    editor = field(type, types, value, label);
    edited = false;
    mark();
    replace(box, editor.element);
    tellSent();
  }
  function toJSON() {
    if (editor) json.value = pretty(text());
    editor = null;
    mark();
    replace(box, json);
    tellSent();
  }
  function mark() {
    asForm.setAttribute('aria-pressed', String(editor !== null));
    asJSON.setAttribute('aria-pressed', String(editor === null));
  }
  const typed = type && type.kind !== 'json';
  // A form says what it makes of what is filled in, before that is sent.
  const told = h('code', {class: 'wrap'}), sent = h('details', {class: 'sent', open: tells}, h('summary', {}, 'What is sent'), told);
  const tellSent = () => { sent.hidden = editor === null; setText(told, editor ? shortened(editor.get() ?? 'nothing') : ''); };
  const text = () => editor && edited ? editor.get() ?? '' : json.value;
  box.addEventListener('input', () => { edited = editor !== null; tellSent(); });
  replace(box, json);
  if (typed) toForm(false);
  return {
    element: h('div', {class: 'value-form'}, typed ? h('div', {class: 'switch', role: 'group', 'aria-label': `How to write the ${label}`}, asForm, asJSON) : null, box, typed ? sent : null),
    get: text,
    isText: () => editor === null,
    set(text) {
      json.value = text;
      const wasForm = editor !== null;
      editor = null;
      if (wasForm) toForm(false);
      if (!editor) toJSON();
    },
    textarea: json,
  };
}

const shortened = (text, length = 4000) => text.length > length ? text.slice(0, length) + '…' : text;

const resolve = (type, types) => type?.kind === 'ref' ? types[type.name] ?? {kind: 'json'} : type ?? {kind: 'json'};

// example gives a value of a type to begin with; what may be left out is.
export function example(type, types, depth = 0) {
  const t = resolve(type, types);
  switch (t.kind) {
    case 'record': return new Map(depth > 6 ? [] : (t.fields ?? []).filter((f) => f.default === undefined && resolve(f.type, types).kind !== 'optional').map((f) => [f.name, example(f.type, types, depth + 1)]));
    case 'list': return depth > 3 ? [] : [example(t.elem, types, depth + 1)];
    case 'map': return new Map();
    case 'enum': return t.values?.[0] ?? '';
    case 'int': case 'float': return new Digits('0');
    case 'bool': return false;
    case 'time': return '2026-01-31T08:30:00Z';
    case 'duration': return '1h';
    case 'string': case 'bytes': return '';
    default: return null;
  }
}

// blank gives what a form begins with that decides nothing for whoever fills it in: what is
// not chosen is not sent. An empty text, list or map is what an empty editor shows.
export function blank(type, types, depth = 0) {
  const t = resolve(type, types);
  switch (t.kind) {
    case 'string': case 'bytes': case 'time': case 'duration': return '';
    case 'record': return new Map(depth > 6 ? [] : (t.fields ?? []).filter((f) => f.default === undefined).map((f) => [f.name, blank(f.type, types, depth + 1)]).filter(([, v]) => v !== undefined));
    case 'map': return new Map();
    case 'list': return [];
    default: return undefined;
  }
}

// fits tells whether the editor of a type can hold a value without losing anything of it;
// what is wrong with it may be what the form is for.
function fits(t, value) {
  if (value == null) return value === undefined || t.kind === 'optional';
  switch (t.kind) {
    case 'string': case 'bytes': case 'time': case 'duration': return typeof value === 'string';
    case 'int': case 'float': return value instanceof Digits;
    case 'bool': return typeof value === 'boolean';
    case 'enum': return (t.values ?? []).includes(value);
    case 'list': return Array.isArray(value);
    case 'record': case 'map': return value instanceof Map;
  }
  return true;
}

// field gives the editor of a value: its element, and get, which gives JSON text or
// undefined for a value that is left out. Until somebody changes it that is the value itself.
function field(type, types, value, label, depth = 0, absent = undefined) {
  const editor = absent === undefined ? editorOf(type, types, value, label, depth) : defaulted(type, types, value, label, depth, absent);
  let touched = false;
  editor.element.addEventListener('input', () => { touched = true; });
  return {element: editor.element, get: () => touched ? editor.get() : value === undefined ? undefined : write(value)};
}

function editorOf(type, types, value, label, depth) {
  const t = resolve(type, types);
  if (depth > 12 || !fits(t, value)) return raw(value, label);
  switch (t.kind) {
    case 'string': case 'bytes': case 'time': case 'duration': return textual(t, value, label);
    case 'int': case 'float': return numeric(t, value, label);
    case 'bool': return yesNo(value, label);
    case 'enum': return choice(t, value, label);
    case 'optional': return choosable(t.elem, types, value, blank(t.elem, types), label, 'optional', depth);
    case 'list': return list(t, types, value, label, depth);
    case 'record': return record(t, types, value, label, depth);
    case 'map': return map(t, types, value, label, depth);
    default: return raw(value, label);
  }
}

// defaulted edits a field that has a default, which is nothing that is sent: without the field
// it holds wherever the value is read.
const defaulted = (type, types, value, label, depth, absent) => choosable(type, types, value, parse(absent), label, `default: ${shortened(absent, 80)}`, depth);

// changed tells those around an element that it holds another value, by no field of its own.
const changed = (element) => element.dispatchEvent(new Event('input', {bubbles: true}));

const labelled = (label, hint, input) => {
  input.id ||= `field-${++fields}`;
  return h('div', {class: 'field'}, h('label', {for: input.id}, label, hint ? h('span', {class: 'hint'}, hint) : null), input);
};

const placeholders = {time: '2026-01-31T08:30:00Z', duration: '1h30m', bytes: 'base64'};

function textual(t, value, label) {
  const long = t.kind === 'string' && typeof value === 'string' && (value.length > 60 || value.includes('\n'));
  const input = h(long ? 'textarea' : 'input', {class: t.kind === 'string' ? null : 'code', placeholder: placeholders[t.kind], autocomplete: 'off', spellcheck: 'false', rows: long ? 3 : null, '.value': value ?? ''});
  return {element: labelled(label, t.kind === 'string' ? 'text' : t.kind, input), get: () => JSON.stringify(input.value)};
}

function numeric(t, value, label) {
  const input = h('input', {inputmode: t.kind === 'int' ? 'numeric' : 'decimal', class: 'code short', autocomplete: 'off', '.value': value?.text ?? ''});
  return {element: labelled(label, t.kind === 'int' ? 'whole number' : 'number', input), get: () => input.value.trim() === '' ? undefined : input.value.trim()};
}

function yesNo(value, label) {
  const input = h('select', {}, [['', 'choose…'], ['true', 'yes'], ['false', 'no']].map(([v, text]) => h('option', {value: v, '.selected': v === String(value ?? '')}, text)));
  return {element: labelled(label, 'yes or no', input), get: () => input.value || undefined};
}

function choice(t, value, label) {
  const none = h('option', {value: '', '.selected': value === undefined}, 'choose…');
  const input = h('select', {}, none, (t.values ?? []).map((v) => h('option', {value: v, '.selected': v === value}, v)));
  return {element: labelled(label, t.name, input), get: () => none.selected ? undefined : JSON.stringify(input.value)};
}

// choosable edits a value that may be left out. first is what it is when it no longer is.
function choosable(type, types, value, first, label, hint, depth) {
  let inner = value == null ? null : field(type, types, value, label, depth + 1);
  const body = h('div', {class: 'inner'});
  const toggle = h('input', {type: 'checkbox', '.checked': inner !== null, oninput: () => {
    inner = toggle.checked ? field(type, types, first, label, depth + 1) : null;
    replace(body, inner?.element);
    body.querySelector('input, textarea, select')?.focus();
  }});
  if (inner) body.append(inner.element);
  return {element: h('div', {class: 'field optional'}, h('label', {class: 'with'}, toggle, `with ${label}`, h('span', {class: 'hint'}, hint)), body), get: () => inner ? inner.get() ?? '""' : undefined}; // what is wanted and not chosen is refused
}

function list(t, types, value, label, depth) {
  const items = [];
  const body = h('ol', {class: 'items'});
  const add = (v) => {
    const item = {editor: field(t.elem, types, v, `${label} ${items.length + 1}`, depth + 1)};
    item.element = h('li', {}, item.editor.element, h('button', {type: 'button', class: 'quiet small', 'aria-label': `remove ${label} ${items.length + 1}`, onclick: () => { items.splice(items.indexOf(item), 1); item.element.remove(); changed(body); }}, 'Remove'));
    items.push(item);
    body.append(item.element);
    return item;
  };
  for (const v of value ?? []) add(v);
  return {
    element: h('fieldset', {}, h('legend', {}, label, h('span', {class: 'hint'}, 'list')), body,
      h('button', {type: 'button', class: 'quiet small', onclick: () => { add(blank(t.elem, types)).element.querySelector('input, textarea, select')?.focus(); changed(body); }}, 'Add one')),
    get: () => `[${items.map((i) => i.editor.get() ?? 'null').join(',')}]`,
  };
}

function map(t, types, value, label, depth) {
  const entries = [];
  const body = h('ol', {class: 'items'});
  const add = (key, v) => {
    const input = h('input', {autocomplete: 'off', spellcheck: 'false', '.value': key});
    const entry = {input, editor: field(t.elem, types, v, 'value', depth + 1)};
    entry.element = h('li', {}, h('div', {class: 'entry'}, labelled('key', '', input), entry.editor.element),
      h('button', {type: 'button', class: 'quiet small', 'aria-label': `remove an entry of ${label}`, onclick: () => { entries.splice(entries.indexOf(entry), 1); entry.element.remove(); changed(body); }}, 'Remove'));
    entries.push(entry);
    body.append(entry.element);
    return entry;
  };
  for (const [key, v] of value ?? []) add(key, v);
  return {
    element: h('fieldset', {}, h('legend', {}, label, h('span', {class: 'hint'}, 'map')), body,
      h('button', {type: 'button', class: 'quiet small', onclick: () => { add('', blank(t.elem, types)).input.focus(); changed(body); }}, 'Add one')),
    get: () => `{${entries.map((e) => `${JSON.stringify(e.input.value)}:${e.editor.get() ?? 'null'}`).join(',')}}`,
  };
}

function record(t, types, value, label, depth) {
  const given = value ?? new Map(), fields = t.fields ?? [];
  const editors = new Map(fields.map((f) => [f.name, field(f.type, types, given.get(f.name), f.name, depth + 1, f.default)]));
  // Members stay in their order, also those that the type does not tell of; what is added
  // comes behind the field that is declared before it.
  const order = [...given.keys()];
  fields.forEach((f, i) => { if (!given.has(f.name)) order.splice(i ? order.indexOf(fields[i - 1].name) + 1 : 0, 0, f.name); });
  return {
    element: h(depth === 0 ? 'div' : 'fieldset', {class: 'record'}, depth === 0 ? null : h('legend', {}, label, h('span', {class: 'hint'}, t.name)),
      fields.map((f) => [editors.get(f.name).element, f.doc ? h('p', {class: 'hint doc'}, f.doc) : null]), fields.length === 0 ? h('p', {class: 'quiet'}, 'It has no fields.') : null),
    get: () => '{' + order.map((key) => [key, editors.has(key) ? editors.get(key).get() : write(given.get(key))])
      .filter(([, text]) => text !== undefined).map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',') + '}',
  };
}

function raw(value, label) {
  const input = h('textarea', {class: 'code', rows: 3, spellcheck: 'false', '.value': value === undefined ? '' : pretty(write(value))});
  return {element: labelled(label, 'JSON', input), get: () => input.value.trim() === '' ? undefined : input.value.trim()};
}

// problemList shows what is wrong with a value; with the places if it is seen as a text.
export function problemList(problems, places) {
  return h('ul', {class: 'problems', role: 'alert'}, problems.map((p) => h('li', {}, places ? [h('span', {class: 'at'}, `${p.line}:${p.column}`), ' '] : null, p.message, p.help ? h('span', {class: 'help'}, ` — ${p.help}`) : null)));
}
