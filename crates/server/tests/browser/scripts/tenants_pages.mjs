// People on the pages: what is somebody else's is exactly what is not there, for everything that can
// be reached by a link or changed by a form.

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { crawl, ID, pattern } from '../support/crawl.mjs';
import { castAs, fetched, Market, newcomer, posted } from '../support/market.mjs';
import { Place } from '../support/place.mjs';
import { nowhere, sameTime, toldApart } from '../support/tenants.mjs';

/** Where each kind of user begins. */
const SEEDS = { buyer: ['/wallet', '/orders', '/activity'], seller: ['/shop', '/developers'], operator: ['/ops'] };

/** What nobody owns: signing in and out, and the tour of a demonstration. */
const EVERYBODYS = /^\/(sign-in|sign-out|register|tour)?(\/|\?|$)/;

const ID_IN = new RegExp(ID.source);

/** An answer without what a page says of itself: where it is, and which request it answers. */
async function plain(response, path) {
  const text = (await response.text()).replaceAll(path, 'PATH');
  const body = text.replace(/ data-now="[^"]*"/, '').replace(/req_\w+/g, 'REQUEST');
  return { status: response.status, body };
}

describe('people on the pages', () => {
  let place, market, orders;
  const strangers = {};
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    orders = [
      await market.order(), await market.orderAt('paid'), await market.orderAt('shipped'),
      await market.orderAt('shipped'), await market.orderAt('shipped'),
    ];
    await place.done(`/v1/orders/${orders[3]}/ask_refund`, { amount: 100, grounds: 'damaged' });
    await place.done(`/v1/orders/${orders[4]}/dispute`, { party: 'buyer', grounds: 'no_answer' });
    await place.done('/v1/withdrawals', {
      account: market.buyer.account, card: market.buyer.card, amount: 100,
    });
    strangers.buyer = await market.customer('别人', 50_000);
    strangers.seller = await newcomer(place, 'merchant', '别家');
  });
  after(() => place.end());

  const ask = (path, id, cookie) => async (wanted) => {
    const there = path.replaceAll(id, wanted);
    const headers = { cookie, accept: 'text/html' };
    return plain(await fetch(place.url + there, { headers, redirect: 'manual' }), there);
  };
  const send = ({ action, fields }, id, cookie) => async (wanted) => {
    const there = action.replaceAll(id, wanted);
    const said = Object.entries({ reason: 'because', amount: '1.00', ...fields, key: randomUUID() });
    const form = said.map(([name, value]) => [name, value.replaceAll(id, wanted)]);
    return plain(await posted(place, there, form, cookie), there);
  };

  /** Everything with an id that an owner sees, asked for by others. */
  async function matrix(owner, kind, others) {
    const pages = await crawl(place, owner.cookie, [...SEEDS[kind], ...orders.map((it) =>
      `${kind === 'buyer' ? '/orders' : '/shop/orders'}/${it}`)]);
    const [found, count] = [[], { pages: 0, forms: 0 }];
    for (const other of others) {
      for (const { path } of pages) {
        for (const id of new Set(path.match(ID) ?? [])) {
          count.pages += 1;
          found.push(await toldApart(`GET ${path}`, id, ask(path, id, other.cookie)));
        }
      }
      const forms = pages.flatMap((it) => it.forms).filter((it) => !EVERYBODYS.test(it.action));
      for (const form of forms) {
        for (const id of new Set(form.action.match(ID) ?? [])) {
          count.forms += 1;
          found.push(await toldApart(`POST ${form.action}`, id, send(form, id, other.cookie)));
        }
      }
    }
    assert.deepEqual(found.filter(Boolean), []);
    return count;
  }

  it('see nothing of what a buyer has, neither another buyer nor the shop', async () => {
    const count = await matrix(market.buyer, 'buyer', [strangers.buyer, strangers.seller]);
    assert.ok(count.pages >= 12 && count.forms >= 6, JSON.stringify(count));
  });

  it('see nothing of what a shop has, neither another shop nor a buyer', async () => {
    const count = await matrix(market.seller, 'seller', [strangers.seller, strangers.buyer]);
    assert.ok(count.pages >= 4 && count.forms >= 4, JSON.stringify(count));
  });

  it('of an order are let in by the page of their own side only', async () => {
    for (const order of orders) {
      for (const [path, { cookie }] of [
        [`/orders/${order}`, market.seller], [`/pay/${order}`, market.seller],
        [`/shop/orders/${order}`, market.buyer],
      ]) {
        assert.equal(await toldApart(`GET ${path}`, order, ask(path, order, cookie)), undefined);
      }
    }
  });

  it('follow no order that is not theirs', async () => {
    const path = `/live/orders/${orders[0]}`;
    const answer = ask(path, orders[0], strangers.buyer.cookie);
    assert.equal(await toldApart(`GET ${path}`, orders[0], answer), undefined);
  });

  it('cannot pay with the card or ask for the document of another', async () => {
    const mine = await market.order(5_000, { buyer: strangers.buyer });
    const form = { method: market.buyer.card, payment_password: '135246', key: randomUUID() };
    const response = await posted(place, `/pay/${mine}`, form, strangers.buyer.cookie);
    assert.ok(response.status >= 400, `${response.status}`);
    await market.stands(mine, 'created', 0);
    assert.deepEqual(await market.charges(mine, strangers.buyer), []);
  });

  it('learn nothing of an order by a table that names it', async () => {
    const { cookie } = strangers.seller;
    const path = '/shop/orders/import';
    const seen = async (id) => {
      const form = new FormData();
      form.append('file', new Blob([`order,carrier,tracking_number\n${id},sf,SF1\n`]), 'table.csv');
      const response = await fetch(place.url + path, { method: 'POST', body: form, headers: { cookie } });
      const done = await posted(place, `${path}/confirm`, { line: `2 ship ${id} sf SF1 -` }, cookie);
      const answers = [await plain(response, path), await plain(done, `${path}/confirm`)];
      return answers.map((it) => ({ ...it, body: it.body.replaceAll(id, 'ID') }));
    };
    for (const order of orders) {
      const answers = await seen(order);
      assert.deepEqual(answers, await seen(nowhere(order)));
      assert.ok(answers.every((it) => it.status === 200 && !it.body.includes('chip info')));
    }
    await market.stands(orders[1], 'paid', 8_800);
  });

  it('do not learn by the time either', async () => {
    const { cookie } = strangers.buyer;
    for (const path of [`/orders/${orders[1]}`, `/pay/${orders[0]}`, `/trace/${orders[1]}`]) {
      const id = path.match(ID)[0];
      await sameTime(path, id, ask(path, id, cookie));
    }
  });

  it('are sent to sign in when they are nobody', async () => {
    for (const path of ['/wallet', '/orders', `/orders/${orders[0]}`, `/orders/${nowhere(orders[0])}`,
      `/pay/${orders[0]}`, '/shop', '/shop/orders', '/shop/settlements', '/shop/settlements/2026-11-23',
      '/developers', '/ops', '/ops/audit']) {
      const { status } = await fetched(place, path);
      assert.equal(status, 303, path);
    }
  });

  it('leave the books in balance', () => place.audit());
});

