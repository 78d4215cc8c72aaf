// Deadlines, by the sandbox's clock: what happens by itself happens before everybody's eyes, to the
// date and with the consequence that the pages announced.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { Market, PAYMENT_PASSWORD, visitingAs } from '../support/market.mjs';
import { Place, until } from '../support/place.mjs';

const PRICE = 7_700;
const HOUR = 3_600;
const DAY = 24 * HOUR;

describe('deadlines', () => {
  let place, market;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
  });
  after(() => place.end());

  const asBuyer = (options, visit) => visitingAs(place, market.buyer, options, visit);
  const stage = (page, text) => page.locator('p.sr[role=status]', { hasText: text }).waitFor({ state: 'attached' });

  /** The deadline that the page of an order announces. */
  async function announced(page, order) {
    const { money } = await market.looked(order);
    const said = await page.locator('.where time').first().getAttribute('datetime');
    assert.equal(new Date(said).getTime(), new Date(money.deadline).getTime(), 'the date that is announced');
  }

  it('close an unpaid order while its buyer looks at it, and charge nothing', async () => {
    const order = await market.order(PRICE, { pay_within_seconds: HOUR });
    await market.before();
    await asBuyer({}, async (visitor, page) => {
      visitor.expect(/status of 4/);
      const cashier = await visitor.context.newPage();
      await cashier.goto(`/pay/${order}`);
      await cashier.locator('#payment_password').fill(PAYMENT_PASSWORD);
      await visitor.open(`/orders/${order}`);
      await announced(page, order);
      await place.advance(HOUR + 1);
      await stage(page, '交易关闭（未付款）');
      // Whoever still has the cashier open is told when paying.
      await cashier.locator('form[action^="/pay/"] button').click();
      await cashier.getByRole('heading', { name: '订单已关闭' }).waitFor();
      await cashier.getByText('没有扣款').first().waitFor();
    });
    await market.stands(order, 'closed', 0);
    assert.equal(await market.spent(), 0);
  });

  it('release the money to the seller when the buyer says nothing', async () => {
    const order = await market.orderAt('shipped', PRICE, { confirm_within_seconds: DAY });
    const earned = await market.balance(market.seller);
    await asBuyer({ device: 'pixel', lang: 'en' }, async (visitor, page) => {
      await visitor.open(`/orders/${order}`);
      await announced(page, order);
      await place.advance(DAY - 60);
      assert.equal((await market.looked(order)).stage, 'shipped', 'not a minute early');
      await place.advance(61);
      await stage(page, 'Completed');
      await page.getByText('A deadline').first().waitFor();
    });
    const { fee } = await market.stands(order, 'completed', 0);
    assert.equal(await market.balance(market.seller), earned + PRICE - fee);
  });

  it('grant a refund that the seller does not answer', async () => {
    const order = await market.orderAt('shipped', PRICE, { answer_within_seconds: DAY });
    await market.before();
    await place.done(`/v1/orders/${order}/ask_refund`, { amount: PRICE, grounds: 'damaged' });
    await asBuyer({}, async (visitor, page) => {
      await visitor.open(`/orders/${order}`);
      await announced(page, order);
      await place.advance(DAY + 1);
      await stage(page, '已退款');
    });
    await market.stands(order, 'refunded', 0);
    assert.equal(await market.spent(), -PRICE);
  });

  it('let the buyer of a late seller cancel, and not before', async () => {
    const order = await market.orderAt('paid', PRICE, { ship_within_seconds: DAY });
    await market.before();
    await asBuyer({ js: false, device: 'pixel' }, async (visitor, page) => {
      await visitor.open(`/orders/${order}`);
      assert.equal(await page.locator('[data-act=cancel]').count(), 0);
      await visitor.open(`/orders/${order}/cancel`);
      assert.match(page.url(), new RegExp(`/orders/${order}$`), 'nothing to cancel yet');
      await place.advance(DAY + 1);
      await visitor.open(`/orders/${order}`);
      await page.locator('[data-act=cancel]').click();
      await page.locator('form.form button').click();
      await page.waitForURL(`**/orders/${order}`);
    });
    await market.stands(order, 'refunded', 0);
    assert.equal(await market.spent(), -PRICE);
  });

  it('give back what a bank took after the order had closed', async () => {
    const card = await market.card(market.buyer, '6200000000011002');
    const order = await market.order(PRICE, { pay_within_seconds: HOUR });
    await market.before();
    await asBuyer({}, async (visitor, page) => {
      await visitor.open(`/pay/${order}`);
      await page.locator(`input[name=method][value=${card}]`).check();
      await page.locator('#payment_password').fill(PAYMENT_PASSWORD);
      await page.locator('form[action^="/pay/"] button').click();
      await page.getByRole('heading', { name: '正在向银行确认' }).waitFor();
      await place.advance(HOUR + 1);
      await market.stands(order, 'closed', 0);
      await visitor.open(`/pay/${order}/result`);
      // The order is closed and the bank has not answered: nobody is told that nothing was charged.
      await page.getByRole('heading', { name: '正在向银行确认' }).waitFor();
      await place.control('POST', '/control/clock', { advance_seconds: 2 * HOUR });
      const charged = async (stage) => (await market.charges(order)).every((it) => it.stage === stage);
      await until('it goes back', () => charged('returning'));
      await page.getByRole('heading', { name: '款项正在退回银行卡' }).waitFor();
      assert.equal(await page.getByText('没有扣款').count(), 0, 'it was charged');
      await visitor.picture('late', { fullPage: true });
      // A card whose bank is late is late in taking money back, too.
      await place.control('POST', '/control/clock', { advance_seconds: 2 * HOUR });
      await until('it has gone back', () => charged('returned'), 40_000);
      await page.getByRole('heading', { name: '订单已关闭' }).waitFor();
      await page.getByText('已全额退回银行卡').waitFor();
    });
    assert.equal((await market.charges(order)).length, 1);
    assert.equal(await market.spent(), 0);
    await market.stands(order, 'closed', 0);
  });

  it('leave the books in balance', async () => {
    await market.walletAgrees();
    await place.audit();
  });
});
