// A payment link: a shop says what it sells, somebody pays, and nobody else can; with the money where
// it belongs, on the page, in the API and in the books.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { fetched, Market, newcomer, PAYMENT_PASSWORD, posted, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';

describe('payment links', () => {
  let place, market, rival, other, link;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
    rival = await newcomer(place, 'merchant', '花店');
    other = await market.customer('小刚', 50_000);
  });
  after(() => place.end());
  const seller = (options, visit) => visitingAs(place, market.seller, options, visit);

  /** Makes a link on the page, and gives its address without the host. */
  async function make(page, subject, amount) {
    await page.goto('/shop/links');
    await page.fill('#subject', subject);
    await page.fill('#amount', amount);
    await page.locator('form[action="/shop/links"] button').click();
    const address = await page.locator('#link').textContent();
    assert.ok(address.startsWith(`${place.url}/link/`), address);
    return address.slice(place.url.length);
  }

  it('are what a shop without orders is shown first', () =>
    seller({ lang: 'zh' }, async (visitor, page) => {
      await visitor.open('/shop/orders');
      await page.locator('.empty a[href="/shop/links"]').click();
      await visitor.picture('shop-links', { fullPage: true });
      link = await make(page, '西湖龙井 250 克', '88.00');
      assert.equal(await page.locator('svg.qr').count(), 1);
      await visitor.picture('shop-link', { fullPage: true });
    }));

  it('say what is wrong with what was typed', async () => {
    const key = '0123456789abcdef0123456789abcdef';
    for (const form of [
      { subject: '', amount: '1' }, { subject: 'x'.repeat(61), amount: '1' }, { subject: '茶', amount: '0' },
      { subject: '茶', amount: '-5' }, { subject: '茶', amount: 'x' },
    ]) {
      const { status } = await posted(place, '/shop/links', { key, ...form }, market.seller.cookie);
      assert.equal(status, 422, JSON.stringify(form));
    }
    // The same form, sent twice, makes the same link.
    const places = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const response = await posted(place, '/shop/links', { key, subject: '茶', amount: '1' }, market.seller.cookie);
      places.push(response.headers.get('location'));
    }
    assert.equal(places[0], places[1]);
  });

  it('are paid by whoever comes first, once', async () => {
    await market.before();
    await visitingAs(place, market.buyer, { lang: 'zh', js: false, device: 'pixel' }, async (visitor, page) => {
      await visitor.open(link);
      assert.match(await page.locator('main').textContent(), /¥88\.00/);
      await visitor.picture('open-link', { fullPage: true });
      await page.locator('form[action^="/link/"] button').click();
      await page.waitForURL('**/pay/ord_*');
      await page.fill('[name=payment_password]', PAYMENT_PASSWORD);
      await page.locator('form[action^="/pay/"] button.primary').click();
      await page.waitForURL('**/pay/ord_*/result');
    });
    assert.equal(await market.spent(), 8_800);
    await seller({ lang: 'zh' }, async (visitor, page) => {
      await visitor.open(link.replace('/link/', '/shop/links/'));
      await page.locator('.chip.ok').waitFor();
      const order = (await page.locator('a[href^="/shop/orders/ord_"]').getAttribute('href')).split('/').pop();
      const it = await market.stands(order, 'paid', 8_800);
      assert.equal(it.buyer, market.buyer.account);
      await visitor.open('/shop');
      assert.match(await page.locator('#numbers').textContent(), /¥88\.00/);
      await visitor.picture('shop-home', { fullPage: true });
    });

    // Whoever has it comes to the order again; others are told, and nothing is charged.
    const again = await fetched(place, link, market.buyer.cookie);
    assert.equal(again.status, 303);
    const late = await fetched(place, link, other.cookie);
    assert.equal(late.status, 200);
    assert.ok(late.body.includes('已经有人用它下单了') && !late.body.includes('<form method="post" action="/link/'));
    const forced = await posted(place, link, { key: 'x' }, other.cookie);
    assert.equal(forced.headers.get('location'), link);
    assert.equal(await market.balance(other), 50_000);
  });

  it('go to one of two who press at the same time', () =>
    seller({}, async (visitor, page) => {
      const both = await make(page, '花', '10');
      const answers = await Promise.all([market.buyer, other].map((it) => posted(place, both, { key: 'x' }, it.cookie)));
      const ways = answers.map((it) => it.headers.get('location'));
      assert.equal(ways.filter((it) => it.startsWith('/pay/ord_')).length, 1, `${ways}`);
      assert.equal(ways.filter((it) => it === both).length, 1, `${ways}`);
    }));

  it('cannot be made by anybody else, nor changed', async () => {
    const token = link.split('/').pop();
    const [text, proof] = token.split('.');
    const cheaper = Buffer.from(Buffer.from(text, 'base64url').toString().replace('|8800|', '|1|')).toString('base64url');
    for (const wrong of [`${cheaper}.${proof}`, `${text}.AAAA`, text, `${text}.`, 'x.y']) {
      assert.equal((await fetched(place, `/link/${wrong}`, other.cookie)).status, 404, wrong);
      assert.equal((await posted(place, `/link/${wrong}`, { key: 'x' }, other.cookie)).status, 404, wrong);
    }
    assert.equal((await fetched(place, `/shop/links/${token}`, rival.cookie)).status, 404);
    assert.equal((await fetched(place, `/shop/links/${token}`, other.cookie)).status, 404);
    assert.equal((await fetched(place, link)).status, 303, 'sign in first');
  });

  it('end after a week', () =>
    seller({ lang: 'zh' }, async (visitor, page) => {
      const old = await make(page, '茶', '5');
      await place.advance(9 * 86_400);
      const { body } = await fetched(place, old, other.cookie);
      assert.ok(body.includes('链接已过期'));
      const { headers } = await posted(place, old, { key: 'x' }, other.cookie);
      assert.equal(headers.get('location'), old);
    }));

  it('keep nobody out', async () => {
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      let fresh;
      const looked = async (page) => {
        await frame(page, LANGS[lang]);
        await axe(page);
        await noHorizontalScroll(page);
        await keyboardOnly(page);
        await forcedColors(page);
      };
      await seller({ device, lang, scheme, audit: true }, async (visitor, page) => {
        fresh = await make(page, 'Longjing tea', '1.00');
        for (const path of ['/shop', '/shop/links', fresh.replace('/link/', '/shop/links/'), '/developers']) {
          await visitor.open(path);
          await visitor.picture(`a11y-links-${path.split('/').slice(1, 3).join('-').slice(0, 12)}-${lang}`, { fullPage: true });
          await looked(page);
        }
        const steps = page.locator('#steps li');
        assert.equal(await steps.count(), 5);
        assert.equal(await page.locator('#steps li.done').count(), 1, 'an order, and no key yet');
      });
      await visitingAs(place, other, { device, lang, scheme, audit: true }, async (visitor, page) => {
        await visitor.open(fresh);
        await looked(page);
      });
    }
  });

  it('leave the books in balance', () => place.audit());
});
