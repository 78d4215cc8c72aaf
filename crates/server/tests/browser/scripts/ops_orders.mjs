// Disputes on the console: one operator proposes an award, and another one makes it.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { complaint, decided, enter, newest, seated, send, sound } from '../support/desk.mjs';
import { fen, yuan } from '../support/money.mjs';
import { Place } from '../support/place.mjs';

describe('disputes and orders on the console', () => {
  let place;
  let disputed;
  before(async () => {
    place = await Place.demo();
    await seated(place, 'support', '/ops/disputes', async (_, page) => {
      const links = await page.locator('main td a').evaluateAll((all) => all.map((it) => it.href));
      disputed = links.map((it) => it.split('/').at(-1));
    });
  });
  after(() => place.end());

  const balances = async (order) => {
    const each = [order.buyer, order.seller].map((it) => place.looked(`/v1/accounts/${it}`));
    return (await Promise.all(each)).map((it) => it.balance);
  };

  it('are listed as the books have them', () =>
    seated(place, 'support', '/ops/disputes', async (visitor, page) => {
      assert.equal(disputed.length, 3);
      assert.ok(disputed.includes(place.shown.orders.disputed));
      for (const id of disputed) assert.equal((await place.looked(`/v1/orders/${id}`)).stage, 'disputed');
      const held = await page.locator('main td.num').allTextContents();
      const prices = await Promise.all(disputed.map((it) => place.looked(`/v1/orders/${it}`)));
      assert.deepEqual(held.map(fen), prices.map((it) => it.amount));
      await visitor.open('/ops');
      await page.locator('a.stat[href="/ops/disputes"] b', { hasText: '3' }).waitFor();
    }));

  for (const [place_, to, js] of [[0, 'both', true], [1, 'buyer', false]]) {
    it(`are decided by two: ${to}${js ? '' : ' without scripts'}`, async () => {
      const order = await place.looked(`/v1/orders/${disputed[place_]}`);
      const path = `/ops/orders/${order.id}`;
      const before = await balances(order);
      const toBuyer = to === 'buyer' ? order.amount : Math.floor(order.amount / 4);
      await seated(place, 'support', path, async (visitor, page) => {
        const amount = (toBuyer / 100).toFixed(2);
        await send(page, `${path}/award`, { to, amount, reason: '物流显示未签收' });
        await page.waitForURL(/\/ops\/approvals\/prp_/);
        await page.locator('main').getByText(`${yuan(toBuyer)} 退给买家`, { exact: false }).waitFor();
        await visitor.open(path);
        assert.equal(await page.locator(`form[action="${path}/award"]`).count(), 0, 'once');
      }, { js });
      assert.deepEqual(await balances(order), before, 'nothing moved yet');
      const proposal = await newest(place);
      assert.equal(proposal.action.to_buyer, toBuyer);
      assert.equal(proposal.reason, '物流显示未签收');
      const done = await decided(place, 'support', 'finance', proposal);
      assert.equal(done.stage, 'approved');
      const [buyer, seller] = await balances(order);
      assert.equal(buyer - before[0], toBuyer);
      const rest = order.amount - toBuyer;
      assert.equal(seller - before[1], rest - Math.floor((rest * 60) / 10_000));
      await seated(place, 'auditor', path, async (_, page) => {
        const said = await page.locator('main .facts').allTextContents();
        assert.ok(said.join().includes(yuan(toBuyer)), 'the page says what went back');
        const stage = (await place.looked(`/v1/orders/${order.id}`)).stage;
        assert.equal(stage, to === 'buyer' ? 'refunded' : 'completed');
      });
      await place.audit();
    });
  }

  it('are not decided by mistake', async () => {
    const path = `/ops/orders/${disputed[2]}`;
    await seated(place, 'finance', path, async (visitor, page) => {
      visitor.expect(/status of 422/);
      await send(page, `${path}/award`, { to: 'both', amount: '999999', reason: '太多' });
      assert.match(await complaint(page), /没有/);
      const kept = page.locator(`form[action="${path}/award"] [name=amount]`);
      assert.equal(fen(`¥${await kept.inputValue()}`), 99_999_900, 'what was typed is kept');
      await send(page, `${path}/award`, { to: 'both', amount: '0', reason: '没有' });
      await complaint(page);
      await page.locator(`form[action="${path}/award"] [name=reason]`).evaluate((it) => {
        it.required = false;
      });
      await send(page, `${path}/award`, { to: 'seller', reason: '   ' });
      assert.match(await complaint(page), /理由/);
    });
    await seated(place, 'sre', path, async (_, page) => {
      assert.equal(await page.locator(`form[action="${path}/award"]`).count(), 0, 'not their duty');
      await page.locator('#award ~ .note').waitFor();
    });
    const { data } = await place.looked('/v1/proposals?stage=open');
    assert.equal(data.length, 0);
    await place.audit();
  });

  it('goes back to work when somebody refuses', async () => {
    const path = `/ops/orders/${disputed[2]}`;
    await seated(place, 'finance', path, async (_, page) => {
      await send(page, `${path}/award`, { to: 'seller', reason: '买家撤诉' });
      await page.waitForURL(/\/ops\/approvals\/prp_/);
    });
    const refused = await decided(place, 'finance', 'checker', await newest(place), { verdict: 'refuse' });
    assert.equal(refused.stage, 'refused');
    assert.equal((await place.looked(`/v1/orders/${disputed[2]}`)).stage, 'disputed');
    await seated(place, 'finance', path, async (_, page) => {
      await page.locator(`form[action="${path}/award"]`).waitFor();
    });
  });

  it('gives money back in the seller’s name, if finance says so twice', async () => {
    const order = await place.looked(`/v1/orders/${place.shown.orders.shipped}`);
    const path = `/ops/orders/${order.id}`;
    const [before] = await balances(order);
    await seated(place, 'finance', path, async (_, page) => {
      await page.locator('summary', { hasText: '代卖家退款' }).click();
      await send(page, `${path}/refund`, { amount: '10.00', reason: '卖家来电同意' });
      await page.waitForURL(/\/ops\/approvals\/prp_/);
    });
    await decided(place, 'finance', 'checker', await newest(place));
    assert.equal((await balances(order))[0] - before, 1_000);
    assert.equal((await place.looked(`/v1/orders/${order.id}`)).refunded, 1_000);
    await place.audit();
  });

  it('are there for operators alone', () =>
    visiting(place, {}, async (visitor) => {
      await enter(visitor, 'seller', '/shop');
      await visitor.open(`/ops/orders/${disputed[2]}`, 404);
      await visitor.open('/ops/disputes', 404);
    }));

  it('keep nobody out', () =>
    sound(place, 'finance', ['/ops/disputes', `/ops/orders/${disputed[2]}`]));
});
