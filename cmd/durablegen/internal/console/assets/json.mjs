// JSON as text. A number of JavaScript has room for some 16 digits and forgets how it was
// written; members of an object whose names look like numbers change their order. So no
// payload passes through JavaScript's own values: numbers stay texts, and objects maps.

// Digits is a number as it is written.
export class Digits {
  constructor(text) { this.text = text; }
}

const token = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+)/y;

// tokens lists the tokens of a text; it throws an error if that is not JSON.
function tokens(text) {
  JSON.parse(text); // for its complaint alone
  const out = [];
  token.lastIndex = 0;
  for (let m; (m = token.exec(text)); ) out.push(m[1]);
  return out;
}

// parse gives the value of a text: Digits, Map, array, string, true, false or null. It
// throws an error if the text is not JSON, or an object has a member twice.
export function parse(text) {
  const list = tokens(text);
  let at = 0;
  function value() {
    const t = list[at++];
    switch (t[0]) {
      case '{': {
        const members = new Map();
        while (list[at] !== '}') {
          const name = JSON.parse(list[at]);
          if (members.has(name)) throw new Error(`"${name}" stands there twice`);
          at += 2;
          members.set(name, value());
          if (list[at] === ',') at++;
        }
        at++;
        return members;
      }
      case '[': {
        const items = [];
        while (list[at] !== ']') {
          items.push(value());
          if (list[at] === ',') at++;
        }
        at++;
        return items;
      }
      case '"': return JSON.parse(t);
      case 't': return true;
      case 'f': return false;
      case 'n': return null;
    }
    return new Digits(t);
  }
  return value();
}

// write gives the text of a value.
export function write(value) {
  if (value instanceof Digits) return value.text;
  if (value instanceof Map) return `{${[...value].map(([name, v]) => `${JSON.stringify(name)}:${write(v)}`).join(',')}}`;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  return JSON.stringify(value);
}

// pretty lays JSON out, token by token; other texts stay as they are.
export function pretty(text) {
  if (text.length > 200_000) return text;
  let list;
  try { list = tokens(text); } catch { return text; }
  const out = [];
  let depth = 0;
  const line = () => out.push('\n', '  '.repeat(depth));
  list.forEach((t, i) => {
    const empty = (t === '{' || t === '[') && list[i + 1] === (t === '{' ? '}' : ']');
    if ((t === '}' || t === ']') && list[i - 1] !== (t === '}' ? '{' : '[')) { depth--; line(); }
    out.push(t);
    if ((t === '{' || t === '[') && !empty) { depth++; line(); }
    if (t === ',') line();
    if (t === ':') out.push(' ');
  });
  return out.join('');
}
