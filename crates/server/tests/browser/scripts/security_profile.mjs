// Security: what is known of somebody, how well, and how they are forgotten.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { Market, PASSWORD, castAs, fetched, posted, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';
import { enterAs, entered, fill, isIn, keepNobodyOut, mends } from '../support/settings.mjs';

/** The example of the standard. */
const NUMBER = '11010519491231002X';
const RAISE = 'form[action="/security/level"] button';
const ERASE = 'form[action="/security/erase"] button';
const WAYS = [
  { device: 'desktop', lang: 'zh', js: true }, { device: 'pixel', lang: 'en', js: false },
  { device: 'pixel', lang: 'zh', js: true }, { device: 'desktop', lang: 'en', js: false },
];
const said = ({ device, lang, js }) => `${device} ${lang}${js ? '' : ' without scripts'}`;

describe('security: profile, level and erasure', () => {
  let place;
  let market;
  before(async () => {
    place = await Place.demo();
    market = await Market.open(place);
    for (const [level, single_max] of [['unverified', 10_000], ['basic', 500_000], ['verified', 5_000_000]]) {
      await place.done('/v1/limits', { level, flow: 'pay', single_max, day_max: single_max * 2, day_count: 5 });
    }
  });
  after(async () => {
    await place.audit();
    await place.end();
  });

  const somebody = async (way, path, visit, kind = 'customer') => {
    const person = kind === 'customer' ? await market.customer('小红') : kind;
    await visitingAs(place, person, way, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await visitor.open(path);
      await visit(visitor, page, person);
    });
  };

  for (const way of WAYS) {
    it(`rises by a name and a number, and applies for more: ${said(way)}`, () =>
      somebody(way, '/security', async (visitor, page, buyer) => {
        await page.locator('a[href="/security/level"]').click();
        await page.locator('#number').waitFor();
        const current = async () => (await page.locator('.card-head:has(.chip.ok) + p + .table-wrap td').first().textContent()).trim();
        assert.equal(await current(), '¥100.00', 'the page says what the limit is');
        const order = await market.order(20_000, { buyer });
        const refused = await place.api('POST', `/v1/orders/${order}/pay`, { amount: 20_000 });
        assert.notEqual(refused.status, 200);
        const raise = (name, number, password = PASSWORD) => fill(page, { name, number, password }, RAISE);
        await raise('王小红', '110105194912310021');
        await mends(page, 'number');
        assert.equal(await page.inputValue('#name'), '王小红');
        await raise('王', NUMBER);
        await mends(page, 'name');
        await raise('王小红', NUMBER, 'wrong-2009');
        await mends(page, 'password');
        await raise('王小红', NUMBER.toLowerCase());
        await page.locator('.alert.ok').waitFor();
        assert.equal(await current(), '¥5,000.00');
        await visitor.picture('security-level-basic', { fullPage: true });
        await raise('王小红', NUMBER);
        await page.locator('.alert.info').waitFor();
        assert.equal(await page.locator('form[action="/security/level"]').count(), 0, 'it waits');
        // An operator sees the application, with the number masked, and grants it.
        const support = await castAs(place, 'support');
        const { body } = await fetched(place, `/ops/users/${buyer.user}`, support.cookie);
        assert.match(body, /王小红/);
        assert.match(body, /110105\*{8}002X/);
        assert.ok(!body.includes(NUMBER));
        const key = body.match(/action="[^"]*\/level">[\s\S]*?name="key" value="([0-9a-f]+)"/)[1];
        const granted = await posted(place, `/ops/users/${buyer.user}/level`, { key, level: 'verified', reason: '已核对证件原件' }, support.cookie);
        assert.equal(granted.status, 303);
        await visitor.open('/security/level');
        assert.equal(await current(), '¥50,000.00');
        assert.equal(await page.locator('form[action="/security/level"]').count(), 0);
      }));

    it(`forgets somebody who has nothing here, and nobody else: ${said(way)}`, () =>
      somebody(way, '/security/profile', async (visitor, page, person) => {
        const shown = await page.textContent('.facts');
        assert.ok(!shown.includes(person.login), 'masked');
        assert.ok(shown.includes(person.login.slice(-4)));
        const elsewhere = await entered(place, person.login, PASSWORD);
        // An order that nobody has paid keeps both sides here.
        const order = await market.order(100, { buyer: person });
        await page.locator('a[href="/security/erase"]').click();
        await page.locator('.alert.warn').waitFor();
        assert.equal(await page.locator(ERASE).count(), 0);
        await visitor.picture('security-erase-not-yet', { fullPage: true });
        const forced = await posted(place, '/security/erase', { key: 'forced', sure: 'yes', password: PASSWORD }, person.cookie);
        assert.equal(forced.status, 422, 'the ledger refuses, whatever a page shows');
        await place.done(`/v1/orders/${order}/cancel`, { party: 'buyer' });
        await visitor.open('/security/erase');
        await visitor.picture('security-erase', { fullPage: true });
        const unsure = await posted(place, '/security/erase', { key: 'unsure', password: PASSWORD }, person.cookie);
        assert.equal(unsure.status, 422);
        await page.check('#sure');
        await fill(page, { password: 'wrong-2009' }, ERASE);
        await mends(page, 'password');
        await page.check('#sure');
        await fill(page, { password: PASSWORD }, ERASE);
        await page.waitForURL(`${place.url}/erased`);
        await visitor.picture('erased', { fullPage: true });
        assert.ok(!await isIn(place, elsewhere));
        assert.ok(!await isIn(place, person.cookie));
        assert.equal(await entered(place, person.login, PASSWORD), undefined);
        assert.equal((await visitor.context.cookies()).filter((it) => it.name === 'danbao_session').length, 0);
        // Operators see that somebody was here, and not who.
        const support = await castAs(place, 'support');
        const { status, body } = await fetched(place, `/ops/users/${person.user}`, support.cookie);
        assert.equal(status, 200);
        assert.ok(!body.includes('小红'));
        assert.match(body, /已注销/);
        // The books stay: the other side still has its order.
        const seller = await fetched(place, `/shop/orders/${order}`, market.seller.cookie);
        assert.equal(seller.status, 200);
        assert.ok(!seller.body.includes('小红'));
        assert.equal((await market.looked(order)).stage, 'closed');
      }));
  }

  it('refuses whoever has money, and says how much', () =>
    visiting(place, { lang: 'zh' }, async (visitor, page) => {
      const rich = await market.customer('小刚', 12_345);
      const [name, value] = rich.cookie.split('=');
      await visitor.context.addCookies([{ name, value, url: place.url }]);
      await visitor.open('/security/erase');
      assert.match(await page.textContent('.checklist'), /¥123\.45/);
      assert.equal(await market.balance(rich), 12_345, 'as the books say');
      const forced = await posted(place, '/security/erase', { key: 'rich', sure: 'yes', password: PASSWORD }, rich.cookie);
      assert.equal(forced.status, 422);
      assert.equal(await market.balance(rich), 12_345);
      assert.ok(await isIn(place, rich.cookie));
    }));

  it('shows operators who they are, and no level and no way to be erased', () =>
    visiting(place, { lang: 'en', audit: true }, async (visitor) => {
      await enterAs(visitor, 'auditor');
      await keepNobodyOut(visitor, ['/security/profile', '/security']);
      await visitor.open('/security/level', 404);
      await visitor.open('/security/erase', 404);
    }));

  const PAGES = ['/security', '/security/profile', '/security/level', '/security/erase', '/erased'];
  for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark'], ['pixel', 'zh', 'light']]) {
    it(`keeps nobody out: ${device} ${lang} ${scheme}`, () =>
      visiting(place, { device, lang, scheme, audit: true }, async (visitor) => {
        await enterAs(visitor, device === 'desktop' ? 'seller' : 'buyer');
        await keepNobodyOut(visitor, PAGES);
      }));
  }
});
