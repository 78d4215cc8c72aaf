// The pages that are compared with what was agreed, by ear (`heard`) and by eye (`seen`), and
// photographed for the gallery.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetched } from './market.mjs';

/** Who sees which page; of an order, the first in its stage that is there for whoever looks. */
export const KEY_PAGES = [
  { name: 'cashier', as: 'buyer', base: '/pay', stage: 'created' },
  { name: 'order', as: 'buyer', base: '/orders', stage: 'shipped' },
  { name: 'wallet', as: 'buyer', path: '/wallet' },
  { name: 'activity', as: 'buyer', path: '/activity' },
  { name: 'shop', as: 'seller', path: '/shop' },
  { name: 'sales', as: 'seller', path: '/shop/orders' },
];

/** Where a page of a demonstration is, for whoever has this cookie. */
export async function placed(place, { path, base, stage }, cookie) {
  if (path) return path;
  const cast = JSON.parse(readFileSync(join(place.home, 'cast.json'), 'utf8'));
  for (const { order } of cast.orders.filter((it) => it.stage === stage)) {
    const { status } = await fetched(place, `${base}/${order}`, cookie);
    if (status === 200) return `${base}/${order}`;
  }
  throw new Error(`nobody has an order that is ${stage}`);
}

/** What differs from one run to the next, and what stands for it. */
export const PASSING = [
  [/\b[a-z]{2,5}_[0-9a-z]{10,}\b/g, 'ID'],
  [/\d{4}年\d{1,2}月\d{1,2}日( \d\d:\d\d)?/g, 'DATE'],
  [/[A-Z][a-z]{2} \d{1,2}, \d{4}(, \d{1,2}:\d\d [AP]M)?/g, 'DATE'],
  [/\d{4}年\d{1,2}月|[A-Z][a-z]+ \d{4}(?= |"|$)/gm, 'MONTH'],
  [/\b\d\d:\d\d\b|\b\d{1,2}:\d\d [AP]M\b/g, 'TIME'],
  // At the end of a month a demonstration has two of them.
  [/(option "MONTH" \[selected\]\n)(?: *- option "MONTH"\n)+/g, '$1'],
];

/** A text without what differs from one run to the next. */
export function lasting(text) {
  return PASSING.reduce((before, [pattern, word]) => before.replace(pattern, word), text);
}