describe('pages of one kind of people', () => {
  let place;
  before(async () => (place = await Place.demo()));
  after(() => place.end());

  it('are not there for the others, and nobody is told more', async () => {
    const roles = { buyer: 'buyer', seller: 'seller', operator: 'finance' };
    const cookies = {};
    for (const [kind, role] of Object.entries(roles)) cookies[kind] = (await castAs(place, role)).cookie;
    const [found, pages, known] = [[], {}, {}];
    for (const [kind, seeds] of Object.entries(SEEDS)) {
      pages[kind] = await crawl(place, cookies[kind], seeds);
      const actions = pages[kind].flatMap((it) => it.forms).map((it) => it.action);
      known[kind] = new Set([...pages[kind].map((it) => it.path), ...actions].map(pattern));
    }
    for (const kind of Object.keys(SEEDS)) {
      for (const other of Object.keys(SEEDS).filter((it) => it !== kind)) {
        // Pages that both have, such as the settings, show each their own.
        const theirs = (path) => !EVERYBODYS.test(path) && !known[other].has(pattern(path));
        const own = pages[kind].map((it) => it.path.split('?')[0]).filter(theirs);
        assert.ok(own.length >= 3, `${kind}: ${own}`);
        const asked = async (path) => {
          const headers = { cookie: cookies[other], accept: 'text/html' };
          const { status, body } = await plain(
            await fetch(place.url + path, { headers, redirect: 'manual' }), path);
          return { status, body: body.replace(/^.*<main|<\/main>.*$/gs, '') };
        };
        const nothing = await asked('/ops/no-such-page');
        for (const path of own.filter((it) => !it.startsWith('/trace/'))) {
          const seen = await asked(path);
          // What has an id is compared with what is not there by the tests above.
          const same = seen.status === 404 && (ID_IN.test(path) || seen.body === nothing.body);
          if (!same) found.push(`${other} on ${path}: ${seen.status}`);
        }
        const forms = pages[kind].flatMap((it) => it.forms).filter((it) => theirs(it.action));
        for (const { action, fields } of forms) {
          const form = { reason: 'because', ...fields, key: randomUUID() };
          const { status } = await posted(place, action, form, cookies[other]);
          if (status !== 404) found.push(`${other} sends to ${action}: ${status}`);
        }
      }
    }
    assert.deepEqual(found, []);
  });

  it('leave the books in balance', () => place.audit());
});
