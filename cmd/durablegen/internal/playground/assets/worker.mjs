// Runs the compiler, which takes a moment to load.
import './wasm_exec.js';

async function load() {
  const go = new Go();
  const response = await fetch(new URL('./durablegen.wasm', import.meta.url));
  if (!response.ok) throw new Error(`durablegen.wasm: the server answered ${response.status}`);
  const {instance} = await WebAssembly.instantiate(await response.arrayBuffer(), go.importObject);
  go.run(instance); // until the page is left
}

const ready = load();

onmessage = async ({data: {id, text, detail}}) => {
  try {
    await ready;
    postMessage({id, result: durablegenCompile(text, detail)});
  } catch (error) {
    postMessage({id, error: error.message});
  }
};
