// What an execution waits for, and what can be done about it. A card stays as it is
// while its wait goes on, so that what somebody types in it is not lost.
import {append, clock, confirmBox, h, name, now, replace, setText, span, toast} from './dom.mjs';
import {get, post} from './api.mjs';
import {write} from './json.mjs';
import {blank, problemList, valueForm} from './form.mjs';

const whys = {
  answer: 'waits for an answer', time: 'waits for time to pass', retry: 'has failed and is tried again', check: 'is asked again until it is so', function: 'waits for a function', step: 'runs',
};

export class Waits {
  constructor(arn, show) {
    this.arn = arn;
    this.show = show;
    this.cards = new Map();
    this.list = h('div', {class: 'waits'});
    this.note = h('p', {class: 'quiet'});
    this.element = h('section', {class: 'card', 'aria-label': 'Waiting for', id: 'waiting'}, h('h2', {}, 'Waiting for'), this.list, this.note);
  }

  update(waits, more, ended) {
    const seen = new Set(waits.map((w) => w.id));
    for (const [id, card] of this.cards) {
      if (!seen.has(id)) { card.element.remove(); this.cards.delete(id); }
    }
    for (const w of waits) {
      let card = this.cards.get(w.id);
      if (!card || card.why !== w.why) {
        card?.element.remove();
        card = this.card({...w, arn: this.arn}, waits.filter((x) => x.answer).length === 1);
        this.cards.set(w.id, card);
        this.list.append(card.element);
      }
      card.wait = w;
      card.tick();
    }
    setText(this.note, ended ? '' : waits.length === 0 ? 'Nothing: it is between two operations, or its function is being started.' : more ? `and ${more} more` : '');
    this.element.hidden = ended;
  }

  tick() { for (const card of this.cards.values()) card.tick(); }

  card(first, expand) {
    const card = {why: first.why, wait: first};
    const times = h('p', {class: 'times'});
    const note = h('p', {class: 'quiet cut'});
    const buttons = h('div', {class: 'buttons'});
    const form = h('div', {class: 'form'});
    card.tick = () => {
      const w = card.wait;
      const parts = [`${whys[w.why]} since ${clock(w.since)} (${span(now() - w.since)})`];
      if (w.until) parts.push(w.until > now() ? `until ${clock(w.until)} (${span(w.until - now())} more)` : `until ${clock(w.until)}`);
      if (w.heartbeat) parts.push(`next heartbeat due ${w.heartbeat > now() ? `in ${span(w.heartbeat - now())}` : 'now'}`);
      setText(times, parts.join(', '));
      setText(note, w.note);
      note.hidden = !w.note;
      if (skip) setText(skip, w.until > now() ? `Skip ${span(w.until - now())}` : 'Skip');
    };
    const act = async (button, path, body) => {
      button.disabled = true;
      try {
        const answer = await post(path, {ARN: this.arn, Operation: card.wait.id, ...body});
        return answer.problems?.length ? answer.problems : null;
      } finally {
        button.disabled = false;
      }
    };
    let skip = null;
    if (first.skip) {
      skip = h('button', {type: 'button', onclick: async () => {
        const ahead = card.wait.until - now();
        const made = await get('due', {arn: this.arn, operation: card.wait.id}).catch(() => null);
        if ((ahead > 60_000 || made?.total) && !await confirmBox('Skip the wait?', `The clock of this service moves ${span(ahead)} ahead, for all of its executions, and stays there.`, 'Skip', alsoDue(made))) return;
        act(skip, 'skip', {}).catch((error) => toast(error.message, true));
      }}, 'Skip');
      buttons.append(skip);
    }
    if (first.answer) answering(first, form, buttons, act, expand);
    card.element = h('article', {class: `wait w-${first.why}`},
      h('h3', {}, h('button', {type: 'button', class: 'link', onclick: () => this.show(card.wait)}, name(first.name)), first.place ? h('span', {class: 'place'}, first.place) : null),
      times, note, form, buttons);
    card.tick();
    return card;
  }
}

// alsoDue lists what a skip makes due besides what is skipped.
function alsoDue(made) {
  if (!made?.total) return made?.whole ? h('p', {class: 'quiet'}, 'Nothing else falls due on the way, as things stand.') : null;
  return [h('p', {}, 'What else falls due on the way, as things stand:'),
    h('ul', {class: 'preview'}, made.due.map((d) => h('li', {}, h('span', {class: 'num quiet'}, clock(d.at)), ' ', name(d.execution), d.operation ? [': ', h('code', {}, name(d.operation))] : null, ` ${d.what}`)),
      made.total > made.due.length ? h('li', {class: 'quiet'}, `and ${made.total - made.due.length} more`) : null)];
}

