// A phone that runs no scripts: from registering to confirming, with the mistakes that people make.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { noHorizontalScroll } from '../support/checks.mjs';
import { Market, PASSWORD, PAYMENT_PASSWORD, posted } from '../support/market.mjs';
import { fen } from '../support/money.mjs';
import { Place } from '../support/place.mjs';

describe('without scripts', () => {
  let place, market;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
  });
  after(() => place.end());

  const submit = (page, action) => page.locator(`form[action="${action}"] .button.primary`).first().click();

  /** Registers on the page, with a password that is too short at first. */
  async function register(visitor, page, login, name) {
    visitor.expect(/status of 422/);
    await visitor.open('/');
    await page.locator('a[href="/sign-in"]').first().click();
    await page.locator('main a[href="/register"]').click();
    await page.locator('#name').fill(name);
    await page.locator('#login').fill(login);
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#payment_password').fill('12345');
    await submit(page, '/register');
    await page.locator('[role=alert]').waitFor();
    assert.equal(await page.locator('#name').inputValue(), name, 'what was typed stays');
    assert.equal(await page.locator('#password').inputValue(), '', 'but no password');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#payment_password').fill(PAYMENT_PASSWORD);
    await submit(page, '/register');
    await page.locator('details.menu').waitFor();
  }

  it('somebody registers, tops up, pays, asks back, takes it back, and confirms', () =>
    visiting(place, { js: false, device: 'pixel' }, async (visitor, page) => {
      const whose = await market.watchAccounts();
      await register(visitor, page, '13700000001', '阿勇');
      const buyer = await whose();
      const card = await market.card(buyer);
      const order = await market.order(8_800, { buyer });

      await visitor.open('/wallet');
      await noHorizontalScroll(page);
      await page.locator('main a[href="/wallet/top-up"]').first().click();
      await page.locator('#amount').fill('100');
      await page.locator('form[action="/wallet/top-up/review"] button').click();
      await page.locator('#payment_password').fill(PAYMENT_PASSWORD);
      await submit(page, '/wallet/top-up');
      await page.waitForURL('**/top-ups/*');
      await market.hasBalance(buyer, 10_000);
      await visitor.open('/wallet');
      assert.equal(fen(await page.locator('#total + .big-amount').textContent()), 10_000);

      await page.locator('nav a[href="/orders"]').click();
      await page.locator(`a[href="/orders/${order}"]`).click();
      await page.locator('[data-act=pay]').click();
      await page.locator(`input[value=${card}]`).check();
      await page.locator('input[name=method][value=balance]').check();
      await page.locator('#payment_password').fill('999999');
      await submit(page, `/pay/${order}`);
      await page.locator('[role=alert]', { hasText: '没有扣款' }).waitFor();
      await page.locator('#payment_password').fill(PAYMENT_PASSWORD);
      await submit(page, `/pay/${order}`);
      await page.getByRole('heading', { name: '付款成功' }).waitFor();
      await noHorizontalScroll(page);
      await market.hasBalance(buyer, 1_200);

      const act = async (name, amount) => {
        await visitor.open(`/orders/${order}`);
        await page.locator(`[data-act=${name}]`).click();
        if (amount) await page.locator('#amount').fill(amount);
        if (amount) await page.locator('select[name=grounds]').selectOption('other');
        await noHorizontalScroll(page);
        await page.locator('form.form button:not([type=button])').click();
        await page.waitForURL(`**/orders/${order}`);
      };
      await act('ask-refund', '88.00');
      await market.stands(order, 'paid_refund_asked', 8_800);
      await act('withdraw-refund');
      await market.stands(order, 'paid', 8_800);
      await posted(place, `/shop/orders/${order}/ship`, { key: 'once' }, market.seller.cookie);
      await market.stands(order, 'shipped', 8_800);
      await act('confirm');
      await market.stands(order, 'completed', 0);
      await page.getByText('交易成功').first().waitFor();
      await page.locator('a[href^="/trace/"]').first().click();
      await page.locator('.where').waitFor();

      await page.locator('details.menu summary').click();
      await page.locator('form[action="/sign-out"] button').click();
      await visitor.open('/orders');
      assert.match(page.url(), /\/sign-in/, 'signed out');
      await page.locator('#login').fill('13700000001');
      await page.locator('#password').fill('not the password');
      await submit(page, '/sign-in');
      await page.locator('[role=alert]').waitFor();
      await page.locator('#password').fill(PASSWORD);
      await submit(page, '/sign-in');
      await page.waitForURL('**/orders');
    }));

  /** Corrects how an order travels, with half a shipment at first. */
  async function correct(visitor, page, order) {
    const form = `form[action="/shop/orders/${order}/correct"]`;
    visitor.expect(/status of 422/);
    await visitor.open(`/shop/orders/${order}`);
    await page.locator('details', { has: page.locator(form) }).locator('summary').click();
    assert.equal(await page.locator('#tracking_number').inputValue(), 'SF12345678');
    await page.locator('#carrier').selectOption('zto');
    await page.locator('#tracking_number').fill('');
    await page.locator(`${form} button`).click();
    await page.locator('[role=alert]').waitFor();
    assert.equal(await page.locator('#carrier').inputValue(), 'zto', 'what was typed stays');
    assert.equal((await market.looked(order)).shipment.carrier, 'sf', 'and nothing was changed');
    await page.locator('#tracking_number').fill('7730001');
    await page.locator(`${form} button`).click();
    await page.waitForURL(`**/shop/orders/${order}`);
    const now = (await market.looked(order)).shipment;
    assert.deepEqual(now, { carrier: 'zto', tracking_number: '7730001' });
    const history = await page.locator('ol.timeline').textContent();
    for (const number of ['SF12345678', '7730001']) assert.ok(history.includes(number), number);
  }

  it('a shop ships, refuses, agrees and gives back', () =>
    visiting(place, { js: false, device: 'pixel', lang: 'en' }, async (visitor, page) => {
      const [name, value] = market.seller.cookie.split('=');
      await visitor.context.addCookies([{ name, value, url: place.url }]);
      const [one, two] = [await market.orderAt('paid'), await market.orderAt('paid')];
      await visitor.open('/shop/orders?tab=ship');
      for (const it of [one, two]) await page.locator(`input[value=${it}]`).check();
      await page.locator(`[name="carrier:${one}"]`).selectOption('sf');
      await page.locator(`[name="tracking_number:${one}"]`).fill('SF 1234 5678');
      await page.locator('form[action="/shop/orders/ship"] button').click();
      await market.stands(one, 'shipped', 8_800);
      await market.stands(two, 'shipped', 8_800);
      const shipped = await market.looked(one);
      assert.deepEqual(shipped.shipment, { carrier: 'sf', tracking_number: 'SF12345678' });
      assert.equal((await market.looked(two)).shipment, null, 'nobody carries it');
      await correct(visitor, page, one);
      for (const [order, answer, stage] of [[one, 'agree', 'refunded'], [two, 'refuse', undefined]]) {
        await place.done(`/v1/orders/${order}/ask_refund`, { amount: 8_800, grounds: 'damaged' });
        await visitor.open(`/shop/orders/${order}`);
        await noHorizontalScroll(page);
        const button = { agree: 'form[action$="/agree"] .primary', refuse: '[formaction$="/refuse"]' };
        await page.locator(button[answer]).click();
        await page.waitForURL(`**/shop/orders/${order}`);
        if (stage) await market.stands(order, stage, 0);
        else assert.equal((await market.looked(order)).in_escrow, 8_800);
      }
    }));

  it('leaves the books in balance', async () => {
    await market.walletAgrees();
    await place.audit();
  });
});
