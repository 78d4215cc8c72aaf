// Every script in one process, so that one browser serves them all.
//
//     DANBAO_BIN=target/debug/danbao node crates/server/tests/browser/run.mjs [PART OF A NAME …]
//
// DANBAO_PICTURES names a folder for pictures of what was seen.

import { readdirSync } from 'node:fs';
import { after } from 'node:test';
import { closeBrowser } from './support/browser.mjs';
import { DANBAO } from './support/place.mjs';

if (!DANBAO) {
  console.error('DANBAO_BIN has to say where the program is');
  process.exit(2);
}

const wanted = process.argv.slice(2);
const files = readdirSync(new URL('./scripts/', import.meta.url)).filter((it) => it.endsWith('.mjs'));
for (const file of files.sort()) {
  if (wanted.length && !wanted.some((it) => file.includes(it))) continue;
  await import(`./scripts/${file}`);
}
after(closeBrowser);
