// What a merchant's keys asked: each request with its answer, errors by their code, and nothing that
// is secret or somebody else's.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { fetched, Market, newcomer, PASSWORD, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';
import { nowhere } from '../support/tenants.mjs';

/** Makes a key on the page, as a developer would. */
async function makeKey(page) {
  await page.goto('/developers/keys');
  await page.fill('#password', PASSWORD);
  await page.locator('form[action="/developers/keys"] button').click();
  return page.locator('#secret').textContent();
}

describe('the requests of a merchant', () => {
  let place, market, rival, key, theirs;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    rival = await newcomer(place, 'merchant', '花店');
  });
  after(() => place.end());
  const seller = (options, visit) => visitingAs(place, market.seller, options, visit);
  const order = (number, options, more = {}) => place.api('POST', '/v1/orders', {
    seller: market.seller.account, buyer: market.buyer.account, number, amount: 8_800, ...more,
  }, { key, ...options });

  it('say how to begin when there are none', () =>
    seller({ lang: 'zh', js: false }, async (visitor, page) => {
      await visitor.open('/developers/requests');
      await page.locator('.empty').waitFor();
      key = await makeKey(page);
    }));

  it('are shown with their answers, and errors by their code', async () => {
    const made = await order('R1', { name: 'first-order' });
    assert.equal(made.status, 201);
    assert.equal((await order('R1', { name: 'again' })).status, 409);
    assert.equal((await order('R2', { name: 'wrong' }, { amount: -1 })).status, 400);
    assert.equal((await order('R1', { name: 'once more' })).status, 409);
    assert.equal((await place.api('GET', '/v1/orders/ord_zzz', undefined, { key })).status, 400);
    // Pages of people and requests of the platform are nothing of the merchant's keys.
    await place.api('GET', '/v1/status');
    await seller({ lang: 'zh' }, async (visitor, page) => {
      await visitor.open('/developers/requests');
      const rows = page.locator('tr[data-request]');
      assert.equal(await rows.count(), 5);
      assert.deepEqual(await rows.locator('.chip').allTextContents(), ['400', '409', '400', '409', '201']);
      const groups = page.locator('#wrong ~ .table-wrap tbody tr');
      const worst = await groups.first().locator('td').allTextContents();
      assert.deepEqual([worst[0], worst[2]], ['order_number_taken', '2']);
      await visitor.picture('developers-requests', { fullPage: true });

      await page.locator('a[href="/developers/requests?code=order_number_taken"]').first().click();
      assert.deepEqual(await rows.locator('.chip').allTextContents(), ['409', '409']);
      await visitor.open('/developers/requests?view=errors');
      assert.equal(await rows.count(), 4);

      const id = made.headers.get('request-id');
      await visitor.open(`/developers/requests/${id}`);
      assert.deepEqual(JSON.parse(await page.locator('#answer').textContent()), made.body);
      assert.equal(JSON.parse(await page.locator('#body').textContent()).number, 'R1');
      assert.ok((await page.locator('.facts').textContent()).includes('first-order'));
      await visitor.picture('developers-request', { fullPage: true });
    });
  });

  it('keep no secret and no number of a card', async () => {
    const hook = 'http://127.0.0.1:9/hook';
    const made = await place.done('/v1/webhook_endpoints', { url: hook }, { key });
    const number = '6200000000000005';
    await place.api('POST', '/v1/cards', { user: market.seller.user, number }, { key, name: key });
    await place.api('GET', `/v1/orders?seller=${market.seller.account}&number=${key}`, undefined, { key });
    await seller({ lang: 'zh' }, async (visitor, page) => {
      await visitor.open('/developers/requests');
      const pages = ['/developers/requests'];
      for (const row of await page.locator('tr[data-request]').all()) {
        pages.push(`/developers/requests/${await row.getAttribute('data-request')}`);
      }
      assert.equal(pages.length, 9);
      const texts = [];
      for (const path of pages) texts.push((await fetched(place, path, market.seller.cookie)).body);
      const all = texts.join('\n');
      for (const secret of [key, made.secret, made.secret.slice(6), number, key.slice(8)]) {
        assert.ok(!all.includes(secret), 'something secret is kept');
      }
      for (const it of ['sk_test_••••', '••••0005', hook]) assert.ok(all.includes(it), it);
    });
  });

  it('are nobody else’s', async () => {
    await visitingAs(place, rival, {}, async (visitor, page) => {
      theirs = await makeKey(page);
      await place.api('GET', '/v1/events', undefined, { key: theirs });
      await visitor.open('/developers/requests');
      assert.equal(await page.locator('tr[data-request]').count(), 1);
      const mine = await page.locator('tr[data-request]').getAttribute('data-request');
      const { status } = await fetched(place, `/developers/requests/${mine}`, market.seller.cookie);
      assert.equal(status, 404);
      const gone = await fetched(place, `/developers/requests/${nowhere(mine)}`, rival.cookie);
      assert.equal(gone.status, 404);
    });
  });

  it('are the last thousand', async () => {
    for (let turn = 0; turn < 21; turn += 1) {
      await Promise.all(Array.from({ length: 50 }, () =>
        place.api('GET', '/v1/events?limit=1', undefined, { key: theirs })));
    }
    await visitingAs(place, rival, { js: false, device: 'pixel', lang: 'en' }, async (visitor, page) => {
      await visitor.open('/developers/requests');
      const ids = new Set();
      for (;;) {
        for (const row of await page.locator('tr[data-request]').all()) {
          ids.add(await row.getAttribute('data-request'));
        }
        const next = page.locator('a[rel=next]');
        if (!(await next.count())) break;
        await next.click();
      }
      assert.equal(ids.size, 1_000);
    });
  });

  it('keep nobody out', async () => {
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await seller({ device, lang, scheme, audit: true }, async (visitor, page) => {
        await visitor.open('/developers/requests');
        const wrong = await page.locator('tr[data-request]:has(.chip.warn) a').first().getAttribute('href');
        for (const path of ['/developers/requests', '/developers/requests?view=errors', wrong]) {
          await page.goto(path);
          await visitor.picture(`a11y-requests-${path === wrong ? 'one' : 'list'}-${lang}`, { fullPage: true });
          await frame(page, LANGS[lang]);
          await axe(page);
          await noHorizontalScroll(page);
          await keyboardOnly(page);
          await forcedColors(page);
        }
      });
    }
  });

  it('leave the books in balance', () => place.audit());
});
