// Webhooks on the pages: an endpoint, its secret, what was sent and how that went; a receiver that is
// down and comes back; everything once more; and two signatures while a secret changes.

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { castAs, fetched, Market, newcomer, posted, visitingAs } from '../support/market.mjs';
import { Place, until } from '../support/place.mjs';
import { Receiver } from '../support/receiver.mjs';
import { nowhere } from '../support/tenants.mjs';

/** Adds an endpoint on the page, and gives its id and its secret. */
async function add(page, url) {
  await page.goto('/developers/webhooks');
  await page.fill('#url', url);
  await page.locator('form[action="/developers/webhooks"] button').click();
  const secret = await page.locator('#secret').textContent();
  const href = await page.locator('.actions a.primary').getAttribute('href');
  return { secret, id: href.split('/').pop() };
}

/** The field of a datetime-local for so many minutes from now, in the platform's zone. */
function minutes(from) {
  return new Date(Date.now() + from * 60_000 + 8 * 3_600_000).toISOString().slice(0, 16);
}

describe('webhooks on the pages', () => {
  let place, market, receiver, secret, endpoint, ids;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    receiver = await Receiver.start();
  });
  after(async () => {
    await receiver.end();
    await place.end();
  });
  const seller = (options, visit) => visitingAs(place, market.seller, options, visit);
  const rows = (page, event) => page.locator(event ? `tr[data-event="${event}"]` : 'tr[data-event]');
  const deliveries = async () =>
    (await place.looked(`/v1/webhook_endpoints/${endpoint}/deliveries?limit=100`)).data;

  it('begin with an address, which must be one that can be reached', () =>
    seller({ js: false, lang: 'zh' }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await page.goto('/developers/webhooks');
      await page.locator('.empty').waitFor();
      await visitor.picture('developers-webhooks-none', { fullPage: true });
      for (const url of ['ftp://shop.example/', 'http://10.0.0.1/', 'https://a:b@shop.example/']) {
        await page.fill('#url', url);
        await page.locator('form[action="/developers/webhooks"] button').click();
        await page.locator('.alert.bad').waitFor();
        assert.equal(await page.inputValue('#url'), url);
      }
      // A browser does not send what is no URL at all; whoever sends it is told.
      for (const url of ['', 'shop.example', 'https://', `https://shop.example/${'x'.repeat(3000)}`]) {
        const form = { key: randomUUID(), url };
        const { status } = await posted(place, '/developers/webhooks', form, market.seller.cookie);
        assert.equal(status, 422, url);
      }
      await visitor.picture('developers-webhooks-fault', { fullPage: true });
      const all = await place.looked(`/v1/webhook_endpoints?user=${market.seller.user}`);
      assert.deepEqual(all.data, []);
    }));

  it('show the secret of an endpoint once', () =>
    seller({ lang: 'zh' }, async (visitor, page) => {
      ({ secret, id: endpoint } = await add(page, receiver.url));
      assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
      await visitor.picture('developers-webhooks-secret', { fullPage: true });
      await page.reload();
      assert.equal(await page.locator('#secret').textContent(), secret, 'the same form, the same');
      for (const path of ['/developers/webhooks', `/developers/webhooks/${endpoint}`]) {
        await visitor.open(path);
        assert.ok(!(await page.content()).includes(secret), path);
      }
      const all = await place.looked(`/v1/webhook_endpoints?user=${market.seller.user}`);
      assert.deepEqual(all.data.map((it) => [it.id, it.url]), [[endpoint, receiver.url]]);
    }));

  it('are sent again until the receiver is back, and it sees each event, under one id', async () => {
    receiver.down = true;
    const order = await market.orderAt('shipped');
    await until('each was refused twice', async () =>
      (await deliveries()).every((it) => it.attempts === 2 && it.stage === 'pending'));
    ids = (await deliveries()).map((it) => it.event);
    assert.equal(ids.length, 3, 'created, paid, shipped');

    await seller({ lang: 'zh' }, async (visitor, page) => {
      await visitor.open(`/developers/webhooks/${endpoint}`);
      assert.equal(await rows(page).count(), 3);
      const due = await page.locator('tr[data-event] time[data-relative]').all();
      const next = await Promise.all(due.map((it) => it.getAttribute('datetime')));
      const said = (await deliveries()).map((it) => it.next_at);
      assert.deepEqual(next, said, 'the next attempts, as the API says them');
      await visitor.picture('developers-webhook-down', { fullPage: true });

      await rows(page).first().locator('a').click();
      assert.equal(await page.locator('#tries ~ .table-wrap tbody tr').count(), 2);
      assert.deepEqual(await page.locator('#tries ~ .table-wrap .chip.bad').allTextContents(), ['503', '503']);
      await visitor.picture('developers-delivery-down', { fullPage: true });

      // It is back: one is asked for at once, the others come by themselves when they are due.
      receiver.down = false;
      await visitor.open(`/developers/webhooks/${endpoint}`);
      await rows(page, ids[0]).locator('button').click();
      await page.waitForURL(`**/developers/webhooks/${endpoint}`);
      await until('it came', () => receiver.ids.includes(ids[0]));
      await place.advance(400);
      await until('all came', async () => (await deliveries()).every((it) => it.stage === 'delivered'));
      assert.deepEqual([...receiver.ids].sort(), [...ids].sort());
      assert.equal(receiver.taken.length, 4, 'one of them twice, under the same id');
      assert.deepEqual(receiver.forged(secret), []);
      await visitor.open(`/developers/webhooks/${endpoint}`);
      assert.equal(await page.locator('tr[data-event] .chip.ok').count(), 4);
    });
    const { stage } = await market.looked(order);
    assert.equal(stage, 'shipped', 'webhooks move nothing');
  });

  it('of a span of time are sent again, after saying how many', () =>
    seller({ lang: 'en', js: false, device: 'pixel' }, async (visitor, page) => {
      const before = receiver.taken.length;
      const { data } = await place.looked('/v1/events?limit=100');
      const all = data.filter((it) => it.merchant === market.seller.user).map((it) => it.id);
      assert.equal(all.length, 4, 'also the account, which was opened before there was an endpoint');
      await visitor.open(`/developers/webhooks/${endpoint}`);
      await page.fill('#from', minutes(-60));
      await page.fill('#to', minutes(60));
      await page.locator('form[action$="/replay"] button').click();
      assert.equal(await page.locator('#count').textContent(), '4 events will be sent again');
      assert.equal(receiver.taken.length, before, 'nothing was sent yet');
      await visitor.picture('developers-replay', { fullPage: true });
      await page.locator('.review form button').click();
      await until('they came', () => receiver.taken.length === before + 4);
      assert.deepEqual([...receiver.ids].sort(), all.sort(), 'the same ids');
      const bodies = new Map();
      for (const { headers, body } of receiver.taken) {
        const id = headers['webhook-id'];
        assert.equal(body.toString(), bodies.get(id) ?? body.toString(), 'the same bytes');
        bodies.set(id, body.toString());
      }
      assert.deepEqual(receiver.forged(secret), []);

      visitor.expect(/status of 422/);
      for (const [from, to] of [[minutes(-300), minutes(-200)], [minutes(10), minutes(-10)], ['', '']]) {
        await page.goto(`/developers/webhooks/${endpoint}/replay?from=${from}&to=${to}`);
        await page.locator('.alert.bad').waitFor();
        assert.equal(await page.locator('.review').count(), 0);
      }
    }));

  it('are signed with both secrets while one changes', () =>
    seller({ lang: 'zh' }, async (visitor, page) => {
      await visitor.open(`/developers/webhooks/${endpoint}/rotate`);
      await page.locator('form[action$="/rotate"] button').click();
      const young = await page.locator('#secret').textContent();
      assert.notEqual(young, secret);
      await page.locator('.alert.info').waitFor();
      const count = receiver.taken.length;
      await market.order();
      await until('it came', () => receiver.taken.length > count);
      receiver.taken.splice(0, count);
      assert.deepEqual([receiver.forged(secret), receiver.forged(young)], [[], []], 'both are good');
      await place.advance(24 * 3_600 + 1);
      receiver.taken.length = 0;
      await market.order();
      await until('it came', () => receiver.taken.length);
      assert.equal(receiver.forged(secret).length, receiver.taken.length, 'the old one ended');
      assert.deepEqual(receiver.forged(young), []);
    }));

  it('show each event as it was sent, and the objects that it is about', () =>
    seller({ lang: 'zh' }, async (visitor, page) => {
      await visitor.open('/developers/events');
      await visitor.picture('developers-events', { fullPage: true });
      const { headers, body } = receiver.taken.at(-1);
      await visitor.open(`/developers/events/${headers['webhook-id']}`);
      assert.equal(await page.locator('#body').textContent(), body.toString());
      assert.equal(await page.locator('#deliveries ~ .table-wrap tbody tr').count(), 1);
      await visitor.picture('developers-event', { fullPage: true });
      const { subject } = JSON.parse(body).data;
      await page.locator(`a[href="/developers/inspect?id=${subject}"]`).click();
      assert.deepEqual(JSON.parse(await page.locator('#json').textContent()), await market.looked(subject));
      await visitor.picture('developers-inspect', { fullPage: true });
      for (const id of [market.seller.account, market.seller.user, headers['webhook-id'], endpoint]) {
        await visitor.open(`/developers/inspect?id=${id}`);
        assert.equal(JSON.parse(await page.locator('#json').textContent()).id, id);
      }
      await visitor.open(`/developers/inspect?id=${market.buyer.account}`, 404);
      await visitor.open(`/developers/inspect?id=${nowhere(subject)}`, 404);
    }));

  it('are nobody else’s', async () => {
    const rival = await newcomer(place, 'merchant', '花店');
    const [delivery] = await deliveries();
    const [event, subject] = [delivery.event, (await place.looked(`/v1/events/${delivery.event}`)).subject];
    for (const path of [
      `/developers/webhooks/${endpoint}`, `/developers/webhooks/${endpoint}/rotate`,
      `/developers/webhooks/${endpoint}/end`, `/developers/webhooks/${endpoint}/replay`,
      `/developers/deliveries/${delivery.id}`, `/developers/events/${event}`,
      `/developers/inspect?id=${subject}`, `/developers/inspect?id=${endpoint}`,
    ]) {
      assert.equal((await fetched(place, path, rival.cookie)).status, 404, path);
      const id = path.match(/[a-z]+_[0-9a-z]{10,}/)[0];
      assert.equal((await fetched(place, path.replace(id, nowhere(id)), rival.cookie)).status, 404, path);
    }
    const count = (await deliveries()).length;
    for (const path of ['rotate', 'end', 'replay'].map((it) => `/developers/webhooks/${endpoint}/${it}`)
      .concat(`/developers/deliveries/${delivery.id}/again`)) {
      const form = { key: randomUUID(), from: event, to: event };
      assert.equal((await posted(place, path, form, rival.cookie)).status, 404, path);
    }
    assert.equal((await deliveries()).length, count);
    const { body } = await fetched(place, '/developers/events', rival.cookie);
    assert.ok(!body.includes(subject));
  });

  it('end when they are told to, and give up what waits', () =>
    seller({ lang: 'zh', js: false }, async (visitor, page) => {
      receiver.down = true;
      await market.order();
      await until('one waits', async () => (await deliveries()).some((it) => it.attempts > 0 && it.stage === 'pending'));
      await visitor.open(`/developers/webhooks/${endpoint}/end`);
      await visitor.picture('developers-webhook-end', { fullPage: true });
      await page.locator('form[action$="/end"] button').click();
      await page.locator('.alert.warn').waitFor();
      assert.equal(await page.locator('form[action$="/again"]').count(), 0);
      await place.advance(400);
      await until('it was given up', async () => (await deliveries()).every((it) => it.stage !== 'pending'));
      await visitor.open('/developers/webhooks');
      await page.locator('.empty').waitFor();
    }));

  it('keep nobody out', async () => {
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await seller({ device, lang, scheme, audit: true }, async (visitor, page) => {
        receiver.down = lang === 'en';
        const { id } = await add(page, receiver.url);
        await market.order();
        const list = `/v1/webhook_endpoints/${id}/deliveries`;
        const [sent] = await until('it was tried', async () => {
          const { data } = await place.looked(list);
          return data.length && data[0].attempts && data;
        });
        for (const path of [
          '/developers/webhooks', `/developers/webhooks/${id}`, `/developers/webhooks/${id}/rotate`,
          `/developers/webhooks/${id}/replay?from=${minutes(-60)}&to=${minutes(60)}`,
          `/developers/deliveries/${sent.id}`, '/developers/events', `/developers/events/${sent.event}`,
          '/developers/inspect', `/developers/inspect?id=${market.seller.account}`,
        ]) {
          await page.goto(path);
          const name = path.replace(/\?.*/, '').replace(/\/[a-z]+_[0-9a-z]+/g, '-one').replaceAll('/', '-');
          await visitor.picture(`a11y${name}-${lang}`, { fullPage: true });
          await frame(page, LANGS[lang]);
          await axe(page);
          await noHorizontalScroll(page);
          await keyboardOnly(page);
          await forcedColors(page);
        }
        await page.goto(`/developers/webhooks/${id}/end`);
        await page.locator('form[action$="/end"] button').click();
      });
    }
  });

  it('leave the books in balance', () => place.audit());
});

