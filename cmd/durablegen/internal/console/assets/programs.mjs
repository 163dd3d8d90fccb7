// The programs of the outside world: what answers callbacks, and what is a function.
import {h, name, replace, setText, toast, when} from './dom.mjs';
import {follow} from './api.mjs';

let programs = [];
let draw = () => {};

// followPrograms keeps up with the programs, shows the link to their page, and tells of those that have ended.
export function followPrograms(link) {
  const ailing = new Set();
  follow('programs/stream', {}, (message) => {
    programs = message.programs;
    link.hidden = programs.length === 0;
    for (const p of programs) {
      if (p.ailing && !ailing.has(p.name)) toast(`The program ${p.name} has ended: see its page.`, true);
      if (p.ailing) ailing.add(p.name); else ailing.delete(p.name);
    }
    link.classList.toggle('ailing', programs.some((p) => p.ailing));
    draw();
  });
}

export function programsPage(main) {
  document.title = 'Programs · durablegen';
  const shown = new Map(); // by name
  const list = h('div', {class: 'programs'});
  replace(main, h('h1', {}, 'Programs'), h('p', {class: 'quiet'}, 'They answer callbacks, or are functions that workflows invoke, as the answers say.'), list);
  draw = () => {
    for (const [key, card] of shown) {
      if (!programs.some((p) => p.name === key)) { card.element.remove(); shown.delete(key); }
    }
    for (const p of programs) {
      let card = shown.get(p.name);
      if (!card) {
        const state = h('p', {class: 'state', role: 'status'}), since = h('span', {class: 'quiet'}), output = h('pre', {tabindex: 0, 'aria-label': 'What ' + p.name + ' wrote'});
        card = {state, since, output, element: h('section', {class: 'card program'}, h('div', {class: 'bar-top'}, h('h2', {}, name(p.name)), h('span', {class: 'spring'}), since), state, output)};
        shown.set(p.name, card);
        list.append(card.element);
      }
      card.element.classList.toggle('bad', p.ailing === true);
      setText(card.state, p.state);
      replace(card.since, 'since ', when(p.since));
      const atEnd = card.output.scrollTop + card.output.clientHeight >= card.output.scrollHeight - 4;
      setText(card.output, (p.lines ?? []).map((l) => l.text).join('\n'));
      card.output.hidden = !p.lines?.length;
      if (atEnd) card.output.scrollTop = card.output.scrollHeight;
    }
    if (programs.length === 0) replace(list, h('p', {class: 'empty'}, 'There is none.'));
    else list.querySelector(':scope > .empty')?.remove();
  };
  draw();
  return () => { draw = () => {}; };
}
