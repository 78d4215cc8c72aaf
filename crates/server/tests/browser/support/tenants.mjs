// What one person sees of another: exactly what is seen of something that is not there.

import { strict as assert } from 'node:assert';
import { performance } from 'node:perf_hooks';

/** An id of the same form that nobody has. */
export function nowhere(id) {
  const at = id.length - 8;
  return id.slice(0, at) + (id[at] === 'z' ? 'y' : 'z') + id.slice(at + 1);
}

/** An answer without what differs from one question to the next: the id asked for, and its own. */
function form({ status, body }, id) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, body: text.replaceAll(id, 'ID').replace(/req_\w+/g, 'REQUEST') };
}

/**
 * Asks with `id`, which is there and somebody else's, and with one that is not there. `ask` gives
 * the answer for an id: its status and its body. Gives what is told apart, or nothing.
 */
export async function toldApart(what, id, ask) {
  const other = nowhere(id);
  const [seen, unseen] = [form(await ask(id), id), form(await ask(other), other)];
  if (seen.status < 400) return `${what}: ${seen.status}, it is shown`;
  if (seen.status !== unseen.status) return `${what}: ${seen.status} and ${unseen.status}`;
  if (seen.body !== unseen.body) return `${what}: ${seen.body} and ${unseen.body}`;
  if (![401, 403, 404].includes(seen.status)) return `${what}: ${seen.status} ${seen.body}`;
  return undefined;
}

function median(times) {
  return times.sort((one, other) => one - other)[times.length >> 1];
}

/**
 * Fails if asking for what is there takes another time than asking for what is not. A busy machine
 * is noise, so only what shows three times in a row is a tell.
 */
export async function sameTime(what, id, ask) {
  const tells = [];
  for (let round = 0; round < 3; round += 1) {
    const times = { [id]: [], [nowhere(id)]: [] };
    for (let turn = 0; turn < 25; turn += 1) {
      for (const it of turn % 2 ? Object.keys(times) : Object.keys(times).reverse()) {
        const begun = performance.now();
        await ask(it);
        times[it].push(performance.now() - begun);
      }
    }
    const [there, gone] = Object.values(times).map(median);
    const noise = Math.max(0.3, gone * 0.3);
    if (Math.abs(there - gone) < noise) return;
    tells.push(`${there.toFixed(2)} and ${gone.toFixed(2)} ms`);
  }
  assert.fail(`${what}: ${tells.join(', ')}`);
}