describe('webhooks of a demonstration', () => {
  let place, receiver;
  before(async () => {
    [place, receiver] = [await Place.demo(), await Receiver.start()];
  });
  after(async () => {
    await receiver.end();
    await place.end();
  });

  it('show how the answer began, and nothing that it would do', async () => {
    receiver.says = `<script>alert(1)</script>${'好'.repeat(400)}`;
    await visitingAs(place, await castAs(place, 'seller'), {}, async (visitor, page) => {
      const { id } = await add(page, receiver.url);
      const from = new Date(Date.now() - 1e9).toISOString().slice(0, 16);
      await page.goto(`/developers/webhooks/${id}/replay?from=${from}&to=${minutes(600)}`);
      const left = (button) => Promise.all([page.waitForNavigation(), button.click()]);
      await left(page.locator('.review form button'));
      await until('it came', () => receiver.taken.length);
      await page.reload();
      await left(page.locator('tr[data-event] a').last());
      const said = await until('the attempt is shown', async () => {
        await page.reload();
        const found = page.locator('#tries ~ .table-wrap tbody code');
        return await found.count() && found.first().textContent();
      });
      assert.ok(said.startsWith('<script>alert(1)</script>好'), said);
      assert.ok(said.length < 120, 'no more than the beginning');
    });
  });
});
