// Building pages. Everything that is shown passes text nodes: no text is ever parsed.

// h makes an element. Of its attributes, `class`, `on…` and properties that start with a
// dot are special; null and false leave one out. Children are nodes, texts, lists, or nothing.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value == null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key.startsWith('.')) element[key.slice(1)] = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child == null || child === false) continue;
    element.append(child instanceof Node ? child : clean(String(child)));
  }
  return element;
}

export function replace(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

// setText changes a text only if it is another one, so that selections survive.
export function setText(element, text) {
  text = clean(String(text ?? ''));
  if (element.textContent !== text) element.textContent = text;
}

// clean makes characters visible that would steer how others are shown: controls, and
// those that turn the direction of writing.
export function clean(text) {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

// name shows a name that somebody chose, apart from the text around it.
export const name = (text, attributes = {}) => h('bdi', {class: 'name', ...attributes}, text);

const pad = (n, width = 2) => String(n).padStart(width, '0');

// clock gives a time of day in UTC, with the day if it is not today's.
export function clock(ms, millis = false) {
  if (!ms) return '';
  const t = new Date(ms);
  const time = `${pad(t.getUTCHours())}:${pad(t.getUTCMinutes())}:${pad(t.getUTCSeconds())}${millis ? '.' + pad(t.getUTCMilliseconds(), 3) : ''}`;
  const today = new Date(now());
  const sameDay = t.getUTCFullYear() === today.getUTCFullYear() && t.getUTCMonth() === today.getUTCMonth() && t.getUTCDate() === today.getUTCDate();
  return sameDay ? time : `${t.getUTCFullYear()}-${pad(t.getUTCMonth() + 1)}-${pad(t.getUTCDate())} ${time}`;
}

// moment gives a time of day to the millisecond, and how many days after a first one it is.
export function moment(ms, first) {
  const t = new Date(ms), days = Math.floor(ms / 86400000) - Math.floor((first ?? ms) / 86400000);
  return `${days > 0 ? `+${days}d ` : ''}${pad(t.getUTCHours())}:${pad(t.getUTCMinutes())}:${pad(t.getUTCSeconds())}.${pad(t.getUTCMilliseconds(), 3)}`;
}

export const when = (ms, millis) => h('time', {datetime: ms ? new Date(ms).toISOString() : null, title: ms ? new Date(ms).toLocaleString() + ' here' : null}, clock(ms, millis));

// span gives a duration as people say it.
export function span(ms) {
  if (ms < 0) ms = 0;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  let s = Math.round(ms / 1000);
  const parts = [];
  for (const [size, unit] of [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']]) {
    const n = Math.floor(s / size);
    if (n > 0) parts.push(`${n} ${unit}`);
    s -= n * size;
  }
  return parts.slice(0, 2).join(' ');
}

export const size = (bytes) => bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

// The service's time may be ahead of this machine's: waits can be skipped.
let ahead = 0;
export function setNow(ms) {
  if (!ms) return;
  ahead = ms - Date.now();
  const box = document.getElementById('ahead');
  if (!box) return;
  box.hidden = ahead < 5000; // clocks of two machines may differ by a little
  setText(box, box.hidden ? '' : `clock ${span(Math.round(ahead / 1000) * 1000)} ahead`);
}
export const now = () => Date.now() + ahead;

const signs = {
  RUNNING: ['●', 'running'], PAUSING: ['‖', 'pausing'], PAUSED: ['‖', 'paused'], SUCCEEDED: ['✓', 'succeeded'], FAILED: ['✗', 'failed'], TIMED_OUT: ['◔', 'timed out'], STOPPED: ['■', 'stopped'],
};
export const statuses = Object.keys(signs);
export const statusText = (status) => (signs[status] ?? ['', String(status).toLowerCase()])[1];
export function status(value) {
  const [sign, text] = signs[value] ?? ['?', String(value).toLowerCase()];
  return h('span', {class: 'status s-' + text.replace(' ', '-')}, h('span', {'aria-hidden': 'true'}, sign), ' ' + text);
}

let toastTimer;
export function toast(text, bad = false) {
  const box = document.getElementById('toast');
  box.className = bad ? 'shown bad' : 'shown';
  setText(box, text);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.className = ''; }, bad ? 8000 : 4000);
}

// confirmBox asks before something that can't be taken back.
export function confirmBox(title, text, action, body) {
  return new Promise((done) => {
    const box = h('dialog', {class: 'ask', 'aria-label': title, onclose: () => { box.remove(); done(box.returnValue === 'yes'); }},
      h('form', {method: 'dialog'},
        h('h2', {}, title), h('p', {}, text), body,
        h('div', {class: 'buttons'}, h('button', {value: 'no', class: 'quiet', formnovalidate: true}, 'Cancel'), h('button', {value: 'yes', class: 'danger'}, action))));
    document.body.append(box);
    box.showModal();
  });
}
