// Asking the server.
import {setNow} from './dom.mjs';

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
// stream that was cut off up again by itself, after the last message that it got.
export function follow(path, parameters, message) {
  const source = new EventSource(`/api/${path}?${query(parameters)}`);
  live('connecting');
  source.onopen = () => live('live');
  source.onmessage = (event) => {
    const data = JSON.parse(event.data);
    setNow(data.now);
    message(data);
  };
  source.onerror = () => live(source.readyState === EventSource.CLOSED ? 'cut off' : 'reconnecting');
  return () => { source.close(); };
}

export function live(state) {
  const box = document.getElementById('live');
  box.className = 'live ' + state.replace(' ', '-');
  if (box.textContent !== state) box.textContent = state;
}
