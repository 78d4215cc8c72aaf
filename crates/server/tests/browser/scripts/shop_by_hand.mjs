// An order that a shop makes by hand: for somebody who bought from it before, who finds it among theirs
// and pays it; for nobody else, and nobody learns who else has an account.

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { LANGS } from '../support/browser.mjs';
import { axe, forcedColors, frame, keyboardOnly, noHorizontalScroll } from '../support/checks.mjs';
import { fetched, Market, newcomer, PAYMENT_PASSWORD, posted, visitingAs } from '../support/market.mjs';
import { Place } from '../support/place.mjs';
import { nowhere } from '../support/tenants.mjs';

const NEW = '/shop/orders/new';

describe('an order by hand', () => {
  let place, market, rival, earlier, unpaid, foreign, other;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place, { buyer: '欧阳小红' });
    other = await market.customer('小刚', 50_000);
    rival = await newcomer(place, 'merchant', '花店');
    const others = Object.assign(new Market(), { place, orders: 1_000, seller: rival, buyer: other });
    foreign = await others.orderAt('paid', 500);
  });
  after(() => place.end());
  const seller = (options, visit) => visitingAs(place, market.seller, options, visit);
  const orders = async (person) => (await fetched(place, '/orders', person.cookie)).body.match(/ord_\w+/g) ?? [];
  const send = async (fields, cookie = market.seller.cookie) => {
    const form = { key: randomUUID(), subject: '茶叶', amount: '1.00', ...fields };
    const response = await posted(place, NEW, form, cookie);
    return { status: response.status, to: response.headers.get('location'), body: await response.text() };
  };

  it('needs somebody who bought before, and offers a payment link until then', () =>
    seller({}, async (visitor, page) => {
      unpaid = await market.order(100, { buyer: other });
      await visitor.open(NEW);
      assert.equal(await page.locator(`form[action="${NEW}"]`).count(), 0, 'who has not paid has not bought');
      await page.locator('.empty a[href="/shop/links"]').waitFor();
    }));

  for (const [js, device, lang] of [[true, 'desktop', 'zh'], [false, 'pixel', 'en']]) {
    it(`waits in the wallet of the buyer, who pays it: ${device} ${lang}${js ? '' : ' without scripts'}`, async () => {
      earlier = await market.orderAt('shipped', 300);
      let made;
      await seller({ js, device, lang }, async (visitor, page) => {
        visitor.expect(/status of 422/);
        await visitor.open('/shop/orders');
        await page.locator(`a[href="${NEW}"]`).click();
        const said = await page.locator('#buyer').textContent();
        assert.ok(said.includes('欧***') && !said.includes('欧阳') && !said.includes('小刚') && !said.includes('小*'), said);
        await page.locator('#buyer').selectOption({ index: 1 });
        await page.fill('#subject', '碧螺春 100 克');
        await page.fill('#amount', '0');
        await page.locator(`form[action="${NEW}"] button.primary`).click();
        await page.locator('[role=alert]').waitFor();
        assert.equal(await page.locator('#subject').inputValue(), '碧螺春 100 克', 'what was typed stays');
        assert.notEqual(await page.locator('#buyer').inputValue(), '', 'and who was chosen');
        await page.fill('#amount', '66.00');
        await visitor.picture('by-hand', { fullPage: true });
        await page.locator(`form[action="${NEW}"] button.primary`).dblclick();
        await page.waitForURL('**/shop/orders/ord_*');
        made = page.url().split('/').pop();
      });
      const it = await market.stands(made, 'created', 0);
      assert.deepEqual([it.buyer, it.amount ?? it.price, it.subject], [market.buyer.account, 6_600, '碧螺春 100 克']);
      assert.equal((await orders(market.buyer)).filter((id) => id === made).length, 1);
      await market.before();
      await visitingAs(place, market.buyer, { js, device, lang }, async (visitor, page) => {
        await visitor.open('/orders');
        await page.locator(`a[href="/orders/${made}"]`).click();
        await page.locator('[data-act=pay]').click();
        await page.locator('input[name=method][value=balance]').check();
        await page.locator('#payment_password').fill(PAYMENT_PASSWORD);
        await page.locator('form[action^="/pay/"] button.primary').click();
        await page.waitForURL(`**/pay/${made}/result`);
      });
      assert.equal(await market.spent(), 6_600);
      await market.stands(made, 'paid', 6_600);
    });
  }

  it('is made once by a form, however often it is sent', async () => {
    const key = randomUUID().replaceAll('-', '');
    const had = new Set(await orders(market.buyer));
    const answers = await Promise.all([1, 2, 3].map(() => send({ key, buyer: earlier })));
    assert.deepEqual(answers.map((it) => it.status), [303, 303, 303]);
    assert.equal(new Set(answers.map((it) => it.to)).size, 1);
    assert.equal(new Set(await orders(market.buyer)).size, had.size + 1);
  });

  it('is for nobody else, and tells nothing of anybody', async () => {
    const before = await orders(other);
    const plain = (it, id) => it.body.replaceAll(id || 'ID', 'ID').replace(/req_\w+|value="[0-9a-f]{32}"|data-now="[^"]*"/g, '');
    const said = new Set();
    for (const id of [foreign, nowhere(foreign), unpaid, other.login, other.account, other.user, '13999999999', '']) {
      const answer = await send({ buyer: id });
      assert.equal(answer.status, 422, id);
      said.add(plain(answer, id));
    }
    assert.equal(said.size, 1, 'whatever was typed, the answer is the same');
    assert.deepEqual(await orders(other), before);
    assert.equal((await send({ buyer: earlier }, rival.cookie)).status, 422, 'another shop has other buyers');
    for (const cookie of [market.buyer.cookie, '']) assert.ok([303, 403, 404].includes((await send({ buyer: earlier }, cookie)).status));
    for (const wrong of [{ subject: '' }, { subject: 'x'.repeat(61) }, { amount: '0' }, { amount: '-5' }, { amount: 'x' }]) {
      assert.equal((await send({ buyer: earlier, ...wrong })).status, 422, JSON.stringify(wrong));
    }
  });

  it('becomes a payment link for somebody who is not in the list', () =>
    seller({ js: false }, async (visitor, page) => {
      await visitor.open(NEW);
      await page.fill('#subject', '茉莉花茶');
      await page.fill('#amount', '5.00');
      await page.locator('button[formaction="/shop/links"]').click();
      await page.locator('#link').waitFor();
      assert.match(await page.locator('main').textContent(), /茉莉花茶[^]*¥5\.00/);
    }));

  it('keeps nobody out', async () => {
    for (const [device, lang, scheme] of [['desktop', 'zh', 'light'], ['pixel', 'en', 'dark']]) {
      await seller({ device, lang, scheme, audit: true }, async (visitor, page) => {
        await visitor.open(NEW);
        await visitor.picture(`a11y-by-hand-${scheme}`, { fullPage: true });
        await frame(page, LANGS[lang]);
        await axe(page);
        await noHorizontalScroll(page);
        await keyboardOnly(page);
        await forcedColors(page);
        await visitor.open('/shop/orders');
        await visitor.picture(`a11y-sales-${scheme}`, { fullPage: true });
      });
    }
  });

  it('leaves the books in balance', () => place.audit());
});
