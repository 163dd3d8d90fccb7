// The pages and the way between them.
import {h, replace, toast} from './dom.mjs';
import {follow, loadSession, refreshSession, session} from './api.mjs';
import {listPage} from './list.mjs';
import {startPage} from './start.mjs';
import {executionPage} from './execution.mjs';
import {comparePage} from './compare.mjs';
import {numbersPage} from './numbers.mjs';
import {followPrograms, programsPage} from './programs.mjs';

const pages = {'/': listPage, '/start': startPage, '/execution': executionPage, '/numbers': numbersPage, '/compare': comparePage, '/programs': programsPage};
const main = document.getElementById('main');
let leave = () => {};
let typed = false; // something on the page would be lost if it were drawn anew
main.addEventListener('input', () => { typed = true; });

function show() {
  leave();
  typed = false;
  const page = pages[location.pathname] ?? listPage;
  for (const link of document.querySelectorAll('[data-nav]')) {
    if (link.dataset.nav === location.pathname) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  main.replaceChildren();
  window.scrollTo(0, 0);
  leave = page(main, new URLSearchParams(location.search)) ?? (() => {});
}

export async function go(address) {
  history.pushState(null, '', address);
  // What is published may have changed since. Whoever has gone on meanwhile is where they went.
  if (/^\/(start)?(\?|$)/.test(address)) await refreshSession().catch(() => {});
  show();
  main.focus({preventScroll: true});
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const address = new URL(link.href, location.href);
  if (address.origin !== location.origin || !pages[address.pathname] || address.hash || link.target) return;
  event.preventDefault();
  go(address.pathname + address.search);
});
document.addEventListener('durablegen-go', (event) => go(event.detail));
window.addEventListener('popstate', show);

const keys = [
  ['/', 'filter the list by name'], ['n', 'start an execution'], ['l', 'to the list'], ['1 2 3', 'timeline, events, logs of an execution'],
  ['↑ ↓ Home End', 'move in a diagram, a timeline, the events or the logs'], ['+ - 0 ← →', 'look closer at a timeline, see more, all, or what is beside'], ['Enter', 'open the row, or the node of a diagram'], ['Esc', 'close what is open'], ['?', 'this help'],
];

function help() {
  const box = h('dialog', {class: 'ask', 'aria-label': 'Keys', onclose: () => box.remove()},
    h('form', {method: 'dialog'}, h('h2', {}, 'Keys'),
      h('dl', {class: 'keys'}, keys.map(([key, what]) => [h('dt', {}, key.split(' ').map((k) => h('kbd', {}, k))), h('dd', {}, what)])),
      h('p', {class: 'quiet'}, 'All times are UTC.'),
      h('div', {class: 'buttons'}, h('button', {}, 'Close'))));
  document.body.append(box);
  box.showModal();
}
document.getElementById('help').addEventListener('click', help);

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select, dialog')) return;
  switch (event.key) {
    case '?': help(); break;
    case 'n': go('/start'); break;
    case 'l': go('/'); break;
    case '/': {
      if (location.pathname !== '/') go('/');
      document.getElementById('filter-name')?.focus();
      break;
    }
    case '1': case '2': case '3':
      document.querySelectorAll('[role=tab][data-key]')[Number(event.key) - 1]?.click();
      break;
    default: return;
  }
  event.preventDefault();
});

// followBuilds says when what is saved can't be built, and, when it was, what that does to
// executions under way. An execution is drawn anew then, unless somebody is filling in a form there.
function followBuilds() {
  const box = document.getElementById('build');
  let known = 0;
  const tell = (bad, title, text) => {
    box.className = bad ? 'build bad' : 'build';
    box.hidden = !text;
    replace(box, text ? [h('div', {class: 'bar-top'}, h('strong', {}, title), h('span', {class: 'spring'}), bad ? null : h('button', {type: 'button', class: 'quiet small', onclick: () => { box.hidden = true; }}, 'Close')), h('pre', {tabindex: 0}, text.trim())] : []);
  };
  follow('build/stream', {}, async ({build, verdict, failure}) => {
    const anew = known && build !== known;
    known = build;
    if (failure) tell(true, 'What was saved last can’t be built. The build before it goes on serving.', failure);
    else tell(false, 'The workflows were built anew. What that does to executions under way:', anew ? verdict : '');
    if (!anew) return;
    await loadSession();
    toast('The workflows were built anew.');
    if (location.pathname === '/execution' && !typed) show();
  });
}

// The token has become a cookie; it need not stay in the address.
const address = new URL(location.href);
if (address.searchParams.has('token')) {
  address.searchParams.delete('token');
  history.replaceState(null, '', address.pathname + address.search);
}

try {
  await loadSession();
  show();
  followBuilds();
  if (session.programs) followPrograms(document.getElementById('programs'));
} catch (error) {
  replace(main, h('div', {class: 'card note'}, h('h1', {}, 'The console can’t be opened'), h('p', {}, error.message)));
  toast(error.message, true);
}
