// One-time codes as an authenticator app shows them (RFC 6238).

import { createHmac } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP = 30_000;

function bytes(base32) {
  const bits = [...base32].map((it) => LETTERS.indexOf(it).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((it) => Number.parseInt(it, 2)));
}

/** The code of a secret, so many steps from now. */
export function codeOf(secret, steps = 0) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP) + steps));
  const hash = createHmac('sha1', bytes(secret)).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Waits until a new code is at least `ms` away, so that a code does not change in between. */
export async function soonAfterAStep(ms = 10_000) {
  const left = STEP - (Date.now() % STEP);
  if (left < ms) await new Promise((done) => setTimeout(done, left + 50));
}
