// Every page that anybody can reach by links, and an order in every stage: nobody is kept out, on the
// narrowest phone, in both languages, by day and by night, in forced colours.

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, noHorizontalScroll, stretch } from '../support/checks.mjs';
import { crawl } from '../support/crawl.mjs';
import { castAs, fetched, posted, visitingAs } from '../support/market.mjs';
import { Place, until } from '../support/place.mjs';
import { routeOf, routes } from '../support/routes.mjs';

const ROLES = {
  nobody: ['/', '/tour', '/register', '/sign-in', '/erased'],
  buyer: ['/wallet', '/orders', '/activity'], seller: ['/shop', '/developers'],
  support: ['/ops', '/ops/search?q=138'], finance: ['/ops'], sre: ['/ops'], auditor: ['/ops'],
};
const NOBODY = { cookie: 'nobody=here' };
/** Operators see much the same; what one of them saw need not be looked at again. */
const looked = new Set();

/** What is no page, or is looked at by a script of its own because it takes more than links. */
const ELSEWHERE = /^\/(assets|live)\/|\/import\/confirm$|^\/security\/passkeys\/\{|\.(csv|pdf|json|svg)$/;

describe('everywhere', () => {
  let place, orders, unlinked;
  before(async () => {
    place = await Place.demo();
    ({ orders } = JSON.parse(readFileSync(join(place.home, 'cast.json'), 'utf8')));
    await more();
  });
  after(() => place.end());

  /** What a demonstration does not begin with, and pages are about. */
  async function more() {
    const sends = async (role, action, fields) => {
      const response = await posted(place, action, { ...fields, key: randomUUID() }, (await castAs(place, role)).cookie);
      const text = await response.text();
      assert.ok(response.status < 400, `${action}: ${text}`);
      return response.headers.get('location') ?? text;
    };
    const [key] = (await sends('seller', '/developers/keys', { role: 'merchant', password: place.shown.password })).match(/sk_test_\w+/);
    await fetch(`${place.url}/v1/orders/ord_0`, { headers: { authorization: `Bearer ${key}` } });
    await sends('seller', '/developers/webhooks', { url: 'http://127.0.0.1:9/nobody' });
    const { buyer, seller } = place.shown;
    await place.done('/v1/orders', { seller, buyer, number: 'A-1', amount: 100, subject: '茶叶' });
    const { cookie } = await castAs(place, 'finance');
    const [, drift] = await until('a statement with a difference', async () =>
      (await fetched(place, '/ops/reconciliation', cookie)).body.match(/<td class="bad"><a href="([^"]+)/));
    const { proposal, id = proposal } = await place.done('/v1/proposals', {
      action: 'record_receipt', bank: 'bank', bank_reference: 'found-1', amount: 100, currency: 'CNY',
      reason: 'because',
    });
    await sends('checker', `/ops/approvals/${id}/approve`, { reason: 'because' });
    const cards = (await fetched(place, '/security/cards', (await castAs(place, 'buyer')).cookie)).body;
    const movement = { account: buyer, card: cards.match(/card_\w+/)[0], amount: 100 };
    const link = await sends('seller', '/shop/links', { subject: '茶叶', amount: '1.00' });
    unlinked = {
      finance: [drift], seller: [link],
      buyer: [
        link.replace('/shop/links/', '/link/'),
        `/top-ups/${(await place.done('/v1/top_ups', movement)).id}`,
        `/withdrawals/${(await place.done('/v1/withdrawals', movement)).id}`,
      ],
    };
    const { order } = orders.find((it) => it.stage === 'shipped');
    await sends('finance', `/ops/orders/${order}/refund`, { amount: '1.00', reason: 'because' });
  }

  /** One order of each stage that is there for whoever this is, and what can be asked of it. */
  async function staged(person, base) {
    const found = new Map();
    for (const { order, stage } of orders) {
      if (found.has(stage)) continue;
      const { status } = await fetched(place, `${base}/${order}`, person.cookie);
      if (status === 200) found.set(stage, `${base}/${order}`);
    }
    return found;
  }

  for (const [at, [role, seeds]] of Object.entries(ROLES).entries()) {
    it(`nobody is kept out: ${role}`, async () => {
      const person = role === 'nobody' ? NOBODY : await castAs(place, role);
      const base = { buyer: '/orders', seller: '/shop/orders' }[role];
      const found = base ? await staged(person, base) : new Map();
      assert.ok(!base || found.size >= 7, `orders in ${[...found.keys()]}`);
      const begin = [...seeds, ...found.values()];
      if (role === 'buyer') begin.push(`/pay/${found.get('paid').split('/').at(-1)}/result`);
      begin.push(...unlinked[role] ?? []);
      const walked = await crawl(place, person.cookie, begin);
      const paths = new Set(walked.map((it) => it.path));
      const unfilled = new Set(walked.filter((it) => it.status === 422).map((it) => it.path));
      const fresh = [...paths].filter((it) => base || !looked.has(it));
      paths.forEach((it) => looked.add(it));
      assert.ok(!seeds.includes('/ops') || paths.size >= 4, `${[...paths]}`);
      const troubles = [];
      for (const [number, lang] of Object.keys(LANGS).entries()) {
        const scheme = ['light', 'dark'][(at + number) % 2];
        const device = ['pixel', 'desktop'][(at + number) % 2];
        // Half of the pages in one language, by day or on a phone, and half in the other.
        const mine = fresh.filter((_, turn) => turn % 2 === number);
        await visitingAs(place, person, { device, lang, scheme, audit: true }, async (visitor, page) => {
          for (const path of mine) {
            const wrong = (error) => troubles.push(`${role} ${lang} ${device}: ${error.message}`);
            // A form that is to be filled in first says so, as a page like any other.
            await visitor.open(path, unfilled.has(path) ? 422 : 200);
            await frame(page, LANGS[lang]).catch(wrong);
            await axe(page).catch(wrong);
            await noHorizontalScroll(page).catch(wrong);
            await forcedColors(page).catch(wrong);
            await stretch(page);
            await noHorizontalScroll(page).catch((error) => wrong({ message: `longer: ${error.message}` }));
          }
        });
      }
      assert.deepEqual(troubles, []);
    });
  }

  it('no page is left out', () => {
    const all = routes();
    const seen = new Set([...looked].map((it) => routeOf(it, all)));
    const left = all.filter((it) => !seen.has(it) && !ELSEWHERE.test(it));
    assert.deepEqual(left, []);
  });

  it('leaves the books in balance', () => place.audit());
});
