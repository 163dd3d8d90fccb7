// Asking the server.
import {setNow, toast} from './dom.mjs';

export const session = {csrf: '', functions: [], canSkip: false, endpoint: ''};

// Pages of one address tell each other that a start of the server has let one of them
// in: its cookie is that of all, so those that an earlier start knew go on with it.
const pages = new BroadcastChannel('durablegen');

// refreshSession asks for what there is now.
export async function refreshSession() {
  Object.assign(session, await get('session'));
  setNow(session.now);
}

export async function loadSession() {
  await refreshSession();
  pages.postMessage('let in');
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
// begun is called when a stream begins with what happens from now on.
export function follow(path, parameters, message, begun) {
  let source = null, last = '', timer;
  const open = () => {
    if (source) return;
    live('connecting');
    source = new EventSource(`/api/${path}?${query({...parameters, after: last})}`);
    source.onopen = () => { live('live'); if (!last) begun?.(); };
    source.onmessage = (event) => {
      last = event.lastEventId;
      const data = JSON.parse(event.data);
      setNow(data.now);
      message(data);
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) { live('reconnecting'); return; }
      live('cut off');
      toast('The server does not know this page any more. If it was started again, open the address that it printed: this page then goes on.', true);
    };
  };
  const close = () => { source?.close(); source = null; };
  const turned = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(close, 5000); else open();
  };
  const letIn = () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    refreshSession().then(() => { close(); open(); }, () => { /* not this page */ });
  };
  document.addEventListener('visibilitychange', turned);
  pages.addEventListener('message', letIn);
  open();
  return () => { clearTimeout(timer); document.removeEventListener('visibilitychange', turned); pages.removeEventListener('message', letIn); close(); };
}

export function live(state) {
  const box = document.getElementById('live');
  box.className = 'live ' + state.replace(' ', '-');
  if (box.textContent !== state) box.textContent = state;
}
