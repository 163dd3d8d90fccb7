// What a page shows, as commands for a terminal.
import {h, name, toast} from './dom.mjs';
import {session} from './api.mjs';

// quote writes a text as one word of a POSIX shell.
export const quote = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

const longest = 20_000; // bytes of an input in a command: shells have their limits

// commandsOf gives the commands about an execution, each with what it does.
export function commandsOf(arn, {name, function: of, version}, input) {
  const endpoint = session.endpoint ? ` --endpoint ${quote(session.endpoint)}` : '', aws = session.endpoint ? ` --endpoint-url ${quote(session.endpoint)}` : '';
  const which = quote(`${of}/${name}`), id = ` --durable-execution-arn ${quote(arn)}`;
  const whole = input && !input.all ? input.text : input ? null : '';
  const start = whole === null || whole.length > longest ? [] : [
    ['start another one with its input', `durablegen start ${quote(version ? `${of}:${version}` : of)}${whole ? ` --input ${quote(whole)}` : ''}${endpoint}`],
    ['the same', `${whole ? `printf %s ${quote(whole)} | ` : ''}aws lambda invoke --function-name ${quote(`${of}:${version ?? '$LATEST'}`)} --invocation-type Event${whole ? ' --payload fileb:///dev/stdin' : ''}${aws} /dev/stdout`]];
  return [
    ['tell how it stands', `durablegen show ${which}${endpoint}`],
    ['the same', `aws lambda get-durable-execution${id}${aws}`],
    ['save its history', `durablegen history ${which} --json${endpoint} > ${quote(name + '.jsonl')}`],
    ['the same', `aws lambda get-durable-execution-history${id} --include-execution-data${aws}`],
    ...start,
  ];
}

export async function copy(text) {
  try { await navigator.clipboard.writeText(text); toast('Copied.'); } catch { toast('The browser did not let it be copied.', true); }
}

// showCommands shows the commands about an execution, to be copied.
export function showCommands(arn, head) {
  const box = h('dialog', {class: 'ask broad', 'aria-labelledby': 'commands-title', onclose: () => box.remove()},
    h('form', {method: 'dialog'}, h('h2', {id: 'commands-title'}, 'Commands for ', name(head.name)),
      h('dl', {class: 'commands'}, commandsOf(arn, head, head.input).map(([what, command]) => [
        h('dt', {}, what),
        h('dd', {}, h('code', {class: 'wrap'}, command), h('button', {type: 'button', class: 'quiet small', 'aria-label': `Copy ${command.split(' ').slice(0, 3).join(' ')}`, onclick: () => copy(command)}, 'Copy'))])),
      h('div', {class: 'buttons'}, h('button', {}, 'Close'))));
  document.body.append(box);
  box.showModal();
}