// answering adds the forms of a callback.
function answering(wait, form, buttons, act, expand) {
  const a = wait.answer;
  const problems = h('div', {});
  const done = (text, form) => (found) => {
    replace(problems, found ? problemList(found, form?.isText()) : null);
    if (!found) toast(text);
  };
  const failed = (error) => toast(error.message, true);
  const untyped = !a.typed;

  const value = a.type || untyped ? valueForm(a.type, a.types, {label: 'answer', initial: a.type ? write(blank(a.type, a.types)) : '', rows: 4, tells: true}) : null;
  const answer = h('form', {class: 'answer', novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    const text = value?.get().trim();
    act(event.submitter ?? answer.querySelector('button[type=submit]'), 'callback', {Action: 'succeed', Value: text ? text : null}).then(done('Answered.', value), failed);
  }},
    a.doc ? h('p', {class: 'quiet'}, a.doc) : null,
    a.written ? h('p', {class: 'type'}, 'answered with ', h('code', {}, a.written), a.declared ? h('details', {}, h('summary', {}, 'its type'), h('pre', {class: 'code wrap'}, a.declared)) : null) : null,
    untyped ? h('p', {class: 'quiet'}, 'Its type is not known here: any JSON, or nothing.') : null,
    value?.element,
    h('div', {class: 'buttons'}, h('button', {type: 'submit', class: 'primary'}, a.type || untyped ? 'Answer' : 'Answer: done')));

  const type = h('input', {list: null, autocomplete: 'off', spellcheck: 'false', class: 'code'});
  const choose = a.fails?.length ? h('select', {onchange: () => lay()}, a.fails.map((f) => h('option', {value: f}, f)), h('option', {value: ''}, 'another…')) : null;
  const message = h('input', {autocomplete: 'off'});
  const body = h('div', {});
  let data = null;
  const lay = () => {
    const declared = choose?.value ? a.types['error ' + choose.value] : null;
    data = declared?.fields?.length ? valueForm({kind: 'ref', name: 'error ' + choose.value}, a.types, {label: 'error', initial: write(blank(declared, a.types)), rows: 3, tells: true}) : null;
    replace(body, choose?.value ? null : h('div', {class: 'field'}, h('label', {}, 'Type', type)), data?.element, h('div', {class: 'field'}, h('label', {}, 'Message', message)));
  };
  lay();
  const fail = h('form', {class: 'answer', hidden: true, novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    const kind = choose?.value || type.value.trim();
    act(event.submitter ?? fail.querySelector('button[type=submit]'), 'callback', {Action: 'fail', Type: kind, Message: message.value, Data: data?.get() ?? ''}).then(done('Answered with a failure.', data), failed);
  }},
    choose ? h('div', {class: 'field'}, h('label', {}, 'Error', choose)) : null, body,
    h('div', {class: 'buttons'}, h('button', {type: 'submit', class: 'danger'}, 'Answer with this failure')));

  const toggle = (button, shown, other, otherButton) => {
    shown.hidden = !shown.hidden;
    other.hidden = true;
    button.setAttribute('aria-expanded', String(!shown.hidden));
    otherButton.setAttribute('aria-expanded', 'false');
    answerButton.hidden = !answer.hidden;
    failButton.hidden = !fail.hidden;
    if (!shown.hidden) shown.querySelector('input, textarea, select, button')?.focus();
  };
  const answerButton = h('button', {type: 'button', 'aria-expanded': String(expand), onclick: () => toggle(answerButton, answer, fail, failButton)}, 'Answer…');
  const failButton = h('button', {type: 'button', 'aria-expanded': 'false', onclick: () => toggle(failButton, fail, answer, answerButton)}, 'Fail…');
  answer.hidden = !expand;
  answerButton.hidden = expand;
  const heartbeat = wait.heartbeat ? h('button', {type: 'button', onclick: () => act(heartbeat, 'callback', {Action: 'heartbeat'}).then(done('A sign of life was given.'), failed)}, 'Heartbeat') : null;
  const secret = h('span', {});
  const reveal = h('button', {type: 'button', class: 'quiet', title: 'Whoever has the ID may answer', onclick: async () => {
    try {
      const {id} = await post('callback', {ARN: wait.arn, Operation: wait.id, Action: 'reveal'});
      replace(secret, h('code', {class: 'secret'}, id));
      reveal.remove();
    } catch (error) { failed(error); }
  }}, 'Show its ID');
  append(form, [answer, fail, problems, secret]);
  append(buttons, [answerButton, failButton, heartbeat, reveal]);
}
