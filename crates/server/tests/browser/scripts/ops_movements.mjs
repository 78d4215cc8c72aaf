// Top-ups, withdrawals and money in suspense on the console: what waits and why, and what two people
// settle when neither bank nor statement can.

import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { visiting } from '../support/browser.mjs';
import { complaint, decided, enter, newest, seated, send, sound } from '../support/desk.mjs';
import { fen, yuan } from '../support/money.mjs';
import { Place, until } from '../support/place.mjs';

describe('top-ups and withdrawals on the console', () => {
  let place, card;
  before(async () => {
    place = await Place.demo();
    ({ card } = (await place.looked(`/v1/accounts/${place.shown.buyer}/top_ups`)).data[0]);
  });
  after(() => place.end());

  const balance = async () => (await place.looked(`/v1/accounts/${place.shown.buyer}`)).balance;
  const topUp = (amount) => place.done('/v1/top_ups', { account: place.shown.buyer, card, amount });
  const reaches = (id, stage) =>
    until(`${id} is ${stage}`, async () => (await place.looked(`/v1/top_ups/${id}`)).stage === stage);

  /** Money that nothing accounts for: a program says so, and somebody agrees. */
  const recorded = async (number, amount) => {
    await place.done('/v1/proposals', {
      action: 'record_receipt', bank: 'bank', bank_reference: number, amount, currency: 'CNY',
      reason: 'a line of a statement',
    });
    const { id } = await newest(place);
    await seated(place, 'checker', `/ops/approvals/${id}`, async (_, page) => {
      await send(page, `/ops/approvals/${id}/approve`, { reason: '核对无误' });
      await page.waitForLoadState('load');
    });
    return (await place.looked('/v1/receipts?stage=open')).data[0].id;
  };

  it('say what is unknown, when the bank is asked next, and how the bank is', async () => {
    await place.control('POST', '/control/outage', { kind: 'unavailable', seconds: 3_600 });
    const { id } = await topUp(4_200);
    await reaches(id, 'unknown');
    await seated(place, 'sre', '/ops', async (visitor, page) => {
      await page.locator('nav.side a[href="/ops/withdrawals"]').click();
      const row = page.locator('tbody tr', { has: page.locator(`a[href="/ops/movements/${id}"]`) });
      const said = await row.textContent();
      assert.match(said, /结果未知/);
      assert.match(said, /再次询问银行|以银行对账单为准/);
      assert.equal(fen(await row.locator('td.num').textContent()), 4_200);
      const bank = page.locator('section[aria-labelledby=banks] tbody tr');
      assert.match(await bank.textContent(), /次无答复/);
      assert.match(await bank.textContent(), /每秒补充 50 次/);
      await row.locator('a').click();
      await page.locator('h1', { hasText: '充值' }).waitFor();
      assert.equal(await page.locator('form[action$="/settle"]').count(), 0, 'the bank decides');
      await page.locator(`a[href="/trace/${id}"]`).click();
      await page.waitForURL(/\/trace\//);
      await visitor.open('/ops/movements/top_00000000000zzz', 404);
    });
    await place.control('DELETE', '/control/outage');
    // The bank is asked again a minute after its silence began.
    await place.advance(90);
    await reaches(id, 'credited');
    await place.audit();
  });

  for (const js of [true, false]) {
    it(`settle what a bank contradicted, as two${js ? '' : ' without scripts'}`, async () => {
      await place.control('PUT', '/control/faults', { amount_differs: 10_000 });
      const { id } = await topUp(js ? 5_000 : 6_000);
      await reaches(id, 'investigating');
      await place.control('PUT', '/control/faults', { amount_differs: 0 });
      const [path, before] = [`/ops/movements/${id}`, await balance()];
      const { taken } = await place.looked(`/v1/top_ups/${id}`);
      await seated(place, 'finance', '/ops/withdrawals?view=investigating', async (visitor, page) => {
        visitor.expect(/status of 422/);
        await page.locator(`a[href="${path}"]`).click();
        await send(page, `${path}/settle`, { event: 'confirm', amount: '-3', reason: '银行已确认' });
        await complaint(page);
        await send(page, `${path}/settle`, { event: 'confirm', amount: '', reason: '银行已确认' });
        await page.waitForURL(/\/ops\/approvals\/prp_/);
      }, { js });
      await seated(place, 'sre', path, async (_, page) => {
        assert.equal(await page.locator('form[action$="/settle"]').count(), 0, 'SRE move no money');
      });
      assert.equal(await balance(), before, 'nothing moved yet');
      const done = await decided(place, 'finance', 'checker', await newest(place));
      assert.equal(done.stage, 'approved');
      await reaches(id, 'credited');
      const moved = await balance() - before;
      await seated(place, 'auditor', path, async (_, page) => {
        const facts = await page.locator('dl.facts').textContent();
        assert.ok(facts.includes(yuan(moved)), `${facts}: ${moved} of ${taken}`);
      });
      await place.audit();
    });
  }

  it('give money in suspense to whose it is, as two', async () => {
    const path = `/ops/receipts/${await recorded('found-1', 8_800)}`;
    const before = await balance();
    await seated(place, 'finance', '/ops/withdrawals?view=suspense', async (visitor, page) => {
      visitor.expect(/status of 422/);
      await page.locator(`tbody a[href="${path}"]`).click();
      await page.locator('dl.facts', { hasText: 'found-1' }).waitFor();
      await send(page, `${path}/resolve`, { to: 'credit', account: 'acc_nobody', reason: '客户来电' });
      assert.match(await complaint(page), /账户/);
      await send(page, `${path}/resolve`, { to: 'credit', account: place.shown.buyer, reason: '客户来电' });
      await page.waitForURL(/\/ops\/approvals\/prp_/);
      await page.locator('main', { hasText: yuan(8_800) }).waitFor();
    });
    assert.equal(await balance(), before);
    await decided(place, 'finance', 'checker', await newest(place));
    assert.equal((await balance()) - before, 8_800);
    await seated(place, 'finance', path, async (_, page) => {
      await page.locator('.chip', { hasText: '已入账' }).waitFor();
      assert.equal(await page.locator(`form[action="${path}/resolve"]`).count(), 0, 'once');
    });
    await place.audit();
  });

  it('are there for operators alone', () =>
    visiting(place, {}, async (visitor) => {
      await enter(visitor, 'buyer', '/wallet');
      const { id } = (await place.looked(`/v1/accounts/${place.shown.buyer}/top_ups`)).data[0];
      for (const path of ['/ops/withdrawals', `/ops/movements/${id}`]) await visitor.open(path, 404);
    }));

  it('keep nobody out', async () => {
    await place.control('PUT', '/control/faults', { amount_differs: 10_000 });
    const { id } = await topUp(7_000);
    await reaches(id, 'investigating');
    await place.control('PUT', '/control/faults', { amount_differs: 0 });
    const open = await recorded('found-2', 100);
    const paths = ['/ops/withdrawals?view=investigating', '/ops/withdrawals?view=returned'];
    await sound(place, 'finance', [...paths, `/ops/movements/${id}`, `/ops/receipts/${open}`]);
  });
});
