// The compiler runs in the browser, beside the page.
const worker = new Worker(new URL('./worker.mjs', import.meta.url), {type: 'module'});
const waiting = new Map();
let asked = 0;

worker.onmessage = ({data}) => {
  const {done, failed} = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.error) failed(new Error(data.error)); else done(JSON.parse(data.result));
};

export function compile(text, detail) {
  return new Promise((done, failed) => {
    waiting.set(++asked, {done, failed});
    worker.postMessage({id: asked, text, detail});
  });
}
