// The form that starts an execution. Inputs that were used are remembered by the
// browser, those of each workflow for itself.
import {clock, h, name, replace, toast} from './dom.mjs';
import {get, live, post, session} from './api.mjs';
import {pretty, write} from './json.mjs';
import {example, problemList, valueForm} from './form.mjs';

const kept = 8;
const storeKey = (workflow) => `durablegen inputs ${workflow}`;

function remembered(workflow) {
  try {
    const list = JSON.parse(localStorage.getItem(storeKey(workflow)) ?? '[]');
    return Array.isArray(list) ? list.filter((e) => typeof e?.text === 'string') : [];
  } catch { return []; }
}

function remember(workflow, text) {
  if (text.length > 100_000 || !text.trim()) return;
  const list = [{text, at: Date.now()}, ...remembered(workflow).filter((e) => e.text !== text)].slice(0, kept);
  try { localStorage.setItem(storeKey(workflow), JSON.stringify(list)); } catch { /* it is full, or forbidden */ }
}

export function startPage(main, parameters) {
  document.title = 'Start · durablegen';
  live('live');
  const chosen = session.functions.find((f) => f.name === parameters.get('function')) ?? session.functions[0];
  if (!chosen) {
    replace(main, h('h1', {}, 'Start an execution'), h('p', {}, 'No workflow is served.'));
    return;
  }
  const select = h('select', {id: 'workflow', onchange: () => document.dispatchEvent(new CustomEvent('durablegen-go', {detail: '/start?function=' + encodeURIComponent(select.value)}))},
    session.functions.map((f) => h('option', {value: f.name, '.selected': f === chosen}, f.name)));
  const named = h('input', {id: 'name', class: 'code', maxlength: 64, pattern: '[a-zA-Z0-9_\\-]{1,64}', autocomplete: 'off', spellcheck: 'false', placeholder: 'made up if it is left empty'});
  // The qualifier by which it is started: that of the address, or $LATEST.
  const {versions = [], aliases = []} = chosen;
  const wanted = parameters.get('qualifier') ?? '$LATEST';
  const qualifier = h('select', {id: 'qualifier', onchange: () => checkSoon()},
    [['$LATEST', '$LATEST'], ...aliases.map((a) => [a.name, `${a.name} → ${a.version}`]), ...versions.map((v) => [v.version, `${v.version}${v.description ? ` – ${v.description}` : ''}`])]
      .map(([value, text]) => h('option', {value, '.selected': value === wanted}, text)));
  const problems = h('div', {});
  const go = h('button', {class: 'primary', type: 'submit'}, 'Start');

  const old = remembered(chosen.name);
  const takesNothing = chosen.typed && !chosen.input;
  const initial = takesNothing ? '' : old[0]?.text ?? (chosen.sample || (chosen.input ? pretty(write(example(chosen.input, chosen.types))) : ''));
  const value = valueForm(chosen.input, chosen.types, {label: 'input', initial, rows: 16});

  const sources = h('div', {class: 'sources'});
  const use = (label, text) => h('button', {type: 'button', class: 'quiet small former', title: text.slice(0, 400), onclick: () => { value.set(laidOut(text)); checkSoon(); }}, label);
  replace(sources,
    chosen.sample ? use('input.json', chosen.sample) : null,
    chosen.input ? use('an empty one', write(example(chosen.input, chosen.types))) : null,
    old.map((e) => use(`${clock(e.at)}  ${e.text.replace(/\s+/g, ' ').slice(0, 36)}…`, e.text)));

  replace(main, h('h1', {}, 'Start an execution'),
    h('form', {class: 'start', novalidate: true, onsubmit: start, oninput: checkSoon},
      h('div', {class: 'card'},
        h('div', {class: 'two'},
          h('div', {class: 'field'}, h('label', {for: 'workflow'}, 'Workflow'), select),
          versions.length + aliases.length ? h('div', {class: 'field'}, h('label', {for: 'qualifier'}, 'Version', h('span', {class: 'hint'}, 'on which it ends')), qualifier) : null,
          h('div', {class: 'field'}, h('label', {for: 'name'}, 'Name', h('span', {class: 'hint'}, 'starting twice with one name gives one execution')), named)),
        takesNothing ? h('p', {class: 'quiet'}, 'It takes no input.') : [
          h('h2', {}, 'Input'),
          sources.childElementCount ? h('div', {class: 'from'}, h('span', {class: 'hint'}, 'begin with'), sources) : null,
          value.element],
        problems,
        h('div', {class: 'buttons'}, go)),
      h('aside', {class: 'card'},
        chosen.signature ? [h('h2', {}, 'What it takes'), h('pre', {class: 'code wrap'}, chosen.signature), chosen.declared ? h('pre', {class: 'code wrap'}, chosen.declared) : null,
          chosen.doc ? h('p', {}, chosen.doc) : null, h('p', {class: 'quiet'}, chosen.file)] : h('p', {class: 'quiet'}, 'This function has no .flow file: its input can be any JSON.'),
        published())));

  // published lists versions and aliases.
  function published() {
    if (versions.length + aliases.length === 0) return null;
    return [h('h2', {}, 'Versions'), h('dl', {class: 'versions'},
      aliases.map((a) => [h('dt', {}, name(a.name)), h('dd', {}, `leads to ${a.version}`)]),
      versions.map((v) => [h('dt', {}, h('a', {href: `/?function=${encodeURIComponent(`${chosen.name}:${v.version}`)}`}, v.version)),
        h('dd', {}, `published ${clock(v.published)}${v.current ? ', as $LATEST is now' : ''}`, v.description ? h('span', {class: 'quiet'}, ` – ${v.description}`) : null)]))];
  }

  let timer, asked = 0, shownOnce = false;
  function checkSoon() { clearTimeout(timer); timer = setTimeout(check, shownOnce ? 200 : 500); }
  async function check() {
    const mine = ++asked;
    try {
      const answer = await post('check', {function: chosen.name, qualifier: qualifier.value, input: takesNothing ? '' : value.get()});
      if (mine === asked) show(answer.problems);
    } catch { /* starting it will tell */ }
  }
  function show(list) {
    shownOnce = list.length > 0;
    replace(problems, list.length ? problemList(list, value.isText()) : null);
  }
  async function start(event) {
    event.preventDefault();
    clearTimeout(timer);
    asked++;
    go.disabled = true;
    const input = takesNothing ? '' : value.get();
    try {
      const answer = await post('start', {function: chosen.name, qualifier: qualifier.value, name: named.value.trim(), input});
      if (answer.problems.length) { show(answer.problems); return; }
      remember(chosen.name, input);
      if (answer.existed) toast('There was an execution of this name with this input already.');
      document.dispatchEvent(new CustomEvent('durablegen-go', {detail: '/execution?arn=' + encodeURIComponent(answer.arn)}));
    } catch (error) {
      toast(error.message, true);
    } finally {
      go.disabled = false;
    }
  }

  const again = parameters.get('again');
  if (again) get('text', {arn: again, ref: 'input'}).then(({text}) => { value.set(laidOut(text)); checkSoon(); }).catch(() => {});
  return () => { clearTimeout(timer); asked++; };
}

// laidOut gives a text that somebody wrote on one line on several.
const laidOut = (text) => text.includes('\n') ? text : pretty(text);
