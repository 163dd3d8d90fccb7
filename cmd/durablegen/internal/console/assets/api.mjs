// Asking the server.
import {setNow, toast} from './dom.mjs';

export const session = {csrf: '', functions: [], canSkip: false};

export async function loadSession() {
  Object.assign(session, await get('session'));
  setNow(session.now);
}

async function read(response) {
  const text = await response.text();
  let body;
  try { body = JSON.parse(text); } catch { body = {error: text.trim()}; }
  if (!response.ok) throw new Error(body.error || `The server answered ${response.status}.`);
  if (body.now) setNow(body.now);
  return body;
}

const query = (parameters) => new URLSearchParams(Object.entries(parameters).filter(([, v]) => v)).toString();

export const get = async (path, parameters = {}, signal) => read(await fetch(`/api/${path}?${query(parameters)}`, {signal}));

export const post = async (path, body) => read(await fetch(`/api/${path}`, {
  method: 'POST',
  headers: {'Content-Type': 'application/json', 'X-Durablegen-Csrf': session.csrf},
  body: JSON.stringify(body),
}));

// follow listens to a stream until the returned function is called. A browser takes a
// stream that was cut off up again by itself, after the last message that it got. A page
// that nobody sees lets go of its stream: browsers have few connections to a server.
export function follow(path, parameters, message) {
  let source = null, last = '', timer;
  const open = () => {
    if (source) return;
    live('connecting');
    source = new EventSource(`/api/${path}?${query({...parameters, after: last})}`);
    source.onopen = () => live('live');
    source.onmessage = (event) => {
      last = event.lastEventId;
      const data = JSON.parse(event.data);
      setNow(data.now);
      message(data);
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) { live('reconnecting'); return; }
      live('cut off');
      toast('The server does not know this page any more. If it was started again, open the address that it printed.', true);
    };
  };
  const close = () => { source?.close(); source = null; };
  const turned = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(close, 5000); else open();
  };
  document.addEventListener('visibilitychange', turned);
  open();
  return () => { clearTimeout(timer); document.removeEventListener('visibilitychange', turned); close(); };
}

export function live(state) {
  const box = document.getElementById('live');
  box.className = 'live ' + state.replace(' ', '-');
  if (box.textContent !== state) box.textContent = state;
}
