// How long the server takes for each page of the console, with many orders in the books. No browser:
// what is measured is the whole answer, over a connection of this machine.
//
// DANBAO_ORDERS says how many orders; `cargo xtask pages-budget` says a million, of a release build.

import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { crawl } from '../support/crawl.mjs';
import { castAs, fetched } from '../support/market.mjs';
import { DANBAO, Place } from '../support/place.mjs';

const ORDERS = Number(process.env.DANBAO_ORDERS ?? 2_000);
/** Milliseconds that a page may take. */
const MOST = 200;
const TURNS = 20;

describe('the budget of the console', () => {
  let place, cookie, order;
  before(async () => {
    place = await Place.demo();
    ({ cookie } = await castAs(place, 'finance'));
    const cursor = await last();
    const load = ['bench', 'day', '--json', '--server', place.url, '--key', place.key,
      '--orders', String(ORDERS), '--accounts', '1000', '--clients', '8'];
    const { stdout } = await promisify(execFile)(DANBAO, load, { maxBuffer: 1 << 24 });
    console.log(`${ORDERS} orders: ${stdout.trim().slice(0, 400)}`);
    order = await first('order', cursor);
  });
  after(() => place.end());

  const events = (cursor) => place.looked(`/v1/events?limit=100${cursor ? `&cursor=${cursor}` : ''}`);

  /** Where the events end at present. */
  async function last() {
    let cursor;
    for (let page = await events(); page.data.length; page = await events(cursor)) cursor = page.next_cursor;
    return cursor;
  }

  /** What the first event after `cursor` with such a subject is about. */
  async function first(object, cursor) {
    for (let page = await events(cursor); ; page = await events(page.next_cursor)) {
      const found = page.data.find((it) => it.subject_object === object);
      if (found) return found.subject;
      assert.ok(page.data.length, `an event about an ${object}`);
    }
  }

  it(`is kept by every page, with ${ORDERS} orders`, async () => {
    const { merchant } = await place.looked(`/v1/orders/${order}`);
    const begin = ['/ops', `/ops/orders/${order}`, `/ops/search?q=${order}`];
    const shops = (await fetched(place, `/ops/orders/${order}`, cookie)).body;
    begin.push(...new Set(shops.match(/\/ops\/(accounts|users)\/\w+/g) ?? []));
    assert.ok(begin.length >= 5, `${begin} of ${merchant}`);
    const rows = [];
    for (const { path } of await crawl(place, cookie, begin)) {
      if (!path.startsWith('/ops')) continue;
      const took = [];
      for (let turn = 0; turn < TURNS; turn += 1) {
        const began = performance.now();
        await fetched(place, path, cookie);
        took.push(performance.now() - began);
      }
      took.sort((one, other) => one - other);
      rows.push({ path, middle: took[TURNS / 2], most: took[Math.ceil(TURNS * 0.95) - 1] });
    }
    rows.sort((one, other) => other.most - one.most);
    for (const it of rows) console.log(`${it.middle.toFixed(1)} ms, 95 %: ${it.most.toFixed(1)} ms  ${it.path}`);
    assert.ok(rows.length >= 8, `${rows.length} pages`);
    assert.deepEqual(rows.filter((it) => it.most > MOST), []);
  });

  it('leaves the books in balance', () => place.audit());
});
