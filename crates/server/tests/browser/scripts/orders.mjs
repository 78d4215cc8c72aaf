// The life of an order on the pages of both sides: paid by balance and by card, shipped, confirmed;
// given back, refused, decided. After each, the pages, the API and the books say the same.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fetched, Market, newcomer, PASSWORD, PAYMENT_PASSWORD, posted, visitingAs } from '../support/market.mjs';
import { fen, yuan } from '../support/money.mjs';
import { Place } from '../support/place.mjs';

const PRICE = 8_800;
/** 60 basis points, rounded for the seller. */
const FEE = 52;

describe('an order', () => {
  let place, market;
  before(async () => {
    place = await Place.start();
    market = await Market.open(place);
  });
  after(() => place.end());

  const asBuyer = (options, visit) => visitingAs(place, market.buyer, options, visit);
  const asSeller = (options, visit) => visitingAs(place, market.seller, options, visit);

  /** Pays at the cashier with the method that is named. */
  async function pay(visitor, page, order, method) {
    await visitor.open(`/pay/${order}`);
    await page.locator(`input[name=method][value=${method}]`).check();
    await page.locator('#payment_password').fill(PAYMENT_PASSWORD);
    await page.locator('form[action^="/pay/"] button').click();
    await page.waitForURL(`**/pay/${order}/result`);
  }

  /** Presses what leads to an act, and then the button that does it. */
  async function act(visitor, page, order, name, amount) {
    await visitor.open(`/orders/${order}`);
    await page.locator(`[data-act=${name}]`).click();
    if (amount !== undefined) await page.locator('#amount').fill(amount);
    const grounds = page.locator('select[name=grounds]');
    if (await grounds.count()) await grounds.selectOption('other');
    await page.locator('form.form button:not([type=button])').click();
    await page.waitForURL(`**/orders/${order}`);
  }

  async function press(visitor, page, order, action) {
    await visitor.open(`/shop/orders/${order}`);
    const forms = page.locator(`form[action$="/${action}"] button:not([formaction])`);
    await forms.or(page.locator(`button[formaction$="/${action}"]`)).click();
    await page.waitForURL(`**/shop/orders/${order}`);
  }

  /** What the page of the order says: its stage by the class of the chip, its amount. */
  async function shown(page, stage) {
    const said = await page.locator('p.sr[role=status]').textContent();
    assert.equal(said, stage, 'the stage on the page');
    assert.equal(fen(await page.locator('.big-amount').first().textContent()), PRICE);
  }

  for (const [device, lang, js, method] of [
    ['desktop', 'zh', true, 'balance'], ['pixel', 'zh', true, 'card'],
    ['desktop', 'en', true, 'card'], ['pixel', 'en', false, 'balance'], ['pixel', 'zh', false, 'card'],
  ]) {
    it(`is paid, shipped and confirmed: ${method} ${device} ${lang}${js ? '' : ' without scripts'}`, async () => {
      const zh = lang === 'zh';
      const order = await market.order(PRICE);
      const had = await market.before();
      const earned = await market.balance(market.seller);
      const options = { device, lang, js };
      await asBuyer(options, async (visitor, page) => {
        await visitor.open('/orders');
        await page.locator(`a[href="/orders/${order}"]`).click();
        await page.locator('[data-act=pay]').click();
        assert.equal(fen(await page.locator('.big-amount').textContent()), PRICE);
        await pay(visitor, page, order, method === 'card' ? market.buyer.card : 'balance');
        await market.stands(order, 'paid', PRICE);
        await page.getByRole('heading', { name: zh ? '付款成功' : 'Paid', exact: true }).waitFor();
        await visitor.picture('paid', { fullPage: true });
        await page.locator(`a.button[href="/orders/${order}"]`).click();
        await shown(page, zh ? '已付款，平台保管中' : 'Paid, held safely');
      });
      assert.equal(await market.balance(market.buyer), method === 'card' ? had : had - PRICE);
      await asSeller(options, async (visitor, page) => {
        await visitor.open('/shop/orders');
        await page.locator(`a[href="/shop/orders/${order}"]`).click();
        await page.locator('form[action$="/ship"] button').click();
        await page.locator('.chip.info').waitFor();
      });
      await market.stands(order, 'shipped', PRICE);
      await asBuyer(options, async (visitor, page) => {
        await act(visitor, page, order, 'confirm');
        await shown(page, zh ? '交易成功' : 'Completed');
        await visitor.picture('completed', { fullPage: true });
      });
      const { fee } = await market.stands(order, 'completed', 0);
      assert.equal(fee, FEE);
      assert.equal(await market.balance(market.seller), earned + PRICE - FEE);
      assert.equal(await market.balance(market.buyer), method === 'card' ? had : had - PRICE);
      await asSeller(options, async (visitor, page) => {
        await visitor.open(`/shop/orders/${order}`);
        assert.ok((await page.locator('main').textContent()).includes(yuan(FEE)), 'the fee is said');
      });
    });
  }

  it('is cancelled before it is paid, and is charged nothing', async () => {
    const order = await market.order(PRICE);
    await market.before();
    await asBuyer({}, async (visitor, page) => {
      await act(visitor, page, order, 'cancel');
      await shown(page, '交易关闭（未付款）');
      await visitor.open(`/pay/${order}`);
      await page.getByRole('heading', { name: '订单已关闭' }).waitFor();
    });
    await market.stands(order, 'closed', 0);
    assert.equal(await market.spent(), 0);
  });

  it('is given back when the seller agrees', async () => {
    const order = await market.orderAt('shipped', PRICE);
    await market.before();
    await asBuyer({ lang: 'en' }, (visitor, page) => act(visitor, page, order, 'ask-refund', '88.00'));
    await market.stands(order, 'shipped_refund_asked', PRICE);
    await asSeller({}, async (visitor, page) => {
      await visitor.open('/shop/orders?tab=refund');
      await page.locator(`a[href="/shop/orders/${order}"]`).click();
      await page.locator('form[action$="/agree"] .primary').click();
      await page.waitForURL(`**/shop/orders/${order}`);
    });
    await market.stands(order, 'refunded', 0);
    assert.equal(await market.spent(), -PRICE);
    await asBuyer({}, async (visitor, page) => {
      await visitor.open(`/pay/${order}/result`);
      await page.getByRole('heading', { name: '已退款' }).waitFor();
    });
  });

  it('goes on when a wish is taken back, and when it is refused', async () => {
    const order = await market.orderAt('shipped', PRICE);
    await market.before();
    await asBuyer({ device: 'pixel' }, async (visitor, page) => {
      await act(visitor, page, order, 'ask-refund', '10.00');
      await market.stands(order, 'shipped_refund_asked', PRICE);
      await act(visitor, page, order, 'withdraw-refund');
      await market.stands(order, 'shipped', PRICE);
      await act(visitor, page, order, 'ask-refund', '10.00');
    });
    await asSeller({}, (visitor, page) => press(visitor, page, order, 'refuse'));
    const { stage, in_escrow: held } = await market.looked(order);
    assert.ok(['shipped', 'disputed'].includes(stage), stage);
    assert.equal(held, PRICE);
    assert.equal(await market.spent(), 0);
  });

  it('is given back in part, and the rest goes to the seller', async () => {
    const order = await market.orderAt('shipped', PRICE);
    const earned = await market.balance(market.seller);
    await market.before();
    await asSeller({ lang: 'en', js: false }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await visitor.open(`/shop/orders/${order}`);
      await page.locator('details:has(form[action$="/refund"]) > summary').click();
      await page.locator('#amount').fill('88.01');
      await page.locator('form[action$="/refund"] button').click();
      await page.locator('[role=alert]').waitFor();
      await market.stands(order, 'shipped', PRICE);
      await page.locator('#amount').fill('30.00');
      await page.locator('form[action$="/refund"] button').click();
      await page.waitForURL(`**/shop/orders/${order}`);
    });
    await market.stands(order, 'shipped', PRICE - 3_000);
    assert.equal(await market.spent(), -3_000);
    await asBuyer({}, (visitor, page) => act(visitor, page, order, 'confirm'));
    const { fee } = await market.stands(order, 'completed', 0);
    assert.equal(await market.balance(market.seller), earned + PRICE - 3_000 - fee);
  });

  it('is not given back beyond what was paid, and says so at the field', async () => {
    const order = await market.orderAt('paid', PRICE);
    await asBuyer({ lang: 'en' }, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await visitor.open(`/orders/${order}/ask-refund`);
      await page.locator('select[name=grounds]').selectOption('damaged');
      for (const wrong of ['88.01', '0.00', '-1', 'much', '']) {
        await page.locator('#amount').fill(wrong);
        await page.locator('form.form button:not([type=button])').click();
        await page.locator('#amount-error').waitFor();
        assert.equal(await page.locator('#amount').inputValue(), wrong, 'what was typed stays');
      }
    });
    await market.stands(order, 'paid', PRICE);
  });

  for (const [side, toBuyer] of [['buyer', PRICE], ['seller', 0]]) {
    it(`is decided by the platform, for the ${side}`, async () => {
      const order = await market.orderAt('shipped', PRICE);
      const earned = await market.balance(market.seller);
      await market.before();
      await asBuyer({}, async (visitor, page) => {
        await act(visitor, page, order, 'dispute');
        await shown(page, '平台介入中');
        const acts = await page.locator('[data-act]').evaluateAll((all) => all.map((it) => it.dataset.act));
        assert.deepEqual(acts, ['add-statement'], 'nobody acts but the platform; everybody may speak');
      });
      await market.stands(order, 'disputed', PRICE);
      await place.done(`/v1/orders/${order}/award`, { to_buyer: toBuyer });
      const { fee } = await market.stands(order, toBuyer ? 'refunded' : 'completed', 0);
      assert.equal(await market.spent() + toBuyer, 0);
      assert.equal(await market.balance(market.seller), earned + PRICE - toBuyer - fee);
      await asBuyer({ device: 'pixel', lang: 'en' }, async (visitor, page) => {
        await visitor.open(`/orders/${order}`);
        await shown(page, toBuyer ? 'Refunded' : 'Completed');
      });
    });
  }

  it('keeps what was said from strangers, and loses it with whoever said it', async () => {
    const said = '杯口裂了一道 3 厘米的缝';
    const shy = await market.customer('小芳', PRICE);
    const rival = await newcomer(place, 'merchant', '花店');
    const order = await market.orderAt('shipped', PRICE, { buyer: shy });
    await place.done(`/v1/orders/${order}/ask_refund`, { amount: 1_000, grounds: 'damaged', statement: said });
    const seen = async ({ cookie }, shop) => fetched(place, `/${shop ? 'shop/' : ''}orders/${order}`, cookie);
    assert.ok((await seen(shy)).body.includes(said));
    assert.ok((await seen(market.seller, true)).body.includes(said));
    for (const [who, shop] of [[market.buyer, false], [rival, true]]) {
      const { status, body } = await seen(who, shop);
      assert.equal(status, 404);
      assert.ok(!body.includes(said));
    }
    await place.done(`/v1/orders/${order}/withdraw_refund`);
    await place.done(`/v1/orders/${order}/confirm`);
    assert.equal(await market.balance(shy), 0);
    const gone = await posted(place, '/security/erase', { key: 'gone', sure: 'yes', password: PASSWORD }, shy.cookie);
    assert.equal(gone.status, 303, await gone.text());
    const { status, body } = await seen(market.seller, true);
    assert.equal(status, 200);
    assert.ok(!body.includes(said) && !body.includes('小芳'));
    assert.ok(body.includes('该说明已随作者注销账户而删除'));
    await market.stands(order, 'completed', 0);
  });

  it('has a receipt for both sides once it is paid, and for nobody else', async () => {
    const order = await market.order(PRICE);
    for (const { cookie } of [market.buyer, market.seller]) {
      const { status } = await fetched(place, `/orders/${order}/slip.pdf`, cookie);
      assert.equal(status, 404, 'nothing was paid');
    }
    await place.done(`/v1/orders/${order}/pay`, { amount: PRICE });
    await place.done(`/v1/orders/${order}/refund`, { amount: 1_000 });
    const sides = [[asBuyer, `/pay/${order}/result`], [asBuyer, `/orders/${order}`],
      [asSeller, `/shop/orders/${order}`]];
    for (const [as, path] of sides) {
      await as({}, async (visitor, page) => {
        await visitor.open(path);
        const [download] = await Promise.all([
          page.waitForEvent('download'), page.locator('a[href$="/slip.pdf"]').click(),
        ]);
        const file = await download.path();
        const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
        const plain = text.replaceAll(/\s+/g, ' ');
        for (const said of ['88.00 CNY', '捌拾捌元整', '西湖龙井', order, market.buyer.name,
          market.seller.name, '¥10.00']) {
          assert.ok(plain.includes(said), `${path}: the receipt says ${said}`);
        }
      });
    }
    const stranger = await newcomer(place, 'customer', '路人');
    const { status } = await fetched(place, `/orders/${order}/slip.pdf`, stranger.cookie);
    assert.equal(status, 404);
  });

  it('tells both sides the same story, with the same deadline', async () => {
    const order = await market.orderAt('shipped', PRICE);
    const story = (page) => page.locator('#timeline + ol li').allTextContents();
    const times = (page) => page.locator('.where time').evaluateAll((all) =>
      all.map((it) => it.dateTime));
    const [told, due] = [{}, {}];
    await asBuyer({}, async (visitor, page) => {
      await visitor.open(`/orders/${order}/ask-refund`);
      const by = page.locator('.facts div', { hasText: '卖家答复期限' }).locator('time');
      const promised = Date.parse(await by.getAttribute('datetime'));
      await page.locator('#amount').fill('30.00');
      await page.locator('select[name=grounds]').selectOption('damaged');
      await page.locator('form.form button:not([type=button])').click();
      await page.waitForURL(`**/orders/${order}`);
      [told.buyer, due.buyer] = [await story(page), await times(page)];
      assert.ok(Math.abs(Date.parse(due.buyer[0]) - promised) < 60_000, 'as the page before said');
    });
    await asSeller({ device: 'pixel' }, async (visitor, page) => {
      await visitor.open(`/shop/orders/${order}`);
      [told.seller, due.seller] = [await story(page), await times(page)];
      await visitor.picture('shop-refund', { fullPage: true });
    });
    assert.deepEqual(told.seller, told.buyer);
    assert.deepEqual(due.seller, due.buyer);
    await place.done(`/v1/orders/${order}/dispute`, { party: 'seller', grounds: 'no_answer' });
    await place.done(`/v1/orders/${order}/award`, { to_buyer: 3_000 });
    await asBuyer({}, async (visitor, page) => {
      await visitor.open(`/orders/${order}`);
      told.buyer = await story(page);
      await visitor.picture('decided', { fullPage: true });
    });
    await asSeller({}, async (visitor, page) => {
      await visitor.open(`/shop/orders/${order}`);
      told.seller = await story(page);
    });
    assert.deepEqual(told.seller, told.buyer);
    assert.ok(told.buyer.some((it) => /裁决/.test(it)), `${told.buyer}`);
    assert.ok(told.buyer.some((it) => it.includes('¥30.00')), 'what went back is said');
  });

  it('leaves the books in balance', async () => {
    await market.walletAgrees();
    await place.audit();
  });
});
