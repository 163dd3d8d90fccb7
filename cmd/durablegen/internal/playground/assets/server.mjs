// The server of the console compiles.
import {loadSession, post} from '/assets/api.mjs';

const ready = loadSession();

export async function compile(text, detail) {
  await ready;
  return post('playground', {text, detail});
}
